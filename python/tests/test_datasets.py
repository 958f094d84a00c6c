# SPDX-License-Identifier: Apache-2.0
"""Tests of data sets of files that are on this machine."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import colonnade as dx
import pytest


def write(path: pathlib.Path, value: int, width: int = 2) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"P5 %d 1 255 " % width + bytes([value] * width))


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    for index, name in enumerate(["b/2.pgm", "b/10.pgm", "a/x.pgm", "c é/y.pgm"]):
        write(tmp_path / "pictures" / name, index, index + 1)
    (tmp_path / "pictures/readme.txt").write_text("not read")
    (tmp_path / "pictures/a/deeper").mkdir()
    (tmp_path / "pictures/empty").mkdir()
    return tmp_path / "pictures"


def contents(sample: dict[str, Any]) -> tuple[Any, ...]:
    names = sample["folder"].tobytes().decode(), int(sample["label"]), sample["file"].tobytes().decode()
    return (*names, sample["image"].ravel().tolist())


def test_samples_are_sorted_and_labelled(folder: pathlib.Path) -> None:
    expected = [
        ("a", 0, "a/x.pgm", [2] * 3),
        ("b", 1, "b/10.pgm", [1] * 2),
        ("b", 1, "b/2.pgm", [0]),
        ("c é", 2, "c é/y.pgm", [3] * 4),
    ]
    for given in (folder, str(folder)):
        buffer = dx.datasets.load_images_from_folder(given)
        assert [contents(sample) for sample in buffer] == expected
        assert sorted(buffer.keys()) == ["file", "folder", "image", "label"]
        assert buffer[0]["label"].dtype == "int64" and buffer[0]["image"].shape == (1, 3, 1)


def test_it_is_that_of_mlx_data(folder: pathlib.Path) -> None:
    theirs = pytest.importorskip("mlx.data.datasets")
    rows = sorted(contents(sample) for sample in theirs.load_images_from_folder(folder))
    assert rows == [contents(sample) for sample in dx.datasets.load_images_from_folder(folder)]


def test_links_and_the_current_folder(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder.parent / "elsewhere.pgm", 9)
    os.symlink(folder.parent / "elsewhere.pgm", folder / "a/link.pgm")
    monkeypatch.chdir(folder.parent)
    buffer = dx.datasets.load_images_from_folder("pictures")
    monkeypatch.chdir("/")
    assert contents(buffer[0]) == ("a", 0, "a/link.pgm", [9, 9])


def test_errors_say_what_is_missing(folder: pathlib.Path) -> None:
    for given, message in [
        (folder / "a/x.pgm", "is no folder"),
        (folder / "nothing", "is no folder"),
        (folder / "b", "has no folders"),
        (folder / "a", "have no files"),
    ]:
        with pytest.raises(ValueError, match=message):
            dx.datasets.load_images_from_folder(given)
    (folder / "a/x.pgm").write_text("no picture")
    with pytest.raises(ValueError, match="row 0.*a/x.pgm"):
        dx.datasets.load_images_from_folder(folder)[0]
