# SPDX-License-Identifier: Apache-2.0
"""Functions of batches that Ray's tasks evaluate, in the order of the rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import ray

from .._buffer import Buffer
from .._columns import Evaluation, Function, batches

__all__ = ["evaluated"]

#: The instances of classes in this worker, by the reference of the class, which tells it from those of other calls.
_instances: dict[str, Any] = {}


def evaluated(rows_per_task: int, concurrency: int | None, options: dict[str, Any]) -> Evaluation:
    """Returns an evaluation by tasks, of which a few more than run at once are under way or wait to be read."""

    def evaluate(
        function: Function, buffer: Buffer, names: list[str], start: int, size: int
    ) -> Iterator[tuple[Any, int]]:
        if not ray.is_initialized():
            ray.init()
        at_once = concurrency or max(1, int(ray.cluster_resources().get("CPU", 1)))
        shared = ray.put((function, buffer))
        task = ray.remote(_compute).options(**{"max_retries": 3, **options})
        step = max(1, rows_per_task // size) * size
        starts = iter(range(start, len(buffer), step))
        waiting: deque[Any] = deque()
        try:
            while True:
                while len(waiting) < at_once + 2 and (first := next(starts, None)) is not None:
                    end = min(first + step, len(buffer))
                    waiting.append(task.remote([shared], names, first, end, size))
                if not waiting:
                    return
                try:
                    made = ray.get(waiting[0])
                except ray.exceptions.RayTaskError as error:
                    raise error.as_instanceof_cause() from None
                waiting.popleft()
                yield from made
        finally:
            for each in waiting:
                ray.cancel(each)

    return evaluate


def _compute(shared: list[Any], names: list[str], start: int, end: int, size: int) -> list[tuple[Any, int]]:
    """Computes the values of some rows, batch by batch; also returns the number of rows of each batch."""
    key = shared[0].hex()
    function, buffer = ray.get(shared[0])
    if isinstance(function, type):
        if key not in _instances:
            _instances.clear()
            _instances[key] = function()
        function = _instances[key]
    return [(function(batch), len(next(iter(batch.values())))) for batch in batches(buffer[start:end], names, size)]
