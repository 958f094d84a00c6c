# SPDX-License-Identifier: Apache-2.0
"""Tests of batches of pictures and sounds whose channels differ: channels are never padded."""

from __future__ import annotations

import io
import pathlib
import wave
from collections.abc import Callable
from typing import Any

import colonnade as dx
import numpy as np
import pytest

MESSAGE = r'row 2, key "image": "image" has 1 channel, and in row 0 of its batch it has 3: .*channels="rgb"'


def ppm(gray: bool, height: int = 4, width: int = 6) -> bytes:
    """Returns a picture file of uniform gray or of colours."""
    header = f"P{5 if gray else 6} {width} {height} 255 "
    return header.encode() + bytes([7] * (height * width * (1 if gray else 3)))


def pictures(*grays: bool, **sizes: int) -> dx.Buffer:
    return dx.buffer_from_vector([{"image": ppm(gray, **sizes)} for gray in grays])


STEPS: list[Callable[[Any], Any]] = [
    lambda data: data,
    lambda data: data.image_resize("image", 3, 3),
    lambda data: data.image_center_crop("image", 2, 2),
    lambda data: data.image_random_crop("image", 2, 2, seed=1).image_random_h_flip("image", seed=1),
    lambda data: data.image_layout("image", "chw"),
    lambda data: data.image_resize("image", 8, 8).cast("image", "float32").image_layout("image", "chw"),
    lambda data: data.key_transform("image", lambda x: (x / 255).astype("float32")),
    lambda data: data.image_resize("image", 9, 9).key_transform("image", lambda x: x.transpose(2, 0, 1)),
    lambda data: data.pad_to_multiple("image", 0, 8, 0),
    lambda data: data.rename_key("image", "x").rename_key("x", "image"),
    lambda data: data.sample_transform(lambda sample: sample),
]


@pytest.mark.parametrize("index", range(len(STEPS)))
def test_gray_and_colour_do_not_go_into_one_batch(index: int) -> None:
    loaded = pictures(False, False, True, True, height=8, width=8).load_image("image", from_memory=True)
    changed = STEPS[index](loaded)
    with pytest.raises(dx.Error, match=MESSAGE):
        changed.batch(4)[0]
    with pytest.raises(dx.Error, match=MESSAGE):
        next(changed.to_stream().batch(3).prefetch(4, 2))
    # Batches of one kind stay as they are, whatever others have.
    shapes = [batch["image"].shape for batch in changed.batch(2)]
    assert len(shapes) == 2 and shapes[0] != shapes[1]


def test_functions_may_make_values_of_any_length() -> None:
    """Only pictures have channels: the numbers of boxes, masks and frames of sound are padded as ever."""
    rows = [{"image": ppm(False), "n": count} for count in (1, 3)]
    loaded = dx.buffer_from_vector(rows).load_image("image", from_memory=True)

    def add(sample: dict[str, Any]) -> dict[str, Any]:
        count = int(sample["n"])
        boxes, masks = np.ones((count, 5), np.float32), np.ones((count, 6, 7), np.uint8)
        return {**sample, "boxes": boxes, "masks": masks}

    for data in (loaded.sample_transform(add).batch(2), loaded.to_stream().sample_transform(add).batch(2)):
        batch = next(iter(data))
        assert batch["boxes"].shape == (2, 3, 5) and batch["masks"].shape == (2, 3, 6, 7)
        assert batch["masks"][0, 1:].max() == 0


def test_other_ways_to_a_batch() -> None:
    loaded = pictures(False, False, True).load_image("image", from_memory=True)
    for made in (
        lambda: loaded.batch(3, dim={"image": 0})[0],
        lambda: next(loaded.to_stream().shuffle(3, seed=4).batch(3)),
        lambda: loaded.concretize().batch(3)[0],
        lambda: dx.concat([loaded.take(2), loaded.skip(2)]).batch(3)[0],
        lambda: loaded.batch(1).batch(3)[0],
        lambda: loaded.batch(3, pad={"image": 1})[0],
    ):
        with pytest.raises(dx.Error, match="channels are never padded"):
            made()
    # The user's way: one number of channels.
    colour = pictures(False, True).load_image("image", from_memory=True, channels="rgb").batch(2)[0]
    assert colour["image"].shape == (2, 4, 6, 3) and (colour["image"] == 7).all()
    gray = pictures(False, True).load_image("image", from_memory=True, channels="rgb").image_channel_reduction("image")
    assert gray.batch(2)[0]["image"].shape == (2, 4, 6, 1)
    # Height and width are padded.
    sizes = [{"image": ppm(True, 2, 3)}, {"image": ppm(True, 4, 2)}]
    padded = dx.buffer_from_vector(sizes).load_image("image", from_memory=True).batch(2)[0]["image"]
    assert padded.shape == (2, 4, 3, 1) and padded[0, 2:].max() == 0 and padded[1, :, 2].max() == 0


def test_pixels_of_a_file(tmp_path: pathlib.Path) -> None:
    root = tmp_path / "pictures"
    root.mkdir()
    for name, gray in (("a.ppm", False), ("b.ppm", False), ("c.ppm", True)):
        (root / name).write_bytes(ppm(gray))
    for target in (tmp_path / "x.colonnade", f"{tmp_path}/many/"):
        made = dx.ingest(root, target, images={"image": "raw"}, columns=["image"])
        assert made.schema["image"].shape == (4, 6, None)
        with pytest.raises(dx.Error, match=MESSAGE):
            made.batch(3)[0]
        assert made.batch(2)[0]["image"].shape == (2, 4, 6, 3)


def test_arrays_are_padded_as_before() -> None:
    arrays = dx.buffer_from_vector([{"image": np.ones((2, 2, 3), "uint8")}, {"image": np.ones((2, 2, 1), "uint8")}])
    assert arrays.batch(2)[0]["image"].shape == (2, 2, 2, 3)


def sound(channels: int, frames: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((channels, 2, 8000, 0, "NONE", ""))
        writer.writeframes(bytes([0, 0x40] * channels * frames))
    return file.getvalue()


def test_mono_and_stereo() -> None:
    samples = dx.buffer_from_vector([{"sound": sound(1, 9)}, {"sound": sound(2, 5)}])
    loaded = samples.load_audio("sound", from_memory=True)
    with pytest.raises(dx.Error, match=r'row 1, key "sound": .* 2 channels.*channels="mono"'):
        loaded.batch(2)[0]
    with pytest.raises(dx.Error, match="channels are never padded"):
        loaded.resample_audio("sound", 4000, input_sample_rate=8000).batch(2)[0]
    mono = samples.load_audio("sound", from_memory=True, channels="mono").batch(2)[0]["sound"]
    assert mono.shape == (2, 9, 1) and mono[1, 5:].max() == 0


def test_stored_pixels_keep_their_channels(tmp_path: pathlib.Path) -> None:
    loaded = pictures(False, False, True, True).load_image("image", from_memory=True)
    for data, key in ((loaded, "image"), (loaded.rename_key("image", "x").to_stream(), "x")):
        stored = dx.ingest(data, tmp_path / f"{key}.colonnade")
        assert stored.metadata == {f"{key}.storage": "raw"} and stored.schema[key].shape == (None, None, None)
        with pytest.raises(dx.Error, match="has 1 channel, and in row 0 of its batch it has 3"):
            stored.batch(4)[0]
        assert [batch[key].shape for batch in stored.batch(2)] == [(2, 4, 6, 3), (2, 4, 6, 1)]
    # Channels that were moved, before a file was written or after it.
    first = loaded.image_layout("image", "chw")
    again = dx.open(tmp_path / "image.colonnade").image_layout("image", "chw")
    for number, data in enumerate((first, again)):
        stored = dx.ingest(data, tmp_path / f"chw{number}.colonnade")
        assert data.metadata == stored.metadata == {"image.storage": "raw,chw"}
        with pytest.raises(dx.Error, match="has 1 channel, and in row 0 of its batch it has 3"):
            stored.batch(4)[0]
        assert [batch["image"].shape for batch in stored.batch(2)] == [(2, 3, 4, 6), (2, 1, 4, 6)]
        back = dx.ingest(stored.image_layout("image", "hwc"), tmp_path / f"back{number}.colonnade")
        assert back.metadata == {"image.storage": "raw"}
    # The storage of the files is not that of the pixels.
    root = tmp_path / "files"
    root.mkdir()
    for number in range(2):
        (root / f"{number}.ppm").write_bytes(ppm(False))
    files = dx.ingest(root, tmp_path / "f.colonnade", images={"image": "encoded,baseline"}, metadata={"a": "b"})
    rgb = files.load_image("image", from_memory=True, channels="rgb")
    assert rgb.metadata == {"a": "b"} and dx.ingest(rgb, tmp_path / "r.colonnade").metadata == {"a": "b"}
    assert files.select("image").metadata == {"a": "b", "image.storage": "encoded,baseline"}
