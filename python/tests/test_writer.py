# SPDX-License-Identifier: Apache-2.0
"""Tests of files that `Writer` writes."""

from __future__ import annotations

import contextlib
import gc
import os
import pathlib
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from colonnade import _core
from colonnade._ingest.rows import RowWriter


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
    with pytest.raises(ValueError, match="schema, metadata and codecs already"):
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


def test_files_that_cannot_be_opened(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
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


def interrupting(function: Callable[[], object], raising: int) -> bool:
    """Calls the function, and raises a KeyboardInterrupt at the n-th line that writes rows, as a signal handler could.
    Returns whether it did."""
    seen = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal seen
        # Not at the end of a `with`, where Python runs no signal handler.
        if "_ingest" not in frame.f_code.co_filename or frame.f_code.co_name == "abandon":
            return None
        if event == "line":
            seen += 1
            if seen == raising:
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


SHAPES: list[Callable[[int], dict[str, Any]]] = [
    lambda x: {"x": x, "y": float(x)},
    lambda x: {"x": x, "y": np.full(1 << 17, x)},
    lambda x: {"x": x, "y": [x] * (x % 3)},
    lambda x: {"x": x, "y": str(x)},
]


@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_an_interrupted_call_loses_no_row_and_adds_none_twice(path: pathlib.Path, shape: int) -> None:
    sample = SHAPES[shape]
    schema = {"x": "int64", "y": ["float64", f"int64[{1 << 17}]", "int64[?]", "string"][shape]}
    for raising in range(1, 2000):
        writer = dx.Writer(path, schema if raising % 2 else None, overwrite=True)
        added: list[int] = []

        def work(writer: dx.Writer = writer, added: list[int] = added) -> None:
            for x in range(3):
                before = writer.row_count
                try:
                    writer.append(sample(x))
                finally:
                    added.extend([x] * (writer.row_count - before))

        was_interrupted = interrupting(work, raising)
        writer.append(sample(7))
        try:
            done = interrupting(writer.finish, 3)
        finally:
            writer.abandon()
        if not done or path.exists():
            assert xs(path) == [*added, 7]
        if not was_interrupted:
            assert added == list(range(3))
            return
    raise AssertionError("every call was interrupted")


def test_an_interrupted_settling_of_the_schema_loses_no_row(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("colonnade._ingest.rows._WINDOW_ROWS", 4)
    for raising in range(1, 2000, 11):
        writer = dx.Writer(path, overwrite=True)
        rows = [{"x": x, "y": str(x)} for x in range(5)]
        was_interrupted = interrupting(partial(writer.extend, rows), raising)
        count = writer.row_count
        writer.append({"x": count, "y": ""})
        writer.finish()
        assert xs(path) == list(range(count + 1))
        if not was_interrupted:
            assert count == 5
            return
    raise AssertionError("every call was interrupted")


def test_a_finish_that_is_interrupted_says_whether_the_file_is_complete(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = RowWriter.finish
    for is_late in (False, True):

        def interrupted(rows: RowWriter, is_late: bool = is_late) -> dict[str, Any]:
            if is_late:
                finish(rows)
            raise KeyboardInterrupt

        monkeypatch.setattr(RowWriter, "finish", interrupted)
        writer = dx.Writer(path, {"x": "int64"})
        writer.append({"x": 1})
        with pytest.raises(KeyboardInterrupt) as caught:
            writer.finish()
        notes = getattr(caught.value, "__notes__", [])
        assert any("is complete nevertheless: it has the 1 rows" in note for note in notes) == is_late
        assert writer.closed and [each.name for each in path.parent.iterdir()] == [path.name] * is_late
    assert xs(path) == [1]


def test_rows_from_several_threads_are_not_mixed(path: pathlib.Path) -> None:
    writer = dx.Writer(path, {"who": "int64", "x": "int64[64]", "y": "string"})
    refused: list[Exception] = []
    accepted: list[int] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def work(who: int) -> None:
        for _ in range(300):
            try:
                writer.append({"who": who, "x": [who] * 64, "y": str(who)})
                accepted.append(who)
            except ValueError as error:
                refused.append(error)

    try:
        threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    buffer = writer.finish()
    assert all("one thread at a time" in str(error) for error in refused) and len(refused) + len(accepted) == 1200
    rows = [(int(row["who"]), set(row["x"].tolist()), row["y"]) for row in buffer]
    assert all(x == {who} and y == str(who) for who, x, y in rows)
    assert sorted(who for who, _, _ in rows) == sorted(accepted)


def test_a_call_within_a_call_is_refused(path: pathlib.Path) -> None:
    writer = dx.Writer(path, {"x": "float64"})

    class Odd:
        def __array__(self, dtype: object = None, copy: object = None) -> Any:
            for call in (lambda: writer.append({"x": 2}), writer.finish, writer.abandon):
                with pytest.raises(ValueError, match="one thread at a time"):
                    call()
            return np.array(1.0)

    writer.append({"x": Odd()})
    assert [row["x"] for row in writer.finish()] == [1]


def in_child(work: Callable[[], object]) -> str:
    """Returns the exception of `work()` in a forked child, which drops the objects of its parent."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(10)
            work()
            text = "nothing"
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(writer, text.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as file:
        return file.read()


@pytest.mark.parametrize("append", [False, True])
def test_a_forked_child_leaves_the_file_to_its_parent(path: pathlib.Path, append: bool) -> None:
    if append:
        dx.ingest([{"x": 0}], path)
    held: list[dx.Writer] = [dx.Writer(path, append=True) if append else dx.Writer(path, {"x": "int64"})]
    for x in range(1, 5000):
        held[0].append({"x": x})

    def drop() -> None:
        held.clear()
        gc.collect()

    def leave() -> None:
        held[0].__exit__(ZeroDivisionError, ZeroDivisionError(), None)

    assert in_child(drop) == "nothing"
    assert in_child(lambda: held[0].abandon()) == "nothing"
    assert in_child(leave) == "nothing"
    for work in (lambda: held[0].append({"x": 1}), lambda: held[0].finish(), lambda: held[0].extend([{"x": 1}])):
        assert "Error: the writer was begun before the process forked" in in_child(work)
    # A long-lived child keeps neither lock nor file.
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    try:
        held[0].finish()
        assert xs(path) == [0] * append + list(range(1, 5000))
        with dx.Writer(path, append=True) as again:
            again.append({"x": -1})
        assert xs(path)[-1] == -1 and [each.name for each in path.parent.iterdir()] == [path.name]
    finally:
        os.close(writer)
        os.waitpid(child, 0)


def test_a_killed_writer_leaves_no_lock_to_its_children(path: pathlib.Path) -> None:
    dx.ingest([{"x": 0}], path)
    ready, told = os.pipe()
    reader, writer = os.pipe()
    parent = os.fork()
    if parent == 0:
        held = dx.Writer(path, append=True)
        held.append({"x": 1})
        if os.fork() == 0:
            os.close(writer)
            os.write(told, b"1")
            os.read(reader, 1)
            os._exit(0)
        time.sleep(30)
        os._exit(0)
    os.close(reader)
    os.read(ready, 1)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    try:
        with dx.Writer(path, append=True) as again:
            again.append({"x": 2})
        assert xs(path) == [0, 2]
    finally:
        os.close(writer)


def test_many_appends_keep_the_file_small_and_are_warned_of(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dx.ingest([{"x": 0}], path)
    monkeypatch.setattr("colonnade._writer._MANY_APPENDS", 200)
    for x in range(1, 202):
        writer = dx.Writer(path, append=True)
        writer.append({"x": x})
        with pytest.warns(RuntimeWarning, match=f"appended to {x} times") if x >= 200 else contextlib.nullcontext():
            writer.finish()
    assert xs(path) == list(range(202)) and path.stat().st_size < 1_400_000


def test_links_are_written_through_and_devices_are_left_alone(path: pathlib.Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path.name)
    with dx.Writer(link) as writer:
        writer.append({"x": 1})
    assert link.is_symlink() and xs(path) == [1]
    with pytest.raises(FileExistsError, match="overwrite=True"):
        dx.Writer(link)
    path.chmod(0o600)
    dx.ingest([{"x": 2}], link, overwrite=True)
    assert link.is_symlink() and xs(path) == [2] and path.stat().st_mode & 0o7777 == 0o600
    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    for overwrite in (False, True):
        with pytest.raises(FileExistsError, match="name a regular file"):
            dx.Writer(pipe, overwrite=overwrite)
    assert pipe.is_fifo()


NASTY = "a\x1b[2J\u202eb\x9b"


def test_no_error_gives_commands_to_a_terminal(path: pathlib.Path) -> None:
    nasty = path.with_name(NASTY)
    data = dx.ingest([{NASTY: 1, "t": NASTY}], path)
    calls: list[Callable[[], object]] = [
        lambda: dx.open(nasty),
        lambda: dx.Writer(nasty / "x"),
        lambda: dx.ingest([{NASTY: 1}, {NASTY: "x"}], nasty),
        lambda: dx.ingest([{"x": 1}, {NASTY: "x"}], nasty),
        lambda: data.rename_key(NASTY + "x", "y"),
        lambda: data.one_hot("t", 3),
        lambda: dx.ingest([{"x": 1}], nasty, labels={NASTY: ["a"]}),
        lambda: dx.ingest([{"x": 1}], path),
    ]
    for call in calls:
        with pytest.raises((ValueError, KeyError, OSError, TypeError)) as caught:
            call()
        assert not set("\x1b\u202e\x9b") & set(str(caught.value))
    with pytest.raises(FileNotFoundError, match=r"a\\x1b\[2J\\u202eb\\x9b: no such file"):
        dx.open(nasty)


@pytest.mark.parametrize("grouping", ["automatic", "separate"])
@pytest.mark.parametrize("offset", [0, 1])
def test_arrays_may_change_after_they_are_appended(path: pathlib.Path, grouping: str, offset: int) -> None:
    fields = [
        ("x", "tensor", "float64", (9,), None),
        ("y", "tensor", "int64", (), None),
        ("z", "tensor", "int8", (), None),
    ]
    core = _core.Writer(str(path), fields, grouping=grouping)  # type: ignore[arg-type]
    rows = 40_000
    memory = bytearray(rows * 8 * 9 + offset)
    x = np.frombuffer(memory, np.float64, offset=offset).reshape(rows, 9)
    y, z = np.zeros(rows, np.int64), np.zeros(rows, np.int8)
    expected = []
    for value in range(3):
        for array in (x, y, z):
            array[...] = value
        core.append_rows({"x": x, "y": y, "z": z})
        core.append({"x": x[0] + 100, "y": y[0] + 100, "z": z[0] + np.int8(100)})
        expected += [value] * rows + [value + 100]
    for array in (x, y, z):
        array[...] = -1
    core.finish()
    columns = dx.open(path).batch(len(expected))[0]
    assert np.array_equal(columns["x"], np.repeat(np.array(expected, np.float64)[:, None], 9, axis=1))
    assert np.array_equal(columns["y"], expected)
    assert np.array_equal(columns["z"], expected)


def test_no_private_call_of_a_writer_crashes(path: pathlib.Path) -> None:
    fields = [("x", "tensor", "int32", (2,), None), ("y", "string", "uint8", (None,), None)]
    core = _core.Writer(str(path), fields, replacing=True)  # type: ignore[arg-type]
    odd = [
        None,
        1,
        2.5,
        "a",
        b"ab",
        [],
        {},
        np.zeros(3),
        np.zeros((2, 2), np.int32),
        np.zeros(0, np.int32),
        object(),
        np.bool_(1),
    ]
    for call in (core.append, core.append_rows):
        for x in odd:
            for y in odd:
                with contextlib.suppress(ValueError, TypeError, RuntimeError):
                    call({"x": x, "y": y})  # type: ignore[arg-type]
        for given in odd:
            with pytest.raises((ValueError, TypeError, RuntimeError)):
                call(given)  # type: ignore[arg-type]
    core.abandon()
    for name in odd:
        for kind in ("tensor", "bytes", "string", "other"):
            for shape in ((), (2,), (None, None), (-1,), (1 << 62,), (1 << 70,), ("a",), (1,) * 40):
                for meaning in (None, ["a"], "image/png", [1], 3, ["a\0b"]):
                    with contextlib.suppress(ValueError, TypeError, RuntimeError, OverflowError, OSError):
                        _core.Writer(str(path), [(name, kind, "uint8", shape, meaning)], replacing=True)  # type: ignore[list-item]

    # A conversion that removes the value, or the writer.
    given: dict[str, Any] = {}
    core = _core.Writer(str(path), [("x", "tensor", "float64", (), None)], replacing=True)

    class Odd:
        def __array__(self, dtype: object = None, copy: object = None) -> Any:
            given.clear()
            for call in (core.finish, core.abandon, lambda: core.append({"x": 2.0})):  # type: ignore[dict-item]
                with pytest.raises(ValueError, match="one thread at a time"):
                    call()
            return np.array(1.0)

    given["x"] = Odd()
    core.append(given)
    assert core.finish()["rows"] == 1


@pytest.mark.parametrize("value", [2, -2, np.int64(2), np.array(2), np.array(-5), 1 << 40])
def test_labels_out_of_range_are_left_out(path: pathlib.Path, value: object) -> None:
    with dx.Writer(path, {"y": "int64", "x": "int64"}, labels={"y": ["a", "b"]}) as writer:
        writer.append({"y": 1, "x": 0})
        with pytest.raises(ValueError, match=r'row 1, column "y": .* is out of range for 2 labels \(0\.\.<2'):
            writer.append({"y": value, "x": 1})
        writer.append({"y": -1, "x": 2})
    with dx.Writer(path, append=True) as writer:
        with pytest.raises(ValueError, match='row 0, column "y": .* is out of range for 2 labels'):
            writer.append({"y": value, "x": 3})
        writer.append({"y": np.array(0), "x": 4})
    assert xs(path) == [0, 2, 4] and [int(s["y"]) for s in dx.open(path)] == [1, -1, 0]


def test_a_pipe_without_a_writer_is_not_waited_for_when_it_is_opened(path: pathlib.Path) -> None:
    os.mkfifo(path)
    calls: list[Callable[[], object]] = [
        lambda: dx.open(path),
        lambda: list(dx.stream_line_reader(path, "line")),
        lambda: list(dx.stream_csv_reader(path)),
    ]
    for call in calls:
        # This would end a call that waits, and not an exception.
        assert "Error" in in_child(call)
