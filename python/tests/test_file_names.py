# SPDX-License-Identifier: Apache-2.0
"""Tests of file names whose bytes are not UTF-8, which are texts with surrogates in Python."""

from __future__ import annotations

import json
import os
import pathlib
import pickle
import subprocess
import sys

import colonnade as dx
import numpy as np
import pytest

NAME = os.fsdecode(b"caf\xe9")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    (tmp_path / NAME).mkdir()
    monkeypatch.chdir(tmp_path / NAME)
    return tmp_path / NAME


def test_files_are_written_and_opened(folder: pathlib.Path) -> None:
    target = f"{NAME}.colonnade"
    buffer = dx.ingest({"x": np.arange(3)}, target)
    assert os.listdir(b".") == [b"caf\xe9.colonnade"]
    for path in (target, folder / target, os.fsencode(target)):
        assert [int(row["x"]) for row in dx.open(path)] == [0, 1, 2]
    assert len(pickle.loads(pickle.dumps(buffer))) == 3
    assert "caf\\xe9" in buffer.explain()
    with dx.Writer(folder / target, append=True) as writer:
        writer.append({"x": 3})
    assert len(dx.open(target)) == 4


def test_arrow_and_streams(folder: pathlib.Path) -> None:
    pa = pytest.importorskip("pyarrow")
    assert len(dx.ingest(pa.table({"x": [1, 2]}), f"{NAME}.a")) == 2
    (folder / f"{NAME}.csv").write_text("a\n7\n")
    assert [bytes(row["a"]) for row in dx.stream_csv_reader(f"{NAME}.csv")] == [b"7"]
    assert [bytes(row["l"]) for row in dx.stream_line_reader(f"{NAME}.csv", "l", local_prefix=folder)] == [b"a", b"7"]
    names = dx.buffer_from_vector([{"f": b"caf\xe9.csv"}])
    assert [bytes(row["a"]) for row in names.to_stream().csv_reader_from_key("f", local_prefix=folder)] == [b"7"]
    assert len(list(names.to_stream().line_reader_from_key("f", "l"))) == 2


def test_files_are_ingested_by_their_paths(folder: pathlib.Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    (folder / f"{NAME}.csv").write_text("a\n7\n")
    np.save(folder / f"{NAME}.npy", np.arange(1, 3))
    os.mkdir(f"{NAME}.folder")
    for place in (0, 1):
        parquet.write_table(
            pa.table({"a": [place]}), pa.OSFile(os.fsencode(f"{NAME}.folder/{NAME}{place}.parquet"), "wb")
        )
    with (
        pa.OSFile(os.fsencode(f"{NAME}.arrow"), "wb") as file,
        pa.ipc.new_file(file, pa.schema({"a": pa.int64()})) as writer,
    ):
        writer.write_table(pa.table({"a": [5]}))
    sources: dict[str, tuple[object, str, list[int]]] = {
        "csv": (f"{NAME}.csv", "a", [7]),
        "several": ([f"{NAME}.csv", folder / f"{NAME}.csv"], "a", [7, 7]),
        "bytes": (os.fsencode(f"{NAME}.npy"), "caf_", [1, 2]),
        "folder": (f"{NAME}.folder", "a", [0, 1]),
        "parquet": (f"{NAME}.folder/{NAME}1.parquet", "a", [1]),
        "arrow": (f"{NAME}.arrow", "a", [5]),
    }
    for name, (source, key, values) in sources.items():
        buffer = dx.ingest(source, f"{NAME}-{name}")
        assert [int(row[key]) for row in buffer] == values, name
    both = dx.open([f"{NAME}-csv", f"{NAME}-parquet"])
    assert [int(row["a"]) for row in both] == [7, 1]
    assert len(dx.concat([dx.open(f"{NAME}-arrow"), both])) == 3


def test_pictures_in_a_folder(folder: pathlib.Path) -> None:
    pytest.importorskip("PIL.Image").new("L", (2, 2), 9).save(folder / "nine.png")
    datasets = pytest.importorskip("datasets")
    rows = datasets.Dataset.from_dict({"i": [{"path": "nine.png", "bytes": None}]})
    rows = rows.cast_column("i", datasets.Image())
    buffer = dx.ingest(rows, f"{NAME}.pictures", image_root=folder)
    assert buffer[0]["i"].tolist() == [[9, 9], [9, 9]]
    splits = dx.ingest(datasets.DatasetDict({"train": rows}), f"{NAME}.splits", image_root=folder)
    assert len(splits["train"]) == 1
    with pytest.raises(ValueError, match=r"caf\\xe9\.pictures exists"):
        dx.ingest(rows, f"{NAME}.pictures", image_root=folder)


def test_errors_show_the_bytes(folder: pathlib.Path) -> None:
    (folder / f"{NAME}.csv").write_text("a\n7,8\n")
    (folder / f"{NAME}.parquet").write_bytes(b"PAR1")
    for source in (f"{NAME}.csv", f"{NAME}.parquet", f"{NAME}.none"):
        # Without pyarrow the second is an ImportError.
        with pytest.raises((ValueError, ImportError), match=r"caf\\xe9\.") as caught:
            dx.ingest(source, "target")
        str(caught.value).encode()
    with pytest.raises(FileNotFoundError, match=r"caf\\xe9\.none: no such file"):
        dx.open(f"{NAME}.none")
    for call in (dx.open, dx.stream_csv_reader):
        with pytest.raises(ValueError, match="null"):
            call("a\0b")


def test_the_command_takes_them(folder: pathlib.Path) -> None:
    (folder / f"{NAME}.csv").write_text("a\n7\n")
    command = [sys.executable, "-m", "colonnade", "ingest", b"caf\xe9.csv", "-o", b"caf\xe9.b"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(dx.open(f"{NAME}.b")[0]["a"]) == 7


def test_the_command_of_python_takes_them(folder: pathlib.Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    with pa.OSFile(b"caf\xe9.parquet", "wb") as file:
        parquet.write_table(pa.table({"a": [0]}), file)
    (folder / f"{NAME}.names").write_text("zero\n")
    command = [sys.executable, "-m", "colonnade", "ingest", b"caf\xe9.parquet", "-o", b"caf\xe9.b"]
    done = subprocess.run([*command, "--json", "--labels", b"a=caf\xe9.names"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["file"] == "caf\\xe9.b"
    assert dx.open(f"{NAME}.b").schema["a"].meaning == ["zero"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 64 and b"caf\\xe9.b exists" in done.stderr, done.stderr
    for option in (b"--columns", b"--metadata", b"--fill", b"--type"):
        done = subprocess.run([*command[:-1], b"other", option, b"a=caf\xe9"], capture_output=True, check=False)
        assert done.returncode != 0 and not os.path.exists("other"), (option, done.stderr)
