# SPDX-License-Identifier: Apache-2.0
"""Opens files that Python's libraries read as one source."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import Error, KeyMissingError, readable, visible
from .._schema import Field
from .alignment import aligned, common_schema
from .dictionaries import with_one_dictionary
from .features import described_features, field_of
from .tables import Batches

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileRows", "NotInstalled", "Source", "opened"]

#: The rows that are read from a Parquet file at a time, and about their bytes.
_ROWS = 1 << 14
_BYTES = 16 << 20


class NotInstalled(ImportError):
    """A library that the source needs is not installed."""


class Source(NamedTuple):
    """A source for `ingest`, and the known types of its columns."""

    data: Any
    fields: dict[str, Field]


def opened(
    paths: list[str],
    formats: list[str],
    split: str | None,
    types: Mapping[str, Field],
    columns: Collection[str] | None = None,
) -> Source:
    """Opens the sources as one.

    `types` has the declared types for columns of the sources, and `columns` the selected columns, or None for all: files may
    differ in the others.

    Raises FileNotFoundError, ValueError, and `NotInstalled`.
    """
    for path in paths:
        if not os.path.exists(path):
            raise FileNotFoundError(2, "no such file", path)
    if "huggingface" in formats:
        if len(paths) > 1:
            raise Error(f"{paths[1]}: a folder saved by Hugging Face is ingested by itself")
        return _folder(paths[0], split)
    if split is not None:
        raise Error(f"--split is for folders saved by Hugging Face, but {paths[0]} is a file")
    return _files(paths, formats, types, columns)


def _folder(path: str, split: str | None) -> Source:
    try:
        import datasets
    except ImportError:
        raise NotInstalled(
            f"to read {visible(path)}, saved by Hugging Face, install datasets: pip install datasets"
        ) from None
    try:
        data = datasets.load_from_disk(path)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise Error(f"{path} cannot be read: {error}") from error
    if split is not None:
        if not isinstance(data, datasets.DatasetDict):
            raise Error(f"{path} has no splits: leave out --split")
        if split not in data:
            raise KeyMissingError(f'{path} has no split "{split}"; there are {", ".join(map(str, data))}')
        data = data[split]
    first = next(iter(data.values())) if isinstance(data, datasets.DatasetDict) else data
    return Source(data, _fields(first.features.arrow_schema))


def _files(paths: list[str], formats: list[str], types: Mapping[str, Field], columns: Collection[str] | None) -> Source:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise NotInstalled(f"to read {visible(paths[0])} install pyarrow: pip install pyarrow") from None
    files = [_Parquet(path) if kind == "parquet" else _IPC(path) for path, kind in zip(paths, formats)]
    schemas = [file.schema for file in files]
    if columns is not None and len(files) > 1:
        schemas = [_taken(schema, columns) for schema in schemas]
    schema = common_schema(list(zip(paths, schemas)), types)
    parts = [Batches(schema, file.batches(), {}) for schema, file in zip(schemas, files)]
    rows = aligned(list(zip(paths, parts)), schema, types)
    taken = set(schema.names) if columns is None else set(columns)
    rows = with_one_dictionary(rows, sorted(taken.difference(types).intersection(schema.names)), lambda name: (
        dictionary for file in files for dictionary in file.dictionaries(name)))  # fmt: skip
    data = FileRows(rows, sum(file.rows for file in files) or None, ", ".join(map(readable, paths)))
    return Source(data, _fields(schema))


def _taken(schema: pa.Schema, columns: Collection[str]) -> pa.Schema:
    """Returns the selected columns of a file, the complete struct for a selected field; all if none is selected."""
    import pyarrow as pa

    fields = [
        field for field in schema if any(name == field.name or name.startswith(field.name + ".") for name in columns)
    ]
    return pa.schema(fields, metadata=schema.metadata) if fields else schema


class FileRows(NamedTuple):
    """The rows of files as record batches, their number if it is known, and the name of the source in messages."""

    rows: Batches
    row_count: int | None
    name: str


class _Parquet:
    def __init__(self, path: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as parquet

        try:
            self._file = parquet.ParquetFile(pa.OSFile(os.fsencode(path)))
        except (pa.ArrowException, OSError) as error:
            raise Error(f"{path} cannot be read as a Parquet file: {error}") from error
        self.schema: Any = self._file.schema_arrow
        self.rows = int(self._file.metadata.num_rows)

    def batches(self) -> Iterator[pa.RecordBatch]:
        yield from self._file.iter_batches(batch_size=self._batch_rows)

    def dictionaries(self, name: str) -> Iterator[pa.Array]:
        """The dictionaries of a column, read for this alone."""
        for batch in self._file.iter_batches(batch_size=self._batch_rows, columns=[name]):
            yield _dictionary(batch, name)

    @property
    def _batch_rows(self) -> int:
        """Returns the rows of a batch: so few that those of the row group with the largest rows have about `_BYTES`."""
        metadata = self._file.metadata
        groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
        sizes = [int(group.total_byte_size // group.num_rows) for group in groups if group.num_rows]
        return max(1, min(_ROWS, _BYTES // max([1, *sizes])))


class _IPC:
    """Arrow's file format, which Feather is too, or its stream format."""

    def __init__(self, path: str) -> None:
        import pyarrow as pa

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
            for place in range(self._reader.num_record_batches):
                yield self._reader.get_batch(place)
        else:
            yield from self._reader

    def dictionaries(self, name: str) -> Iterator[pa.Array]:
        """The dictionaries of a column, from a reader of its own."""
        for batch in _IPC(self._path).batches():
            yield _dictionary(batch, name)


def _dictionary(batch: pa.RecordBatch, name: str) -> pa.Array:
    """The dictionary of a column; an empty one where the column has nulls only, without a type."""
    import pyarrow as pa

    column = batch.column(name)
    return column.dictionary if hasattr(column, "dictionary") else pa.array([], pa.large_string())


def _fields(schema: pa.Schema) -> dict[str, Field]:
    features = described_features(schema)
    found = ((field.name, field_of(field.type, features.get(field.name))) for field in schema)
    return {name: field for name, field in found if field is not None}
