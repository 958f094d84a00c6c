# SPDX-License-Identifier: Apache-2.0
"""Checks class labels: each integer has a name, or is -1 in a signed column, which stands for no class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import Error

__all__ = ["check_labels", "first_without_label"]


def check_labels(labels: NDArray[Any], names: list[str]) -> None:
    """Raises ValueError for an integer that is not a label.

    >>> check_labels(np.array([0, 1, -1]), ["cat", "dog"])
    """
    if labels.size == 0:
        return
    lowest, count = _lowest(labels), len(names)
    for label in (labels.min(), labels.max()):
        if not lowest <= label < count:
            unknown = ", and -1 for no class" if lowest < 0 else ""
            raise Error(
                f"there is no label for {label}: the {count} labels are for 0 to {count - 1}{unknown}. Add the missing ones, or "
                "leave the labels out"
            )


def first_without_label(rows: NDArray[Any], names: list[str]) -> int | None:
    """Returns the first row with an integer that is not a label.

    >>> first_without_label(np.array([[0, 1], [1, 2]]), ["cat", "dog"])
    1
    """
    if rows.size == 0 or (rows.min() >= _lowest(rows) and rows.max() < len(names)):
        return None
    bad = (rows < _lowest(rows)) | (rows >= len(names))
    return int(np.nonzero(bad)[0][0])


def _lowest(labels: NDArray[Any]) -> int:
    return -1 if labels.dtype.kind == "i" else 0
