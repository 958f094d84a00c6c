# SPDX-License-Identifier: Apache-2.0
"""Tests of the conversion of values."""

from __future__ import annotations

import array

import colonnade as dx
import numpy as np
import pytest
from colonnade._convert import convert


def stored(value):
    return dx.buffer_from_vector([{"x": value}])[0]["x"]


NAMES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()


@pytest.mark.parametrize(
    ("value", "dtype", "shape", "content"),
    [
        (7, "int64", (), 7),
        (True, "int64", (), 1),
        (-(2**63), "int64", (), -(2**63)),
        (1.5, "float64", (), 1.5),
        (b"abc", "int8", (3,), [97, 98, 99]),
        (b"\xff", "int8", (1,), [-1]),
        (b"", "int8", (0,), []),
        (np.bytes_(b"ab"), "int8", (2,), [97, 98]),
        (bytearray(b"\xff\x01"), "uint8", (2,), [255, 1]),
        (memoryview(b"ab"), "uint8", (2,), [97, 98]),
        (array.array("h", [1, -2]), "int16", (2,), [1, -2]),
        (array.array("f", [0.5]), "float32", (1,), [0.5]),
        ([1, 2], "int64", (2,), [1, 2]),
        ((1.0, 2), "float64", (2,), [1, 2]),
        ([], "float64", (0,), []),
        ([[1], [2]], "int64", (2, 1), [[1], [2]]),
        ([True, False], "bool", (2,), [True, False]),
        ([b"ab", b"c"], "int8", (2, 2), [[97, 98], [99, 0]]),
        (np.bool_(True), "bool", (), True),
        (np.float16(0.5), "float16", (), 0.5),
        (np.uint64(2**64 - 1), "uint64", (), 2**64 - 1),
        (np.array([b"ab", b"c"]), "int8", (2, 2), [[97, 98], [99, 0]]),
        (np.array(b"ab"), "int8", (2,), [97, 98]),
        (np.zeros((2, 0)), "float64", (2, 0), [[], []]),
        ([np.float32(1), np.float32(2)], "float32", (2,), [1, 2]),
    ],
)
def test_values_become_what_the_table_says(value, dtype, shape, content):
    for result in (stored(value), convert(value)):
        assert (result.dtype, result.shape, result.tolist()) == (np.dtype(dtype), shape, content)
        assert result.flags.c_contiguous


@pytest.mark.parametrize("name", NAMES)
def test_every_data_type_in_every_layout(name):
    original = np.arange(24).reshape(2, 3, 4).astype(name)
    read_only = original.copy()
    read_only.flags.writeable = False
    for value in (
        original, original.T, original[:, ::2], original[::-1], np.asfortranarray(original), read_only,
        original.astype(original.dtype.newbyteorder(">")), original.astype(original.dtype.newbyteorder(">")).T,
        original[0, 0, 0], np.broadcast_to(original[:1], (5, 3, 4)),
    ):  # fmt: skip
        for result in (stored(value), convert(value)):
            assert result.dtype == original.dtype and result.dtype.isnative
            assert result.shape == value.shape
            assert np.array_equal(result, value)


def test_canonical_arrays_are_shared_and_not_copied():
    original = np.arange(100.0)
    assert convert(original) is original
    buffer = dx.buffer_from_vector([{"x": original}])
    original[0] = 9
    assert buffer[0]["x"][0] == 9


def test_nothing_that_comes_out_can_change_the_data():
    samples = dx.buffer_from_vector([{"x": np.zeros(200)} for _ in range(2)])
    for buffer in (samples, samples.batch(2), samples.shuffle().batch(2), samples.key_transform("x", lambda x: x)):
        result = buffer[0]["x"]
        if result.flags.writeable:
            result += 1
        assert not buffer[0]["x"].any() and not samples[0]["x"].any()
    assert samples.shuffle().batch(2)[0]["x"].flags.writeable


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (["a", 1], "int"),
        ([["a"], ["b", "c"]], "ragged"),
        (np.array(["a", None], object), "NoneType"),
        ("\ud800", "surrogate"),
        (["\ud800"], "surrogate"),
        (None, "None"),
        ({"a": 1}, "dict"),
        ({1}, "set"),
        (object(), "object"),
        ([1, None], "objects"),
        ([[1], [2, 3]], "ragged"),
        (np.array([object()]), "objects"),
        (2**64, "64 bits"),
        (-(2**63) - 1, "64 bits"),
        ([2**63, -1], "64 bits"),
        (1j, "complex"),
        (np.array([1j]), "real"),
        (np.array(["2020-01-01"], "datetime64[D]"), "int64"),
        (np.zeros(1, [("a", int)]), "fields"),
        (np.ma.masked_array([1], [True]), "mask"),
        (np.longdouble(1), "float32"),
        (array.array("u", "a"), "encode"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_other_values_are_a_value_error_with_a_remedy(value, remedy):
    with pytest.raises(ValueError, match=remedy):
        stored(value)
    if not isinstance(value, (str, list, np.ndarray)):
        with pytest.raises(ValueError, match=remedy):
            convert(value)
    with pytest.raises(ValueError) as caught:
        dx.buffer_from_vector([{"good": 1, "bad": 1}, {"good": 1, "bad": value}])
    assert "bad" in str(caught.value) and "1" in str(caught.value)


class Arraylike:
    def __array__(self, dtype=None, copy=None):
        return np.array([1, 2], ">i2")


def test_objects_with_an_array_interface():
    assert stored(Arraylike()).tolist() == [1, 2]
    assert stored(Arraylike()).dtype == np.int16


def test_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    original = np.array([1.5, -2], ml_dtypes.bfloat16)
    result = stored(original)
    assert result.dtype == original.dtype and np.array_equal(result, original)
    with pytest.raises(ValueError, match="cast"):
        stored(original.astype(ml_dtypes.float8_e4m3fn))


def test_torch():
    torch = pytest.importorskip("torch")
    assert stored(torch.arange(4).reshape(2, 2).T).tolist() == [[0, 2], [1, 3]]
    assert stored(torch.ones(2, requires_grad=True)).dtype == np.float32
    assert stored([torch.tensor(1.0), torch.tensor(2.0)]).tolist() == [1, 2]
    pytest.importorskip("ml_dtypes")
    half = stored(torch.tensor([1.5, -2], dtype=torch.bfloat16))
    assert half.dtype.name == "bfloat16" and half.astype("float32").tolist() == [1.5, -2]


def test_mlx():
    mx = pytest.importorskip("mlx.core")
    assert stored(mx.array([1, 2], dtype=mx.int64)).dtype == np.int64
    pytest.importorskip("ml_dtypes")
    half = stored(mx.array([1.5, -2], dtype=mx.bfloat16))
    assert half.dtype.name == "bfloat16" and half.astype("float32").tolist() == [1.5, -2]


def test_images():
    image = pytest.importorskip("PIL.Image").new("L", (3, 2), 7)
    assert stored(image).tolist() == [[7, 7, 7], [7, 7, 7]]
    assert stored(np.asarray(image)).dtype == np.uint8


def test_functions_give_values_that_are_converted_alike():
    buffer = dx.buffer_from_vector([{"x": 3}])
    assert buffer.key_transform("x", lambda x: b"ab")[0]["x"].tolist() == [97, 98]
    assert buffer.key_transform("x", lambda x: True)[0]["x"].dtype == np.int64
    assert buffer.key_transform("x", lambda x: np.ones((2, 3)).T)[0]["x"].shape == (3, 2)
    assert buffer.sample_transform(lambda s: {"y": [1.0]})[0]["y"].tolist() == [1]
    assert buffer.key_transform("x", lambda x: "text")[0]["x"] == "text"
    with pytest.raises(ValueError, match="None"):
        buffer.key_transform("x", lambda x: None)[0]
