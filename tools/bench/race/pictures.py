# SPDX-License-Identifier: Apache-2.0
"""Makes the pictures of the race: scenes of overlapping discs with shades and texture, whose statistics are like those of
photographs, as JPEG files in a folder for each class. Every run makes the same pictures."""

import json

import numpy as np
from patterns import SIDE, patterns
from workloads import DEVIATION, MEAN, PREFIX, SETS, WORKLOADS

CLASSES = 10
CANVAS = 2400  # pixels of one side of a scene, of which each picture is a part
SCENES = 4
RESIZED = 256  # the smallest side of the workloads without random crops


def clouds(random, size, power):
    """Returns a plane of noise whose amplitudes fall with that power of the frequency, with a mean of 0 and a deviation of 1."""
    down, across = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :]
    amplitude = 1 / np.maximum(np.hypot(down, across), 1 / size) ** power
    shape = amplitude.shape
    plane = np.fft.irfft2(amplitude * (random.standard_normal(shape) + 1j * random.standard_normal(shape)), (size, size))
    return ((plane - plane.mean()) / plane.std()).astype(np.float32)


def scene(random):
    """Returns a canvas: discs of all sizes, the larger ones rarer, each with a color, a shade and a texture of its own."""
    canvas = np.empty((CANVAS, CANVAS, 3), np.float32)
    textures = [clouds(random, CANVAS, power) for power in (1.0, 1.2, 1.4, 1.7)]
    canvas[:] = 110 + 40 * textures[-1][..., None]
    for radius in np.sort(26 / np.sqrt(random.uniform(0.002, 1, 1800)))[::-1]:
        y, x = random.uniform(0, CANVAS, 2)
        top, left = max(int(y - radius), 0), max(int(x - radius), 0)
        area = np.s_[top : int(y + radius) + 1, left : int(x + radius) + 1]
        down = np.arange(top, min(int(y + radius) + 1, CANVAS))[:, None] - y
        across = np.arange(left, min(int(x + radius) + 1, CANVAS))[None, :] - x
        inside = down**2 + across**2 < radius**2
        brightness, tint = random.uniform(20, 220), random.normal(0, 22, 3)
        shade = random.normal(0, 25) * down / radius + random.normal(0, 25) * across / radius
        texture = random.exponential(3) * textures[random.integers(len(textures))][area]
        canvas[area][inside] = (brightness + shade + texture)[inside][:, None] + tint
    canvas += 0.4 * random.standard_normal(canvas.shape, np.float32)
    return np.clip(canvas, 0, 255).astype(np.uint8)


def picture(random, scenes, width, height):
    """Returns a random part of a scene."""
    canvas = scenes[random.integers(len(scenes))]
    y, x = random.integers(0, [CANVAS - height + 1, CANVAS - width + 1])
    part = canvas[y : y + height, x : x + width]
    return part[:, ::-1] if random.integers(2) else part


def centre(image):
    """Returns the middle of a picture whose smallest side becomes RESIZED pixels."""
    from PIL import Image

    least = min(image.size)
    width, height = (RESIZED * side // least for side in image.size)
    left, top = (width - SIDE) // 2, (height - SIDE) // 2
    resized = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(resized.crop((left, top, left + SIDE, top + SIDE)))


def make(folder, name, rows, random):
    """Writes the files and a list of them in the order of rows. Returns the sums of the workloads: the mean of a random crop is
    about that of its picture. The sums by patterns of pictures without random crops are a file of their own."""
    from PIL import Image

    dataset = SETS[name]
    height, width = dataset.shape[:2]
    scenes = [scene(np.random.default_rng([11, index])) for index in range(SCENES if rows > 100 else 1)]
    whole, middle, lines, labels = np.zeros(3), np.zeros((SIDE, SIDE, 3)), [], 0
    for row in range(rows):
        label = row * CLASSES // rows
        path = folder / "files" / str(label) / f"{row:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.ascontiguousarray(picture(random, scenes, width, height))
        Image.fromarray(pixels).save(path, quality=dataset.quality, progressive=dataset.is_progressive)
        with Image.open(path) as image:
            decoded = image.convert("RGB")
        whole += np.asarray(decoded).mean((0, 1)) * SIDE**2
        middle += centre(decoded)
        labels += label
        lines.append(f"{label} {path.resolve()}\n")
    (folder / "files.txt").write_text("".join(lines))
    (folder / "patterns.json").write_text(json.dumps(patterns(middle)))
    sums = {}
    for workload in WORKLOADS.values():
        if workload.set == name:
            total = middle.sum((0, 1)) if workload.crop == "centre" else whole
            sums[workload.name] = {"image": image_sum(total, rows, workload.convert), "label": labels}
    return {min(rows, PREFIX): sums}


def image_sum(total, rows, convert):
    """Returns the sum of all elements of the results, from the sums of each channel as bytes."""
    if convert != "norm":
        return float(total.sum())
    count = rows * SIDE**2
    return float(sum((t / 255 - count * m) / d for t, m, d in zip(total, MEAN, DEVIATION)))
