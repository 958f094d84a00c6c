# SPDX-License-Identifier: Apache-2.0
"""Reads Parquet and Arrow files with pyarrow, several as one."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
from pyarrow import compute, types

from .._errors import Error, readable
from .alignment import aligned, common_schema
from .arrow import FileRows
from .arrow_types import is_text
from .tables import Batches
from .types import Field

__all__ = ["opened_files"]

#: The rows that are read from a Parquet file at a time, and about their bytes.
_ROWS = 1 << 14
_BYTES = 16 << 20


def opened_files(
    paths: list[str], formats: list[str], declared: Mapping[str, Field], columns: Collection[str] | None
) -> tuple[FileRows, pa.Schema]:
    """Opens files as one, whose columns are checked; returns the rows that are selected, and their schema."""
    files = [_Parquet(path) if kind == "parquet" else _IPC(path) for path, kind in zip(paths, formats)]
    schemas = [file.schema for file in files]
    if columns is not None and len(files) > 1:
        schemas = [_taken(schema, columns) for schema in schemas]
    schema = common_schema(list(zip(paths, schemas)), declared)
    parts = [Batches(schema, file.batches(), {}) for schema, file in zip(schemas, files)]
    rows = aligned(list(zip(paths, parts)), schema, declared)
    taken = set(schema.names) if columns is None else set(columns)
    rows = with_one_dictionary(rows, sorted(taken.difference(declared).intersection(schema.names)), lambda name: (
        dictionary for file in files for dictionary in file.dictionaries(name)))  # fmt: skip
    data = FileRows(rows, sum(file.rows for file in files) or None, ", ".join(map(readable, paths)))
    return data, schema


def _taken(schema: pa.Schema, columns: Collection[str]) -> pa.Schema:
    """Returns the selected columns of a file, the complete struct for a selected field; all if none is selected."""
    fields = [
        field for field in schema if any(name == field.name or name.startswith(field.name + ".") for name in columns)
    ]
    return pa.schema(fields, metadata=schema.metadata) if fields else schema


class _Parquet:
    def __init__(self, path: str) -> None:
        from pyarrow import parquet

        try:
            self._file = parquet.ParquetFile(pa.OSFile(os.fsencode(path)))
        except (pa.ArrowException, OSError) as error:
            raise Error(f"{path} cannot be read as a Parquet file: {error}") from error
        self.schema: Any = self._file.schema_arrow
        self.rows = int(self._file.metadata.num_rows)

    def batches(self) -> Iterator[pa.RecordBatch]:
        yield from self._file.iter_batches(batch_size=self._batch_rows)

    def dictionaries(self, name: str) -> Iterator[pa.Array]:
        """Yields the dictionaries of a column, read for this alone."""
        for batch in self._file.iter_batches(batch_size=self._batch_rows, columns=[name]):
            yield _dictionary(batch, name)

    @property
    def _batch_rows(self) -> int:
        """Returns the rows of a batch: so few that those of the row group with the largest rows have about `_BYTES`."""
        metadata = self._file.metadata
        groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
        sizes = [int(group.total_byte_size // group.num_rows) for group in groups if group.num_rows]
        return max(1, min(_ROWS, _BYTES // max([1, *sizes])))


class _IPC:
    """Arrow's file format, which Feather is too, or its stream format."""

    def __init__(self, path: str) -> None:
        self.rows = 0
        self._path = path
        source = pa.memory_map(os.fsencode(path))
        try:
            self._reader: Any = pa.ipc.open_file(source)
        except pa.ArrowInvalid:
            source.seek(0)
            try:
                self._reader = pa.ipc.open_stream(source)
            except (pa.ArrowInvalid, OSError) as error:
                raise Error(f"{path} cannot be read as an Arrow file: {error}") from error
        self.schema: Any = self._reader.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        if hasattr(self._reader, "num_record_batches"):
            for index in range(self._reader.num_record_batches):
                yield self._reader.get_batch(index)
        else:
            yield from self._reader

    def dictionaries(self, name: str) -> Iterator[pa.Array]:
        """Yields the dictionaries of a column, from a reader of its own."""
        for batch in _IPC(self._path).batches():
            yield _dictionary(batch, name)


def _dictionary(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Returns the dictionary of a column; an empty one where the column has nulls only, without a type."""
    column = batch.column(name)
    return column.dictionary if hasattr(column, "dictionary") else pa.array([], pa.large_string())


def with_one_dictionary(rows: Batches, names: Iterable[str], found: Callable[[str], Iterable[pa.Array]]) -> Batches:
    """Returns the rows with one list of categories for all batches, in the order in which they appear.

    `found(name)` gives the dictionaries of a column in all batches. Parquet keeps those of one row group each, so that a later one
    may have a category that the first had not.
    """
    schema = rows.schema
    converts: dict[int, Callable[[pa.Array, int], pa.Array]] = {}
    for name in names:
        index = schema.get_field_index(name)
        kind = schema.field(index).type
        if not types.is_dictionary(kind) or not is_text(kind.value_type):
            continue
        categories = _union(found(name), kind.value_type)
        if categories is None:
            continue
        index_type = kind.index_type if len(categories) < 1 << (kind.index_type.bit_width - 1) else pa.int64()
        schema = schema.set(
            index, schema.field(index).with_type(pa.dictionary(index_type, kind.value_type, kind.ordered))
        )
        converts[index] = _renumbered(categories, index_type, kind.ordered)
    return rows.converted(schema, converts) if converts else rows


def _union(dictionaries: Iterable[pa.Array], kind: pa.DataType) -> pa.Array | None:
    """Returns all categories; None if the first dictionary has them all, as the core needs it."""
    known: dict[Any, None] = {}
    count, before = None, None
    for dictionary in dictionaries:
        if before is None or not dictionary.equals(before):
            known.update(dict.fromkeys(dictionary.to_pylist()))
        count, before = len(known) if count is None else count, dictionary
    if count is None or len(known) == count:
        return None
    return pa.array([name for name in known if name is not None], pa.large_string()).cast(kind)


def _renumbered(categories: pa.Array, index_type: pa.DataType, ordered: bool) -> Callable[[pa.Array, int], pa.Array]:
    """Returns a function that gives arrays other indices, into a dictionary that has all categories."""
    known = categories.cast(pa.large_string())

    def convert(array: pa.Array, row: int) -> pa.Array:
        numbers = compute.index_in(array.dictionary.cast(known.type), value_set=known)
        return pa.DictionaryArray.from_arrays(numbers.take(array.indices).cast(index_type), categories, ordered=ordered)

    return convert
