# SPDX-License-Identifier: Apache-2.0
"""Converts columns of categories of pandas, pyarrow and Polars to class labels."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["class_labels"]


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
    module = type(column).__module__.partition(".")[0]
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
