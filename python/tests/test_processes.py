# SPDX-License-Identifier: Apache-2.0
"""Tests of pickles, copies and forks, and of remaining threads and files."""

from __future__ import annotations

import copy
import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import colonnade as dx
import pytest
from conftest import numbers, values


def double(x):
    return x * 2


def test_buffers_pickle():
    buffer = numbers(10).key_transform("x", double).shuffle(seed=1).batch(3)
    again = pickle.loads(pickle.dumps(buffer))
    assert values(again) == values(buffer)
    assert values(copy.deepcopy(buffer)) == values(copy.copy(buffer)) == values(buffer)
    both = numbers(2).append(numbers(3).key_transform("x", double))
    assert values(pickle.loads(pickle.dumps(both))) == [0, 1, 0, 2, 4]
    kept = pickle.loads(pickle.dumps(buffer.concretize()))
    assert values(kept) == values(buffer)


def test_files_are_opened_again_and_have_to_be_the_same(tmp_path):
    path = tmp_path / "x.colonnade"
    dx.ingest([{"x": i} for i in range(100)], path)
    buffer = dx.open(path).shuffle(seed=1).key_transform("x", double)
    pickled = pickle.dumps(buffer)
    assert len(pickled) < 1000
    assert values(pickle.loads(pickled)) == values(buffer)
    stream = buffer.to_stream().batch(7).prefetch(4, 2)
    next(stream)
    assert values(pickle.loads(pickle.dumps(stream))) == values(stream)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        pickle.loads(pickled)
    dx.ingest([{"x": i} for i in range(99)], path)
    with pytest.raises(ValueError, match="open it again"):
        pickle.loads(pickled)
    assert len(values(buffer)) == 100


def test_functions_that_cannot_be_pickled_say_so():
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(numbers(3).key_transform("x", lambda x: x))


def test_streams_pickle_and_copy_with_their_place():
    stream = numbers(10).shuffle(seed=1).to_stream().batch(2).prefetch(4, 2)
    next(stream)
    copies = pickle.loads(pickle.dumps(stream)), copy.deepcopy(stream)
    rest = values(stream)
    assert [values(one) for one in copies] == [rest, rest] and len(rest) == 4


def test_long_chains_pickle():
    buffer = numbers(3)
    for _ in range(3000):
        buffer = buffer.take(3)
    assert values(pickle.loads(pickle.dumps(buffer))) == [0, 1, 2]


def in_child(work):
    """Returns the result of `work()` in a forked child, within ten seconds."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        try:
            result = repr(work())
        except BaseException as error:
            result = f"{type(error).__name__}: {error}"
        os.write(writer, result.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    os.waitpid(child, 0)
    return text


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")


@needs_fork
def test_a_stream_under_way_in_a_fork_is_an_error_that_says_what_to_do():
    stream = numbers(100).to_stream().key_transform("x", double).prefetch(4, 2)
    next(stream)
    assert "reset()" in in_child(lambda: next(stream)) and "RuntimeError" in in_child(lambda: next(stream))
    assert "reset()" in in_child(lambda: stream.state())
    assert in_child(lambda: (stream.reset(), int(next(stream)["x"]))[1]) == "0"
    assert in_child(lambda: (stream.reset(), len(list(stream)))[1]) == "100"
    assert len(list(stream)) == 99


@needs_fork
def test_buffers_and_fresh_streams_work_in_a_fork():
    buffer = numbers(100).key_transform("x", double).batch(10)
    next(buffer.ordered_prefetch(4, 2))
    fresh = buffer.to_stream().prefetch(4, 2)
    assert in_child(lambda: buffer[3]["x"].tolist()) == repr(list(range(60, 80, 2)))
    assert in_child(lambda: len(list(buffer))) == "10"
    assert in_child(lambda: len(list(fresh))) == "10"
    assert in_child(lambda: len(list(buffer.shuffle().ordered_prefetch(4, 2)))) == "10"


@needs_fork
def test_files_work_in_a_fork(tmp_path):
    path = tmp_path / "x.colonnade"
    dx.ingest([{"x": i} for i in range(100)], path)
    buffer = dx.open(path).shuffle(seed=1).batch(10)
    whole = values(buffer.ordered_prefetch(4, 2))
    assert in_child(lambda: values(buffer)) == repr(whole)
    assert in_child(lambda: values(buffer.ordered_prefetch(4, 2))) == repr(whole)


@needs_fork
def test_dropping_what_the_parent_began_does_not_hang_a_child():
    stream = numbers(100).to_stream().key_transform("x", double).prefetch(4, 2)
    next(stream)

    def work():
        nonlocal stream
        del stream
        gc.collect()
        return "done"

    assert in_child(work) == "'done'"


FORK_AFTER_A_PASS = """
import os, time
import colonnade as dx
tasks = lambda: len(os.listdir("/proc/self/task"))
buffer = dx.buffer_from_vector([{"x": i} for i in range(100)])
before, after = tasks(), []
for attempt in range(6):
    assert len(list(buffer.ordered_prefetch(4, 2))) == 100
    # The threads become idle soon after the pass, and would end two seconds later.
    time.sleep(0.05 + 0.2 * attempt)
    child = os.fork()
    if child == 0:
        os._exit(0 if len(list(buffer.ordered_prefetch(4, 2))) == 100 else 1)
    after.append(tasks())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    if after[-1] <= before:
        break
else:
    raise AssertionError((before, after))
"""


@needs_fork
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_a_fork_after_a_pass_is_one_of_a_process_without_threads():
    # From 3.12 on, Python warns of a fork of a process with threads. NumPy may have threads too, which it ends by itself.
    command = [sys.executable, "-c", FORK_AFTER_A_PASS]
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr


def test_positions_of_samples_in_memory_depend_on_their_order_in_every_process():
    shuffled = numbers(20).shuffle(seed=1).concretize().to_stream()
    next(shuffled)
    place = shuffled.state()
    again = pickle.loads(pickle.dumps(numbers(20).shuffle(seed=1).concretize())).to_stream()
    assert values(again.resume(place)) == values(shuffled)
    for other in (numbers(20), numbers(20).shuffle(seed=2), numbers(20).concretize()):
        with pytest.raises(ValueError, match="another pipeline"):
            other.concretize().to_stream().resume(place)


def worker(arguments):
    buffer, place = arguments
    return buffer[place]["x"].tolist()


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_pools_of_processes(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("not here")
    buffer = numbers(20).shuffle(seed=1).batch(5)
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.map(worker, [(buffer, place) for place in range(4)])
    assert found == values(buffer)


def resources():
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    return pages, len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_streams_leave_nothing_behind():
    buffer = numbers(100).key_transform("x", double)

    def use(times):
        for _ in range(times):
            stream = buffer.shuffle().to_stream().batch(4).prefetch(2, 2)
            next(stream)

    use(200)
    gc.collect()
    before = resources()
    use(1000)
    gc.collect()
    deadline = time.monotonic() + 10
    # Dropping a stream does not wait for its threads.
    while resources()[2] > before[2] and time.monotonic() < deadline:
        time.sleep(0.01)
    after = resources()
    assert after[1] == before[1] and after[2] <= before[2] + 1
    assert after[0] - before[0] < 2000, "pages"
    assert threading.active_count() < 10


def test_dropping_needs_no_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        stream = numbers(10).to_stream().batch(2).prefetch(2, 1)
        next(stream)
        import weakref

        gone = weakref.ref(stream)
        del stream
        assert gone() is None
    finally:
        gc.enable()
