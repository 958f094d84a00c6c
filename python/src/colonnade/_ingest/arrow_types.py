# SPDX-License-Identifier: Apache-2.0
"""Arrow types: the column types for them, and the types of the elements of lists."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pyarrow import types

from .._errors import Error
from .._schema import Field
from .times import TimeType

__all__ = [
    "arrow_type", "elements", "field_of", "integers", "is_list", "is_text", "leaf_type", "time_type", "type_name", "with_leaf",
]  # fmt: skip


def field_of(kind: pa.DataType, feature: Any = None) -> Field | None:
    """Returns the field for an Arrow type; None if only its values determine it, or if no column can hold it."""
    shape: list[int | None] = []
    if isinstance(kind, pa.BaseExtensionType):
        own_shape = getattr(kind, "shape", None)
        kind = kind.storage_type
        if own_shape is not None:
            shape = list(own_shape)
            while is_list(kind):
                kind = kind.value_type
            return _tensor(kind, shape)
    while is_list(kind):
        shape.append(kind.list_size if types.is_fixed_size_list(kind) else None)
        kind = kind.value_type
    if not shape:
        if is_text(kind):
            return Field("string", "uint8", (None,))
        if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
            return Field("bytes", "uint8", (None,))
    field = _tensor(kind, shape)
    if field is not None and isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
        names = feature.get("names")
        return field._replace(meaning=list(names)) if names else field
    return field


def arrow_type(field: Field, kind: pa.DataType) -> pa.DataType:
    """Returns the Arrow type of the elements of a field; the existing type, if it is one for the field."""
    if field.kind != "tensor":
        return pa.large_string() if field.kind == "string" else pa.large_binary()
    if field.dtype == "bfloat16":
        raise Error("Arrow has no bfloat16: use float32, and cast when reading")
    if types.is_fixed_size_binary(kind) and field.dtype == "uint8":
        return kind
    time = TimeType.parsed(field.meaning)
    if time is None:
        return pa.bool_() if field.dtype == "bool" else pa.type_for_alias(field.dtype)
    name, unit, zone = time
    if name == "date":
        return pa.date32() if unit == "d" else pa.date64()
    if name == "time":
        return pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
    return pa.timestamp(unit, zone) if name == "timestamp" else pa.duration(unit)


def type_name(kind: pa.DataType) -> str:
    """Returns the name of a type in the form of `schema=`, or Arrow's name if no column has the type.

    >>> import pyarrow as pa
    >>> type_name(pa.list_(pa.float32())), type_name(pa.timestamp("us", "UTC")), type_name(pa.decimal128(9, 2))
    ('float32[?]', 'timestamp[us, UTC]', 'decimal128(9, 2)')
    """
    leaf, dimensions = kind, []
    while is_list(leaf):
        dimensions.append(str(leaf.list_size) if hasattr(leaf, "list_size") else "?")
        leaf = leaf.value_type
    time = time_type(leaf)
    field = field_of(leaf)
    if time is None and field is None:
        return str(kind)
    name = str(time) if field is None else field.kind if field.kind != "tensor" else field.dtype
    return f"{name}[{','.join(dimensions)}]" if dimensions else name


def time_type(kind: pa.DataType) -> TimeType | None:
    """Returns the time type of an Arrow type; None if it is not a time."""
    if types.is_date(kind):
        return TimeType("date", "d" if types.is_date32(kind) else "ms")
    if types.is_time(kind):
        return TimeType("time", kind.unit)
    if types.is_timestamp(kind):
        return TimeType("timestamp", kind.unit, kind.tz)
    return TimeType("duration", kind.unit) if types.is_duration(kind) else None


def integers(kind: pa.DataType) -> pa.DataType:
    """Returns the type of the integers that store a time."""
    return pa.int32() if kind.bit_width == 32 else pa.int64()


def is_list(kind: pa.DataType) -> bool:
    """Returns whether values are lists, of one length or of several."""
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def is_text(kind: pa.DataType) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def leaf_type(kind: pa.DataType) -> pa.DataType:
    """Returns the type of the elements of lists."""
    while types.is_nested(kind) and hasattr(kind, "value_type"):
        kind = kind.value_type
    return kind


def elements(array: pa.Array) -> pa.Array:
    """Returns the elements of lists, one after another."""
    while hasattr(array, "flatten") and not types.is_struct(array.type):
        array = array.flatten()
    return array


def with_leaf(kind: pa.DataType, leaf: pa.DataType) -> pa.DataType:
    """Returns the lists with other elements."""
    if types.is_fixed_size_list(kind):
        return pa.list_(with_leaf(kind.value_type, leaf), kind.list_size)
    if types.is_large_list(kind):
        return pa.large_list(with_leaf(kind.value_type, leaf))
    return pa.list_(with_leaf(kind.value_type, leaf)) if types.is_list(kind) else leaf


def _tensor(kind: pa.DataType, shape: list[int | None]) -> Field | None:
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        names = {"halffloat": "float16", "float": "float32", "double": "float64"}
        return Field("tensor", names.get(str(kind), str(kind)), tuple(shape))
    return None
