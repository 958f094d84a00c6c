# SPDX-License-Identifier: Apache-2.0
"""Arrow tables whose images are decoded here: rows are samples, and columns keep the types that they have in Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .._schema import Field
from .bar import Progress
from .features import Files, field_of
from .options import RowOptions
from .pictures import Decoder, samples_of
from .samples import ingest_samples

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["declare", "flat_batches", "ingest_tables"]


def declare(
    fields: list[tuple[str, pa.DataType]], options: RowOptions, files: Files, features: dict[str, Any], decodes: bool
) -> None:
    """Notes in the options what Arrow and Hugging Face say about types, where the user says nothing."""
    for name, kind in fields:
        for new in [new for new, old in (options.columns or {name: name}).items() if old == name]:
            if name in files:
                if not decodes or files[name][0] != "Image":
                    options.media.setdefault(new, None)
                    options.types.setdefault(new, Field("bytes", "uint8", (None,)))
                continue
            field = field_of(kind, features.get(name))
            if field is not None and new not in options.ragged:
                options.types.setdefault(new, field._replace(meaning=options.labels.get(new, field.meaning)))


def ingest_tables(
    reader: pa.RecordBatchReader,
    path: str,
    options: RowOptions,
    files: Files,
    features: dict[str, Any],
    progress: Progress,
    total: int | None,
) -> None:
    """The rows of a stream of record batches."""
    fields = [part for field in reader.schema for part in _parts_of_type(field.name, field.type, files)]
    declare(fields, options, files, features, True)
    with ExitStack() as stack:
        decoder = Decoder(files, options.image_mode, True, stack)
        samples = samples_of(flat_batches(reader, options, files), decoder, files)
        ingest_samples(samples, path, options, progress, total)


def _parts_of_type(name: str, kind: pa.DataType, files: Files) -> list[tuple[str, pa.DataType]]:
    from pyarrow import types

    if not types.is_struct(kind) or name in files:
        return [(name, kind)]
    parts: list[tuple[str, pa.DataType]] = []
    for place in range(kind.num_fields):
        parts += _parts_of_type(f"{name}.{kind.field(place).name}", kind.field(place).type, files)
    return parts


def flat_batches(reader: pa.RecordBatchReader, options: RowOptions, files: Files) -> Iterator[pa.RecordBatch]:
    """The columns that are taken; structs are columns called `a.b`, but for those that hold files."""
    import pyarrow as pa

    wanted = None if options.columns is None else set(options.columns.values())
    for batch in reader:
        parts = [
            part for name, column in zip(batch.schema.names, batch.columns) for part in _parts(name, column, files)
        ]
        taken = [(name, column) for name, column in parts if wanted is None or name in wanted]
        yield pa.RecordBatch.from_arrays([column for _, column in taken], names=[name for name, _ in taken])


def _parts(name: str, column: pa.Array, files: Files) -> list[tuple[str, pa.Array]]:
    from pyarrow import types

    if not types.is_struct(column.type) or name in files:
        return [(name, column)]
    parts: list[tuple[str, pa.Array]] = []
    for place, part in enumerate(column.flatten()):
        parts += _parts(f"{name}.{column.type.field(place).name}", part, files)
    return parts
