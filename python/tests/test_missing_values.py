# SPDX-License-Identifier: Apache-2.0
"""Tests that every path into a file makes the same columns of the same data with missing values, or the same error."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import pathlib
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from colonnade._ingest.command import ingest_command

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
parquet = pytest.importorskip("pyarrow.parquet")

MOMENT = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.UTC)
#: {kind: values with a missing one in the middle}.
VALUES: dict[str, list[Any]] = {
    "int": [1, None, 3],
    "float": [0.5, None, 1.5],
    "bool": [True, None, False],
    "str": ["a", None, "c"],
    "time": [MOMENT, None, MOMENT],
}
ARROW = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "str": pa.string(),
    "time": pa.timestamp("us", "UTC"),
}
TYPE = {"time": "timestamp[us, UTC]"}
FILLS = {"int": -1, "float": float("nan"), "bool": False, "str": "", "time": "NaT"}


def text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def table(values: list[Any], kind: str) -> Any:
    return pa.table({"x": pa.array(values, ARROW[kind]), "row": pa.array(range(len(values)), pa.int64())})


def csv_text(values: list[Any]) -> str:
    shown = ["" if value is None else str(text(value)) for value in values]
    return "x,row\n" + "".join(f"{value},{row}\n" for row, value in enumerate(shown))


def json_text(values: list[Any], absent: bool) -> str:
    rows = [{"x": text(value), "row": row} for row, value in enumerate(values)]
    return "".join(json.dumps({k: v for k, v in row.items() if not absent or v is not None}) + "\n" for row in rows)


def written(path: pathlib.Path, contents: str) -> str:
    path.write_text(contents)
    return str(path)


def parquet_file(path: pathlib.Path, values: list[Any], kind: str) -> str:
    parquet.write_table(table(values, kind), path)
    return str(path)


def frame(values: list[Any], kind: str) -> Any:
    types = {"int": "Int64", "float": "Float64", "bool": "boolean", "str": object, "time": "datetime64[us, UTC]"}
    return pd.DataFrame({"x": pd.array(values, dtype=types[kind]), "row": range(len(values))})


#: {path: function that makes the source from a folder, values and their kind}.
SOURCES: dict[str, Callable[[pathlib.Path, list[Any], str], Any]] = {
    "CSV": lambda folder, values, kind: written(folder / "t.csv", csv_text(values)),
    "TSV": lambda folder, values, kind: written(folder / "t.tsv", csv_text(values).replace(",", "\t")),
    "JSON Lines": lambda folder, values, kind: written(folder / "t.jsonl", json_text(values, False)),
    "JSON Lines without the key": lambda folder, values, kind: written(folder / "u.jsonl", json_text(values, True)),
    "Parquet": lambda folder, values, kind: parquet_file(folder / "t.parquet", values, kind),
    "table": lambda folder, values, kind: table(values, kind),
    "frame": lambda folder, values, kind: frame(values, kind),
    "dicts": lambda folder, values, kind: [{"x": value, "row": row} for row, value in enumerate(values)],
    "generator": lambda folder, values, kind: iter([{"x": value, "row": row} for row, value in enumerate(values)]),
    "lists": lambda folder, values, kind: {"x": values, "row": list(range(len(values)))},
}
#: In text, a field cannot be marked as missing, and a time is text unless its type is declared.
OF_TEXT = ("CSV", "TSV", "JSON Lines", "JSON Lines without the key")


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("kind", VALUES)
def test_a_gap_without_a_fill_is_an_error(tmp_path: pathlib.Path, source: str, kind: str) -> None:
    schema = {"x": TYPE[kind]} if kind in TYPE and source in OF_TEXT else None
    data = SOURCES[source](tmp_path, VALUES[kind], kind)
    if kind == "str" and source in ("CSV", "TSV"):
        # Empty and missing texts are the same.
        assert [row["x"] for row in dx.ingest(data, tmp_path / "t", schema=schema)] == ["a", "", "c"]
        return
    with pytest.raises(ValueError) as error:
        dx.ingest(data, tmp_path / "t", schema=schema)
    message = str(error.value)
    assert '"x"' in message and "missing" in message and "fill=" in message and "--" not in message, message
    assert not (tmp_path / "t").exists()
    if source in OF_TEXT or source == "Parquet":
        status, said = command(data, tmp_path / "t", schema or {})
        assert status == 65 and "missing" in said and ("--fill x=" in said or source == "Parquet"), said


@pytest.mark.parametrize("mask", [False, True])
@pytest.mark.parametrize("kind", VALUES)
def test_filled_by_kind_all_ways_make_the_same_columns(tmp_path: pathlib.Path, kind: str, mask: bool) -> None:
    made = {}
    for source in SOURCES:
        schema = {"x": TYPE[kind]} if kind in TYPE and source in OF_TEXT else None
        data = SOURCES[source](tmp_path, VALUES[kind], kind)
        buffer = dx.ingest(data, tmp_path / "t", schema=schema, fill={"*": FILLS}, mask=mask, overwrite=True)
        made[source] = contents(buffer)
        if source in OF_TEXT or source == "Parquet":
            fills = "float:nan,int:-1,bool:false,str:,time:NaT"
            status, said = command(data, tmp_path / "c", schema or {}, "--fill", f"*={fills}", *(["--mask"] * mask))
            assert status == 0, said
            made[f"the command and {source}"] = contents(dx.open(tmp_path / "c"))
    first = made.pop("CSV")
    assert list(first[0]) == (["x", "x.valid", "row", "row.valid"] if mask else ["x", "row"])
    assert {source: other for source, other in made.items() if other != first} == {}
    if mask:
        assert first[0]["x.valid"].dtype == "bool" and [row["x.valid"] for row in first[1]] == [True, False, True]


def contents(buffer: dx.Buffer) -> tuple[dict[str, dx.Field], list[dict[str, Any]]]:
    rows = [
        {key: value if isinstance(value, str) else repr(value.tolist()) if value.dtype.kind == "f" else value.tolist()
         for key, value in row.items()}
        for row in buffer
    ]  # fmt: skip
    return dict(buffer.schema), rows


def command(data: str, target: pathlib.Path, schema: dict[str, str], *options: str) -> tuple[int, str]:
    """Returns the exit code and the printed errors."""
    types = [word for name, kind in schema.items() for word in ("--type", f"{name}={kind}")]
    arguments = ["ingest", data, "--output", str(target), "--force", *types, *options]
    if data.endswith(".parquet"):
        with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.redirect_stdout(io.StringIO()):
            return ingest_command(arguments[1:]), said.getvalue()
    program = pathlib.Path(dx.__file__).parent / "_bin" / "colonnade"
    run = subprocess.run([program, *arguments], capture_output=True, text=True)
    return run.returncode, run.stderr


def test_nan_is_a_number_on_all_ways(tmp_path: pathlib.Path) -> None:
    nan = float("nan")
    sources = {
        "CSV": written(tmp_path / "n.csv", "x\n1.5\nNaN\nnan\n"),
        "JSON Lines": written(tmp_path / "n.jsonl", '{"x": 1.5}\n{"x": NaN}\n{"x": "NaN"}\n'),
        "table": pa.table({"x": [1.5, nan, nan]}),
        "dicts": [{"x": 1.5}, {"x": nan}, {"x": nan}],
        "arrays": {"x": np.array([1.5, nan, nan])},
    }
    for name, source in sources.items():
        buffer = dx.ingest(source, tmp_path / "t", fill={"x": 7}, overwrite=True)
        assert repr([float(row["x"]) for row in buffer]) == "[1.5, nan, nan]", name
        assert buffer.schema["x"].dtype == "float64"


def test_nan_of_pandas_is_missing_where_a_fill_or_a_mask_is_asked_for(tmp_path: pathlib.Path) -> None:
    frame = pd.DataFrame({"x": [1.5, None], "n": [1, None]})
    for source in (frame, {"x": frame["x"], "n": frame["n"]}):
        kept = dx.ingest(source, tmp_path / "t", overwrite=True)
        assert repr([float(row["x"]) for row in kept]) == "[1.5, nan]"
        filled = dx.ingest(source, tmp_path / "t", fill={"x": 0}, overwrite=True)
        assert repr([(float(row["x"]), float(row["n"])) for row in filled]) == "[(1.5, 1.0), (0.0, nan)]"
        renamed = dx.ingest(source, tmp_path / "t", columns=["y=x"], fill={"x": 0}, overwrite=True)
        assert [float(row["y"]) for row in renamed] == [1.5, 0.0]
        for options in ({"fill": {"*": {"float": -1.0}}, "mask": True}, {"mask": True}):
            masked = dx.ingest(source, tmp_path / "t", overwrite=True, **options)
            assert [(bool(row["x.valid"]), bool(row["n.valid"])) for row in masked] == [(True, True), (False, False)]
            assert repr(float(masked[1]["x"])) == ("-1.0" if "fill" in options else "nan")


ROWS = [{"a": None, "b": None, "c": 1}, {"a": 1, "b": "x", "c": None}]


@pytest.mark.parametrize(
    "source",
    [ROWS, {key: [row[key] for row in ROWS] for key in "abc"}, lambda: iter(ROWS)],
    ids=["rows", "dict", "iterator"],
)
def test_one_error_names_the_gaps_of_the_first_row_and_of_later_ones(tmp_path: pathlib.Path, source: Any) -> None:
    with pytest.raises(ValueError) as error:
        dx.ingest(source() if callable(source) else source, tmp_path / "t")
    message = str(error.value)
    assert "fill={'a': -1, 'b': '', 'c': 0}" in message and '"c" (first in row 1)' in message, message


@pytest.mark.parametrize("rows", [[{"c": {"x": 1, "y": "a"}}, {"c": None}], [{"c": None}, {"c": {"x": 1, "y": "a"}}]])
def test_a_dictionary_that_is_missing_misses_its_keys(tmp_path: pathlib.Path, rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"fill=\{'c.x': -1, 'c.y': ''\}"):
        dx.ingest(rows, tmp_path / "t")
    fill = {"c.x": -1, "c.y": ""}
    table = pa.Table.from_pylist(rows)
    for source in (rows, iter(rows), {"c": [row["c"] for row in rows]}, table):
        buffer = dx.ingest(source, tmp_path / "t", fill=fill, mask=True, overwrite=True)
        found = [(int(row["c.x"]), bool(row["c.x.valid"]), row["c.y"], bool(row["c.y.valid"])) for row in buffer]
        expected = [(-1, False, "", False) if row["c"] is None else (1, True, "a", True) for row in rows]
        assert found == expected


@pytest.mark.parametrize("mask", [False, True])
def test_rows_without_a_key_are_filled_in_any_order(tmp_path: pathlib.Path, mask: bool) -> None:
    rows = [{"a": 1}, {"a": 2, "c": 5}, {"a": 3}]
    for order in (rows, rows[1:] + rows[:1]):
        for source in (order, iter(order)):
            buffer = dx.ingest(source, tmp_path / "t", fill={"c": 0}, mask=mask, overwrite=True)
            assert [int(row["c"]) for row in buffer] == [row.get("c", 0) for row in order]
            assert not mask or [bool(row["c.valid"]) for row in buffer] == ["c" in row for row in order]
    for source in (rows, iter(rows)):
        with pytest.raises(KeyError, match='no column "d"; there are a, c'):
            dx.ingest(source, tmp_path / "t", fill={"c": 0, "d": 0}, overwrite=True)


@pytest.mark.parametrize("source", ["CSV", "JSON Lines", "Parquet", "table", "dicts", "lists"])
def test_a_column_of_gaps_alone_needs_a_type(tmp_path: pathlib.Path, source: str) -> None:
    data = SOURCES[source](tmp_path, [None, None], "float")
    if source in ("Parquet", "table"):
        # Arrow has a type without values.
        data = SOURCES[source](tmp_path, [None, None], "int")
        with pytest.raises(ValueError, match="missing"):
            dx.ingest(data, tmp_path / "t")
    else:
        with pytest.raises(ValueError, match="missing.*schema="):
            dx.ingest(data, tmp_path / "t", mask=True)
    if source not in ("Parquet", "table", "lists", "dicts"):
        assert list(dx.ingest(data, tmp_path / "t", columns=["row"]).schema) == ["row"]
    data = SOURCES[source](tmp_path, [None, None], "int")
    buffer = dx.ingest(data, tmp_path / "t", schema={"x": "int16"}, fill={"x": 4}, overwrite=True)
    assert [int(row["x"]) for row in buffer] == [4, 4] and buffer.schema["x"].dtype == "int16"


def test_rows_that_are_appended_have_the_masks_of_the_file(tmp_path: pathlib.Path) -> None:
    path, fill = tmp_path / "t", {"x": -1, "y": 0}
    rows = [{"x": 1, "y": [1]}, {"x": None, "y": [2, None]}, {"x": 3, "y": None}]
    for appends in (False, True, True):
        with dx.Writer(path, append=appends, fill=fill, mask=True) as writer:
            writer.extend(rows)
    buffer = dx.open(path)
    assert list(buffer.schema) == ["x", "x.valid", "y", "y.valid"]
    assert [int(row["x"]) for row in buffer] == [1, -1, 3] * 3
    assert [bool(row["x.valid"]) for row in buffer] == [True, False, True] * 3
    assert [bool(row["y.valid"]) for row in buffer] == [True, False, False] * 3
    # Without a fill no value may be missing, and the masks are True.
    with dx.Writer(path, append=True, fill={"y": 0}, mask=True) as writer:
        writer.append({"x": 5, "y": [1]})
        with pytest.raises(ValueError, match='row 1, column "x": the value is missing'):
            writer.append({"x": None, "y": [1]})
    assert [bool(dx.open(path)[9][key]) for key in ("x.valid", "y.valid")] == [True, True]


def test_a_mask_that_the_file_lacks_is_refused(tmp_path: pathlib.Path) -> None:
    dx.ingest([{"x": 1}], tmp_path / "t")
    with pytest.raises(ValueError, match=r'mask=True needs the column "x.valid", which the file does not have'):
        dx.Writer(tmp_path / "t", append=True, fill={"x": 0}, mask=True)


def test_masks_do_not_replace_columns_and_need_no_row(tmp_path: pathlib.Path) -> None:
    for row in ({"x": None, "x.valid": 7}, {"x.valid": 7, "x": None}):
        for source in ([row], iter([row]), {key: [value] for key, value in row.items()}):
            with pytest.raises(ValueError, match=r'mask=True makes the column "x.valid", which is there already'):
                dx.ingest(source, tmp_path / "t", fill={"x": 0}, mask=True)
    for rows in ([], [{"x": 1}], [{"x": None}]):
        buffer = dx.ingest(rows, tmp_path / "t", schema={"x": "int64"}, mask=True, overwrite=True)
        assert list(buffer.schema) == ["x", "x.valid"]
        assert [bool(row["x.valid"]) for row in buffer] == [row["x"] is not None for row in rows]


@pytest.mark.parametrize("make", [list, tuple, np.array, lambda pair: [np.array(pair), np.array(pair)]])
def test_a_time_that_is_none_is_missing_in_arrays_and_lists(tmp_path: pathlib.Path, make: Callable[..., Any]) -> None:
    day, nat = np.datetime64("2024-02-29", "us"), np.datetime64("NaT", "us")
    count = int(day.astype("int64"))
    for pair in ([day, nat], [nat, day], [nat, nat]):
        rows = [{"x": make(pair)}]
        with pytest.raises(ValueError, match='row 0, column "x": an element is missing'):
            dx.ingest(rows, tmp_path / "t", overwrite=True)
        buffer = dx.ingest(rows, tmp_path / "t", fill={"x": day}, mask=True, overwrite=True)
        assert set(np.ravel(buffer[0]["x"]).tolist()) == {count} and not buffer[0]["x.valid"]
        buffer = dx.ingest(rows, tmp_path / "t", fill={"x": "NaT"}, mask=True, overwrite=True)
        least = np.iinfo(np.int64).min
        assert np.ravel(buffer[0]["x"])[:2].tolist() == [least if np.isnat(time) else count for time in pair]


def test_arrays_in_files_have_no_masks(tmp_path: pathlib.Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    np.savez(tmp_path / "a.npz", a=np.arange(3))
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ValueError, match="mask=True is for CSV, TSV, JSON Lines"):
            dx.ingest(tmp_path / name, tmp_path / "masked", mask=True)
        # An unused fill changes nothing.
        filled = dx.ingest(tmp_path / name, tmp_path / "t", fill={"a": 5, "*": {"int": -1}}, overwrite=True)
        assert [int(row["a"]) for row in filled] == [0, 1, 2]


def test_errors_of_several_columns_name_the_arguments_of_python(tmp_path: pathlib.Path) -> None:
    (tmp_path / "t.csv").write_text("a b,f,s\n1,,x\n,0.5,\n")
    with pytest.raises(ValueError) as error:
        dx.ingest(tmp_path / "t.csv", tmp_path / "t")
    message = str(error.value)
    assert 'fill={"f": float("nan"), "a b": -1}' in message, message
    assert 'fill={"*": {"float": float("nan"), "int": -1}}' in message, message


def test_the_values_of_a_generator_are_not_read_ahead_of_an_error(tmp_path: pathlib.Path) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield {"x": 1}
        yield {"x": None}

    with pytest.raises(ValueError, match='column "x".*missing'):
        dx.ingest(rows(), tmp_path / "t")


def test_options_name_the_keys_of_dicts_in_lists(tmp_path: pathlib.Path) -> None:
    columns = {"k": [0, 1], "c": [{"x": 1, "y": "a"}, None]}
    options: dict[str, Any] = {
        "fill": {"c.x": 1, "c.y": ""},
        "schema": {"c.x": "int8"},
        "labels": {"c.x": ["no", "yes"]},
    }
    buffer = dx.ingest(columns, tmp_path / "t", **options)
    assert buffer.schema["c.x"] == ("tensor", "int8", (), ["no", "yes"])
    assert [(int(row["c.x"]), row["c.y"]) for row in buffer] == [(1, "a"), (1, "")]
    chosen = dx.ingest(columns, tmp_path / "k", columns=["k"], fill={"k": 0})
    assert chosen.keys() == ["k"]
    for wrong in ("k.x", "z", "z.x"):
        with pytest.raises(dx.KeyMissingError, match=f'there is no column "{wrong}"; there are k, c$'):
            dx.ingest(columns, tmp_path / "w", fill={wrong: 0})
