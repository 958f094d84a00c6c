# SPDX-License-Identifier: Apache-2.0
"""Tests of entry points: every way into a file finds them, and crops are those of the complete pictures."""

from __future__ import annotations

import pathlib
import shutil
from typing import Any

import colonnade as dx
import numpy as np
import pytest

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures/images/jpeg"
NAMES = ["video-001.jpeg", "video-001.progressive.jpeg", "video-001.q50.420.jpeg"]


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    root = tmp_path / "pictures"
    root.mkdir()
    for name in NAMES:
        shutil.copyfile(FIXTURES / name, root / name)
    return root


def crops(buffer: dx.Buffer, key: str = "image") -> dx.Buffer:
    return buffer.load_image(key, from_memory=True).image_center_crop(key, 20, 30)


def is_entered(buffer: dx.Buffer, key: str = "image") -> bool:
    return "decodes only the crop, from entry points" in crops(buffer, key).explain()


def check(buffer: dx.Buffer, root: pathlib.Path) -> None:
    assert list(buffer.schema)[0] == "image" and buffer.schema["image"].meaning == "image/jpeg"
    assert [bytes(sample["image"]) for sample in buffer] == [(root / name).read_bytes() for name in NAMES]
    assert is_entered(buffer)
    whole = [{"image": (root / name).read_bytes()} for name in NAMES]
    expected = crops(dx.buffer_from_vector(whole))
    for found, plain in zip(crops(buffer), expected, strict=True):
        np.testing.assert_array_equal(found["image"], plain["image"])
    stream = crops(buffer).to_stream()
    assert len(list(stream)) == 3
    assert "from entry points in 67 % of the pictures" in str(stream.stats())


def test_folders_and_appends(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    buffer = dx.ingest(folder, tmp_path / "f.colonnade")
    check(buffer, folder)
    check(dx.ingest(folder, f"{tmp_path}/many/"), folder)
    for path in (tmp_path / "f.colonnade", tmp_path / "many"):
        with dx.Writer(path, append=True) as writer:
            for sample in buffer:
                writer.append(sample)
        grown = dx.open(path)
        check(grown[3:], folder)
        assert dx.verify(path, media=True) == []


def test_hugging_face(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    datasets = pytest.importorskip("datasets")
    pytest.importorskip("PIL")
    files = [{"bytes": (folder / name).read_bytes(), "path": None} for name in NAMES]
    images = datasets.Dataset.from_dict({"image": files}, features=datasets.Features({"image": datasets.Image()}))
    check(dx.ingest(images, tmp_path / "h.colonnade", decode_images=False), folder)
    stream = images.to_iterable_dataset()
    check(dx.ingest(stream, tmp_path / "s.colonnade", decode_images=False), folder)


def test_storages(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    expected = [
        sample["image"] for sample in dx.ingest(folder, tmp_path / "e.colonnade").load_image("image", from_memory=True)
    ]
    for storage, entered in (("encoded,baseline", 3), ("mixed=0.1", 1), ("raw-if-small", 2)):
        path = tmp_path / f"{storage}.colonnade"
        made = dx.ingest(folder, path, images={"image": storage})
        assert made.metadata == {"image.storage": storage} and is_entered(made)
        for sample, pixels in zip(made.load_image("image", from_memory=True), expected, strict=True):
            np.testing.assert_array_equal(sample["image"], pixels)
        stream = crops(made).to_stream()
        list(stream)
        assert f"in {round(100 * entered / 3)} % of the pictures" in str(stream.stats())
        assert dx.verify(path, media=True) == []


def test_verify_finds_damaged_pictures(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    name = folder / NAMES[1]
    # Damage before the end, which ingest does not decode.
    name.write_bytes(name.read_bytes()[:9000] + name.read_bytes()[12_000:])
    dx.ingest(folder, tmp_path / "d.colonnade")
    assert dx.verify(tmp_path / "d.colonnade") == []
    problems = dx.verify(tmp_path / "d.colonnade", media=True)
    assert len(problems) == 1 and "row 1" in problems[0] and "replace it, or leave the sample out" in problems[0]
    data = bytearray((tmp_path / "d.colonnade").read_bytes())
    data[2000] ^= 1
    (tmp_path / "d.colonnade").write_bytes(data)
    (problem,) = dx.verify(tmp_path / "d.colonnade", media=True)
    assert "(R29)" in problem


def test_verify_checks_its_arguments(tmp_path: pathlib.Path) -> None:
    wrong: Any
    for wrong in (1, None, b"x"):
        with pytest.raises(TypeError, match="path must be a str"):
            dx.verify(wrong)
    for wrong in (1, "yes", None):
        with pytest.raises(TypeError, match="media must be True or False"):
            dx.verify(tmp_path, media=wrong)
    with pytest.raises(FileNotFoundError):
        dx.verify(tmp_path / "absent.colonnade")
