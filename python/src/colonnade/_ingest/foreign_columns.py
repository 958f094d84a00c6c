# SPDX-License-Identifier: Apache-2.0
"""Columns of pandas, Polars and pyarrow in a dict: as one table, or each as an array or a list."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from .._schema import Field
from .times import TimeType, counted

__all__ = ["class_labels", "is_foreign", "plain_column", "table_of", "zoned_type"]


def is_foreign(column: object) -> bool:
    """Returns whether a column belongs to pandas, Polars or pyarrow."""
    return _library(column) in ("pandas", "polars", "pyarrow")


def _library(column: object) -> str:
    return type(column).__module__.partition(".")[0]


def table_of(columns: Mapping[Any, Any]) -> Any:
    """Returns a table for a dict whose columns are all of pyarrow, Polars or pandas; None for other dicts."""
    modules = {_library(column) for column in columns.values()}
    if len(modules) != 1 or not all(isinstance(name, str) and is_foreign(column) for name, column in columns.items()):
        return None
    module = modules.pop()
    if len({len(column) for column in columns.values()}) != 1:
        return None
    library: Any = sys.modules[module]
    if module == "pandas":
        # Without the index, by which pandas would align them.
        columns = {name: getattr(column, "array", column) for name, column in columns.items()}
    return library.table(dict(columns)) if module == "pyarrow" else library.DataFrame(dict(columns))


def plain_column(column: Any, is_filled: bool) -> Any:
    """Returns a column of another library as an array, or as a list if an array would lose missing values or zones."""
    if hasattr(column, "isna"):
        missing = column.isna()
        # NaN is a value of NumPy's floats, unless there is a fill or a mask, as in a frame.
        kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
        # Times of NumPy have NaT, and one unit.
        if not missing.any() or kind in ("m", "M") or (kind == "f" and not is_filled):
            return np.asarray(column)
        stored = getattr(column.dtype, "numpy_dtype", None)
        # Numbers keep their data type, which Python's would not.
        is_number = isinstance(stored, np.dtype) and stored.kind in "biuf"
        values = column.to_numpy(dtype=stored, na_value=0) if is_number else column.tolist()
        return [None if is_missing else value for value, is_missing in zip(values, missing)]
    nulls = getattr(column, "null_count", 0)
    dtype = getattr(column, "dtype", getattr(column, "type", None))
    has_zone = getattr(dtype, "tz", None) or getattr(dtype, "time_zone", None)
    if has_zone or (nulls() if callable(nulls) else nulls):
        # NumPy's times have no zone.
        return column.to_list() if hasattr(column, "to_list") else column.to_pylist()
    return np.asarray(column)


def zoned_type(column: Any) -> Field | None:
    """Returns the type of a pandas column of points in time with a zone, whose values do not tell their unit."""
    unit = getattr(column.dtype, "unit", None) if hasattr(column, "dtype") and hasattr(column, "isna") else None
    if unit is None or getattr(column.dtype, "tz", None) is None:
        return None
    present = [value for value in column[~column.isna()][:1]]
    zone = counted(present[0])[1].zone if present else None
    return Field("tensor", "int64", (), str(TimeType("timestamp", unit, zone))) if zone else None


def class_labels(column: Any) -> tuple[Any, list[str]] | None:
    """Returns the labels of a column whose categories are text, with None for missing ones, and the class names.

    Returns None for all other columns.
    """
    found = _codes(column)
    if found is None:
        return None
    codes, names = found
    if not all(isinstance(name, str) for name in names):
        return None
    if (codes < 0).any():
        return [None if code < 0 else codes.dtype.type(code) for code in codes.tolist()], names
    return codes, names


def _codes(column: Any) -> tuple[np.ndarray[Any, Any], list[Any]] | None:
    """Returns the numbers of the categories, -1 for missing ones, and the categories."""
    module = _library(column)
    if module == "pandas":
        column = getattr(column, "array", column)
        if hasattr(column, "codes") and hasattr(column, "categories"):
            return np.asarray(column.codes), list(column.categories)
    if module == "polars" and str(getattr(column, "dtype", "")).startswith(("Categorical", "Enum")):
        column, module = column.to_arrow(), "pyarrow"
    if module == "pyarrow":
        import pyarrow as pa

        if isinstance(column, pa.ChunkedArray) and pa.types.is_dictionary(column.type):
            column = column.unify_dictionaries().combine_chunks()
        if isinstance(column, pa.DictionaryArray):
            kind = np.dtype(column.type.index_type.to_pandas_dtype())
            signed = kind if kind.kind == "i" else np.dtype(f"int{min(2 * kind.itemsize, 8) * 8}")
            codes = column.indices.cast(pa.from_numpy_dtype(signed)).fill_null(-1).to_numpy(zero_copy_only=False)
            return codes if column.null_count else codes.astype(kind), column.dictionary.to_pylist()
    return None
