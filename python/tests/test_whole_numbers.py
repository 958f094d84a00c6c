# SPDX-License-Identifier: Apache-2.0
"""Whole numbers keep their digits, and finite numbers stay finite, from every kind of source."""

from __future__ import annotations

import itertools
import pathlib
from collections.abc import Callable
from typing import Any

import colonnade as dx
import numpy as np
import pytest

#: The first whole numbers that float64 and float32 do not have.
LARGE, MIDDLE = 2**53 + 1, 2**24 + 1

SOURCES: dict[str, Callable[[list[Any]], Any]] = {
    "list": lambda values: [{"x": value} for value in values],
    "generator": lambda values: ({"x": value} for value in values),
    "dict of lists": lambda values: {"x": values},
    "dict of tuples": lambda values: {"x": tuple(values), "y": np.zeros(len(values))},
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> Callable[[list[Any]], Any]:
    return SOURCES[request.param]


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


def rows(buffer: dx.Buffer) -> list[Any]:
    return [sample["x"].tolist() for sample in buffer]


@pytest.mark.parametrize(
    "whole, other",
    [(LARGE, 0.5), (-LARGE, 0.5), (2**63 + 1, 0.5), (np.int64(LARGE), np.float64(0.5)), (LARGE, np.float32(0.5)),
     (np.array([LARGE]), np.array([0.5])), ([LARGE], [0.5]), ([[1, LARGE]], [[0.5, 1]]), (MIDDLE, np.float32(0.5)),
     (np.array([2**63 + 1], np.uint64), np.array([0.5])), (2**62 + 1, np.float16(0.5))],
)  # fmt: skip
def test_digits_are_not_lost_beside_floats(path: pathlib.Path, source: Any, whole: Any, other: Any) -> None:
    for place, values in ((0, [whole, other]), (1, [other, whole]), (1199, [other] * 1199 + [whole])):
        # An array of integers settles the type, so that the floats after it do not fit.
        with pytest.raises(ValueError, match=f'row ({place}|1), column "x": the (whole number|value is)'):
            dx.ingest(source(values), path)
        assert not path.exists()


def test_whole_numbers_that_fit_are_kept_beside_floats(path: pathlib.Path, source: Any) -> None:
    values = [2**53, 0.5, -(2**53), 2**60, 2**63, 3]
    buffer = dx.ingest(source(values), path)
    assert buffer.dtypes["x"] == "float64" and [int(x) if x != 0.5 else x for x in rows(buffer)] == values


def test_lists_of_numbers_keep_their_digits(path: pathlib.Path, source: Any) -> None:
    for value in ([LARGE, 0.5], [0.5, LARGE], [[1, 2], [0.5, LARGE]], (0.5, np.int64(LARGE)), [2**63 + 1, 0.5],
                  [np.array([LARGE]), np.array([0.5])]):  # fmt: skip
        with pytest.raises(ValueError, match='row 0, column "x": the whole number .* does not fit float64'):
            dx.ingest(source([value]), path)
        with pytest.raises(ValueError, match="does not fit float64"):
            dx.buffer_from_vector([{"x": value}])
    for value in ([2**63, -1], [np.uint64(2**63), np.int64(-1)], [np.uint64(1), 1], [2**64, 1]):
        with pytest.raises(ValueError):
            dx.ingest(source([value]), path)
    assert rows(dx.ingest(source([[2**53, 0.5]]), path)) == [[2.0**53, 0.5]]


def test_integers_of_64_bits_without_a_sign(path: pathlib.Path, source: Any) -> None:
    assert rows(dx.ingest(source([2**63, 1]), path)) == [2**63, 1]
    for values in ([1, 2**64 - 1], [2**63], [[2**63], [2]]):
        buffer = dx.ingest(source(values), path, overwrite=True)
        assert buffer.dtypes["x"] == "uint64" and rows(buffer) == values
    assert rows(dx.ingest(source([2**63]), path, overwrite=True, schema={"x": "uint64"})) == [2**63]
    for values in ([2**63, -1], [-1, 2**63]):
        with pytest.raises(ValueError, match='row [01], column "x": a value .* does not fit uint64'):
            dx.ingest(source(values), path, overwrite=True)
    with pytest.raises(ValueError, match="a value .9223372036854775808. does not fit int64"):
        dx.ingest(source([2**63]), path, overwrite=True, schema={"x": "int64"})
    with pytest.raises(ValueError, match="64 bits"):
        dx.ingest(source([2**64]), path, overwrite=True)
    assert dx.buffer_from_vector([{"x": 2**63}])[0]["x"].tolist() == 2**63
    with pytest.raises(ValueError, match="64 bits"):
        dx.buffer_from_vector([{"x": 2**64}])


@pytest.mark.parametrize(
    "dtype, value, fits",
    [("float32", MIDDLE, False), ("float32", -MIDDLE, False), ("float32", MIDDLE + 1, True), ("float64", LARGE, False),
     ("float64", 2**63, True), ("float32", 2**63 + 1, False), ("float16", 2049, False), ("float16", 2050, True),
     ("float16", 70000, False), ("float16", 7e4, False), ("float16", 65504.0, True), ("float32", 1e39, False),
     ("float32", -1e39, False), ("float32", 3.4e38, True), ("float32", float("inf"), True), ("float16", 0.1, True),
     ("int8", 128, False), ("uint64", -1, False), ("int64", 2**63, False), ("bool", 2, False)],
)  # fmt: skip
def test_declared_types(path: pathlib.Path, source: Any, dtype: str, value: Any, fits: bool) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    kind = np.uint64 if value == 2**63 or value == 2**63 + 1 else None
    array = np.array([value], kind)
    sources = [source([value]), source([[value]]), source([array]), {"x": array}, pyarrow.table({"x": array})]
    for given, shape in zip(sources, ("", "[1]", "[1]", "", "")):
        schema = {"x": dtype + shape}
        if fits:
            got = np.ravel(rows(dx.ingest(given, path, overwrite=True, schema=schema)))
            assert got.tolist() == [np.dtype(dtype).type(value)]
        else:
            with pytest.raises(ValueError, match='column "x": |"x"'):
                dx.ingest(given, path, overwrite=True, schema=schema)


def test_writers_and_fills(path: pathlib.Path) -> None:
    with dx.Writer(path, {"x": "float32"}) as writer:
        for value in (MIDDLE, np.int64(MIDDLE), 1e39, np.float64(1e39)):
            with pytest.raises(ValueError, match='row 0, column "x": the '):
                writer.append({"x": value})
        writer.append({"x": 0.1})
    assert rows(dx.open(path)) == [float(np.float32(0.1))]
    with dx.Writer(path, append=True) as writer, pytest.raises(ValueError, match='column "x": the whole number'):
        writer.append({"x": MIDDLE})
    for fill, values in itertools.product((LARGE, 2**63 + 1), ([0.5, None], [None, 0.5])):
        with pytest.raises(ValueError, match='column "x": .*the whole number'):
            dx.ingest([{"x": value} for value in values], path, overwrite=True, fill={"x": fill})


def test_truth_values_are_no_numbers(path: pathlib.Path, source: Any) -> None:
    for values in itertools.permutations((True, np.uint8(2), 1.5), 2):
        if any(isinstance(value, bool) for value in values):
            with pytest.raises(ValueError, match='row 1, column "x": .*bool'):
                dx.ingest(source(list(values)), path)
    for values in itertools.permutations((np.bool_(True), np.uint8(2))):
        with pytest.raises(ValueError, match='row 1, column "x": .*bool'):
            dx.ingest(source(list(values)), path)
