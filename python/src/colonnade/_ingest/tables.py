# SPDX-License-Identifier: Apache-2.0
"""Converts streams of record batches for the core: structs flattened, declared types, images as pixels."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa
from pyarrow import types

from .._errors import Error, KeyMissingError
from .arrow_types import arrow_type, is_list, type_name
from .casts import Cast
from .features import FEATURES, Files, file_columns, inner_feature
from .types import Field, described

__all__ = ["Batches", "flattened", "holds_files", "labelled", "retyped", "retyped_kind"]

#: Extension types whose storage is their value, so that a declared type may replace them.
_KNOWN = ("arrow.bool8", "arrow.fixed_shape_tensor", "arrow.json", "arrow.uuid", "datasets.features.features.Array")


class Batches(NamedTuple):
    """A stream of record batches that was not read yet."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    #: The features that Hugging Face gives for each column.
    features: dict[str, Any]

    @property
    def files(self) -> Files:
        """Returns the columns of encoded images, sounds and videos."""
        return file_columns(self.features)

    def described(self, features: dict[str, Any]) -> Batches:
        """Returns the stream with other features, which the core reads from the metadata of the schema."""
        text = json.dumps({"info": {"features": features}}).encode()
        schema = self.schema.with_metadata({**(self.schema.metadata or {}), FEATURES: text})
        return Batches(schema, self.batches, features)

    def converted(self, schema: pa.Schema, converts: dict[int, Callable[[pa.Array, int], pa.Array]]) -> Batches:
        """Returns the stream with converted columns; each function receives an array and the number of its first row."""

        def batches() -> Iterator[pa.RecordBatch]:
            row = 0
            for batch in self.batches:
                columns = list(batch.columns)
                for index, convert in converts.items():
                    columns[index] = convert(columns[index], row)
                yield pa.RecordBatch.from_arrays(columns, schema=schema)
                row += batch.num_rows

        return Batches(schema, batches(), self.features)

    def column_index(self, name: str) -> int:
        """Returns the index of the column; KeyError if there is none, or several."""
        index: int = self.schema.get_field_index(name)
        if index < 0:
            raise KeyMissingError(f'there is no column "{name}"; there are {", ".join(self.schema.names)}')
        return index


# Structs.


def flattened(source: Batches) -> Batches:
    """Flattens structs to columns called `a.b`, except those that hold files, and extension types."""
    if not any(_is_flattened(field) for field in source.schema):
        return source
    fields: list[pa.Field] = []
    features: dict[str, Any] = {}
    for field in source.schema:
        for part, feature in _parts_of_field(field, source.features.get(field.name)):
            fields.append(part)
            if feature is not None:
                features[part.name] = feature
    schema = pa.schema(fields, metadata=source.schema.metadata)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in source.batches:
            parts = [part for field, column in zip(batch.schema, batch.columns) for part in _parts(field, column)]
            yield pa.RecordBatch.from_arrays(parts, schema=schema)

    return Batches(schema, batches(), features).described(features)


def _is_flattened(field: pa.Field) -> bool:
    is_plain = types.is_struct(field.type) and b"ARROW:extension:name" not in (field.metadata or {})
    return is_plain and not holds_files(field.type)


def holds_files(kind: pa.DataType) -> bool:
    """Returns whether values are encoded files, as Hugging Face stores them."""
    return types.is_struct(kind) and {field.name for field in kind} == {"bytes", "path"}


def _parts_of_field(field: pa.Field, feature: Any) -> list[tuple[pa.Field, Any]]:
    if not _is_flattened(field):
        return [(field, feature)]
    parts: list[tuple[pa.Field, Any]] = []
    for index in range(field.type.num_fields):
        part = field.type.field(index)
        parts += _parts_of_field(part.with_name(f"{field.name}.{part.name}"), inner_feature(feature, part.name))
    return parts


def _parts(field: pa.Field, column: pa.Array) -> list[pa.Array]:
    if not _is_flattened(field):
        return [column]
    parts: list[pa.Array] = []
    for index, part in enumerate(column.flatten()):
        parts += _parts(field.type.field(index), part)
    return parts


def labelled(source: Batches, labels: dict[str, list[str]]) -> Batches:
    """Returns the stream with class names in the metadata, where the core reads them."""
    if not labels:
        return source
    for name in labels:
        kind = source.schema.field(source.column_index(name)).type
        while hasattr(kind, "value_type") and not types.is_dictionary(kind):
            kind = kind.value_type
        if types.is_dictionary(kind):
            raise Error(f'column "{name}" has categories, which are the names of its classes: leave labels out')
        if not types.is_integer(kind):
            raise Error(f'labels name integers, but column "{name}" is {type_name(source.schema.field(name).type)}')
    return source.described(
        source.features | {name: {"names": names, "_type": "ClassLabel"} for name, names in labels.items()}
    )


# Types.


def retyped(source: Batches, declared: dict[str, Field], ragged: set[str]) -> Batches:
    """Returns the stream with the declared types, by column; each value is checked to be kept."""
    schema = source.schema
    converts: dict[int, Callable[[pa.Array, int], pa.Array]] = {}
    for name in (*declared, *(name for name in ragged if name not in declared)):
        index = source.column_index(name)
        field = schema.field(index)
        kind = retyped_kind(field.type, name, declared.get(name), name in ragged)
        if kind != field.type:
            schema = schema.set(index, field.with_type(kind))
            converts[index] = Cast(name, kind)
    return source.converted(schema, converts) if converts else source


def retyped_kind(kind: pa.DataType, name: str, wanted: Field | None, ragged: bool) -> pa.DataType:
    """Returns the Arrow type with other elements; lists are unchanged, unless they become ragged."""
    if isinstance(kind, pa.BaseExtensionType):
        if not kind.extension_name.startswith(_KNOWN):
            return kind
        if wanted is None:
            raise Error(f'column "{name}" is {type_name(kind)}, which cannot be ragged')
        kind = kind.storage_type
    depth, inner = 0, kind
    while is_list(inner):
        depth, inner = depth + 1, inner.value_type
    if ragged and not depth:
        raise Error(f'column "{name}" is {type_name(kind)}: it has no lists whose lengths could vary')
    shape = wanted.shape if wanted is not None and wanted.kind == "tensor" else ()
    while types.is_null(inner) and depth < len(shape):
        # The type of the elements is unknown.
        kind, depth = _with_lists(kind), depth + 1
    if shape and len(shape) != depth and not types.is_fixed_size_binary(inner):
        assert wanted is not None
        asked = described(wanted.kind, wanted.dtype, wanted.shape)
        raise Error(f'column "{name}" is {type_name(kind)}, which has {depth} dimensions, not those of {asked}')
    made = inner if wanted is None else arrow_type(wanted, inner)
    return _nested(kind, made, shape, ragged)


def _with_lists(kind: pa.DataType) -> pa.DataType:
    """Returns a type without values, or lists of it, with one more dimension."""
    if types.is_fixed_size_list(kind):
        return pa.list_(_with_lists(kind.value_type), kind.list_size)
    if types.is_large_list(kind):
        return pa.large_list(_with_lists(kind.value_type))
    return pa.list_(_with_lists(kind.value_type) if types.is_list(kind) else kind)


def _nested(kind: pa.DataType, leaf: pa.DataType, shape: tuple[int | None, ...], ragged: bool) -> pa.DataType:
    varies = ragged or bool(shape) and shape[0] is None
    if types.is_fixed_size_list(kind):
        inner = _nested(kind.value_type, leaf, shape[1:], ragged)
        return pa.list_(inner) if varies else pa.list_(inner, kind.list_size)
    if types.is_large_list(kind):
        return pa.large_list(_nested(kind.value_type, leaf, shape[1:], ragged))
    if types.is_list(kind):
        return pa.list_(_nested(kind.value_type, leaf, shape[1:], ragged))
    return leaf
