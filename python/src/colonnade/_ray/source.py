# SPDX-License-Identifier: Apache-2.0
"""A source of Ray Data for buffers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import fields

import pyarrow as pa
import ray.data
from ray.data import ReadTask
from ray.data.block import BlockMetadata

from .. import _arguments as check
from .._buffer import Buffer
from .._open import Path, open
from .blocks import block

__all__ = ["Source", "opened"]

#: The samples whose size tells that of the others.
_MEASURED = 64


def opened(data: Buffer | Path, version: int | None, tag: str | None) -> Buffer:
    """Returns a buffer that workers can open: of an absolute path."""
    if isinstance(data, Buffer):
        if version is not None or tag is not None:
            raise TypeError("a buffer has its version: name version and tag when you open it")
        return data
    if not isinstance(data, (str, os.PathLike)):
        raise TypeError(f"data must be a str, a pathlib.Path or a Buffer, not {type(data).__name__}")
    return open(os.path.abspath(os.fsdecode(data)), version=version, tag=tag)


class Source(ray.data.Datasource):  # type: ignore[misc, unused-ignore]
    """Samples of a buffer, in read tasks of consecutive ones."""

    def __init__(self, buffer: Buffer, columns: Sequence[str] | None) -> None:
        super().__init__()
        self._buffer = buffer if columns is None else buffer.select(*check.key_names(columns, "columns"))
        # A type without an equivalent is an error here, and not in a task.
        measured = self._buffer.take(_MEASURED)
        self._row_bytes = measured.to_arrow().nbytes / max(1, len(measured))

    def get_name(self) -> str:
        return "Colonnade"

    def estimate_inmemory_data_size(self) -> int:
        return int(len(self._buffer) * self._row_bytes)

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: object = None
    ) -> list[ReadTask]:
        """Returns tasks of consecutive samples. Ray may cut a task that needs fewer rows."""
        count = len(self._buffer)
        tasks = max(1, min(parallelism, count))
        bounds = [count * index // tasks for index in range(tasks + 1)]
        limits = {} if per_task_row_limit is None else {"per_task_row_limit": per_task_row_limit}
        return [
            ReadTask(_Reading(self._buffer, start, end), self._metadata(end - start), **limits)
            for start, end in zip(bounds, bounds[1:])
        ]

    def _metadata(self, rows: int) -> BlockMetadata:
        known = {"num_rows": rows, "size_bytes": int(rows * self._row_bytes)}
        # Versions of Ray have other fields beside these.
        return BlockMetadata(**{each.name: known.get(each.name) for each in fields(BlockMetadata)})


class _Reading:
    """The function of a read task."""

    def __init__(self, buffer: Buffer, start: int, end: int) -> None:
        self._buffer, self._start, self._end = buffer, start, end

    def __call__(self) -> Iterator[pa.Table]:
        reader = pa.RecordBatchReader.from_stream(self._buffer[self._start : self._end])
        if self._start == self._end:
            yield reader.schema.empty_table()
        for batch in reader:
            yield block(batch)
