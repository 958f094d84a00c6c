# SPDX-License-Identifier: Apache-2.0
"""Tests of operations of buffers and streams, each on both."""

from __future__ import annotations

import colonnade as dx
import numpy as np
import pytest


@pytest.fixture(params=["buffer", "stream"])
def one(request):
    """Makes a sample, and returns the result of an operation for it."""

    def run(sample, operation):
        buffer = dx.buffer_from_vector([sample])
        return next(iter(operation(buffer if request.param == "buffer" else buffer.to_stream())))

    return run


MATRIX = np.arange(6, dtype="int32").reshape(2, 3)


def refused(operation, sample=None, error=RuntimeError):
    for kind in (lambda b: b, lambda b: b.to_stream()):
        with pytest.raises(error):
            next(iter(operation(kind(dx.buffer_from_vector([sample or {"x": MATRIX}])))))


def test_output_keys(one):
    made = one({"x": 1}, lambda d: d.key_transform("x", lambda x: x + 1, "y"))
    assert (int(made["x"]), int(made["y"])) == (1, 2)
    made = one({"x": 1, "y": 5}, lambda d: d.key_transform("x", lambda x: x + 1, output_key="y"))
    assert (int(made["x"]), int(made["y"])) == (1, 2)
    assert set(one({"x": MATRIX}, lambda d: d.squeeze("x", output_key="y"))) == {"x", "y"}
    assert set(one({"x": MATRIX}, lambda d: d.shard("x", 2, "y"))) == {"x", "y"}
    assert set(one({"x": MATRIX}, lambda d: d.cast("x", "float32", "y"))) == {"x", "y"}
    assert set(one({"x": MATRIX}, lambda d: d.reshape("x", [6], "y"))) == {"x", "y"}
    assert set(one({"x": 1}, lambda d: d.one_hot("x", 3, output_key="y"))) == {"x", "y"}


def test_a_missing_key_is_reported_by_the_call_that_names_it():
    for buffer in (dx.buffer_from_vector([{"x": 1}]), dx.buffer_from_vector([{"x": 1}]).to_stream()):
        for call in (
            lambda d: d.key_transform("y", len), lambda d: d.squeeze("y"), lambda d: d.filter_key("y"),
            lambda d: d.rename_key("y", "z"), lambda d: d.cast("y", "int8"), lambda d: d.shape("y", "s"),
        ):  # fmt: skip
            with pytest.raises(KeyError, match="y") as caught:
                call(buffer)
            assert isinstance(caught.value, RuntimeError)


def test_wrong_types_of_arguments():
    for call in (
        lambda d: d.key_transform("x", 5), lambda d: d.sample_transform(None), lambda d: d.key_transform(5, len),
        lambda d: d.pad("x", 0, 1.5, 0, 0), lambda d: d.pad("x", 0, 1, 0, "a"), lambda d: d.slice("x", "a", 0, 0),
        lambda d: d.partition(2.0, 0), lambda d: d.replace("x", 5, "a"), lambda d: d.cast("x", "nonsense"),
        lambda d: d.take("1"), lambda d: d.filter(3), lambda d: d.select(3), lambda d: d.cast("x", None),
    ):  # fmt: skip
        refused(call, error=TypeError)


def test_sample_transform(one):
    made = one({"x": 1}, lambda d: d.sample_transform(lambda s: {"y": s["x"] + 1, "z": [1.5]}))
    assert (int(made["y"]), made["z"].tolist()) == (2, [1.5])
    for wrong in (None, 5):
        refused(lambda d, wrong=wrong: d.sample_transform(lambda s: wrong), error=TypeError)


def test_an_empty_dict_drops_a_sample_of_a_stream_and_is_an_error_of_a_buffer():
    buffer = dx.buffer_from_vector([{"x": i} for i in range(4)])
    odd = lambda s: s if s["x"] % 2 else {}  # noqa: E731
    assert [int(s["x"]) for s in buffer.to_stream().sample_transform(odd)] == [1, 3]
    assert [s["x"].tolist() for s in buffer.to_stream().sample_transform(odd).batch(2)] == [[1, 3]]
    made = buffer.skip(1).sample_transform(odd)
    assert made[0]["x"] == 1
    with pytest.raises(RuntimeError):
        made[1]


def test_functions_that_give_something_else_later_are_refused_with_key_and_row():
    buffer = dx.buffer_from_vector([{"x": i} for i in range(4)])
    made = buffer.key_transform("x", lambda x: x if x < 2 else float(x))
    with pytest.raises(ValueError) as caught:
        made[2]
    assert "x" in str(caught.value)


def test_functions_do_not_change_the_data():
    original = np.zeros(2)
    buffer = dx.buffer_from_vector([{"x": original}])
    try:
        buffer.key_transform("x", lambda x: x.__iadd__(1))[0]
    except ValueError:
        pass  # read-only
    assert original.tolist() == [0, 0]


def test_filter_by_shape():
    buffer = dx.buffer_from_vector([{"x": np.zeros((2, n))} for n in range(1, 6)])
    for kind in (buffer, buffer.to_stream()):
        assert [s["x"].shape[1] for s in kind.filter_by_shape("x", 1, 2, 4)] == [2, 3, 4]
    assert [s["x"].shape[1] for s in buffer.to_stream().filter_by_shape("x", -1, high=2)] == [1, 2]
    assert len(list(buffer.to_stream().filter_by_shape("x", 0))) == 5
    with pytest.raises(RuntimeError):
        buffer.to_stream().filter_by_shape("x", 2)


def test_keys(one):
    sample = {"a": 1, "b": 2, "c": 3}
    assert set(one(sample, lambda d: d.filter_key("a"))) == {"a"}
    assert set(one(sample, lambda d: d.filter_key("a", remove=True))) == {"b", "c"}
    made = one(sample, lambda d: d.rename_key("a", "b"))
    assert {key: int(value) for key, value in made.items()} == {"b": 1, "c": 3}
    refused(lambda d: d.filter_key("x", remove=True))


def test_shape(one):
    assert one({"x": MATRIX}, lambda d: d.shape("x", "s"))["s"].tolist() == [2, 3]
    made = one({"x": MATRIX}, lambda d: d.shape("x", "s", -1))["s"]
    assert (made.shape, made.dtype, int(made)) == ((), np.int64, 3)
    for wrong in (2, -3, -99999999):
        refused(lambda d, wrong=wrong: d.shape("x", "s", wrong))


def test_squeeze(one):
    value = np.zeros((1, 2, 1))
    assert one({"x": value}, lambda d: d.squeeze("x"))["x"].shape == (2,)
    assert one({"x": value}, lambda d: d.squeeze("x", []))["x"].shape == (2,)
    assert one({"x": value}, lambda d: d.squeeze("x", 0))["x"].shape == (2, 1)
    assert one({"x": value}, lambda d: d.squeeze("x", [0, -1]))["x"].shape == (2,)
    refused(lambda d: d.squeeze("x", 0))
    refused(lambda d: d.squeeze("x", 5))


def test_shard_cuts_values_or_chooses_samples(one):
    assert one({"x": np.arange(6)}, lambda d: d.shard("x", 2))["x"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert one({"x": 5}, lambda d: d.shard("x", 2))["x"].tolist() == 5
    for wrong in (4, 0, -1):
        refused(lambda d, wrong=wrong: d.shard("x", wrong))
    buffer = dx.buffer_from_vector([{"x": i} for i in range(7)])
    for kind in (buffer, buffer.to_stream()):
        assert [int(s["x"]) for s in kind.shard(1, 3)] == [1, 4]
    assert [int(s["x"]) for s in buffer.shard(rank=1, of=3)] == [1, 4]
    masked = list(buffer.shard(2, 4, remainder="mask", mask_key="own"))
    assert [bool(s["own"]) for s in masked] == [True, True]
    assert len(buffer.shard("auto")) == 7
    assert dx.buffer_from_vector([{"auto": [1, 2]}]).shard("auto", 2)[0]["auto"].shape == (2, 1)
    for call in (
        lambda d: d.shard("x"), lambda d: d.shard(1), lambda d: d.shard(), lambda d: d.shard("x", 2, rank=1, of=2),
        lambda d: d.shard(1.5, 2), lambda d: d.shard(rank=1),
    ):  # fmt: skip
        refused(call, error=TypeError)
    for call in (
        lambda d: d.shard(3, 3), lambda d: d.shard(1, 3, remainder="keep"), lambda d: d.shard(0, 2, mask_key="m"),
    ):  # fmt: skip
        refused(call)


def test_slice(one):
    assert one({"x": MATRIX}, lambda d: d.slice("x", 1, 1, 3))["x"].tolist() == [[1, 2], [4, 5]]
    assert one({"x": MATRIX}, lambda d: d.slice("x", [0, -1], [1, 0], [99, 2]))["x"].tolist() == [[3, 4]]
    assert one({"x": MATRIX}, lambda d: d.slice("x", 1, 1, 1))["x"].shape == (2, 0)
    for wrong in ((1, -1, 2), (1, 4, 9), (1, 2, 1), (5, 0, 1), (1, 0, -1)):
        refused(lambda d, wrong=wrong: d.slice("x", *wrong))
    refused(lambda d: d.slice("x", [0, 1], [0], [1]), error=ValueError)


def test_random_slice(one):
    for _ in range(20):
        part = one({"x": np.arange(10)}, lambda d: d.random_slice("x", 0, 4))["x"]
        assert part.shape == (4,) and (np.diff(part) == 1).all()
    assert one({"x": np.arange(3)}, lambda d: d.random_slice("x", 0, 4))["x"].tolist() == [0, 1, 2]
    assert one({"x": MATRIX}, lambda d: d.random_slice("x", [0, 1], [1, 2]))["x"].shape == (1, 2)
    refused(lambda d: d.random_slice("x", [0, 1], [1]), error=ValueError)
    refused(lambda d: d.random_slice("x", 7, 1))


def test_random_slices_are_uniform():
    drawn = dx.buffer_from_vector([{"x": np.arange(5)}] * 5000).random_slice("x", 0, 2, seed=1)
    counts = np.bincount([s["x"][0] for s in drawn], minlength=5)
    assert counts[4] == 0 and (abs(counts[:4] - 1250) < 150).all()


def test_pad(one):
    assert one({"x": MATRIX}, lambda d: d.pad("x", -1, 1, 2, 9))["x"].tolist() == [
        [9, 0, 1, 2, 9, 9], [9, 3, 4, 5, 9, 9],
    ]  # fmt: skip
    assert one({"x": MATRIX}, lambda d: d.pad_to_size("x", 0, 3, -1))["x"].tolist()[2] == [-1] * 3
    assert one({"x": MATRIX}, lambda d: d.pad_to_size("x", 0, 1, 0))["x"].shape == (2, 3)
    assert one({"x": MATRIX}, lambda d: d.pad_to_multiple("x", 1, 2, 0))["x"].shape == (2, 4)
    assert one({"x": np.zeros(0)}, lambda d: d.pad_to_multiple("x", 0, 4, 0))["x"].shape == (0,)
    refused(lambda d: d.pad("x", 0, 0, 1, 1.9))
    for call in (
        lambda d: d.pad("x", 0, -1, 0, 0), lambda d: d.pad("x", 2, 1, 0, 0), lambda d: d.pad_to_multiple("x", 0, 0, 0),
    ):  # fmt: skip
        refused(call)


def test_remove_value(one):
    sample = {"x": np.array([[1, 0, 2, 0], [0, 0, 3, 4]]), "n": np.array([4, 3])}
    made = one(sample, lambda d: d.remove_value("x", "n", -1, 0, -1))
    assert made["x"].tolist() == [[1, 2, -1, -1], [3, -1, -1, -1]] and made["n"].tolist() == [2, 1]
    refused(lambda d: d.remove_value("x", "x", 1, 0))


def test_replace(one):
    def replaced(*arguments):
        return one({"x": b"ababa"}, lambda d: d.replace("x", *arguments))["x"]

    assert replaced("ab", "c").tobytes() == b"cca" and replaced("ab", "c").dtype == np.int8
    assert replaced("ab", "", 1).tobytes() == b"aba"
    assert replaced(b"aba", b"\xff").tobytes() == b"\xffba"
    assert replaced("ab", "Q", 0).tobytes() == b"ababa"
    refused(lambda d: d.replace("x", "", "y"), {"x": b"abc"})
    refused(lambda d: d.replace("x", "a", "y"), {"x": MATRIX})


def test_replace_bytes(one):
    upper = [chr(i).upper() for i in range(128)]
    made = one({"x": b"aZ\xff"}, lambda d: d.replace_bytes("x", upper))["x"]
    assert made.tobytes() == b"AZ" and made.dtype == np.int8
    assert one({"x": np.array([97], "int32")}, lambda d: d.replace_bytes("x", upper))["x"].tobytes() == b"\0\0\0A"[::-1]
    refused(lambda d: d.replace_bytes("x", ["a"] * 257), {"x": b"a"})


def test_cast_scale_normalize_one_hot(one):
    assert one({"x": [0, 255]}, lambda d: d.cast("x", "float32").scale("x", 2, 1))["x"].tolist() == [1, 511]
    assert one({"x": [1.9, -1.9, np.nan, 300]}, lambda d: d.cast("x", np.uint8))["x"].tolist() == [1, 0, 0, 255]
    made = one({"x": np.ones((2, 2), "uint8")}, lambda d: d.normalize("x", [1, 0], [1, 2]))["x"]
    assert made.dtype == np.float32 and made.tolist() == [[0, 0.5], [0, 0.5]]
    assert one({"x": [2, 0]}, lambda d: d.one_hot("x", 3, "int8"))["x"].tolist() == [[0, 0, 1], [1, 0, 0]]
    refused(lambda d: d.one_hot("x", 3))
    refused(lambda d: d.one_hot("x"), {"x": 1})
    refused(lambda d: d.scale("x", 2))
    refused(lambda d: d.normalize("x", 0, 0))
    refused(lambda d: d.normalize("x", 0), error=TypeError)
    for std in (np.inf, -1, np.nan, [1, -np.inf]):
        refused(lambda d, std=std: d.normalize("x", [0] * np.size(std), std))
    for mean in (np.nan, np.inf):
        refused(lambda d, mean=mean: d.normalize("x", mean, 1))
    for name in ("bool", "float16", "uint64", "float64"):
        assert one({"x": [1, 0]}, lambda d, name=name: d.cast("x", name))["x"].dtype == name


def test_bfloat16_needs_ml_dtypes(one):
    pytest.importorskip("ml_dtypes")
    assert one({"x": [1.5]}, lambda d: d.cast("x", "bfloat16"))["x"].astype(float).tolist() == [1.5]


def test_filter():
    buffer = dx.buffer_from_vector([{"x": i} for i in range(10)])
    for kind in (buffer, buffer.to_stream(), buffer.to_stream().prefetch(4, 2)):
        assert [int(s["x"]) for s in kind.filter(lambda s: s["x"] > 6)] == [7, 8, 9]
