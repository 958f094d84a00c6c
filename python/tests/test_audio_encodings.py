# SPDX-License-Identifier: Apache-2.0
"""Tests of audio in WAV and AIFF files: every encoding, wrong headers, truncations, and MLX Data where it is installed."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest

#: Frames of two channels, as integers of 32 bits with the extremes.
FRAMES = np.array([[0, 1 << 30], [-(1 << 31), (1 << 31) - 1], [1, -1], [12345678, -987654321], [256, 65536]], "int64")
FLOATS = np.array([[0.0, 0.5], [-1.0, 1.0], [1e-8, 2.5]], "float64")


def chunk(name: bytes, contents: bytes, order: str = "<") -> bytes:
    return name + struct.pack(order + "I", len(contents)) + contents + bytes(len(contents) % 2)


def encoded(width: int, order: str, unsigned: bool = False) -> bytes:
    data = b""
    for value in (FRAMES >> (32 - 8 * width)).reshape(-1).tolist():
        data += (value + 128 * unsigned).to_bytes(width, "little" if order == "<" else "big", signed=not unsigned)
    return data


def wav(
    data: bytes, code: int, bits: int, channels: int = 2, rate: int = 16000, order: str = "<", size: int | None = None,
    extensible: bool = False, before: bytes = b"",
) -> bytes:  # fmt: skip
    frame = channels * ((bits + 7) // 8)
    form = struct.pack(order + "HHIIHH", 0xFFFE if extensible else code, channels, rate, rate * frame, frame, bits)
    if extensible:
        form += struct.pack(order + "HHIH", 22, bits, 3, code) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    sound = chunk(b"data", data, order)
    if size is not None:
        sound = b"data" + struct.pack(order + "I", size) + data
    body = b"WAVE" + before + chunk(b"fmt ", form, order) + chunk(b"LIST", b"odd", order) + sound
    return (b"RIFX" if order == ">" else b"RIFF") + struct.pack(order + "I", len(body)) + body


def aiff(
    data: bytes, bits: int, channels: int = 2, kind: bytes = b"", skip: int = 0, frames: int | None = None
) -> bytes:
    count = len(data) // (channels * ((bits + 7) // 8)) if frames is None else frames
    # 16,000 as a number of 80 bits.
    common = struct.pack(">HIH", channels, count, bits) + struct.pack(">HQ", 16383 + 13, 16000 << (63 - 13))
    sound = chunk(b"SSND", struct.pack(">II", skip, 0) + bytes(skip) + data, ">")
    parts = [chunk(b"NAME", b"abc", ">"), chunk(b"COMM", common + (kind + b"\0\0" if kind else b""), ">"), sound]
    body = (b"AIFC" if kind else b"AIFF") + b"".join(parts[::-1] if skip else parts)
    return b"FORM" + struct.pack(">I", len(body)) + body


FILES = {
    "wav 8": (wav(encoded(1, "<", unsigned=True), 1, 8), 8),
    "wav 16": (wav(encoded(2, "<"), 1, 16), 16),
    "wav 24": (wav(encoded(3, "<"), 1, 24), 24),
    "wav 32": (wav(encoded(4, "<"), 1, 32), 32),
    "wav 24 extensible": (wav(encoded(3, "<"), 1, 24, extensible=True), 24),
    "wav 16 of a pipe": (wav(encoded(2, "<"), 1, 16, size=0xFFFFFFFF), 16),
    "rifx 16": (wav(encoded(2, ">"), 1, 16, order=">"), 16),
    "rifx 24": (wav(encoded(3, ">"), 1, 24, order=">"), 24),
    "aiff 8": (aiff(encoded(1, ">"), 8), 8),
    "aiff 16": (aiff(encoded(2, ">"), 16), 16),
    "aiff 24": (aiff(encoded(3, ">"), 24, skip=5), 24),
    "aiff 32": (aiff(encoded(4, ">"), 32, kind=b"NONE"), 32),
    "aifc sowt": (aiff(encoded(2, "<"), 16, kind=b"sowt"), 16),
    "aifc raw": (aiff(encoded(1, ">", unsigned=True), 8, kind=b"raw "), 8),
}
FLOAT_FILES = {
    "wav f32": wav(FLOATS.astype("<f4").tobytes(), 3, 32),
    "wav f64": wav(FLOATS.astype("<f8").tobytes(), 3, 64, extensible=True),
    "aifc fl32": aiff(FLOATS.astype(">f4").tobytes(), 32, kind=b"fl32"),
    "aifc fl64": aiff(FLOATS.astype(">f8").tobytes(), 64, kind=b"FL64"),
}


def expected(bits: int) -> Any:
    return ((FRAMES >> (32 - bits)) / 2 ** (bits - 1)).astype("float32")


def of_bytes(contents: bytes) -> dx.Buffer:
    return dx.buffer_from_vector([{"x": contents}])


@pytest.mark.parametrize("name", [*FILES, *FLOAT_FILES])
def test_every_encoding(tmp_path: Path, name: str) -> None:
    contents, values = (FILES[name][0], expected(FILES[name][1])) if name in FILES else (FLOAT_FILES[name], FLOATS)
    (tmp_path / "a").write_bytes(contents)
    named = dx.buffer_from_vector([{"x": "a"}])
    held = dx.buffer_from_vector([{"x": np.frombuffer(b"x" * 3 + contents, np.uint8)[3:]}])
    for made in (
        named.load_audio("x", tmp_path),
        named.to_stream().load_audio("x", str(tmp_path), sample_rate=16000),
        of_bytes(contents).load_audio("x", from_memory=True),
        held.load_audio("x", from_memory=True),
    ):
        sound = next(iter(made))["x"]
        assert sound.dtype == np.float32 and np.array_equal(sound, values.astype("float32"))
    count = len(values)
    for info, value, dtype in (
        (dx.All, [count, 2, 16000], "int64"), (dx.NumFrames, count, "int64"), (dx.NumChannels, 2, "int32"),
        (dx.SampleRate, 16000, "int32"), (dx.NumSeconds, count / 16000, "float64"),
    ):  # fmt: skip
        made = named.load_audio("x", tmp_path, info=True, info_type=info)[0]["x"]
        assert made.tolist() == value and made.dtype == dtype
        both = named.load_audio("x", tmp_path, info_type=info, info_key="i", output_key="y")
        assert (
            sorted(both.keys()) == ["i", "x", "y"]
            and both[0]["i"].tolist() == value
            and both[0]["y"].shape == (count, 2)
        )


def test_values_equal_those_of_mlx_data(tmp_path: Path) -> None:
    theirs = pytest.importorskip("mlx.data")
    for name, (contents, _) in FILES.items():
        if name.startswith(("rifx", "wav 16 of")):
            continue
        (tmp_path / "a.wav").write_bytes(contents)
        path = str(tmp_path / "a.wav").encode()
        sample = theirs.buffer_from_vector([{"x": path}]).load_audio("x")[0]["x"]
        mine = dx.buffer_from_vector([{"x": path}]).load_audio("x")[0]["x"]
        assert np.array_equal(sample, mine) and sample.dtype == mine.dtype, name


def outcome(contents: bytes) -> Any:
    try:
        return of_bytes(contents).load_audio("x", from_memory=True)[0]["x"]
    except dx.Error as error:
        assert 'row 0, key "x": ' in str(error)
        return None


def test_truncated_and_changed_files_give_an_error_or_sound() -> None:
    for contents in (FILES["wav 16"][0], FILES["aiff 24"][0], FLOAT_FILES["aifc fl64"], FILES["wav 24 extensible"][0]):
        # What follows format and sound may be missing.
        name = contents.rfind(b"NAME")
        needed = name if name > 20 else len(contents)
        for end in range(needed):
            assert outcome(contents[:end]) is None, end
        assert np.array_equal(outcome(contents[:needed]), outcome(contents))
        rng = random.Random(3)
        for _ in range(600):
            changed = bytearray(contents)
            for _ in range(rng.randrange(1, 4)):
                changed[rng.randrange(min(len(changed), 90))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
            sound = outcome(bytes(changed))
            assert sound is None or sound.nbytes <= 8 * len(contents)


def test_damaged_files_are_errors_that_say_why(tmp_path: Path) -> None:
    sound = encoded(2, "<")
    cases = {
        b"": "it is empty", wav(sound, 1, 16, channels=0): "0 channels",
        wav(sound, 1, 16, rate=0): "0 frames in a second", wav(sound[:-1], 1, 16, size=len(sound) - 1): "its last frame has 3 of 4",
        wav(sound, 1, 16, size=1 << 31): "missing", aiff(sound, 16, frames=1 << 31): "its header tells",
        b"RIFF" + bytes(4) + b"WAVE": "it ends before its samples", b"FORM" + bytes(4) + b"AIFF": "no format",
        b"RIFF" + bytes(4) + b"WAVE" + chunk(b"data", sound): "before their format",
    }  # fmt: skip
    for contents, message in cases.items():
        with pytest.raises(dx.Error, match=f'row 0, key "x": .*{message}'):
            of_bytes(contents).load_audio("x", from_memory=True)[0]
    (tmp_path / "a").write_bytes(FILES["wav 16"][0][:60])
    for info in (False, True):
        with pytest.raises(dx.Error, match=f'row 0, key "x": {tmp_path}/a: .*missing'):
            dx.buffer_from_vector([{"x": "a"}]).load_audio("x", tmp_path, info)[0]
    with pytest.raises(FileNotFoundError):
        dx.buffer_from_vector([{"x": "none"}]).load_audio("x", tmp_path)[0]


def test_sound_without_frames_and_long_sizes() -> None:
    assert of_bytes(wav(b"", 1, 16)).load_audio("x", from_memory=True)[0]["x"].shape == (0, 2)
    assert of_bytes(aiff(b"", 16)).load_audio("x", from_memory=True)[0]["x"].shape == (0, 2)
    sound = encoded(2, "<")
    sizes = chunk(b"ds64", struct.pack("<QQQI", 0, len(sound), 0, 0))
    long = b"RF64" + wav(sound, 1, 16, size=0xFFFFFFFF, before=sizes)[4:]
    assert np.array_equal(of_bytes(long + b"more").load_audio("x", from_memory=True)[0]["x"], expected(16))
    endless = chunk(b"ds64", struct.pack("<QQQI", 0, 1 << 63, 0, 0))
    with pytest.raises(RuntimeError, match="missing"):
        of_bytes(b"RF64" + wav(sound, 1, 16, size=0xFFFFFFFF, before=endless)[4:]).load_audio("x", from_memory=True)[0]
