# SPDX-License-Identifier: Apache-2.0
"""The notation for column types, here and on the command line: `uint8[28,28]`, `int32[?]`, `string`, `bytes`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from .._arguments import dtype_name
from .._errors import Error
from .._schema import Field

__all__ = ["Field", "as_dtype", "column_types", "described", "parsed"]

#: `timestamp[us, UTC]`, and an optional shape.
_TIME = re.compile(
    r"\s*(date|time|timestamp|duration)\s*(?:\[\s*(d|s|ms|us|ns)\s*(?:,\s*([!-+\--Z\\^-~]{1,255})\s*)?\])?\s*(?:\[([^\]]*)\])?\s*"
)
_UNITS = {"date": ("d", "ms"), "time": ("s", "ms", "us", "ns")}
_PATTERN = re.compile(r"\s*([A-Za-z_0-9.]+)\s*(?:\[([^\]]*)\])?\s*")


def as_dtype(name: str) -> np.dtype[Any]:
    """Returns the data type of a name; bfloat16 comes from ml_dtypes."""
    if name != "bfloat16":
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError:
        raise TypeError("bfloat16 needs ml_dtypes, which is not installed: pip install ml_dtypes") from None
    found: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
    return found


def parsed(spec: object, column: str) -> Field:
    """Parses a column type to a `Field` without a meaning.

    >>> parsed("uint8[28,28]", "image")
    Field(kind='tensor', dtype='uint8', shape=(28, 28), meaning=None)
    >>> parsed("int32[?]", "tokens").shape
    (None,)
    """
    if isinstance(spec, Field):
        return spec
    if spec is str or spec is bytes:
        return Field("string" if spec is str else "bytes", "uint8", (None,))
    if not isinstance(spec, str):
        return Field("tensor", dtype_name(spec), ())  # type: ignore[arg-type]
    time = _TIME.fullmatch(spec)
    if time:
        return _time(time, spec, column)
    match = _PATTERN.fullmatch(spec)
    if not match:
        raise Error(f'"{spec}" is not a type for column "{column}": write uint8[28,28], int32[?], string or bytes')
    name, dimensions = match.groups()
    if name in ("string", "bytes"):
        if dimensions:
            raise Error(f'"{spec}" is not a type for column "{column}": {name} has no shape')
        return Field(name, "uint8", (None,))
    return Field("tensor", dtype_name(name), _shape(dimensions, spec, column))


def _time(match: re.Match[str], spec: str, column: str) -> Field:
    kind, unit, zone, dimensions = match.groups()
    units = _UNITS.get(kind, _UNITS["time"])
    if unit is None and kind == "date":
        unit = "d"
    if unit not in units or zone and kind != "timestamp":
        raise Error(
            f'"{spec}" is not a type for column "{column}": write date[d], time[us], timestamp[us], timestamp[us, UTC] or '
            f"duration[us]; {kind} has the units {', '.join(units)}"
        )
    dtype = "int32" if unit == "d" or kind == "time" and unit in ("s", "ms") else "int64"
    return Field("tensor", dtype, _shape(dimensions, spec, column), f"{kind}[{unit}{f', {zone}' if zone else ''}]")


def _shape(dimensions: str | None, spec: str, column: str) -> tuple[int | None, ...]:
    shape: list[int | None] = []
    for part in (dimensions or "").split(","):
        part = part.strip()
        if part == "?":
            shape.append(None)
        elif part.isdecimal():
            shape.append(int(part))
        elif part or "," in (dimensions or ""):
            raise Error(f'"{spec}" is not a type for column "{column}": a dimension is a number, or ? where it varies')
    return tuple(shape)


def column_types(schema: Mapping[str, object] | None) -> dict[str, Field]:
    """Returns the declared types by column."""
    if schema is None:
        return {}
    if not isinstance(schema, Mapping):
        raise TypeError(f"schema must be a dict from columns to types, not {type(schema).__name__}")
    return {name: parsed(spec, name) for name, spec in schema.items()}


def described(kind: str, dtype: str, shape: tuple[int | None, ...]) -> str:
    """Returns a type in the notation of the command line: `uint8[28,28]`."""
    if kind != "tensor":
        return kind
    if not shape:
        return dtype
    return f"{dtype}[{','.join('?' if size is None else str(size) for size in shape)}]"
