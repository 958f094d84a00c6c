# SPDX-License-Identifier: Apache-2.0
"""Tests of options for text files in `dx.ingest`, and of times in text and arrays."""

from __future__ import annotations

import datetime
import pathlib
import subprocess
from typing import Any

import colonnade as dx
import numpy as np
import pytest


def values(buffer: dx.Buffer, key: str) -> list[Any]:
    return [row[key] if isinstance(row[key], str) else row[key].tolist() for row in buffer]


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises((ValueError, TypeError)) as error:
        dx.ingest(*arguments, **options)
    return str(error.value)


@pytest.fixture
def target(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "made.colonnade"


def test_missing_delimiter_and_header_are_those_of_the_command(tmp_path: pathlib.Path, target: pathlib.Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("1;-\n2;x\n-;NA\n")
    buffer = dx.ingest(path, target, delimiter=";", header=False, missing=["-"], fill={"c0": 7})
    assert [field.kind for field in buffer.schema.values()] == ["tensor", "string"]
    assert values(buffer, "c0") == [1, 2, 7] and values(buffer, "c1") == ["-", "x", "NA"]
    tabs = tmp_path / "tabs.csv"
    tabs.write_text("a\tb\n1\t2\n")
    for delimiter in ("tab", "\t"):
        assert list(dx.ingest(tabs, target, delimiter=delimiter, overwrite=True).schema) == ["a", "b"]
    message = refused(tabs, target, overwrite=True)
    assert "use delimiter='tab'" in message and "--" not in message
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("2019,2020\n1,2\n")
    assert "header=False" in refused(numbers, target, overwrite=True)
    assert list(dx.ingest(numbers, target, header=True, overwrite=True).schema) == ["2019", "2020"]


@pytest.mark.parametrize("columns", ["p0:p2", ("p0", "p2"), ["p0", "p2"]])
def test_vector_makes_neighbouring_columns_a_tensor(tmp_path: pathlib.Path, target: pathlib.Path, columns: Any) -> None:
    path = tmp_path / "t.csv"
    path.write_text("y,p0,p1,p2\n5,1,2,3\n6,4,5,6\n")
    buffer = dx.ingest(path, target, vector={"pixels": columns}, schema={"pixels": "uint8"})
    assert buffer.schema["pixels"].shape == (3,) and values(buffer, "pixels") == [[1, 2, 3], [4, 5, 6]]
    assert "vector has 'p0'" in refused(path, target, vector={"pixels": "p0"}, overwrite=True)
    assert "there is no column" in refused(path, target, vector={"pixels": "p0:p9"}, overwrite=True)


def test_quotes_and_escapes(tmp_path: pathlib.Path, target: pathlib.Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text('a\tb\n"x\ty"\n\\tz\t\\\\\n')
    # Quotes are plain characters in TSV.
    assert values(dx.ingest(path, target), "a") == ['"x', "\\tz"]
    escaped = dx.ingest(path, target, escapes=True, overwrite=True)
    assert values(escaped, "a") == ['"x', "\tz"] and values(escaped, "b") == ['y"', "\\"]
    quoted = tmp_path / "q.tsv"
    quoted.write_text("a\tb\n'x\ty'\t1\n")
    assert values(dx.ingest(quoted, target, quote="'", overwrite=True), "a") == ["x\ty"]
    table = tmp_path / "q.csv"
    table.write_text('a,b\n"x,y"\n')
    assert values(dx.ingest(table, target, quote="", overwrite=True), "b") == ['y"']
    assert "2 columns" in refused(table, target, overwrite=True)


def test_r_writes_a_header_that_is_one_name_short(tmp_path: pathlib.Path, target: pathlib.Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('"a","b"\n"1",1,2\n"2",3,4\n')
    message = refused(path, target)
    assert "one name short, as R writes it" in message and "col.names=NA" in message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": ";;"}, "delimiter must be a character, or 'tab', not ';;'"),
        ({"delimiter": 1}, "delimiter must be a str"),
        ({"quote": "ab"}, "quote must be a character, or '' for none"),
        ({"vector": ["p"]}, "vector must be a dict"),
        ({"missing": 3}, "missing"),
    ],
)
def test_options_are_checked(tmp_path: pathlib.Path, target: pathlib.Path, options: Any, message: str) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    assert message in refused(tmp_path / "t.csv", target, **options)


OPTIONS = {
    "missing": ["-"],
    "vector": {"v": "a:b"},
    "delimiter": ";",
    "quote": "'",
    "escapes": True,
    "header": True,
}


@pytest.mark.parametrize("name", OPTIONS)
def test_other_sources_refuse_options_for_text(tmp_path: pathlib.Path, target: pathlib.Path, name: str) -> None:
    option: dict[str, Any] = {name: OPTIONS[name]}
    assert f"{name} is for text files that are given" in refused([{"a": 1}], target, **option)
    np.save(tmp_path / "a.npy", np.arange(3))
    message = refused(tmp_path / "a.npy", target, **option)
    assert (
        message.startswith(f"{tmp_path}/a.npy")
        and f"{name}=" in message
        and "is for" in message
        and "--" not in message
    )
    if name != "missing":
        (tmp_path / "a.jsonl").write_text('{"a": 1}\n')
        assert "is for CSV and TSV" in refused(tmp_path / "a.jsonl", target, **option)
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    parquet.write_table(pyarrow.table({"a": [1]}), tmp_path / "a.parquet")
    assert f"{name} is for text files, but " in refused(tmp_path / "a.parquet", target, **option)


# Times.

UTC = datetime.UTC
#: {type: values of Python, their text, and the numbers}.
TIMES: dict[str, tuple[list[Any], list[str], list[int]]] = {
    "date[d]": ([datetime.date(2024, 2, 29), datetime.date(1969, 12, 31)], ["2024-02-29", "1969-12-31"], [19_782, -1]),
    "timestamp[us]": (
        [datetime.datetime(2024, 2, 29, 12), datetime.datetime(1970, 1, 1, 0, 0, 0, 250)],
        ["2024-02-29 12:00", "1970-01-01T00:00:00.00025"],
        [1_709_208_000_000_000, 250],
    ),
    "timestamp[us, UTC]": (
        [datetime.datetime(2024, 2, 29, 12, tzinfo=UTC), datetime.datetime(1970, 1, 1, tzinfo=UTC)],
        ["2024-02-29T13:00+01:00", "1970-01-01T00:00:00Z"],
        [1_709_208_000_000_000, 0],
    ),
    "duration[us]": (
        [datetime.timedelta(seconds=90), datetime.timedelta(-1)],
        ["PT90S", "-P1D"],
        [90_000_000, -86_400_000_000],
    ),
    "time[us]": ([datetime.time(12, 30), datetime.time(0, 0, 1)], ["12:30", "00:00:01"], [45_000_000_000, 1_000_000]),
}


@pytest.mark.parametrize("kind", TIMES)
def test_times_are_the_same_from_every_source(tmp_path: pathlib.Path, target: pathlib.Path, kind: str) -> None:
    objects, texts, numbers = TIMES[kind]
    (tmp_path / "t.csv").write_text("t\n" + "".join(f"{text}\n" for text in texts))
    (tmp_path / "t.jsonl").write_text("".join(f'{{"t": "{text}"}}\n' for text in texts))
    sources: dict[str, Any] = {
        "CSV": tmp_path / "t.csv",
        "JSON Lines": tmp_path / "t.jsonl",
        "dicts": [{"t": value} for value in objects],
        "lists": {"t": objects},
    }
    if not kind.startswith("time[") and "UTC" not in kind:
        unit = {"date[d]": "D"}.get(kind, "us")
        array = np.array(objects, f"{'m' if kind.startswith('duration') else 'M'}8[{unit}]")
        np.save(tmp_path / "t.npy", array)
        np.savez(tmp_path / "t.npz", t=array)
        sources |= {"npy": tmp_path / "t.npy", "npz": tmp_path / "t.npz", "array": {"t": array}}
        sources["numbers of NumPy"] = [{"t": value} for value in array]
    for name, source in sources.items():
        buffer = dx.ingest(source, target, schema={"t": kind}, overwrite=True)
        assert buffer.schema["t"].meaning == kind, name
        assert values(buffer, "t") == numbers, name
        # Arrays of times need no declared type.
        if name not in ("CSV", "JSON Lines"):
            assert dx.ingest(source, target, overwrite=True).schema == buffer.schema, name


@pytest.mark.parametrize("kind", TIMES)
@pytest.mark.parametrize("format", ["csv", "jsonl", "npz"])
def test_exported_columns_are_ingested_again(
    tmp_path: pathlib.Path, target: pathlib.Path, kind: str, format: str
) -> None:
    original = dx.ingest([{"t": value} for value in TIMES[kind][0]], target)
    exported = tmp_path / f"out.{format}"
    program = pathlib.Path(dx.__file__).parent / "_bin" / "colonnade"
    subprocess.run([program, "export", target, "--output", exported], check=True, capture_output=True)
    if format == "npz" and ("UTC" in kind or kind.startswith("time[")):
        # NumPy has no zones, and no times of day.
        array = np.load(exported)["t"]
        assert array.dtype == ("i8" if kind.startswith("time[") else "M8[us]")
        assert array.astype(np.int64).tolist() == TIMES[kind][2]
        return
    again = dx.ingest(exported, tmp_path / "again", schema={"t": kind})
    assert again.schema == original.schema and values(again, "t") == values(original, "t")


def test_times_that_a_type_does_not_hold_are_errors(tmp_path: pathlib.Path, target: pathlib.Path) -> None:
    fine = datetime.datetime(2024, 2, 29, 12, 0, 0, 1)
    array = np.array([fine], "M8[us]")
    np.save(tmp_path / "t.npy", array)
    (tmp_path / "t.csv").write_text(f"t\n{fine.isoformat()}\n")
    for source in (tmp_path / "t.npy", tmp_path / "t.csv", {"t": array}, [{"t": fine}]):
        message = refused(source, target, schema={"t": "timestamp[ms]"})
        assert "between two" in message and '"t"' in message, message
        assert (
            dx.ingest(source, target, schema={"t": "timestamp[ns]"}, overwrite=True).schema["t"].meaning
            == "timestamp[ns]"
        )
        target.unlink()
    text = refused(tmp_path / "t.csv", target, schema={"t": "timestamp[us, UTC]"})
    assert "has no zone" in text and 'schema={"t": "timestamp[us]"}' in text and "--" not in text


def test_not_a_time_needs_a_fill_from_every_source(tmp_path: pathlib.Path, target: pathlib.Path) -> None:
    array = np.array(["2024-02-29", "NaT"], "M8[D]")
    np.save(tmp_path / "t.npy", array)
    (tmp_path / "t.csv").write_text("t\n2024-02-29\nNaT\n")
    day = datetime.date(1970, 1, 2)
    for source in (tmp_path / "t.npy", tmp_path / "t.csv", {"t": array}, [{"t": value} for value in array]):
        assert "missing" in refused(source, target, schema={"t": "date[d]"}), source
        for fill, number in (({"t": "NaT"}, -(2**31)), ({"*": {"time": "NaT"}}, -(2**31)), ({"t": day}, 1)):
            buffer = dx.ingest(source, target, schema={"t": "date[d]"}, fill=fill, overwrite=True)
            assert values(buffer, "t") == [19_782, number]
        target.unlink()
