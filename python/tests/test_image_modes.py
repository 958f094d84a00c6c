# SPDX-License-Identifier: Apache-2.0
"""Tests of pictures of several modes: the pixels of each conversion, and that a column never mixes two modes."""

from __future__ import annotations

import io
import itertools
import pathlib
from collections.abc import Callable
from typing import Any

import colonnade as dx
import numpy as np
import pytest

Image = pytest.importorskip("PIL.Image")

GREY = [[0, 200, 255]]
COLOURS = [[[10, 20, 30], [200, 100, 50]]]
#: Rounded as Pillow rounds: (299 R + 587 G + 114 B) / 1000.
LUMA = [[18, 124]]
BLOCK = (np.arange(6, dtype=np.uint8) * 40).reshape(2, 3)


def with_palette(transparency: Any = None) -> Any:
    image = Image.new("P", (2, 1))
    image.putpalette([value for colour in COLOURS[0] for value in colour])
    image.putpixel((1, 0), 1)
    if transparency is not None:
        image.info["transparency"] = transparency
    return image


def array_of(values: Any, dtype: str, mode: str | None = None) -> Any:
    array = np.array(values, dtype)
    return Image.frombytes(mode, array.shape[1::-1], array.tobytes()) if mode else Image.fromarray(array)


#: A picture of each mode, and its pixels.
PICTURES: dict[str, Any] = {
    "1": array_of(GREY, "uint8").point(lambda value: 255 * (value > 127), "1"),
    "L": array_of(GREY, "uint8"),
    "LA": array_of([[[0, 255], [200, 128]]], "uint8", "LA"),
    "RGB": array_of(COLOURS, "uint8"),
    "RGBA": array_of([[[10, 20, 30, 0], [200, 100, 50, 255]]], "uint8"),
    "CMYK": array_of([[[10, 20, 30, 0], [200, 100, 50, 55]]], "uint8", "CMYK"),
    "YCbCr": array_of([[[18, 134, 122], [124, 86, 182]]], "uint8", "YCbCr"),
    "HSV": array_of([[[148, 170, 30], [14, 191, 200]]], "uint8", "HSV"),
    "LAB": array_of([[[128, 0, 0]]], "uint8", "LAB"),
    "P": with_palette(),
    "P, one transparent": with_palette(0),
    "P, transparency": with_palette(bytes([0, 128])),
    "PA": with_palette(bytes([0, 128])).convert("PA"),
    "I;16": array_of([[0, 300, 0x80FF, 65535]], "uint16"),
    "I;16B": array_of([[0, 300, 0x80FF, 65535]], ">u2", "I;16B"),
    "I": array_of([[0, 300, 0x80FF, 65535]], "int32"),
    "I, 8 bits": array_of(GREY, "int32"),
    "I, large": array_of([[0, 65536]], "int32"),
    "I, negative": array_of([[-1, 300]], "int32"),
    "I, beyond F": array_of([[2**24 + 1]], "int32"),
    "F": array_of([[0.5, -2.0, 255.0]], "float32"),
}

SCALED = [[0, 1, 0x80, 255]]
WIDE = [[0, 300, 0x80FF, 65535]]
OPAQUE = [[[10, 20, 30, 255], [200, 100, 50, 255]]]

#: Picture, requested mode, data type and pixels.
CONVERSIONS: list[tuple[str, str | None, str, Any]] = [
    ("1", None, "bool", [[False, True, True]]),
    ("1", "L", "uint8", [[0, 255, 255]]),
    ("1", "RGB", "uint8", [[[0] * 3, [255] * 3, [255] * 3]]),
    ("1", "I;16", "uint16", [[0, 65535, 65535]]),
    ("1", "I", "int32", [[0, 255, 255]]),
    ("1", "F", "float32", [[0, 255, 255]]),
    ("L", None, "uint8", GREY),
    ("L", "1", "bool", [[False, True, True]]),
    ("L", "LA", "uint8", [[[0, 255], [200, 255], [255, 255]]]),
    ("L", "RGB", "uint8", [[[value] * 3 for value in GREY[0]]]),
    ("L", "RGBA", "uint8", [[[value] * 3 + [255] for value in GREY[0]]]),
    ("L", "I;16", "uint16", [[0, 200 * 257, 65535]]),
    ("L", "I", "int32", GREY),
    ("L", "F", "float32", GREY),
    ("LA", None, "uint8", [[[0, 255], [200, 128]]]),
    ("LA", "L", "uint8", [[0, 200]]),
    ("LA", "RGB", "uint8", [[[0] * 3, [200] * 3]]),
    ("LA", "RGBA", "uint8", [[[0, 0, 0, 255], [200, 200, 200, 128]]]),
    ("RGB", None, "uint8", COLOURS),
    ("RGB", "L", "uint8", LUMA),
    ("RGB", "RGBA", "uint8", OPAQUE),
    ("RGB", "CMYK", "uint8", [[[245, 235, 225, 0], [55, 155, 205, 0]]]),
    ("RGB", "YCbCr", "uint8", [[[18, 134, 122], [124, 86, 182]]]),
    ("RGB", "HSV", "uint8", [[[148, 170, 30], [14, 191, 200]]]),
    ("RGB", "I;16", "uint16", [[18 * 257, 124 * 257]]),
    ("RGBA", None, "uint8", [[[10, 20, 30, 0], [200, 100, 50, 255]]]),
    ("RGBA", "L", "uint8", LUMA),
    ("RGBA", "LA", "uint8", [[[18, 0], [124, 255]]]),
    ("RGBA", "RGB", "uint8", COLOURS),
    ("CMYK", None, "uint8", [[[10, 20, 30, 0], [200, 100, 50, 55]]]),
    ("CMYK", "RGB", "uint8", [[[245, 235, 225], [43, 122, 161]]]),
    ("CMYK", "L", "uint8", [[237, 103]]),
    ("YCbCr", "L", "uint8", LUMA),
    ("HSV", "RGB", "uint8", COLOURS),
    ("LAB", "RGB", "uint8", [[[119] * 3]]),
    ("LAB", "L", "uint8", [[119]]),
    ("P", None, "uint8", COLOURS),
    ("P", "L", "uint8", LUMA),
    ("P", "RGBA", "uint8", OPAQUE),
    ("P", "I;16", "uint16", [[18 * 257, 124 * 257]]),
    ("P, one transparent", None, "uint8", [[[10, 20, 30, 0], [200, 100, 50, 255]]]),
    ("P, one transparent", "RGB", "uint8", COLOURS),
    ("P, transparency", None, "uint8", [[[10, 20, 30, 0], [200, 100, 50, 128]]]),
    ("P, transparency", "RGB", "uint8", COLOURS),
    ("P, transparency", "L", "uint8", LUMA),
    ("P, transparency", "LA", "uint8", [[[18, 0], [124, 128]]]),
    ("PA", None, "uint8", [[[10, 20, 30, 0], [200, 100, 50, 128]]]),
    ("PA", "RGB", "uint8", COLOURS),
    ("I;16", None, "uint16", WIDE),
    ("I;16", "L", "uint8", SCALED),
    ("I;16", "LA", "uint8", [[[value, 255] for value in SCALED[0]]]),
    ("I;16", "RGB", "uint8", [[[value] * 3 for value in SCALED[0]]]),
    ("I;16", "RGBA", "uint8", [[[value] * 3 + [255] for value in SCALED[0]]]),
    ("I;16", "I", "int32", WIDE),
    ("I;16", "F", "float32", WIDE),
    ("I;16B", None, "uint16", WIDE),
    ("I;16B", "L", "uint8", SCALED),
    ("I;16B", "RGB", "uint8", [[[value] * 3 for value in SCALED[0]]]),
    ("I;16B", "I;16", "uint16", WIDE),
    ("I", None, "int32", WIDE),
    ("I", "L", "uint8", SCALED),
    ("I", "RGB", "uint8", [[[value] * 3 for value in SCALED[0]]]),
    ("I", "I;16", "uint16", WIDE),
    ("I", "F", "float32", WIDE),
    ("F", None, "float32", [[0.5, -2.0, 255.0]]),
]


@pytest.mark.parametrize("name, mode, dtype, pixels", CONVERSIONS, ids=lambda value: str(value)[:20])
@pytest.mark.filterwarnings("error")
def test_pixels(tmp_path: pathlib.Path, name: str, mode: str | None, dtype: str, pixels: Any) -> None:
    buffer = dx.ingest([{"x": PICTURES[name]}], tmp_path / "x.colonnade", image_mode=mode)
    assert buffer.dtypes == {"x": dtype} and buffer[0]["x"].tolist() == pixels


@pytest.mark.parametrize(
    "name, mode",
    [("I, 8 bits", "L"), ("I, 8 bits", "RGB"), ("I, 8 bits", "I;16"), ("I, large", "L"), ("I, large", "RGB"),
     ("I, large", "I;16"), ("I, negative", "L"), ("I, negative", "I;16"), ("I, beyond F", "F"),
     *itertools.product(["F"], ["1", "L", "RGB", "RGBA", "I;16", "I"])],
)  # fmt: skip
def test_pixels_without_a_range_are_refused(tmp_path: pathlib.Path, name: str, mode: str) -> None:
    samples = [{"x": PICTURES[name]}]
    with pytest.raises(ValueError, match=f'row 0, column "x": a picture of mode .*"{mode}".*image_mode="{name[0]}"'):
        dx.ingest(samples, tmp_path / "x.colonnade", image_mode=mode)


def test_files_of_sixteen_bits(tmp_path: pathlib.Path) -> None:
    """Tests dark pictures too, and those that Pillow opens as "I"."""
    for kind, pixels in itertools.product(("PNG", "TIFF", "PPM"), (WIDE, [[0, 3]])):
        file = io.BytesIO()
        array_of(pixels, "uint16").save(file, kind)
        for mode, want in (("L", np.array(pixels) >> 8), ("I;16", pixels)):
            target = tmp_path / "x.colonnade"
            buffer = dx.ingest([{"x": Image.open(file)}], target, image_mode=mode, overwrite=True)
            assert buffer[0]["x"].tolist() == np.array(want).tolist()


def png(image: Any) -> dict[str, Any]:
    file = io.BytesIO()
    image.save(file, "PNG" if image.mode not in ("CMYK", "F", "YCbCr", "LAB") else "TIFF")
    return {"bytes": file.getvalue(), "path": None}


def from_hugging_face(images: list[Any], streams: bool) -> Any:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"x": datasets.Image()})
    dataset = datasets.Dataset.from_dict({"x": [png(image) for image in images]}, features=features)
    return dataset.to_iterable_dataset() if streams else dataset


def from_transform(images: list[Any]) -> Any:
    return from_hugging_face(images, False).with_transform(lambda batch: batch)


SOURCES: dict[str, Callable[[list[Any]], Any]] = {
    "list": lambda images: [{"x": image} for image in images],
    "generator": lambda images: ({"x": image} for image in images),
    "dict of lists": lambda images: {"x": images},
    "dict of arrays": lambda images: {"x": object_array(images)},
    "Dataset": lambda images: from_hugging_face(images, False),
    "IterableDataset": lambda images: from_hugging_face(images, True),
    "with_transform": from_transform,
}


def object_array(items: list[Any]) -> Any:
    array = np.empty(len(items), object)
    array[:] = items
    return array


def pictures_of_each_mode() -> dict[str, Any]:
    grey = Image.fromarray(BLOCK)
    coloured = grey.convert("RGB")
    seen = coloured.convert("P")
    seen.info["transparency"] = 0
    made = {mode: coloured.convert(mode) for mode in ("1", "L", "LA", "RGB", "RGBA", "CMYK")}
    return made | {"P": seen, "I;16": Image.fromarray(BLOCK.astype(np.uint16)), "F": grey.convert("F")}


@pytest.mark.parametrize("source", SOURCES)
def test_a_column_never_mixes_modes(tmp_path: pathlib.Path, source: str) -> None:
    """Tests all orders, and a second mode in late rows."""
    made = pictures_of_each_mode()
    target = tmp_path / "x.colonnade"
    same = {"P": "RGBA"}
    pairs = list(itertools.permutations(made, 2))
    for first, second in pairs if source in ("list", "generator") else pairs[::11]:
        if same.get(first, first) == same.get(second, second):
            continue
        images = [made[first], made[first], made[second]]
        with pytest.raises(ValueError, match='row 2, column "x": the picture has mode .*mode'):
            dx.ingest(SOURCES[source](images), target)
        assert not target.exists()
        if "F" not in (first, second):
            for mode in ("L", "RGB"):
                buffer = dx.ingest(SOURCES[source](images), target, image_mode=mode, overwrite=True)
                assert buffer.schema["x"] == dx.Field("tensor", "uint8", (2, 3) if mode == "L" else (2, 3, 3))
                assert (buffer[0]["x"] == buffer[1]["x"]).all()
            target.unlink()


@pytest.mark.parametrize("first, second", [("L", "1"), ("1", "L"), ("RGB", "RGBA"), ("L", "I;16"), ("LA", "L")])
def test_modes_that_differ_late(tmp_path: pathlib.Path, first: str, second: str) -> None:
    made = pictures_of_each_mode()
    target = tmp_path / "x.colonnade"
    images = [made[first]] * 1100 + [made[second]]
    for source in ("list", "generator", "dict of lists"):
        with pytest.raises(ValueError, match='row 1100, column "x": the picture has mode .*image_mode='):
            dx.ingest(SOURCES[source](images), target)
    for options in ({"ragged": ["x"]}, {"schema": {"x": "uint8[?,?,?]" if first == "RGB" else "uint8[?,?]"}}):
        with pytest.raises(ValueError, match='row [01]{1,4}.*, column "x": .*mode'):
            dx.ingest(SOURCES["generator"](images), target, **options)
    with dx.Writer(target) as writer:
        writer.append({"x": made[first]})
        with pytest.raises(ValueError, match='row 1, column "x": the picture has mode'):
            writer.append({"x": made[second]})
        writer.append({"x": made[first]})
    assert len(dx.open(target)) == 2


@pytest.mark.parametrize("mode", ["I", "F"])
def test_numbers_of_two_ranges_are_two_modes(tmp_path: pathlib.Path, mode: str) -> None:
    made = pictures_of_each_mode()
    for first, second in itertools.permutations(("L", "I;16", mode), 2):
        with pytest.raises(ValueError, match=f'row 1, column "x": the picture has mode "{mode}.* those before it'):
            dx.ingest([{"x": made.get(first, PICTURES[mode])}, {"x": made.get(second, PICTURES[mode])}],
                      tmp_path / "x.colonnade", image_mode=mode)  # fmt: skip


def test_appended_pictures_keep_the_scale_of_the_file(tmp_path: pathlib.Path) -> None:
    target = tmp_path / "x.colonnade"
    made = pictures_of_each_mode()
    for first, others in (("L", ["1", "I;16"]), ("I;16", ["1", "L"]), ("F", ["1", "L", "I;16"]), ("RGB", ["RGBA"])):
        dx.ingest([{"x": made[first]}], target, overwrite=True)
        for other in others:
            with dx.Writer(target, append=True) as writer, pytest.raises(ValueError, match='row 0, column "x"'):
                writer.append({"x": made[other]})


def test_pictures_beside_arrays(tmp_path: pathlib.Path) -> None:
    target = tmp_path / "x.colonnade"
    made = pictures_of_each_mode()
    grey, bits = BLOCK, np.array(made["1"])
    buffer = dx.ingest([{"x": made["L"]}, {"x": grey}, {"x": grey[:1]}], target)
    assert buffer[0]["x"].tolist() == buffer[1]["x"].tolist() == grey.tolist()
    pairs = [(made["1"], grey), (made["L"], bits), (made["I;16"], grey), (made["RGB"], np.zeros((2, 3, 4), np.uint8))]
    for picture, array in pairs:
        for values in ([picture, array], [array, picture]):
            for source in ("list", "generator", "dict of lists"):
                with pytest.raises(ValueError, match='row 1, column "x": '):
                    dx.ingest(SOURCES[source](values), target, overwrite=True)


def test_lists_of_pictures(tmp_path: pathlib.Path) -> None:
    target = tmp_path / "x.colonnade"
    made = pictures_of_each_mode()
    palette = [made["P"], made["P"]]
    buffer = dx.ingest([{"x": palette}], target)
    assert (buffer[0]["x"] == np.array([np.array(image.convert("RGBA")) for image in palette])).all()
    for first, second in itertools.permutations(("1", "L", "I;16", "RGB", "RGBA"), 2):
        with pytest.raises(ValueError, match='row 0, column "x": a list of pictures has mode'):
            dx.ingest([{"x": [made[first], made[second]]}], target, overwrite=True)
        with pytest.raises(ValueError, match='row 1, column "x": the picture has mode'):
            dx.ingest([{"x": [made[first]]}, {"x": [made[second]]}], target, overwrite=True)


def test_pictures_in_memory() -> None:
    made = pictures_of_each_mode()
    buffer = dx.buffer_from_vector([{"x": made["P"]}] * 2)
    assert (buffer[1]["x"] == np.array(made["P"].convert("RGBA"))).all()
    for first, second in itertools.permutations(("RGB", "RGBA", "CMYK", "P"), 2):
        if {first, second} == {"RGBA", "P"}:
            continue
        samples = [{"x": made[first]}, {"x": made[second]}]
        with pytest.raises(ValueError, match="row 1, key 'x': the picture has mode"):
            dx.buffer_from_vector(samples)
        with pytest.raises(ValueError, match="the picture has mode"):
            list(dx.stream_python_iterable(lambda given=samples: iter(given)))


@pytest.mark.parametrize("mode", ["P", "rgb", "RGBX", "", 3])
def test_modes_that_cannot_be(tmp_path: pathlib.Path, mode: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="image_mode"):
        dx.ingest([{"x": PICTURES["L"]}], tmp_path / "x.colonnade", image_mode=mode)
    with pytest.raises((ValueError, TypeError), match="image_mode"):
        dx.Writer(tmp_path / "x.colonnade", image_mode=mode)


def test_the_advice_names_a_mode_that_takes_both(tmp_path: pathlib.Path) -> None:
    numbers = np.array([[0, 65535]], np.int32)
    wide, grey = Image.fromarray(numbers), Image.new("L", (2, 1), 255)
    for first, second in ((grey, wide), (wide, grey)):
        with pytest.raises(ValueError, match='image_mode="L" converts all of them'):
            dx.ingest([{"i": first}, {"i": second}], tmp_path / "x")
        buffer = dx.ingest([{"i": first}, {"i": second}], tmp_path / "x", image_mode="L", overwrite=True)
        assert sorted(sample["i"].ravel().tolist() for sample in buffer) == [[0, 255], [255, 255]]
        (tmp_path / "x").unlink()
    floats = Image.fromarray(np.array([[0.5, 2]], np.float32))
    with pytest.raises(ValueError, match='image_mode="F"'):
        dx.ingest([{"i": floats}, {"i": grey}], tmp_path / "x")
