# SPDX-License-Identifier: Apache-2.0
"""Tests of seeds and orders."""

from __future__ import annotations

import pickle
import subprocess
import sys

import colonnade as dx
import numpy as np
import pytest
from conftest import numbers, values


def test_the_state_makes_orders_repeatable():
    def orders():
        dx.core.set_state(5)
        slices = dx.buffer_from_vector([{"x": np.arange(1000)}]).random_slice("x", 0, 1)
        return values(numbers(50).shuffle()), values(numbers(50).to_stream().shuffle(10)), values(slices)

    assert orders() == orders()
    first = values(numbers(50).shuffle())
    assert first != values(numbers(50).shuffle())
    dx.core.set_state()


def test_without_a_state_each_run_has_its_own():
    code = (
        "import colonnade as dx;"
        "print([int(s['x']) for s in dx.buffer_from_vector([{'x': i} for i in range(50)]).shuffle()])"
    )
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(2)}
    assert len(runs) == 2


def test_each_reset_gives_another_order():
    stream = numbers(100).shuffle().to_stream().batch(10)
    seen = []
    for _ in range(3):
        seen.append(np.concatenate([batch["x"] for batch in stream]).tolist())
        stream.reset()
    assert len({tuple(order) for order in seen}) == 3
    assert all(sorted(order) == list(range(100)) for order in seen)


def test_epochs_are_functions_of_the_seed():
    stream = numbers(100).shuffle(seed=9).to_stream()
    orders = [values(stream.epoch(number)) for number in range(3)]
    assert values(numbers(100).shuffle(seed=9)) == orders[0]
    for order in orders:
        assert values(stream) == order
        stream.reset()
    assert values(numbers(100).to_stream().shuffle(10, seed=2).epoch(1)) == values(
        numbers(100).to_stream().shuffle(10, seed=2).epoch(1)
    )


def test_a_random_slice_of_a_buffer_is_one_place():
    buffer = dx.buffer_from_vector([{"x": np.arange(10**6)}]).random_slice("x", 0, 1)
    assert buffer[0]["x"] == buffer[0]["x"]
    stream = buffer.to_stream()
    first = next(stream)["x"][0]
    stream.reset()
    assert next(stream)["x"][0] != first


@pytest.mark.parametrize("wrong", [-1, 2**64])
def test_seeds_that_cannot_be(wrong):
    with pytest.raises(ValueError):
        numbers(3).shuffle(seed=wrong)


def test_a_seed_is_an_integer():
    for wrong in (1.5, "1"):
        with pytest.raises(TypeError):
            numbers(3).shuffle(seed=wrong)


def test_functions_get_a_generator_that_depends_on_seed_epoch_and_row():
    def draw(x, rng):
        return int(x) * 1000 + int(rng.integers(1000))

    samples = dx.buffer_from_vector([{"x": i} for i in range(20)])
    drawn = samples.key_transform("x", draw, rng=True, seed=3)

    def epoch(number, change=lambda stream: stream):
        return [int(s["x"]) for s in change(drawn.to_stream()).epoch(number)]

    assert [x // 1000 for x in epoch(0)] == list(range(20))
    assert len({x % 1000 for x in epoch(0)}) > 10
    assert epoch(0) == [int(s["x"]) for s in drawn] != epoch(1) == epoch(1)
    assert epoch(1) == epoch(1, lambda stream: stream.prefetch(4, 3))
    # The numbers depend on the row, for any index and any batch.
    assert sorted(int(s["x"]) for s in drawn.shuffle(seed=1)) == sorted(epoch(0))
    assert [x for b in drawn.to_stream().batch(7).epoch(2) for x in b["x"].tolist()] == epoch(2)
    assert [int(s["x"]) for s in drawn.skip(5)] == epoch(0)[5:]
    other = samples.key_transform("x", draw, rng=True, seed=4)
    assert [int(s["x"]) for s in other] != epoch(0)
    repeated = [int(s["x"]) for s in drawn.to_stream().repeat(1)]
    assert repeated == epoch(0) + epoch(1)
    batches = samples.batch(5).key_transform("x", lambda x, rng: x + rng.integers(1000, size=5), rng=True, seed=1)
    assert batches[1]["x"].tolist() == batches[1]["x"].tolist() != batches[0]["x"].tolist()
    with pytest.raises(TypeError, match="rng=True"):
        samples.key_transform("x", draw, seed=3)
    with pytest.raises(TypeError, match="positional"):
        samples.key_transform("x", lambda x: x, rng=True)


def moved(sample, rng):
    assert set(sample) == {"name", "x"}
    return {"x": int(sample["x"]) * 1000 + int(rng.integers(1000)), "name": sample["name"] + "!"}


def kept(sample, rng):
    return rng.random() < 0.5


@pytest.mark.parametrize("method, func", [("sample_transform", moved), ("filter", kept)])
def test_functions_of_samples_get_a_generator(method, func):
    samples = dx.buffer_from_vector([{"name": str(i), "x": i} for i in range(40)])

    def epoch(number, change=lambda stream: stream, seed=3):
        stream = change(getattr(samples.to_stream(), method)(func, rng=True, seed=seed))
        assert stream.keys() == (["x", "name"] if func is moved else ["name", "x"])
        return [int(s["x"]) for s in stream.epoch(number)]

    assert epoch(0) == epoch(0) != epoch(1) == epoch(1) and epoch(0) != epoch(0, seed=4)
    for sizes in ((1, 1), (4, 3), (16, 2)):
        assert epoch(1) == epoch(1, lambda stream, sizes=sizes: stream.prefetch(*sizes))
    again = epoch(0, lambda stream: stream.repeat(1))
    assert again == epoch(0) + epoch(1)
    assert epoch(2, lambda stream: pickle.loads(pickle.dumps(stream))) == epoch(2)
    # On a buffer, the epoch is 0, and the numbers depend on the row, for any index.
    drawn = getattr(samples, method)(func, rng=True, seed=3)
    assert [int(s["x"]) for s in drawn] == epoch(0)
    shuffled = getattr(samples.shuffle(seed=1).to_stream(), method)(func, rng=True, seed=3)
    assert sorted(int(s["x"]) for s in shuffled) == sorted(epoch(0))
    batches = [
        x for b in getattr(samples.to_stream(), method)(func, rng=True, seed=3).batch(7).epoch(1) for x in b["x"]
    ]
    assert [int(x) for x in batches] == epoch(1)
    if func is moved:
        assert sorted(int(s["x"]) for s in drawn.shuffle(seed=1)) == sorted(epoch(0))
    twin = getattr(samples, method + "_if")(True, func, rng=True, seed=3)
    assert [int(s["x"]) for s in twin] == epoch(0)
    with pytest.raises(TypeError, match="rng=True"):
        getattr(samples, method)(func, seed=3)
    with pytest.raises(TypeError, match="positional"):
        getattr(samples, method)(lambda sample: sample, rng=True)
    with pytest.raises(ZeroDivisionError):
        getattr(samples, method)(lambda sample, rng: 1 // 0, rng=True)
    assert getattr(samples.take(0), method)(func, rng=True).keys() == ["name", "x"]
    with pytest.raises(ValueError, match="colonnade.identity"):
        getattr(samples.rename_key("name", "colonnade.identity"), method)(func, rng=True)


def test_generators_of_functions_by_step():
    samples = dx.buffer_from_vector([{"x": i} for i in range(30)])
    one = samples.key_transform("x", lambda x, rng: int(rng.integers(10**9)), rng=True, seed=7)
    other = samples.sample_transform(lambda s, rng: {"x": int(rng.integers(10**9))}, rng=True, seed=7)
    assert [int(s["x"]) for s in one] == [int(s["x"]) for s in other]
    chain = samples.filter(kept, rng=True, seed=1).sample_transform(
        lambda s, rng: {"x": int(rng.integers(99))}, rng=True
    )
    assert [int(s["x"]) for s in chain] == [int(s["x"]) for s in chain] and chain.keys() == ["x"]
