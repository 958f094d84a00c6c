# SPDX-License-Identifier: Apache-2.0
"""The function that decodes videos, by the package PyAV."""

from __future__ import annotations

import io
from types import ModuleType
from typing import Any

import numpy as np

from ._errors import Error, UnsupportedError

__all__ = ["DecodedVideo"]

#: The most pixels of all frames together.
_LARGEST = 1 << 30


def _package() -> ModuleType:
    """Returns the package PyAV, which has FFmpeg's libraries. UnsupportedError if it is not installed."""
    try:
        import av
    except ImportError:
        raise UnsupportedError("load_video needs the package av: pip install colonnade[video]") from None
    return av


class DecodedVideo:
    """A function that decodes the bytes of a video file, for `key_transform`."""

    def __init__(self, info: bool) -> None:
        self._info = info

    def __call__(self, file: Any) -> Any:
        av = _package()
        if getattr(file, "dtype", None) not in (np.int8, np.uint8) or file.ndim != 1:
            raise Error("the value must be the bytes of a video file: int8 or uint8 of one dimension")
        try:
            with av.open(io.BytesIO(file.tobytes())) as container:
                if not container.streams.video:
                    raise Error("the file has no video")
                stream = container.streams.video[0]
                return _size(container, stream) if self._info else _frames(container, stream)
        except av.error.FFmpegError as error:
            raise Error(f"the video is damaged, or FFmpeg does not read it: {error}") from None


def _checked(packet: Any) -> Any:
    if packet.is_corrupt:
        raise Error("the video ends early, or is damaged: FFmpeg marks a part of it as corrupt")
    return packet


def _size(container: Any, stream: Any) -> Any:
    # Not every header has the number of frames.
    packets = sum(_checked(packet).size > 0 for packet in container.demux(stream)) if not stream.frames else 0
    return np.array([stream.width, stream.height, stream.frames or packets], np.int64)


def _frames(container: Any, stream: Any) -> Any:
    stream.thread_type = "SLICE"  # the threads of prefetch decode several videos at once
    stream.codec_context.options = {"err_detect": "explode"}
    frames: list[Any] = []
    pixels = 0
    for packet in container.demux(stream):
        for frame in _checked(packet).decode():
            pixels += frame.width * frame.height
            if pixels > _LARGEST:
                raise Error(f"the video has more than {_LARGEST} pixels in all of its frames: cut it into parts")
            if frames and frames[0].shape[:2] != (frame.height, frame.width):
                first = frames[0].shape
                raise Error(
                    f"the size of its frames changes from {first[1]} × {first[0]} to {frame.width} × {frame.height} "
                    f"with frame {len(frames)}: cut it into parts"
                )
            frames.append(frame.to_ndarray(format="rgb24"))
    if not frames:
        raise Error("the video has no frames")
    return np.stack(frames)
