# SPDX-License-Identifier: Apache-2.0
"""Ray Data: data sets that are written and read by the tasks of a cluster, and columns that they compute.

    import colonnade.ray

    buffer = colonnade.ray.write(ray.data.read_parquet("raw/").map_batches(prepare), "train.colonnade")
    dataset = colonnade.ray.read("train.colonnade", columns=["image", "label"])
    buffer = colonnade.ray.add_columns("train.colonnade", embed, inputs="image")

It needs Ray from 2.44 on: `pip install "ray[data]"`. All machines of the cluster need the same folder under the same path.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

try:
    import ray
    import ray.data
except ImportError as error:
    raise ImportError('colonnade.ray needs Ray Data, which cannot be imported: pip install "ray[data]"') from error

from . import _arguments as check
from ._buffer import Buffer
from ._columns import Function, add_computed
from ._engines import EngineJob
from ._open import Path

__all__ = ["add_columns", "read", "write"]


def write(
    dataset: ray.data.Dataset,
    path: Path,
    *,
    job: str | None = None,
    schema: Mapping[str, object] | None = None,
    ragged: str | Iterable[str] = (),
    fill: Mapping[str, Any] | None = None,
    labels: Mapping[str, Sequence[str]] | None = None,
    metadata: Mapping[str, str] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    preserve_order: bool = True,
    min_rows_per_file: int | None = None,
    concurrency: int | None = None,
    ray_remote_args: dict[str, Any] | None = None,
) -> Buffer:
    """Writes the rows of a `ray.data.Dataset` into a data set of many files, adds them to one that exists, and opens it.

    >>> import ray
    >>> import colonnade.ray
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.colonnade"
    >>> squares = ray.data.range(100).map_batches(lambda batch: {"x": batch["id"], "square": batch["id"] ** 2})
    >>> buffer = colonnade.ray.write(squares, path)
    >>> len(buffer), buffer[9]["square"]
    (100, array(81))

    `path` is a folder that all machines share. Each write task of Ray writes one file, and one commit makes all rows visible at
    once. A task that raises and is retried, or whose worker is killed, has written nothing; so each row is there once. If the job
    fails, nothing is visible, and `colonnade gc` removes what its tasks have written. By default Ray retries tasks whose worker
    died, and `ray_remote_args={"max_retries": 3, "retry_exceptions": True}` also those that raise.

    `job` names the job, so that it can be started again after its driver died. The rows are then in the data set once, also if
    the first run had committed them: a task that had finished writes nothing, and the digest of its rows tells that they are the
    same. So a job that is started again needs the same rows in the same blocks. Other rows raise ValueError: they need another
    name.

    With `preserve_order` the rows are in the order of the dataset; without it Ray may be faster. `min_rows_per_file` is passed to
    Ray, and so is `concurrency`, the number of write tasks at once. `ingest` describes the other arguments.

    The columns come from Arrow, as for `ingest`. Tensors have the dimensions that vary in the first task: name a column in
    `ragged` or `schema` if its shapes vary, and a task may have rows of one shape. Columns of Python objects raise ValueError. An
    error in a task is raised as Ray's `RayTaskError`, which has the message.
    """
    from ._ray.sink import Sink

    if not isinstance(dataset, ray.data.Dataset):
        raise TypeError(f"dataset must be a ray.data.Dataset, not {type(dataset).__name__}")
    begun = EngineJob.begun(
        path,
        f"ray-{uuid.uuid4().hex}" if job is None else job,
        job is not None,
        schema=schema,
        ragged=ragged,
        fill=fill,
        labels=labels,
        metadata=metadata,
        grouping=grouping,
        codec=codec,
    )
    sink = Sink(begun, None if min_rows_per_file is None else check.positive(min_rows_per_file, "min_rows_per_file"))
    options = dataset.context.execution_options
    before, options.preserve_order = options.preserve_order, bool(preserve_order)
    try:
        dataset.write_datasink(sink, ray_remote_args=ray_remote_args, concurrency=concurrency)
    finally:
        options.preserve_order = before
    assert sink.buffer is not None
    return sink.buffer


def read(
    data: Buffer | Path,
    *,
    columns: Sequence[str] | None = None,
    version: int | None = None,
    tag: str | None = None,
    override_num_blocks: int | None = None,
    concurrency: int | None = None,
    ray_remote_args: dict[str, Any] | None = None,
) -> ray.data.Dataset:
    """Returns a `ray.data.Dataset` of the samples of a file, of a data set of many files, or of a buffer.

    >>> import ray
    >>> import colonnade as dx
    >>> import colonnade.ray
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "ten.colonnade"
    >>> _ = dx.ingest([{"x": x, "y": [x, x]} for x in range(10)], path)
    >>> dataset = colonnade.ray.read(path, columns=["x"], override_num_blocks=2)
    >>> dataset.sum("x"), dataset.count()
    (45, 10)

    All tasks read the version that is the newest one now, or that `version` or `tag` names. `columns` selects columns, and the
    others are not read. `override_num_blocks` is the number of read tasks, each of consecutive samples; by default Ray chooses it.
    A buffer may have any selection, order and steps; its functions are sent to the workers.

    The blocks are those of `Buffer.to_arrow`, but tensors are Ray's: NumPy batches have them as arrays, and ragged ones as arrays
    of arrays. Columns with class names are dictionaries, which are the names in NumPy batches.
    """
    from ._ray.source import Source, opened

    source = Source(opened(data, version, tag), columns)
    return ray.data.read_datasource(
        source, override_num_blocks=override_num_blocks, concurrency=concurrency, ray_remote_args=ray_remote_args
    )


def add_columns(
    path: Path,
    function: Function | type,
    *,
    inputs: str | Iterable[str] | None = None,
    batch_size: int = 256,
    schema: Mapping[str, object] | None = None,
    ragged: str | Iterable[str] = (),
    labels: Mapping[str, Sequence[str]] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    rows_per_task: int = 4096,
    concurrency: int | None = None,
    ray_remote_args: dict[str, Any] | None = None,
) -> Buffer:
    """Adds columns that the tasks of Ray compute from existing columns, and opens the new version.

    >>> import ray
    >>> import colonnade as dx
    >>> import colonnade.ray
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.colonnade"
    >>> _ = dx.ingest({"x": [1, 2, 3]}, path)
    >>> buffer = colonnade.ray.add_columns(path, lambda batch: {"square": batch["x"] ** 2}, inputs="x")
    >>> buffer["square"]
    array([1, 4, 9])

    The function is that of `colonnade.add_columns`, which describes the other arguments. A class is made once in each worker,
    without arguments, and its instance is called: it holds, for example, a model. `ray_remote_args` are those of the tasks, such
    as `{"num_gpus": 1}`. A task computes up to `rows_per_task` rows, and `concurrency` tasks run at once, by default one for each
    CPU of the cluster.

    The driver writes the values in the order of the rows, and one commit makes them visible. Tasks whose worker died are run again;
    after an error nothing is changed.
    """
    from ._ray.tasks import evaluated

    if not callable(function):
        raise TypeError(f"function must be a function or a class, not {type(function).__name__}")
    if isinstance(function, Mapping):
        raise TypeError("function must be a function or a class, not a dict: colonnade.add_columns takes arrays")
    evaluate = evaluated(
        check.positive(rows_per_task, "rows_per_task"),
        None if concurrency is None else check.positive(concurrency, "concurrency"),
        ray_remote_args or {},
    )
    return add_computed(
        path,
        function,
        inputs,
        batch_size,
        evaluate,
        schema=schema,
        ragged=ragged,
        labels=labels,
        grouping=grouping,
        codec=codec,
    )
