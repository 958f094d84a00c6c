# SPDX-License-Identifier: Apache-2.0
"""Tests of reading and writing pictures, against Pillow and MLX Data where they are installed."""

from __future__ import annotations

import io
import struct
import sys
import warnings
import zlib
from pathlib import Path

import colonnade as dx
import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "Tests/Fixtures/images"

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="only beside the sources")


def files(*patterns):
    return sorted(str(path.relative_to(FOLDER)) for pattern in patterns for path in FOLDER.glob(pattern))


def loaded(name, **options):
    return dx.buffer_from_vector([{"x": name}]).load_image("x", FOLDER, **options)[0]["x"]


def pixels_of_pillow(name, channels):
    image = pytest.importorskip("PIL.Image").open(FOLDER / name)
    if image.mode == "I;16":
        return (np.asarray(image) >> 8).astype("uint8")[..., None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        pixels = np.asarray(image.convert({1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]))
    return pixels.reshape(*pixels.shape[:2], -1)


@pytest.mark.parametrize("name", files("pngsuite/*.png", "jpeg/*.*", "made/*.*"))
def test_pixels_are_those_of_pillow(name):
    found = loaded(name)
    expected = pixels_of_pillow(name, found.shape[2])
    # Pillow finds no transparency in gray of 16 bits, and compares gray of 4 bits with another number than that of the file.
    planes = 1 if name in ("pngsuite/ftbwn0g16.png", "pngsuite/ftbbn0g04.png") else found.shape[2]
    assert found.dtype == "uint8"
    np.testing.assert_array_equal(found[..., :planes], expected[..., :planes])


@pytest.mark.parametrize("name", files("pngsuite/*.png", "jpeg/*.*", "made/*.bmp", "made/*.gif", "made/*.tga"))
def test_pixels_are_those_of_mlx_data(name):
    other = pytest.importorskip("mlx.data")
    if "cmyk" in name:
        pytest.skip("MLX Data returns the inverted inks")
    path = str(FOLDER / name).encode()
    np.testing.assert_array_equal(loaded(name), other.buffer_from_vector([{"x": path}]).load_image("x")[0]["x"])
    size = other.buffer_from_vector([{"x": path}]).load_image("x", info=True)[0]["x"]
    np.testing.assert_array_equal(loaded(name, info=True), size)


def test_all_options_have_the_pixels_of_the_fixtures():
    for line in (FOLDER / "expected.txt").read_text().splitlines():
        name, alpha, orientation, *shape, checksum = line.split()
        found = loaded(name, alpha=alpha, orientation=orientation)
        assert (list(map(str, found.shape)), zlib.crc32(found.tobytes())) == (shape, int(checksum)), line


def test_bytes_of_each_type_and_of_a_file_are_decoded(tmp_path):
    contents = (FOLDER / "made/rgb.ppm").read_bytes()
    expected = loaded("made/rgb.ppm")
    for value in (contents, np.frombuffer(contents, "uint8"), np.frombuffer(contents, "int8")):
        for samples in (dx.buffer_from_vector([{"x": value}]), dx.buffer_from_vector([{"x": value}]).to_stream()):
            found = next(iter(samples.load_image("x", from_memory=True, output_key="y")))
            np.testing.assert_array_equal(found["y"], expected)
            assert found["x"].tobytes() == contents
    stored = dx.ingest([{"x": contents}] * 5, tmp_path / "five.colonnade").load_image("x", from_memory=True)
    batch = stored.to_stream().batch(5).prefetch(2, 2).next()["x"]
    np.testing.assert_array_equal(batch, np.stack([expected] * 5))
    assert dx.from_plan(stored.plan())[0]["x"].shape == expected.shape


def test_pictures_of_different_sizes_are_padded_in_a_batch():
    names = ["made/rgb.tga", "pngsuite/basn2c08.png"]
    batch = dx.buffer_from_vector([{"x": name} for name in names]).load_image("x", FOLDER).batch(2)[0]["x"]
    assert batch.shape == (2, 32, 32, 3)
    np.testing.assert_array_equal(batch[0, :9, :13], loaded(names[0]))
    assert not batch[0, 9:].any() and not batch[0, :, 13:].any()


def test_operations_decode_only_what_they_need_with_the_same_values():
    names = ["jpeg/video-001.jpeg", "jpeg/video-005.gray.jpeg", "pngsuite/basn4a08.png", "made/orientation-6.jpg"]
    options = {"channels": "rgb", "orientation": "apply"}
    files = dx.buffer_from_vector([{"x": name} for name in names]).load_image("x", FOLDER, **options)
    arrays = dx.buffer_from_vector([{"x": loaded(name, **options)} for name in names])
    assert {array["x"].shape[2] for array in arrays} == {3}

    def views(pictures):
        return (
            pictures.image_random_resized_crop("x", 12, 10, seed=1, output_key="left")
            .image_random_crop("x", 8, 9, seed=2, output_key="right")
            .filter_key("x", remove=True)
            .image_random_h_flip("left", seed=3)
            .batch(4)
            .normalize("left", [123, 117, 104], [58, 57, 57])
            .image_layout("left", "chw")
        )

    found, expected = views(files), views(arrays)
    assert found[0]["left"].shape == (4, 3, 10, 12) and found[0]["left"].dtype == "float32"
    for key in ("left", "right"):
        np.testing.assert_array_equal(found[0][key], expected[0][key])
    assert "load image(x) once: random resized crop" in found.explain()
    crop = files.image_center_crop("x", 8, 8).batch(4).cast("x", "float32")
    assert "load image, center crop, cast(x): on each row, decodes only the crop" in crop.explain()


def test_the_size_of_a_large_file_needs_only_its_header(tmp_path):
    resource = pytest.importorskip("resource")
    header = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, 20_000, 10_000, 1, 24, 0, 0, 0, 0, 0, 0)
    with open(tmp_path / "large.bmp", "wb") as file:
        file.write(header)
        file.truncate(54 + 600_000_000)  # a hole in the file
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    samples = dx.buffer_from_vector([{"x": str(tmp_path / "large.bmp")}])
    assert samples.load_image("x", info=True)[0]["x"].tolist() == [20_000, 10_000]
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit < 100_000_000


def test_the_first_bytes_determine_the_format(tmp_path):
    (tmp_path / "picture.png").write_bytes((FOLDER / "jpeg/video-001.jpeg").read_bytes())
    found = dx.buffer_from_vector([{"x": "picture.png"}]).load_image("x", tmp_path)[0]["x"]
    np.testing.assert_array_equal(found, loaded("jpeg/video-001.jpeg"))


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (b"", "it is empty"),
        (b"hello", "it is no picture"),
        (b"RIFF\0\0\0\0WAVEfmt ", "it is a WAV sound"),
        (
            (FOLDER / "jpeg/video-001.jpeg").read_bytes()[:-900] if FOLDER.exists() else b"",
            "Premature end of JPEG file",
        ),
        (b"P6 30000 30000 255 " + bytes(90), "more than the limit"),
    ],
)
def test_errors_name_row_file_and_remedy(tmp_path, contents, words):
    (tmp_path / "bad.jpg").write_bytes(contents)
    samples = dx.buffer_from_vector([{"x": str(FOLDER / "made/rgb.bmp")}, {"x": str(tmp_path / "bad.jpg")}])
    with pytest.raises(RuntimeError) as caught:
        list(samples.load_image("x"))
    text = str(caught.value)
    assert text.startswith(f'row 1, key "x": {tmp_path}/bad.jpg: ') and words in text
    assert any(remedy in text for remedy in ("replace it", "convert it", "save it smaller"))
    with pytest.raises(RuntimeError, match='row 0, key "x"'):
        dx.buffer_from_vector([{"x": contents}]).load_image("x", from_memory=True)[0]


def test_missing_files_and_wrong_arguments():
    samples = dx.buffer_from_vector([{"x": "missing.png", "n": 1}])
    with pytest.raises(FileNotFoundError, match="missing.png"):
        samples.load_image("x", FOLDER)[0]
    with pytest.raises(RuntimeError):
        dx.buffer_from_vector([{"x": "../../README.md"}]).load_image("x", FOLDER)[0]
    for wrong in ({"format": "L"}, {"alpha": "no"}, {"orientation": "no"}, {"channels": "gray"}):
        with pytest.raises(ValueError):
            samples.load_image("x", **wrong)
    with pytest.raises(RuntimeError):
        samples.load_image("n")
    with pytest.raises(RuntimeError):
        samples.batch(1).load_image("x")


def test_saved_pictures_are_those_of_pillow(tmp_path):
    pillow = pytest.importorskip("PIL.Image")
    image = loaded("jpeg/video-001.png")
    (tmp_path / "out").mkdir()
    samples = dx.buffer_from_vector([{"x": image, "n": "frame.png"}])
    kept = samples.save_image("x", "n", tmp_path / "out", "a-")[0]
    np.testing.assert_array_equal(kept["x"], image)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a-frame.jpg"]
    output = io.BytesIO()
    pillow.fromarray(image).save(output, "JPEG", quality=80)
    found = np.asarray(pillow.open(tmp_path / "out/a-frame.jpg"))
    np.testing.assert_array_equal(found, np.asarray(pillow.open(output)))


def test_pictures_are_saved_in_a_stream_with_threads(tmp_path):
    samples = dx.buffer_from_vector([{"x": np.full((8, 8, 1), n, "uint8"), "n": f"{n}.png"} for n in range(20)])
    stream = samples.to_stream().save_image("x", "n", tmp_path).filter_key("n").batch(4).prefetch(2, 2)
    assert sum(len(batch["n"]) for batch in stream) == 20
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{n}.jpg" for n in range(20))
    again = samples.load_image("n", tmp_path)
    with pytest.raises(FileNotFoundError):
        again[0]
    assert samples.save_image_if(False, "x", "n", "missing") is samples


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 2), (4, 4, 4)])
def test_values_that_are_no_pictures_are_not_saved(tmp_path, shape):
    samples = dx.buffer_from_vector([{"x": np.zeros(shape, "uint8"), "n": "x"}])
    with pytest.raises(RuntimeError):
        samples.save_image("x", "n", tmp_path)


def png(rows, palette, *later):
    """A PNG file of indices of a palette, with chunks after its pixels."""
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", bytes(palette)), (b"IDAT", pixels), *later, (b"IEND", b"")]
    file = b"\x89PNG\r\n\x1a\n"
    for name, contents in chunks:
        file += struct.pack(">I", len(contents)) + name + contents + struct.pack(">I", zlib.crc32(name + contents))
    return file


def decoded(contents, **options):
    return dx.buffer_from_vector([{"x": contents}]).load_image("x", from_memory=True, **options)[0]["x"]


def test_an_index_that_the_palette_lacks_is_an_error():
    assert decoded(png([[0, 1], [1, 0]], range(6))).tolist() == [[[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]]
    for index in (2, 5, 255):
        with pytest.raises(dx.Error, match="not in the palette"):
            decoded(png([[0, 1], [1, index]], range(6)))


def test_the_orientation_may_come_after_the_pixels():
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    file = png([[0, 1]], range(6), (b"eXIf", exif))
    assert decoded(file).shape == (1, 2, 3) and decoded(file, orientation="apply").shape == (2, 1, 3)
    assert decoded(file, orientation="apply", info=True).tolist() == [1, 2]


def test_jpeg_with_an_arithmetic_code_is_refused():
    file = bytearray((FOLDER / files("jpeg/*.jpg", "jpeg/*.jpeg")[0]).read_bytes())
    at = next(place for place in range(len(file)) if file[place] == 0xFF and file[place + 1] in (0xC0, 0xC1, 0xC2))
    file[at + 1] = 0xC9
    with pytest.raises(dx.UnsupportedError, match="arithmetic"):
        decoded(bytes(file))
