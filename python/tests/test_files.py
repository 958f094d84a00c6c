# SPDX-License-Identifier: Apache-2.0
"""Several files of the same columns, taken one after another by the command."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import colonnade as dx
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


def test_integers_beside_floats(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    buffer = ingest(tmp_path, pa.table({"a": [2**53]}), pa.table({"a": [0.5]}))
    assert values(buffer, "a") == [2.0**53, 0.5]
    paths = write(tmp_path, pa.table({"a": [1, 2**53 + 1]}), pa.table({"a": [0.5]}))
    assert ingest_command([*paths, "-o", str(tmp_path / "y.colonnade")]) == 65
    error = capsys.readouterr().err
    assert str(2**53 + 1) in error and "part-0.parquet" in error and "double" in error and "Traceback" not in error


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
def test_what_does_not_go_together(
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
