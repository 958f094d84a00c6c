# SPDX-License-Identifier: Apache-2.0
"""Tests of RandAugment: each of its operations against NumPy, with the definitions of torchvision, and how often each is drawn."""

import math

import colonnade as dx
import numpy as np
import pytest

ROWS = 1400


def moved(image, place):
    """Takes each pixel from the place of the picture that a function gives for its centre, or zeros."""
    height, width = image.shape[:2]
    made = np.zeros_like(image)
    for row in range(height):
        for column in range(width):
            x, y = (math.floor(value) for value in place(column + 0.5, row + 0.5))
            if 0 <= x < width and 0 <= y < height:
                made[row, column] = image[y, x]
    return made


def blended(image, other, factor):
    """Blends as torchvision does: two products and a sum of float32, with factors that are rounded once."""
    own, rest = np.float32(factor), np.float32(1 - factor)
    return np.clip(image.astype("float32") * own + np.asarray(other, "float32") * rest, 0, 255).astype("uint8")


def grey(image):
    if image.shape[2] == 1:
        return image[:, :, 0]
    red, green, blue = (image[:, :, channel].astype("float32") for channel in range(3))
    return np.floor(np.float32(0.2989) * red + np.float32(0.587) * green + np.float32(0.114) * blue)


def linspace(magnitude, end):
    """Returns an element of PyTorch's linspace(0, end, 31) of float32."""
    step = np.float32(end) / np.float32(30)
    return step * np.float32(magnitude) if magnitude < 15 else np.float32(end) - step * np.float32(30 - magnitude)


def blurred(image):
    made = image.astype("float64")
    kernel = np.ones((3, 3)) + np.eye(3)[:, [1]] * np.eye(3)[1] * 4
    for row in range(1, len(image) - 1):
        for column in range(1, image.shape[1] - 1):
            part = image[row - 1 : row + 2, column - 1 : column + 2]
            made[row, column] = np.round(np.tensordot(kernel, part, axes=((0, 1), (0, 1))) / 13)
    return made


def each_channel(image, change):
    return np.stack([change(image[:, :, channel]) for channel in range(image.shape[2])], axis=2)


def stretched(plane):
    least, most = int(plane.min()), int(plane.max())
    return plane if least == most else ((plane - np.float32(least)) * np.float32(255 / (most - least))).astype("uint8")


def equalized(plane):
    counts = np.bincount(plane.ravel(), minlength=256)
    step = counts[counts > 0][:-1].sum() // 255
    if step == 0:
        return plane
    table = (np.concatenate([[0], np.cumsum(counts)[:-1]]) + step // 2) // step
    return np.clip(table, 0, 255).astype("uint8")[plane]


def in_one_direction(image, strength, signed):
    """Returns the result of each operation. Those without a direction have a strength alone."""
    height, width = image.shape[:2]
    change = float(linspace(round(strength * 30), 0.9))
    angle, factor = math.radians(30 * signed), 1 + math.copysign(change, signed)
    sine, cosine = math.sin(angle), math.cos(angle)
    x, y = width / 2, height / 2

    def turned(a, b):
        return (a - x) * cosine + (b - y) * sine + x, (b - y) * cosine - (a - x) * sine + y

    return {
        "identity": image,
        "shear x": moved(image, lambda a, b: (a + 0.3 * signed * b, b)),
        "shear y": moved(image, lambda a, b: (a, b + 0.3 * signed * a)),
        "translate x": moved(image, lambda a, b: (a + int(150 / 331 * width * signed), b)),
        "translate y": moved(image, lambda a, b: (a, b + int(150 / 331 * height * signed))),
        "rotate": moved(image, turned),
        "brightness": blended(image, 0, factor),
        "saturation": blended(image, grey(image)[:, :, None], factor) if image.shape[2] == 3 else image,
        "contrast": blended(image, np.float32(grey(image).sum(dtype="float64") / grey(image).size), factor),
        "sharpness": blended(image, blurred(image), factor),
        "posterize": image & (0xFF00 >> (8 - round(4 * strength)) & 0xFF),
        "solarize": np.where(image >= 255 - 255 * strength, 255 - image, image),
        "autocontrast": each_channel(image, stretched),
        "equalize": each_channel(image, equalized),
    }


def variants(image, magnitude):
    """Returns the results of all operations in both directions."""
    strength = magnitude / 30
    one, other = in_one_direction(image, strength, strength), in_one_direction(image, strength, -strength)
    return {name: [one[name], other[name]] for name in one}


def operation_of(result, known):
    for name, results in known.items():
        if any((result == each).all() for each in results):
            return name
    raise AssertionError("the result is that of no operation")


@pytest.mark.parametrize("channels, magnitude", [(3, 9), (1, 30)])
def test_each_operation_is_drawn_equally_often_and_is_that_of_torchvision(channels, magnitude):
    image = np.random.default_rng(channels).integers(20, 200, (20, 31, channels)).astype("uint8")
    image[0, :9] = 255
    known = variants(image, magnitude)
    samples = dx.buffer_from_vector([{"image": image}] * ROWS)
    augmented = samples.image_rand_augment("image", num_ops=1, magnitude=magnitude, seed=1)
    distinct, counts = np.unique(np.stack([sample["image"] for sample in augmented]), axis=0, return_counts=True)
    drawn = dict.fromkeys(known, 0)
    for result, count in zip(distinct, counts):
        drawn[operation_of(result, known)] += count
    if channels == 1:
        drawn["identity"] /= 2  # with the saturation, which a grey picture does not have
        del drawn["saturation"]
    assert all(60 < count < 145 for count in drawn.values()), drawn


def test_operations_follow_each_other_and_depend_on_seed_epoch_and_row():
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3)).astype("uint8")
    samples = dx.buffer_from_vector([{"image": image}] * 40)
    two = samples.image_rand_augment("image", seed=5)
    results = [sample["image"].tobytes() for sample in two]
    assert len(set(results)) > 25
    assert [sample["image"].tobytes() for sample in samples.image_rand_augment("image", seed=5)] == results
    assert [sample["image"].tobytes() for sample in samples.image_rand_augment("image", seed=6)] != results
    batches = list(two.to_stream().batch(7).prefetch(2, 2))
    assert [row.tobytes() for batch in batches for row in batch["image"]] == results
    # The magnitude 0 leaves only what has no strength: solarize inverts 255 alone.
    plain = samples.image_rand_augment("image", num_ops=1, magnitude=0, seed=1)
    names = ("identity", "solarize", "autocontrast")
    known = {name: results for name, results in variants(image, 0).items() if name in names}
    assert {operation_of(sample["image"], known) for sample in plain} >= {"identity"}


def test_another_key_and_wrong_arguments():
    image = np.arange(48, dtype="uint8").reshape(4, 4, 3)
    samples = dx.buffer_from_vector([{"image": image}] * 8)
    both = list(samples.image_rand_augment("image", 3, 20, "changed", seed=2))
    assert all((sample["image"] == image).all() for sample in both)
    assert any((sample["changed"] != image).any() for sample in both)
    for wrong in ({"num_ops": 0}, {"num_ops": 17}, {"magnitude": -1}, {"magnitude": 31}):
        with pytest.raises(dx.Error, match="1 to 16 operations of a magnitude from 0 to 30"):
            samples.image_rand_augment("image", **wrong)
    with pytest.raises(dx.Error, match="needs pictures of uint8"):
        dx.buffer_from_vector([{"image": image.astype("float32")}]).image_rand_augment("image")
    with pytest.raises(dx.Error, match="2 channels"):
        dx.buffer_from_vector([{"image": image[:, :, :2]}]).image_rand_augment("image")
