# SPDX-License-Identifier: Apache-2.0
"""Tests of batches, against a model in NumPy."""

from __future__ import annotations

import random

import colonnade as dx
import numpy as np
import pytest
from conftest import numbers, values


def model(arrays, pad, dim=None):
    """Returns arrays stacked, or joined along `dim`, with each axis padded to the largest by `pad`."""
    if dim is None:
        shape = np.max([a.shape for a in arrays], axis=0).astype(int) if arrays[0].ndim else ()
        result = np.full((len(arrays), *shape), pad, arrays[0].dtype)
        for place, a in enumerate(arrays):
            result[(place, *map(slice, a.shape))] = a
        return result
    shape = np.max([a.shape for a in arrays], axis=0).astype(int)
    padded = []
    for a in arrays:
        own = shape.copy()
        own[dim] = a.shape[dim]
        block = np.full(own, pad, a.dtype)
        block[tuple(map(slice, a.shape))] = a
        padded.append(block)
    return np.concatenate(padded, axis=dim)


@pytest.mark.parametrize("seed", range(150))
def test_ragged_batches_are_those_of_the_model(seed):
    chance = random.Random(seed)
    rank, count, size = chance.randint(0, 3), chance.randint(1, 9), chance.randint(1, 5)
    dtype = chance.choice(["int8", "uint8", "int16", "int64", "float32", "float64", "uint32"])
    least = 0 if rank > 1 else 1
    shapes = [[chance.randint(least, 4) for _ in range(rank)] for _ in range(count)]
    arrays = [np.random.default_rng(seed).integers(0, 100, shape).astype(dtype) for shape in shapes]
    pad = chance.choice([0, 1, 7])
    dim = chance.randint(-rank, rank - 1) if rank and chance.random() < 0.5 else None
    buffer = dx.buffer_from_vector([{"x": a} for a in arrays])
    options = {"pad": {"x": pad}, **({} if dim is None else {"dim": {"x": dim}})}
    expected = [model(arrays[i : i + size], pad, dim) for i in range(0, count, size)]
    for found in (
        list(buffer.batch(size, **options)),
        list(buffer.to_stream().batch(size, **options)),
        list(buffer.to_stream().batch(size, **options).prefetch(3, 2)),
    ):
        assert len(found) == len(expected)
        for batch, right in zip(found, expected):
            assert batch["x"].dtype == right.dtype and batch["x"].shape == right.shape
            assert np.array_equal(batch["x"], right)


def test_scalars_bytes_and_the_short_last_batch():
    buffer = dx.buffer_from_vector([{"n": i, "b": b"x" * i} for i in range(5)])
    batches = list(buffer.batch(2))
    assert values(batches, "n") == [[0, 1], [2, 3], [4]]
    assert batches[0]["b"].tolist() == [[0], [120]] and batches[0]["b"].dtype == np.int8
    assert values(buffer.batch(2, drop_last=True), "n") == [[0, 1], [2, 3]]
    assert values(buffer.to_stream().batch(2, drop_last=True), "n") == [[0, 1], [2, 3]]


#: For each data type, numbers that it holds and numbers that it does not.
PADDING = {
    "bool": ((0, 1, True), (2, -1, 0.5)),
    "uint8": ((0, 255), (-1, 256, 1.5, float("nan"), float("inf"))),
    "int8": ((-128, 127), (-129, 128)),
    "uint16": ((0, 65535), (-100, 70000, 1.5)),
    "int16": ((-32768, 32767), (-32769, 32768)),
    "uint32": ((0, 2**32 - 1), (-1, 2**32)),
    "int32": ((-(2**31), 2**31 - 1), (-(2**31) - 1, 2**31, -0.5)),
    "uint64": ((0, 2**53, 2**63), (-1, 2**53 + 1, 2**64 - 1, 2.0**64)),
    "int64": ((-(2**63), 2**53), (2**53 + 1, np.int64(2**53 + 1), 2.0**63)),
    "float16": ((-65504, 2048, 0.1, float("-inf"), float("nan")), (70000, 2049, 1e-9)),
    "float32": ((2**24, -1e30, 0.1, 1e-40), (2**24 + 1, 1e39, 1e-50)),
    "float64": ((2**53, 1e300, 5e-324), (2**53 + 1, np.uint64(2**53 + 1), 10**400)),
}


@pytest.mark.parametrize("dtype", PADDING)
def test_padding_is_a_number_that_the_data_type_holds(dtype):
    samples = dx.buffer_from_vector([{"x": np.zeros(n, dtype)} for n in (1, 2)])
    held, refused = PADDING[dtype]
    stream = samples.to_stream()
    ways = [
        lambda pad: samples.batch(2, pad={"x": pad})[0]["x"][0],
        lambda pad: samples.batch([2], pad={"x": pad})[0]["x"][0],
        lambda pad: samples.dynamic_batch("x", max_data_size=4, pad={"x": pad})[0]["x"][0],
        lambda pad: next(stream.batch(2, pad={"x": pad}).epoch(0))["x"][0],
        lambda pad: next(stream.dynamic_batch(2, "x", max_data_size=4, pad={"x": pad}).epoch(0))["x"][0],
        lambda pad: next(stream.pack("x", 4, pad={"x": pad}).epoch(0))["x"][2:],
        lambda pad: samples.pad("x", 0, 0, 1, pad)[0]["x"],
        lambda pad: samples.pad_to_size("x", 0, 2, pad)[0]["x"],
        lambda pad: samples.pad_to_multiple("x", 0, 2, pad)[0]["x"],
    ]
    for way in ways:
        for pad in held:
            expected = np.array(pad, dtype)
            assert np.array_equal(way(pad)[1], expected, equal_nan=expected.dtype.kind == "f"), pad
        for pad in refused:
            # The message has the key or the argument, and the number.
            with pytest.raises(ValueError, match="x.*|pad.*"):
                way(pad)


def test_errors_of_padding():
    samples = dx.buffer_from_vector([{"x": np.zeros(2, "uint16")}])
    with pytest.raises(ValueError, match='"x" .*cannot be padded with -100: uint16 holds whole .* from 0 to 65535'):
        samples.batch(1, pad={"x": -100})
    with pytest.raises(ValueError, match="float32 rounds it to 16777216"):
        samples.cast("x", "float32").pad("x", 0, 1, 0, 2**24 + 1)
    with pytest.raises(ValueError, match="pad.*9007199254740993"):
        samples.cast("x", "int64").batch(1, pad={"x": 2**53 + 1})


def test_values_that_are_removed_are_not_rounded():
    rows = {"x": np.array([16777216.0, 2], "float32"), "n": np.array(2)}
    samples = dx.buffer_from_vector([rows])
    assert samples.remove_value("x", "n", 0, 2**24)[0]["x"].tolist() == [2, 0]
    assert samples.remove_value("x", "n", 0, 2**24 + 1)[0]["x"].tolist() == [16777216, 2]
    with pytest.raises(ValueError, match="cannot be padded"):
        samples.remove_value("x", "n", 0, 2, pad=1e39)


def test_numbers_that_are_computed_with_stay_what_they_are():
    samples = dx.buffer_from_vector([{"x": np.array([1e-30], "float32"), "y": np.array([1.0])}])
    for factor in (1e39, 1e-50):
        with pytest.raises(ValueError, match="float32"):
            samples.scale("x", factor)
        assert samples.scale("y", factor)[0]["y"].tolist() == [factor]
    with pytest.raises(ValueError, match="float32"):
        samples.normalize("x", 0, 1e-45)
    # Two representable factors are not combined to one that is not.
    assert samples.scale("x", 1e30).scale("x", 1e30)[0]["x"].tolist() == pytest.approx([1e30])
    with pytest.raises(ValueError, match="by.*9007199254740993"):
        samples.scale("y", 2**53 + 1)


def test_sizes_in_a_list(ten):
    assert values(ten.batch([1, 3])) == [[0], [1, 2, 3]]
    assert values(ten.batch((4, 6))) == [[0, 1, 2, 3], [4, 5, 6, 7, 8, 9]]
    with pytest.raises(RuntimeError):
        ten.batch([5, 6])
    with pytest.raises(RuntimeError):
        ten.batch([0])
    with pytest.raises(TypeError):
        ten.to_stream().batch([1, 3])
    with pytest.raises(ValueError):
        ten.batch([1], drop_last=True)


def test_bad_arguments(ten):
    for kind in (ten, ten.to_stream()):
        for wrong in (0, -1):
            with pytest.raises(RuntimeError):
                kind.batch(wrong)
        for wrong in (1.5, "2", None):
            with pytest.raises(TypeError):
                kind.batch(wrong)
        with pytest.raises(TypeError):
            kind.batch(2, pad=3)
        with pytest.raises(TypeError):
            kind.batch(2, pad={"x": "y"})
        with pytest.raises(TypeError):
            kind.batch(2, dim={"x": 0.5})
        # Unknown keys are ignored.
        assert kind.batch(2, pad={"y": 1}, dim={"z": 0}).keys() == ["x"]
        with pytest.raises(RuntimeError):
            next(iter(kind.batch(2, dim={"x": 0})))
    matrix = dx.buffer_from_vector([{"x": np.zeros((2, 2))}] * 2)
    for wrong in (2, -3):
        with pytest.raises(RuntimeError):
            matrix.batch(2, dim={"x": wrong})


def test_empty_axes():
    assert dx.buffer_from_vector([{"x": np.zeros((2, 0))}] * 2).batch(2)[0]["x"].shape == (2, 2, 0)


def test_a_batch_that_fails_loses_nothing_else():
    def fail(x):
        if x == 2 and armed:
            raise ArithmeticError("two")
        return x

    armed = False
    stream = numbers(6).to_stream().key_transform("x", fail).batch(2)
    armed = True
    assert next(stream)["x"].tolist() == [0, 1]
    with pytest.raises(ArithmeticError, match="two"):
        next(stream)
    assert next(stream)["x"].tolist() == [4, 5]


SIZES = (3, 1, 2, 4, 1, 2)


def sized(sizes):
    return dx.buffer_from_vector([{"x": np.ones(n), "i": i} for i, n in enumerate(sizes)])


def test_dynamic_batch_of_the_contract():
    buffer = sized(SIZES)
    for made in (
        buffer.dynamic_batch("x", max_data_size=6), buffer.to_stream().dynamic_batch(6, "x", max_data_size=6),
    ):  # fmt: skip
        assert values(made, "i") == [[1, 4, 2], [5, 0], [3]]
    assert values(buffer.dynamic_batch("x"), "i") == [[0, 1, 2, 3, 4, 5]]
    assert values(buffer.to_stream().dynamic_batch(4, "x"), "i") == [[0, 1, 2, 3], [4, 5]]
    # Each window is sorted by itself.
    assert values(buffer.to_stream().dynamic_batch(3, "x", max_data_size=6), "i") == [[1, 2], [0], [4, 5], [3]]
    with pytest.raises(RuntimeError):
        buffer.dynamic_batch("y", max_data_size=6)
    with pytest.raises(RuntimeError):
        buffer.dynamic_batch("y")


def test_outliers():
    buffer = sized((3, 1, 20, 4, 1, 2))
    assert values(buffer.dynamic_batch("x", max_data_size=6), "i") == [[1, 4, 5], [0], [3], [2]]
    assert values(buffer.dynamic_batch("x", max_data_size=6, drop_outliers=True), "i") == [[1, 4, 5], [0], [3]]
    stream = sized((30, 31, 1, 2)).to_stream()
    assert values(stream.dynamic_batch(2, "x", max_data_size=6, drop_outliers=True), "i") == [[2, 3]]


def test_least_sizes():
    buffer = sized((1, 1, 1, 1, 1))
    assert values(buffer.dynamic_batch("x", min_data_size=2, max_data_size=3), "i") == [[0, 1], [2, 3]]
    assert values(buffer.dynamic_batch("x", min_data_size=3), "i") == [[0, 1, 2]]


def test_sizes_of_another_buffer():
    buffer = sized(SIZES)
    shapes = dx.buffer_from_vector([{"x": [7 - n, 1]} for n in SIZES])
    made = buffer.dynamic_batch("x", size_buffer=shapes, max_data_size=6)
    assert values(made, "i") == [[3], [0], [2], [5], [1], [4]]
    with pytest.raises(RuntimeError):
        buffer.dynamic_batch("x", size_buffer=shapes.take(2), max_data_size=6)
    with pytest.raises(RuntimeError):
        buffer.dynamic_batch("x", size_buffer=buffer, max_data_size=6)


@pytest.mark.parametrize("seed", range(30))
def test_dynamic_batches_are_those_of_the_model(seed):
    chance = random.Random(seed)
    sizes = [chance.randint(0, 9) for _ in range(chance.randint(1, 40))]
    limit = chance.randint(1, 20)
    batches: list[list[int]] = [[]]
    for i in sorted(range(len(sizes)), key=lambda i: sizes[i]):
        if batches[-1] and (len(batches[-1]) + 1) * sizes[i] > limit:
            batches.append([])
        batches[-1].append(i)
    found = values(sized(sizes).dynamic_batch("x", max_data_size=limit), "i")
    # Each outlier is a separate batch, also those after the first one.
    assert found == batches


def test_dynamic_batches_shuffled_have_the_same_samples():
    sizes = [random.Random(1).randint(1, 9) for _ in range(100)]
    made = sized(sizes).to_stream().dynamic_batch(50, "x", max_data_size=20, shuffle=True)
    assert sorted(sum(values(made, "i"), [])) == list(range(100))
