# SPDX-License-Identifier: Apache-2.0
"""Tests of `features.mel_spectrogram`, against its definition written as sums, and against known values of the two scales."""

import colonnade as dx
import numpy as np
import pytest
from colonnade._mel_spectrogram import _hertz_of, _mels_of


def by_definition(sound, rate, n_fft, hop, n_mels, power, f_min=0.0):
    """The formula of torchaudio, written with loops: HTK's scale, a periodic Hann window, mirrored ends."""
    half = n_fft // 2
    mirrored = [*sound[half:0:-1], *sound, *sound[-2 : -half - 2 : -1]]
    mel = [2595 * np.log10(1 + f / 700) for f in (f_min, rate / 2)]
    edges = [700 * (10 ** ((mel[0] + (mel[1] - mel[0]) * i / (n_mels + 1)) / 2595) - 1) for i in range(n_mels + 2)]
    rows = []
    for start in range(0, len(mirrored) - n_fft + 1, hop):
        n = np.arange(n_fft)
        frame = np.array(mirrored[start : start + n_fft]) * (0.5 - 0.5 * np.cos(2 * np.pi * n / n_fft))
        bins = [abs(np.sum(frame * np.exp(-2j * np.pi * k * n / n_fft))) ** power for k in range(half + 1)]
        row = []
        for low, peak, high in zip(edges, edges[1:], edges[2:]):
            weights = [max(0, min((k * rate / n_fft - low) / (peak - low), (high - k * rate / n_fft) / (high - peak)))
                       for k in range(half + 1)]  # fmt: skip
            row.append(float(np.dot(weights, bins)))
        rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize("power, f_min", [(2.0, 0.0), (1.0, 300.0)])
def test_values_are_those_of_the_definition(power, f_min):
    sound = np.random.default_rng(0).standard_normal(700).astype("float32")
    computed = dx.features.mel_spectrogram(8000, n_fft=128, hop_length=50, n_mels=12, power=power, f_min=f_min)(sound)
    expected = by_definition(sound.tolist(), 8000, 128, 50, 12, power, f_min)
    assert computed.dtype == np.float32 and computed.shape == (15, 12)
    np.testing.assert_allclose(computed, expected, rtol=2e-5)


def test_scales_and_areas():
    hertz = np.array([0.0, 1000.0, 6400.0])
    np.testing.assert_allclose(_mels_of(hertz, "slaney"), [0, 15, 42])  # 27 steps from 1,000 to 6,400 Hz
    for scale in ("htk", "slaney"):
        np.testing.assert_allclose(_hertz_of(_mels_of(hertz, scale), scale), hertz, atol=1e-9)
    filters = dx.features.mel_spectrogram(16000, n_fft=4096, n_mels=20, norm="slaney", mel_scale="slaney")._filters
    np.testing.assert_allclose(filters.sum(axis=0) * 16000 / 4096, 1, rtol=2e-3)


def test_shorter_windows_and_frames_without_mirrored_ends():
    sound = np.random.default_rng(1).standard_normal(1000).astype("float32")
    plain = dx.features.mel_spectrogram(8000, n_fft=256, hop_length=100, n_mels=10, center=False)
    assert plain(sound).shape == (8, 10) and plain(sound[:255]).shape == (0, 10)
    centred = dx.features.mel_spectrogram(8000, n_fft=256, hop_length=100, n_mels=10)
    np.testing.assert_array_equal(plain(np.pad(sound, 128, mode="reflect")), centred(sound))
    # A window of 64 samples in the middle of 256 sees only these.
    short = dx.features.mel_spectrogram(8000, n_fft=256, win_length=64, hop_length=32, n_mels=10, center=False)
    silent = np.zeros(256, "float32")
    silent[:96] = silent[160:] = 1
    assert short(silent).max() == 0 and short(np.ones(256)).max() > 0


def test_the_logarithm_has_a_floor():
    sound = np.zeros((4000, 1), "float32")
    np.testing.assert_allclose(dx.features.mel_spectrogram(16000, log_floor=1e-5)(sound), np.log(1e-5), rtol=1e-6)


def test_in_a_pipeline():
    sounds = [{"x": np.random.default_rng(i).standard_normal(8000).astype("float32")} for i in range(3)]
    compute = dx.features.mel_spectrogram(16000, hop_length=160, n_mels=40)
    for row, sample in zip(sounds, dx.buffer_from_vector(sounds).key_transform("x", compute)):
        np.testing.assert_array_equal(sample["x"], compute(row["x"]))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"n_fft": 64, "win_length": 65}, "win_length from 2 to n_fft"),
        ({"hop_length": 0}, "hop_length must be at least 1"),
        ({"n_mels": 128}, "filters are narrower"),
        ({"f_max": 9000.0}, "at most half of sample_rate"),
        ({"f_min": 8000.0}, "below f_max"),
        ({"f_min": float("nan")}, "f_min must be"),
        ({"power": 0}, "power and log_floor"),
        ({"log_floor": 0.0}, "power and log_floor"),
        ({"mel_scale": "mel"}, "mel_scale is"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(dx.Error, match=message):
        dx.features.mel_spectrogram(**arguments)


def test_wrong_sound():
    compute = dx.features.mel_spectrogram()
    with pytest.raises(dx.Error, match="take one channel"):
        compute(np.zeros((100, 2), "float32"))
    with pytest.raises(dx.Error, match="it has 200 samples, and center=True continues it by 200"):
        compute(np.zeros(200, "float32"))
