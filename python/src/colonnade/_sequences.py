# SPDX-License-Identifier: Apache-2.0
"""Functions for sequences of ids with their lengths: repeated ids, blanks, distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._errors import Error

__all__ = ["levenshtein", "remove", "uniq"]

Array = NDArray[Any]


def uniq(x: ArrayLike, lengths: ArrayLike, dim: int, pad: float) -> tuple[Array, Array]:
    """Keeps one of each run of equal values along `dim`, and returns the array with the new lengths. `pad` fills the
    ends.

    >>> import colonnade as dx
    >>> values, lengths = dx.core.uniq([[1, 1, 2, 2], [3, 3, 3, 4]], [4, 3], 1, -1)
    >>> values.tolist(), lengths.tolist()
    ([[1, 2, -1, -1], [3, -1, -1, -1]], [2, 1])
    """

    def kept(rows: Array) -> Array:
        result = np.ones(rows.shape, bool)
        result[:, 1:] = rows[:, 1:] != rows[:, :-1]
        return result

    return _compact(x, lengths, dim, pad, kept)


def remove(x: ArrayLike, lengths: ArrayLike, dim: int, value: float, pad: float) -> tuple[Array, Array]:
    """Removes the elements along `dim` that equal `value`, and returns the array with the new lengths. `pad` fills the
    ends.

    >>> import colonnade as dx
    >>> values, lengths = dx.core.remove([[1, 0, 2, 0]], [3], 1, 0, -1)
    >>> values.tolist(), lengths.tolist()
    ([[1, 2, -1, -1]], [2])
    """
    return _compact(x, lengths, dim, pad, lambda rows: rows != value)


def _compact(x: ArrayLike, lengths: ArrayLike, dim: int, pad: float, kept: Any) -> tuple[Array, Array]:
    values, sizes = np.asarray(x), np.asarray(lengths)
    if not -values.ndim <= dim < values.ndim:
        raise Error(f"an array of {values.ndim} dimensions has no dimension {dim}")
    moved = np.moveaxis(values, dim, -1)
    if sizes.shape != moved.shape[:-1]:
        raise Error(f"lengths of shape {sizes.shape} do not fit: {moved.shape[:-1]} is required, one for each row")
    width = moved.shape[-1]
    rows = moved.reshape(-1, width)
    if (sizes < 0).any() or (sizes > width).any():
        raise Error(f"lengths must be from 0 to {width}, the size of dimension {dim}")
    keep = kept(rows) & (np.arange(width) < sizes.reshape(-1, 1))
    counts = keep.sum(axis=1)
    result = np.full(rows.shape, _element(pad, values.dtype), values.dtype)
    # Both sides are assigned row by row, from left to right.
    result[np.arange(width) < counts[:, None]] = rows[keep]
    shaped = np.moveaxis(result.reshape(moved.shape), -1, dim)
    return np.ascontiguousarray(shaped), counts.astype(np.int64).reshape(sizes.shape)


def _element(pad: float, dtype: np.dtype[Any]) -> Any:
    """Returns `pad` as an element of that data type. Raises ValueError if the data type does not hold the number."""
    try:
        with np.errstate(over="ignore"):
            element = np.array(pad, dtype)
        held = element.item()
    except (OverflowError, ValueError):
        held = None
    # Fractions may be rounded, as in every floating-point array.
    is_fraction = isinstance(held, float) and np.isfinite(held) and float(pad) % 1 != 0
    if held is None or not (is_fraction or held == pad or (held != held and pad != pad)):
        raise Error(f"pad is {pad}, which {dtype.name} cannot hold: give another, or cast the array first")
    return element


def levenshtein(*sequences: ArrayLike) -> Array:
    """Counts the fewest changes that turn the first sequence into the second: `[insertions, deletions, substitutions]`.

    >>> import colonnade as dx
    >>> dx.core.levenshtein([1, 2, 3], [1, 3]).tolist(), dx.core.levenshtein([1, 2, 3], [1, 3, 4]).tolist()
    ([0, 1, 0], [1, 1, 0])

    `levenshtein(a, b)` takes two sequences, `levenshtein(a, lengths_of_a, b, lengths_of_b)` two batches of them, and
    returns an array of shape `(n, 3)`. If several ways need equally few changes, the counts are those of MLX Data.
    """
    if len(sequences) == 2:
        left, right = (np.asarray(sequence) for sequence in sequences)
        if left.ndim == 1 and right.ndim == 1:
            return _distance(left, right)
        sequences = (left, np.full(len(left), left.shape[1]), right, np.full(len(right), right.shape[1]))
    if len(sequences) != 4:
        raise TypeError(f"levenshtein takes two sequences, or two batches with lengths, not {len(sequences)} arrays")
    left, left_sizes, right, right_sizes = (np.asarray(sequence) for sequence in sequences)
    if left.ndim == 1 and right.ndim == 1:
        left_size, right_size = _length(left_sizes), _length(right_sizes)
        _check_lengths(left_sizes.ravel(), left[None])
        _check_lengths(right_sizes.ravel(), right[None])
        return _distance(left[:left_size], right[:right_size])
    if len(left) != len(right):
        raise Error(f"{len(left)} sequences cannot be compared with {len(right)}")
    _check_lengths(left_sizes.ravel(), left)
    _check_lengths(right_sizes.ravel(), right)
    rows = zip(left, left_sizes.ravel(), right, right_sizes.ravel())
    return np.array([_distance(a[:m], b[:n]) for a, m, b, n in rows], np.int64).reshape(-1, 3)


def _check_lengths(sizes: Array, rows: Array) -> None:
    """Raises ValueError unless there is one length for each row, and none exceeds the rows."""
    if len(sizes) != len(rows):
        raise Error(f"{len(rows)} sequences have {len(sizes)} lengths: give one for each")
    for size in sizes.tolist():
        if not 0 <= size <= rows.shape[1]:
            raise Error(f"the length {size} is out of range (0...{rows.shape[1]})")


def _length(sizes: Array) -> int:
    """Returns the length of a single sequence: a number, or an array of one."""
    if sizes.size != 1:
        raise Error(f"one sequence has one length, not {sizes.size}: give batches of two dimensions")
    return int(sizes.reshape(()))


def _distance(left: Array, right: Array) -> Array:
    # Each entry: insertions, deletions, substitutions. Of ways with equally few changes, the first is taken.
    before = [(0, i, 0) for i in range(len(left) + 1)]
    for j, other in enumerate(right.tolist(), 1):
        column = [(j, 0, 0)]
        for i, one in enumerate(left.tolist(), 1):
            inserted, deleted, changed = before[i], column[i - 1], before[i - 1]
            counts = sum(inserted) + 1, sum(deleted) + 1, sum(changed) + (one != other)
            fewest = min(counts)
            if counts[0] == fewest:
                column.append((inserted[0] + 1, inserted[1], inserted[2]))
            elif counts[1] == fewest:
                column.append((deleted[0], deleted[1] + 1, deleted[2]))
            else:
                column.append((changed[0], changed[1], changed[2] + (one != other)))
        before = column
    return np.array(before[-1], np.int64)
