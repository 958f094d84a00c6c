# SPDX-License-Identifier: Apache-2.0
"""Tests of arrays over memory of the core: their form, and the reuse of their memory."""

from __future__ import annotations

import multiprocessing
import pathlib
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import colonnade as dx
import numpy as np
import pytest

ROWS, BATCH = 2048, 256


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    """The row r has the image (r, r + 1, …) and the label r. A batch of images is larger than a page of memory."""
    images = np.arange(ROWS, dtype=np.int32)[:, None] + np.arange(196, dtype=np.int32)
    dx.ingest({"image": images, "label": np.arange(ROWS)}, tmp_path / "data.colonnade")
    return tmp_path / "data.colonnade"


def batches(path: pathlib.Path, threads: int, seed: int = 1) -> dx.Stream:
    return dx.open(path).shuffle(seed=seed).to_stream().batch(BATCH).prefetch_if(threads > 0, 2, max(threads, 1))


def address(array: np.ndarray[Any, Any]) -> int:
    return int(array.ctypes.data)


# Form

SHAPES: list[tuple[int, ...]] = [(), (1,), (3,), (0,), (2, 3), (2, 0, 3), (1, 1, 1), (2, 1, 3, 1, 2)]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "int64", "float16", "float32", "float64", "bool"])
def test_arrays_have_the_form_of_other_arrays(dtype: str) -> None:
    given = {str(shape): np.ones(shape, dtype) for shape in SHAPES}
    buffer = dx.buffer_from_vector([given, given])
    for sample, lead in ((buffer[0], ()), (buffer.batch(2)[0], (2,)), (next(buffer.to_stream().batch(2)), (2,))):
        assert list(sample) == list(given)
        for key, array in given.items():
            want = np.ones(lead + array.shape, dtype)
            assert type(sample[key]) is np.ndarray and sample[key].dtype == dtype
            assert sample[key].shape == want.shape and sample[key].tolist() == want.tolist()
            for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "ALIGNED", "WRITEABLE", "WRITEBACKIFCOPY"):
                assert sample[key].flags[flag] == want.flags[flag], (key, flag)
            if want.size > 0:
                assert sample[key].strides == want.strides
            sample[key][...] = 0
    assert all((given[key] == 1).all() for key in given)


def test_views_of_a_file_cannot_be_written(tmp_path: pathlib.Path) -> None:
    buffer = dx.ingest({"x": np.arange(4096.0)}, tmp_path / "x.colonnade")
    array = next(buffer.to_stream().batch(1024))["x"]
    assert not array.flags.writeable and array.tolist() == list(range(1024))
    with pytest.raises(ValueError):
        array[0] = 1
    with pytest.raises(ValueError):
        array.flags.writeable = True


def test_arrays_without_the_c_interface_of_numpy(path: pathlib.Path) -> None:
    program = """
    import sys, types
    import numpy as np
    names = [name for name in sys.modules if name.endswith("._multiarray_umath")]
    assert names, "this NumPy has another name for its interface"
    for name in names:
        sys.modules[name] = types.ModuleType(name)
    import colonnade as dx
    buffer = dx.open(sys.argv[1])
    sample, batch = buffer[7], next(buffer.shuffle(seed=1).to_stream().batch(64))
    assert sample["label"].shape == () and sample["image"].tolist() == list(range(7, 203))
    assert (batch["image"] == batch["label"][:, None] + np.arange(196)).all()
    assert batch["image"].flags.writeable and sample["image"].flags.c_contiguous
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(path)], stderr=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# Reuse of memory


def in_another_process(work: Callable[[pathlib.Path], None], path: pathlib.Path) -> None:
    """Calls a function where no other test has left memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(work, (path,))


@pytest.mark.parametrize("threads", [0, 1])
def test_memory_is_reused_although_the_last_batch_is_held(path: pathlib.Path, threads: int) -> None:
    stream = batches(path, threads)
    seen = []
    for _ in range(10):
        for batch in stream:
            assert (batch["image"] == batch["label"][:, None] + np.arange(196)).all()
            seen.append(address(batch["image"]))
        stream.reset()
    assert len(seen) == 10 * ROWS // BATCH
    # Two batches are made at once, in one piece of memory.
    assert len(set(seen)) <= (8 if threads == 0 else 48), set(seen)


def test_a_stream_reuses_the_memory_of_a_released_one(path: pathlib.Path) -> None:
    in_another_process(reuse_of_released_streams, path)


def reuse_of_released_streams(path: pathlib.Path) -> None:
    seen = set()
    for seed in range(20):
        # The last batch outlives its stream.
        for batch in batches(path, 0, seed):
            seen.add(address(batch["image"]))
    # Without reuse, 20 streams have at least 100 addresses. A thread that checks the file may keep some memory a little longer.
    assert len(seen) <= 40, seen


def holders() -> list[Callable[[Any], Any]]:
    """Returns functions that keep memory of an array without the array itself."""
    found: list[Callable[[Any], Any]] = [
        lambda array: array,
        lambda array: array[3:9],
        lambda array: array[3:9][1:, ::2].T,
        lambda array: array.view(np.uint8),
        lambda array: array[5],
        lambda array: np.asarray(memoryview(array)),
        lambda array: np.from_dlpack(array),
        lambda array: np.asarray(array.data),
        lambda array: np.broadcast_to(array[:1], array.shape),
    ]
    try:
        import torch
    except ImportError:
        return found
    return [*found, lambda array: torch.from_numpy(array).numpy(), lambda array: torch.from_dlpack(array)[2:].numpy()]


@pytest.mark.parametrize("threads", [0, 1, 2])
@pytest.mark.parametrize("size", [1, 16, BATCH])
def test_memory_that_is_held_keeps_its_values(path: pathlib.Path, threads: int, size: int) -> None:
    hold = holders()
    held: list[tuple[Any, Any]] = []
    stream = dx.open(path).shuffle(seed=1).to_stream().batch(size).prefetch_if(threads > 0, 4, max(threads, 1))
    for epoch in range(3):
        for number, batch in enumerate(stream):
            array = batch["image"]
            if array.shape[0] < 10 and size > 1:
                continue
            if number % 7 == epoch:
                part = hold[len(held) % len(hold)](array) if size > 9 else array[0]
                held.append((part, part.copy()))
            if number % 11 == 10 and held:
                held.pop(number % len(held))
        for part, want in held:
            assert (part == want).all()
        stream.reset()
    del batch, array, stream
    for part, want in held:
        assert (part == want).all()
    assert len(held) > 3


def test_samples_by_index_have_memory_of_their_own(path: pathlib.Path) -> None:
    buffer = dx.open(path).shuffle(seed=3)
    samples = [buffer[index] for index in range(200)]
    assert len({address(sample["image"]) for sample in samples}) == 200
    for sample in samples:
        assert (sample["image"] == sample["label"] + np.arange(196)).all()
        sample["image"][...] = -1
    assert all((buffer[index]["image"] == samples[index]["label"] + np.arange(196)).all() for index in range(200))
