# SPDX-License-Identifier: Apache-2.0
"""Ingests streams of record batches: prepared by pyarrow, and written by the core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pyarrow as pa
from pyarrow import types

from .._errors import Error
from .arrow import by_core, check_names
from .arrow_types import leaf_type
from .bar import Bar
from .features import class_names, described_features
from .missing import named_fill
from .options import RowOptions
from .pixels import with_pixels
from .settled import fitted_options
from .tables import Batches, flattened, holds_files, labelled, retyped
from .types import Field
from .values import value_field

__all__ = ["ingest_reader"]


def ingest_reader(
    reader: pa.RecordBatchReader | Batches,
    options: RowOptions,
    total: int | None,
    name: str,
    features: dict[str, Any] | None = None,
) -> None:
    """Ingests a stream of record batches; features of Hugging Face come from its metadata, unless they are given."""
    check_names(reader)
    declared, fill = dict(options.types), dict(options.fill)
    features = described_features(reader.schema) if features is None else features
    bar = Bar(options.progress, total)
    with ExitStack() as stack:
        batches = reader.batches if isinstance(reader, Batches) else iter(reader)
        source = flattened(Batches(reader.schema, batches, features))
        if options.settled:
            options = fitted_options(options, source.schema, source.features)
            declared = dict(options.types)
        for column in (*declared, *options.labels, *options.ragged):
            source.column_index(column)
        for field in source.schema:
            if types.is_null(field.type) and field.name in fill:
                # Without any value, the fill determines the type of the column.
                declared.setdefault(field.name, value_field(fill[field.name]))
        options = replace(options, types=declared, fill=fill)
        taken = set(source.schema.names if options.columns is None else options.columns.values())
        _refuse_lists_of_files(source, taken)
        images: set[str] = set()
        if options.decode_images:
            images = {column for column, (kind, _) in source.files.items() if kind == "Image"}
        source = with_pixels(source, taken & images, options, stack)
        declared = {column: kind for column, kind in declared.items() if column not in images}
        source = labelled(retyped(source, declared, set(options.ragged) - images), options.labels)
        shapes = {column: shape for column, kind in declared.items() if (shape := _known_shape(kind))}
        for column, value in fill.items():
            if (names := class_names(source.features.get(column))) is not None:
                fill[column], known = named_fill(value, names)
                source = source if known == names else labelled(source, {column: known})
        noted = _Noted(source.batches, name)
        made = pa.RecordBatchReader.from_batches(source.schema, noted)
        try:
            by_core(made, options, source.schema, shapes, bar, name)
        except Error:
            if noted.error is not None:
                raise noted.error from None
            raise


def _refuse_lists_of_files(source: Batches, taken: set[str]) -> None:
    """Refuses lists of encoded images: a row may only have lists of decoded ones."""
    for field in source.schema:
        kind = leaf_type(field.type)
        if kind != field.type and field.name in taken and holds_files(kind):
            raise Error(
                f'column "{field.name}" has lists of encoded images or other files, and a row of a column is one: take '
                "the rows as samples, as in dataset.with_transform(lambda rows: rows), or stream.map(lambda row: row), "
                "where images of one size become one array; or leave the column out with columns="
            )


def _known_shape(kind: Field) -> tuple[int | None, ...] | None:
    """Returns the declared shape; None if all its dimensions are open."""
    if kind.kind != "tensor" or all(size is None for size in kind.shape):
        return None
    return tuple(kind.shape)


class _Noted:
    """Record batches. The exception of the code that makes them is noted, since Arrow's stream carries only its text."""

    def __init__(self, batches: Iterator[pa.RecordBatch], name: str) -> None:
        self._batches = batches
        self._name = name
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self

    def __next__(self) -> pa.RecordBatch:
        try:
            return next(self._batches)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = _of_producer(error, self._name)
            raise


def _of_producer(error: BaseException, name: str) -> BaseException:
    """Returns the error of a producer in Python as one line: Arrow puts the traceback into its own message."""
    _, traceback, rest = str(error).partition("Traceback (most recent call last):\n")
    if not traceback:
        return error
    line = next((line for line in rest.splitlines() if not line.startswith(" ")), str(error))
    if line.startswith("KeyboardInterrupt"):
        return KeyboardInterrupt()
    return Error(f"{name}: its producer failed: {line}")
