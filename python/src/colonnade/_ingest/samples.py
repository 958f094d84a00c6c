# SPDX-License-Identifier: Apache-2.0
"""Ingests samples that are dicts, and columns that are arrays."""

from __future__ import annotations

import array
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from dataclasses import replace
from inspect import getgeneratorstate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._convert import convert
from .._errors import Error, KeyMissingError
from .._schema import Field
from .bar import Bar
from .foreign_columns import class_labels, is_foreign, plain_column, zoned_type
from .missing import MissingValues
from .options import RowOptions
from .rows import RowWriter
from .times import counted

__all__ = ["ingest_columns", "ingest_samples"]

#: The bytes of arrays that are passed on at a time.
_BLOCK_BYTES = 16 << 20


def ingest_samples(samples: Iterable[Any], options: RowOptions, total: int | None = None) -> None:
    """Ingests samples in one pass; a list in two, the first of which infers the schema."""
    if total is None and isinstance(samples, Sized) and not isinstance(samples, Iterator):
        total = len(samples)
    if isinstance(samples, Generator) and getgeneratorstate(samples) == "GEN_CLOSED":
        raise Error("the generator was already read to its end, and has no rows: call its function again")
    with _writing(options.of_columns(), total) as (writer, bar):
        _ingest(samples, isinstance(samples, (list, tuple)), writer, bar)


def _ingest(samples: Iterable[Any], twice: bool, writer: RowWriter, bar: Bar) -> None:
    rest: Iterator[Any] = iter(samples)
    try:
        if twice:
            writer.survey(rest)
            rest = iter(samples)
        _append(rest, writer, bar)
    except MissingValues as error:
        raise writer.with_later_gaps(error, rest) from None


def _append(samples: Iterable[Any], writer: RowWriter, bar: Bar) -> None:
    for count, sample in enumerate(samples, 1):
        writer.append(sample)
        if not count & 31:
            bar.show(count, writer.size)


@contextmanager
def _writing(options: RowOptions, total: int | None) -> Iterator[tuple[RowWriter, Bar]]:
    """Yields a writer, which is finished at the end, or abandoned after an error."""
    writer, bar = RowWriter(options), Bar(options.progress, total)
    is_complete = False
    try:
        yield writer, bar
        writer.finish()
        is_complete = True
    finally:
        if not is_complete:
            writer.abandon()
        bar.end(writer.rows, writer.size, is_complete)


def ingest_columns(columns: Mapping[Any, Any], options: RowOptions) -> None:
    """Ingests a dict of arrays: a row has the values of all arrays at one index."""
    columns, options, taken = dict(columns), replace(options, types=dict(options.types)), {}
    for new, old in (options.columns or {name: name for name in columns}).items():
        if old not in columns:
            raise KeyMissingError(f'there is no column "{old}"; there are {", ".join(map(str, columns))}')
        is_text = old in options.labels or old in options.types and options.types[old].kind != "tensor"
        if not is_text and (labelled := class_labels(columns[old])) is not None:
            columns[old], names = labelled
            options = options.named(old, names)
        if old not in options.types and (moments := zoned_type(columns[old])) is not None:
            options.types[old] = moments
        taken[new] = _rows(old, columns[old], options.fills_floats(old))
    if not taken:
        raise Error("there are no columns: a dict of arrays needs at least one")
    options = options.of_columns()
    options.check_names([*taken, *columns, *_fields(options, taken)])
    options = options.renamed(lambda name: [name] if name in taken or name.partition(".")[0] in taken else [])
    options.columns = None
    counts = {name: len(rows) for name, rows in taken.items()}
    count = next(iter(counts.values()))
    for name, other in counts.items():
        if other != count:
            first = next(iter(counts))
            raise Error(
                f'column "{name}" has {other} rows, but "{first}" has {count}: all columns need the same number of rows'
            )
    for name, rows in taken.items():
        # The type of an array is known, even without rows.
        if isinstance(rows, np.ndarray) and rows.dtype.kind in "uifbV" and name not in options.ragged:
            options.types.setdefault(name, Field("tensor", rows.dtype.name, rows.shape[1:]))
        elif isinstance(rows, np.ndarray) and rows.dtype.kind in "mM" and not np.isnat(rows).any():
            numbers, time = counted(rows)
            if name not in options.types and name not in options.ragged:
                options.types[name] = Field("tensor", numbers.dtype.name, rows.shape[1:], str(time))
                taken[name] = numbers
    with _writing(options, count) as (writer, bar):
        if not _append_arrays(taken, count, writer, bar):
            _ingest(_Zipped(taken, count), True, writer, bar)


def _fields(options: RowOptions, columns: Mapping[str, Any]) -> list[str]:
    """The names with a dot that are for fields of rows that are dicts, whose names only the rows tell."""
    return [
        name
        for name in (*options.types, *options.ragged, *options.fill, *options.labels)
        if isinstance(rows := columns.get(name.partition(".")[0]), (list, tuple))
        and any(isinstance(row, Mapping) for row in rows)
    ]


def _append_arrays(columns: dict[str, Any], count: int, writer: RowWriter, bar: Bar) -> bool:
    """Appends many rows at a time; returns False, without effect, unless all columns are arrays with rows of one shape."""
    if not all(isinstance(column, np.ndarray) for column in columns.values()):
        return False
    size = sum(column.nbytes for column in columns.values())
    step = max(1, min(count, count * _BLOCK_BYTES // max(1, size)))
    for start in range(0, count, step):
        if not writer.append_arrays({name: column[start : start + step] for name, column in columns.items()}):
            return False
        bar.show(writer.rows, writer.size)
    return True


def _rows(name: object, column: Any, is_filled: bool) -> Any:
    """Returns the rows of a column: an array unchanged, and lists uncopied, since their rows may have several shapes."""
    if not isinstance(name, str):
        raise TypeError(f"a key must be a str, not {type(name).__name__} ({name!r:.40})")
    if column is None or isinstance(column, (str, bytes, Mapping, Iterator)):
        raise _no_column(name, column)
    if is_foreign(column):
        column = plain_column(column, is_filled)
    if isinstance(column, (list, tuple)):
        return column
    if isinstance(column, np.ndarray) and column.dtype.kind in "SUOT" and column.ndim > 0:
        return column.tolist() if column.ndim == 1 else list(column)
    if isinstance(column, Sequence) and not hasattr(column, "__array__") and not _is_buffer(column):
        return list(column)
    if isinstance(column, np.ndarray) and column.dtype.kind in "mM" and column.ndim > 0:
        return column
    try:
        values: NDArray[Any] = convert(column)
    except (ValueError, TypeError) as error:
        raise Error(f'column "{name}": {error}') from error
    if values.ndim == 0:
        raise _no_column(name, column)
    return values


def _is_buffer(column: object) -> bool:
    return isinstance(column, (memoryview, array.array, bytearray))


def _no_column(name: str, column: object) -> TypeError:
    return TypeError(f'column "{name}" must be an array or a list with a row for each, not {type(column).__name__}')


class _Zipped:
    """Rows as dicts, which can be iterated repeatedly."""

    def __init__(self, columns: dict[str, Any], count: int) -> None:
        self._columns, self._count = columns, count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = list(self._columns)
        for row in zip(*self._columns.values()):
            yield dict(zip(names, row))
