# SPDX-License-Identifier: Apache-2.0
"""Tests of audio: files of several formats against the package soundfile, resampling against its formula, errors."""

from __future__ import annotations

import io
import math
import os
import pathlib
import subprocess
import sys
import wave
from typing import Any

import colonnade as dx
import numpy as np
import pytest

FLAC = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/audio/tabla_na_o.flac"
RNG = np.random.default_rng(1)
NOISE = np.clip(RNG.normal(0, 0.2, (2000, 2)), -1, 1)


def wav(frames: bytes, channels: int = 1, width: int = 2, rate: int = 8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((channels, width, rate, 0, "NONE", ""))
        sound.writeframes(frames)
    return file.getvalue()


def decoded(file: bytes, **options: Any) -> Any:
    return dx.buffer_from_vector([{"x": file}]).load_audio("x", from_memory=True, **options)[0]["x"]


@pytest.fixture
def soundfile() -> Any:
    return pytest.importorskip("soundfile")


@pytest.mark.parametrize(
    "format, subtype",
    [
        ("WAV", "PCM_U8"), ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "PCM_32"), ("WAV", "FLOAT"), ("WAV", "DOUBLE"),
        ("WAV", "ULAW"), ("WAV", "IMA_ADPCM"), ("WAVEX", "PCM_16"), ("RF64", "PCM_16"), ("AIFF", "PCM_S8"),
        ("AIFF", "PCM_16"), ("AIFF", "PCM_24"), ("AIFF", "FLOAT"), ("AIFF", "ALAW"), ("FLAC", "PCM_16"),
        ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("AU", "PCM_16"),
    ],
)  # fmt: skip
def test_files_are_read_as_by_soundfile(soundfile: Any, format: str, subtype: str) -> None:
    if subtype not in soundfile.available_subtypes(format):
        pytest.skip(f"this libsndfile has no {subtype}")
    file = io.BytesIO()
    soundfile.write(file, NOISE, 48_000, format=format, subtype=subtype)
    want, rate = soundfile.read(io.BytesIO(file.getvalue()), dtype="float32", always_2d=True)
    got = decoded(file.getvalue())
    assert got.dtype == np.float32 and got.shape == want.shape and (got == want).all()
    info = decoded(file.getvalue(), info=True)
    assert info.dtype == np.int64 and info.tolist() == [*want.shape, rate]


def test_a_real_file(soundfile: Any) -> None:
    want, rate = soundfile.read(FLAC, dtype="float32", always_2d=True)
    names = dx.buffer_from_vector([{"x": FLAC.name.encode()}])
    sample = names.load_audio("x", FLAC.parent, info_key="i", output_key="sound")[0]
    assert (sample["sound"] == want).all() and sample["x"].tobytes() == FLAC.name.encode()
    assert sample["i"].tolist() == [*want.shape, rate]
    mono = names.load_audio("x", FLAC.parent, channels="mono", sample_rate=16_000)[0]["x"]
    assert mono.shape == (len(want) * 16_000 // rate, 1)


def test_properties_have_the_types_of_mlx_data() -> None:
    file = wav(bytes(12), channels=2)
    kinds = {
        dx.All: ("int64", [3, 2, 8000]),
        dx.NumFrames: ("int64", 3),
        dx.NumChannels: ("int32", 2),
        dx.SampleRate: ("int32", 8000),
        dx.NumSeconds: ("float64", 3 / 8000),
    }
    assert set(kinds) == set(dx.LoadAudioInfo)
    for kind, (dtype, value) in kinds.items():
        got = decoded(file, info=True, info_type=kind)
        assert got.dtype == dtype and got.tolist() == value
        sample = dx.buffer_from_vector([{"x": file}]).load_audio("x", "", True, True, kind, info_key="i")[0]
        assert sample["i"].tolist() == value and sample["x"].shape == (3, 2)


@pytest.mark.parametrize("channels", [1, 2])
def test_audio_is_that_of_mlx_data(tmp_path: pathlib.Path, channels: int) -> None:
    mx = pytest.importorskip("mlx.data")
    frames = RNG.integers(-(2**15), 2**15, (500, channels)).astype("<i2")
    (tmp_path / "a.wav").write_bytes(wav(frames.tobytes(), channels))
    rows = [{"x": b"a.wav"}]

    def both(method: str, *arguments: Any, **options: Any) -> tuple[Any, Any]:
        folder = str(tmp_path)
        theirs = getattr(mx.buffer_from_vector(rows), method)("x", folder, *arguments, **options)[0]["x"]
        return getattr(dx.buffer_from_vector(rows), method)("x", folder, *arguments, **options)[0]["x"], theirs

    ours, theirs = both("load_audio")
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape and (ours == theirs).all()
    for rate in (16_000, 7_999, 4_000):
        ours, theirs = both("load_audio", sample_rate=rate)
        assert ours.shape == theirs.shape


def torchaudio_weights(rate: int, new_rate: int, width: int, rolloff: float) -> tuple[Any, int]:
    """The weights of torchaudio.functional.resample with its window of a squared cosine: a row for each output of a period."""
    base = min(rate, new_rate) * rolloff
    half = math.ceil(width * rate / base)
    inputs = np.arange(-half, half + rate) / rate
    times = (np.arange(0, -new_rate, -1) / new_rate)[:, None] + inputs[None, :]
    times = np.clip(times * base, -width, width)
    window = np.cos(times * math.pi / width / 2) ** 2
    return np.sinc(times) * window * base / rate, half


@pytest.mark.parametrize("rate, new_rate", [(441, 160), (160, 441), (3, 1), (8, 7)])
@pytest.mark.parametrize("quality, width", [("sinc-fastest", 6), ("sinc-medium", 16), ("sinc-best", 64)])
def test_resampling_is_that_of_torchaudio(rate: int, new_rate: int, quality: str, width: int) -> None:
    sound = NOISE[:1000].astype("float32")
    weights, half = torchaudio_weights(rate, new_rate, width, 0.99)
    padded = np.pad(sound, ((half, half + rate), (0, 0)))
    blocks = [weights @ padded[start : start + weights.shape[1]] for start in range(0, len(sound), rate)]
    want = np.concatenate(blocks)[: len(sound) * new_rate // rate]
    for samples in (sound, sound[:, 0]):
        buffer = dx.buffer_from_vector([{"x": samples}]).resample_audio("x", new_rate, rate, "", quality)
        got = buffer[0]["x"]
        assert got.dtype == np.float32 and np.abs(got - (want if samples.ndim == 2 else want[:, 0])).max() < 2e-6


def test_batches_are_padded_and_streams_resume() -> None:
    rows = [{"x": wav(bytes(2 * count)), "n": count} for count in (3, 1, 4, 1, 5, 9, 2, 6)]
    stream = dx.buffer_from_vector(rows).shuffle(seed=1).to_stream().load_audio("x", from_memory=True).batch(2)
    whole = [batch["x"].shape for batch in stream.prefetch(2, 2)]
    assert sorted(whole) != whole and len(whole) == 4
    stream.reset()
    next(stream)
    state = stream.state()
    again = dx.buffer_from_vector(rows).shuffle(seed=1).to_stream().load_audio("x", from_memory=True).batch(2)
    again.resume(state)
    assert [batch["x"].shape for batch in again] == [batch["x"].shape for batch in stream]


def file_of(soundfile: Any, format: str, count: int = 4_000) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.resize(NOISE, (count, 2)), 8_000, format=format)
    return file.getvalue()


@pytest.mark.parametrize("format", ["WAV", "AIFF", "FLAC", "OGG"])
@pytest.mark.parametrize("rate", [0, 3_000, 16_000])
def test_segments_are_parts_of_the_whole(soundfile: Any, format: str, rate: int) -> None:
    file = file_of(soundfile, format)
    options: dict[str, Any] = {"sample_rate": rate, "channels": "mono", "from_memory": True}
    whole = dx.buffer_from_vector([{"x": file}]).load_audio("x", **options)[0]["x"]
    rows = dx.buffer_from_vector([{"x": file}] * 6).load_audio("x", segment_seconds=0.05, seed=3, **options)
    length = (rate or 8_000) // 20
    windows = np.lib.stride_tricks.sliding_window_view(whole[:, 0], length)
    places = []
    for row in rows:
        assert row["x"].shape == (length, 1)
        distance = np.abs(windows - row["x"][:, 0]).max(axis=1)
        assert distance.min() <= (0 if format != "OGG" else 1e-6)
        places.append(int(distance.argmin()))
    assert len(set(places)) == 6
    assert [row["x"].tolist() for row in rows] == [row["x"].tolist() for row in rows]


def test_segments_follow_epoch_and_seed(soundfile: Any) -> None:
    file = file_of(soundfile, "WAV")
    rows = dx.buffer_from_vector([{"x": file}] * 3)

    def epochs(seed: int, threads: int) -> list[list[bytes]]:
        stream = rows.to_stream().load_audio("x", from_memory=True, segment_seconds=0.1, seed=seed).prefetch(2, threads)
        passes = []
        for _ in range(2):
            passes.append([sample["x"].tobytes() for sample in stream])
            stream.reset()
        return passes

    first = epochs(1, 1)
    assert first == epochs(1, 3) and first != epochs(2, 1)
    assert len(set(first[0] + first[1])) == 6


def test_short_audio_is_taken_whole() -> None:
    assert decoded(wav(bytes(20)), segment_seconds=1).shape == (10, 1)
    assert decoded(wav(bytes(20)), segment_seconds=10 / 8000).shape == (10, 1)
    assert decoded(wav(bytes(20)), segment_seconds=1e-9).shape == (1, 1)
    assert decoded(wav(b""), segment_seconds=1).shape == (0, 1)
    buffer = dx.buffer_from_vector([{"x": wav(bytes(20))}])
    for wrong in (0, -1, math.nan, math.inf):
        with pytest.raises(dx.Error):
            buffer.load_audio("x", from_memory=True, segment_seconds=wrong)
    with pytest.raises(TypeError):
        buffer.load_audio("x", seed=1)


@pytest.mark.parametrize(
    "file, message",
    [
        (b"", "it is empty"),
        (b"\x89PNG\r\n\x1a\n and so on", "cannot be decoded"),
        (b"hello", "cannot be decoded"),
        (wav(bytes(100))[:-1], "1 are missing"),
    ],
)
def test_what_is_no_audio_is_refused(file: bytes, message: str) -> None:
    with pytest.raises(dx.Error, match=message):
        decoded(file)


def test_a_damaged_file_is_never_a_part_of_it(soundfile: Any) -> None:
    whole = FLAC.read_bytes()
    for length in range(0, len(whole), 977):
        with pytest.raises(dx.Error):
            decoded(whole[:length])
    outcomes = set()
    for index in range(0, len(whole), 1543):
        changed = bytearray(whole)
        changed[index] ^= 0x10
        try:
            outcomes.add(decoded(bytes(changed)).shape)
        except dx.Error:
            outcomes.add("refused")
    assert "refused" in outcomes and len(outcomes) <= 4


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_ogg_that_is_cut_or_changed_is_refused(soundfile: Any, subtype: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.resize(NOISE, (60_000, 2)), 48_000, format="OGG", subtype=subtype)
    whole = file.getvalue()
    assert decoded(whole).shape == (60_000, 2)
    for length in range(0, len(whole), len(whole) // 40):
        with pytest.raises(dx.Error):
            decoded(whole[:length])
    for index in range(5, len(whole), len(whole) // 60):
        changed = bytearray(whole)
        changed[index] ^= 0x10
        with pytest.raises(dx.Error, match="Ogg"):
            decoded(bytes(changed), info=True)


@pytest.mark.parametrize("format, subtype", [(name, "PCM_16") for name in ("AU", "CAF", "NIST", "VOC", "W64", "SVX")])
def test_containers_that_end_early_are_refused(soundfile: Any, format: str, subtype: str) -> None:
    file = io.BytesIO()
    # Files of 8SVX have one channel.
    soundfile.write(file, NOISE[:300, : 1 if format == "SVX" else 2], 8_000, format=format, subtype=subtype)
    whole = decoded(file.getvalue())
    assert whole.shape[0] == 300
    for count in range(1, len(file.getvalue()), 89):
        try:
            np.testing.assert_array_equal(decoded(file.getvalue()[:count]), whole)
        except dx.Error as error:
            assert "audio" in str(error)
    with pytest.raises(dx.Error, match='row 0, key "x": the audio is damaged: .* it ends early'):
        decoded(file.getvalue()[:-300])


def unpatched(file: bytes) -> bytes:
    """A WAV file without sizes, as a stopped program leaves it."""
    place = file.index(b"data")
    return file[:4] + bytes(4) + file[8 : place + 4] + bytes(4) + file[place + 8 :]


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "ULAW", "IMA_ADPCM"])
def test_wav_without_sizes_is_never_empty(soundfile: Any, subtype: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, NOISE[:1024], 8_000, format="WAV", subtype=subtype)
    whole = decoded(file.getvalue())
    assert len(whole) >= 1024
    try:
        made = decoded(unpatched(file.getvalue()))
    except dx.Error as error:
        # libsndfile, which decodes these, takes the size for that of the samples.
        assert "its header says that there are no samples" in str(error) and subtype in ("ULAW", "IMA_ADPCM")
    else:
        np.testing.assert_array_equal(made[: len(whole)], whole)


def test_au_without_a_size_is_never_empty(soundfile: Any) -> None:
    file = io.BytesIO()
    soundfile.write(file, NOISE[:300], 8_000, format="AU", subtype="PCM_16")
    whole = file.getvalue()
    with pytest.raises(dx.Error, match="AU: its header says that there are no samples, and 1200 bytes of them follow"):
        decoded(whole[:8] + bytes(4) + whole[12:])
    np.testing.assert_array_equal(decoded(whole[:8] + b"\xff" * 4 + whole[12:]), decoded(whole))


@pytest.mark.parametrize("format", ["WAV", "AIFF", "AU", "CAF", "W64"])
def test_numbers_that_float32_does_not_hold_are_an_error(soundfile: Any, format: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.array([[0.5, 0], [0, -1e300]]), 8_000, format=format, subtype="DOUBLE")
    with pytest.raises(dx.Error, match=r'row 0, key "x": .*frame 1, channel 1\) is beyond the range of float32'):
        decoded(file.getvalue())
    file = io.BytesIO()
    kept = np.array([[np.inf, -np.inf], [np.nan, 3.4e38]])
    soundfile.write(file, kept, 8_000, format=format, subtype="DOUBLE")
    np.testing.assert_array_equal(decoded(file.getvalue()), kept.astype(np.float32))


def test_verification_decodes_sound(soundfile: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "sounds").mkdir()
    whole = FLAC.read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 0xFF
    for name, contents in {"a.flac": whole, "b.flac": bytes(changed)}.items():
        (tmp_path / "sounds" / name).write_bytes(contents)
    dx.ingest(tmp_path / "sounds", tmp_path / "s.colonnade")
    (problem,) = dx.verify(tmp_path / "s.colonnade", media=True)
    assert 'row 1, column "audio": the audio is damaged' in problem
    (tmp_path / "sounds/c.flac").write_bytes(whole[:-1])
    with pytest.raises(dx.Error, match=rf"c\.flac: .*it ends early, after {len(whole) - 1} bytes"):
        dx.ingest(tmp_path / "sounds", tmp_path / "t.colonnade")
    with pytest.warns(UserWarning, match="c.flac"):
        assert len(dx.ingest(tmp_path / "sounds", tmp_path / "t.colonnade", skip_bad=True)) == 2


def test_numbers_of_headers_are_checked(soundfile: Any) -> None:
    lines = ["NIST_1A", "   1024", "channel_count -i 1", "sample_count -i 2", "sample_n_bytes -i 2", "end_head", ""]
    for index, line in [
        (1, "-9223372036854775808"), (1, "-5"), (1, "99999999999"), (2, "channel_count -i -1"), (3, "sample_count -i -3"),
        (4, "sample_n_bytes -i -9223372036854775808"), (3, "sample_count -i 9223372036854775807"),
    ]:  # fmt: skip
        changed = "\n".join([*lines[:index], line, *lines[index + 1 :]]).ljust(1024)
        with pytest.raises(dx.Error, match="the audio is damaged: NIST"):
            decoded(changed.encode() + bytes(4), info=True)
    file = io.BytesIO()
    soundfile.write(file, NOISE[:300], 8_000, format="W64", subtype="PCM_16")
    piped = file.getvalue()
    place = piped.index(b"data\xf3\xac") + 16
    for size in (b"\xff" * 7 + b"\x7f", b"\xff" * 8):
        assert decoded(piped[:place] + size + piped[place + 8 :]).shape[0] == 300


def test_properties_beside_the_samples_cost_no_second_decoding(soundfile: Any) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.resize(NOISE, (30_000, 2)), 44_100, format="MP3")
    rows = dx.buffer_from_vector([{"x": file.getvalue()}])
    both = rows.load_audio("x", from_memory=True, info_key="about", channels="mono", sample_rate=22_050)
    count = len(decoded(file.getvalue()))
    assert both[0]["about"].tolist() == [count, 2, 44_100] and both[0]["x"].shape == (count // 2, 1)
    assert str(both.explain()).count("load audio") + str(both.explain()).count("decode audio") == 1
    assert "audio info" not in str(both.explain())
    part = rows.load_audio("x", from_memory=True, info_key="about", segment_seconds=0.1, seed=1)[0]
    assert part["about"].tolist() == [count, 2, 44_100] and part["x"].shape == (4_410, 2)
    with pytest.raises(dx.Error, match="cannot be both the audio and its properties"):
        rows.load_audio("x", from_memory=True, info_key="x")


def test_properties_alone_are_read_from_the_header(soundfile: Any) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.resize(NOISE, (20_000, 2)), 8_000, format="FLAC")
    # Damage in the middle is found by decoding alone.
    damaged = bytearray(file.getvalue())
    damaged[len(damaged) // 2] ^= 0xFF
    rows = dx.buffer_from_vector([{"x": bytes(damaged), "n": 0}, {"x": wav(bytes(8)), "n": 1}])
    for options in ({}, {"segment_seconds": 2.5, "seed": 1}):
        loaded = rows.load_audio("x", from_memory=True, info_key="about", **options)
        with pytest.raises(dx.Error, match="row 0"):
            loaded[0]
        about = loaded.select("about", "n")
        assert [s["about"].tolist() for s in about] == [[20_000, 2, 8_000], [4, 1, 8_000]]
        assert "audio info(x)" in about.explain() and "audio info" not in loaded.explain()
        assert about.to_stream().batch(2).prefetch(2, 1).next()["about"].shape == (2, 3)
        frames = loaded.key_transform("about", lambda a: a[0], "frames").select("x", "frames", "n")
        assert frames.sort_by("frames").select("n")["n"].tolist() == [1, 0]
        assert frames["frames"].tolist() == [20_000, 4]
        both = rows.load_audio("x", from_memory=True, info_key="x2", output_key="y", **options).select("x2", "x")
        assert both[0]["x2"].tolist() == [20_000, 2, 8_000] and bytes(both[0]["x"]) == bytes(damaged)


def test_compressed_nist_files_are_no_files_that_end_early(soundfile: Any) -> None:
    lines = [
        "NIST_1A",
        "   1024",
        "channel_count -i 1",
        "sample_count -i 1000",
        "sample_n_bytes -i 2",
        "sample_rate -i 8000",
    ]
    for coding in ("pcm,embedded-shorten-v2.00", "ulaw,embedded-shorten-v1.09", "pcm,embedded-wavpack"):
        header = "\n".join([*lines, f"sample_coding -s{len(coding)} {coding}", "end_head", ""]).ljust(1024)
        with pytest.raises(dx.Error, match="the audio cannot be decoded: libsndfile says"):
            decoded(header.encode() + bytes(99))
    header = "\n".join([*lines, "sample_coding -s3 pcm", "sample_byte_format -s2 01", "end_head", ""]).ljust(1024)
    with pytest.raises(dx.Error, match="NIST: .* it ends early"):
        decoded(header.encode() + bytes(99))
    assert decoded(header.encode() + bytes(2000)).shape == (1000, 1)


def test_a_pass_resumes_only_with_the_seed_of_its_segments() -> None:
    rows = dx.buffer_from_vector([{"x": wav(bytes(200))}] * 4)

    def stream(seed: int, key: str = "x") -> dx.Stream:
        return rows.to_stream().load_audio("x", from_memory=True, segment_seconds=0.001, seed=seed, output_key=key)

    first = stream(1)
    next(first)
    assert len(list(stream(1).resume(first.state()))) == 3
    with pytest.raises(dx.Error, match="this state was saved with another seed of the audio segment"):
        stream(2).resume(first.state())
    # Operations on values may come and go.
    assert len(list(rows.to_stream().resume(first.state()))) == 3
    assert len(list(stream(1).cast("x", "float64").resume(first.state()))) == 3


def test_the_length_of_mp3_is_counted(soundfile: Any) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.resize(NOISE, (60_000, 2)), 44_100, format="MP3", bitrate_mode="CONSTANT")
    whole = file.getvalue()
    at = max(whole.find(b"Xing"), whole.find(b"Info"))
    assert 0 < at < 200
    for contents in (whole, b"ID3\4\0\0\0\0\0\x05extra" + whole, whole + b"TAG" + bytes(125)):
        samples = decoded(contents)
        assert decoded(contents, info=True).tolist() == [len(samples), 2, 44_100] and len(samples) >= 60_000
        part = decoded(contents, segment_seconds=0.5, seed=1)
        assert (np.lib.stride_tricks.sliding_window_view(samples[:, 0], len(part)) == part[:, 0]).all(axis=1).any()
    with pytest.raises(dx.Error, match="its last frame has"):
        decoded(whole[:-50])
    # Without the frame that tells the length, libsndfile guesses it, and leaves out what comes after.
    bare = whole[whole.index(b"\xff\xfb", at) :]
    try:
        assert len(decoded(bare)) > 55_000
    except dx.UnsupportedError as error:
        assert "libsndfile reads" in str(error)


def test_flac_of_unknown_length_and_with_bytes_after_it(soundfile: Any) -> None:
    whole = FLAC.read_bytes()
    samples = decoded(whole)
    unknown = bytearray(whole)
    unknown[21] &= 0xF0
    unknown[22:26] = bytes(4)
    assert (decoded(bytes(unknown)) == samples).all()
    assert decoded(bytes(unknown), info=True).tolist() == [len(samples), 1, 44_100]
    assert decoded(bytes(unknown), segment_seconds=0.1, sample_rate=48_000).shape == (4_800, 1)
    assert (decoded(whole + b"TAG" + bytes(125)) == samples).all()


def test_claims_do_not_take_memory() -> None:
    with pytest.raises(dx.Error, match="2.28 samples are the limit"):
        decoded(wav(bytes(40_000), rate=1), sample_rate=16_000)
    file = bytearray(wav(bytes(10)))
    file[24:28] = b"\xff" * 4
    with pytest.raises(dx.Error, match="in a second"):
        decoded(bytes(file), info=True, info_type=dx.SampleRate)


def test_arguments_are_checked() -> None:
    buffer = dx.buffer_from_vector([{"x": b"a", "f": np.zeros(3, "float32"), "r": 3}])
    for wrong in (
        lambda: buffer.load_audio("x", info_type="all"),
        lambda: buffer.load_audio("x", sample_rate=-1),
        lambda: buffer.load_audio("x", resampling_quality="good"),
        lambda: buffer.load_audio("x", info_key="x"),
        lambda: buffer.load_audio("f"),
        lambda: buffer.resample_audio("f", 2),
        lambda: buffer.resample_audio("f", 2, 3, "r"),
        lambda: buffer.resample_audio("f", 0, 3),
        lambda: buffer.resample_audio("x", 2, 3),
        lambda: buffer.resample_audio("f", 2, info_key="x"),
    ):
        with pytest.raises((dx.Error, TypeError)):
            wrong()
    assert buffer.load_audio_if(False, "nothing") is buffer and buffer.resample_audio_if(False, "no", 1) is buffer


def test_a_missing_library_is_said_to_be_missing() -> None:
    code = f"""
import colonnade as dx
buffer = dx.buffer_from_vector([{{"x": {str(FLAC)!r}.encode()}}]).load_audio("x")
try:
    buffer[0]
except dx.UnsupportedError as error:
    assert "COLONNADE_SNDFILE names no libsndfile" in str(error) and "tabla" in str(error), error
else:
    raise SystemExit("there was no error")
"""
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "COLONNADE_SNDFILE": "/nothing.so"})
    assert done.returncode == 0
