# SPDX-License-Identifier: Apache-2.0
"""Computes the bytes of rows of Arrow data, so that memory is bounded for rows of any size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types

__all__ = ["Integers", "bounded", "row_sizes", "spans"]

Integers = NDArray[np.int64]


def bounded(batch: pa.RecordBatch, most_rows: int, most_bytes: int) -> Iterator[pa.RecordBatch]:
    """Yields slices of the batch of at most `most_rows` rows and about `most_bytes` bytes; each has at least one row."""
    sizes = row_sizes(batch, np.arange(batch.num_rows))
    for start, end in spans(sizes, most_rows, most_bytes):
        yield batch.slice(start, end - start)


def spans(sizes: Integers, most_rows: int, most_bytes: int) -> Iterator[tuple[int, int]]:
    """Yields the start and end of consecutive rows that form one slice.

    >>> list(spans(np.array([1, 1, 1, 9, 1]), 2, 5))
    [(0, 2), (2, 3), (3, 4), (4, 5)]
    """
    totals = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    start = 0
    while start < len(sizes):
        fitting = int(np.searchsorted(totals, totals[start] + most_bytes, side="right")) - 1
        end = min(max(fitting, start + 1), start + most_rows)
        yield start, end
        start = end


def row_sizes(batch: pa.RecordBatch, rows: Integers) -> Integers:
    """Returns the approximate bytes of each of these rows, without reading the values."""
    # Eight bytes, so that rows of no column have a size too.
    sizes = np.full(len(rows), 8, np.int64)
    for column in batch.columns:
        sizes += _sizes(column, rows, rows + 1)
    return sizes


def _sizes(array: pa.Array, starts: Integers, ends: Integers) -> Integers:
    """Returns the bytes of the elements from each start to its end."""
    kind: Any = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _sizes(array.storage, starts, ends)
    if types.is_struct(kind):
        sizes = np.zeros(len(starts), np.int64)
        for index in range(kind.num_fields):
            sizes += _sizes(array.field(index), starts, ends)
        return sizes
    if types.is_fixed_size_list(kind):
        first = array.offset * kind.list_size
        return _sizes(array.values, first + starts * kind.list_size, first + ends * kind.list_size)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_map(kind):
        offsets: Integers = array.offsets.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
        return _sizes(array.values, offsets[starts], offsets[ends]) + 4 * (ends - starts)
    width = _offset_width(kind)
    if width is not None and len(array) > 0:
        ends_of_rows: NDArray[Any] = np.frombuffer(array.buffers()[1], np.int32 if width == 4 else np.int64)
        lengths: Integers = (ends_of_rows[array.offset + ends] - ends_of_rows[array.offset + starts]).astype(np.int64)
        return lengths + width * (ends - starts)
    try:
        size = max(int(kind.bit_width) // 8, 1)
    except ValueError:
        # The average, if a single row has no size of its own.
        size = int(array.nbytes) // max(len(array), 1) + 1
    return (ends - starts) * size


def _offset_width(kind: pa.DataType) -> int | None:
    if types.is_string(kind) or types.is_binary(kind):
        return 4
    return 8 if types.is_large_string(kind) or types.is_large_binary(kind) else None
