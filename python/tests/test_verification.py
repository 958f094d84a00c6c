# SPDX-License-Identifier: Apache-2.0
"""Tests of damaged and truncated files: an error is raised before wrong values are used, or before the first epoch ends."""

from __future__ import annotations

import os
import pathlib
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import colonnade as dx
import numpy as np
import pytest

ROWS, DAMAGED = 20_000, 13_000


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "data.colonnade"
    dx.ingest({"x": np.arange(ROWS) + (1 << 40), "y": np.arange(ROWS, dtype="uint8")}, path)
    return path


@pytest.fixture
def alone(tmp_path: pathlib.Path) -> pathlib.Path:
    """Makes a file of one column, so that batches of consecutive rows are views of the file."""
    path = tmp_path / "alone.colonnade"
    dx.ingest({"x": np.arange(ROWS) + (1 << 40)}, path)
    return path


@pytest.fixture
def damaged(path: pathlib.Path) -> pathlib.Path:
    data = bytearray(path.read_bytes())
    data[data.index(np.int64(DAMAGED + (1 << 40)).tobytes())] ^= 1
    path.write_bytes(data)
    return path


WAYS: dict[str, Callable[[dx.Buffer], Any]] = {
    "buffer": list,
    "by index": lambda b: [b[i] for i in range(len(b))],
    "in order": lambda b: list(b.to_stream().batch(256)),
    "shuffled": lambda b: list(b.shuffle(seed=1).to_stream().batch(256)),
    "batched buffer": lambda b: list(b.shuffle(seed=1).batch(256)),
    "prefetched": lambda b: list(b.shuffle(seed=1).batch(256).to_stream().prefetch(4, 2)),
    "one batch": lambda b: list(b.batch(ROWS)),
    "window": lambda b: list(b.to_stream().shuffle(1000, seed=1).batch(256)),
    "function": lambda b: list(b.key_transform("x", lambda x: x * 2).batch(256)),
    "part": lambda b: list(b.skip(DAMAGED - 10).take(20)),
}


@pytest.mark.parametrize("way", WAYS)
def test_damage_raises_before_the_epoch_ends(damaged: pathlib.Path, way: str) -> None:
    for verify in ("auto", "touch", True):
        with pytest.raises(dx.CorruptFileError, match=r'data\.colonnade.*rows \d+ to \d+ of column "x"'):
            WAYS[way](dx.open(damaged, verify))
    WAYS[way](dx.open(damaged, "off"))
    WAYS[way](dx.open(damaged, verify=False))
    with pytest.raises(dx.CorruptFileError, match="restore the file from a copy"):
        dx.open(damaged, verify="full")


def test_rows_of_other_blocks_are_read(damaged: pathlib.Path) -> None:
    buffer = dx.open(damaged)
    assert buffer[0]["x"] == 1 << 40
    with pytest.raises(dx.CorruptFileError):
        buffer[DAMAGED]
    with pytest.raises(dx.CorruptFileError):
        pickle.loads(pickle.dumps(buffer))[DAMAGED]


def test_the_plan_says_which_promise_holds(path: pathlib.Path) -> None:
    for verify, words in {
        "auto": "before the first epoch ends", "touch": "before a row of it is read",
        "full": "when the file was opened", "off": "no block is checked",
    }.items():  # fmt: skip
        assert words in dx.open(path, verify).explain()
    with pytest.raises(ValueError, match='"auto", "touch", "full" or "off", not .all'):
        dx.open(path, "all")
    with pytest.raises(TypeError, match="verify must be"):
        dx.open(path, 3)  # type: ignore[arg-type]


def test_a_view_of_a_truncated_file_is_told_by_check_intact(alone: pathlib.Path) -> None:
    buffer = dx.open(alone).select("x")
    stream = buffer.batch(256).to_stream()
    batch = next(stream)["x"]
    stream.check_intact()
    buffer.check_intact()
    assert batch[0] == 1 << 40
    os.truncate(alone, alone.stat().st_size // 2)
    for pipeline in (buffer, stream, buffer.to_stream().filter(lambda s: True)):
        with pytest.raises(dx.CorruptFileError, match="truncated while it was open"):
            pipeline.check_intact()
    with pytest.raises(dx.CorruptFileError, match="truncated"):
        next(stream)
    with pytest.raises(dx.CorruptFileError, match="truncated"):
        buffer[3]


def test_every_batch_may_be_written_to_with_copy(alone: pathlib.Path) -> None:
    views, copies = dx.open(alone).select("x"), dx.open(alone, copy=True).select("x")
    assert not next(views.batch(10).to_stream())["x"].flags.writeable
    for buffer in (copies, pickle.loads(pickle.dumps(copies))):
        for stream in (
            buffer.batch(10).to_stream(),
            buffer.to_stream().batch(10),
            buffer.shuffle().batch(10).to_stream(),
        ):
            batch = next(stream)["x"]
            assert batch.flags.writeable
            batch += 1
        assert buffer.batch(10)[0]["x"].flags.writeable and buffer[0]["x"].flags.writeable
    assert views.batch(10)[0]["x"].tolist() == list(range(1 << 40, (1 << 40) + 10))


GUARD = """
import faulthandler, os, sys
import numpy as np
import colonnade as dx
path, order = sys.argv[1:]
if order == "before": faulthandler.enable()
buffer = dx.open(path, verify="off").select("x")
if order == "after": faulthandler.enable()
if order == "around":
    faulthandler.enable(); faulthandler.disable(); faulthandler.enable()
view = buffer.batch(len(buffer))[0]["x"]
os.truncate(path, 4096)
assert view[-1] == 0                        # the view reads zeros, and the process lives
for _ in range(2):
    try: buffer.check_intact()
    except dx.CorruptFileError: pass
    else: raise SystemExit("not found")
# Files that are opened from now on are guarded silently.
dx.ingest({"x": np.arange(20_000)}, path + "2")
other = dx.open(path + "2", verify="off")
view = other.batch(20_000)[0]["x"]
os.truncate(path + "2", 4096)
assert view[-1] == 0
print("alive")
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="the address of a fault that is raised again is looked for on Linux"
)
@pytest.mark.parametrize("order", ["before", "after", "around", "never"])
def test_the_guard_survives_faulthandler(alone: pathlib.Path, order: str) -> None:
    done = subprocess.run([sys.executable, "-c", GUARD, str(alone), order], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout == "alive\n", done.stderr
    assert "Fatal Python error" not in done.stderr.partition("\n")[2] or order in ("after", "around")


DIES = """
import faulthandler, mmap, os, sys
import colonnade as dx
buffer = dx.open(sys.argv[1])
if sys.argv[2] == "yes": faulthandler.enable()
with open(sys.argv[1] + "3", "wb+") as file:
    file.write(bytes(8192)); file.flush()
    other = mmap.mmap(file.fileno(), 8192)
    os.truncate(file.name, 0)
    other[5000]
"""


@pytest.mark.parametrize("handler", ["yes", "no"])
def test_faults_of_others_still_end_the_process(path: pathlib.Path, handler: str) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, str(path), handler], capture_output=True, text=True, timeout=60)
    assert done.returncode == -7
    assert ("Fatal Python error: Bus error" in done.stderr) == (handler == "yes")


def test_all_errors_are_errors_of_the_package() -> None:
    for name in dx.__all__:
        if name.endswith("Error"):
            assert issubclass(getattr(dx, name), dx.Error), name
    assert issubclass(dx.OperatingSystemError, OSError)


def test_refusals_of_the_system_are_errors_of_the_package(tmp_path: pathlib.Path) -> None:
    with pytest.raises(dx.Error) as found:
        dx.ingest([{"x": 1}], tmp_path / ("n" * 300))
    assert isinstance(found.value, OSError)
