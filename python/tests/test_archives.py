# SPDX-License-Identifier: Apache-2.0
"""Tests of tar archives that the standard library writes, in all of its forms."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
FILES = {
    "a.txt": b"first",
    "./here.txt": b"second",
    "/whole.txt": b"",
    "../up.txt": b"x" * 513,
    "folder/inner/b.bin": bytes(range(256)) * 3,
    "x" * 90 + "/" + "y" * 90: b"long",
    "a b\tc": b"odd",
}
LONG = {"z" * 300 + "/é/\U0001f600.txt": b"longer", "日本語": b"text"}


def add(archive: tarfile.TarFile, name: str, contents: bytes = b"", **fields: Any) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(contents)
    for field, value in fields.items():
        setattr(member, field, value)
    archive.addfile(member, io.BytesIO(contents))


def files_in(form: str) -> dict[str, bytes]:
    return FILES if form == "ustar" else {**FILES, **LONG}


@pytest.fixture(params=FORMATS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def path(tmp_path: Path, form: str) -> Path:
    with tarfile.open(tmp_path / "a.tar", "w", format=FORMATS[form]) as archive:
        add(archive, "folder", type=tarfile.DIRTYPE)
        for name, contents in files_in(form).items():
            add(archive, name, contents)
        add(archive, "link", type=tarfile.SYMTYPE, linkname="a.txt")
        add(archive, "hard", type=tarfile.LNKTYPE, linkname="a.txt")
        add(archive, "pipe", type=tarfile.FIFOTYPE)
        add(archive, "device", type=tarfile.CHRTYPE)
    return tmp_path / "a.tar"


def names(buffer: Any) -> list[str]:
    return [sample["file"].tobytes().decode() for sample in buffer]


def test_names_and_contents_of_all_forms(path: Path, form: str) -> None:
    expected = {**files_in(form), "hard": b"first"}
    buffer = dx.files_from_tar(path)
    assert names(buffer) == list(expected) and buffer[0]["file"].dtype == np.int8
    for made in (
        buffer.read_from_tar(path, "file", "x"),
        buffer.to_stream().read_from_tar(str(path), "file", "x").prefetch(4, 2),
    ):
        found = {sample["file"].tobytes().decode(): sample["x"] for sample in made}
        assert {name: value.tobytes() for name, value in found.items()} == expected
        assert all(value.dtype == np.uint8 for value in found.values())
    assert buffer.read_from_tar_if(False, "none", "file", "x").keys() == ["file"]


def test_the_standard_library_reads_the_same(path: Path) -> None:
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isreg() or member.islnk()]
        expected = {member.name: archive.extractfile(member).read() for member in members}  # type: ignore[union-attr]
    made = dx.files_from_tar(path).read_from_tar(path, "file", "x")
    assert {sample["file"].tobytes().decode(): sample["x"].tobytes() for sample in made} == expected


def test_prefixes_are_those_of_mlx_data(path: Path) -> None:
    inner = dx.buffer_from_vector([{"n": name, "t": b"a.tar"} for name in (b"inner/b.bin", b"/whole.txt")])
    for prefix in ("folder", "folder/", Path("folder")):
        for made in (
            inner.read_from_tar("a.tar", "n", "x", prefix, path.parent),
            inner.read_from_tar("t", "n", "x", prefix, path.parent, from_key=True),
            inner.to_stream().read_from_tar("t", "n", "x", prefix, path.parent, True),
        ):
            assert [sample["x"].tobytes() for sample in made] == [FILES["folder/inner/b.bin"], b""]
    missing = dx.buffer_from_vector([{"n": b"here.txt"}, {"n": b"none"}]).read_from_tar(path, "n", "x")
    with pytest.raises(
        RuntimeError, match=r'row 0, key "n": .*a.tar: no file .* "here.txt": its name there is "./here.txt"'
    ):
        missing[0]
    with pytest.raises(RuntimeError, match="it has .* files, and a name must be one of them"):
        missing[1]
    outside = dx.buffer_from_vector([{"n": b"a.txt", "t": b"/etc/hostname"}])
    with pytest.raises(RuntimeError, match="outside of the folder"):
        outside.read_from_tar("t", "n", "x", tar_prefix=path.parent, from_key=True)[0]


def test_plans_and_pickles_name_the_archive(path: Path) -> None:
    made = dx.files_from_tar(path).read_from_tar(path, "file", "x").take(2)
    for again in (dx.from_plan(made.plan()), pickle.loads(pickle.dumps(made))):
        assert [sample["x"].tobytes() for sample in again] == [b"first", b"second"]
    assert "made by files_from_tar(tarfile='" in str(made) and ".read_from_tar(ikey='file'" in str(made)
    text = dx.files_from_tar(path).plan()
    with tarfile.open(path, "w") as archive:
        add(archive, "other")
    with pytest.raises(ValueError, match="has other members than the archive"):
        dx.from_plan(text)
    with pytest.raises(RuntimeError, match="has changed since its headers were read"):
        made[0]


def test_archives_in_archives(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as archive:
        add(archive, "a.txt", b"in")
        add(archive, "deep/b.txt", b"deeper")
    with tarfile.open(tmp_path / "outer.tar", "w") as archive:
        add(archive, "before.txt", b"0")
        add(archive, "sub/inner.tar", inner.getvalue())
        add(archive, "after.txt", b"9")
    buffer = dx.files_from_tar(tmp_path / "outer.tar", nested=True, num_threads=4)
    assert names(buffer) == ["before.txt", "sub/inner/a.txt", "sub/inner/deep/b.txt", "after.txt"]
    made = buffer.read_from_tar(tmp_path / "outer.tar", "file", "x", nested=True)
    assert [sample["x"].tobytes() for sample in made] == [b"0", b"in", b"deeper", b"9"]
    assert names(dx.files_from_tar(tmp_path / "outer.tar")) == ["before.txt", "sub/inner.tar", "after.txt"]


def test_wrong_archives_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        dx.files_from_tar(tmp_path / "none.tar")
    with pytest.raises(ValueError, match="it is a folder"):
        dx.files_from_tar(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="a pipe, a socket or a device"):
        dx.files_from_tar(tmp_path / "pipe")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        add(archive, "a")
    with pytest.raises(RuntimeError, match=r"compressed by gzip.*gzip -d"):
        dx.files_from_tar(tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "sparse.tar", "w") as archive:
        add(archive, "hole", b"12", pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0"})
    with pytest.raises(ValueError, match="sparse.tar, byte .*--sparse"):
        dx.files_from_tar(tmp_path / "sparse.tar")
    with pytest.raises(TypeError, match="not bytes"):
        dx.files_from_tar(b"a.tar")  # type: ignore[arg-type]


def test_bytes_after_the_end_are_an_error(path: Path, tmp_path: Path) -> None:
    both = tmp_path / "both.tar"
    both.write_bytes(path.read_bytes() * 2)
    with pytest.raises(dx.Error, match="other bytes follow the end"):
        dx.files_from_tar(both)
    both.write_bytes(path.read_bytes() + bytes(100_000))
    assert names(dx.files_from_tar(both)) == names(dx.files_from_tar(path))


def test_an_empty_archive_has_no_files(tmp_path: Path) -> None:
    tarfile.open(tmp_path / "empty.tar", "w").close()
    buffer = dx.files_from_tar(tmp_path / "empty.tar")
    assert len(buffer) == 0 and buffer.keys() == ["file"]


def test_a_name_that_occurs_twice_has_the_last_contents(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, contents in (("a", b"1"), ("b", b"2"), ("a", b"3")):
            add(archive, name, contents)
    made = dx.files_from_tar(tmp_path / "a.tar").read_from_tar(tmp_path / "a.tar", "file", "x")
    assert [(s["file"].tobytes(), s["x"].tobytes()) for s in made] == [(b"a", b"3"), (b"b", b"2")]
