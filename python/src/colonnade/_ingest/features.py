# SPDX-License-Identifier: Apache-2.0
"""Features of Hugging Face for the columns of a table, and column types for Arrow types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .._schema import Field
from .times import TimeType

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "FEATURES", "Files", "class_names", "described_features", "field_of", "file_columns", "inner_feature", "time_type", "type_name",
]  # fmt: skip

#: {column: `Image`, `Audio` or `Video`, and the requested mode of images}.
Files = dict[str, tuple[str, str | None]]

#: The key of the features, as JSON, in the metadata of a schema.
FEATURES = b"huggingface"


def described_features(schema: pa.Schema) -> dict[str, Any]:
    """Returns the features in the metadata of a table. They are hints, so invalid ones are ignored."""
    try:
        features = json.loads((schema.metadata or {})[FEATURES])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    return features if isinstance(features, dict) else {}


def file_columns(features: dict[str, Any]) -> Files:
    """Returns the columns whose values are encoded images, sounds or videos."""
    return {
        name: (feature["_type"], feature.get("mode"))
        for name, feature in features.items()
        if isinstance(feature, dict) and feature.get("_type") in ("Image", "Audio", "Video")
    }


def class_names(feature: Any) -> list[str] | None:
    """Returns the class names of integers, or of the elements of lists."""
    while isinstance(feature, (list, dict)):
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
            names = feature.get("names")
            return list(names) if names else None
        feature = (feature[0] if len(feature) == 1 else None) if isinstance(feature, list) else feature.get("feature")
    return None


def inner_feature(feature: Any, name: str) -> Any:
    """Returns the feature of a field of a struct, or of a list of structs; None if there is none."""
    while isinstance(feature, (list, dict)):
        if isinstance(feature, list):
            feature = feature[0] if len(feature) == 1 else None
        elif isinstance(feature.get("_type"), str):
            feature = feature.get("feature")
        else:
            return feature.get(name)
    return None


def field_of(kind: pa.DataType, feature: Any = None) -> Field | None:
    """Returns the field for an Arrow type; None if only its values determine it, or if no column can hold it."""
    import pyarrow as pa
    from pyarrow import types

    shape: list[int | None] = []
    if isinstance(kind, pa.BaseExtensionType):
        own_shape = getattr(kind, "shape", None)
        kind = kind.storage_type
        if own_shape is not None:
            shape = list(own_shape)
            while _is_list(kind):
                kind = kind.value_type
            return _tensor(kind, shape)
    while _is_list(kind):
        shape.append(kind.list_size if types.is_fixed_size_list(kind) else None)
        kind = kind.value_type
    if not shape:
        if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
            return Field("string", "uint8", (None,))
        if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
            return Field("bytes", "uint8", (None,))
    field = _tensor(kind, shape)
    if field is not None and isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
        names = feature.get("names")
        return field._replace(meaning=list(names)) if names else field
    return field


def type_name(kind: pa.DataType) -> str:
    """Returns the name of a type in the form of `schema=`, or Arrow's name if no column has the type.

    >>> import pyarrow as pa
    >>> type_name(pa.list_(pa.float32())), type_name(pa.timestamp("us", "UTC")), type_name(pa.decimal128(9, 2))
    ('float32[?]', 'timestamp[us, UTC]', 'decimal128(9, 2)')
    """
    leaf, dimensions = kind, []
    while _is_list(leaf):
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
    from pyarrow import types

    if types.is_date(kind):
        return TimeType("date", "d" if types.is_date32(kind) else "ms")
    if types.is_time(kind):
        return TimeType("time", kind.unit)
    if types.is_timestamp(kind):
        return TimeType("timestamp", kind.unit, kind.tz)
    return TimeType("duration", kind.unit) if types.is_duration(kind) else None


def _is_list(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def _tensor(kind: pa.DataType, shape: list[int | None]) -> Field | None:
    from pyarrow import types

    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        names = {"halffloat": "float16", "float": "float32", "double": "float64"}
        return Field("tensor", names.get(str(kind), str(kind)), tuple(shape))
    return None
