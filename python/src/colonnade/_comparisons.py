# SPDX-License-Identifier: Apache-2.0
"""Values of conditions, as they are compared with those of a key."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ._errors import Error
from ._schema import Field

if TYPE_CHECKING:
    from ._ingest.times import TimeType

__all__ = ["compared", "fitting", "time_of"]

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def time_of(field: Field) -> TimeType | None:
    """Returns the type of the times of a key, if it has some."""
    from ._ingest.times import TimeType

    return TimeType.parsed(field.meaning) if field.kind == "tensor" else None


def _count(value: Any, key: str, time: TimeType) -> int:
    """Returns a time in the unit of a key."""
    from ._ingest.times import TimeMismatch, counted, not_a_time, written

    if not_a_time(value):
        raise Error(f'"{key}" is compared with NaT, which equals nothing: compare with the least number to find NaT')
    if isinstance(value, str):
        try:
            return int(written(value, time))
        except Error:
            raise Error(
                f'"{key}" is {time}, and is compared with the text {value!r:.60}: write a time of the same kind after ISO 8601, '
                "without a part of a unit, and with a zone only if the key has one"
            ) from None
    numbers, other = counted(value)
    try:
        return int(time.counts(numbers, other))
    except TimeMismatch:
        raise Error(
            f'"{key}" is {time}, and is compared with {other} ({value}): give a time of the same kind, without a part of '
            "a unit, and with a zone only if the key has one"
        ) from None


def fitting(value: Any, key: str, field: Field, sign: str) -> Any:
    """Returns a value as it can be compared with those of a key."""
    if isinstance(value, np.ndarray):
        if value.ndim:
            raise TypeError(
                f'"{key}" is compared with a single value, and not with an array: isin takes several values'
            )
        value = value[()]
    time = time_of(field)
    if time is not None and not field.shape:
        from ._ingest.times import is_time

        if is_time(value) or isinstance(value, str) or hasattr(value, "asm8"):
            return _count(value, key, time)
        if not isinstance(value, (int, float, np.generic)):
            raise TypeError(f'"{key}" is {time}, and is compared with a time, a text or a number, not {value!r}')
    if isinstance(value, np.generic):
        value = value.item()
    if field.kind != "tensor" and len(field.shape) == 1:
        needed: type = str if field.kind == "string" else bytes
        if not isinstance(value, needed):
            raise TypeError(f'"{key}" has {field.kind}, and is compared with {needed.__name__}, not {value!r}')
        return value
    if field.shape:
        raise Error(
            f'"{key}" is {field.dtype} of shape {field.shape}: only single numbers, text and bytes are compared'
        )
    if isinstance(value, str) and isinstance(field.meaning, list):
        if sign not in ("==", "!="):
            raise Error(f'class names have no order: compare "{key}" with == or !=, or with the number of a class')
        if value not in field.meaning:
            raise Error(f'"{key}" has no class {value!r}; the classes are {", ".join(map(repr, field.meaning[:20]))}')
        return field.meaning.index(value)
    if not isinstance(value, (int, float)):
        raise TypeError(f'"{key}" is {field.dtype}, and is compared with a number, not {value!r}')
    if field.dtype.startswith(("float", "bfloat")) and isinstance(value, int) and abs(value) > 1 << 53:
        raise Error(f"{value} is beyond 2**53, where floats lose digits: give a float")
    return value


def compared(values: NDArray[Any], sign: str, value: Any) -> NDArray[np.bool_]:
    """Compares values with one value, integers exactly. A float is rounded to the type of floats, as NumPy does it."""
    if values.dtype.kind in "iu" and isinstance(value, float) and math.isfinite(value) and not value.is_integer():
        # No integer equals a fraction: the comparison is that with the next integer.
        if sign in ("==", "!="):
            return np.full(len(values), sign == "!=")
        value, sign = (math.floor(value), "<=") if sign in ("<", "<=") else (math.ceil(value), ">=")
    if values.dtype.kind in "iu" and not (isinstance(value, float) and not math.isfinite(value)):
        value, limits = int(value), np.iinfo(values.dtype)
        if not limits.min <= value <= limits.max:
            outside = _COMPARISONS[sign](0, 1 if value > limits.max else -1)
            return np.full(len(values), outside)
    return np.asarray(_COMPARISONS[sign](values, value), bool)
