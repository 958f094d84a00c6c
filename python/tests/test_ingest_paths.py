# SPDX-License-Identifier: Apache-2.0
"""Tests that every path into a file makes the same columns of the same data."""

from __future__ import annotations

import datetime
import decimal
import json
import pathlib
from typing import Any

import colonnade as dx
import numpy as np
import pytest

pa = pytest.importorskip("pyarrow")
Image = pytest.importorskip("PIL.Image")

DATE = datetime.date(2024, 2, 29)
MOMENT = datetime.datetime(2024, 2, 29, 12, 30, 15, 250000)
SPAN = datetime.timedelta(days=-1, seconds=5)
CLOCK = datetime.time(23, 59, 59)

#: Name → type and two values.
TYPES: dict[str, tuple[Any, list[Any]]] = {
    "bool": (pa.bool_(), [True, False]),
    **{f"int{bits}": (getattr(pa, f"int{bits}")(), [-1, 2 ** (bits - 1) - 1]) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (getattr(pa, f"uint{bits}")(), [0, 2**bits - 1]) for bits in (8, 16, 32)},
    "uint64": (pa.uint64(), [0, 2**63 - 1]),
    "float16": (pa.float16(), [0.5, -2.0]),
    "float32": (pa.float32(), [0.5, float("inf")]),
    "float64": (pa.float64(), [0.1, -2.5]),
    "string": (pa.string(), ["é", ""]),
    "large_string": (pa.large_string(), ["a", "b\0"]),
    "string_view": (pa.string_view(), ["a", "a text of more than twelve bytes"]),
    "binary": (pa.binary(), [b"\xff", b""]),
    "large_binary": (pa.large_binary(), [b"\xff", b"x"]),
    "fixed_binary": (pa.binary(4), [b"abcd", b"efgh"]),
    "date32": (pa.date32(), [DATE, datetime.date(1960, 1, 1)]),
    "date64": (pa.date64(), [DATE, datetime.date(1960, 1, 1)]),
    "time32[s]": (pa.time32("s"), [CLOCK, datetime.time(0)]),
    "time32[ms]": (pa.time32("ms"), [CLOCK, datetime.time(0)]),
    "time64[us]": (pa.time64("us"), [CLOCK, datetime.time(0)]),
    "time64[ns]": (pa.time64("ns"), [CLOCK, datetime.time(0)]),
    "timestamp[s]": (pa.timestamp("s"), [MOMENT.replace(microsecond=0), datetime.datetime(1970, 1, 1)]),
    "timestamp[ms]": (pa.timestamp("ms"), [MOMENT, datetime.datetime(1950, 1, 1)]),
    "timestamp[us]": (pa.timestamp("us"), [MOMENT, datetime.datetime(1950, 1, 1)]),
    "timestamp[ns]": (pa.timestamp("ns"), [MOMENT, datetime.datetime(1950, 1, 1)]),
    "timestamp[us, UTC]": (pa.timestamp("us", "UTC"), [MOMENT.replace(tzinfo=datetime.UTC)] * 2),
    "timestamp[ns, Europe/Berlin]": (pa.timestamp("ns", "Europe/Berlin"), [MOMENT, MOMENT]),
    "duration[s]": (pa.duration("s"), [SPAN, SPAN]),
    "duration[ms]": (pa.duration("ms"), [SPAN, SPAN]),
    "duration[us]": (pa.duration("us"), [SPAN, SPAN]),
    "duration[ns]": (pa.duration("ns"), [SPAN, SPAN]),
    "list<int32>": (pa.list_(pa.int32()), [[1, 2], []]),
    "large_list<int8>": (pa.large_list(pa.int8()), [[1], [2, 3]]),
    "fixed_list<float32>": (pa.list_(pa.float32(), 2), [[1, 2], [3, 4]]),
    "list<list<int64>>": (pa.list_(pa.list_(pa.int64())), [[[1, 2], [3, 4]], [[5, 6]]]),
    "list<bool>": (pa.list_(pa.bool_()), [[True], [False, True]]),
    "list<date32>": (pa.list_(pa.date32()), [[DATE], [DATE, DATE]]),
    "list<timestamp>": (pa.list_(pa.timestamp("us", "UTC")), [[MOMENT], []]),
    "fixed_list<duration>": (pa.list_(pa.duration("ms"), 1), [[SPAN], [SPAN]]),
    "struct": (pa.struct({"a": pa.int16(), "b": pa.string()}), [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
    "struct<struct>": (pa.struct({"a": pa.struct({"d": pa.date32()})}), [{"a": {"d": DATE}}, {"a": {"d": DATE}}]),
    "struct<list>": (pa.struct({"a": pa.list_(pa.uint8())}), [{"a": [1]}, {"a": []}]),
    "dictionary<string>": (pa.dictionary(pa.int8(), pa.string()), ["cat", "dog"]),
    "dictionary<int32>": (pa.dictionary(pa.int8(), pa.int32()), [5, 7]),
    "dictionary<date32>": (pa.dictionary(pa.int8(), pa.date32()), [DATE, DATE]),
    "bool8": (pa.bool8(), [1, 0]),
    "uuid": (pa.uuid(), [bytes(range(16))] * 2),
    "list<timestamp[ns, Europe/Berlin]>": (pa.list_(pa.timestamp("ns", "Europe/Berlin")), [[MOMENT], []]),
    "list<time64>": (pa.list_(pa.time64("us")), [[CLOCK], [CLOCK, CLOCK]]),
    "list<duration[ns]>": (pa.list_(pa.duration("ns")), [[], [SPAN]]),
    "list<float16>": (pa.list_(pa.float16()), [[0.5], [1.5, -2.0]]),
    "list<uint64>": (pa.list_(pa.uint64()), [[2**64 - 1], [0, 1]]),
    "list<fixed_list>": (pa.list_(pa.list_(pa.float32(), 4)), [[[1, 2, 3, 4]], []]),
    "fixed_list<fixed_list>": (pa.list_(pa.list_(pa.int16(), 2), 2), [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
    "large_list<large_list>": (pa.large_list(pa.large_list(pa.uint16())), [[[1], [2]], []]),
    "struct<list, date>": (
        pa.struct({"t": pa.list_(pa.timestamp("us")), "d": pa.date32()}),
        [{"t": [MOMENT], "d": DATE}, {"t": [], "d": DATE}],
    ),
    # Values that no column can hold.
    "list<binary>": (pa.list_(pa.binary()), [[b"a"], []]),
    "decimal256": (pa.decimal256(60, 2), [decimal.Decimal("1.50"), decimal.Decimal("2.25")]),
    "decimal128": (pa.decimal128(5, 2), [decimal.Decimal("1.50"), decimal.Decimal("2.25")]),
    "null": (pa.null(), [None, None]),
    "map": (pa.map_(pa.string(), pa.int32()), [[("a", 1)], []]),
    "month_day_nano_interval": (pa.month_day_nano_interval(), [(1, 2, 3), (4, 5, 6)]),
    "list<string>": (pa.list_(pa.string()), [["a"], ["b", "c"]]),
    "list<struct>": (pa.list_(pa.struct({"a": pa.int8()})), [[{"a": 1}], []]),
}


def column(name: str) -> Any:
    kind, values = TYPES[name]
    if name.startswith("dictionary"):
        return pa.array(values, kind.value_type).dictionary_encode().cast(kind)
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array(values, kind.storage_type))
    return pa.array(values, kind)


def contents(source: object, path: pathlib.Path, **options: Any) -> tuple[dict[str, dx.Field], list[Any]] | str:
    """Returns the schema and the rows, or the error without the name of the source."""
    try:
        buffer = dx.ingest(source, path, overwrite=True, progress=False, **options)
    except ValueError as error:
        return str(error)[str(error).index('column "') :]
    schema = {key: field for key, field in buffer.schema.items() if key != "picture"}
    rows = [{key: value if isinstance(value, str) else value.tolist() for key, value in row.items()} for row in buffer]
    for row in rows:
        row.pop("picture", None)
    return schema, rows


@pytest.fixture(scope="module")
def pictures() -> Any:
    import io

    file = io.BytesIO()
    Image.new("L", (2, 3), 7).save(file, "PNG")
    return pa.array(
        [{"bytes": file.getvalue(), "path": None}] * 2, pa.struct({"bytes": pa.binary(), "path": pa.string()})
    )


@pytest.mark.parametrize("name", TYPES)
def test_a_column_is_the_same_beside_an_image_and_in_a_stream(tmp_path: pathlib.Path, name: str, pictures: Any) -> None:
    values = column(name)
    plain = contents(pa.table({"x": values}), tmp_path / "plain")
    feature = {"info": {"features": {"picture": {"_type": "Image"}}}}
    pictured = pa.table({"x": values, "picture": pictures}).replace_schema_metadata(
        {"huggingface": json.dumps(feature)}
    )
    assert contents(pictured, tmp_path / "pictured") == plain
    assert dx.open(tmp_path / "pictured").schema["picture"].shape == (3, 2) if isinstance(plain, tuple) else True
    datasets = pytest.importorskip("datasets")
    try:
        dataset = datasets.Dataset(pa.table({"x": values}))
    except (ValueError, TypeError, NotImplementedError):
        return
    if dataset.data.table.schema.field("x").type == values.type:
        assert contents(dataset, tmp_path / "dataset") == plain
        stream = dataset.to_iterable_dataset()
        assert contents(stream, tmp_path / "stream") == plain


def as_python(name: str) -> list[Any]:
    """Returns the values as pyarrow converts them to Python, with zones."""
    return column(name).to_pylist()  # type: ignore[no-any-return]


#: Only Arrow has class names; an interval of months is a tuple of integers in Python.
SAMPLES = [name for name in TYPES if name not in ("dictionary<string>", "month_day_nano_interval")]


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_of_python_are_the_same(tmp_path: pathlib.Path, name: str) -> None:
    plain = contents(pa.table({"x": column(name)}), tmp_path / "plain")
    values = as_python(name)
    sources: list[Any] = [[{"x": value} for value in values], iter([{"x": value} for value in values])]
    if not name.startswith("struct"):
        sources.append({"x": values})
    for source in sources:
        if isinstance(plain, str):
            assert isinstance(contents(source, tmp_path / "samples"), str)
        else:
            assert contents(source, tmp_path / "samples", schema=plain[0]) == plain
    # Times need no schema if Python's own types have their unit.
    if name in ("date32", "time64[us]", "timestamp[us]", "timestamp[us, UTC]", "duration[us]", "list<date32>", "uuid",
                "struct<list, date>", "struct<struct>", "list<time64>"):  # fmt: skip
        assert contents([{"x": value} for value in values], tmp_path / "samples") == plain


@pytest.mark.parametrize("name", SAMPLES)
def test_functions_of_hugging_face_see_the_same(tmp_path: pathlib.Path, name: str) -> None:
    datasets = pytest.importorskip("datasets")
    plain = contents(pa.table({"x": column(name)}), tmp_path / "plain")
    try:
        dataset = datasets.Dataset(pa.table({"x": column(name)}))
    except (ValueError, TypeError, NotImplementedError):
        return
    for source in (dataset.with_transform(lambda rows: rows), dataset.to_iterable_dataset().map(lambda row: row)):
        if isinstance(plain, str):
            assert isinstance(contents(source, tmp_path / "samples"), str)
        else:
            assert contents(source, tmp_path / "samples", schema=plain[0]) == plain


@pytest.mark.parametrize("name", [name for name in TYPES if not name.startswith(("month", "struct"))])
def test_columns_of_other_libraries_are_the_same(tmp_path: pathlib.Path, name: str) -> None:
    values = column(name)
    plain = contents(pa.table({"x": values}), tmp_path / "plain")
    assert contents({"x": values}, tmp_path / "columns") == plain
    assert contents({"x": pa.chunked_array([values[:1], values[1:]])}, tmp_path / "columns") == plain
    if "[us, UTC]" in name and isinstance(plain, tuple):
        beside = contents({"x": values, "y": np.zeros(2)}, tmp_path / "beside")
        assert isinstance(beside, tuple) and beside[0]["x"] == plain[0]["x"]


def test_categories_of_pandas_are_the_same(tmp_path: pathlib.Path) -> None:
    pandas = pytest.importorskip("pandas")
    for ordered in (False, True):
        names = pandas.Categorical(["b", "a", "b"], categories=["b", "a", "c"], ordered=ordered)
        frame = pandas.DataFrame({"c": names, "n": pandas.Categorical([7, 5, 7])}, index=[2, 0, 1])
        plain = contents(frame, tmp_path / "frame")
        assert isinstance(plain, tuple) and plain[0]["c"].meaning == ["b", "a", "c"]
        assert plain[1] == [{"c": 0, "n": 7}, {"c": 1, "n": 5}, {"c": 0, "n": 7}]
        assert contents(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / "table") == plain
        assert contents({"c": frame["c"], "n": frame["n"]}, tmp_path / "series") == plain
        assert contents({"c": names, "n": frame["n"].array}, tmp_path / "arrays") == plain
        samples = dx.ingest(frame.to_dict("records"), tmp_path / "samples", overwrite=True)
        assert [row["c"] for row in samples] == ["b", "a", "b"] and [int(row["n"]) for row in samples] == [7, 5, 7]


def test_lists_of_images(tmp_path: pathlib.Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"clip": datasets.Sequence(datasets.Image()), "n": datasets.Value("int64")})
    clips = [[Image.new("L", (3, 2), 10 * row + frame) for frame in range(2)] for row in range(2)]
    dataset = datasets.Dataset.from_dict({"clip": clips, "n": [0, 1]}, features=features)
    for source in (dataset, dataset.to_iterable_dataset(), dataset.data.table):
        for decode in (True, False):
            with pytest.raises(ValueError, match='column "clip" has lists of encoded images.*with_transform'):
                dx.ingest(source, tmp_path / "clips", decode_images=decode)
    for source in (dataset.with_transform(lambda rows: rows), dataset.to_iterable_dataset().map(lambda row: row)):
        buffer = dx.ingest(source, tmp_path / "clips", overwrite=True)
        assert buffer.schema["clip"] == dx.Field("tensor", "uint8", (2, 2, 3))
        assert [row["clip"][:, 0, 0].tolist() for row in buffer] == [[0, 1], [10, 11]]


def test_numpy_times_are_the_same(tmp_path: pathlib.Path) -> None:
    for text in (
        "datetime64[s]",
        "datetime64[ms]",
        "datetime64[us]",
        "datetime64[ns]",
        "datetime64[D]",
        "timedelta64[ms]",
    ):
        values = np.array([1, -5, 2**20], text)
        expected = contents(pa.table({"x": values}), tmp_path / "plain")
        for source in ({"x": values}, [{"x": value} for value in values], {"x": list(values)}):
            assert contents(source, tmp_path / "samples") == expected
        lists = contents([{"x": values}, {"x": values[:1]}], tmp_path / "samples")
        assert isinstance(lists, tuple) and lists[0]["x"].meaning == expected[0]["x"].meaning
    with pytest.raises(ValueError, match="missing"):
        dx.ingest({"x": np.array(["2024", "NaT"], "datetime64[s]")}, tmp_path / "gap")
    filled = dx.ingest(
        {"x": np.array(["2024-01-01", "NaT"], "datetime64[s]")}, tmp_path / "gap", fill={"x": np.datetime64(0, "s")}
    )
    assert [int(row["x"]) for row in filled] == [1704067200, 0]
    with pytest.raises(ValueError, match="datetime64.*astype"):
        dx.ingest({"x": np.array(["2024"], "datetime64[Y]")}, tmp_path / "years")


def test_pandas_times_and_a_named_index_stay(tmp_path: pathlib.Path) -> None:
    pandas = pytest.importorskip("pandas")
    times = pandas.date_range("2024-03-30", periods=3, tz="Europe/Berlin", unit="us")
    frame = pandas.DataFrame({"t": times, "v": [1.0, float("nan"), 3.0]}, index=pandas.Index([7, 8, 9], name="id"))
    buffer = dx.ingest(frame, tmp_path / "frame")
    assert buffer.keys() == ["id", "t", "v"] and [int(row["id"]) for row in buffer] == [7, 8, 9]
    assert buffer.schema["t"] == dx.Field("tensor", "int64", (), "timestamp[us, Europe/Berlin]")
    assert [int(row["t"]) for row in buffer] == [time.value // 1000 for time in times.as_unit("ns")]
    assert np.isnan(buffer[1]["v"])  # a value of NumPy's floats, and not a missing one
    samples = dx.ingest([{"t": time} for time in times], tmp_path / "samples")
    assert samples.schema["t"] == buffer.schema["t"] and [row["t"].item() for row in samples] == [
        row["t"].item() for row in buffer
    ]
    unnamed = dx.ingest(frame.reset_index(drop=True), tmp_path / "unnamed")
    assert unnamed.keys() == ["t", "v"]
    gap = pandas.DataFrame({"t": [pandas.Timestamp("2024-01-01"), pandas.NaT]})
    with pytest.raises(ValueError, match='"t": the value is missing'):
        dx.ingest(gap, tmp_path / "gap")
    filled = dx.ingest(gap, tmp_path / "gap", fill={"t": "NaT"})
    assert np.isnat(filled[1]["t"].view("datetime64[us]"))
    dates = dx.ingest([{"t": DATE}, {"t": None}], tmp_path / "none", fill={"*": {"time": "NaT"}})
    assert dates.schema["t"].meaning == "date[d]" and int(dates[1]["t"]) == -(2**31)


def test_missing_values_are_told_at_once_and_filled_alike(tmp_path: pathlib.Path) -> None:
    rows: list[dict[str, Any]] = [
        {"f": 0.5, "i": 1, "s": "a", "l": [1, 2]}, {"f": None, "i": 2, "s": "b", "l": [3, 4]},
        {"f": 1.5, "i": None, "s": None, "l": [None, 6]},
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows)
    for source in (table, rows, iter(rows), {key: [row[key] for row in rows] for key in rows[0]}):
        with pytest.raises(ValueError, match='column "f": the value is missing') as caught:
            dx.ingest(source, tmp_path / "gaps")
        for part in ('"i" (first in', '"s" (first in', "nan", '"*"'):
            assert part in str(caught.value)
    fill = {"*": {float: float("nan"), int: -1, str: ""}}
    expected = contents(table, tmp_path / "gaps", fill=fill, mask=True, schema={"l": "int64[2]"})
    assert isinstance(expected, tuple)
    assert list(expected[0]) == ["f", "f.valid", "i", "i.valid", "s", "s.valid", "l", "l.valid"]
    assert expected[1][2] == {
        "f": 1.5, "f.valid": True, "i": -1, "i.valid": False, "s": "", "s.valid": False, "l": [-1, 6], "l.valid": False,
    }  # fmt: skip
    assert np.isnan(expected[1][1]["f"])
    for source in (rows, iter(rows), {key: [row[key] for row in rows] for key in rows[0]}):
        found = contents(source, tmp_path / "gaps", fill=fill, mask=True)
        assert isinstance(found, tuple) and found[0] == expected[0]
        assert str(found[1]) == str(expected[1])  # NaN is not equal to itself
    alone = contents(rows, tmp_path / "gaps", mask=True)
    assert isinstance(alone, tuple) and alone[1][2]["i"] == 0 and alone[0].keys() == expected[0].keys()
    with pytest.raises(ValueError, match="kinds are"):
        dx.ingest(rows, tmp_path / "gaps", fill={"*": {"number": 1}})


def test_missing_categories_are_no_class(tmp_path: pathlib.Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"c": pandas.Categorical(["a", None, "b"])})
    with pytest.raises(ValueError, match='"c": the value is missing'):
        dx.ingest(frame, tmp_path / "c")
    for fill in ({"c": -1}, {"*": {int: -1}}):
        buffer = dx.ingest(frame, tmp_path / "c", fill=fill, overwrite=True)
        assert buffer.schema["c"].meaning == ["a", "b"] and [int(row["c"]) for row in buffer] == [0, -1, 1]
        assert [row["c"].tolist() for row in buffer.one_hot("c")] == [[1, 0], [0, 0], [0, 1]]
    named = dx.ingest(frame, tmp_path / "c", fill={"c": "none"}, overwrite=True)
    assert named.schema["c"].meaning == ["a", "b", "none"] and [int(row["c"]) for row in named] == [0, 2, 1]
    with pytest.raises(ValueError, match="7 is a number"):
        dx.ingest(frame, tmp_path / "c", fill={"c": 7}, overwrite=True)
    polars = pytest.importorskip("polars")
    enum = polars.DataFrame({"c": polars.Series(["a", None, "b"], dtype=polars.Enum(["a", "b"]))})
    buffer = dx.ingest(enum, tmp_path / "c", fill={"c": -1}, overwrite=True)
    assert buffer.schema["c"].dtype == "int8" and [int(row["c"]) for row in buffer] == [0, -1, 1]


def test_options_know_the_fields_of_structs(tmp_path: pathlib.Path) -> None:
    table = pa.table({"a": [{"y": 0, "x": 1.5}, {"y": 1, "x": 2.5}]})
    buffer = dx.ingest(table, tmp_path / "a", schema={"a.x": "float32"}, labels={"a.y": ["cat", "dog"]})
    assert buffer.schema["a.x"].dtype == "float32" and buffer.schema["a.y"].meaning == ["cat", "dog"]
    with pytest.raises(KeyError, match='no column "a.z"'):
        dx.ingest(table, tmp_path / "a", schema={"a.z": "float32"}, overwrite=True)


def test_a_type_that_does_not_hold_the_values_names_row_and_column(tmp_path: pathlib.Path) -> None:
    table = pa.concat_tables([pa.table({"x": [1, 2], "f": [0.5, 1.0]}), pa.table({"x": [3, 300], "f": [2.0, 1e39]})])
    for schema, message in (
        ({"x": "uint8"}, 'row 3, column "x": the value 300 does not fit uint8'),
        ({"f": "float32"}, 'row 3, column "f": the value 1e.39 does not fit'),
        ({"f": "int32"}, 'row 0, column "f": the value 0.5 does not fit int32'),
        ({"x": "bool"}, 'row 1, column "x": the value 2 does not fit bool'),
    ):
        with pytest.raises(ValueError, match=message) as caught:
            dx.ingest(table, tmp_path / "x", schema=schema)
        assert "Traceback" not in str(caught.value)


def test_exceptions_of_a_producer_are_unchanged(tmp_path: pathlib.Path) -> None:
    schema = pa.schema({"x": pa.int64()})
    for error in (KeyboardInterrupt(), RuntimeError("broken"), ValueError("broken")):

        def batches(error: BaseException = error) -> Any:
            yield pa.record_batch({"x": [1, 2]})
            raise error

        with pytest.raises(type(error)) as caught:
            dx.ingest(pa.RecordBatchReader.from_batches(schema, batches()), tmp_path / "x")
        assert caught.value is error or str(caught.value) == str(error)
        assert list(tmp_path.iterdir()) == []


def test_dictionaries_that_differ_by_batch(tmp_path: pathlib.Path) -> None:
    parts = [pa.table({"c": pa.array(names).dictionary_encode()}) for names in (["a", "b"], ["c", "a"])]
    buffer = dx.ingest(pa.concat_tables(parts), tmp_path / "c")
    names = buffer.schema["c"].meaning
    assert isinstance(names, list) and [names[int(row["c"])] for row in buffer] == ["a", "b", "c", "a"]
    reader = pa.RecordBatchReader.from_batches(
        parts[0].schema, [batch for part in parts for batch in part.to_batches()]
    )
    with pytest.raises(ValueError, match="schema="):
        dx.ingest(reader, tmp_path / "c", overwrite=True)
    reader = pa.RecordBatchReader.from_batches(
        parts[0].schema, [batch for part in parts for batch in part.to_batches()]
    )
    text = dx.ingest(reader, tmp_path / "c", schema={"c": "string"}, overwrite=True)
    assert [row["c"] for row in text] == ["a", "b", "c", "a"]


def test_images_in_structs_and_splits_without_rows(tmp_path: pathlib.Path, pictures: Any) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"a": {"image": datasets.Image(), "label": datasets.ClassLabel(names=["n", "y"])}})
    rows = [{"a": {"image": Image.new("RGB", (2, 3), (i, 0, 0)), "label": i}} for i in range(2)]
    dataset = datasets.Dataset.from_list(rows, features=features)
    for source in (dataset, dataset.to_iterable_dataset()):
        buffer = dx.ingest(source, tmp_path / "nested", overwrite=True)
        assert buffer.schema["a.image"] == dx.Field("tensor", "uint8", (3, 2, 3))
        assert buffer.schema["a.label"].meaning == ["n", "y"] and buffer[1]["a.image"][0, 0].tolist() == [1, 0, 0]
    splits = datasets.DatasetDict(test=dataset.select([]), train=dataset)
    buffers = dx.ingest(splits, tmp_path / "splits")
    assert len(buffers["test"]) == 0 and buffers["test"].schema == buffers["train"].schema


@pytest.mark.parametrize("missing", [False, True])
def test_categories_beside_arrays_are_class_labels(tmp_path: pathlib.Path, missing: bool) -> None:
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    values = ["b", None if missing else "b", "a"]
    enum = pl.Series(values, dtype=pl.Enum(["b", "a", "z"]))
    for column in (
        pd.Categorical(values, categories=["b", "a", "z"]),
        pd.Series(pd.Categorical(values, categories=["b", "a", "z"])),
        enum,
        pa.DictionaryArray.from_arrays(pa.array([0, None if missing else 0, 1], pa.int8()), ["b", "a", "z"]),
        pa.chunked_array([pa.array(["b"]).dictionary_encode(), pa.array([*values[1:], "z"]).dictionary_encode()])[:3],
    ):
        source = {"c": column, "row": np.arange(3)}
        if missing:
            with pytest.raises(ValueError, match='row 1, column "c".*missing'):
                dx.ingest(source, tmp_path / "t", overwrite=True)
        buffer = dx.ingest(source, tmp_path / "t", fill={"c": -1} if missing else None, overwrite=True)
        assert buffer.schema["c"].meaning == ["b", "a", "z"]
        assert [int(row["c"]) for row in buffer] == [0, -1 if missing else 0, 1]
        named = dx.ingest(source, tmp_path / "t", fill={"c": "z"} if missing else None, overwrite=True)
        assert [int(row["c"]) for row in named] == [0, 2 if missing else 0, 1]
        text = dx.ingest(
            source, tmp_path / "t", schema={"c": "string"}, fill={"c": "?"} if missing else None, overwrite=True
        )
        assert [row["c"] for row in text] == ["b", "?" if missing else "b", "a"]
