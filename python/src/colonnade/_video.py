# SPDX-License-Identifier: Apache-2.0
"""The function that decodes videos, by the package PyAV."""

from __future__ import annotations

import io
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import Error, UnsupportedError

__all__ = ["DecodedVideo"]

#: The most pixels of all frames together.
_LARGEST = 1 << 30

#: The most pixels of a frame; those that a frame may have in a file of few bytes; and those for each byte of larger frames. They
#: are the limits of `load_image`.
_LARGEST_FRAME, _SMALL_FRAME, _PIXELS_PER_BYTE = 1 << 28, 1 << 24, 1 << 14

#: FFmpeg's readers of files that contain their frames. Its others open files and addresses that the data name.
_FORMATS = ["asf", "avi", "flv", "gif", "ivf", "matroska", "mov", "mpeg", "mpegts", "mxf", "nut", "ogg", "rm"]

_ENDS_EARLY = "the video ends early, or is damaged: "


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
        contents = file.tobytes()
        if contents.startswith(b"GIF8"):
            _require_trailer(contents)
        if contents.startswith(b"\x1a\x45\xdf\xa3"):
            _require_segment(contents)
        try:
            with _opened(av, contents) as container:
                stream = _video_of(container, len(contents))
                if self._info:
                    # Not every header has the number of frames.
                    frames = stream.frames or sum(_checked(packet).size > 0 for packet in container.demux(stream))
                    return np.array([stream.width, stream.height, frames], np.int64)
                frames, packets = _frames(container, stream, len(contents))
                if packets < stream.frames and "mp4" in container.format.name:
                    packets = _all_packets(av, contents)  # a list of edits leaves some out
                if packets < stream.frames:
                    raise Error(f"{_ENDS_EARLY}it has {packets} frames, and {stream.frames} by its header")
                return frames
        except av.error.FFmpegError as error:
            raise Error(
                f"the video is damaged, or FFmpeg does not read it: {error}. The formats are {', '.join(_FORMATS)}"
            ) from None


def _opened(av: ModuleType, contents: bytes, **options: str) -> Any:
    return av.open(
        io.BytesIO(contents),
        metadata_errors="replace",
        options={
            "protocol_whitelist": "none",
            "format_whitelist": ",".join(_FORMATS),
            "max_pixels": str(_most_pixels(len(contents))),  # to open a file decodes its first frames
            **options,
        },
    )


def _most_pixels(size: int) -> int:
    """Returns the most pixels that a frame may have in a file of `size` bytes."""
    return min(_LARGEST_FRAME, max(_SMALL_FRAME, size * _PIXELS_PER_BYTE))


def _video_of(container: Any, size: int) -> Any:
    """Returns the first video of a file of `size` bytes. Raises Error if it cannot be decoded, or claims too many pixels."""
    if not container.streams.video:
        raise Error("the file has no video")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        raise Error("FFmpeg has no decoder for the codec of the video: convert it to another one, such as H.264")
    if not stream.width or not stream.height:
        raise Error(
            f"FFmpeg finds no size of its frames, or one of more than {_most_pixels(size)} pixels, the limit for a file of "
            f"{size} bytes"
        )
    _limit(stream.width * stream.height * max(stream.frames, 1))
    return stream


def _limit(pixels: int) -> None:
    if pixels > _LARGEST:
        raise Error(f"the video has more than {_LARGEST} pixels in all of its frames: cut it into parts")


def _checked(part: Any) -> Any:
    """Returns a packet or a frame. Raises Error if FFmpeg marks it as incomplete."""
    if part.is_corrupt:
        raise Error(f"{_ENDS_EARLY}FFmpeg marks a part of it as corrupt")
    return part


def _all_packets(av: ModuleType, contents: bytes) -> int:
    with _opened(av, contents, ignore_editlist="1") as container:
        return sum(_checked(packet).size > 0 for packet in container.demux(container.streams.video[0]))


def _frames(container: Any, stream: Any, size: int) -> tuple[NDArray[np.uint8], int]:
    """Returns the frames, and the number of packets that they come from."""
    stream.thread_type = "SLICE"  # the threads of prefetch decode several videos at once
    stream.codec_context.options = {"err_detect": "explode", "max_pixels": str(_most_pixels(size))}
    shape: tuple[int, ...] = ()
    frames = np.empty(0, np.uint8)
    count = packets = 0
    for packet in container.demux(stream):
        # The last packet only flushes the decoder. One of an AVI file may be empty, and repeats the frame before it.
        packets += packet.dts is not None or packet.size > 0
        for frame in _checked(packet).decode():
            pixels = _checked(frame).to_ndarray(format="rgb24")
            shape = shape or pixels.shape
            if pixels.shape != shape:
                raise Error(
                    f"the size of its frames changes from {shape[1]} × {shape[0]} to {frame.width} × {frame.height} "
                    f"with frame {count}: cut it into parts"
                )
            _limit((count + 1) * frame.width * frame.height)
            start, end = count * pixels.size, (count + 1) * pixels.size
            if end > frames.size:
                frames.resize(end + count // 4 * pixels.size, refcheck=False)
            frames[start:end] = pixels.ravel()
            count += 1
    if not count:
        raise Error("the video has no frames")
    frames.resize(end, refcheck=False)
    return frames.reshape(count, *shape), packets


def _require_trailer(file: bytes) -> None:
    """Raises Error unless the blocks of a GIF file are followed by its trailer: FFmpeg returns the part of a last frame."""

    def colours(flags: int) -> int:
        return 3 << (flags & 7) + 1 if flags & 0x80 else 0

    place = 13 + colours(file[10]) if len(file) > 10 else len(file)
    while place < len(file):
        kind = file[place]
        if kind == ord(";"):
            return
        if kind == ord(","):
            place += 11 + (
                colours(file[place + 9]) if place + 9 < len(file) else 0
            )  # the size and the colours of an image, and the width of its codes
        elif kind == ord("!"):
            place += 2
        elif kind:
            raise Error(f"the GIF file is damaged: byte {place} begins no block")
        while file[place : place + 1] not in (b"", b"\0"):
            place += file[place] + 1
        place += 1
    raise Error(f"{_ENDS_EARLY}the GIF file has no trailer")


def _require_segment(file: bytes) -> None:
    """Raises Error if a Matroska file is shorter than the segment in its header. Streams have segments of unknown size."""
    end = 0
    for identity in (b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"):
        start = end + len(identity)
        if file[end:start] != identity or start == len(file):
            return
        length = 9 - file[start].bit_length()  # the zeros in front of the first one tell how many bytes a size has
        size = int.from_bytes(file[start : start + length], "big") & (1 << 7 * length) - 1
        if size == (1 << 7 * length) - 1:
            return
        end = start + length + size
    if end > len(file):
        raise Error(f"{_ENDS_EARLY}it has {len(file)} bytes, and {end} by its header")
