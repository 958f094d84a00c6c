# SPDX-License-Identifier: Apache-2.0
"""Joins files of the same columns, in any order and of several widths, into rows of one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyarrow import types

from .._errors import Error
from .arrow_types import is_list, is_text, type_name
from .casts import Cast
from .features import described_features
from .tables import Batches, retyped_kind
from .types import Field

__all__ = ["aligned", "common_schema"]


def common_schema(files: Sequence[tuple[str, pa.Schema]], declared: Mapping[str, Field]) -> pa.Schema:
    """Returns the schema that holds the rows of all files, with the columns and metadata of the first.

    Numbers become the smallest type that holds all of them; a column without values gets the type of the others. Columns in
    `declared` get the given type. Raises ValueError, with two files, if the columns differ or cannot be joined.
    """
    first_path, first = files[0]
    fields = [
        field.with_type(retyped_kind(field.type, field.name, declared[field.name], False))
        if field.name in declared
        else field
        for field in first
    ]
    origins = dict.fromkeys(first.names, first_path)
    for path, schema in files[1:]:
        _check_names(first_path, first, path, schema)
        for index, field in enumerate(fields):
            other = schema.field(field.name).type
            if field.name in declared or field.type == other:
                continue
            joined = _joined(field.type, other)
            if joined is None:
                raise Error(
                    f'column "{field.name}" is {type_name(field.type)} in {origins[field.name]} and {type_name(other)} in {path}: '
                    f"declare the type of both ({_type_remedy(field.name)})"
                )
            if joined != field.type:
                origins[field.name] = path
            fields[index] = field.with_type(joined)
    return pa.schema(fields, metadata=first.metadata)


def aligned(files: Sequence[tuple[str, Batches]], schema: pa.Schema, declared: Mapping[str, Field]) -> Batches:
    """Returns the rows of all files with the columns of `schema`. `declared` has the types that the user declared.

    Raises ValueError, with the file, for a value that a column cannot hold, and with the file that determined the type.
    """

    def batches() -> Iterator[pa.RecordBatch]:
        for path, file in files:
            origins = {name: _origin(files, path, schema.field(name)) for name in schema.names if name not in declared}
            try:
                yield from _reordered(file, schema, origins).batches
            except Error as error:
                raise Error(f"{path}: {error}") from None

    return Batches(schema, batches(), described_features(schema))


def _origin(files: Sequence[tuple[str, Batches]], path: str, field: pa.Field) -> str | None:
    """Returns a file, other than the one at `path`, that determined the type of the column."""
    kinds = {other: file.schema.field(field.name).type for other, file in files}
    found = [other for other, kind in kinds.items() if kind == field.type]
    found += [other for other, kind in kinds.items() if kind != kinds[path]]
    return next((other for other in found if other != path), None)


def _reordered(file: Batches, schema: pa.Schema, origins: Mapping[str, str | None]) -> Batches:
    """Returns the columns of a file in the order and with the types of `schema`."""
    chosen = (pa.RecordBatch.from_arrays([batch.column(name) for name in schema.names], names=schema.names)
              for batch in file.batches)  # fmt: skip
    converts: dict[int, Callable[[pa.Array, int], pa.Array]] = {
        index: _Cast(field.name, field.type, origins.get(field.name))
        for index, field in enumerate(schema)
        if file.schema.field(field.name).type != field.type
    }
    return Batches(schema, chosen, {}).converted(schema, converts)


class _Cast(Cast):
    """A cast to the type that another file determined for a column."""

    def __init__(self, name: str, kind: pa.DataType, origin: str | None) -> None:
        super().__init__(name, kind)
        self._kind_name, self._origin = type_name(kind), origin

    def __call__(self, array: pa.Array, row: int) -> pa.Array:
        try:
            return super().__call__(array, row)
        except Error as error:
            if self._origin is None:
                raise
            raise Error(f"{error}. The column is {self._kind_name} together with {self._origin}") from None


def _type_remedy(name: str) -> str:
    return f'schema={{"{name}": …}}, --type {name}=… on the command line'


def _check_names(first_path: str, first: pa.Schema, path: str, schema: pa.Schema) -> None:
    for names, where in ((first.names, first_path), (schema.names, path)):
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated is not None:
            raise Error(f'{where} has two columns called "{repeated}": rename one')
    for own, others, where, other_path in (
        (first.names, schema.names, first_path, path),
        (schema.names, first.names, path, first_path),
    ):
        missing = [name for name in own if name not in others]
        if missing:
            raise Error(
                f"files one after another have the same columns, and {', '.join(map(repr, missing))} of {where} "
                f"is not in {other_path}: ingest them apart, or add it"
            )
    labels, other_labels = (_class_names(described_features(each)) for each in (first, schema))
    for name, names in labels.items():
        if other_labels.get(name, names) != names:
            raise Error(
                f'column "{name}" has other class names in {path} than in {first_path}: its numbers would mean '
                "something else; ingest them apart"
            )
    unnamed = set(labels).symmetric_difference(other_labels)
    if unnamed:
        raise Error(
            f'column "{min(unnamed)}" has class names in one of {first_path} and {path} only: ingest them apart'
        )


def _class_names(features: dict[str, Any]) -> dict[str, Any]:
    """Returns {column: class names}, also for those within lists and structs."""

    def names(feature: Any) -> Any:
        if isinstance(feature, list):
            return [names(part) for part in feature]
        if not isinstance(feature, dict):
            return None
        if feature.get("_type") == "ClassLabel":
            return feature.get("names")
        inner = {key: names(part) for key, part in feature.items() if key not in ("_type", "names")}
        inner = {key: part for key, part in inner.items() if part}
        return inner or None

    found = {name: names(feature) for name, feature in features.items()}
    return {name: part for name, part in found.items() if part and part != [None]}


def _joined(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    """Returns the smallest type that holds the values of both; None if there is none."""
    if pa.uint64() in (first, second) and types.is_integer(first) and types.is_integer(second):
        # Each value is checked; the core joins to the same type.
        return pa.uint64()
    is_known = not (types.is_null(first) or types.is_null(second))
    if is_known and (is_text(first) != is_text(second) or _parts(first) != _parts(second)):
        return None
    schemas = [pa.schema([pa.field("x", kind)]) for kind in (first, second)]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").field("x").type
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return None


def _parts(kind: pa.DataType) -> Any:
    """Returns the names of the fields of structs, which must be equal."""
    if types.is_struct(kind):
        return {kind.field(index).name: _parts(kind.field(index).type) for index in range(kind.num_fields)}
    if is_list(kind):
        return _parts(kind.value_type)
    return None
