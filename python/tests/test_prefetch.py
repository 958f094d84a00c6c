# SPDX-License-Identifier: Apache-2.0
"""Tests of prefetching, errors, and the end of streams."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading
import time

import colonnade as dx
import numpy as np
import pytest
from conftest import numbers, values


def test_the_order_stays_whatever_the_number_of_threads():
    for threads in (1, 2, 8):
        stream = numbers(500).to_stream().key_transform("x", lambda x: x + 1).prefetch(8, threads)
        assert values(stream) == list(range(1, 501))
    batches = values(numbers(4000).to_stream().batch(50).prefetch(8, 8))
    assert all((np.diff(batch) == 1).all() for batch in batches)
    assert [len(batch) for batch in values(numbers(100).to_stream().batch(8).prefetch(8, 8))] == [8] * 12 + [4]


def test_bad_numbers():
    for wrong in ((0, 1), (1, 0), (-1, 1), (1, -1)):
        with pytest.raises(RuntimeError):
            numbers(1).to_stream().prefetch(*wrong)
    with pytest.raises(TypeError):
        numbers(1).to_stream().prefetch(1.5, 1)


class Own(Exception):
    pass


def failing(at):
    """Returns a stream whose function fails for one sample when it runs."""
    armed = []

    def work(x):
        if armed and x == at:
            raise Own("reason")
        return x

    stream = numbers(6).to_stream().key_transform("x", work)
    armed.append(1)
    return stream


@pytest.mark.parametrize("prefetching", [False, True])
def test_errors_keep_type_and_traceback_and_the_stream_goes_on(prefetching):
    stream = failing(3).prefetch_if(prefetching, 3, 2)
    found = []
    for _ in range(8):
        try:
            sample = stream.next()
            found.append(int(sample["x"]) if sample else None)
        except Own as error:
            found.append("Own")
            names = []
            trace = error.__traceback__
            while trace:
                names.append(trace.tb_frame.f_code.co_name)
                trace = trace.tb_next
            assert "work" in names
            assert any("x" in note and "3" in note for note in error.__notes__)
    assert found == [0, 1, 2, "Own", 4, 5, None, None]


def test_an_error_that_is_never_read_is_dropped_with_the_stream():
    stream = failing(3).prefetch(6, 1)
    next(stream)
    time.sleep(0.1)
    del stream
    stream = failing(3).prefetch(6, 1)
    next(stream)
    time.sleep(0.1)
    for _ in range(3):
        stream.reset()
    assert next(stream)["x"] == 0


@pytest.mark.parametrize("prefetching", [False, True])
def test_stop_iteration_of_a_function_is_an_error_and_no_end(prefetching):
    armed = []

    def work(x):
        if armed:
            raise StopIteration
        return x

    stream = numbers(3).to_stream().key_transform("x", work).prefetch_if(prefetching, 2, 1)
    armed.append(1)
    with pytest.raises(RuntimeError):
        next(stream)
    both = numbers(3).to_stream().sample_transform(lambda s: s)
    assert len(list(both)) == 3


def test_work_starts_with_the_first_next():
    calls = []
    stream = numbers(100).to_stream().key_transform("x", lambda x: calls.append(1) or x).prefetch(8, 2)
    before = len(calls)
    time.sleep(0.05)
    assert len(calls) == before <= 1
    next(stream)


def test_every_sample_is_evaluated_once():
    calls = []
    stream = numbers(6).key_transform("x", lambda x: calls.append(int(x)) or x)
    calls.clear()
    assert len(list(stream.ordered_prefetch(12, 2))) == 6
    assert sorted(calls) == list(range(6))


def test_dropping_streams_never_hangs():
    buffer = numbers(100).key_transform("x", lambda x: x)
    for number in range(500):
        stream = buffer.to_stream().prefetch(2, 2) if number % 2 else buffer.ordered_prefetch(2, 2)
        next(stream)
        del stream
    for _ in range(100):
        stream = buffer.to_stream().buffered(4)
        next(stream)
        del stream
    assert threading.active_count() < 20


def test_random_draws_of_threads_differ():
    samples = dx.buffer_from_vector([{"x": np.arange(10**6)}] * 200)
    drawn = values(samples.to_stream().random_slice("x", 0, 1).prefetch(8, 4))
    assert len({draw[0] for draw in drawn}) > 195


def test_ctrl_c_comes_at_once():
    # A shell ignores the signal in what it runs in the background, and so does every process that such a one starts.
    code = """
        import colonnade as dx, signal, time
        signal.signal(signal.SIGINT, signal.default_int_handler)
        armed = []
        def slow(x):
            if armed: time.sleep(5)
            return x
        samples = dx.buffer_from_vector([{"x": i} for i in range(10)])
        stream = samples.to_stream().key_transform("x", slow).prefetch(4, 2)
        armed.append(1)
        try:
            print("ready", flush=True)
            next(stream)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            import os
            os._exit(0)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    time.sleep(0.3)
    begin = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    assert time.monotonic() - begin < 2
    process.wait(10)


def test_leaving_the_interpreter_while_a_stream_works():
    code = """
        import colonnade as dx, time
        stream = dx.buffer_from_vector([{"x": i} for i in range(1000)]).to_stream()
        stream = stream.key_transform("x", lambda x: (time.sleep(.001), x)[1]).prefetch(8, 4)
        next(stream)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_ends_a_large_batch_and_the_next_call_gives_it(tmp_path: pathlib.Path) -> None:
    rows = np.arange(3 << 17, dtype=np.float64).reshape(3, 1 << 17)
    buffer = dx.ingest({"x": rows}, tmp_path / "x").perm([row % 3 for row in range(120)])

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    # 60 MB take longer than that.
    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        batches = iter(buffer.to_stream().batch(60))
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.002)
            next(batches)
    finally:
        signal.signal(signal.SIGALRM, previous)
    found = [batch["x"][:, 0].tolist() for batch in batches]
    assert found == [rows[:, 0].tolist() * 20] * 2


def test_ctrl_c_ends_the_settling_of_types(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a\n" + b"1\n" * 200_000)
    shown: list[int] = []

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            dx.ingest(path, tmp_path / "x", progress=lambda rows, size, total: shown.append(rows))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert not shown and not (tmp_path / "x").exists()
