# SPDX-License-Identifier: Apache-2.0
"""Features of sound, under the names of MLX Data and of torchaudio.

>>> import colonnade as dx
>>> import numpy as np
>>> sound = dx.buffer_from_vector([{"audio": np.zeros(16000, "float32")}])
>>> sound.key_transform("audio", dx.features.mfsc(80, 16000))[0]["audio"].shape
(98, 80)
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import Error
from ._mel_spectrogram import mel_spectrogram

__all__ = ["FrequencyScale", "WindowType", "mel_spectrogram", "mfsc"]

Array = NDArray[Any]


class WindowType(enum.Enum):
    """The window by which each frame is multiplied.

    >>> import colonnade as dx
    >>> dx.features.WindowType.Hanning.name
    'Hanning'
    """

    Hamming = 0
    Hanning = 1


class FrequencyScale(enum.Enum):
    """The scale on which the filters of `mfsc` have equal distances.

    >>> import colonnade as dx
    >>> dx.features.FrequencyScale.MEL.name
    'MEL'
    """

    MEL = 0
    LOG10 = 1
    LINEAR = 2

    def _of_hertz(self, hertz: Any) -> Any:
        if self is FrequencyScale.MEL:
            return 2595.0 * np.log10(1.0 + hertz / 700.0)
        return np.log10(hertz) if self is FrequencyScale.LOG10 else hertz

    def _to_hertz(self, value: Any) -> Any:
        if self is FrequencyScale.MEL:
            return 700.0 * (10 ** (value / 2595.0) - 1)
        return np.power(10, value) if self is FrequencyScale.LOG10 else value


class mfsc:
    """A function that computes mel-frequency spectral coefficients, for `key_transform`.

    >>> import colonnade as dx
    >>> import numpy as np
    >>> dx.features.mfsc(40, 16000)(np.zeros(16000, "float32")).shape
    (98, 40)

    It takes one channel of sound, as an array of samples from -1 to 1 of the shape (samples,) or (samples, 1), and returns one row
    for each frame: the logarithm of `n_filterbank` sums of the spectrum. Sound that is shorter than a frame has no rows.

    - `frame_size_ms`, `frame_stride_ms`: the length of a frame, and the distance of two frames.
    - `pre_emphasis_coeff`: the part of each value that is subtracted from the next one.
    - `low_freq`, `high_freq`: the range of the filters in hertz. A `high_freq` of 0 or less means half of `sampling_freq`.
    - `mel_floor`: the least sum.
    - `post_process`: a function of the result.
    """

    def __init__(
        self,
        n_filterbank: int,
        sampling_freq: int,
        frame_size_ms: float = 25,
        frame_stride_ms: float = 10,
        pre_emphasis_coeff: float = 0.97,
        window_type: WindowType = WindowType.Hamming,
        low_freq: float = 0,
        high_freq: float = -1,
        mel_floor: float = 1.0,
        freq_scale: FrequencyScale = FrequencyScale.MEL,
        post_process: Callable[[Array], Array] | None = None,
    ) -> None:
        if n_filterbank < 1 or sampling_freq < 1:
            raise Error(f"n_filterbank and sampling_freq must be at least 1, not {n_filterbank} and {sampling_freq}")
        if not isinstance(window_type, WindowType) or not isinstance(freq_scale, FrequencyScale):
            raise TypeError("window_type is a features.WindowType, and freq_scale a features.FrequencyScale")
        self._size = round(sampling_freq * frame_size_ms / 1000.0)
        self._stride = round(sampling_freq * frame_stride_ms / 1000.0)
        if self._size < 2 or self._stride < 1:
            raise Error(
                f"a frame has {self._size} samples, and the next begins after {self._stride}: give a longer frame_size_ms or "
                "frame_stride_ms"
            )
        high = high_freq if high_freq > 0 else sampling_freq // 2
        if not 0 <= low_freq < high or (freq_scale is FrequencyScale.LOG10 and low_freq == 0):
            raise Error(
                f"low_freq must be at least 0, below high_freq, and above 0 on the scale LOG10: it is {low_freq} of {high}"
            )
        self._transform_size = 2 ** math.ceil(math.log2(self._size))
        self._emphasis = pre_emphasis_coeff
        window = np.hamming(self._size) if window_type is WindowType.Hamming else np.hanning(self._size)
        self._window = window.astype(np.float32)
        self._floor = mel_floor
        self._post_process = post_process
        # The places of the edges and peaks of the filters, in steps of the spectrum.
        last = self._transform_size // 2
        start, end = freq_scale._of_hertz(low_freq), freq_scale._of_hertz(high)
        step = (end - start) / (n_filterbank + 1)
        places = freq_scale._to_hertz(np.arange(n_filterbank + 2) * step + start) * last * 2.0 / sampling_freq
        numbers = np.arange(last + 1)[:, None]
        rising = (numbers - places[:-2]) / (places[1:-1] - places[:-2])
        falling = (places[2:] - numbers) / (places[2:] - places[1:-1])
        self._filters = np.maximum(np.minimum(rising, falling), 0.0).astype(np.float32)

    def __call__(self, x: Array) -> Array:
        values = np.asarray(x)
        if values.ndim == 2 and values.shape[1] == 1:  # of load_audio
            values = values[:, 0]
        if values.ndim != 1:
            raise Error(
                f'it has the shape {values.shape}: take one channel, for example by load_audio(channels="mono")'
            )
        values = values * 32768.0
        if values.shape[-1] < self._size:
            frames = np.empty((*values.shape[:-1], 0, self._size), values.dtype)
        else:
            frames = np.lib.stride_tricks.sliding_window_view(values, self._size, axis=-1)[..., :: self._stride, :]
        previous = np.concatenate([frames[..., :1], frames[..., :-1]], axis=-1)
        windowed = (frames - self._emphasis * previous) * self._window
        spectrum = np.abs(np.fft.rfft(windowed, self._transform_size)).astype(windowed.dtype)
        sums = np.maximum(spectrum @ self._filters, self._floor)
        result: Array = np.log(np.maximum(sums, np.finfo(np.float32).tiny))
        return result if self._post_process is None else self._post_process(result)
