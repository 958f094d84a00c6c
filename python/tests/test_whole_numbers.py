# SPDX-License-Identifier: Apache-2.0
"""Tests that integers keep their digits, and finite numbers stay finite, from every kind of source."""

from __future__ import annotations

import decimal
import fractions
import itertools
import json
import pathlib
import re
from collections.abc import Callable
from typing import Any

import colonnade as dx
import numpy as np
import pytest

#: The first integers that float64 and float32 do not have.
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
        # An array of integers determines the type, so that later floats do not fit.
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
    for value in ([2**63, -1], [np.uint64(2**63), np.int64(-1)], [2**64, 1], [np.array([2**64 - 1], np.uint64), [-1]]):
        with pytest.raises(ValueError):
            dx.ingest(source([value]), path)
    assert rows(dx.ingest(source([[2**53, 0.5]]), path)) == [[2.0**53, 0.5]]


@pytest.mark.parametrize(
    "value, dtype",
    [([2**64 - 1, 2], "uint64"), ([2, 2**64 - 1], "uint64"), ([[0], [2**64 - 1]], "uint64"), ((2**64 - 1,), "uint64"),
     ([np.uint64(2**64 - 1), 1], "uint64"), ([1, np.uint64(2**64 - 1)], "uint64"), ([np.uint64(1), -1], "int64"),
     ([np.array([2**64 - 1], np.uint64), np.array([7])], "uint64")],
)  # fmt: skip
def test_lists_of_integers_keep_all_64_bits(path: pathlib.Path, source: Any, value: Any, dtype: str) -> None:
    exact = [[int(x) for x in np.ravel(item)] if np.ndim(item) else int(item) for item in value]
    shape = "?,?" if isinstance(exact[0], list) else "?"
    buffer = dx.ingest(source([value, value]), path)
    assert buffer.dtypes["x"] == dtype and rows(buffer) == [exact, exact]
    assert dx.buffer_from_vector([{"x": value}])[0]["x"].tolist() == exact
    assert rows(dx.ingest(source([value]), path, overwrite=True, schema={"x": f"{dtype}[{shape}]"})) == [exact]


@pytest.mark.parametrize("text", [[2**64 - 1, 0], ["[18446744073709551615, 1]", "[2]"]])
def test_text_of_64_bits(path: pathlib.Path, tmp_path: pathlib.Path, text: list[Any]) -> None:
    (tmp_path / "x.jsonl").write_text("".join(f'{{"x": {value}}}\n' for value in text))
    kept = [json.loads(str(value)) for value in text]
    for schema in (None, {"x": "uint64" + "[?]" * isinstance(kept[0], list)}):
        buffer = dx.ingest(tmp_path / "x.jsonl", path, overwrite=True, schema=schema)
        assert buffer.dtypes["x"] == "uint64" and rows(buffer) == kept
    if not isinstance(kept[0], list):
        (tmp_path / "x.csv").write_text("x\n" + "".join(f"{value}\n" for value in text))
        assert rows(dx.ingest(tmp_path / "x.csv", path, overwrite=True)) == kept


def test_fills_are_part_of_what_settles_the_type(path: pathlib.Path, tmp_path: pathlib.Path, source: Any) -> None:
    for fill, dtype in ((2**64 - 1, "uint64"), (-1, "int64"), (0.5, "float64"), (float("inf"), "float64")):
        (tmp_path / "x.jsonl").write_text('{"x": 1}\n{"x": null}\n')
        for given in (source([1, None]), tmp_path / "x.jsonl"):
            buffer = dx.ingest(given, path, overwrite=True, fill={"x": fill})
            assert buffer.dtypes["x"] == dtype and rows(buffer) == [1, fill]
        assert rows(dx.ingest(source([1, 2]), path, overwrite=True, fill={"x": fill})) == [1, 2]
        assert dx.open(path).dtypes["x"] == "int64"
        assert rows(dx.ingest(source([[1, None], [3, 4]]), path, overwrite=True, fill={"x": fill})) == [
            [1, fill],
            [3, 4],
        ]
    for values, fill in (([-1, None], 2**64 - 1), ([LARGE, None], 0.5), ([1, None], True), ([True, None], 2)):
        with pytest.raises(ValueError, match='column "x": (the|a value)'):
            dx.ingest(source(values), path, overwrite=True, fill={"x": fill})
    pyarrow = pytest.importorskip("pyarrow")
    for fill in (decimal.Decimal("0.1"), fractions.Fraction(1, 3), 1j, np.longdouble(0.1)):
        for given in (source([0.5, None]), pyarrow.table({"x": [0.5, None]})):
            with pytest.raises(ValueError, match='column "x"'):
                dx.ingest(given, path, overwrite=True, fill={"x": fill})


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


MIXED: list[Any] = [
    [2, True], [True, 2], (1, False), [[1, 2], [True, 3]], [[True], [2]], [0.5, True], [True, 0.5], [np.bool_(True), 2],
    [np.uint8(2), True], [np.array([1]), np.array([True])], [[[1]], [[True]]], [np.float32(1), np.bool_(False)],
]  # fmt: skip


@pytest.mark.parametrize("value", MIXED, ids=repr)
def test_truth_values_are_no_numbers_in_lists(path: pathlib.Path, source: Any, value: Any) -> None:
    shape = "[?]" if np.ndim(value[0]) == 0 else "[?,?]" if np.ndim(value[0]) == 1 else "[?,?,?]"
    for schema in (None, {"x": "int64" + shape}, {"x": "float32" + shape}, {"x": "bool" + shape}):
        with pytest.raises(ValueError, match='row [01], column "x": a list of bool and numbers'):
            dx.ingest(source([value, value]), path, schema=schema)
    if np.ndim(value[0]) == 0:
        with pytest.raises(ValueError, match="a list of bool and numbers"):
            dx.ingest(source([[*value, None]]), path, fill={"x": 0})
    with pytest.raises(ValueError, match="a list of bool and numbers"):
        dx.buffer_from_vector([{"x": value}])
    with pytest.raises(ValueError, match="a list of bool and numbers"):
        dx.buffer_from_vector([{"x": 0}]).key_transform("x", lambda x: value)
    with dx.Writer(path, {"x": "int64" + shape}) as writer:
        with pytest.raises(ValueError, match='row 0, column "x": a list of bool'):
            writer.append({"x": value})


def test_truth_values_are_no_numbers_in_text_and_objects(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for line, schema in (("[2, true]", None), ("[true, 2]", None), ("[2, true]", {"x": "int64[?]"}),
                         ("[true, 2]", {"x": "bool[?]"}), ("[[1], [true]]", None),
                         ("[0.5, true]", {"x": "float32[?]"})):  # fmt: skip
        (tmp_path / "x.jsonl").write_text(f'{{"x": {line}}}\n')
        with pytest.raises(ValueError, match='record 1, column "x"'):
            dx.ingest(tmp_path / "x.jsonl", path, schema=schema)
    (tmp_path / "x.csv").write_text("x\n2\ntrue\n")
    assert rows_of_text(dx.ingest(tmp_path / "x.csv", path)) == ["2", "true"]
    with pytest.raises(ValueError, match='record 2, column "x": "true" is not a number'):
        dx.ingest(tmp_path / "x.csv", path, schema={"x": "int64"}, overwrite=True)
    for values in ([2, True], [True, 2]):
        with pytest.raises(ValueError, match='row 1, column "x": .*bool'):
            dx.ingest({"x": np.array(values, object)}, path, overwrite=True)
        with pytest.raises(ValueError, match='row 0, column "x": a list of bool and numbers'):
            dx.ingest([{"x": np.array(values, object)}], path, overwrite=True)


def rows_of_text(buffer: dx.Buffer) -> list[str]:
    return [sample["x"] for sample in buffer]


@pytest.mark.parametrize(
    "value",
    [np.longdouble(0.1), np.array([0.1], np.longdouble), [np.longdouble(0.1)], decimal.Decimal("0.1"), [decimal.Decimal(1)],
     fractions.Fraction(1, 3), [fractions.Fraction(1, 3)], 1j, [1j], [1, 1j], np.complex64(1), np.array([1j]),
     [0.5, decimal.Decimal("0.1")], [1, "a"], ["a", 1], [1, b"a"], [b"a", 1], [0.5, np.longdouble(0.1)]],
    ids=repr,
)  # fmt: skip
def test_numbers_that_no_type_holds_are_refused(path: pathlib.Path, source: Any, value: Any) -> None:
    for schema in (None, {"x": "float64" + "[?]" * (np.ndim(value) > 0)}):
        with pytest.raises(ValueError, match='row [01], column "x"'):
            dx.ingest(source([value]), path, schema=schema)
    with pytest.raises(ValueError, match="row 0, key 'x'"):
        dx.buffer_from_vector([{"x": value}])


def test_decimals_and_text_of_arrow_keep_whole_numbers(path: pathlib.Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    large = "340282366920938463463374607431768211457"
    for dtype, number, fits in (
        ("float64", LARGE, False), ("float64", LARGE - 1, True), ("float64", 2**64, True), ("float32", MIDDLE, False),
        ("float32", 10**39, False), ("float16", 2049, False), ("float16", 2048, True), ("float16", 70000, False),
    ):  # fmt: skip
        lists = pyarrow.array([[], [decimal.Decimal(number)]])
        # Arrow does not convert decimals to float16.
        arrays = [] if dtype == "float16" else [pyarrow.array([decimal.Decimal(number)]), lists]
        for array in (pyarrow.array([str(number)]), *arrays):
            shape = "[?]" if array is lists else ""
            if fits:
                assert np.ravel(rows(dx.ingest(pyarrow.table({"x": array}), path, schema={"x": dtype + shape},
                                               overwrite=True))[-1]).tolist() == [number]  # fmt: skip
            else:
                with pytest.raises(ValueError, match='row [01], column "x": the value .* does not fit'):
                    dx.ingest(pyarrow.table({"x": array}), path, schema={"x": dtype + shape}, overwrite=True)
    for text, value in (
        ("0.1", 0.1),
        ("1e300", 1e300),
        ("inf", float("inf")),
        ("-1.5e3", -1500.0),
        (large + ".5", 2.0**128),
    ):
        assert rows(dx.ingest(pyarrow.table({"x": [text]}), path, schema={"x": "float64"}, overwrite=True)) == [value]
    for text in (large, "1e400", "1" + "0" * 60):
        with pytest.raises(ValueError, match='row 0, column "x": the value'):
            dx.ingest(pyarrow.table({"x": [text]}), path, schema={"x": "float64"}, overwrite=True)


@pytest.mark.parametrize("kind", ["text", "large text", "bytes", "dictionary of text", "lists", "pandas"])
@pytest.mark.parametrize(
    "text, dtype",
    [
        (str(LARGE), "float64"),
        (str(MIDDLE), "float32"),
        (f"-{MIDDLE}", "float32"),
        ("1e400", "float64"),
        ("1e39", "float32"),
    ],
)
def test_text_that_a_declared_float_does_not_hold_is_refused(
    path: pathlib.Path, kind: str, text: str, dtype: str
) -> None:
    pa = pytest.importorskip("pyarrow")

    def source(values: list[str]) -> Any:
        if kind == "pandas":
            return pytest.importorskip("pandas").DataFrame({"x": values})
        array = pa.array(values)
        if kind == "lists":
            array = pa.array([[value] for value in values])
        elif kind != "text":
            array = array.cast({"large text": pa.large_string(), "bytes": pa.binary()}.get(kind, pa.string()))
            array = array.dictionary_encode() if kind == "dictionary of text" else array
        return pa.table({"x": array})

    with pytest.raises(ValueError, match=f'row 2, column "x": .*{re.escape(text)}.* does not fit {dtype}'):
        dx.ingest(source(["1", "0.5", text, "2"]), path, schema={"x": dtype})
    kept = ["0.1", "16777216", "inf", "-Infinity", str(1 << 60)]
    expected = np.array([float(value) for value in kept], dtype).tolist()
    assert np.ravel(rows(dx.ingest(source(kept), path, schema={"x": dtype}))).tolist() == expected


def test_decimals_keep_whole_numbers(path: pathlib.Path) -> None:
    pa = pytest.importorskip("pyarrow")
    for values in (
        [decimal.Decimal(LARGE)],
        [decimal.Decimal("1.5"), decimal.Decimal(LARGE)],
        [decimal.Decimal(2**100 + 1)],
    ):
        for array in (pa.array(values), pa.array(values).dictionary_encode(), pa.array([[value] for value in values])):
            with pytest.raises(ValueError, match=f'row {len(values) - 1}, column "x": .* does not fit float64'):
                dx.ingest(pa.table({"x": array}), path, schema={"x": "float64"})
    kept = [decimal.Decimal("0.1"), decimal.Decimal(f"{LARGE}.5"), decimal.Decimal(2**100)]
    buffer = dx.ingest(pa.table({"x": kept}), path, schema={"x": "float64"})
    assert rows(buffer) == [0.1, 2.0**53 + 2, 2.0**100]


def test_numbers_of_dictionaries_and_lists_become_bool_only_if_they_are(path: pathlib.Path) -> None:
    pa = pytest.importorskip("pyarrow")
    for make in (pa.array, lambda v: pa.array(v).dictionary_encode(), lambda v: pa.array([[x] for x in v])):
        for values in ([0, 1, 5], [0.0, 1.0, 0.5]):
            with pytest.raises(ValueError, match='row 2, column "x": the value .* does not fit bool'):
                dx.ingest(pa.table({"x": make(values)}), path, schema={"x": "bool"}, overwrite=True)
            buffer = dx.ingest(pa.table({"x": make(values[:2])}), path, schema={"x": "bool"}, overwrite=True)
            assert np.ravel(rows(buffer)).tolist() == [False, True]


def test_arrays_of_floats_are_refused_in_columns_of_labels_and_times(path: pathlib.Path) -> None:
    # These columns check each value, also after the rows that decide about types, in a declared file, and in an append.
    after = ({"x": np.array(i % 2) if i < 1000 else np.array(0.9)} for i in range(1002))
    with pytest.raises(ValueError, match=r'row 1000, column "x"'):
        dx.ingest(after, path, labels={"x": ["a", "b"]})
    times = ({"x": np.datetime64(i, "s") if i < 1001 else np.array(3.7)} for i in range(1002))
    with pytest.raises(ValueError, match=r'row 1001, column "x"'):
        dx.ingest(times, path)
    with dx.Writer(path, schema={"x": "time[s]"}) as writer:
        writer.append({"x": 1})
        for wrong in (np.array(2.5), np.array(1e6)):
            with pytest.raises(ValueError, match='row 1, column "x"'):
                writer.append({"x": wrong})
    assert rows(dx.open(path)) == [1]
    dx.ingest([{"x": 0}, {"x": 1}], path, labels={"x": ["a", "b"]}, overwrite=True)
    with dx.Writer(path, append=True) as writer:
        for wrong in (np.array(0.5), np.array(np.nan), np.array([1.0])):
            with pytest.raises(ValueError, match='row 0, column "x"'):
                writer.append({"x": wrong})
        writer.append({"x": np.array(1)})
    assert rows(dx.open(path)) == [0, 1, 1]
