# SPDX-License-Identifier: Apache-2.0
"""A sink of Ray Data for the rows of a job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ray.data

from .._buffer import Buffer
from .._engines import EngineJob
from .blocks import arrow_table

__all__ = ["Sink"]


class Sink(ray.data.Datasink):  # type: ignore[misc, unused-ignore]
    """Writes the blocks of a dataset. Ray calls `write` in each task, and the other methods in the driver."""

    def __init__(self, job: EngineJob, min_rows: int | None) -> None:
        self._job, self._min_rows = job, min_rows
        self.buffer: Buffer | None = None

    def get_name(self) -> str:
        return "Colonnade"

    @property
    def min_rows_per_write(self) -> int | None:
        return self._min_rows

    def on_write_start(self, schema: object = None, **_: object) -> None:
        # The schema is that before the steps that Ray fuses with the write, so the columns come from the rows of the first task.
        pass

    def write(self, blocks: Iterable[Any], ctx: Any) -> tuple[int, int]:
        """Writes the blocks of a task. Its number is the same when Ray runs it again."""
        tables = [arrow_table(block, self._job.options) for block in blocks]
        return ctx.task_idx, self._job.write(tables, ctx.task_idx)

    def on_write_complete(self, write_result: Any) -> None:
        self.buffer = self._job.commit(sorted(task for task, rows in write_result.write_returns if rows))
