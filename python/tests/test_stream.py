# SPDX-License-Identifier: Apache-2.0
"""Tests of streams."""

from __future__ import annotations

import datetime
import threading

import colonnade as dx
import numpy as np
import pytest
from conftest import numbers, values


def test_the_end_stays_the_end_until_reset(ten):
    stream = ten.to_stream()
    assert values(stream) == list(range(10))
    for _ in range(3):
        with pytest.raises(StopIteration):
            next(stream)
        assert stream.next() == {} and stream() == {}
    stream.reset()
    assert values(stream) == list(range(10))
    assert repr(stream) == "Stream(keys={'x'})"
    assert len(stream) == len(stream.batch(1)) == 10 and len(stream.batch(3)) == 4
    for unknown in (ten.to_stream().filter(lambda sample: True), dx.stream_python_iterable(lambda: [{"x": 1}])):
        with pytest.raises(TypeError, match="known only when all are read"):
            len(unknown)
        assert unknown and len(list(unknown)) in (1, 10)
    assert stream.take(0) and len(stream.take(0)) == 0


def test_iterating_goes_on_where_it_is(ten):
    stream = ten.to_stream()
    assert iter(stream) is stream
    next(stream)
    for sample in stream:
        assert sample["x"] == 1
        break
    assert stream.next()["x"] == 2
    assert values(stream)[0] == 3


def test_derived_streams_share_the_place(ten):
    stream = ten.to_stream()
    doubled = stream.key_transform("x", lambda x: x * 2)
    assert next(stream)["x"] == 0
    assert next(doubled)["x"] == 2
    assert next(stream)["x"] == 2
    doubled.reset()
    assert next(stream)["x"] == 0
    stream.reset()
    assert next(doubled)["x"] == 0


def test_a_batch_of_a_stream_that_was_pulled_begins_there(ten):
    stream = ten.to_stream()
    next(stream)
    batches = stream.batch(2)
    assert next(batches)["x"].tolist() == [1, 2]
    assert next(stream)["x"] == 3
    assert next(batches)["x"].tolist() == [4, 5]


def test_steps_that_change_the_order_begin_there_too(ten):
    stream = ten.to_stream()
    next(stream), next(stream)
    assert sorted(values(stream.shuffle(4))) == list(range(2, 10))
    stream.reset()
    next(stream)
    assert values(stream.filter(lambda s: s["x"] % 2 == 0)) == [2, 4, 6, 8]
    stream.reset()
    next(stream)
    assert values(stream.take(3)) == [1, 2, 3]


def test_where_a_stream_cannot_go_on_it_says_so(ten):
    stream = ten.to_stream()
    shuffled = stream.shuffle(4)
    next(shuffled)
    with pytest.raises(RuntimeError, match="reset"):
        next(stream)
    stream.reset()
    assert next(stream)["x"] == 0


def test_reset_midway(ten):
    for make in (
        lambda s: s, lambda s: s.batch(3), lambda s: s.shuffle(3), lambda s: s.prefetch(4, 2), lambda s: s.buffered(4),
        lambda s: s.batch(2).prefetch(2, 2), lambda s: s.repeat(1), lambda s: s.filter(lambda x: True),
    ):  # fmt: skip
        stream = make(ten.to_stream())
        whole = len(list(stream))
        stream.reset()
        next(stream)
        stream.reset()
        assert len(list(stream)) == whole


def test_pulled_by_several_threads_each_sample_comes_once():
    for prefetching in (False, True):
        stream = numbers(4000).to_stream().prefetch_if(prefetching, 8, 2)
        found: list[list[int]] = [[] for _ in range(4)]

        def pull(mine, stream=stream):
            for sample in stream:
                mine.append(int(sample["x"]))

        threads = [threading.Thread(target=pull, args=(mine,)) for mine in found]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(sum(found, [])) == list(range(4000))


def test_repeat(ten):
    two = numbers(2)
    assert values(two.to_stream().repeat(2)) == [0, 1] * 3
    forever = two.to_stream().repeat(0)
    assert [int(next(forever)["x"]) for _ in range(7)] == [0, 1] * 3 + [0]
    assert list(dx.buffer_from_vector([]).to_stream().repeat(-1)) == []
    assert values(numbers(3).to_stream().repeat(1).batch(2)) == [[0, 1], [2, 0], [1, 2]]


def test_shuffle_in_a_window():
    count, window = 300, 20
    order = values(numbers(count).to_stream().shuffle(window))
    assert sorted(order) == list(range(count)) and order != list(range(count))
    assert all(place >= number - window for place, number in enumerate(order))
    with pytest.raises(RuntimeError):
        numbers(3).to_stream().shuffle(0)


def test_partition(ten):
    assert values(ten.to_stream().partition(3, 1)) == values(ten.partition(3, 1)) == [1, 4, 7]
    for wrong in ((0, 0), (3, 3), (3, -1)):
        with pytest.raises(RuntimeError):
            ten.to_stream().partition(*wrong)


def test_buffered(ten):
    assert values(ten.to_stream().buffered(3)) == list(range(10))
    turned = ten.to_stream().buffered(4, lambda buffer: buffer.perm(list(range(len(buffer)))[::-1]))
    assert values(turned) == [3, 2, 1, 0, 7, 6, 5, 4, 9, 8]
    with pytest.raises(RuntimeError):
        ten.to_stream().buffered(0)
    with pytest.raises(TypeError):
        list(ten.to_stream().buffered(2, lambda buffer: 5))


def test_sliding_window():
    stream = dx.buffer_from_vector([{"x": np.arange(5), "y": 7}]).to_stream()
    windows = list(stream.sliding_window("x", 3, 2, index_key="i"))
    assert values(windows) == [[0, 1, 2], [2, 3, 4], [4]]
    assert values(windows, "i") == [0, 1, 2] and values(windows, "y") == [7, 7, 7]
    empty = dx.buffer_from_vector([{"x": np.zeros(0)}]).to_stream()
    assert list(empty.sliding_window("x", 3, 2)) == []
    for wrong in ((0, 1), (1, 0)):
        with pytest.raises(RuntimeError):
            stream.sliding_window("x", *wrong)
    with pytest.raises(RuntimeError):
        list(numbers(1).to_stream().sliding_window("x", 1, 1))


def test_sliding_window_over_any_dimension():
    matrix = np.arange(12).reshape(3, 4)
    stream = dx.buffer_from_vector([{"x": matrix}]).to_stream()
    assert [window["x"].tolist() for window in stream.sliding_window("x", 2, 2, dim=0)] == [
        matrix[:2].tolist(), matrix[2:].tolist(),
    ]  # fmt: skip


def test_to_buffer_takes_what_is_left(ten):
    stream = ten.to_stream()
    next(stream)
    rest = stream.to_buffer()
    assert values(rest) == list(range(1, 10)) and stream.next() == {}
    assert len(stream.to_buffer()) == 0


def test_csv_reader_from_key(tmp_path):
    names = []
    for number in range(2):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"a,b\n{number},x\n{number},y\n")
        names.append(path)
    files = dx.buffer_from_vector([{"file": str(path).encode(), "other": 1} for path in names])
    rows = list(files.to_stream().csv_reader_from_key("file"))
    assert [row["a"].tobytes() for row in rows] == [b"0", b"0", b"1", b"1"]
    assert set(rows[0]) == {"a", "b"}
    short = dx.buffer_from_vector([{"file": path.name.encode()} for path in names])
    assert len(list(short.to_stream().csv_reader_from_key("file", local_prefix=tmp_path))) == 4
    memory = dx.buffer_from_vector([{"text": np.frombuffer(b"a\n1\n", np.uint8)}])
    assert next(memory.to_stream().csv_reader_from_key("text", from_memory=True))["a"].tobytes() == b"1"


def test_line_reader_from_key():
    texts = dx.buffer_from_vector([{"text": b"one\ntwo"}, {"text": b""}, {"text": b"\n"}])
    lines = list(texts.to_stream().line_reader_from_key("text", "line", from_memory=True))
    assert [line["line"].tobytes() for line in lines] == [b"one", b"two", b""]
    assert set(lines[0]) == {"line"}


def test_mix_interleave_zip():
    a, b = (dx.buffer_from_vector([{"x": n}] * 1000).to_stream() for n in (0, 1))
    mixed = values(a.mix(b, weights=[1, 3], seed=1, exhaustion="stop"))
    assert 0.6 < np.mean(mixed) < 0.9
    assert values(a.mix(b, seed=1, exhaustion="leave_out")).count(1) == 1000
    assert values(numbers(2).to_stream().interleave(numbers(4).to_stream(), length=2)) == [0, 1, 0, 1, 2, 3]
    left = dx.buffer_from_vector([{"l": i} for i in range(3)]).to_stream()
    assert [(int(s["x"]), int(s["l"])) for s in numbers(2).to_stream().zip(left)] == [(0, 0), (1, 1)]
    for wrong in ([1], [1, -1], [0, 0], [1, float("nan")]):
        with pytest.raises(ValueError):
            a.mix(b, weights=wrong)
    with pytest.raises(ValueError):
        a.mix(b, exhaustion="whenever")
    with pytest.raises(TypeError):
        a.mix(numbers(2))


def test_pack():
    rows = [{"x": list(range(1, n + 1))} for n in (3, 2, 1, 6)]
    packed = list(dx.buffer_from_vector(rows).to_stream().pack("x", 4, window=10))
    found = np.concatenate([s["x"][s["segment_ids"] > 0] for s in packed])
    assert sorted(found.tolist()) == sorted(sum((row["x"] for row in rows), []))
    with pytest.raises(ValueError):
        dx.buffer_from_vector(rows).to_stream().pack("x", 4, overlong="shrink")
    strict = dx.buffer_from_vector(rows).to_stream().pack("x", 4, overlong="refuse")
    with pytest.raises(ValueError, match="row 3.*6 elements"):
        list(strict)
    assert len(list(strict)) == 2


def test_pulled_samples_keep_names_units_and_metadata(tmp_path):
    moment = datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)
    rows = {"x": [0, 1, 0], "t": [moment] * 3, "s": ["a", "bc", ""], "b": [b"x", b"", b"yz"]}
    buffer = dx.ingest(rows, tmp_path / "x", labels={"x": ["a", "b"]}, metadata={"k": "v"})
    for stream in (buffer.to_stream(), buffer.shuffle(seed=1).to_stream().prefetch(2, 2), buffer.to_stream().batch(2)):
        expected = [{key: str(value) for key, value in sample.items()} for sample in stream.epoch(0)]
        pulled = stream.to_buffer()
        assert pulled.metadata == {"k": "v"} and pulled.schema["x"].meaning == ["a", "b"]
        assert pulled.schema["t"].meaning == "timestamp[us, UTC]"
        assert [{key: str(value) for key, value in sample.items()} for sample in pulled] == expected
        # No samples remain, but their types are known.
        assert len(stream.to_buffer()) == 0 and stream.to_buffer().schema["x"].meaning == ["a", "b"]
    other = buffer.to_stream().one_hot("x").to_buffer()
    assert other.schema["x"].meaning == buffer.to_stream().one_hot("x").schema["x"].meaning


@pytest.mark.parametrize("threads", [0, 2])
def test_a_function_that_resets_its_own_stream_is_an_error_and_no_early_end(threads):
    streams = []

    def function(x):
        if x == 5 and streams:
            streams[0].reset()
        return x

    stream = numbers(100).to_stream().key_transform("x", function)
    streams.append(stream.prefetch(2, threads) if threads else stream)
    with pytest.raises(RuntimeError, match="this stream was reset"):
        list(streams[0])
    streams.clear()
    stream.reset()
    assert values(stream) == list(range(100))


def test_a_function_that_pulls_its_own_stream_is_an_error_and_does_not_hang():
    streams = []

    def function(x):
        if x == 5 and streams:
            next(streams[0])
        return x

    stream = numbers(100).to_stream().key_transform("x", function)
    streams.append(stream)
    with pytest.raises(RuntimeError, match="asks the stream itself for its next sample"):
        list(stream)
    streams.clear()
    assert values(stream) == list(range(6, 100))
    # Another stream of the same samples may be asked.
    other = numbers(100).to_stream()
    assert values(numbers(3).to_stream().key_transform("x", lambda x: x + next(other)["x"]))[-1] >= 2
