# SPDX-License-Identifier: Apache-2.0
"""A sink of Daft for the rows of a job."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from daft import DataType
from daft.io.sink import DataSink, WriteResult
from daft.recordbatch import MicroPartition
from daft.schema import Schema

from ._buffer import Buffer
from ._engines import EngineJob

__all__ = ["Sink"]


class Sink(DataSink[Any]):  # type: ignore[misc, unused-ignore]
    """Writes the partitions of a frame. Daft calls `write` in its workers, and the other methods in the driver."""

    def __init__(self, job: EngineJob) -> None:
        self._job = job
        self.buffer: Buffer | None = None

    def name(self) -> str:
        return "Colonnade"

    def schema(self) -> Schema:
        """Returns the columns of the result, which `write_sink` gives."""
        return Schema._from_field_name_and_types([("rows", DataType.int64())])

    def write(self, micropartitions: Iterator[MicroPartition]) -> Iterator[WriteResult[Any]]:
        """Writes partitions as one task. Daft does not number tasks: a task that runs again is another one, which counts alone."""
        tables = [partition.to_arrow() for partition in micropartitions]
        task = random.SystemRandom().getrandbits(62)
        rows = self._job.write(tables, task)
        yield WriteResult(result=(task, rows), bytes_written=sum(table.nbytes for table in tables), rows_written=rows)

    def finalize(self, write_results: list[WriteResult[Any]]) -> MicroPartition:
        """Commits the tasks of the result."""
        results = [each.result for each in write_results]
        self.buffer = self._job.commit(task for task, rows in results if rows)
        return MicroPartition.from_pydict({"rows": [sum(rows for _, rows in results)]})
