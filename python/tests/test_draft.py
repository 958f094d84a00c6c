# SPDX-License-Identifier: Apache-2.0
"""Tests of pictures that are decoded smaller, against Pillow's `draft` and against the complete pictures."""

from __future__ import annotations

import io

import colonnade as dx
import numpy as np
import pytest

Image = pytest.importorskip("PIL.Image")


def picture(width, height):
    """Returns smooth waves, which nearly have a horizontal and vertical place at each pixel."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    waves = [128 + 60 * np.sin(across / a) + 60 * np.cos(down / b) for a, b in ((11, 17), (19, 13), (15, 21))]
    return Image.fromarray(np.stack(waves, -1).round().astype("uint8"))


def encoded(width, height, format="JPEG", **options):
    file = io.BytesIO()
    picture(width, height).save(file, format, **({"quality": 95} if format == "JPEG" else {}), **options)
    return file.getvalue()


def samples(file, count=1, **options):
    return dx.buffer_from_vector([{"image": file}] * count).load_image("image", from_memory=True, **options)


def difference(first, second):
    return np.abs(first.astype(int) - second).mean()


@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:0"])
@pytest.mark.parametrize(
    ("size", "target", "factor"),
    [
        ((640, 480), (160, 120), 4), ((640, 480), (320, 240), 2), ((640, 480), (161, 120), 2), ((640, 480), (80, 61), 4),
        ((201, 151), (100, 75), 2), ((201, 151), (101, 75), 1), ((201, 151), (24, 18), 8), ((100, 800), (9, 9), 8),
        ((100, 800), (5, 5), 8),
    ],
)  # fmt: skip
def test_pixels_are_those_of_pillow(size, target, factor, sampling):
    file = encoded(*size, subsampling=sampling)
    with Image.open(io.BytesIO(file)) as image:
        image.draft("RGB", target)
        assert image.size == tuple(-(-side // factor) for side in size)
        box = tuple(side / factor for side in size)
        # Pillow may change the height first.
        across = image.resize((target[0], image.height), Image.Resampling.BILINEAR, box=(0, 0, box[0], image.height))
        expected = np.asarray(across.resize(target, Image.Resampling.BILINEAR, box=(0, 0, target[0], box[1])))
    made = samples(file, draft=True).image_resize("image", *target)
    np.testing.assert_array_equal(made[0]["image"], expected)
    complete = samples(file).image_resize("image", *target)[0]["image"]
    assert np.array_equal(made[0]["image"], complete) == (factor == 1)
    assert made.schema["image"] == samples(file).image_resize("image", *target).schema["image"]


@pytest.mark.parametrize("turn", range(1, 9))
def test_parts_are_those_of_the_complete_picture(turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    # The last pixels of a reduced picture stand for one pixel of the complete one in each direction.
    file = encoded(121, 113, exif=exif)

    def crops(**options):
        made = samples(file, 2, orientation="apply", **options)
        return made.image_random_resized_crop("image", 20, 18, area=(0.3, 1), seed=3).image_random_h_flip(
            "image", seed=4
        )

    for draft, other in zip(crops(draft=True), crops(), strict=True):
        assert difference(draft["image"], other["image"]) < 1.6
    whole = samples(file, orientation="apply", draft=True).image_resize_smallest_side("image", 50)
    middle = whole.image_center_crop("image", 40, 40)[0]["image"]
    other = samples(file, orientation="apply").image_resize_smallest_side("image", 50)
    complete = other.image_center_crop("image", 40, 40)[0]["image"]
    assert difference(middle, complete) < 1.6
    # A shift by a pixel would be seen.
    assert difference(middle[1:], complete[:-1]) > 4


def test_other_work_does_not_change():
    file, other = encoded(300, 200), encoded(300, 200, "PNG")
    cases = [
        (file, lambda d: d),
        (file, lambda d: d.image_center_crop("image", 20, 20)),
        (file, lambda d: d.image_resize("image", 30, 20, filter="nearest")),
        (file, lambda d: d.image_resize("image", 151, 20)),
        (file, lambda d: d.image_rotate("image", 10).image_resize("image", 30, 20)),
        (other, lambda d: d.image_resize("image", 30, 20)),
    ]
    for contents, work in cases:
        np.testing.assert_array_equal(
            work(samples(contents, draft=True))[0]["image"], work(samples(contents))[0]["image"]
        )


def test_several_crops_share_the_larger_picture():
    file = encoded(640, 480)
    both = (
        samples(file, draft=True)
        .image_resize("image", 40, 30, "small")
        .image_resize("image", 300, 200, "large")
        .select("small", "large")
    )
    assert difference(both[0]["large"], samples(file).image_resize("image", 300, 200)[0]["image"]) < 1.6
    alone = samples(file, draft=True).image_resize("image", 300, 200)[0]["image"]
    np.testing.assert_array_equal(both[0]["large"], alone)
    # Without `draft` the same picture is decoded once more.
    rows = dx.buffer_from_vector([{"image": file}])
    draft = rows.load_image("image", from_memory=True, output_key="draft", draft=True).image_resize("draft", 40, 30)
    pair = draft.load_image("image", from_memory=True).image_resize("image", 40, 30)[0]
    assert 0 < difference(pair["draft"], pair["image"]) < 1.6
    np.testing.assert_array_equal(pair["image"], samples(file).image_resize("image", 40, 30)[0]["image"])


def test_entry_points_give_the_same_pixels(tmp_path):
    rng = np.random.default_rng(5)
    noise = Image.fromarray(rng.integers(0, 256, (600, 800, 3), dtype="uint8"))
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=95)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/a.jpg").write_bytes(file.getvalue())
    stored = dx.ingest(tmp_path / "a", tmp_path / "a.colonnade")
    crop = {"area": (0.1, 0.6), "seed": 6}
    entered = stored.to_stream().repeat(20).load_image("image", from_memory=True, draft=True)
    entered = entered.image_random_resized_crop("image", 50, 40, **crop)
    plain = dx.buffer_from_vector([{"image": file.getvalue()}]).to_stream().repeat(20)
    plain = plain.load_image("image", from_memory=True, draft=True).image_random_resized_crop("image", 50, 40, **crop)
    for first, second in zip(entered, plain, strict=True):
        np.testing.assert_array_equal(first["image"], second["image"])
    assert "decode image as draft, random resized crop(image)" in entered.explain()


def test_damage_is_an_error():
    file = encoded(640, 480)
    with pytest.raises(RuntimeError, match="row 0, .*Premature end of JPEG file"):
        samples(file[: len(file) // 2], draft=True).image_resize("image", 40, 30)[0]
