# SPDX-License-Identifier: Apache-2.0
"""Indices of samples, as NumPy and lists accept them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import Error, RangeError

__all__ = ["checked_indices", "single_index"]


def single_index(index: Any) -> int | None:
    """Returns the integer of one index; None for a slice, a list or an array.

    Raises TypeError for other objects.
    """
    if getattr(index, "ndim", 0) == 0 and not isinstance(index, (slice, list)):
        try:
            return operator.index(index)
        except TypeError:
            pass
    # Arrays of pyarrow and series of Polars have no number of dimensions, but a length.
    is_array = getattr(index, "ndim", 0) > 0 or (hasattr(index, "__array__") and hasattr(index, "__len__"))
    if isinstance(index, (slice, list, range)) or is_array:
        return None
    raise TypeError(
        f"a buffer has no element at {type(index).__name__} {index!r}: give an integer, a key, a slice, a list of integers "
        "or a mask"
    )


def checked_indices(index: Any, count: int) -> NDArray[np.int64]:
    """Returns a list or array of integers, or a mask, as indices from 0 to `count` - 1.

    >>> checked_indices([2, -1], 4), checked_indices([True, False, True], 3)
    (array([2, 3]), array([0, 2]))

    Raises TypeError for other values, RangeError for an index that is out of range, ValueError for a mask of another
    length, and for more than one dimension.
    """
    if isinstance(index, list) and {bool, np.bool_} & (kinds := set(map(type, index))) and kinds - {bool, np.bool_}:
        raise TypeError("a list of indices has both bools and other values: give integers, or a mask of bools")
    array = np.asarray(index)
    if array.ndim != 1:
        raise Error(f"indices have one dimension, not {array.ndim}")
    if array.size == 0 and array.dtype != bool:
        return np.empty(0, np.int64)
    if array.dtype == bool:
        if len(array) != count:
            raise Error(f"the mask has {len(array)} bools, and the buffer has {count} samples: both must be equal")
        return np.flatnonzero(array).astype(np.int64, copy=False)
    if array.dtype.kind not in "iu":
        raise TypeError(f"indices are integers or bools, not {array.dtype}")
    wrong = (array < -count) | (array >= count)
    if wrong.any():
        raise RangeError(f"index {array[wrong.argmax()]} is out of range ({-count}..<{count})")
    indices = array.astype(np.int64)
    return np.where(indices < 0, indices + count, indices)
