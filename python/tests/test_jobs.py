# SPDX-License-Identifier: Apache-2.0
"""Jobs: many processes write one data set, and one commit makes their rows part of it."""

import multiprocessing
import os
import signal
import subprocess
from pathlib import Path

import colonnade as dx
import numpy as np
import pytest


def rows(task, count=3):
    return [{"x": 10 * task + row, "name": f"{task}-{row}"} for row in range(count)]


def write(path, task, count=3, **options):
    return dx.write_fragment(path, rows(task, count), **{"job": "night", "task": task, "tasks": 4, **options})


def values(buffer):
    assert all(sample["name"] == f"{sample['x'] // 10}-{sample['x'] % 10}" for sample in buffer)
    return [int(sample["x"]) for sample in buffer]


def data_files(path):
    return sorted((Path(path) / "data").glob("*"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "train.colonnade"


def test_rows_are_committed_once_in_the_order_of_the_tasks(path):
    for task in (3, 1, 0):
        assert write(path, task) == 3
    with pytest.raises(FileNotFoundError):
        dx.open(path)
    with pytest.raises(dx.Error, match="of the 4 tasks of job .night. 1 are not finished: 2"):
        dx.commit(path, "night")
    assert write(path, 2) == 3
    expected = [10 * task + row for task in range(4) for row in range(3)]
    assert values(dx.commit(path, "night")) == expected
    assert values(dx.commit(path, "night", tasks=4)) == expected
    assert len(data_files(path)) == 4
    with pytest.raises(dx.Error, match="has committed already, as version 1"):
        write(path, 0)
    # Another job appends, also of a buffer and a stream.
    dx.write_fragment(path, dx.open(path)[:2], job="day", task=0)
    dx.write_fragment(path, dx.open(path)[2:4].to_stream(), job="day", task=1)
    assert values(dx.commit(path, "day")) == expected + expected[:4]


def test_a_task_that_raises_is_run_again_and_one_that_is_finished_is_not_read(path):
    def failing():
        yield from rows(0)
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        dx.write_fragment(path, failing(), job="night", task=0, tasks=1)
    assert data_files(path) == []
    assert write(path, 0, tasks=1) == 3
    assert dx.write_fragment(path, failing(), job="night", task=0, tasks=1) == 3
    assert values(dx.commit(path, "night")) == [0, 1, 2]


def test_a_task_that_is_started_again_with_another_number_of_rows_is_an_error(path):
    assert write(path, 0, tasks=1) == 3
    for source, count in [([], 0), (rows(0, 4), 4), (dx.buffer_from_vector(rows(0, 1)), 1)]:
        with pytest.raises(dx.Error, match=rf"has finished with 3 rows, and this source has {count}: give it the same"):
            dx.write_fragment(path, source, job="night", task=0, tasks=1)
    assert values(dx.commit(path, "night")) == [0, 1, 2]
    # A task without rows may stay without rows.
    for _ in range(2):
        assert dx.write_fragment(path, [], job="none", task=0) == 0
    with pytest.raises(dx.Error, match="has finished with 0 rows, and this source has 3"):
        dx.write_fragment(path, rows(0), job="none", task=0)


def test_columns_are_those_of_the_first_task_or_of_the_data_set(path):
    dx.write_fragment(path, {"x": np.zeros(2, np.float32)}, job="a", task=0, metadata={"k": "v"}, codec="zlib")
    # Python's numbers become the type that is settled; others are refused.
    assert dx.write_fragment(path, [{"x": 1}], job="a", task=1, metadata={"k": "v"}, codec="zlib") == 1
    with pytest.raises(dx.Error, match="x float32"):
        dx.write_fragment(
            path, [{"x": 1.0}], job="a", task=2, schema={"x": "float64"}, metadata={"k": "v"}, codec="zlib"
        )
    with pytest.raises(dx.Error, match="other codecs, groups or metadata"):
        dx.write_fragment(path, [{"x": 1.0}], job="a", task=2)
    with pytest.raises(dx.Error):
        dx.write_fragment(path, [{"y": 1.0}], job="a", task=2, metadata={"k": "v"}, codec="zlib")
    with pytest.raises(dx.Error):
        dx.write_fragment(path, [{"x": "text"}], job="a", task=2, metadata={"k": "v"}, codec="zlib")
    buffer = dx.commit(path, "a")
    assert buffer.metadata == {"k": "v"} and [float(sample["x"]) for sample in buffer] == [0, 0, 1]
    with pytest.raises(dx.Error, match="leave them out"):
        dx.write_fragment(path, [{"x": 1.0}], job="b", task=0, metadata={"k": "v"})
    labels = {"y": ["cat", "dog"]}
    other = path.with_name("labels")
    dx.write_fragment(other, [{"y": 0}], job="a", task=0, labels=labels)
    with pytest.raises(dx.Error, match="not those of the data set or of other tasks"):
        dx.write_fragment(other, [{"y": 0}], job="a", task=1, labels={"y": ["dog", "cat"]})
    dx.write_fragment(other, [{"y": 1}], job="a", task=1)
    assert dx.commit(other, "a").schema["y"].meaning == ["cat", "dog"]


def test_wrong_arguments(path):
    for wrong, error in [
        ({"task": -1}, dx.Error),
        ({"task": 4}, dx.Error),
        ({"task": "0"}, TypeError),
        ({"tasks": 0}, dx.Error),
        ({"tasks": 2.0}, TypeError),
        ({"job": 3}, TypeError),
        ({"job": "a/b"}, dx.Error),
    ]:
        with pytest.raises(error):
            dx.write_fragment(path, rows(0), **{"job": "night", "task": 0, "tasks": 4, **wrong})
    for source in ["file.csv", 3, path]:
        with pytest.raises(TypeError, match="source must be"):
            dx.write_fragment(path, source, job="night", task=0)
    with pytest.raises(FileNotFoundError):
        dx.commit(path, "night")
    with pytest.raises(dx.Error):
        dx.commit(path, "night", tasks=0)
    assert write(path, 0) == 3
    with pytest.raises(
        dx.Error, match='the list of tasks of job "night" is empty, so the new data set would have no rows'
    ):
        dx.commit(path, "night", tasks=[])
    with pytest.raises(FileNotFoundError):
        dx.open(path)
    subprocess.run(["rm", "-r", path], check=True)
    dx.ingest(rows(0), path)
    with pytest.raises(FileExistsError):
        write(path, 0)


def test_a_commit_right_after_a_task_does_not_make_it_fail(path, monkeypatch):
    asked = []

    def committed_meanwhile(*arguments):
        assert not asked, "a task that has finished is not asked again"
        asked.append(arguments)
        return task_rows(*arguments)

    task_rows = dx._core.task_rows
    monkeypatch.setattr(dx._core, "task_rows", committed_meanwhile)
    assert write(path, 0, tasks=1) == 3
    assert values(dx.commit(path, "night")) == [0, 1, 2]


def work(path, task, kill):
    def source():
        for number, row in enumerate(rows(task)):
            if kill and number == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            yield row

    dx.write_fragment(path, source(), job="night", task=task, tasks=2)
    if kill is None:
        dx.commit(path, "night")


def test_processes_that_are_killed_and_run_twice(path):
    spawn = multiprocessing.get_context("spawn")
    # Two processes run two tasks, of which one is killed, and then both are run again.
    for kills in [(True, False), (False, False)]:
        processes = [spawn.Process(target=work, args=(path, task, kills[task])) for task in (0, 1)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [-signal.SIGKILL if kill else 0 for kill in kills]
    assert values(dx.commit(path, "night")) == [0, 1, 2, 10, 11, 12]
    subprocess.run(["colonnade", "gc", path, "--older", "0s", "--delete"], check=True, capture_output=True)
    assert len(data_files(path)) == 2 and list((path / "jobs").iterdir()) == []
    assert values(dx.open(path)) == [0, 1, 2, 10, 11, 12]
