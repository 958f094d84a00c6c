# SPDX-License-Identifier: Apache-2.0
"""The choices of the operations on audio."""

from __future__ import annotations

import enum
from typing import Literal

__all__ = ["Channels", "LoadAudioInfo", "ResamplingQuality"]

Channels = Literal["keep", "mono"]
ResamplingQuality = Literal["sinc-best", "sinc-medium", "sinc-fastest", "zero-order-hold", "linear"]


class LoadAudioInfo(enum.Enum):
    """The properties of audio that `load_audio` returns: all as int64, or one of them.

    >>> import colonnade as dx
    >>> dx.LoadAudioInfo.SampleRate is dx.SampleRate
    True

    `All` is int64 with the numbers of frames, of channels, and of frames in a second. `NumFrames` is int64, `NumChannels` and
    `SampleRate` are int32, and `NumSeconds` is float64. A frame has one value of each channel.
    """

    All = "all"
    NumFrames = "num_frames"
    NumChannels = "num_channels"
    SampleRate = "sample_rate"
    NumSeconds = "num_seconds"
