# SPDX-License-Identifier: Apache-2.0
"""Files written by hand, and opened."""

from __future__ import annotations

import gc
import pathlib
import pickle

import colonnade as dx
import numpy as np
import pytest


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


def xs(path: pathlib.Path) -> list[int]:
    return [int(sample["x"]) for sample in dx.open(path)]


def test_appended_and_extended(path: pathlib.Path) -> None:
    with dx.Writer(path, metadata={"by": "hand"}) as writer:
        writer.append({"x": 0, "y": "a"})
        writer.extend({"x": x, "y": "b" * x} for x in range(1, 3000))
        assert writer.row_count == 3000 and not writer.closed and not path.exists()
    assert writer.closed and xs(path) == list(range(3000))
    assert dx.open(path).metadata["by"] == "hand" and dx.open(path)[3]["y"] == "bbb"


def test_an_exception_leaves_nothing(path: pathlib.Path) -> None:
    with pytest.raises(ZeroDivisionError):
        with dx.Writer(path) as writer:
            writer.extend({"x": x} for x in range(2000))
            raise ZeroDivisionError
    assert writer.closed and list(path.parent.iterdir()) == []


def test_a_writer_that_is_dropped_leaves_nothing(path: pathlib.Path) -> None:
    writer = dx.Writer(path, {"x": "int64"})
    writer.extend({"x": x} for x in range(5000))
    del writer
    gc.collect()
    assert list(path.parent.iterdir()) == []


def test_a_sample_that_does_not_fit_is_left_out(path: pathlib.Path) -> None:
    with dx.Writer(path) as writer:
        for x in range(2001):
            writer.append({"x": x, "y": [x]})
            if x in (5, 2000):
                for bad in ({"x": "a", "y": [1]}, {"x": 1}, {"x": 1, "y": [[1]]}, {"x": 1, "y": None}):
                    with pytest.raises(ValueError, match=f"row {x + 1}"):
                        writer.append(bad)
        with pytest.raises(TypeError, match="row 2001"):
            writer.append(3)  # type: ignore[arg-type]
    assert xs(path) == list(range(2001))


def test_a_closed_writer(path: pathlib.Path) -> None:
    writer = dx.Writer(path)
    writer.append({"x": 1})
    assert len(writer.finish()) == 1 and "closed" in repr(writer)
    for call in (writer.finish, lambda: writer.append({"x": 2}), lambda: writer.extend([]), writer.__enter__):
        with pytest.raises(ValueError, match="closed"):
            call()
    writer.abandon()
    assert xs(path) == [1]


def test_finished_within_a_with(path: pathlib.Path) -> None:
    with dx.Writer(path) as writer:
        writer.append({"x": 1})
        writer.finish()
    with dx.Writer(path, overwrite=True) as writer:
        writer.append({"x": 2})
        writer.abandon()
    assert xs(path) == [1]


def test_a_schema_that_is_given(path: pathlib.Path) -> None:
    with dx.Writer(path, {"x": "uint8[2]", "y": "string"}) as writer:
        with pytest.raises(ValueError, match='row 0, column "x": .*declared as uint8'):
            writer.append({"x": [1, 2, 3], "y": "a"})
    assert len(dx.open(path)) == 0 and dx.open(path).schema["x"].shape == (2,)
    with pytest.raises(ValueError, match="no row"):
        with dx.Writer(path, overwrite=True):
            pass
    assert dx.open(path).keys() == ["x", "y"]


def test_appending_to_a_file(path: pathlib.Path) -> None:
    dx.ingest([{"x": np.uint8(1), "y": 0}], path, labels={"y": ["a", "b"]})
    old = dx.open(path)
    with dx.Writer(path, append=True) as writer:
        with pytest.raises(ValueError, match="300"):
            writer.append({"x": 300, "y": 0})
        writer.append({"y": 1, "x": 2})
    assert len(old) == 1 and xs(path) == [1, 2] and dx.open(path).schema["y"].meaning == ["a", "b"]
    with pytest.raises(ValueError, match="schema and metadata already"):
        dx.Writer(path, {"x": "uint8"}, append=True)
    with pytest.raises(FileNotFoundError):
        dx.Writer(path.with_name("none"), append=True)


def test_targets(path: pathlib.Path) -> None:
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        dx.Writer(path)
    with pytest.raises(TypeError, match="one sample"):
        dx.Writer(path, overwrite=True).extend({"x": 1})  # type: ignore[arg-type]
    assert path.read_text() == "mine"


def test_open(path: pathlib.Path) -> None:
    dx.ingest(({"x": x, "y": [x] * 3} for x in range(1000)), path)
    for buffer in (dx.open(path), dx.open(str(path)), dx.open(path, verify=True)):
        assert len(buffer) == 1000 and buffer[-1]["y"].tolist() == [999] * 3
        copy = pickle.loads(pickle.dumps(buffer.shuffle(seed=3)))
        assert [int(s["x"]) for s in copy] == [int(s["x"]) for s in buffer.shuffle(seed=3)]


def test_what_cannot_be_opened(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with pytest.raises(FileNotFoundError):
        dx.open(path)
    with pytest.raises(TypeError, match="path"):
        dx.open(3)  # type: ignore[arg-type]
    with pytest.raises((OSError, ValueError)):
        dx.open(tmp_path)
    for content in (b"", b"no data set", b"x" * 10_000):
        path.write_bytes(content)
        with pytest.raises(dx.CorruptFileError):
            dx.open(path)


def test_damage_is_found(path: pathlib.Path) -> None:
    dx.ingest({"x": np.arange(50_000)}, path)
    whole = path.read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(dx.CorruptFileError):
            dx.open(path)
    damaged = bytearray(whole)
    damaged[whole.index(np.arange(40_000, 40_010).tobytes())] ^= 1
    path.write_bytes(damaged)
    assert dx.open(path)[0]["x"] == 0
    with pytest.raises(dx.CorruptFileError):
        list(dx.open(path, verify=True))
