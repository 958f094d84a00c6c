# SPDX-License-Identifier: Apache-2.0
"""Tests of ingest of images of Pillow and of encoded images."""

from __future__ import annotations

import io
import pathlib

import colonnade as dx
import numpy as np
import pytest

Image = pytest.importorskip("PIL.Image")


def encoded(image: object, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)  # type: ignore[attr-defined]
    return file.getvalue()


def noise(height: int, width: int, *channels: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, *channels), np.uint8)


@pytest.mark.parametrize(
    "mode, shape, dtype",
    [("L", (4, 5), "uint8"), ("RGB", (4, 5, 3), "uint8"), ("RGBA", (4, 5, 4), "uint8"), ("LA", (4, 5, 2), "uint8"),
     ("CMYK", (4, 5, 4), "uint8"), ("P", (4, 5, 3), "uint8"), ("1", (4, 5), "bool"), ("I;16", (4, 5), "uint16"),
     ("I", (4, 5), "int32"), ("F", (4, 5), "float32")],
)  # fmt: skip
def test_modes(tmp_path: pathlib.Path, mode: str, shape: tuple[int, ...], dtype: str) -> None:
    image = Image.fromarray(noise(4, 5)).convert("RGB" if mode == "P" else "L").convert(mode)
    buffer = dx.ingest([{"x": image}] * 2, tmp_path / "x.colonnade")
    assert buffer[0]["x"].shape == shape and buffer.dtypes["x"] == dtype
    if mode != "P":
        assert (buffer[1]["x"] == np.asarray(image)).all()


def test_images_of_two_modes_need_one(tmp_path: pathlib.Path) -> None:
    samples = [{"x": Image.fromarray(noise(4, 5))}, {"x": Image.fromarray(noise(4, 5, 3))}]
    with pytest.raises(ValueError, match='row 1, column "x": .*image_mode="RGB"'):
        dx.ingest(samples, tmp_path / "x.colonnade")
    assert dx.ingest(samples, tmp_path / "x.colonnade", image_mode="RGB")[0]["x"].shape == (4, 5, 3)


def test_images_of_many_sizes(tmp_path: pathlib.Path) -> None:
    arrays = [noise(3 + i % 4, 5, 3) for i in range(20)]
    buffer = dx.ingest(({"x": Image.fromarray(array)} for array in arrays), tmp_path / "x.colonnade")
    assert buffer.schema["x"].shape == (None, 5, 3)
    assert all((sample["x"] == array).all() for sample, array in zip(buffer, arrays))


def test_images_that_a_camera_turned_are_upright() -> None:
    from colonnade._ingest.images import decoded

    array = noise(8, 16)
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    for kind in ("PNG", "TIFF"):
        assert (decoded(encoded(Image.fromarray(array), kind, exif=exif)).pixels == np.rot90(array, -1)).all()
    assert decoded(encoded(Image.fromarray(array), "JPEG", exif=exif)).pixels.shape == (16, 8)


def test_invalid_images() -> None:
    from colonnade._ingest.images import decoded, media_type

    whole = encoded(Image.fromarray(noise(64, 64)))
    for data in (b"", b"no image", whole[:100], whole[:1000]):
        with pytest.raises(ValueError, match="cannot be decoded"):
            decoded(data)
    assert media_type(whole) == "image/png" and media_type(b"?") is None
    assert media_type(encoded(Image.fromarray(noise(4, 4)), "JPEG")) == "image/jpeg"


def test_large_images_are_decoded_by_threads_and_in_order(tmp_path: pathlib.Path) -> None:
    datasets = pytest.importorskip("datasets")
    arrays = [noise(96, 96, 3) // (i + 1) + i for i in range(150)]
    files = [{"bytes": encoded(Image.fromarray(array)), "path": None} for array in arrays]
    assert len(files[0]["bytes"]) > 16 << 10  # type: ignore[arg-type]
    dataset = datasets.Dataset.from_dict({"x": files}, features=datasets.Features({"x": datasets.Image()}))
    buffer = dx.ingest(dataset, tmp_path / "x.colonnade")
    assert all((sample["x"] == array).all() for sample, array in zip(buffer, arrays)) and len(buffer) == 150
