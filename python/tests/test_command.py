# SPDX-License-Identifier: Apache-2.0
"""Tests of the command `colonnade`, for the sources that Python reads."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import colonnade as dx
import fashion
import numpy as np
import pytest

ENVIRONMENT = {**os.environ, "HF_HUB_OFFLINE": "1"}


def colonnade(*arguments: object, folder: pathlib.Path) -> Any:
    command = [sys.executable, "-m", "colonnade", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=ENVIRONMENT)


@pytest.fixture
def parquet(tmp_path: pathlib.Path) -> pathlib.Path:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    table = pa.table({"x": pa.array(range(100), pa.int16()), "s": ["a", None] * 50})
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    with pa.OSFile(str(tmp_path / "rows.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    with pa.OSFile(str(tmp_path / "stream.arrow"), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return tmp_path


def test_parquet_and_arrow(parquet: pathlib.Path) -> None:
    for source in ("rows.parquet", "rows.arrow", "stream.arrow"):
        done = colonnade("ingest", source, "-o", "x.colonnade", "--fill", "s=none", "--force", folder=parquet)
        assert done.returncode == 0, done.stderr
        assert done.stderr == "" and "x  int16" in done.stdout and "wrote x.colonnade: 100 rows" in done.stdout
        buffer = dx.open(parquet / "x.colonnade")
        assert len(buffer) == 100 and int(buffer[99]["x"]) == 99 and buffer[1]["s"] == "none"


def test_several_files_and_options(parquet: pathlib.Path) -> None:
    (parquet / "names.txt").write_text("".join(f"class {i}\n" for i in range(100)))
    done = colonnade(
        "ingest", "rows.parquet", "rows.arrow", "--output=x.colonnade", "--columns", "y=x", "--json", "--metadata",
        "a=b=c", "--labels", "y=names.txt", "--group", "separate", folder=parquet,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["rows"] == 200 and report["file"] == "x.colonnade" and report["columns"][0]["dtype"] == "int16"
    assert report["columns"][0]["labels"][99] == "class 99"
    assert dx.open(parquet / "x.colonnade").metadata["a"] == "b=c"
    quiet = colonnade("ingest", "rows.parquet", "-o", "q.colonnade", "--columns", "x", "--quiet", folder=parquet)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_errors_and_exit_codes(parquet: pathlib.Path) -> None:
    (parquet / "text.parquet").write_text("no parquet")
    (parquet / "x.colonnade").write_text("mine")
    for arguments, status, message in (
        (["rows.parquet"], 64, "-o/--output"),
        (["rows.parquet", "-o", "x.colonnade", "--fill", "s=a"], 64, "exists"),
        (["rows.parquet", "-o", "y.colonnade", "--columns", "z"], 64, "z"),
        (["rows.parquet", "-o", "y.colonnade", "--vector", "a=b:c"], 64, "--vector"),
        (["rows.parquet", "-o", "y.colonnade", "--fill", "s"], 64, "--fill takes name=value"),
        (["rows.parquet", "-o", "y.colonnade"], 65, '"s"'),
        (["text.parquet", "-o", "y.colonnade"], 65, "as a Parquet file"),
        (["none.parquet", "-o", "y.colonnade"], 66, "none.parquet"),
        (["rows.parquet", "-o", "none/y.colonnade", "--fill", "s=a"], 74, "no folder none"),
    ):
        done = colonnade("ingest", *arguments, folder=parquet)
        assert done.returncode == status and done.stdout == "", (arguments, done)
        assert done.stderr.startswith("colonnade: error: ") and message in done.stderr, done.stderr
        assert "Traceback" not in done.stderr and not (parquet / "y.colonnade").exists()
    assert (parquet / "x.colonnade").read_text() == "mine"


def test_a_saved_folder(tmp_path: pathlib.Path) -> None:
    datasets = pytest.importorskip("datasets")
    pytest.importorskip("PIL")
    images = fashion.dataset("train", 50)
    images.save_to_disk(tmp_path / "one")
    datasets.DatasetDict(train=images, test=images.select(range(5))).save_to_disk(tmp_path / "two")
    done = colonnade("ingest", "one", "-o", "one.colonnade", folder=tmp_path)
    assert done.returncode == 0 and "image  uint8[28,28]" in done.stdout and "10 classes" in done.stdout, done
    assert colonnade("ingest", "two", "-o", "files", folder=tmp_path).returncode == 0
    assert len(dx.open(tmp_path / "files/test.colonnade")) == 5
    one = colonnade("ingest", "two", "-o", "t.colonnade", "--split", "test", "--encoded", folder=tmp_path)
    assert one.returncode == 0 and dx.open(tmp_path / "t.colonnade").schema["image"].meaning == "image/png"
    none = colonnade("ingest", "two", "-o", "u.colonnade", "--split", "other", folder=tmp_path)
    assert none.returncode == 64 and "train, test" in none.stderr


@pytest.mark.parametrize("package, source", [("pyarrow", "rows.parquet"), ("datasets", "folder")])
def test_a_package_that_is_not_there(tmp_path: pathlib.Path, package: str, source: str) -> None:
    (tmp_path / "rows.parquet").write_bytes(b"PAR1")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/state.json").write_text("{}")
    code = f"import sys; sys.modules[{package!r}] = None; from colonnade.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "ingest", source, "-o", "x.colonnade"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 74 and f"pip install {package}" in done.stderr and "Traceback" not in done.stderr


def test_other_commands_are_the_programs(tmp_path: pathlib.Path) -> None:
    if not (pathlib.Path(dx.__file__).parent / "_bin/colonnade").exists():
        pytest.skip("the package was built without the command")
    dx.ingest([{"x": 1}] * 3, tmp_path / "x.colonnade")
    done = colonnade("info", "x.colonnade", folder=tmp_path)
    assert done.returncode == 0 and "3 rows" in done.stdout
    assert colonnade("nothing", folder=tmp_path).returncode == 64
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    assert colonnade("ingest", "a.csv", "-o", "y.colonnade", folder=tmp_path).returncode == 0
    assert int(dx.open(tmp_path / "y.colonnade")[0]["y"]) == 2


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl"])
def test_missing_values_of_text_are_those_of_python(tmp_path: pathlib.Path, suffix: str) -> None:
    if not (pathlib.Path(dx.__file__).parent / "_bin/colonnade").exists():
        pytest.skip("the package was built without the command")
    rows: list[dict[str, Any]] = [
        {"f": 0.5, "i": 1, "b": True, "s": "a", "w": 1},
        {"f": None, "i": None, "b": None, "s": None, "w": 2},
        {"f": -1.5, "i": 3, "b": False, "s": "c", "w": 3},
    ]
    source = tmp_path / f"a.{suffix}"
    if suffix == "jsonl":
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        cells = [["" if value is None else str(value) for value in row.values()] for row in rows]
        source.write_text("\n".join(("," if suffix == "csv" else "\t").join(line) for line in [list(rows[0]), *cells]))
    kinds = {"float": float("nan"), "int": -1, "bool": True, "str": "none"}
    text = "*=float:nan,int:-1,bool:true,str:none"
    cases: list[tuple[list[str], dict[str, Any]]] = [
        (["--mask", "--fill", text], {"mask": True, "fill": {"*": kinds}}),
        (["--mask"], {"mask": True}),
        (["--fill", text, "--fill", "i=7"], {"fill": {"*": kinds, "i": 7}}),
        (
            ["--mask", "--fill", text, "--columns", "i,x=f"],
            {"mask": True, "fill": {"*": kinds}, "columns": ["i", "x=f"]},
        ),
        (["--mask", "--fill", text, "--type", "i=int8"], {"mask": True, "fill": {"*": kinds}, "schema": {"i": "int8"}}),
    ]
    for place, (options, arguments) in enumerate(cases):
        done = colonnade("ingest", source.name, "-o", f"c{place}.colonnade", *options, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        found = dx.open(tmp_path / f"c{place}.colonnade")
        expected = dx.ingest(rows, tmp_path / f"p{place}.colonnade", **arguments)
        assert str(found.schema) == str(expected.schema)
        for left, right in zip(found, expected, strict=True):
            assert list(left) == list(right)
            assert all(np.array_equal(left[key], right[key], equal_nan=key in "fx") for key in left)
    types = ["--type", "i=int8", "--type", "b=bool", "--type", "w=int8"]
    done = colonnade("ingest", source.name, "-o", "x.colonnade", *types, folder=tmp_path)
    assert done.returncode == 65 and "record 2, column" in done.stderr and '"b" (first in record 2)' in done.stderr
    for fill in ("i=-1", "b=false", "f=nan", "'*=float:nan,int:-1,bool:false"):
        assert f"--fill {fill}" in done.stderr
    assert ('"s" (first in record 2)' in done.stderr) == (suffix == "jsonl")


def test_which_sources_are_pythons(tmp_path: pathlib.Path) -> None:
    from colonnade._ingest.command import is_ours

    assert (
        is_ours(["a.parquet", "-o", "b"])
        and is_ours(["--force", "a.csv", "b.Feather"])
        and is_ours(["--format=parquet", "a"])
    )
    assert is_ours(["a", "--format", "huggingface"])
    assert not is_ours(["a.csv", "-o", "b.parquet"]) and not is_ours(["--format", "csv", "a"]) and not is_ours([])
    (tmp_path / "dataset_dict.json").write_text("{}")
    assert is_ours([str(tmp_path)]) and not is_ours([str(tmp_path.parent)])


def test_parquet_files_of_large_rows_are_read_few_rows_at_a_time(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    from colonnade._ingest import sources

    monkeypatch.setattr(sources, "_BYTES", 4000)
    table = pa.table({"x": [bytes([i] * (1000 if 50 <= i < 60 else 1)) for i in range(100)]})
    parquet.write_table(table, tmp_path / "x.parquet", row_group_size=10, use_dictionary=False, compression="none")
    batches = list(sources._Parquet(str(tmp_path / "x.parquet")).batches())
    assert pa.Table.from_batches(batches).equals(table) and 1 <= max(batch.num_rows for batch in batches) <= 4


def test_the_help_says_what_the_command_takes_more_with_python(tmp_path: pathlib.Path) -> None:
    for arguments in (["help", "ingest"], ["ingest", "--help"], ["--help"], ["help"]):
        done = colonnade(*arguments, folder=tmp_path)
        assert done.returncode == 0 and "colonnade" in done.stdout.partition("WITH PYTHON:")[0]
        assert "Parquet" in done.stdout.partition("WITH PYTHON:")[2] and "--split" in done.stdout
    assert "WITH PYTHON" not in colonnade("help", "verify", folder=tmp_path).stdout
    unknown = colonnade("help", "bogus", folder=tmp_path)
    assert unknown.returncode == 64 and 'there is no command "bogus"' in unknown.stderr
    options = colonnade("ingest", "x.parquet", "--help", folder=tmp_path)
    assert options.returncode == 0 and "--codec" in options.stdout


def test_messages_name_the_file(parquet: pathlib.Path) -> None:
    done = colonnade("ingest", "rows.parquet", "-o", "x.colonnade", folder=parquet)
    assert done.returncode == 65 and 'rows.parquet, row 1, column "s": the value is missing' in done.stderr
    assert "_Counted" not in done.stderr


def test_rows_without_elements_are_exported_to_npz(tmp_path: pathlib.Path) -> None:
    dx.ingest([{"x": np.zeros((2, 0), np.float32), "y": i} for i in range(3)], tmp_path / "x.colonnade")
    assert colonnade("export", "x.colonnade", "--output", "x.npz", folder=tmp_path).returncode == 0
    arrays = np.load(tmp_path / "x.npz")
    assert arrays["x"].shape == (3, 2, 0) and arrays["x"].dtype == np.float32 and arrays["y"].tolist() == [0, 1, 2]
    assert dx.ingest(tmp_path / "x.npz", tmp_path / "y.colonnade")[2]["x"].shape == (2, 0)
