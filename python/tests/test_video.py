# SPDX-License-Identifier: Apache-2.0
"""Tests of the operation that decodes videos."""

from __future__ import annotations

import io
import pickle
import resource
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from colonnade._video import DecodedVideo

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
    monkeypatch.setattr("colonnade._video._LARGEST", 1200)
    refused(good, "more than 1200 pixels in all of its frames")
    refused(video([1, 2, 3], "matroska"), "more than 1200 pixels in all of its frames")
    with pytest.raises(dx.Error, match="int8 or uint8 of one dimension"):
        dx.buffer_from_vector([{"video": [1.5]}]).load_video("video", from_memory=True)
    with pytest.raises(FileNotFoundError):
        dx.buffer_from_vector([{"video": b"nothing.avi"}]).load_video("video", prefix=tmp_path)[0]
    (tmp_path / "inner").mkdir()
    (tmp_path / "outer.avi").write_bytes(good)
    with pytest.raises(dx.Error, match="row 0.*outer.avi"):
        dx.buffer_from_vector([{"video": b"../outer.avi"}]).load_video("video", prefix=tmp_path / "inner")[0]


def moving(format: str, codec: str, count: int = 12) -> bytes:
    """Returns a video of frames that differ in brightness, most of which refer to other frames."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        stream = container.add_stream(codec, rate=10, width=64, height=48, options={"g": "4", "bf": "1"})
        for value in range(count):
            pixels = np.full((48, 64, 3), value * 20, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")))
        container.mux(stream.encode())
    return file.getvalue()


def decoded(file: bytes) -> Any:
    return DecodedVideo(False)(np.frombuffer(file, np.uint8))


@pytest.mark.parametrize(
    ("format", "codec"),
    [
        ("avi", "ffv1"),
        ("gif", "gif"),
        ("mp4", "mpeg4"),
        ("avi", "mpeg4"),
        ("matroska", "ffv1"),
        ("mpegts", "mpeg2video"),
    ],
)
def test_files_that_end_early(format: str, codec: str) -> None:
    file = moving(format, codec) if codec.startswith("mpeg") else video([10, 200, 30, 90, 250, 70], format, codec)
    whole = decoded(file)
    assert len(whole) == (12 if codec.startswith("mpeg") else 6)
    errors = 0
    for end in sorted({*range(0, len(file), len(file) // 15 + 1), len(file) - 1}):
        try:
            frames = decoded(file[:end])
        except dx.Error:
            errors += 1
            continue
        if format == "mpegts":
            assert len(frames) <= 12  # the limits in the docstring: the last frames are missing, or parts of them
        else:
            assert np.array_equal(frames, whole)  # what is missing is not needed for the frames, such as an index
    assert errors > (3 if format == "mpegts" else 10)


def test_sizes_in_the_header_of_matroska() -> None:
    file = video([1, 2], "matroska")
    refused(file[:-1], f"ends early, or is damaged: it has {len(file) - 1} bytes, and {len(file)} by its header")
    # A program that writes to a pipe does not know the size.
    place = file.index(b"\x18\x53\x80\x67") + 4
    streamed = file[:place] + b"\x01" + b"\xff" * 7 + file[place + 8 :]
    assert (decoded(streamed) == decoded(file)).all()
    for end in range(0, 60, 7):
        refused(file[:end], "damaged")


def test_the_blocks_of_a_gif() -> None:
    file = video([0, 255, 0], "gif", "gif")
    refused(file[:-1], "ends early, or is damaged: the GIF file has no trailer")
    refused(file[:-1] + b"\x07", "byte [0-9]+ begins no block")
    refused(file[:9], "no trailer")
    # Bytes after the trailer, an extension before it and zeros between blocks change nothing.
    for changed in (file + b"more", file[:-1] + b"!\xfe\1x\0;", file[:-1] + b"\0;"):
        assert (decoded(changed) == decoded(file)).all()


def test_a_list_of_edits_leaves_frames_out() -> None:
    file = moving("mp4", "mpeg4")
    whole = decoded(file)
    place = file.index(b"elst") + 12
    duration, start = struct.unpack(">2I", file[place : place + 8])
    scale = struct.unpack(">I", file[file.index(b"mdhd") + 16 :][:4])[0]
    edited = file[:place] + struct.pack(">2I", duration // 3, start + scale * 6 // 10) + file[place + 8 :]
    assert (decoded(edited) == whole[6:10]).all()
    end = edited.index(b"mdat") + 200
    refused(edited[:end] + bytes(len(edited) - end), "damaged")


def test_data_cannot_name_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ok.bin").write_bytes(video([1]))
    monkeypatch.chdir(tmp_path)
    session = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nok.bin\n#EXT-X-ENDLIST\n"
    for file in (b"ffconcat version 1.0\nfile ok.bin", session, playlist):
        refused(file, "FFmpeg does not read it.*The formats are asf, avi, ")


def test_memory_is_not_that_of_a_claim() -> None:
    # One frame of 16,000 × 16,000 pixels in few bytes.
    size = struct.pack("<2H", 16_000, 16_000)
    claim = b"GIF89a" + size + b"\x80\0\0" + bytes(6) + b"," + bytes(4) + size + b"\0\2\2\x44\1\0;"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(claim, "no size of its frames, or one of more than 16777216 pixels, the limit for a file of 35 bytes")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB
    # A claim of 2**30 frames.
    file = bytearray(video([1, 2]))
    for name, offset in ((b"avih", 24), (b"strh", 40)):
        struct.pack_into("<I", file, file.index(name) + offset, 1 << 30)
    refused(bytes(file), "more than 1073741824 pixels in all of its frames")

    large = video(list(range(60)), size=(256, 256))
    tracemalloc.start()
    try:
        frames = decoded(large)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert frames.shape == (60, 256, 256, 3) and (frames[:, 9, 9, 1] == range(60)).all()
    assert frames.nbytes < peak < 1.5 * frames.nbytes


def test_unknown_codecs_and_texts_of_other_encodings() -> None:
    refused(video([1, 2]).replace(b"FFV1", b"ZZQX"), "FFmpeg has no decoder for the codec of the video")
    file = io.BytesIO()
    with av.open(file, "w", format="avi") as container:
        container.metadata["title"] = "abcdef"
        stream = container.add_stream("ffv1", rate=10, width=32, height=16)
        container.mux(stream.encode(av.VideoFrame(32, 16, "yuv420p")))
        container.mux(stream.encode())
    assert b"abcdef" in file.getvalue()
    assert decoded(file.getvalue().replace(b"abcdef", b"ab\xff\xfeef")).shape == (1, 16, 32, 3)


def test_the_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(dx.UnsupportedError, match=r"pip install colonnade\[video\]"):
        dx.buffer_from_vector([{"video": b"x"}]).load_video("video", from_memory=True)
