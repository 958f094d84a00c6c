# SPDX-License-Identifier: Apache-2.0
"""Converts data frames of pandas to Arrow tables, or to columns of Python values if Arrow would change values."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterable
from typing import Any

import numpy as np

from .._errors import Error
from .missing import is_missing
from .options import RowOptions

__all__ = ["table_or_columns"]

#: Python's times: Arrow converts them to one kind, truncates nanoseconds, and drops zones.
_TIMES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)

#: Kinds of values that may be mixed: Arrow checks that floats hold the integers in the same column.
_NUMBERS = frozenset({"int", "float"})

#: Values that Arrow would change: times, arrays with a mask or several dimensions, and sets, which have no order.
_CHANGED = frozenset({"time", "array", "set"})


def table_or_columns(frame: Any, options: RowOptions) -> Any:
    """Returns a table for a frame; or a dict of its columns if one has Python values that a table would change.

    An index with a name becomes a column. NaN in a column of NumPy's floats is a number, unless there is a fill or a mask
    for it: pandas has no other mark for a missing float.
    """
    import pyarrow as pa

    levels = [name for name in frame.index.names if name is not None]
    try:
        unnamed = [index for index, name in enumerate(frame.index.names) if name is None]
        if levels:
            frame = frame.reset_index(level=unnamed, drop=True) if unnamed else frame
            frame = frame.reset_index()
    except (ValueError, TypeError) as error:
        raise Error(f"the DataFrame cannot become a table: {error}") from error
    objects = [index for index, kind in enumerate(frame.dtypes) if kind == np.dtype(object)]
    names = [str(name) for name in frame.columns]
    is_unique = len(set(names)) == len(names)
    if is_unique and any(options.selects(names[index]) and _needs_rows(frame.iloc[:, index]) for index in objects):
        return _columns(frame, names)
    try:
        return _table(frame, options)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        if objects and is_unique:
            return _columns(frame, names)
        raise Error(f"the DataFrame cannot become a table: {error}") from error


def _columns(frame: Any, names: list[str]) -> dict[str, Any]:
    return {name: frame.iloc[:, index] for index, name in enumerate(names)}


def _table(frame: Any, options: RowOptions) -> Any:
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    for index, kind in enumerate(frame.dtypes):
        is_filled = options.fills_floats(str(frame.columns[index]))
        if getattr(kind, "kind", None) == "f" and not is_filled and type(kind).__module__.partition(".")[0] == "numpy":
            numbers = pa.array(frame.iloc[:, index].to_numpy(), from_pandas=False)
            table = table.set_column(index, table.schema.field(index), numbers)
    return table


def _needs_rows(column: Iterable[Any]) -> bool:
    """Returns whether Arrow would change values of a column of Python objects, or merge values of two kinds."""
    kinds: dict[str, set[str]] = {}
    _note_kinds(column, "", kinds)
    return any(found & _CHANGED or len(found) > 1 and not found <= _NUMBERS for found in kinds.values())


def _note_kinds(values: Iterable[Any], path: str, kinds: dict[str, set[str]]) -> None:
    """Notes the kinds of values, for each path of dict keys and list depth."""
    found = kinds.setdefault(path, set())
    for value in values:
        kind = _kind(value)
        if kind is not None:
            found.add(kind)
        elif isinstance(value, dict):
            found.add("dict")
            for key, part in value.items():
                _note_kinds((part,), f"{path}.{key}", kinds)
        elif isinstance(value, (list, tuple)) or isinstance(value, np.ndarray) and value.dtype.kind == "O":
            found.add("list")
            _note_kinds(value, f"{path}[]", kinds)
        elif isinstance(value, np.ndarray):
            found.add("list")
            of_items = kinds.setdefault(f"{path}[]", set())
            of_items.add({"b": "bool", "i": "int", "u": "int", "f": "float"}.get(value.dtype.kind, "array"))


def _kind(value: Any) -> str | None:
    """Returns the kind of a single value; None for lists, dicts and missing values."""
    if isinstance(value, str):
        return "str"
    if isinstance(value, (bool, np.bool_)):
        return "bool"
    if isinstance(value, (int, np.integer)) and not isinstance(value, np.timedelta64):
        return "int"
    if isinstance(value, (float, np.floating)):
        # In pandas, NaN among objects is a missing value.
        return None if value != value else "float"
    if isinstance(value, (list, tuple, dict)) or is_missing(value):
        return None
    if isinstance(value, (set, frozenset)):
        return "set"
    if isinstance(value, np.ndarray):
        return "array" if isinstance(value, np.ma.MaskedArray) or value.ndim != 1 else None
    if isinstance(value, _TIMES):
        return "time"
    if isinstance(value, decimal.Decimal):
        return "decimal"
    return type(value).__name__
