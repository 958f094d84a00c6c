# SPDX-License-Identifier: Apache-2.0
"""Tests that functions are tried by the call that has them, that failures are reported there, and that nothing leaks."""

from __future__ import annotations

import functools
import gc
import signal
import sys
import tracemalloc

import colonnade as dx
import numpy as np
import pytest


def samples(count=4):
    return dx.buffer_from_vector([{"x": np.full(3, i), "s": str(i)} for i in range(count)])


FORMS = {
    "key_transform": lambda d, f: d.key_transform("x", f),
    "key_transform to another key": lambda d, f: d.key_transform("x", f, "y"),
    "key_transform of text": lambda d, f: d.key_transform("s", f),
    "key_transform_if": lambda d, f: d.key_transform_if(True, "x", f),
    "sample_transform": lambda d, f: d.sample_transform(f),
    "sample_transform_if": lambda d, f: d.sample_transform_if(True, f),
    "filter": lambda d, f: d.filter(f),
    "filter_if": lambda d, f: d.filter_if(True, f),
    "key_transform, rng": lambda d, f: d.key_transform("x", lambda x, rng: f(x), rng=True),
    "sample_transform, rng": lambda d, f: d.sample_transform(lambda s, rng: f(s), rng=True),
    "filter, rng": lambda d, f: d.filter(lambda s, rng: f(s), rng=True),
}
KINDS = {
    "buffer": lambda: samples(),
    "batches": lambda: samples().batch(2),
    "stream": lambda: samples().to_stream(),
    "stream of batches": lambda: samples().to_stream().batch(2),
    "iterable": lambda: dx.stream_python_iterable(lambda: iter([{"x": 1, "s": "a"}])),
    "prefetched": lambda: samples().to_stream().prefetch(2, 2),
}


class MistakeError(Exception):
    pass


def fails(_):
    raise MistakeError


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_function_that_fails_is_reported_on_its_line(form, kind):
    with pytest.raises(MistakeError) as caught:
        FORMS[form](KINDS[kind](), fails)
    assert any("Colonnade" in note for note in caught.value.__notes__)
    with pytest.raises((ValueError, TypeError), match="None"):
        FORMS[form](KINDS[kind](), lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        FORMS[form](KINDS[kind](), interrupted)


def interrupted(_):
    raise KeyboardInterrupt


def test_refills_are_tried():
    with pytest.raises(MistakeError):
        samples().to_stream().buffered(2, fails)
    with pytest.raises(TypeError, match="NoneType"):
        samples().to_stream().buffered(2, lambda buffer: None)


def test_results_that_a_function_of_samples_must_return():
    for kind in KINDS.values():
        with pytest.raises(TypeError, match="dict"):
            kind().sample_transform(lambda s: 1)
        with pytest.raises(ValueError, match="None"):
            kind().sample_transform(lambda s: {"x": None})
        with pytest.raises(TypeError, match="keys are str"):
            kind().sample_transform(lambda s: {1: 2})
    with pytest.raises(ValueError, match="filter"):
        samples().sample_transform(lambda s: {})
    # Dropped samples do not determine the types of the others.
    kept = samples().to_stream().sample_transform(lambda s: {"y": s["x"].sum()} if s["s"] == "2" else {})
    assert kept.keys() == ["y"] and [int(s["y"]) for s in kept] == [6]


def test_later_mistakes_still_come_with_their_row():
    late = samples().key_transform("x", lambda x: None if x[0] == 2 else x)
    assert late[1]["x"].tolist() == [1] * 3
    with pytest.raises(ValueError, match="None") as caught:
        late[2]
    assert "row 2" in "".join(caught.value.__notes__)
    stream = samples().to_stream().filter(lambda s: None if s["s"] == "1" else True)
    assert next(stream)["s"] == "0"
    with pytest.raises(ValueError, match="None"):
        next(stream)


def test_no_samples_are_no_mistake():
    empty = samples().take(0)
    assert empty.key_transform("x", fails).keys() == ["x", "s"]
    assert empty.sample_transform(fails).schema["s"].kind == "string"
    assert list(empty.key_transform("s", str.upper)) == []
    assert empty.to_stream().filter(fails).keys() == ["x", "s"]


def test_the_first_sample_that_is_none_of_its_own_errors_is_tried():
    def late(x):
        if x[0] == 0 and seen:
            raise MistakeError
        seen.append(x)
        return x

    seen: list[object] = []
    chain = samples().key_transform("x", late).key_transform("x", lambda x: x + 1)
    assert chain[1]["x"].tolist() == [2, 2, 2]


class Big:
    """An array that is counted."""

    def __init__(self):
        self.array = np.zeros(1 << 16)


def refusals(big):
    """Returns failing calls of the extension, each of which keeps some objects."""
    data = dx.buffer_from_vector([{"x": big.array, "s": "a"}])
    stream = data.to_stream()

    def raising(error):
        def function(_, rng=None):
            held = big.array[1:]
            raise error(held[:0])

        return function

    yield lambda: dx.buffer_from_vector([{"x": big.array}, {"x": "text"}])
    yield lambda: dx.buffer_from_vector([{"x": big.array}, {"y": big.array}])
    yield lambda: dx.buffer_from_vector([{"x": big.array}, {"x": big.array, "y": 1}])
    yield lambda: dx.buffer_from_vector([{"x": big.array}, big.array])
    yield lambda: dx.buffer_from_vector([{"x": big.array, 1: big.array}])
    yield lambda: dx.buffer_from_vector([{"x": [big.array, "a"]}])
    yield lambda: dx.stream_python_iterable(lambda: iter([{"x": big}]))
    yield lambda: dx.stream_python_iterable(lambda: iter([big]))
    yield lambda: list(dx.stream_python_iterable(lambda: iter([{"x": big.array}, {"x": big}])))
    for error in (MistakeError, KeyboardInterrupt, SystemExit):
        for made in (data, stream, data.batch(1)):
            yield lambda made=made, error=error: made.key_transform("x", raising(error))
            yield lambda made=made, error=error: made.sample_transform(raising(error))
            yield lambda made=made, error=error: made.filter(raising(error))
            yield lambda made=made, error=error: made.key_transform("x", raising(error), rng=True)
            yield lambda made=made, error=error: made.sample_transform(raising(error), rng=True)
            yield lambda made=made, error=error: made.filter(raising(error), rng=True)
    for made in (data, stream):
        yield lambda made=made: made.key_transform("x", lambda x: None)
        yield lambda made=made: made.key_transform("x", lambda x: big)
        yield lambda made=made: made.sample_transform(lambda s: {"x": s["x"], "y": None})
        yield lambda made=made: made.sample_transform(lambda s: s["x"])
        yield lambda made=made: made.sample_transform(lambda s, rng: s["x"], rng=True)
        yield lambda made=made: made.filter(lambda s, rng: None, rng=True)
        yield lambda made=made: made.key_transform("none", lambda x: big.array)
        yield lambda made=made: made.batch(2, pad={"x": 10**400})
        yield lambda made=made: made._apply("batch", size=big.array)
        yield lambda made=made: made._apply("select", keys=["x", big.array])
    yield lambda: data[5]
    yield lambda: data.perm([7])


@pytest.mark.usefixtures("quick_collections")
def test_calls_that_fail_hold_nothing():
    big = Big()
    for call in refusals(big):
        for repeat in range(3):
            before = sys.getrefcount(big.array), sys.getrefcount(big), sys.getrefcount(Big)
            for _ in range(5):
                # The exception holds its frames, which hold the array, until it is gone.
                try:
                    call()
                except BaseException as error:
                    error.__traceback__ = None
                    del error
                else:
                    raise AssertionError("it did not fail")
            gc.collect()
            after = sys.getrefcount(big.array), sys.getrefcount(big), sys.getrefcount(Big)
            # The first round may fill caches.
            assert after == before or repeat == 0


def test_interrupted_trials_hold_no_memory():
    data = dx.buffer_from_vector([{"x": np.zeros(1 << 17)}])
    resident = []
    tracemalloc.start()
    try:
        for _ in range(3):
            for _ in range(10):
                with pytest.raises(KeyboardInterrupt):
                    data.key_transform("x", interrupted)
            gc.collect()
            resident.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    # Each sample has a megabyte.
    assert resident[2] - resident[0] < 1 << 20
    with open("/proc/self/statm") as file:
        before = int(file.read().split()[1])
    for _ in range(50):
        with pytest.raises(KeyboardInterrupt):
            data.key_transform("x", interrupted)
    with open("/proc/self/statm") as file:
        assert int(file.read().split()[1]) - before < 5000


@pytest.mark.parametrize("threads", [0, 2])
def test_a_function_that_reads_its_own_samples_ends(threads):
    def add_last(x):
        return x if x[0] == 0 or not made else x + made[0][int(x[0]) - 1]["x"]

    made: list[dx.Buffer] = []
    sums = samples().key_transform("x", add_last)
    made.append(sums)
    stream = sums.to_stream().prefetch(2, threads) if threads else sums.to_stream()
    assert [int(s["x"][0]) for s in stream] == [0, 1, 3, 6]
    made.clear()
    endless = samples().key_transform("x", lambda x: made[0][0]["x"] if made else x)
    made.append(endless)
    with pytest.raises(RuntimeError, match="itself"):
        endless[0]


def test_a_signal_ends_a_large_batch_of_a_function_in_c():
    def alarm(*_):
        raise KeyboardInterrupt

    calls = np.zeros(1, np.int64)
    count = functools.partial(np.add, calls, out=calls)
    large = dx.buffer_from_vector([{"x": np.ones(1, np.int64)}]).perm([0] * 50_000).key_transform("x", count)
    before = signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        with pytest.raises(KeyboardInterrupt):
            large.batch(50_000)[0]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert calls[0] < 50_000


def made(values):
    """Returns values of rows made in each way: by functions of buffers and streams, and by an iterable."""
    rows = dx.buffer_from_vector([{"n": number} for number in range(len(values))])
    stream = rows.to_stream()
    yield rows.key_transform("n", lambda n: values[int(n)], "x")
    yield rows.sample_transform(lambda s: {"n": s["n"], "x": values[int(s["n"])]})
    yield stream.key_transform("n", lambda n: values[int(n)], "x").prefetch(2, 2)
    yield rows.to_stream().sample_transform(lambda s: {"n": s["n"], "x": values[int(s["n"])]})
    yield dx.stream_python_iterable(lambda: ({"n": n, "x": value} for n, value in enumerate(values)))


BOX = [[1.0, 2.0, 3.0, 4.0]]


@pytest.mark.parametrize(
    "values, shapes, dtype",
    [
        ([BOX, []], [(1, 4), (0, 4)], "float64"),
        ([[], BOX], [(0, 4), (1, 4)], "float64"),
        ([[], [], [1, 2]], [(0,), (0,), (2,)], "int64"),
        ([[1, 2], np.array([])], [(2,), (0,)], "int64"),
        ([np.ones((2, 3), np.float32), []], [(2, 3), (0, 3)], "float32"),
        ([[], []], [(0,), (0,)], "float64"),
    ],
)
def test_empty_lists_are_rows_of_the_others_shape(values, shapes, dtype):
    for data in made(values):
        found = [sample["x"] for sample in data]
        assert [array.shape for array in found] == shapes
        assert {array.dtype.name for array in found} == {dtype}
        assert [array.tolist() for array in found] == [np.asarray(value).tolist() for value in values]


def test_empty_lists_of_text():
    for values in ([["a", "bc"], []], [[], ["a", "bc"]]):
        for data in made(values):
            assert [sample["x"].tolist() for sample in data] == values


def test_an_empty_list_beside_single_numbers_is_an_error():
    for data in list(made([1, []])):
        with pytest.raises(ValueError, match='the value of "x" is float64'):
            list(data)


@pytest.mark.parametrize("modes", [("RGB", "RGBA"), ("RGB", "HSV"), ("L", "1"), ("RGB", "CMYK")])
def test_pictures_of_functions_have_one_mode(modes):
    image = pytest.importorskip("PIL.Image")
    for data in list(made([image.new(mode, (2, 1)) for mode in modes])):
        with pytest.raises(
            ValueError, match=f'the picture has mode "{modes[1]}" but those before it have "{modes[0]}"'
        ):
            list(data)
    sizes = [image.new("RGB", (2, 1)), image.new("RGB", (1, 3))]
    for data in made(sizes):
        assert [sample["x"].shape for sample in data] == [(1, 2, 3), (3, 1, 3)]


def test_times_of_numpy_are_no_bytes():
    for value in (np.datetime64("2024-01-01", "s"), np.timedelta64(5, "s"), np.array(["2024-01-01"], "M8[D]")):
        with pytest.raises(ValueError, match="not a tensor: give its numbers"):
            dx.buffer_from_vector([{"x": value}])
        with pytest.raises(ValueError, match="not a tensor: give its numbers"):
            dx.stream_python_iterable(lambda value=value: iter([{"x": value}]))
        with pytest.raises(ValueError, match="not a tensor: give its numbers"):
            samples().key_transform("x", lambda x, value=value: value)
    assert dx.buffer_from_vector([{"x": np.float32(0.5)}])[0]["x"].dtype == np.float32


def test_functions_are_tried_on_one_sample_unless_it_gives_an_empty_list():
    calls = []
    samples(30).key_transform("x", lambda x: calls.append(1) or [1])
    assert len(calls) == 1
    samples(30).key_transform("x", lambda x: calls.append(1) or [])
    assert len(calls) == 17


def test_an_error_about_what_a_function_of_samples_gives_names_its_key():
    data = samples().sample_transform(lambda s: {"y": 1 if s["x"][0] < 2 else 0.5})
    with pytest.raises(ValueError, match='^row 2: the value of "y" is float64'):
        list(data)
