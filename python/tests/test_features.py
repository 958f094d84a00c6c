# SPDX-License-Identifier: Apache-2.0
"""Tests of features of sound, against MLX Data where it is installed and against a plain formula."""

from __future__ import annotations

import pickle
from typing import Any

import colonnade as dx
import numpy as np
import pytest

features = dx.features
SETTINGS: list[tuple[tuple[int, int], dict[str, Any]]] = [
    ((80, 16000), {}),
    ((40, 8000), {"window_type": "Hanning", "low_freq": 60, "high_freq": 3000}),
    ((23, 22050), {"freq_scale": "LOG10", "low_freq": 20}),
    ((10, 16000), {"freq_scale": "LINEAR", "frame_size_ms": 20, "mel_floor": 0.0, "pre_emphasis_coeff": 0.0}),
]


def settings(module: Any, given: dict[str, Any]) -> dict[str, Any]:
    enums = {"window_type": module.WindowType, "freq_scale": module.FrequencyScale}
    return {name: getattr(enums[name], value) if name in enums else value for name, value in given.items()}


@pytest.mark.parametrize(("numbers", "given"), SETTINGS)
def test_values_equal_those_of_mlx_data(numbers: tuple[int, int], given: dict[str, Any]) -> None:
    theirs = pytest.importorskip("mlx.data.features")
    for length in (0, 100, 3000, 16001):
        sound = np.random.default_rng(length).uniform(-1, 1, length).astype("float32")
        made = features.mfsc(*numbers, **settings(features, given))(sound)
        expected = theirs.mfsc(*numbers, **settings(theirs, given))(sound)
        assert made.dtype == expected.dtype == np.float32 and made.shape == expected.shape
        assert np.allclose(made, expected, rtol=0, atol=1e-5)


def test_a_tone_is_in_the_filter_of_its_frequency() -> None:
    time = np.arange(16000) / 16000
    mfsc = features.mfsc(40, 16000, freq_scale=features.FrequencyScale.LINEAR)
    places = [int(mfsc(np.sin(2 * np.pi * hertz * time).astype("float32"))[5].argmax()) for hertz in (1000, 3000, 6000)]
    assert places == [4, 14, 30]
    assert np.array_equal(features.mfsc(40, 16000)(np.zeros(800, "float32")), np.zeros((3, 40)))


def test_in_a_pipeline() -> None:
    sound = dx.buffer_from_vector([{"x": np.ones(n, "float32")} for n in (4000, 8000)])
    mfsc = pickle.loads(pickle.dumps(features.mfsc(20, 16000, post_process=np.negative)))
    made = sound.key_transform("x", mfsc)
    assert [sample["x"].shape for sample in made] == [(23, 20), (48, 20)] and made[0]["x"].max() <= 0


def test_wrong_settings() -> None:
    for wrong in ({"frame_size_ms": 0}, {"frame_stride_ms": 0}, {"low_freq": 9000}, {"low_freq": -1},
                  {"freq_scale": features.FrequencyScale.LOG10}):  # fmt: skip
        with pytest.raises(ValueError, match="must|give"):
            features.mfsc(40, 16000, **wrong)
    with pytest.raises(ValueError, match="at least 1"):
        features.mfsc(0, 16000)
    with pytest.raises(TypeError, match="WindowType"):
        features.mfsc(40, 16000, window_type="Hamming")  # type: ignore[arg-type]
