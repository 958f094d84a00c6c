# SPDX-License-Identifier: Apache-2.0
"""Tests of the functions of `core` for sequences of ids, against models, and against MLX Data if it is installed."""

from __future__ import annotations

import itertools

import colonnade as dx
import numpy as np
import pytest


def compact(rows, lengths, keep, pad):
    result, sizes = [], []
    for row, length in zip(rows, lengths):
        kept = [value for place, value in enumerate(row[:length]) if keep(row, place)]
        result.append(kept + [pad] * (len(row) - len(kept)))
        sizes.append(len(kept))
    return result, sizes


@pytest.mark.parametrize("seed", range(30))
def test_uniq_and_remove(seed):
    random = np.random.default_rng(seed)
    rows = random.integers(0, 3, (4, random.integers(1, 8)))
    lengths = random.integers(0, rows.shape[1] + 1, 4)
    for found, keep in (
        (dx.core.uniq(rows, lengths, 1, -1), lambda row, at: at == 0 or row[at] != row[at - 1]),
        (dx.core.remove(rows, lengths, -1, 0, -1), lambda row, at: row[at] != 0),
    ):
        assert (found[0].tolist(), found[1].tolist()) == compact(rows.tolist(), lengths, keep, -1)
        assert found[1].dtype == np.int64


def test_a_middle_axis():
    x = np.array([[[0, 1], [2, 0], [0, 3]]])
    values, lengths = dx.core.remove(x, np.full((1, 2), 3), 1, 0, -1)
    assert values.tolist() == [[[2, 1], [-1, 3], [-1, -1]]] and lengths.tolist() == [[1, 2]]
    assert values.flags.c_contiguous


def test_bad_arguments():
    for wrong in ((np.zeros((2, 3)), [3], 1), (np.zeros((2, 3)), [3, 4], 1), (np.zeros((2, 3)), [3, 3], 2)):
        with pytest.raises(RuntimeError):
            dx.core.uniq(*wrong, 0)
    with pytest.raises(TypeError):
        dx.core.levenshtein([1])


def distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return distance(a[1:], b[1:])
    return 1 + min(distance(a[1:], b), distance(a, b[1:]), distance(a[1:], b[1:]))


def test_lengths_of_levenshtein_are_within_the_sequences():
    one, rows = np.array([1, 2, 3]), np.array([[1, 2, 3], [1, 2, 3]])
    for left in (4, 5, -1):
        with pytest.raises(ValueError, match=rf"the length {left} is out of range \(0\.\.\.3\)"):
            dx.core.levenshtein(one, np.array([left]), one, np.array([2]))
        with pytest.raises(ValueError, match=f"the length {left} is out of range"):
            dx.core.levenshtein(rows, np.array([3, 3]), rows, np.array([3, left]))
    with pytest.raises(ValueError, match="2 sequences have 1 lengths"):
        dx.core.levenshtein(rows, np.array([3]), rows, np.array([3, 3]))
    assert dx.core.levenshtein(one, np.array([3]), one, np.array([2])).tolist() == [0, 1, 0]


def test_levenshtein():
    texts = [list(text) for size in range(4) for text in itertools.product([1, 2], repeat=size)]
    for a, b in itertools.product(texts, texts):
        inserted, deleted, changed = dx.core.levenshtein(np.array(a, int), np.array(b, int)).tolist()
        assert deleted + inserted + changed == distance(a, b)
        assert len(a) - deleted + inserted == len(b)
    batch = dx.core.levenshtein(np.array([[1, 2, 9]]), np.array([2]), np.array([[1, 3]]), np.array([2]))
    assert batch.tolist() == [[0, 0, 1]]


def test_the_same_as_mlx_data():
    core = pytest.importorskip("mlx.data").core
    rows = np.random.default_rng(1).integers(0, 3, (5, 6))
    lengths = np.array([6, 0, 3, 1, 5])
    for name, extra in (("uniq", ()), ("remove", (0.0,))):
        theirs, ours = (getattr(module, name)(rows, lengths, 1, *extra, -1.0) for module in (core, dx.core))
        assert all(np.array_equal(left, right) for left, right in zip(theirs, ours))
    random = np.random.default_rng(2)
    for _ in range(2000):
        a, b = (random.integers(0, 4, random.integers(0, 9)) for _ in "ab")
        theirs, ours = (module.levenshtein(a, b) for module in (core, dx.core))
        assert theirs.tolist() == ours.tolist(), (a, b)
    for _ in range(100):
        a, b = (random.integers(0, 4, (3, 7)) for _ in "ab")
        m, n = (random.integers(0, 8, 3) for _ in "ab")
        theirs, ours = (module.levenshtein(a, m, b, n) for module in (core, dx.core))
        assert theirs.tolist() == ours.tolist(), (a, m, b, n)
    theirs, ours = (
        module.levenshtein(np.array([1, 2, 9]), np.array([2]), np.array([1, 3]), np.array([2]))
        for module in (core, dx.core)
    )
    assert theirs.tolist() == ours.tolist() == [0, 0, 1]


def test_padding_that_the_data_type_cannot_hold():
    rows = np.array([[1, 1, 2]], np.uint8)
    assert dx.core.uniq(rows, [3], 1, 255)[0].tolist() == [[1, 2, 255]]
    for wrong in (-1, 256, 1.5, float("nan")):
        with pytest.raises(ValueError, match="uint8 cannot hold"):
            dx.core.uniq(rows, [3], 1, wrong)
        with pytest.raises(ValueError, match="uint8 cannot hold"):
            dx.core.remove(rows, [3], 1, 1, wrong)
    assert dx.core.uniq(rows.astype(np.float32), [3], 1, 0.1)[0].tolist()[0][2] == pytest.approx(0.1)
    with pytest.raises(ValueError, match="float16 cannot hold"):
        dx.core.uniq(rows.astype(np.float16), [3], 1, 70000)


def test_versions():
    assert dx.core.version() == dx.__version__ == dx.core.libs_version()["colonnade"]
    assert dx.core.ArrayType.float.value == "float32" and dx.core.ArrayType.double.value == "float64"
