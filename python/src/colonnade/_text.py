# SPDX-License-Identifier: Apache-2.0
"""Texts of batches: arrays of `str` in Python, and in the core bytes padded to one length with 255, which UTF-8 never has."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import Error

__all__ = ["encode", "shaped"]


def shaped(texts: list[str], shape: tuple[int, ...]) -> NDArray[np.object_]:
    """Returns the texts as an array of a shape.

    >>> shaped(["a", "b\\0"], (2,))
    array(['a', 'b\\x00'], dtype=object)
    """
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array.reshape(shape)


def encode(value: Any) -> NDArray[np.uint8] | None:
    """Returns the bytes of an array or list of `str`, with one more dimension; None if it holds other values.

    >>> encode(["a", "bc"]).tolist(), encode([1, 2])
    ([[97, 255], [98, 99]], None)

    Raises ValueError for a list in which not all are `str`, or that is ragged, and for lone surrogates.
    """
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "OUT" or isinstance(value, np.ma.MaskedArray):
            return None
        texts = value.reshape(-1).tolist()
        if value.dtype.kind == "O" and texts and not isinstance(texts[0], str):
            return None
        shape = value.shape
    else:
        first = value
        while isinstance(first, (list, tuple)) and first:
            first = first[0]
        if not isinstance(first, str):
            return None
        array = np.array(value, dtype=object)
        texts, shape = array.reshape(-1).tolist(), array.shape
    for text in texts:
        if isinstance(text, (list, tuple)):
            raise Error("a ragged list of str is not a tensor: give each list as a separate sample, or pad it")
        if not isinstance(text, str):
            raise Error(f"a list of str has a value of type {type(text).__name__}: give only str")
    try:
        encoded = [text.encode() for text in texts]
    except UnicodeEncodeError as error:
        raise Error(
            f"the str {error.object!a:.80} has a lone surrogate at character {error.start}, which UTF-8 cannot have: give it "
            "as bytes, or replace the character"
        ) from None
    length = max(map(len, encoded), default=0)
    padded = bytearray().join(text.ljust(length, b"\xff") for text in encoded)
    return np.array(padded, dtype=np.uint8).reshape(*shape, length)
