# SPDX-License-Identifier: Apache-2.0
"""What is known of samples without reading one."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Field"]


class Field(NamedTuple):
    """One key of the samples: what its values are.

    >>> import colonnade as dx
    >>> dx.buffer_from_vector([{"x": [1.0, 2.0]}]).schema["x"]
    Field(kind='tensor', dtype='float64', shape=(2,), meaning=None)
    """

    #: `tensor`, `bytes` (int8 arrays in Python) or `string` (str).
    kind: str
    #: The name of the data type, as NumPy has it; `bfloat16` is that of ml_dtypes.
    dtype: str
    #: None for a dimension that differs from sample to sample.
    shape: tuple[int | None, ...]
    #: The names of classes, the media type of an encoded image or sound, or None.
    meaning: list[str] | str | None = None
