# SPDX-License-Identifier: Apache-2.0
"""The mel spectrogram of sound, with the arguments of torchaudio's `MelSpectrogram`."""

from __future__ import annotations

import operator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ._errors import Error

__all__ = ["mel_spectrogram"]

Array = NDArray[Any]

#: The scale of Slaney's Auditory Toolbox is linear up to this frequency in hertz, and logarithmic above.
_LINEAR_HERTZ, _LINEAR_STEP, _LOG_STEP = 1000.0, 200.0 / 3.0, np.log(6.4) / 27.0


def _mels_of(hertz: Array, scale: str) -> Array:
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + hertz / 700.0)
    above = np.maximum(hertz, _LINEAR_HERTZ)
    return np.where(
        hertz < _LINEAR_HERTZ,
        hertz / _LINEAR_STEP,
        _LINEAR_HERTZ / _LINEAR_STEP + np.log(above / _LINEAR_HERTZ) / _LOG_STEP,
    )


def _hertz_of(mels: Array, scale: str) -> Array:
    if scale == "htk":
        return 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
    least = _LINEAR_HERTZ / _LINEAR_STEP
    return np.where(mels < least, mels * _LINEAR_STEP, _LINEAR_HERTZ * np.exp(_LOG_STEP * (mels - least)))


class mel_spectrogram:
    """A function that computes the mel spectrogram of sound, for `key_transform`.

    >>> import colonnade as dx
    >>> import numpy as np
    >>> dx.features.mel_spectrogram(16000)(np.zeros(16000, "float32")).shape
    (81, 80)

    It takes one channel of sound, as an array of numbers of the shape (samples,) or (samples, 1), and returns float32 of the shape
    (frames, n_mels). The window (Hann, periodic) and the values are those of torchaudio's `MelSpectrogram`, whose result has the
    other order of axes, and the defaults too, except `n_mels`: 128 filters are too many for 400 samples. With
    `mel_scale="slaney"` and `norm="slaney"`, the values are those of librosa.

    - `sample_rate`: samples a second, as `load_audio(sample_rate=…)` gives them.
    - `n_fft`, `win_length`, `hop_length`: samples of a transform (400), of the window (`n_fft`), and from one frame to the next
      (half of `win_length`).
    - `f_min`, `f_max`: the range of the filters in hertz. Without `f_max` it ends at half of `sample_rate`.
    - `n_mels`: the number of filters (80).
    - `power`: 2 for energies, 1 for magnitudes.
    - `center`: frame i is centred on sample i * hop_length, and the sound is continued by its mirror image. Otherwise frame i
      begins there, and sound that is shorter than `n_fft` has no frames.
    - `norm`: "slaney" gives every filter the same area.
    - `log_floor`: with a number above 0, the result is the natural logarithm of the values, of which none is below this number.

    Raises `Error` for arguments that make no frames or no filters, and for sound of several channels, or too short to be mirrored.
    """

    def __init__(
        self,
        sample_rate: int = 16000,
        n_fft: int = 400,
        win_length: int | None = None,
        hop_length: int | None = None,
        f_min: float = 0.0,
        f_max: float | None = None,
        n_mels: int = 80,
        power: float = 2.0,
        center: bool = True,
        norm: Literal["slaney"] | None = None,
        mel_scale: Literal["htk", "slaney"] = "htk",
        log_floor: float | None = None,
    ) -> None:
        window_size = operator.index(n_fft if win_length is None else win_length)
        self._size = operator.index(n_fft)
        self._hop = window_size // 2 if hop_length is None else operator.index(hop_length)
        if sample_rate < 1 or n_mels < 1 or self._hop < 1 or not 2 <= window_size <= self._size:
            raise Error(
                f"sample_rate, n_mels and hop_length must be at least 1, and win_length from 2 to n_fft: they are {sample_rate}, "
                f"{n_mels}, {self._hop} and {window_size}, with n_fft={self._size}"
            )
        highest = sample_rate / 2 if f_max is None else f_max
        if not 0 <= f_min < highest <= sample_rate / 2:
            raise Error(
                f"f_min must be at least 0 and below f_max, which is at most half of sample_rate: they are {f_min} and {highest}, "
                f"with sample_rate={sample_rate}"
            )
        if not power > 0 or not (log_floor is None or log_floor > 0):
            raise Error(f"power and log_floor must be above 0: they are {power} and {log_floor}")
        if mel_scale not in ("htk", "slaney") or norm not in (None, "slaney"):
            raise Error(f'mel_scale is "htk" or "slaney", and norm None or "slaney", not {mel_scale!r} and {norm!r}')
        self._power, self._center, self._log_floor = power, center, log_floor
        # A window that is shorter than the transform is in its middle.
        before = (self._size - window_size) // 2
        self._window = np.zeros(self._size, np.float32)
        angles = 2 * np.pi * np.arange(window_size) / window_size
        self._window[before : before + window_size] = 0.5 - 0.5 * np.cos(angles)
        self._filters = self._triangles(sample_rate, f_min, highest, n_mels, norm, mel_scale)

    def _triangles(
        self, sample_rate: int, f_min: float, f_max: float, n_mels: int, norm: str | None, mel_scale: str
    ) -> Array:
        ends = _mels_of(np.array([f_min, f_max]), mel_scale)
        edges = _hertz_of(np.linspace(ends[0], ends[1], n_mels + 2), mel_scale)
        steps = np.diff(edges)
        frequencies = np.linspace(0.0, sample_rate // 2, self._size // 2 + 1)
        slopes = edges - frequencies[:, None]
        filters = np.maximum(0.0, np.minimum(-slopes[:, :-2] / steps[:-1], slopes[:, 2:] / steps[1:]))
        if norm is not None:
            filters *= 2.0 / (edges[2:] - edges[:-2])
        empty = np.flatnonzero(filters.max(axis=0) == 0)
        if len(empty):
            raise Error(
                f"{len(empty)} of {n_mels} filters are narrower than the distance of two frequencies, first number {empty[0]}: "
                f"lower n_mels, or raise n_fft above {self._size}"
            )
        return filters.astype(np.float32)

    def __call__(self, x: Array) -> Array:
        values = np.asarray(x)
        if values.ndim == 2 and values.shape[1] == 1:  # of load_audio
            values = values[:, 0]
        if values.ndim != 1:
            raise Error(
                f'it has the shape {values.shape}: take one channel, for example by load_audio(channels="mono")'
            )
        if self._center:
            half = self._size // 2
            if len(values) <= half:
                raise Error(
                    f"it has {len(values)} samples, and center=True continues it by {half} that are mirrored: give "
                    "center=False, or leave out sound that is so short"
                )
            values = np.pad(values, half, mode="reflect")
        if len(values) < self._size:
            return np.empty((0, self._filters.shape[1]), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(values, self._size)[:: self._hop]
        spectrum = np.abs(np.fft.rfft(frames * self._window)) ** self._power
        result: Array = spectrum.astype(np.float32) @ self._filters
        return result if self._log_floor is None else np.log(np.maximum(result, np.float32(self._log_floor)))
