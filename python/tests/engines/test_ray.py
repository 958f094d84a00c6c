# SPDX-License-Identifier: Apache-2.0
"""Ray Data writes and reads data sets: every row once, whatever happens to tasks and workers."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest

pytest.importorskip("ray.data")
import colonnade.ray  # noqa: E402 - Ray is needed
import pyarrow as pa  # noqa: E402 - Ray needs it
import ray  # noqa: E402
from colonnade._engines import EngineJob  # noqa: E402
from colonnade._ray.sink import Sink  # noqa: E402

pytestmark = pytest.mark.usefixtures("ray")

# The workers cannot import this module.
ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])

RETRIES = {"max_retries": 3, "retry_exceptions": True}


def objects(values: Any) -> Any:
    """Returns an array of objects, also of values of one shape."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def rows(batch: dict[str, Any]) -> dict[str, Any]:
    """Returns rows of all kinds for ids."""
    ids = batch["id"]
    return {
        "id": ids,
        "image": np.add.outer(ids, np.arange(6).reshape(2, 3)).astype(np.uint8),
        "tokens": objects([np.arange(n % 4, dtype=np.int32) for n in ids]),
        "boxes": objects([np.full((n % 3, 4), n, np.float32) for n in ids]),
        "text": [f"row {n} – é" for n in ids],
        "data": [b"\0\1"[: n % 3] for n in ids],
        "flag": ids % 2 == 0,
        "half": ids.astype(np.float16),
        "large": ids.astype(np.uint64) + np.uint64(2**63),
        "when": ids.astype("datetime64[us]"),
    }


def is_row(sample: dict[str, Any], n: int) -> bool:
    assert sample["id"] == n
    assert np.array_equal(sample["image"], (n + np.arange(6).reshape(2, 3)).astype(np.uint8))
    assert sample["tokens"].tolist() == list(range(n % 4))
    assert np.array_equal(sample["boxes"], np.full((n % 3, 4), n, np.float32))
    assert sample["text"] == f"row {n} – é" and sample["data"].tobytes() == b"\0\1"[: n % 3]
    assert sample["flag"] == (n % 2 == 0) and sample["half"] == n and sample["large"] == 2**63 + n
    assert sample["when"] == n
    return True


SCHEMA = {
    "id": "int64[]",
    "image": "uint8[2,3]",
    "tokens": "int32[?]",
    "boxes": "float32[?,4]",
    "text": "string",
    "data": "bytes",
    "flag": "bool[]",
    "half": "float16[]",
    "large": "uint64[]",
    "when": "timestamp[us]",
}


def types(buffer: dx.Buffer) -> dict[str, str]:
    return {
        name: kind.kind
        if kind.kind != "tensor"
        else kind.meaning or f"{kind.dtype}[{','.join('?' if n is None else str(n) for n in kind.shape)}]"
        for name, kind in buffer.schema.items()
    }


def numbers(count: int, blocks: int = 2) -> ray.data.Dataset:
    return ray.data.range(count, override_num_blocks=blocks)


def files(path: Path) -> set[str]:
    return {file.name for file in (path / "data").iterdir()}


def once(path: Path) -> bool:
    """Returns whether this is the first call for a file, in any process."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False


def test_rows_of_all_kinds(path: Path, no_orphans: Callable[[int], None]) -> None:
    buffer = colonnade.ray.write(numbers(40, 4).map_batches(rows), path, metadata={"origin": "test"})
    assert len(buffer) == 40 and all(is_row(sample, n) for n, sample in enumerate(buffer))
    assert types(buffer) == SCHEMA and buffer.metadata == {"origin": "test"}
    no_orphans(4)
    # What is read is written again unchanged, and added to a data set that exists.
    dataset = colonnade.ray.read(path, override_num_blocks=3)
    again = colonnade.ray.write(dataset, path.with_name("again"))
    assert again.schema == buffer.schema and all(is_row(sample, n) for n, sample in enumerate(again))
    more = colonnade.ray.write(numbers(3, 1).map_batches(rows), path)
    assert len(more) == 43 and all(is_row(sample, n % 40) for n, sample in enumerate(more))
    # NumPy batches have arrays; the version is that of the call.
    batch = dataset.take_batch(7)
    assert batch["image"].shape == (7, 2, 3) and batch["tokens"][6].tolist() == [0, 1]
    assert batch["boxes"][5].shape == (2, 4) and batch["boxes"][5].dtype == np.float32
    assert dataset.count() == 40 and colonnade.ray.read(path, version=1, columns=["id"]).sum("id") == 780
    assert colonnade.ray.read(path, columns=["id"]).columns() == ["id"]
    shuffled = colonnade.ray.read(dx.open(path)[[7, 3, 5]].select("id"), override_num_blocks=1)
    assert [row["id"] for row in shuffled.take_all()] == [7, 3, 5]
    assert colonnade.ray.read(dx.open(path)[:0]).count() == 0


def test_class_names_are_kept(path: Path) -> None:
    source = dx.ingest([{"y": n % 2} for n in range(6)], path, labels={"y": ["cat", "dog"]})
    dataset = colonnade.ray.read(path, override_num_blocks=2)
    assert dataset.take_batch(3)["y"].tolist() == ["cat", "dog", "cat"]
    copy = colonnade.ray.write(dataset, path.with_name("copy"))
    assert copy.schema == source.schema and copy["y"].tolist() == source["y"].tolist()
    # Numbers get the names that the data set has.
    more = colonnade.ray.write(numbers(2, 1).map_batches(lambda batch: {"y": batch["id"]}), path.with_name("copy"))
    assert more.schema == source.schema and more["y"].tolist() == [0, 1] * 4


class Failing(Sink):  # type: ignore[misc, unused-ignore]
    """A sink that fails once when it has written a task, before Ray knows it."""

    mark: Path
    is_killed: bool

    def write(self, blocks: Any, ctx: Any) -> tuple[int, int]:
        result = super().write(blocks, ctx)
        if ctx.task_idx == 1 and once(self.mark):
            if not self.is_killed:
                raise RuntimeError("no more")
            os.kill(os.getpid(), signal.SIGKILL)
        return result


@pytest.mark.parametrize("how", ["raises", "is killed", "raises at the end", "is killed at the end"])
def test_a_task_that_fails_is_run_again(path: Path, how: str, no_orphans: Callable[[int], None]) -> None:
    mark = path.with_name("failed")

    def fail(batch: dict[str, Any]) -> dict[str, Any]:
        if not how.endswith("end") and 20 in batch["id"] and once(mark):
            if how == "raises":
                raise RuntimeError("no more")
            os.kill(os.getpid(), signal.SIGKILL)
        return rows(batch)

    dataset = numbers(30, 3).map_batches(fail, batch_size=5, **RETRIES)
    options = dict.fromkeys(["schema", "fill", "labels", "metadata", "grouping", "codec"])
    if how.endswith("end"):
        sink = Failing(EngineJob.begun(path, "night", False, ragged=(), **options), None)
        sink.mark, sink.is_killed = mark, "killed" in how
        dataset.write_datasink(sink, ray_remote_args=RETRIES)
    else:
        colonnade.ray.write(dataset, path, ray_remote_args=RETRIES)
    buffer = dx.open(path)
    assert mark.exists() and len(buffer) == 30
    assert all(is_row(sample, n) for n, sample in enumerate(buffer.sort_by("id")))
    no_orphans(3)


def test_a_job_that_fails_is_not_visible(path: Path, no_orphans: Callable[[int], None]) -> None:
    def fail(batch: dict[str, Any]) -> dict[str, Any]:
        if 15 in batch["id"]:
            time.sleep(0.5)  # the other task has written its rows by then
            raise RuntimeError("no more")
        return rows(batch)

    with pytest.raises(Exception, match="no more"):
        colonnade.ray.write(numbers(20).map_batches(fail), path)
    with pytest.raises(FileNotFoundError):
        dx.open(path)
    assert len(files(path)) == 1
    no_orphans(0)
    assert len(colonnade.ray.write(numbers(20).map_batches(rows), path)) == 20
    no_orphans(2)


def test_a_job_is_started_again(path: Path) -> None:
    mark = path.with_name("failed")

    def fail(batch: dict[str, Any]) -> dict[str, Any]:
        if 15 in batch["id"] and once(mark):
            time.sleep(0.5)
            raise RuntimeError("no more")
        return rows(batch)

    dataset = numbers(20).map_batches(fail)
    with pytest.raises(Exception, match="no more"):
        colonnade.ray.write(dataset, path, job="night")
    first = files(path)
    assert len(first) == 1
    buffer = colonnade.ray.write(dataset, path, job="night", metadata=None)
    assert len(buffer) == 20 and all(is_row(sample, n) for n, sample in enumerate(buffer))
    assert first < files(path)
    # The same job is done, and adds nothing; another one needs another name.
    assert len(colonnade.ray.write(dataset, path, job="night")) == 20
    with pytest.raises(Exception, match='job "night" has committed already'):
        colonnade.ray.write(numbers(20, 4).map_batches(rows), path, job="night")
    with pytest.raises(Exception, match=r"failed|other rows|committed already"):
        colonnade.ray.write(numbers(20).map_batches(lambda batch: rows({"id": batch["id"] + 1})), path, job="night")
    assert len(dx.open(path)) == 20


def test_the_order_of_the_rows(path: Path) -> None:
    def slow(batch: dict[str, Any]) -> dict[str, Any]:
        time.sleep(1.0 if 0 in batch["id"] else 0)
        return {"x": batch["id"]}

    # Other resources keep Ray from running both steps in one task.
    dataset = numbers(40, 4).map_batches(slow, num_cpus=0.5)
    buffer = colonnade.ray.write(dataset, path, ray_remote_args={"num_cpus": 0.25})
    assert buffer["x"].tolist() == list(range(40))
    assert not dataset.context.execution_options.preserve_order
    whole = colonnade.ray.write(numbers(40, 4), path.with_name("one"), min_rows_per_file=40)
    assert whole["id"].tolist() == list(range(40)) and len(files(path.with_name("one"))) == 1


def test_frames_and_missing_values(path: Path) -> None:
    import pandas

    def frame(batch: pandas.DataFrame) -> pandas.DataFrame:
        batch["x"] = np.where(batch["id"] == 1, np.nan, 0.5)
        batch["name"] = [None if n == 2 else f"n{n}" for n in batch["id"]]
        return batch

    dataset = numbers(4, 1).map_batches(frame, batch_format="pandas")
    with pytest.raises(Exception, match='task 0 of job "night", row [12], column .*missing .*"name"'):
        colonnade.ray.write(dataset, path, job="night")
    # Newer versions of Ray make NaN of pandas a missing value.
    buffer = colonnade.ray.write(dataset, path, fill={"name": "?", "x": float("nan")})
    assert np.isnan(buffer["x"]).tolist() == [False, True, False, False]
    assert buffer["name"].tolist() == ["n0", "n1", "?", "n3"]


def test_values_without_a_column_are_errors(path: Path) -> None:
    for values, message in [
        ([{"a": object()}, {1, 2}], 'column "x" .*Python objects|no column can hold'),
        (pa.array([1, 2], pa.decimal128(5, 2)), "decimal"),
        ([np.zeros((2, 0)), np.zeros((0, 2))], "column"),
    ]:
        values = values if isinstance(values, pa.Array) else objects(values)
        with pytest.raises(Exception, match=message):
            dataset = numbers(2, 1).map_batches(
                lambda batch, values=values: pa.table({"x": values}) if isinstance(values, pa.Array) else {"x": values}
            )
            colonnade.ray.write(dataset, path)
    assert not (path / "versions").exists() or list((path / "versions").iterdir()) == []


def test_shapes_that_vary_between_tasks(path: Path) -> None:
    def shaped(batch: dict[str, Any]) -> dict[str, Any]:
        return {"x": objects([np.full(2 + (n > 9), n) for n in batch["id"]])}

    dataset = numbers(20).map_batches(shaped)
    with pytest.raises(Exception, match="does not fit the shape|not those of the data set or of other tasks"):
        colonnade.ray.write(dataset, path)
    buffer = colonnade.ray.write(dataset, path, ragged="x")
    assert [len(sample["x"]) for sample in buffer] == [2] * 10 + [3] * 10
    # The data set has the dimensions by now.
    assert len(colonnade.ray.write(dataset, path)) == 40


def test_wrong_arguments(path: Path) -> None:
    dataset = numbers(2, 1)
    file = path.with_name("file")
    dx.ingest({"x": [1]}, file)
    with pytest.raises(FileExistsError, match="is a file"):
        colonnade.ray.write(dataset, file)
    with pytest.raises(TypeError, match="ray.data.Dataset, not list"):
        colonnade.ray.write([{"x": 1}], path)
    with pytest.raises(TypeError, match="path must be"):
        colonnade.ray.write(dataset, 3)  # type: ignore[arg-type]
    for wrong in ({"job": 3}, {"min_rows_per_file": 1.5}):
        with pytest.raises(TypeError):
            colonnade.ray.write(dataset, path, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="codec"):
        colonnade.ray.write(dataset, path, codec="gzip")
    none = dataset.filter(lambda row: False)
    with pytest.raises(Exception, match="declare them with schema="):
        colonnade.ray.write(none, path)
    assert len(colonnade.ray.write(none, path, schema={"id": "int64"})) == 0
    assert len(colonnade.ray.write(none, path)) == 0
    with pytest.raises(ValueError, match="leave them out"):
        colonnade.ray.write(dataset, path, metadata={"k": "v"})
    with pytest.raises(Exception, match="is none of the data set|not those of the data set"):
        colonnade.ray.write(dataset.map_batches(lambda batch: {"x": batch["id"]}), path)
    for data, error in [(3, TypeError), (path / "none", FileNotFoundError)]:
        with pytest.raises(error):
            colonnade.ray.read(data)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        colonnade.ray.read(path, columns=["no"])
    with pytest.raises(TypeError, match="has its version"):
        colonnade.ray.read(dx.open(path), version=1)


class Squares:
    """A function with a state, such as a model."""

    def __init__(self) -> None:
        self.power = 2

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {"square": batch["x"] ** self.power, "text": [f"{n}" for n in batch["x"]]}


def test_columns_that_tasks_compute(path: Path) -> None:
    dx.write_fragment(path, {"x": np.arange(30)}, job="a", task=0)
    dx.write_fragment(path, {"x": np.arange(30, 50)}, job="a", task=1)
    dx.commit(path, "a")
    mark, appended = path.with_name("failed"), path.with_name("appended")
    before = files(path)

    def square(batch: dict[str, Any]) -> dict[str, Any]:
        if 20 in batch["x"] and once(mark):
            os.kill(os.getpid(), signal.SIGKILL)
        if once(appended):
            # Another writer adds rows meanwhile.
            with dx.Writer(path, append=True) as writer:
                writer.append({"x": 50})
        return Squares()(batch)

    buffer = colonnade.ray.add_columns(path, square, inputs="x", batch_size=8, rows_per_task=16)
    assert mark.exists() and buffer["square"].tolist() == [n * n for n in range(51)]
    assert [sample["text"] for sample in buffer] == [str(n) for n in range(51)] and before < files(path)
    buffer = colonnade.ray.add_columns(
        path, lambda batch: {"cube": Squares()(batch)["square"] * batch["x"]}, inputs=["x"], concurrency=1
    )
    assert buffer["cube"].tolist() == [n**3 for n in range(51)]

    def fail(batch: dict[str, Any]) -> dict[str, Any]:
        raise KeyError("no more")

    with pytest.raises(KeyError, match="no more"):
        colonnade.ray.add_columns(path, fail)
    with pytest.raises(TypeError, match="must be a function"):
        colonnade.ray.add_columns(path, {"y": [1]})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="already"):
        colonnade.ray.add_columns(path, Squares, inputs="x")
    assert list(dx.open(path).schema) == ["x", "square", "text", "cube"]
