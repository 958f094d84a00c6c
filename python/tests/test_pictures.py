# SPDX-License-Identifier: Apache-2.0
"""Tests of operations on pictures, against Pillow and plain NumPy."""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from typing import Any

import colonnade as dx
import numpy as np
import pytest

PIXELS = np.random.default_rng(1)


def picture(height: int, width: int, channels: int = 3, dtype: str = "uint8") -> np.ndarray:
    return PIXELS.integers(0, 256, (height, width, channels)).astype(dtype)


def changed(image: np.ndarray, change: Callable[..., Any], **given: Any) -> np.ndarray:
    """Returns the picture that an operation makes: alone, and as one of a batch."""
    samples = dx.buffer_from_vector([{"image": image}, {"image": image}])
    alone = change(samples, **given)[1]["image"]
    batch = change(samples.to_stream(), **given).batch(2).next()["image"]
    assert alone.shape == batch[1].shape and alone.tobytes() == batch[1].tobytes()
    return alone


def resized_by_pillow(image: np.ndarray, w: int, h: int, name: str) -> np.ndarray:
    """Resizes each channel by itself, since Pillow multiplies colours by transparency; across, and then down."""
    module = pytest.importorskip("PIL.Image")
    kind = getattr(module.Resampling, name)
    planes = []
    for channel in range(image.shape[2]):
        plane = module.fromarray(np.ascontiguousarray(image[:, :, channel]))
        planes.append(np.asarray(plane.resize((w, image.shape[0]), kind).resize((w, h), kind)))
    return np.stack(planes, axis=2)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(("filter", "name"), [("triangle", "BILINEAR"), ("bicubic", "BICUBIC")])
def test_bytes_are_resized_to_the_pixels_of_pillow(channels, filter, name):
    sizes = [(1, 1, 3, 2), (7, 5, 3, 9), (5, 7, 7, 5), (40, 33, 17, 8), (9, 31, 60, 20), (90, 4, 1, 1), (12, 12, 12, 5)]
    for height, width, w, h in sizes:
        image = picture(height, width, channels)
        found = changed(image, lambda d, w=w, h=h: d.image_resize("image", w, h, filter=filter))
        assert np.array_equal(found, resized_by_pillow(image, w, h, name)), (height, width, w, h)


def test_a_photo_becomes_that_of_pillow():
    module = pytest.importorskip("PIL.Image")
    image = picture(150, 200)
    found = changed(image, lambda d: d.image_resize("image", 90, 89))
    assert np.array_equal(found, np.asarray(module.fromarray(image).resize((90, 89), module.Resampling.BILINEAR)))


def test_floats_are_resized_without_rounding():
    for filter, name in (("triangle", "BILINEAR"), ("bicubic", "BICUBIC")):
        for height, width, w, h in ((7, 5, 3, 9), (40, 33, 17, 8), (9, 31, 60, 20)):
            image = picture(height, width, 3, "float32")
            found = changed(image, lambda d, w=w, h=h, filter=filter: d.image_resize("image", w, h, filter=filter))
            assert np.allclose(found, resized_by_pillow(image, w, h, name), rtol=1e-5, atol=1e-3)


def test_without_antialiasing_the_closest_pixels_are_interpolated():
    torch = pytest.importorskip("torch")
    for height, width, w, h in ((40, 33, 17, 8), (9, 31, 60, 20), (10, 10, 3, 30)):
        image = picture(height, width, 3, "float32")
        found = changed(image, lambda d, w=w, h=h: d.image_resize("image", w, h, antialias=False))
        planes = torch.from_numpy(image).permute(2, 0, 1)[None]
        expected = torch.nn.functional.interpolate(planes, size=(h, w), mode="bilinear", align_corners=False)
        assert np.allclose(found, expected[0].permute(1, 2, 0).numpy(), rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "float64", "bool"])
def test_the_nearest_pixel_is_the_one_at_the_centre(dtype):
    image = picture(7, 11, 2, dtype)
    for w, h in ((5, 20), (11, 7), (1, 1), (33, 3)):
        rows = (2 * np.arange(h) + 1) * 7 // (2 * h)
        columns = (2 * np.arange(w) + 1) * 11 // (2 * w)
        found = changed(image, lambda d, w=w, h=h: d.image_resize("image", w, h, filter="nearest"))
        assert found.dtype == image.dtype and np.array_equal(found, image[rows][:, columns])


def test_crops_flips_and_layouts_are_those_of_numpy():
    for dtype in ("uint8", "float32", "int64"):
        image = picture(9, 12, 4, dtype)
        assert np.array_equal(changed(image, lambda d: d.image_center_crop("image", 5, 4)), image[2:6, 3:8])
        assert np.array_equal(changed(image, lambda d: d.image_random_h_flip("image", 1)), image[:, ::-1])
        assert np.array_equal(changed(image, lambda d: d.image_random_v_flip("image", 1)), image[::-1])
        planes = changed(image, lambda d: d.image_layout("image", "chw"))
        assert np.array_equal(planes, image.transpose(2, 0, 1))
        assert np.array_equal(changed(planes, lambda d: d.image_layout("image", "hwc")), image)
        for quarter in range(4):
            turned = changed(image, lambda d, quarter=quarter: d.image_rotate("image", 90 * quarter))
            assert np.array_equal(turned, np.rot90(image, -quarter))


def test_random_crops_come_from_everywhere_and_resume():
    image = picture(6, 7)
    padded = np.pad(image, ((2, 2), (2, 2), (0, 0)))
    stream = dx.buffer_from_vector([{"image": image}] * 300).to_stream()
    stream = stream.image_random_crop("image", 6, 5, padding=2, seed=1)
    found = [sample["image"].tobytes() for sample in stream.epoch(3)]
    places = {padded[y : y + 5, x : x + 6].tobytes() for y in range(6) for x in range(6)}
    assert set(found) == places
    assert [sample["image"].tobytes() for sample in stream.epoch(3).prefetch(4, 3)] == found
    first = stream.epoch(3)
    for _ in range(100):
        next(first)
    rest = stream.epoch(3)
    rest.resume(first.state())
    assert [sample["image"].tobytes() for sample in rest] == found[100:]


def grey(image: np.ndarray, dtype: str) -> np.ndarray:
    weights = np.array([0.2989, 0.587, 0.114], "float32")
    return (image[..., :3].astype("float32") * weights).sum(axis=-1, keepdims=True).astype(dtype).astype("float32")


def recoloured(image: np.ndarray, what: str, factor: float) -> np.ndarray:
    """Changes colours as torchvision's functions on tensors do, computed with NumPy and the standard library."""
    most = 255 if image.dtype == np.uint8 else 1
    values = image.astype("float32")
    if what == "hue":
        scaled = values / most
        flat = [colorsys.rgb_to_hsv(*map(float, pixel)) for pixel in scaled.reshape(-1, 3)]
        moved = np.array([colorsys.hsv_to_rgb((h + factor) % 1, s, v) for h, s, v in flat]).reshape(image.shape)
        return (moved * 255.999).astype("uint8") if most == 255 else moved.astype("float32")
    one = image.shape[-1] == 1
    other = {
        "brightness": lambda: np.float32(0),
        "contrast": lambda: (values if one else grey(image, str(image.dtype))).mean(dtype="float64"),
        "saturation": lambda: grey(image, str(image.dtype)),
    }[what]()
    return np.clip(values * factor + other * (1 - factor), 0, most).astype(image.dtype)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_colours_change_as_those_of_torchvision(dtype):
    image = picture(6, 7) if dtype == "uint8" else picture(6, 7).astype("float32") / 255
    image[0, 0] = image[0, 1] = 0
    image[0, 2] = 255 if dtype == "uint8" else 1
    limit = 1 if dtype == "uint8" else 1e-5
    factors = {"brightness": (0.3, 1.7), "contrast": (0.2, 1.9), "saturation": (0, 1.6), "hue": (-0.4, 0.25)}
    for what, values in factors.items():
        for factor in values:
            found = changed(
                image, lambda d, **given: d.image_color_jitter("image", seed=1, **given), **{what: (factor, factor)}
            )
            difference = np.abs(found.astype("float64") - recoloured(image, what, factor))
            assert found.dtype == image.dtype and difference.max() <= limit, (what, factor)
            assert what == "hue" or not np.array_equal(found, image)
    # Grey pictures have neither saturation nor hue.
    single = image[:, :, :1]
    same = changed(single, lambda d: d.image_color_jitter("image", saturation=0.9, hue=0.5, seed=1))
    assert np.array_equal(same, single)
    darker = changed(single, lambda d: d.image_color_jitter("image", contrast=(0.5, 0.5), seed=1))
    assert np.abs(darker.astype("float64") - recoloured(single, "contrast", 0.5)).max() <= limit


def test_colours_change_in_random_order_within_their_ranges():
    image = picture(4, 5)
    samples = dx.buffer_from_vector([{"image": image}] * 400)
    ends = {"brightness": 0.5, "contrast": 1.5}
    jitter = samples.image_color_jitter("image", (0.5, 0.5), (1.5, 1.5), seed=1)
    first = [recoloured(recoloured(image, a, ends[a]), b, ends[b]) for a, b in (sorted(ends), sorted(ends)[::-1])]
    near = [[np.abs(sample["image"].astype(int) - way).max() <= 2 for sample in jitter] for way in first]
    assert np.all(np.any(near, axis=0)) and 120 < sum(near[0]) < 280
    means = [sample["image"].mean() / image.mean() for sample in samples.image_color_jitter("image", 0.4, seed=2)]
    assert 0.58 < min(means) < 0.65 and 1.2 < max(means) < 1.41 and 0.93 < np.mean(means) < 1.03
    for wrong in ({"brightness": -1}, {"hue": 0.6}, {"contrast": (2, 1)}, {"saturation": (-1, 1)}, {"hue": (0, 1, 2)}):
        with pytest.raises(ValueError):
            samples.image_color_jitter("image", **wrong)
    with pytest.raises(ValueError, match="2 channels"):
        dx.buffer_from_vector([{"image": picture(3, 3, 2)}]).image_color_jitter("image", 0.1)
    with pytest.raises(ValueError, match="uint8 or float32"):
        dx.buffer_from_vector([{"image": picture(3, 3, 3, "int64")}]).image_color_jitter("image", 0.1)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "int64"])
def test_a_random_part_is_erased(dtype):
    image = np.maximum(picture(20, 30, 2, dtype), np.array(1, dtype))
    samples = dx.buffer_from_vector([{"image": image}] * 300)
    changes = areas = 0
    for sample in samples.image_random_erasing("image", 0.4, value=0, area=(0.1, 0.2), aspect=(0.5, 2), seed=1):
        found = sample["image"]
        rows, columns = np.nonzero((found != image).any(axis=2))
        if len(rows) == 0:
            continue
        part = found[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert np.all(part == 0) and 0.085 < part.shape[0] * part.shape[1] / 600 < 0.215
        assert 0.4 < part.shape[0] / part.shape[1] < 2.4
        rest = found.copy()
        rest[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = image[
            rows.min() : rows.max() + 1, columns.min() : columns.max() + 1
        ]
        assert np.array_equal(rest, image)
        changes += 1
        areas += part.shape[0] * part.shape[1] / 600
    assert 85 < changes < 155 and 0.135 < areas / changes < 0.165
    assert changed(image, lambda d: d.image_random_erasing("image", 1, value=7, seed=1)).max() > 7
    with pytest.raises(ValueError):
        samples.image_random_erasing("image", 2)
    if dtype != "float32":
        with pytest.raises(ValueError):
            samples.image_random_erasing("image", value=0.5)


def batches_of(pictures: int, size: int) -> tuple[np.ndarray, Any]:
    images = np.stack([picture(7, 9) for _ in range(pictures)])
    rows = [{"image": image, "label": number % 3} for number, image in enumerate(images)]
    return images, dx.buffer_from_vector(rows).one_hot("label", 3).to_stream().batch(size)


def test_mixup_adds_the_sample_before():
    images, batches = batches_of(22, 4)
    shares = []
    for number, batch in enumerate(batches.cast("image", "float32").mixup("image", "label", 0.5, seed=1)):
        own = images[4 * number : 4 * number + 4].astype("float32")
        labels = np.eye(3, dtype="float32")[np.arange(4 * number, 4 * number + len(own)) % 3]
        found = batch["label"][1, labels[1].argmax()]
        assert np.allclose(batch["label"], labels * found + np.roll(labels, 1, 0) * (1 - found), atol=1e-6)
        assert np.allclose(batch["image"], own * found + np.roll(own, 1, 0) * (1 - found), atol=1e-3)
        shares.append(found)
    assert len(set(map(float, shares))) == 6


def test_shares_have_a_beta_distribution():
    rows = [{"x": np.float32(number % 2), "label": number % 2} for number in range(4000)]
    batches = dx.buffer_from_vector(rows).one_hot("label", 2).batch(2)
    for alpha, variance in ((1, 1 / 12), (0.2, 1 / (4 * 1.4)), (5, 1 / (4 * 11)), (1e-3, 1 / (4 * 1.002))):
        shares = np.array([batch["label"][1, 1] for batch in batches.mixup("x", "label", alpha, seed=1)], "float64")
        assert 0 <= shares.min() and shares.max() <= 1 and abs(shares.mean() - 0.5) < 0.04
        assert abs(shares.var() - variance) < 0.02


def test_cutmix_replaces_a_rectangle():
    images, batches = batches_of(400, 4)
    shares = []
    for number, batch in enumerate(batches.cutmix("image", "label", seed=1)):
        own = images[4 * number : 4 * number + 4]
        other = np.roll(own, 1, 0)
        labels = np.eye(3, dtype="float32")[np.arange(4 * number, 4 * number + 4) % 3]
        rows, columns = np.nonzero((batch["image"] != own).any(axis=(0, 3)))
        expected = own.copy()
        area = 0
        if len(rows):
            part = (slice(None), slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
            expected[part] = other[part]
            area = (rows.max() + 1 - rows.min()) * (columns.max() + 1 - columns.min())
        assert np.array_equal(batch["image"], expected)
        share = 1 - area / 63
        assert np.allclose(batch["label"], labels * share + np.roll(labels, 1, 0) * (1 - share), atol=1e-6)
        shares.append(share)
    assert 0.6 < np.mean(shares) < 0.85 and len(set(shares)) > 12


def test_mixing_needs_batches_of_floats():
    images, batches = batches_of(4, 2)
    for change, words in (
        (lambda: dx.buffer_from_vector([{"image": images[0], "label": 1}]).mixup("image", "label"), "batch first"),
        (lambda: batches.mixup("image", "label"), "only float32"),
        (lambda: batches.cutmix("label", "label"), "two keys"),
        (lambda: batches.cast("label", "int64").cutmix("image", "label"), "one-hot"),
        (lambda: batches.cutmix("image", "label", 0), "alpha"),
        (lambda: batches.reshape("image", (-1, 63)).cutmix("image", "label"), "picture"),
    ):
        with pytest.raises(ValueError, match=words):
            change()


def test_pictures_of_several_sizes_become_a_batch():
    images = [picture(h, w) for h, w in ((5, 9), (9, 5), (1, 1), (30, 20))]
    samples = dx.buffer_from_vector([{"image": image} for image in images])
    batch = samples.image_resize_smallest_side("image", 8).image_center_crop("image", 8, 8).batch(4)[0]["image"]
    assert batch.shape == (4, 8, 8, 3)
    for image, found in zip(images, batch, strict=True):
        alone = dx.buffer_from_vector([{"image": image}]).image_resize_smallest_side("image", 8).concretize()
        assert np.array_equal(alone.image_center_crop("image", 8, 8)[0]["image"], found)


def test_videos_change_alike():
    video = np.stack([picture(6, 7)] * 3)
    for change in (
        lambda d: d.image_random_crop("image", 3, 3, padding=1, seed=1),
        lambda d: d.image_random_h_flip("image", 0.5, seed=1),
        lambda d: d.image_random_resized_crop("image", 4, 5, seed=1),
        lambda d: d.image_rotate("image", 30),
        lambda d: d.image_channel_reduction("image"),
        lambda d: d.image_layout("image", "chw"),
    ):
        frames = changed(video, change)
        assert frames.ndim == 4 and np.array_equal(frames[0], frames[1]) and np.array_equal(frames[0], frames[2])
    frames = dx.buffer_from_vector([{"image": video}]).image_random_area_crop("image", (0.2, 0.9), (0.5, 2))[0]["image"]
    assert frames.shape[0] == 3 and np.array_equal(frames[0], frames[1]) and np.array_equal(frames[0], frames[2])


def test_errors_name_the_key_and_the_remedy():
    def refused(image: np.ndarray, change: Callable[[Any], Any], words: str, error: type = ValueError) -> None:
        with pytest.raises(error, match=words) as caught:
            change(dx.buffer_from_vector([{"image": image}]))[0]
        assert isinstance(caught.value, RuntimeError) or error is TypeError

    flat = np.zeros((28, 28), "uint8")
    refused(flat, lambda d: d.image_resize("image", 2, 2), r'"image" is uint8\[28, 28\].*reshape it')
    refused(np.zeros((3, 8, 8), "uint8"), lambda d: d.image_random_h_flip("image"), "move its channels to the end")
    refused(picture(4, 4, 3, "int64"), lambda d: d.image_resize("image", 2, 2), "uint8 or float32: cast it")
    refused(picture(4, 4), lambda d: d.image_center_crop("image", 5, 4), "4 × 4 pixels, of which 5 × 4")
    refused(picture(4, 4), lambda d: d.image_random_crop("image", 0, 4), "at least 1")
    refused(picture(4, 4), lambda d: d.image_random_h_flip("image", 1.5), "from 0 to 1")
    refused(picture(4, 4), lambda d: d.image_random_area_crop("image", (0, 1), (1, 1)), "range of areas")
    refused(picture(4, 4), lambda d: d.image_random_area_crop("image", (1,), (1, 1)), "two numbers")
    refused(picture(4, 4, 1), lambda d: d.image_channel_reduction("image"), "three channels")
    refused(picture(4, 4), lambda d: d.image_resize("image", 2, 2, filter="box"), "filter must be")
    refused(picture(4, 4), lambda d: d.image_channel_reduction("image", "rec"), "preset must be")
    refused(picture(4, 4), lambda d: d.image_resize("image", 1.5, 2), "w must be an integer", TypeError)


@pytest.mark.parametrize("preset", ["default", "rec601", "rec709", "rec2020", "green"])
def test_against_mlx_data(preset):
    mlx = pytest.importorskip("mlx.data")
    image = picture(37, 53)
    for change in (
        lambda d: d.image_center_crop("image", 20, 15),
        lambda d: d.image_channel_reduction("image", preset),
        lambda d: d.image_resize("image", 53, 37),
        lambda d: d.image_random_h_flip("image", 1),
    ):
        theirs = change(mlx.buffer_from_vector([{"image": image}]))[0]["image"]
        ours = change(dx.buffer_from_vector([{"image": image}]))[0]["image"]
        assert theirs.dtype == ours.dtype and np.array_equal(theirs, ours)
    for change in (
        lambda d: d.image_resize("image", 20, 31),
        lambda d: d.image_resize("image", 90, 80),
        lambda d: d.image_resize_smallest_side("image", 16),
    ):
        theirs = change(mlx.buffer_from_vector([{"image": image}]))[0]["image"]
        ours = change(dx.buffer_from_vector([{"image": image}]))[0]["image"]
        assert theirs.shape == ours.shape
        difference = np.abs(theirs.astype(int) - ours)
        assert difference[2:-2, 2:-2].max() <= 1 and difference.max() <= 28


def test_two_equal_operations_with_one_seed_draw_different_numbers():
    image = np.arange(16 * 16, dtype="uint8").reshape(16, 16, 1)
    samples = dx.buffer_from_vector([{"image": image}] * 40)
    once = samples.image_random_crop("image", 12, 12, seed=1)
    twice = once.image_random_crop("image", 8, 8, seed=1)
    first = np.array([int(sample["image"][0, 0, 0]) for sample in once])
    second = np.array([int(sample["image"][0, 0, 0]) for sample in twice]) - first
    # Both crops have 5 places in each direction. With the same numbers they would be the same.
    assert len(set(zip(first, second))) > 30 and (first != second).any()
    other = samples.image_random_crop("image", 12, 12, "copy", seed=1)
    assert [int(row["copy"][0, 0, 0]) for row in other] != first.tolist()
    flipped = samples.image_random_h_flip("image", 0.5, seed=2).image_random_h_flip("image", 0.5, seed=2)
    assert 5 < sum((sample["image"] != image).any() for sample in flipped) < 35
