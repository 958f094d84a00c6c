# SPDX-License-Identifier: Apache-2.0
"""Tests that opening, iterating a little and dropping, many times, leaks nothing."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pathlib
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import colonnade as dx
import numpy as np
import pytest

#: COLONNADE_LIFETIMES=10000 for the complete test.
TIMES = int(os.environ.get("COLONNADE_LIFETIMES", "300"))

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    columns = {"x": np.arange(4000 * 196, dtype=np.float32).reshape(-1, 196), "y": np.arange(4000)}
    dx.ingest(columns, tmp_path / "data.colonnade")
    return tmp_path / "data.colonnade"


def a_little(path: pathlib.Path) -> None:
    stream = dx.open(path).shuffle(seed=1).to_stream().cast("x", "float64").batch(32).prefetch(4, 2)
    batches = [next(stream), next(stream)]
    assert len(batches[1]["y"]) == 32
    stream = dx.open(path).to_stream().key_transform("y", lambda y: y + 1).batch(8).prefetch(2, 1)
    next(stream)
    if len(batches) == 2:
        stream.reset()
        next(stream)
    assert dx.open(path)[17]["y"] == 17


def status(key: str) -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key))


def counts() -> tuple[int, int]:
    """Returns the numbers of files and threads, after waiting until idle threads have ended."""
    found = []
    for _ in range(400):
        found.append((len(os.listdir("/proc/self/fd")), status("Threads")))
        time.sleep(0.01)
    return min(found)


def memory(work: Callable[[], None], times: int) -> list[int]:
    """Returns kilobytes while the work is repeated: they vary with the threads that are ending."""
    sizes = []
    for place in range(times):
        work()
        if place % 10 == 0:
            gc.collect()
            sizes.append(status("RssAnon"))
    return sizes


@linux
def test_nothing_grows(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The C library has memory for each of several threads, which takes hundreds of repetitions to reach its size.
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    # A separate process, so that objects of other tests do not change the counts.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(open_and_drop, (path,))


def open_and_drop(path: pathlib.Path) -> None:
    before = memory(lambda: a_little(path), max(100, TIMES // 10))
    files_and_threads, mappings = counts(), count_mappings()
    after = memory(lambda: a_little(path), TIMES)
    assert counts() == files_and_threads
    assert count_mappings() <= mappings
    assert min(after[-10:]) < max(before) + 4000, (before, after)


def test_dropped_streams_need_no_garbage_collection(path: pathlib.Path) -> None:
    def begun() -> weakref.ref[Any]:
        source = dx.open(path).shuffle(seed=1).to_stream()
        stream = source.cast("x", "float64").batch(32).prefetch(4, 2)
        next(stream)
        stream.reset()
        next(stream)
        return weakref.ref(stream._progress)

    gc.disable()
    try:
        assert begun()() is None
    finally:
        gc.enable()


def count_mappings() -> int:
    with open("/proc/self/maps") as file:
        return sum(1 for line in file if "data.colonnade" in line)


@linux
@pytest.mark.usefixtures("quick_collections")
def test_ingest_and_writers_leave_nothing(path: pathlib.Path) -> None:
    def once() -> None:
        dx.ingest([{"x": [1] * (i % 3), "y": i} for i in range(40)], path, overwrite=True)
        writer = dx.Writer(path, {"x": "int64"}, overwrite=True)
        writer.append({"x": 1})
        with pytest.raises(ValueError):
            writer.append({"x": "a"})

    before = memory(once, 100)
    files_and_threads = counts()
    after = memory(once, min(TIMES, 300))
    assert counts() == files_and_threads and min(after[-10:]) < max(before) + 4000, (before, after)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def total(buffer: dx.Buffer) -> int:
    return int(sum(batch["y"].sum() for batch in buffer.shuffle(seed=1).to_stream().batch(100).prefetch(2, 2)))


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_buffers_go_to_other_processes(path: pathlib.Path, method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {method} here")
    buffer = dx.open(path)
    want = sum(range(4000))
    assert total(buffer) == want
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(total, [buffer, buffer.take(10), buffer.filter_key("y")]) == [want, 45, want]


def test_buffers_are_shared_by_threads(path: pathlib.Path) -> None:
    buffer = dx.open(path)
    sums: list[Any] = []
    threads = [threading.Thread(target=lambda: sums.append(total(buffer))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [sum(range(4000))] * 4
