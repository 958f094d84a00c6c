# SPDX-License-Identifier: Apache-2.0
"""Ingests buffers and streams, whose columns may have a meaning and a storage."""

from __future__ import annotations

from collections.abc import Mapping

from .._buffer import Buffer
from .._errors import Error, KeyMissingError, visible
from .._schema import Field
from .._stream import Stream
from .features import class_difference
from .options import RowOptions
from .samples import ingest_samples
from .times import TimeType

__all__ = ["check_attributes", "ingest_pipeline"]

#: The dimensions of pictures by the text in the metadata.
_LAYOUTS = {"raw": "(height, width, channels)", "raw,chw": "(channels, height, width)"}


def ingest_pipeline(source: Buffer | Stream, options: RowOptions) -> None:
    schema = source.schema
    for old in options.columns.values() if options.columns is not None else ():
        if old not in schema:
            raise KeyMissingError(f'there is no column "{old}"; there are {", ".join(schema)}')
    options.check_names(schema)
    if options.appends:
        # The core compares the storage.
        check_attributes(source, options.types)
    for name, kind in schema.items():
        if name in options.labels and isinstance(kind.meaning, list):
            kind = kind._replace(meaning=None)
        if name not in options.ragged and options.selects(name):
            options.types.setdefault(name, kind)
    # The other metadata describes the source, and not its columns.
    taken = source.metadata if options.added is None else _storages(source)
    options.metadata = {**taken, **options.metadata}
    # A new pass: the state of the stream does not change.
    samples = source.epoch(source._progress.epoch) if isinstance(source, Stream) else source
    ingest_samples(iter(samples), options, source._node.pipeline.count)


def _storages(source: Buffer | Stream) -> dict[str, str]:
    """Returns the metadata of the columns."""
    keys = {f"{name}.storage" for name in source.schema}
    return {key: text for key, text in source.metadata.items() if key in keys}


def check_attributes(
    source: Buffer | Stream, stored: Mapping[str, Field], metadata: Mapping[str, str] | None = None
) -> None:
    """Raises ValueError if equal values mean something else in a buffer or stream than in the columns that they are added to."""
    for name, own in source.schema.items():
        if (column := stored.get(name)) is None:
            continue
        if own.meaning is not None and not _is_meant(own, column):
            raise Error(
                f'"{visible(name)}" has another meaning than in the data set: {_difference(own, column)}. Change its values first, '
                "with key_transform, whose results have no such meaning"
            )
        if metadata is not None:
            _check_storage(name, own, source.metadata.get(f"{name}.storage"), metadata.get(f"{name}.storage"))


def _check_storage(name: str, own: Field, given: str | None, stored: str | None) -> None:
    """Raises ValueError if pictures are stored in another way than those of the data set, whose metadata describes all of them."""
    if own.kind == "bytes" and given not in (None, stored or "encoded"):
        raise Error(
            f'the pictures "{visible(name)}" of the data set are stored as {visible(stored or "encoded")}, and these as '
            f"{visible(given or '')}: give the storage of the data set (images= of ingest)"
        )
    layouts = _LAYOUTS.get(given or ""), _LAYOUTS.get(stored or "")
    if own.kind == "tensor" and None not in layouts and layouts[0] != layouts[1]:
        raise Error(
            f'the pictures "{visible(name)}" of the data set have the dimensions {layouts[1]}, and these have {layouts[0]}: move '
            "their channels first (image_layout)"
        )


def _is_meant(own: Field, column: Field) -> bool:
    if own.kind == "bytes" and isinstance(own.meaning, str):
        # Encoded files tell their type themselves, and a column may have any pictures, or any sound.
        return column.meaning in (None, own.meaning, f"{own.meaning.partition('/')[0]}/*")
    times = TimeType.parsed(own.meaning), TimeType.parsed(column.meaning)
    if times[0] is not None and times[1] is not None:
        # The zone tells how a point in time is shown, and not which one it is.
        return times[0][:2] == times[1][:2] and (times[0].zone is None) == (times[1].zone is None)
    return own.meaning == column.meaning


def _difference(own: Field, column: Field) -> str:
    difference = None
    if isinstance(own.meaning, list) and isinstance(column.meaning, list):
        difference = class_difference(own.meaning, column.meaning)
    return difference or f"it is {own}, and {column} in the data set"
