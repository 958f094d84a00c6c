# SPDX-License-Identifier: Apache-2.0
"""Types of columns as they are written, here and on the command line: `uint8[28,28]`, `int32[?]`, `string`, `bytes`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from .._arguments import dtype_name
from .._errors import Error
from .._schema import Field

__all__ = ["as_dtype", "column_types", "described", "parsed"]

_PATTERN = re.compile(r"\s*([A-Za-z_0-9.]+)\s*(?:\[([^\]]*)\])?\s*")


def as_dtype(name: str) -> np.dtype[Any]:
    """The data type of that name; bfloat16 comes from ml_dtypes."""
    if name != "bfloat16":
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError:
        raise TypeError("bfloat16 needs ml_dtypes, which is not installed: pip install ml_dtypes") from None
    found: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
    return found


def parsed(spec: object, column: str) -> Field:
    """A column's type, as a `Field` without a meaning.

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
    match = _PATTERN.fullmatch(spec)
    if not match:
        raise Error(f'"{spec}" is no type for column "{column}": write uint8[28,28], int32[?], string or bytes')
    name, dimensions = match.groups()
    if name in ("string", "bytes"):
        if dimensions:
            raise Error(f'"{spec}" is no type for column "{column}": {name} has no shape')
        return Field(name, "uint8", (None,))
    return Field("tensor", dtype_name(name), _shape(dimensions, spec, column))


def _shape(dimensions: str | None, spec: str, column: str) -> tuple[int | None, ...]:
    shape: list[int | None] = []
    for part in (dimensions or "").split(","):
        part = part.strip()
        if part == "?":
            shape.append(None)
        elif part.isdecimal():
            shape.append(int(part))
        elif part or "," in (dimensions or ""):
            raise Error(f'"{spec}" is no type for column "{column}": a dimension is a number, or ? where it varies')
    return tuple(shape)


def column_types(schema: Mapping[str, object] | None) -> dict[str, Field]:
    """What the user says about types, by column."""
    if schema is None:
        return {}
    if not isinstance(schema, Mapping):
        raise TypeError(f"schema has to be a dict from columns to types, not {type(schema).__name__}")
    return {name: parsed(spec, name) for name, spec in schema.items()}


def described(kind: str, dtype: str, shape: tuple[int | None, ...]) -> str:
    """As the command line shows it: `uint8[28,28]`."""
    if kind != "tensor":
        return kind
    if not shape:
        return dtype
    return f"{dtype}[{','.join('?' if size is None else str(size) for size in shape)}]"
