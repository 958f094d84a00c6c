# SPDX-License-Identifier: Apache-2.0
"""Tests of buffers."""

from __future__ import annotations

import colonnade as dx
import numpy as np
import pytest
from conftest import numbers, values


def test_access(ten):
    assert len(ten) == ten.size() == 10
    assert ten[3]["x"] == 3 and ten[-1]["x"] == 9 and ten[np.int32(2)]["x"] == 2
    assert values(ten) == values(ten) == list(range(10))
    assert repr(ten) == "Buffer(size=10, keys={'x'})"
    for wrong in (10, -11, 10**18):
        with pytest.raises(IndexError) as caught:
            ten[wrong]
        assert isinstance(caught.value, RuntimeError)
    for wrong in (1.0, None, (1, 2), {1}, b"x", object()):
        with pytest.raises(TypeError, match="a buffer has no element at"):
            ten[wrong]
    with pytest.raises(TypeError):
        dx.Buffer()


@pytest.mark.parametrize("make", [lambda b: b.batch(3), lambda b: b.shuffle(), lambda b: b.perm([1, 2])])
def test_beyond_the_end_of_what_is_made_of_it(ten, make):
    made = make(ten)
    for wrong in (len(made), -len(made) - 1):
        with pytest.raises(IndexError) as caught:
            made[wrong]
        assert isinstance(caught.value, RuntimeError)


def test_buffers_are_lazy_and_immutable(ten):
    calls = []
    seen = ten.key_transform("x", lambda x: calls.append(int(x)) or x)
    before = len(calls)
    assert before <= 1
    seen[4], seen[4]
    assert calls[before:] == [4, 4]
    assert values(ten) == list(range(10))


def test_append(ten):
    both = ten.append(numbers(2))
    assert values(both) == [*range(10), 0, 1]
    with pytest.raises(ValueError):
        ten.append(dx.buffer_from_vector([{"y": 1}]))
    with pytest.raises(TypeError):
        ten.append([{"x": 1}])


def test_concretize(ten):
    calls = []
    kept = ten.key_transform("x", lambda x: calls.append(1) or x * 2).concretize()
    before = len(calls)
    assert values(kept) == values(kept) == list(range(0, 20, 2))
    assert len(calls) == before


def test_partition(ten):
    parts = [values(ten.partition(3, part)) for part in range(3)]
    assert parts == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]
    for wrong in ((0, 0), (3, 3), (3, -1), (-1, 0)):
        with pytest.raises(RuntimeError):
            ten.partition(*wrong)


def test_perm(ten):
    for order in ([3, 3, 0], (3, 3, 0), np.array([3, 3, 0]), iter([3, 3, 0])):
        assert values(ten.perm(order)) == [3, 3, 0]
    assert values(ten.perm(range(9, -1, -3))) == [9, 6, 3, 0]
    assert len(ten.perm([])) == 0
    for wrong in ([10], [-1], [0, 99]):
        with pytest.raises(RuntimeError):
            ten.perm(wrong)
    for wrong in (5, ["x"], [0.5], None):
        with pytest.raises(TypeError):
            ten.perm(wrong)


def test_each_stream_has_a_place_of_its_own(ten):
    first, second = ten.to_stream(), ten.to_stream()
    next(first)
    assert next(second)["x"] == 0 and next(first)["x"] == 1


def test_shuffle_is_one_order_of_the_buffer(ten):
    shuffled = numbers(1000).shuffle()
    assert values(shuffled) == values(shuffled) != list(range(1000))
    assert sorted(values(shuffled)) == list(range(1000))
    assert values(numbers(1000).shuffle()) != values(shuffled)
    assert values(ten.shuffle(seed=3)) == values(ten.shuffle(seed=3))


def test_take_skip_select_zip():
    buffer = dx.buffer_from_vector([{"a": i, "b": -i} for i in range(5)])
    assert values(buffer.take(2), "a") == [0, 1] and values(buffer.take(99), "a") == [0, 1, 2, 3, 4]
    assert values(buffer.skip(3), "a") == [3, 4] and len(buffer.skip(99)) == 0
    assert buffer.select("b").keys() == ["b"] and buffer.select(["b", "a"]).keys() == ["b", "a"]
    both = buffer.select("a").zip(buffer.select("b").take(2))
    assert len(both) == 2 and both[1]["b"] == -1
    with pytest.raises(ValueError):
        buffer.zip(buffer)
    with pytest.raises(KeyError) as caught:
        buffer.select("c")
    assert isinstance(caught.value, RuntimeError) and not str(caught.value).startswith("'")
    for wrong in (-1,):
        with pytest.raises(ValueError):
            buffer.take(wrong)


def test_facts_that_need_no_reading():
    rows = [{"x": np.zeros((2, n), "float32"), "name": b"a"} for n in (3, 4)]
    buffer = dx.buffer_from_vector(rows)
    assert buffer.keys() == ["x", "name"]
    assert buffer.dtypes["x"] == "float32"
    assert buffer.schema["x"].shape == (2, None)
    assert buffer.metadata == {}
    assert "batch" in buffer.batch(2).explain()


def test_ordered_prefetch_keeps_the_order():
    stream = numbers(500).key_transform("x", lambda x: x * 2).ordered_prefetch(8, 4)
    assert values(stream) == list(range(0, 1000, 2))
    stream.reset()
    assert values(stream) == list(range(0, 1000, 2))
    for wrong in ((0, 1), (1, 0), (-1, 1)):
        with pytest.raises(RuntimeError):
            numbers(3).ordered_prefetch(*wrong)


@pytest.mark.parametrize("index", [3, -4, 2**63, -(2**63) - 1, 10**30])
def test_an_index_out_of_range_is_an_index_error_that_names_it(index):
    buffer = dx.buffer_from_vector([{"x": i} for i in range(3)])
    assert [int(buffer[place]["x"]) for place in (0, 2, -1, -3)] == [0, 2, 2, 0]
    with pytest.raises(IndexError, match=f"index {index} is out of range"):
        buffer[index]
    with pytest.raises(dx.Error):
        buffer.batch(abs(index) << 64)
