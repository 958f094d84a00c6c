# SPDX-License-Identifier: Apache-2.0
"""Tests of Python values in columns of pandas, arrays of objects, and columns of other libraries as values of rows."""

from __future__ import annotations

import datetime
import itertools
import pathlib
from typing import Any

import colonnade as dx
import numpy as np
import pytest

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")

DATE = datetime.date(2024, 1, 1)
MOMENT = datetime.datetime(2024, 1, 1, 5)
NANOSECOND = pd.Timestamp("2024-01-01 00:00:00.000000001")
UTC = datetime.UTC
START = 1704067200


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


def ingested(values: list[Any], path: pathlib.Path, **options: Any) -> tuple[str | None, list[Any]]:
    """Returns the meaning and the values of a column of Python objects, which a frame and rows must share."""
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object)})
    found = []
    for source in (frame, {"x": frame["x"]}, [{"x": value} for value in values], {"x": values}):
        buffer = dx.ingest(source, path, overwrite=True, progress=False, **options)
        key = next(iter(buffer.schema))
        found.append(
            (
                buffer.schema[key].meaning,
                [row[key] if isinstance(row[key], str) else row[key].tolist() for row in buffer],
            )
        )
    assert all(other == found[0] for other in found)
    return found[0]  # type: ignore[return-value]


@pytest.mark.parametrize(
    "values, message",
    [
        ([DATE, MOMENT], r"timestamp\[us\] but the column is date\[d\]"),
        ([MOMENT, DATE], r"date\[d\] but the column is timestamp\[us\]"),
        ([MOMENT, MOMENT.replace(tzinfo=UTC)], "give the points in time of all rows a zone"),
        ([DATE, 5], r"no time but the column has date\[d\]"),
        ([5, DATE], r"date\[d\] but the column has numbers"),
        ([datetime.timedelta(1), 5], r"no time but the column has duration\[us\]"),
        ([MOMENT, NANOSECOND], r"timestamp\[ns\] but the column is timestamp\[us\]"),
        ([datetime.timedelta(1), pd.Timedelta("1ns")], r"duration\[ns\] but the column is duration\[us\]"),
        ([DATE, "2024-01-01"], r"text but the column has date\[d\]"),
        ([0.5, True], "bool but the column is float64"),
        ([1, True], "bool but the column is int64"),
        (["a", b"b"], "bytes but the column has text"),
        ([b"b", "a"], "text but the column has bytes"),
        ([[0.5, True]], "a list of bool and numbers"),
        ([[DATE, MOMENT]], r"timestamp\[us\] but the column is date\[d\]"),
        ([{"a": DATE}, {"a": MOMENT}], r"timestamp\[us\] but the column is date\[d\]"),
        ([2**53 + 1, 0.5], "9007199254740993 does not fit float64"),
        ([2**64], "18446744073709551616 does not fit 64 bits"),
        ([2**63, -1], "does not fit uint64"),
    ],
)
def test_values_of_several_kinds_are_refused(path: pathlib.Path, values: list[Any], message: str) -> None:
    rows = [{"x": value} for value in values]
    for source in (pd.DataFrame({"x": pd.Series(values, dtype=object)}), rows, iter(rows)):
        with pytest.raises(ValueError, match=f"row [01], column .*{message}"):
            dx.ingest(source, path)


@pytest.mark.parametrize("value", [datetime.time(1, tzinfo=UTC), np.ma.array([1, 2], mask=[0, 1]), {1, 2}], ids=type)
def test_values_without_a_column_are_refused(path: pathlib.Path, value: Any) -> None:
    for source in (pd.DataFrame({"x": pd.Series([value], dtype=object)}), [{"x": value}]):
        with pytest.raises(ValueError, match='row 0, column "x"'):
            dx.ingest(source, path)


def test_python_values_of_frames_keep_what_they_are(path: pathlib.Path) -> None:
    image = pytest.importorskip("PIL.Image")
    assert ingested([NANOSECOND], path) == ("timestamp[ns]", [START * 10**9 + 1])
    assert ingested([pd.Timedelta("1ns")], path) == ("duration[ns]", [1])
    assert ingested([[NANOSECOND]], path) == ("timestamp[ns]", [[START * 10**9 + 1]])
    assert ingested([{"a": NANOSECOND}], path) == ("timestamp[ns]", [START * 10**9 + 1])
    assert ingested([DATE, DATE], path) == ("date[d]", [19723, 19723])
    assert ingested([MOMENT.replace(tzinfo=UTC)], path) == ("timestamp[us, UTC]", [(START + 5 * 3600) * 10**6])
    assert ingested([2**63, 1], path) == (None, [2**63, 1])
    assert ingested([np.zeros((1, 2)), np.ones((2, 2))], path)[1] == [[[0, 0]], [[1, 1], [1, 1]]]
    nested = np.empty(2, object)
    nested[:] = [np.array([1, 2]), np.array([3, 4])]
    assert ingested([nested], path)[1] == [[[1, 2], [3, 4]]]
    assert ingested([image.new("L", (1, 1), 7)], path)[1] == [[[7]]]
    assert ingested([MOMENT, None], path, fill={"x": "NaT"}) == (
        "timestamp[us]",
        [(START + 5 * 3600) * 10**6, -(2**63)],
    )


def test_frames_of_plain_objects_are_tables(path: pathlib.Path) -> None:
    frame = pd.DataFrame({"s": ["a", "b"], "t": pd.Series([[1], [2, 3]]), "i": pd.Series([1, 2], dtype=object)})
    buffer = dx.ingest(frame.assign(d=[DATE, DATE]), path, columns=["s", "t", "n=i"])
    assert [str(field.meaning) for field in buffer.schema.values()] == ["None"] * 3
    assert [(row["s"], row["t"].tolist(), int(row["n"])) for row in buffer] == [("a", [1], 1), ("b", [2, 3], 2)]


def test_columns_beside_objects_are_what_they_are_without_them(path: pathlib.Path) -> None:
    moments = pd.DatetimeIndex(["2024-01-01T00:00:00.000000001", None, "2024-01-03"])
    columns = {
        "float": pd.Series([0.1, np.nan, 0.3]),
        "int8": pd.Series([1, None, 3], dtype="Int8"),
        "float32": pd.Series([0.1, None, 3], dtype="Float32"),
        "bool": pd.Series([True, None, False], dtype="boolean"),
        "arrow": pd.Series([1, None, 3], dtype="int16[pyarrow]"),
        "string": pd.Series(["a", None, "c"]),
        "category": pd.Series(pd.Categorical(["x", None, "y"])),
        "number": pd.Series([1, 2, 3], dtype="int16"),
        "moment": pd.Series(moments),
        "zone": pd.Series(moments.tz_localize("Europe/Oslo")),
        "offset": pd.Series(pd.to_datetime(["2024-01-01T00:00+01:00"] * 3)),
        "span": pd.Series(pd.TimedeltaIndex(["1ns", None, "2s"])),
    }
    fills = {"*": {"float": float("nan"), "int": -1, "bool": False, "str": "", "time": "NaT"}}
    for name, column in columns.items():
        found = []
        for frame in (pd.DataFrame({name: column}), pd.DataFrame({name: column, "object": [DATE] * 3})):
            buffer = dx.ingest(frame, path, fill=fills, mask=True, overwrite=True)
            keys = [key for key in buffer.schema if not key.startswith("object")]
            rows = [{key: str(row[key]) for key in keys} for row in buffer]
            found.append(([(key, buffer.schema[key]) for key in keys], rows))
        assert found[0] == found[1]
    buffer = dx.ingest(pd.DataFrame({"float": columns["float"], "object": [DATE] * 3}), path, overwrite=True)
    assert np.isnan(buffer[1]["float"])


def test_missing_elements_of_columns_as_values(path: pathlib.Path) -> None:
    pl = pytest.importorskip("polars")
    for value in (
        pd.Series([2**53 + 1, None], dtype="Int64"),
        pl.Series([2**53 + 1, None]),
        pa.array([2**53 + 1, None]),
        np.array([2**53 + 1, None], object),
    ):
        with pytest.raises(ValueError, match='row 0, column "x": an element is missing'):
            dx.ingest([{"x": value}], path, overwrite=True)
        buffer = dx.ingest([{"x": value}], path, fill={"x": -1}, mask=True, overwrite=True)
        assert buffer[0]["x"].tolist() == [2**53 + 1, -1] and not buffer[0]["x.valid"]
        with pytest.raises(ValueError, match="not a tensor"):
            dx.buffer_from_vector([{"x": value}])
    for value in (pd.Series([1, 2]), pl.Series([1, 2]), pa.array([1, 2]), np.array([1, 2], object)):
        assert dx.ingest([{"x": value}], path, overwrite=True)[0]["x"].tolist() == [1, 2]


def test_python_floats_beside_narrow_ones_keep_their_digits(path: pathlib.Path) -> None:
    narrow = np.float32(0.5)
    for first, second in ((narrow, 0.1), (0.1, narrow), (np.float16(0.5), 0.1), ([0.1], np.array([0.5], np.float32))):
        rows = [{"x": first}, {"x": second}]
        for source in (rows, iter(rows), {"x": [first, second]}, pa.Table.from_pylist(rows)):
            buffer = dx.ingest(source, path, overwrite=True)
            assert buffer.schema["x"].dtype == "float64"
            assert sorted(float(np.ravel(row["x"])[0]) for row in buffer) == [0.1, 0.5]

    def later(value: float) -> Any:
        yield from ({"x": np.zeros((1000, 1000), np.float32)} for _ in range(20))
        yield {"x": [[value]]}

    with pytest.raises(ValueError, match=r'row 20, column "x": the value 0.1 does not fit float32.*schema='):
        dx.ingest(later(0.1), path, overwrite=True, ragged="x")
    assert dx.ingest(later(0.5), path, overwrite=True, ragged="x")[20]["x"].tolist() == [[0.5]]
    # The user names the type, or the fill.
    assert dx.ingest([{"x": 0.1}], path, schema={"x": "float32"}, overwrite=True)[0]["x"] == np.float32(0.1)
    filled = dx.ingest([{"x": narrow}, {"x": None}], path, fill={"x": 0.1}, overwrite=True)
    assert filled[1]["x"] == np.float32(0.1)


def test_integers_beside_narrow_ones_name_a_type_that_holds_them(path: pathlib.Path) -> None:
    rows = [{"x": np.int8(1)}, {"x": 300}]
    with pytest.raises(ValueError, match=r'row 1, column "x": a value \(300\) does not fit int8.*"int64"'):
        dx.ingest(rows, path)
    assert [int(row["x"]) for row in dx.ingest(rows, path, schema={"x": "int64"})] == [1, 300]


def test_names_without_an_order_are_refused(path: pathlib.Path) -> None:
    for names in ({"a", "b"}, frozenset({"a", "b"})):
        with pytest.raises(TypeError, match='labels of "x" must be a list of names, not a .*set, which has no order'):
            dx.ingest([{"x": 0}], path, labels={"x": names})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="columns must be a list of names, not a set"):
        dx.ingest([{"x": 0}], path, columns={"x"})  # type: ignore[arg-type]
    assert dx.ingest([{"x": 0}], path, labels={"x": {"b": 1, "a": 2}.keys()}).schema["x"].meaning == ["b", "a"]


def test_columns_without_a_value_take_the_type_that_is_said(path: pathlib.Path) -> None:
    pl = pytest.importorskip("polars")

    def each(values: list[Any]) -> list[Any]:
        rows = [{"x": value} for value in values]
        return [rows, pa.Table.from_pylist(rows), pd.DataFrame({"x": values}), pl.DataFrame({"x": values})]

    for source in each([[], []]):
        buffer = dx.ingest(source, path, schema={"x": "float32[?,4]"}, overwrite=True)
        assert buffer.schema["x"].shape == (None, 4) and buffer.dtypes == {"x": "float32"}
        assert [row["x"].shape for row in buffer] == [(0, 4), (0, 4)]
    for source in each([None, None]):
        buffer = dx.ingest(source, path, schema={"x": "float32[?,4]"}, mask=True, overwrite=True)
        assert [row["x"].shape for row in buffer] == [(0, 4), (0, 4)] and not buffer[0]["x.valid"]
    for fill, kind in ((3, "int64"), (0.5, "float64"), (True, "bool")):
        for source in each([None, None]):
            buffer = dx.ingest(source, path, fill={"x": fill}, overwrite=True)
            assert buffer.dtypes == {"x": kind} and [row["x"].tolist() for row in buffer] == [fill, fill]
    for source in each([None]):
        assert dx.ingest(source, path, fill={"x": "none"}, overwrite=True)[0]["x"] == "none"


@pytest.mark.parametrize(
    "text, kind, number",
    [
        ("2024-01-01", "date[d]", 19723),
        ("2024-01-01", "date[ms]", START * 1000),
        ("2024-01-01", "timestamp[s]", START),
        ("2024-01-01T05:00:00", "timestamp[us]", (START + 5 * 3600) * 10**6),
        ("2024-01-01 05:00:00.000000001", "timestamp[ns]", (START + 5 * 3600) * 10**9 + 1),
        ("2024-01-01T05:00:00Z", "timestamp[s, UTC]", START + 5 * 3600),
        ("2024-01-01T05:00:00+01:30", "timestamp[s, UTC]", START + 7 * 1800),
        ("2024-01-01T05:00:00-0100", "timestamp[s, Europe/Oslo]", START + 6 * 3600),
        ("0001-01-01", "timestamp[s]", -62135596800),
        ("23:59:59", "time[s]", 86399),
        ("23:59:59.5", "time[us]", 86399500000),
        ("2024-01-01T05:00+01", "timestamp[s, UTC]", START + 4 * 3600),
        ("PT90S", "duration[s]", 90),
        ("-P1DT0.5S", "duration[ms]", -86400500),
    ],
)
def test_text_is_the_time_that_it_says(path: pathlib.Path, text: str, kind: str, number: int) -> None:
    pl = pytest.importorskip("polars")
    csv = path.parent / "times.csv"
    csv.write_text(f"x\n{text}\n")
    rows = [{"x": text}]
    for source in (
        rows,
        iter(rows),
        {"x": [text]},
        pa.table({"x": [text]}),
        pd.DataFrame(rows),
        pl.DataFrame(rows),
        csv,
    ):
        buffer = dx.ingest(source, path, schema={"x": kind}, overwrite=True)
        assert (buffer.schema["x"].meaning, int(buffer[0]["x"])) == (kind, number)


@pytest.mark.parametrize(
    "text, kind",
    [
        ("01/02/2024", "date[d]"),
        ("2024-02-30", "date[d]"),
        ("2024-01-01T05:00:00", "date[d]"),
        ("2024-01-01T05:00:00Z", "timestamp[s]"),
        ("2024-01-01T05:00:00", "timestamp[s, UTC]"),
        ("2024-01-01T05:00:00.5", "timestamp[s]"),
        ("9999-01-01", "timestamp[ns]"),
        ("24:00:00", "time[s]"),
        ("", "date[d]"),
        ("90", "duration[s]"),
        ("P", "duration[s]"),
        ("PT0.5S", "duration[s]"),
        ("2024-01-01T05:00:00+01:60", "timestamp[s, UTC]"),
    ],
)
def test_text_that_is_no_such_time_is_refused(path: pathlib.Path, text: str, kind: str) -> None:
    for source in ([{"x": text}], {"x": [text]}, pa.table({"x": [text]}), pd.DataFrame({"x": [text]})):
        with pytest.raises(ValueError, match='row 0, column "x"'):
            dx.ingest(source, path, schema={"x": kind})


def test_numbers_in_columns_of_times(path: pathlib.Path) -> None:
    for value, kind in ((300, "date[d]"), (86399, "time[s]"), (5, "time[us]"), (-1, "duration[s]"), (-1, "date[d]")):
        for source in ([{"x": value}], pa.table({"x": [value]}), pd.DataFrame({"x": [value]})):
            assert dx.ingest(source, path, schema={"x": kind}, overwrite=True)[0]["x"] == value
    for value, kind in ((86400, "time[s]"), (-1, "time[us]"), (True, "time[s]"), (2**40, "date[d]")):
        for source in ([{"x": value}], pa.table({"x": [value]}), pd.DataFrame({"x": [value]})):
            with pytest.raises(ValueError, match='row 0, column "x"'):
                dx.ingest(source, path, schema={"x": kind}, overwrite=True)


def categories(values: list[str | None], path: pathlib.Path, kind: Any = None) -> pathlib.Path:
    parquet = pytest.importorskip("pyarrow.parquet")
    array = pa.array(values, kind or pa.string())
    parquet.write_table(pa.table({"x": array if kind else array.dictionary_encode()}), path)
    return path


def test_categories_of_files_are_one_list_in_any_order(tmp_path: pathlib.Path, path: pathlib.Path) -> None:
    parts = {
        "a": (["x"], None),
        "b": (["x", "y"], None),
        "c": (["y", None, "x"], None),
        "d": ([None], pa.null()),
    }
    files = {name: categories(values, tmp_path / f"{name}.parquet", kind) for name, (values, kind) in parts.items()}
    for order in itertools.permutations(parts):
        buffer = dx.ingest([files[name] for name in order], path, fill={"x": -1}, overwrite=True)
        names = buffer.schema["x"].meaning
        assert isinstance(names, list) and sorted(names) == ["x", "y"]
        found = [None if row["x"] < 0 else names[int(row["x"])] for row in buffer]
        assert found == [value for name in order for value in parts[name][0]]
    mixed = dx.ingest([files["a"], files["b"]], path, columns=["k=x"], overwrite=True)
    assert (mixed.schema["k"].meaning, [int(row["k"]) for row in mixed]) == (["x", "y"], [0, 0, 1])
    text = dx.ingest([files["a"], files["b"]], path, schema={"x": "string"}, overwrite=True)
    assert [row["x"] for row in text] == ["x", "x", "y"]
    with pytest.raises(ValueError, match='column "x" has categories, .* leave labels out'):
        dx.ingest(files["a"], path, labels={"x": ["x"]}, overwrite=True)


def test_categories_of_several_row_groups(tmp_path: pathlib.Path, path: pathlib.Path) -> None:
    pl = pytest.importorskip("polars")
    names = [f"{number % 300}" for number in range(1000)]
    file = tmp_path / "groups.parquet"
    pl.DataFrame({"x": names}, schema={"x": pl.Categorical}).write_parquet(file, row_group_size=100)
    buffer = dx.ingest(file, path)
    meaning = buffer.schema["x"].meaning
    assert isinstance(meaning, list) and [meaning[int(row["x"])] for row in buffer] == names
