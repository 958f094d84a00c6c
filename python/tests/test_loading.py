# SPDX-License-Identifier: Apache-2.0
"""Tests of files that samples name, of arrays in them, and of fetchers."""

from __future__ import annotations

import io
import os
import pickle
import socket
import sys
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest

ARRAYS = [
    np.arange(6, dtype="float32").reshape(2, 3),
    np.arange(6, dtype=">i4").reshape(2, 3),
    np.asfortranarray(np.arange(24, dtype="uint16").reshape(2, 3, 4)),
    np.asfortranarray(np.arange(6, dtype=">f8").reshape(3, 2)),
    np.array(7, dtype="int64"),
    np.zeros((0, 4), dtype="float16"),
    np.zeros((3, 0, 2), dtype=">i2"),
    np.array([True, False]),
    np.arange(12, dtype="uint8")[::2],
]


def saved(array: Any, version: tuple[int, int] | None = None) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    return file.getvalue()


def of_names(*names: str) -> dx.Buffer:
    return dx.buffer_from_vector([{"x": name} for name in names])


# load_file


def test_contents_of_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(bytes(range(256)) * 300)
    (tmp_path / "empty").write_bytes(b"")
    os.symlink(tmp_path / "a", tmp_path / "link")
    files = of_names("a", "b", "empty", "link")
    expected = [b"one", bytes(range(256)) * 300, b"", b"one"]
    for made in (files.load_file("x", tmp_path), files.to_stream().load_file("x", str(tmp_path)).prefetch(2, 2)):
        found = list(made)
        assert [sample["x"].tobytes() for sample in found] == expected and found[0]["x"].dtype == np.int8
    kept = files.load_file("x", tmp_path, "y")[0]
    assert kept["x"] == "a" and kept["y"].tobytes() == b"one"
    assert [s["x"].tobytes() for s in of_names(str(tmp_path / "a")).load_file("x")] == [b"one"]
    assert dx.buffer_from_vector([{"x": os.fsencode(tmp_path / "a")}]).load_file("x")[0]["x"].tobytes() == b"one"
    again = pickle.loads(pickle.dumps(files.load_file("x", tmp_path)))
    rows = dx.stream_csv_reader_from_string(f"x\n{tmp_path}/a\n").load_file("x")
    assert next(iter(dx.from_plan(rows.plan())))["x"].tobytes() == b"one"
    assert again[3]["x"].tobytes() == b"one" and "load_file(key='x', prefix=" in str(again)


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    with pytest.raises(FileNotFoundError, match="no such folder"):
        of_names(str(tmp_path / "a")).load_file("x", tmp_path / "nothing")[0]


def test_anything_but_a_regular_file_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "locked").write_bytes(b"x")
    server = socket.socket(socket.AF_UNIX)
    os.chdir(tmp_path)
    server.bind("socket")
    (tmp_path / "outside").symlink_to("/etc/hostname")
    cases = {
        "none": "no such file", "pipe": "a pipe, a socket or a device", "socket": "a pipe, a socket or a device",
        "folder": "it is a folder", "../x": "no such file", "outside": "outside of the folder",
        "/dev/zero": "outside of the folder",
        "a\0b": "has a zero byte", "": "it is empty",
    }  # fmt: skip
    made = of_names(*cases).load_file("x", tmp_path)
    for row, message in enumerate(cases.values()):
        with pytest.raises(RuntimeError, match=f'row {row}, key "x": .*{message}'):
            made[row]
    with pytest.raises(FileNotFoundError):
        made[0]
    with pytest.raises(RuntimeError, match="a pipe, a socket or a device"):
        of_names("/dev/zero").load_file("x")[0]
    server.close()
    with pytest.raises(RuntimeError, match="before samples are batched"):
        of_names("a", "b").batch(2).load_file("x")
    with pytest.raises(RuntimeError, match="a file or its path is bytes or a string"):
        dx.buffer_from_vector([{"x": 1}]).load_file("x")


# load_numpy


@pytest.mark.parametrize("index", range(len(ARRAYS)))
def test_arrays_equal_those_of_numpy(tmp_path: Path, index: int) -> None:
    array = ARRAYS[index]
    for version in ((1, 0), (2, 0), (3, 0)):
        (tmp_path / "a.npy").write_bytes(saved(array, version))
        expected = np.load(tmp_path / "a.npy")
        named, held = of_names("a.npy"), dx.buffer_from_vector([{"x": saved(array, version)}])
        for made in (
            named.load_numpy("x", tmp_path),
            named.to_stream().load_numpy("x", str(tmp_path)),
            held.load_numpy("x", from_memory=True),
            named.load_file("x", tmp_path).load_numpy(
                "x", from_memory=True, dtype=array.dtype.newbyteorder("="), ndim=array.ndim
            ),
            dx.buffer_from_vector([{"x": np.frombuffer(saved(array, version), np.uint8)}]).load_numpy(
                "x", from_memory=True
            ),
        ):
            value = next(iter(made))["x"]
            assert value.shape == expected.shape and value.dtype == expected.dtype.newbyteorder("=")
            assert np.array_equal(value, expected) and value.flags.c_contiguous


def test_arrays_of_different_shapes_are_padded_in_batches(tmp_path: Path) -> None:
    for length in range(1, 4):
        np.save(tmp_path / f"{length}.npy", np.arange(length, dtype="int32"))
    made = of_names("1.npy", "2.npy", "3.npy").load_numpy("x", tmp_path)
    assert made.schema["x"].shape == (None,) and made.dtypes == {"x": "int32"}
    assert made.batch(3)[0]["x"].tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 2]]


def test_wrong_arrays_are_errors(tmp_path: Path) -> None:
    good = saved(np.arange(6, dtype="int16"))
    files = {
        "good": good, "short": good[:-1], "long": good + b"x", "head": good[:40], "empty": b"", "text": b"hello, world",
        "other": saved(np.arange(6, dtype="int32")), "deep": saved(np.ones((1, 6), "int16")),
        "bool": saved(np.array([True, False]))[:-1] + b"\x02",
        "claim": saved(np.arange(6, dtype="int16")).replace(b"(6,), ", b"(600000000000,), ")[:128],
    }  # fmt: skip
    for name, contents in files.items():
        (tmp_path / name).write_bytes(contents)
    made = of_names(*files).load_numpy("x", tmp_path)
    assert made[0]["x"].tolist() == list(range(6))
    for row, name in list(enumerate(files))[1:]:
        with pytest.raises(RuntimeError, match=f'row {row}, key "x": .*{name}'):
            made[row]
    for name, message in (("bool", "neither 0 nor 1"), ("text", "numpy.save"), ("empty", "it is empty")):
        with pytest.raises(RuntimeError, match=message):
            of_names(name).load_numpy("x", tmp_path)[0]
    for array in (
        np.array([b"abc"]),
        np.array(["abc"]),
        np.array([1j]),
        np.array(["2020"], "M8[D]"),
        np.zeros(2, "i4,f4"),
    ):
        with pytest.raises(RuntimeError, match="[sS]ave"):
            dx.buffer_from_vector([{"x": saved(array)}]).load_numpy("x", from_memory=True)
    with pytest.raises(FileNotFoundError):
        of_names("none").load_numpy("x", tmp_path)
    with pytest.raises(RuntimeError, match='the first sample, key "x": there is none'):
        of_names("good").take(0).load_numpy("x", tmp_path)
    assert len(of_names("good").take(0).load_numpy("x", tmp_path, dtype="int16", ndim=1)) == 0


def test_a_stream_of_an_iterable_loses_no_sample(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    calls = []

    def factory() -> Any:
        calls.append(1)
        for number in range(3):
            yield {"x": "a.npy", "n": number}

    stream = dx.stream_python_iterable(factory).load_numpy("x", tmp_path)
    assert [int(sample["n"]) for sample in stream] == [0, 1, 2] and len(calls) == 1


# Fetchers


class Copying(dx.core.FileFetcher):
    """Makes a file when it is fetched, as a download does."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.names: list[str] = []

    def fetch(self, filename: str) -> dx.core.FileFetcherHandle:
        self.names.append(filename)
        (self.folder / "fetched").write_text(f"a,b\n{len(filename)},{filename}\n")
        return dx.core.FileFetcherHandle(str(self.folder / "fetched"))


def test_fetchers_bring_files_to_readers(tmp_path: Path) -> None:
    fetcher = Copying(tmp_path)
    assert next(dx.stream_csv_reader("one", file_fetcher=fetcher))["b"].tobytes() == b"one"
    assert next(dx.stream_line_reader("two", "l", file_fetcher=fetcher))["l"].tobytes() == b"a,b"
    files = of_names("four", "fiver").to_stream()
    assert [row["b"].tobytes() for row in files.csv_reader_from_key("x", file_fetcher=fetcher)] == [b"four", b"fiver"]
    lines = of_names("six").to_stream().line_reader_from_key("x", "l", file_fetcher=fetcher)
    assert [row["l"].tobytes() for row in lines] == [b"a,b", b"3,six"]
    with pytest.raises(TypeError, match="method fetch"):
        dx.stream_csv_reader("one", file_fetcher=object())  # type: ignore[arg-type]
    (tmp_path / "a").write_text("x\n1\n")
    base = dx.core.FileFetcher(2, 2, num_kept_files=1)
    base.prefetch(["a"])
    base.cancel_prefetch()
    base.erase("a")
    assert next(dx.stream_csv_reader("a", local_prefix=tmp_path, file_fetcher=base))["x"].tobytes() == b"1"


def test_archives_are_fetched(tmp_path: Path) -> None:
    import tarfile

    with tarfile.open(tmp_path / "real.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO())

    class Fetcher(dx.core.FileFetcher):
        def fetch(self, filename: str) -> dx.core.FileFetcherHandle:
            assert filename == "remote.tar"
            return dx.core.FileFetcherHandle(str(tmp_path / "real.tar"))

    samples = dx.buffer_from_vector([{"n": "a", "t": "remote.tar"}])
    assert samples.read_from_tar("remote.tar", "n", "x", file_fetcher=Fetcher())[0]["x"].shape == (0,)
    made = samples.read_from_tar("t", "n", "x", from_key=True, file_fetcher=Fetcher())
    assert made.keys() == ["n", "t", "x"] and made[0]["t"] == "remote.tar"


def test_fsspec(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://folder/a.csv", "wb") as file:
        file.write(b"x\n1\n")
    fetcher = dx.core.FsspecFileFetcher("memory://folder/", folder=tmp_path / "copies", num_kept_files=2)
    assert next(dx.stream_csv_reader("a.csv", file_fetcher=fetcher))["x"].tobytes() == b"1"
    with fsspec.open("memory://folder/a.csv", "wb") as file:
        file.write(b"x\n2\n")
    # It is copied once, until it is erased.
    assert next(dx.stream_csv_reader("memory://folder/a.csv", file_fetcher=fetcher))["x"].tobytes() == b"1"
    fetcher.erase("a.csv")
    again = pickle.loads(pickle.dumps(fetcher))
    assert next(dx.stream_csv_reader("a.csv", file_fetcher=again))["x"].tobytes() == b"2"
    for name in ("b", "../c", "d/e"):
        with fsspec.open(f"memory://folder/{name}", "wb") as file:
            file.write(b"text")
        fetcher.fetch(name)
    assert len(list((tmp_path / "copies").iterdir())) <= 3
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {tmp_path / "copies"}
    with pytest.raises(FileNotFoundError):
        fetcher.fetch("none")


def test_a_missing_fsspec_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ImportError, match="pip install fsspec"):
        dx.core.FsspecFileFetcher("memory://")
