# SPDX-License-Identifier: Apache-2.0
"""Tests of declared time types: every source converts the same values, and refuses the same."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import colonnade as dx
import numpy as np
import pytest

pa = pytest.importorskip("pyarrow")

SOURCES: dict[str, Callable[[list[Any]], Any]] = {
    "samples": lambda values: [{"x": value} for value in values],
    "dict of lists": lambda values: {"x": values},
    "table": lambda values: pa.table({"x": values}),
    "dictionary": lambda values: pa.table({"x": pa.array(values).dictionary_encode()}),
    "struct": lambda values: pa.table({"s": [{"x": value} for value in values]}),
    "pandas": lambda values: pytest.importorskip("pandas").DataFrame({"x": values}),
}
EVENING, MIDNIGHT = datetime(2020, 1, 2, 23, 59), datetime(2020, 1, 2)
ELSEWHERE = datetime(2020, 1, 2, 0, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


def source(kind: str, values: list[Any]) -> tuple[Any, str]:
    if kind == "pandas" and not isinstance(values[0], (datetime, timedelta)):
        pytest.skip("pandas has no such type")
    return SOURCES[kind](values), "s.x" if kind == "struct" else "x"


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize(
    "value, wanted",
    [
        (EVENING, "date[d]"), (MIDNIGHT, "date[d]"), (EVENING, "timestamp[us, Europe/Oslo]"), (EVENING, "time[us]"),
        (EVENING, "duration[us]"), (ELSEWHERE, "timestamp[us]"), (ELSEWHERE, "date[d]"), (ELSEWHERE, "time[us]"),
        (date(2020, 1, 2), "timestamp[us, UTC]"), (date(2020, 1, 2), "time[us]"), (timedelta(1), "time[us]"),
        (time(23, 59), "duration[us]"), (EVENING.replace(microsecond=5), "timestamp[ms]"), (timedelta(0, 0, 5), "duration[ms]"),
        (datetime(2300, 1, 1), "timestamp[ns]"),
    ],
)  # fmt: skip
def test_values_that_a_declared_time_would_change_are_refused(
    path: pathlib.Path, kind: str, value: Any, wanted: str
) -> None:
    rows, name = source(kind, [value])
    with pytest.raises(ValueError, match=f'row 0, column "{name}": .*schema='):
        dx.ingest(rows, path, schema={name: wanted})
    assert not path.exists()


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize(
    "value, wanted, count",
    [
        (EVENING, "timestamp[s]", 1_578_009_540), (date(2020, 1, 2), "timestamp[ms]", 1_577_923_200_000),
        (ELSEWHERE, "timestamp[s, Europe/Oslo]", 1_577_921_400), (timedelta(1), "duration[s]", 86_400),
        (date(2020, 1, 2), "date[ms]", 1_577_923_200_000), (EVENING, "int64", None),
    ],
)  # fmt: skip
def test_values_that_a_declared_time_holds_are_kept(
    path: pathlib.Path, kind: str, value: Any, wanted: str, count: Any
) -> None:
    rows, name = source(kind, [value])
    buffer = dx.ingest(rows, path, schema={name: wanted})
    if count is not None:
        assert int(buffer[0][name]) == count and buffer.schema[name].meaning == wanted
    else:
        assert buffer.schema[name].meaning is None and buffer[0][name].dtype == "int64"


def test_lists_of_times_are_refused_alike(path: pathlib.Path) -> None:
    for rows in ([{"x": [EVENING, EVENING]}], pa.table({"x": [[EVENING, EVENING]]})):
        for wanted in ("date[d][2]", "date[d][?]", "timestamp[us, UTC][?]", "time[us][2]"):
            if wanted.endswith("[2]") and not isinstance(rows, list):
                continue
            with pytest.raises(ValueError, match='row 0, column "x": the value is timestamp'):
                dx.ingest(rows, path, schema={"x": wanted})


def test_rows_of_several_units_have_advice_that_is_taken(path: pathlib.Path) -> None:
    rows = [{"x": np.datetime64("2024-01-01", "s")}, {"x": np.datetime64("2024-01-01T00:00:00.5", "ms")}]
    for order in (rows, rows[::-1]):
        with pytest.raises(dx.Error, match=r'schema=\{…: "timestamp\[ms\]"\}'):
            dx.ingest(order, path)
        buffer = dx.ingest(order, path, schema={"x": "timestamp[ms]"}, overwrite=True)
        assert sorted(int(row["x"]) for row in buffer) == [1704067200000, 1704067200500]
        path.unlink()
    for other, advice in ((ELSEWHERE, "a zone, or none"), (date(2020, 1, 2), "one kind of time")):
        with pytest.raises(dx.Error, match=advice):
            dx.ingest([{"x": MIDNIGHT}, {"x": other}], path)


def as_rows(values: list[Any]) -> list[dict[str, Any]]:
    return [{"x": value} for value in values]


@pytest.mark.parametrize("bad", [86_400, -1])
@pytest.mark.parametrize(
    "make",
    [
        as_rows, lambda values: iter(as_rows(values)), lambda values: as_rows([np.array(value) for value in values]),
        lambda values: iter(as_rows([np.array(value, np.int32) for value in values])), lambda values: {"x": values},
        lambda values: {"x": np.array(values)}, lambda values: {"x": np.array(values, np.int32)},
        lambda values: pa.table({"x": values}),
    ],
)  # fmt: skip
def test_times_of_day_are_within_a_day_in_every_row(path: pathlib.Path, make: Callable[..., Any], bad: int) -> None:
    for count in (0, 1, 5):
        with pytest.raises(ValueError, match=f'row {count}, column "x": .*{bad}'):
            dx.ingest(make([*range(count), bad, 7]), path, schema={"x": "time[s]"}, overwrite=True)
    buffer = dx.ingest(make([0, 86_399]), path, schema={"x": "time[s]"}, overwrite=True)
    assert [int(row["x"]) for row in buffer] == [0, 86_399]


@pytest.mark.parametrize("make", [lambda each: each, lambda each: [each, each], lambda each: np.array([each] * 2)])
def test_times_and_numbers_do_not_share_a_column(path: pathlib.Path, make: Callable[..., Any]) -> None:
    moment, number = make(np.datetime64("2020-01-02", "s")), make(5)
    for first, other, message in ((moment, number, "no time"), (number, moment, "the column has numbers")):
        for count in (1, 1001):
            for rows in (as_rows([first] * count + [other]), iter(as_rows([first] * count + [other]))):
                with pytest.raises(ValueError, match=f'row {count}, column "x": .*{message}'):
                    dx.ingest(rows, path)
    # A declared type says what the numbers count.
    for rows in (as_rows([moment, number]), as_rows([number, moment])):
        kind = "timestamp[s]" if np.ndim(number) == 0 else "timestamp[s][2]"
        assert dx.ingest(rows, path, schema={"x": kind}, overwrite=True).schema["x"].meaning == "timestamp[s]"
