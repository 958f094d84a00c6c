# SPDX-License-Identifier: Apache-2.0
"""Tests of the operation that decodes videos."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest

av = pytest.importorskip("av")


def video(values: list[int], format: str = "avi", codec: str = "ffv1", size: tuple[int, int] = (32, 16)) -> bytes:
    """Returns a video of frames that have one value each. The codec is lossless, and the format stores RGB."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        stream = container.add_stream(codec, rate=10, width=size[0], height=size[1])
        stream.pix_fmt = "rgb8" if codec == "gif" else "bgr0"
        for value in values:
            pixels = np.full((size[1], size[0], 3), value, np.uint8)
            pixels[0, 0] = (255, 0, 0)
            for packet in stream.encode(
                av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=stream.pix_fmt)
            ):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return file.getvalue()


@pytest.mark.parametrize("format", ["avi", "matroska"])
def test_frames_and_sizes(tmp_path: Path, format: str) -> None:
    files = [video([10, 200], format), video([7, 8, 9], format, size=(16, 16))]
    for number, file in enumerate(files):
        (tmp_path / f"{number}.bin").write_bytes(file)
    in_memory = dx.buffer_from_vector([{"video": file, "label": i} for i, file in enumerate(files)])
    on_disk = dx.buffer_from_vector([{"video": f"{i}.bin".encode()} for i in range(2)])
    for buffer in (
        in_memory.load_video("video", from_memory=True),
        in_memory.load_video_if(True, "video", from_memory=True),
        on_disk.load_video("video", prefix=tmp_path),
        on_disk.load_video("video", prefix=str(tmp_path), output_key="frames").rename_key("frames", "video"),
    ):
        for sample, values in zip(buffer, [[10, 200], [7, 8, 9]], strict=True):
            frames = sample["video"]
            assert frames.dtype == np.uint8 and frames.shape == (len(values), 16, 32 if len(values) == 2 else 16, 3)
            assert (frames[:, 5, 5] == np.array(values)[:, None]).all() and (frames[:, 0, 0] == [255, 0, 0]).all()
    kept = in_memory.load_video("video", from_memory=True, info=True, output_key="size")
    assert [sample["size"].tolist() for sample in kept] == [[32, 16, 2], [16, 16, 3]] and "video" in kept.keys()
    assert kept.dtypes["size"] == "int64"
    # The operations on pictures change all frames alike, and a buffer with this function can be pickled.
    small = pickle.loads(pickle.dumps(in_memory.load_video("video", from_memory=True).image_center_crop("video", 4, 4)))
    assert small[1]["video"].shape == (3, 4, 4, 3)


def test_a_gif_has_frames_as_in_mlx_data() -> None:
    samples = dx.buffer_from_vector([{"video": video([0, 255, 0], "gif", "gif")}])
    loaded = samples.load_video("video", from_memory=True)[0]["video"]
    # GIF has a palette of few colours.
    assert abs(loaded[:, 5, 5].astype(int) - [[0] * 3, [255] * 3, [0] * 3]).max() < 8
    assert samples.load_video("video", from_memory=True, info=True)[0]["video"].tolist() == [32, 16, 3]


def refused(file: Any, message: str) -> None:
    samples = dx.buffer_from_vector([{"video": video([1])}, {"video": file}]).load_video("video", from_memory=True)
    with pytest.raises(dx.Error, match=message) as caught:
        samples[1]
    assert any("row 1" in note for note in caught.value.__notes__)
    with pytest.raises(dx.Error, match=message):  # already by the call
        dx.buffer_from_vector([{"video": file}]).load_video("video", from_memory=True)


def test_what_is_no_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = video([1, 2, 3])
    for file in (b"no video" * 9, good[:200], bytes(1000)):
        refused(file, "damaged|no video|no frames")
    for end in range(0, len(good), max(len(good) // 40, 1)):  # an error or fewer frames, and never a crash
        try:
            frames = dx.buffer_from_vector([{"video": good[:end]}]).load_video("video", from_memory=True)[0]["video"]
        except (dx.Error, ValueError):
            continue
        assert frames.shape[1:] == (16, 32, 3) and len(frames) <= 3
    monkeypatch.setattr("colonnade._video._LARGEST", 1200)
    refused(good, "more than 1200 pixels in all of its frames")
    with pytest.raises(dx.Error, match="int8 or uint8 of one dimension"):
        dx.buffer_from_vector([{"video": [1.5]}]).load_video("video", from_memory=True)
    with pytest.raises(FileNotFoundError):
        dx.buffer_from_vector([{"video": b"nothing.avi"}]).load_video("video", prefix=tmp_path)[0]
    (tmp_path / "inner").mkdir()
    (tmp_path / "outer.avi").write_bytes(good)
    with pytest.raises(dx.Error, match="row 0.*outer.avi"):
        dx.buffer_from_vector([{"video": b"../outer.avi"}]).load_video("video", prefix=tmp_path / "inner")[0]


def test_the_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(dx.UnsupportedError, match=r"pip install colonnade\[video\]"):
        dx.buffer_from_vector([{"video": b"x"}]).load_video("video", from_memory=True)
