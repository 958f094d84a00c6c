# SPDX-License-Identifier: Apache-2.0
"""Missing values: how they are recognised, the values that replace them, and the errors about them."""

from __future__ import annotations

import base64
import datetime
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import Error
from .times import not_a_time

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "WHERE_MASKED", "MissingValue", "MissingValues", "checked_kinds", "fill_text", "is_missing", "named_fill",
]  # fmt: skip

#: The fills for columns with masks if no fill is given.
WHERE_MASKED = {"float": float("nan"), "int": 0, "bool": False, "str": "", "bytes": b"", "time": "NaT"}
_KINDS = {float: "float", int: "int", bool: "bool", str: "str", bytes: "bytes"}


def is_missing(value: object) -> bool:
    """Returns whether a value is None, NaT, or pandas' NA."""
    if value is None:
        return True
    if isinstance(value, (int, float, str, bytes, np.ndarray)):
        return False
    if not_a_time(value):
        return True
    pandas = sys.modules.get("pandas")
    return pandas is not None and value is getattr(pandas, "NA", None)


class MissingValue(Error):
    """A value, or an element of one, is missing, and there is no fill."""


class MissingValues(Error):
    """Columns have missing values and no fill: their names, and the first such row of each."""

    def __init__(self, gaps: dict[str, int], examples: dict[str, str], what: str) -> None:
        self.gaps, self.examples, self.what = gaps, examples, what
        first, *others = gaps
        also = ", ".join(f'"{name}" (first in row {gaps[name]})' for name in others)
        fills = ", ".join(f"{name!r}: {examples.get(name, '0')}" for name in gaps)
        kinds = ', or by kind: fill={"*": {"float": nan, "int": -1, "str": ""}}' if others else ""
        super().__init__(
            f'row {gaps[first]}, column "{first}": {what}{f", and so are values of {also}" if also else ""}: leave the row out, '
            f"or say what to put there, as in fill={{{fills}}}{kinds}"
        )


def checked_kinds(fill: Any) -> dict[str, Any]:
    """Returns the fills of `fill={"*": …}` by the name of the kind.

    >>> checked_kinds({float: 0.5, "int": -1}), checked_kinds(0)
    ({'float': 0.5, 'int': -1}, {'float': 0, 'int': 0})
    """
    if not isinstance(fill, Mapping):
        if type(fill) is int:
            return {"float": fill, "int": fill}
        if type(fill) in _KINDS:
            return {_KINDS[type(fill)]: fill}
        raise TypeError(
            'fill needs for "*" a dict from kinds to values, such as {"float": nan, "int": -1, "str": ""}, not '
            f"{type(fill).__name__}"
        )
    kinds = {}
    for key, value in fill.items():
        name = _KINDS.get(key, key) if isinstance(key, type) else key
        if name not in WHERE_MASKED:
            raise Error(f'fill has {key!r} under "*", but the kinds are {", ".join(WHERE_MASKED)}')
        kinds[name] = value
    return kinds


def named_fill(value: Any, names: list[str]) -> tuple[Any, list[str]]:
    """Returns the number of the class that a fill names, and the class names; a new name adds a class.

    >>> named_fill("cat", ["dog", "cat"]), named_fill("none", ["dog"]), named_fill("-1", ["dog"])
    ((1, ['dog', 'cat']), (1, ['dog', 'none']), ('-1', ['dog']))
    """
    if not isinstance(value, str):
        return value, names
    if value in names:
        return names.index(value), names
    try:
        int(value)
    except ValueError:
        return len(names), [*names, value]
    return value, names


_TIMES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)


def fill_text(value: Any, column: str, schema: pa.Schema | None = None) -> str:
    """Returns the fill in the form of a CSV field."""
    if value is None:
        raise Error(f'fill has None for column "{column}", but None is a missing value itself: give another value')
    if isinstance(value, _TIMES):
        return _time(value, column, schema)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str):
        return str.__str__(value)
    if not isinstance(value, (int, float)):
        raise Error(
            f'fill has a value of type {type(value).__name__} for column "{column}": give a number, bool, str, bytes or a time'
        )
    # The number itself: subclasses, such as enumerations, may print as something else.
    return str(int(value)) if isinstance(value, int) else repr(float(value))


def _time(value: Any, column: str, schema: pa.Schema | None) -> str:
    """Returns the number of a time in the column."""
    import pyarrow as pa
    from pyarrow import types

    from .arrow_types import integers, leaf_type, type_name

    kind = schema.field(column).type if schema is not None and column in schema.names else None
    kind = None if kind is None else leaf_type(kind)
    if kind is None or not types.is_temporal(kind):
        raise Error(f'fill has {value!r} for column "{column}", which holds no times: give a value of the column')
    try:
        return str(pa.array([value]).cast(kind).cast(integers(kind))[0].as_py())
    except pa.ArrowException as error:
        raise Error(f'fill has {value!r} for column "{column}", which is {type_name(kind)}: {error}') from None
