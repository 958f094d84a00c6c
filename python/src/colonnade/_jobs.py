# SPDX-License-Identifier: Apache-2.0
"""Functions with which many processes write one data set, and one commit makes their rows part of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from . import _arguments as check
from . import _core
from ._buffer import Buffer
from ._errors import Error, ExistingFileError
from ._ingest.arrow import ingest_arrow
from ._ingest.bar import Progress
from ._ingest.options import RowOptions, Task, has_version, row_options
from ._ingest.pipelines import ingest_pipeline
from ._ingest.samples import ingest_columns, ingest_samples
from ._open import Path, open
from ._schema import Field
from ._stream import Stream

__all__ = ["check_new_options", "commit", "settled_columns", "write_fragment", "write_task"]


def write_fragment(
    path: Path,
    source: Mapping[str, Any] | Iterable[Mapping[str, Any]] | object,
    *,
    job: str,
    task: int,
    tasks: int | None = None,
    schema: Mapping[str, object] | None = None,
    ragged: str | Iterable[str] = (),
    fill: Mapping[str, Any] | None = None,
    labels: Mapping[str, Sequence[str]] | None = None,
    metadata: Mapping[str, str] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    progress: Progress = None,
) -> int:
    """Writes the rows of one task of a job, for a later `commit`, and returns their number.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.colonnade"
    >>> for task in range(2):  # in any processes, on any machines
    ...     _ = dx.write_fragment(path, [{"x": task}, {"x": task + 10}], job="night", task=task, tasks=2)
    >>> [int(sample["x"]) for sample in dx.commit(path, "night")]
    [0, 10, 1, 11]

    `path` is the folder of a data set of many files, which the first task makes. `job` is a name that no other job of the data
    set has, such as the number that a scheduler gives it. `task` counts from 0, and `tasks` is the number of tasks, if it is known.

    Nothing is visible before the commit. A task that raises or is killed has written nothing, and can run again, also twice at
    once. A task that is finished returns the number of its rows at once, and does not read `source`: so a job that is started
    again does only what is left. A list, a buffer or a table with another number of rows is an error then.

    `source` is an iterable of dicts, a dict of arrays, a buffer, a stream, or an object with Arrow's C stream interface. All tasks
    need the same columns: without `schema`, `ragged` and `labels`, those of the data set, or of the first task, are the types of
    all others; Arrow data must have their data types itself. `ingest` describes the other arguments. An existing data set has its
    own metadata, grouping and codecs.

    Raises ValueError for a value that does not fit, for other columns or options than those of other tasks, and if the job has
    committed.
    """
    part = Task(*_checked(job, tasks), check.integer(task, "task"))
    options = row_options(
        schema=schema,
        columns=None,
        ragged=ragged,
        fill=fill,
        labels=labels,
        image_mode=None,
        metadata=metadata,
        grouping=grouping,
        codec=codec,
        overwrite=False,
        progress=progress,
    )
    options.path = os.fsdecode(path)
    return write_task(source, options, part)


def write_task(source: Any, options: RowOptions, task: Task) -> int:
    """Writes the rows of a task, and returns their number."""
    options = replace(options, task=task)
    finished = _core.task_rows(options.path, task.job, task.tasks, task.task, task.sources)
    if finished is not None:
        given = _row_count(source)
        if given is not None and given != finished:
            raise Error(
                f'task {task.task} of job "{task.job}" has finished with {finished} rows, and this source has {given}: give it the '
                "same rows, or give a job with other rows another name"
            )
        return finished
    check_new_options(options)
    options.settled = settled_columns(options.path, task.job)
    try:
        _write(source, options)
    except ExistingFileError:
        # Another process may have finished the task meanwhile.
        task.rows = _core.task_rows(options.path, task.job, task.tasks, task.task, task.sources)
        if task.rows is None:
            raise
    # The job may have committed meanwhile, so that it is not asked again.
    assert task.rows is not None
    return task.rows


def check_new_options(options: RowOptions) -> None:
    """Raises ValueError for options that only a new data set can have."""
    if has_version(options.path) and (options.metadata or options.grouping or options.codecs):
        raise Error("the data set has its metadata, grouping and codecs already: leave them out")


def settled_columns(path: str, job: str) -> dict[str, Field]:
    """Returns the columns that the data set, or another task of the job, has already; an empty dict if there are none."""
    path = path if has_version(path) else os.path.join(path, "jobs", job, "schema.colonnade")
    return dict(open(path).schema) if os.path.exists(path) else {}


def commit(path: Path, job: str, *, tasks: int | Iterable[int] | None = None) -> Buffer:
    """Makes the rows of all tasks of a job part of the data set, in the order of the tasks, and opens the new version.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.colonnade"
    >>> dx.write_fragment(path, [{"x": 1}], job="night", task=0)
    1
    >>> dx.commit(path, "night", tasks=1)
    Buffer(size=1, keys={'x'})

    The rows become visible at once: those of a new data set, or after those of an existing one. A job commits once, so any
    number of processes may call this, and all open a version that has the rows.

    `tasks` is the number of tasks. By default it is the one that they gave, and if they gave none, one more than the greatest
    number of a task; then call `commit` only after all tasks have ended. Raises ValueError if a task is not finished, or if
    the columns of the data set have changed, and FileNotFoundError if no task is finished; then nothing is changed. Also
    raises ValueError if the job has committed without a task that has finished since, or with another number of tasks.

    A list of numbers makes the rows of these tasks part of the data set, in the order of the list, and no others. It is for an
    engine that numbers the tasks itself, and knows which of them belong to its result. An empty list raises ValueError if there is
    no data set yet.
    """
    path = os.fsdecode(path)
    if tasks is None or check.is_one(tasks):
        _core.commit(path, *_checked(job, tasks))
    else:
        _core.commit(path, *_checked(job, None), check.integers(tasks, "tasks"))
    return open(path)


def _write(source: Any, options: RowOptions) -> None:
    if not isinstance(source, (Buffer, Stream, Mapping)) and ingest_arrow(source, options):
        return
    if options.settled and not (options.types or options.ragged or options.labels):
        options.types, options.appends = dict(options.settled), True
    if isinstance(source, (Buffer, Stream)):
        ingest_pipeline(source, options)
    elif isinstance(source, Mapping):
        ingest_columns(source, options)
    elif isinstance(source, (str, bytes, os.PathLike)) or not isinstance(source, Iterable):
        raise TypeError(
            "source must be an iterable of dicts, a dict of arrays, a Buffer, a Stream or Arrow data, not "
            f"{type(source).__name__}"
        )
    else:
        ingest_samples(source, options)


def _row_count(source: Any) -> int | None:
    """Returns the number of rows of a source that knows it without being read; None for other sources."""
    if isinstance(source, (list, tuple, Buffer)):
        return len(source)
    count = getattr(source, "num_rows", None)
    return count if isinstance(count, int) else None


def _checked(job: str, tasks: Any) -> tuple[str, int]:
    if not isinstance(job, str):
        raise TypeError(f"job must be a str, not {type(job).__name__}")
    return job, 0 if tasks is None else check.positive(tasks, "tasks")
