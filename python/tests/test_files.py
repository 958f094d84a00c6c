# SPDX-License-Identifier: Apache-2.0
"""Tests of files given by paths: to the command and to `ingest`, singly and several of the same columns."""

from __future__ import annotations

import gzip
import json
import os
import pathlib
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from colonnade._ingest.command import ingest_command

pa = pytest.importorskip("pyarrow")


def write(folder: pathlib.Path, *tables: Any) -> list[str]:
    import pyarrow.parquet

    paths = []
    for number, table in enumerate(tables):
        path = folder / f"part-{number}.{'parquet' if number % 2 == 0 else 'arrow'}"
        if number % 2 == 0:
            pyarrow.parquet.write_table(table, path)
        else:
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
        paths.append(str(path))
    return paths


def ingest(folder: pathlib.Path, *tables: Any, options: tuple[str, ...] = ()) -> dx.Buffer:
    target = folder / "x.colonnade"
    status = ingest_command([*write(folder, *tables), "-o", str(target), "--force", "--quiet", *options])
    assert status == 0
    return dx.open(target)


def values(buffer: dx.Buffer, key: str) -> list[Any]:
    return [sample[key].tolist() if hasattr(sample[key], "tolist") else sample[key] for sample in buffer]


def test_order_width_and_columns_without_values(tmp_path: pathlib.Path) -> None:
    buffer = ingest(
        tmp_path,
        pa.table({"a": pa.array([1, 200], pa.uint8()), "s": ["x", "y"], "l": [[1], [2, 3]]}),
        pa.table({"s": ["z"], "l": pa.array([[2**40]], pa.large_list(pa.int64())), "a": pa.array([-5], pa.int16())}),
        pa.table({"a": pa.array([1], pa.int64()), "l": pa.array([[]], pa.list_(pa.int32())), "s": pa.nulls(1)}),
        options=("--fill", "s=none"),
    )
    assert buffer.dtypes == {"a": "int64", "s": "uint8", "l": "int64"}
    assert values(buffer, "a") == [1, 200, -5, 1]
    assert values(buffer, "s") == ["x", "y", "z", "none"]
    assert values(buffer, "l") == [[1], [2, 3], [2**40], []]


@pytest.mark.parametrize("narrow", ["int8", "uint8", "int64"])
def test_the_largest_integers_beside_others(tmp_path: pathlib.Path, narrow: str) -> None:
    one, other = pa.table({"a": pa.array([1], narrow)}), pa.table({"a": pa.array([2**63], pa.uint64())})
    for tables, expected in [((one, other), [1, 2**63]), ((other, one), [2**63, 1])]:
        buffer = ingest(tmp_path, *tables)
        assert buffer.dtypes == {"a": "uint64"} and values(buffer, "a") == expected


def test_integers_beside_floats(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    buffer = ingest(tmp_path, pa.table({"a": [2**53]}), pa.table({"a": [0.5]}))
    assert values(buffer, "a") == [2.0**53, 0.5]
    paths = write(tmp_path, pa.table({"a": [1, 2**53 + 1]}), pa.table({"a": [0.5]}))
    assert ingest_command([*paths, "-o", str(tmp_path / "y.colonnade")]) == 65
    error = capsys.readouterr().err
    assert str(2**53 + 1) in error and "Traceback" not in error
    assert f"{paths[0]}: row 1" in error and f"float64 together with {paths[1]}" in error


def test_both_files_are_named_in_any_order(tmp_path: pathlib.Path) -> None:
    for tables, bad, origin, kind in (
        ([pa.table({"x": pa.array([1], pa.uint64())}), pa.table({"x": pa.array([-1], pa.int32())})], 1, 0, "uint64"),
        ([pa.table({"x": pa.array([-1], pa.int32())}), pa.table({"x": pa.array([1], pa.uint64())})], 0, 1, "uint64"),
        ([pa.table({"x": [2**53 + 1]}), pa.table({"x": [1]}), pa.table({"x": [0.5]})], 0, 2, "float64"),
        ([pa.table({"x": [1]}), pa.table({"x": [0.5]}), pa.table({"x": [2**53 + 1]})], 2, 1, "float64"),
    ):
        paths = write(tmp_path, *tables)
        with pytest.raises(dx.Error) as caught:
            dx.ingest(paths, tmp_path / "x.colonnade")
        assert str(caught.value).startswith(f'{paths[bad]}: row 0, column "x": ')
        assert str(caught.value).endswith(f"The column is {kind} together with {paths[origin]}")
        # A declared type is independent of the files.
        with pytest.raises(dx.Error) as caught:
            dx.ingest(paths, tmp_path / "x.colonnade", schema={"x": "uint8" if kind == "uint64" else "float32"})
        assert "together with" not in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"a": [1]}, {"a": ["x"]}),
        ({"a": [True]}, {"a": [1]}),
        ({"a": [b"x"]}, {"a": ["x"]}),
        ({"a": [1], "b": [1]}, {"a": [1]}),
        ({"a": [1]}, {"a": [1], "b": [1]}),
        ({"a": [{"u": 1}]}, {"a": [{"v": 1}]}),
    ],
)
def test_files_that_cannot_be_joined(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], first: dict[str, Any], second: dict[str, Any]
) -> None:
    paths = write(tmp_path, pa.table(first), pa.table(second))
    assert ingest_command([*paths, "-o", str(tmp_path / "y.colonnade")]) == 65
    error = capsys.readouterr().err
    assert paths[0] in error and paths[1] in error and not (tmp_path / "y.colonnade").exists()


def test_a_type_settles_it(tmp_path: pathlib.Path) -> None:
    tables = pa.table({"a": [1]}), pa.table({"a": ["x"]})
    assert values(ingest(tmp_path, *tables, options=("--type", "a=string")), "a") == ["1", "x"]


def test_class_names_in_another_order(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    def table(names: list[str]) -> Any:
        features = {"info": {"features": {"y": {"names": names, "_type": "ClassLabel"}}}}
        return pa.table({"y": [0, 1]}).replace_schema_metadata({"huggingface": json.dumps(features)})

    paths = write(tmp_path, table(["cat", "dog"]), table(["dog", "cat"]))
    assert ingest_command([*paths, "-o", str(tmp_path / "y.colonnade")]) == 65
    assert "other class names" in capsys.readouterr().err


def test_a_path_of_parquet_is_what_the_command_reads(tmp_path: pathlib.Path) -> None:
    table = pa.table({"a": pa.array([1, None, 3], pa.int32()), "s": ["x", "y", "z"]})
    (path,) = write(tmp_path, table)
    expected = ingest(tmp_path, table, options=("--fill", "a=-1", "--columns", "s,b=a"))
    for number, source in enumerate((path, pathlib.Path(path), os.fsencode(path), [path])):
        buffer = dx.ingest(source, tmp_path / f"{number}.colonnade", fill={"b": -1}, columns=["s", "b=a"])
        assert buffer.schema == expected.schema
        assert values(buffer, "b") == values(expected, "b") == [1, -1, 3]
        assert values(buffer, "s") == ["x", "y", "z"]


def test_a_list_of_parquet_and_arrow(tmp_path: pathlib.Path) -> None:
    tables = pa.table({"a": pa.array([1], pa.uint8()), "s": ["x"]}), pa.table({"s": ["y"], "a": [-300]})
    buffer = dx.ingest(write(tmp_path, *tables), tmp_path / "y.colonnade", schema={"a": "int16"}, metadata={"k": "v"})
    assert buffer.dtypes["a"] == "int16" and values(buffer, "a") == [1, -300] and values(buffer, "s") == ["x", "y"]
    assert buffer.metadata["k"] == "v"


def test_columns_that_are_not_taken_may_differ(tmp_path: pathlib.Path) -> None:
    paths = write(tmp_path, pa.table({"z": ["x"], "a": [1]}), pa.table({"a": [2], "b": [{"c": 1}]}))
    with pytest.raises(dx.Error, match="'z' of .* is not in"):
        dx.ingest(paths, tmp_path / "y.colonnade")
    assert values(dx.ingest(paths, tmp_path / "y.colonnade", columns=["n=a"]), "n") == [1, 2]
    assert ingest_command([*paths, "-o", str(tmp_path / "c.colonnade"), "--columns", "a", "--quiet"]) == 0
    assert values(dx.open(tmp_path / "c.colonnade"), "a") == [1, 2]


def test_a_file_that_was_ingested_is_opened(tmp_path: pathlib.Path) -> None:
    dx.ingest({"a": [1]}, tmp_path / "a.colonnade")
    with pytest.raises(dx.Error, match="a data set of Colonnade already: .*dx.open"):
        dx.ingest(tmp_path / "a.colonnade", tmp_path / "b.colonnade")


@pytest.mark.parametrize("name", ["folder", "spark.parquet"])
def test_a_folder_of_parquet(tmp_path: pathlib.Path, name: str) -> None:
    import pyarrow.parquet

    folder = tmp_path / name
    folder.mkdir()
    for number in (2, 0, 1):
        pyarrow.parquet.write_table(pa.table({"a": [number]}), folder / f"part-{number}.parquet")
    (folder / "_SUCCESS").touch()
    (folder / ".part-0.parquet.crc").touch()
    assert values(dx.ingest(folder, tmp_path / "a.colonnade"), "a") == [0, 1, 2]
    assert ingest_command([str(folder), "-o", str(tmp_path / "b.colonnade"), "--quiet"]) == 0
    assert values(dx.open(tmp_path / "b.colonnade"), "a") == [0, 1, 2]
    (folder / "notes.txt").touch()
    with pytest.raises(dx.Error, match="notes.txt in it, which is no Parquet or Arrow file"):
        dx.ingest(folder, tmp_path / "c.colonnade")
    (folder / "notes.txt").unlink()
    (folder / "year=2020").mkdir()
    with pytest.raises(dx.Error, match="year=2020 in it, which is a folder"):
        dx.ingest(folder, tmp_path / "c.colonnade")


def test_csv_with_options(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,s,y\n1,x,0\n,y,1\n3,,0\n")
    buffer = dx.ingest(
        path,
        tmp_path / "x.colonnade",
        columns=["text=s", "a", "y"],
        schema={"a": "int16", "y": "uint8"},
        fill={"a": -1, "text": "none"},
        labels={"y": ["cat", "dog"]},
        metadata={"licence": "CC0"},
        codec={"text": "zlib"},
    )
    assert buffer.dtypes == {"text": "uint8", "a": "int16", "y": "uint8"}
    assert values(buffer, "a") == [1, -1, 3] and values(buffer, "text") == ["x", "y", "none"]
    assert values(buffer, "y") == [0, 1, 0] and buffer.schema["y"].meaning == ["cat", "dog"]
    assert buffer.metadata["licence"] == "CC0"


def test_text_and_arrays_of_the_core(tmp_path: pathlib.Path) -> None:
    with gzip.open(tmp_path / "a.tsv.gz", "wt") as file:
        file.write("a\tb\n1\t2.5\n3\t4\n")
    buffer = dx.ingest(tmp_path / "a.tsv.gz", tmp_path / "a.colonnade")
    assert buffer.dtypes == {"a": "int64", "b": "float64"} and values(buffer, "b") == [2.5, 4.0]
    (tmp_path / "a.jsonl").write_text('{"t": [1, 2], "s": "x"}\n{"t": [3], "s": "y"}\n')
    buffer = dx.ingest(tmp_path / "a.jsonl", tmp_path / "b.colonnade", schema={"t": "int32[?]"})
    assert values(buffer, "t") == [[1, 2], [3]] and values(buffer, "s") == ["x", "y"]
    image, label = np.arange(24, dtype=np.uint8).reshape(2, 3, 4), np.array([7, 8], ">i2")
    np.save(tmp_path / "image.npy", image)
    np.save(tmp_path / "label.npy", label)
    buffer = dx.ingest([tmp_path / "image.npy", tmp_path / "label.npy"], tmp_path / "c.colonnade", grouping="separate")
    assert values(buffer, "image") == image.tolist() and values(buffer, "label") == [7, 8]
    np.savez(tmp_path / "both.npz", image=image, empty=np.zeros((2, 3, 0), np.float32))
    buffer = dx.ingest(tmp_path / "both.npz", tmp_path / "d.colonnade")
    assert values(buffer, "image") == image.tolist() and buffer[1]["empty"].shape == (3, 0)


def test_text_files_of_the_same_columns(tmp_path: pathlib.Path) -> None:
    (tmp_path / "0.csv").write_text("a,b\n1,x\n")
    (tmp_path / "1.csv").write_text("b,a\ny,2.5\n")
    told: list[tuple[int, int, int | None]] = []
    buffer = dx.ingest(
        [tmp_path / "0.csv", tmp_path / "1.csv"], tmp_path / "x.colonnade", progress=lambda *now: told.append(now)
    )
    assert values(buffer, "a") == [1.0, 2.5] and values(buffer, "b") == ["x", "y"]
    assert told[-1][0] == 2 and told[-1][2] == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"ragged": ["a"]},
            r'ragged does not apply to .*x.csv: declare the type instead, as in schema=\{"a": "int32\[\?\]"',
        ),
        ({"image_mode": "RGB"}, "image_mode does not apply"),
        ({"schema": {"a": "date[d]"}}, r'column "a": "1" is no date\[d\] after ISO 8601'),
        ({"schema": {"a": dx.Field("bytes", "uint8", (None,), "image/png")}}, "schema has the meaning 'image/png'"),
        ({"columns": ["c"]}, '"c"'),
        ({"schema": {"c": "int8"}}, '"c"'),
        ({"labels": {"a": ["x"]}}, "1"),
        ({}, r'schema=\{"a": "string"\}|fill='),
    ],
)
def test_options_that_do_not_apply_to_csv(tmp_path: pathlib.Path, options: dict[str, object], message: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n,3\n" if not options else "a,b\n1,2\n5,3\n")
    if not options:
        options = {"schema": {"a": "int8"}}
    with pytest.raises(dx.Error, match=message) as raised:
        dx.ingest(path, tmp_path / "x.colonnade", **options)  # type: ignore[call-overload]
    assert "--" not in str(raised.value)
    assert not (tmp_path / "x.colonnade").exists()


def test_paths_that_cannot_be(tmp_path: pathlib.Path) -> None:
    target = tmp_path / "x.colonnade"
    with pytest.raises(dx.MissingFileError, match="no.csv: no such file"):
        dx.ingest("no.csv", target)
    (tmp_path / "a.csv").write_text("a\n1\n")
    (parquet,) = write(tmp_path, pa.table({"a": [1]}))
    with pytest.raises(dx.Error, match="a.csv has a format that cannot be joined"):
        dx.ingest([parquet, tmp_path / "a.csv"], target)
    with pytest.raises(dx.ExistingFileError, match="is the source and the file to write"):
        dx.ingest(tmp_path / "a.csv", tmp_path / "a.csv", overwrite=True)
    (tmp_path / "empty").mkdir()
    with pytest.raises(dx.Error, match="empty: it has no files"):
        dx.ingest(tmp_path / "empty", target)
    (tmp_path / "a.bin").write_bytes(b"?")
    with pytest.raises(dx.Error, match="its format is not known by its contents or name") as raised:
        dx.ingest(tmp_path / "a.bin", target)
    assert " (--format)" not in str(raised.value)
    target.write_bytes(b"old")
    with pytest.raises(dx.ExistingFileError, match="overwrite=True"):
        dx.ingest(tmp_path / "a.csv", target)
    assert values(dx.ingest(tmp_path / "a.csv", target, overwrite=True), "a") == [1]


def test_a_folder_that_hugging_face_saved(tmp_path: pathlib.Path) -> None:
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_dict({"a": [1, 2]})
    data.save_to_disk(tmp_path / "one")
    assert values(dx.ingest(tmp_path / "one", tmp_path / "x.colonnade"), "a") == [1, 2]
    datasets.DatasetDict({"train": data, "test": data.select([1])}).save_to_disk(tmp_path / "two")
    splits = dx.ingest(tmp_path / "two", tmp_path / "out")
    assert isinstance(splits, dict)
    assert values(splits["train"], "a") == [1, 2] and values(splits["test"], "a") == [2]


def test_a_type_is_for_the_column_of_the_source_where_names_are_swapped(tmp_path: pathlib.Path) -> None:
    table = pa.table({"a": [1, 2], "b": ["3", "4"]})
    buffer = ingest(tmp_path, table, options=("--columns", "a=b,b=a", "--type", "a=int8"))
    assert buffer.schema["b"].dtype == "int8" and buffer.schema["a"].kind == "string"
    assert values(buffer, "a") == ["3", "4"] and values(buffer, "b") == [1, 2]
