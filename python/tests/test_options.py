# SPDX-License-Identifier: Apache-2.0
"""Tests that options of `ingest` name columns by one rule, for every kind of source."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import colonnade as dx
import pytest

COLUMNS = {"a": [0, 1, 1], "b": [5, 6, 7], "l": [[1, 2], [3, 4], [5, 6]]}
ROWS = [dict(zip(COLUMNS, row)) for row in zip(*COLUMNS.values())]
KINDS = [
    "list",
    "generator",
    "dict of lists",
    "buffer",
    "stream",
    "table",
    "frame",
    "json lines",
    "Dataset",
    "IterableDataset",
]


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


def source(kind: str, folder: pathlib.Path, gaps: bool = False) -> Any:
    rows = [{**row, "a": None if gaps and place == 1 else row["a"]} for place, row in enumerate(ROWS)]
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    if kind == "list":
        return rows
    if kind == "generator":
        return (row for row in rows)
    if kind == "dict of lists":
        return columns
    if kind in ("buffer", "stream"):
        if gaps:
            pytest.skip("buffers have no missing values")
        buffer = dx.buffer_from_vector(rows)
        return buffer if kind == "buffer" else buffer.to_stream()
    if kind == "json lines":
        (folder / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return folder / "x.jsonl"
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"a": pa.array(columns["a"], pa.int64()), "b": columns["b"], "l": columns["l"]})
    if kind == "table":
        return table
    if kind == "frame":
        # pandas' own integers, which may be missing.
        pandas = pytest.importorskip("pandas")
        return table.to_pandas(types_mapper={pa.int64(): pandas.Int64Dtype()}.get)
    datasets = pytest.importorskip("datasets")
    dataset = datasets.Dataset.from_dict(columns)
    return dataset if kind == "Dataset" else dataset.to_iterable_dataset()


def values(buffer: dx.Buffer, name: str) -> list[Any]:
    return [sample[name].tolist() for sample in buffer]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a", "new"])
def test_a_renamed_column_has_its_old_and_its_new_name(
    tmp_path: pathlib.Path, path: pathlib.Path, kind: str, name: str
) -> None:
    columns = ["new=a", "b"]
    options: dict[str, Any] = {"schema": {name: "int8"}, "labels": {name: ["no", "yes"]}, "codec": {name: "zlib"}}
    buffer = dx.ingest(source(kind, tmp_path), path, columns=columns, **options)
    assert buffer.schema == {"new": dx.Field("tensor", "int8", (), ["no", "yes"]), "b": dx.Field("tensor", "int64", ())}
    assert values(buffer, "new") == COLUMNS["a"] and values(buffer, "b") == COLUMNS["b"]
    filled = dx.ingest(source(kind, tmp_path, gaps=True), path, columns=columns, fill={name: 9}, overwrite=True)
    assert values(filled, "new") == [0, 9, 1]
    both = {"a": 8, "new": 9}
    with pytest.raises(ValueError, match='fill has "a" and "new", which are one column'):
        dx.ingest(source(kind, tmp_path, gaps=True), path, columns=columns, fill=both, overwrite=True)


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_in_the_source_comes_first(tmp_path: pathlib.Path, path: pathlib.Path, kind: str) -> None:
    buffer = dx.ingest(source(kind, tmp_path), path, columns=["b=a", "a=b"], schema={"a": "int8", "b": "int16"})
    assert buffer.dtypes == {"b": "int8", "a": "int16"} and values(buffer, "b") == COLUMNS["a"]
    twice = dx.ingest(source(kind, tmp_path), path, columns=["a", "c=a"], schema={"a": "int8"}, overwrite=True)
    assert twice.dtypes == {"a": "int8", "c": "int8"} and values(twice, "c") == values(twice, "a") == COLUMNS["a"]


@pytest.mark.parametrize("kind", KINDS)
def test_ragged_columns_have_both_names_too(tmp_path: pathlib.Path, path: pathlib.Path, kind: str) -> None:
    if kind == "json lines":
        pytest.skip("ragged does not apply to it")
    for name in ("l", "m"):
        buffer = dx.ingest(source(kind, tmp_path), path, columns=["m=l"], ragged=[name], overwrite=True)
        assert buffer.schema["m"].shape == (None,) and values(buffer, "m") == COLUMNS["l"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("columns", [None, ["a"], ["y=a"]])
def test_options_of_unknown_columns_are_refused(
    tmp_path: pathlib.Path, path: pathlib.Path, kind: str, columns: list[str] | None
) -> None:
    unknown: list[dict[str, Any]] = [{"fill": {"zz": 0}}, {"labels": {"zz": ["x"]}}, {"schema": {"zz": "int8"}}]
    if kind != "json lines":
        unknown.append({"ragged": ["zz"]})
    for option in unknown:
        with pytest.raises(KeyError, match='"zz"') as caught:
            dx.ingest(source(kind, tmp_path), path, columns=columns, **option)
        assert "fill={" not in str(caught.value) and not path.exists()
    with pytest.raises(KeyError, match='"zz"') as caught:
        dx.ingest(source(kind, tmp_path), path, columns=["zz"])
    assert "fill={" not in str(caught.value)
    # An unselected column is a known name.
    known = dx.ingest(source(kind, tmp_path), path, columns=["a"], fill={"b": 0}, schema={"b": "int8"}, overwrite=True)
    assert known.dtypes == {"a": "int64"}


def test_labels_take_the_place_of_those_of_a_buffer(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    buffer = dx.ingest({"x": [0, 1], "f": [0.5, 1.5]}, path, labels={"x": ["a", "b"]})
    for number, given in enumerate((buffer, buffer.to_stream())):
        target = tmp_path / f"{number}.colonnade"
        named = dx.ingest(given, target, labels={"x": ["q", "r", "s"]})
        assert named.schema["x"].meaning == ["q", "r", "s"] and values(named, "x") == [0, 1]
        kept = dx.ingest(given, target, columns=["y=x"], overwrite=True)
        assert kept.schema["y"].meaning == ["a", "b"]
        renamed = dx.ingest(given, target, columns=["y=x"], labels={"x": ["q", "r"]}, overwrite=True)
        assert renamed.schema["y"].meaning == ["q", "r"]
        with pytest.raises(ValueError, match="1 is out of range for 1 labels"):
            dx.ingest(given, target, labels={"x": ["q"]}, overwrite=True)
        with pytest.raises(ValueError, match="labels name integers"):
            dx.ingest(given, target, labels={"f": ["q", "r"]}, overwrite=True)


@pytest.mark.parametrize("kind", KINDS)
def test_class_names_in_a_schema_are_labels(tmp_path: pathlib.Path, path: pathlib.Path, kind: str) -> None:
    field = dx.Field("tensor", "int8", (), ["no", "yes"])
    buffer = dx.ingest(source(kind, tmp_path), path, columns=["a"], schema={"a": field})
    assert buffer.schema == {"a": field} and values(buffer, "a") == COLUMNS["a"]
    with pytest.raises(ValueError, match="in two ways"):
        dx.ingest(source(kind, tmp_path), path, schema={"a": field}, labels={"a": ["x", "y"]}, overwrite=True)


def test_a_stream_is_read_from_its_beginning(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    stream = dx.buffer_from_vector(ROWS).shuffle(seed=1).to_stream()
    expected = [int(sample["a"]) for sample in stream.epoch(0)]
    assert int(next(stream)["a"]) == expected[0]
    for name in ("first", "second"):
        assert values(dx.ingest(stream, tmp_path / name), "a") == expected
    # The state of the stream has not changed.
    assert [int(sample["a"]) for sample in stream] == expected[1:]
    assert values(dx.ingest(stream, tmp_path / "third"), "a") == expected
    rows = dx.stream_python_iterable(lambda: iter(ROWS))
    for name in ("fourth", "fifth"):
        assert values(dx.ingest(rows, tmp_path / name), "b") == COLUMNS["b"]


def test_a_generator_that_was_read_is_refused(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    rows = ({"x": i} for i in range(3))
    dx.ingest(rows, path)
    for schema in (None, {"x": "int64"}):
        with pytest.raises(ValueError, match="read to its end"):
            dx.ingest(rows, tmp_path / "second", schema=schema)
    iterator = iter([{"x": 1}])
    next(iterator)
    with pytest.raises(ValueError, match="there are no rows"):
        dx.ingest(iterator, tmp_path / "second")


@pytest.mark.parametrize(
    "kind", ["list", "generator", "dict of lists", "table", "frame", "Dataset", "IterableDataset", "ClassLabel"]
)
def test_the_name_of_a_class_is_a_fill(tmp_path: pathlib.Path, path: pathlib.Path, kind: str) -> None:
    labels: dict[str, list[str]] | None = {"a": ["no", "yes"]}
    if kind == "ClassLabel":
        datasets, labels = pytest.importorskip("datasets"), None
        features = datasets.Features({"a": datasets.ClassLabel(names=["no", "yes"])})
        given: Any = datasets.Dataset.from_dict({"a": [0, None, 1]}, features=features)
    else:
        given = source(kind, tmp_path, gaps=True)
        given = list(given) if kind == "generator" else given
    for fill, number, names in (("yes", 1, ["no", "yes"]), ("none", 2, ["no", "yes", "none"]), (-1, -1, ["no", "yes"])):
        rows = iter(given) if kind == "generator" else given
        buffer = dx.ingest(rows, path, columns=["a"], fill={"a": fill}, labels=labels, overwrite=True)
        assert buffer.schema["a"].meaning == names and values(buffer, "a") == [0, number, 1]
