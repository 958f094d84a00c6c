# SPDX-License-Identifier: Apache-2.0
"""Casts that keep the values of integers, and keep finite numbers finite."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import Error

__all__ = ["cast_exactly", "check_digits", "check_written", "is_float"]

#: The type holds every integer up to this size.
_WHOLE = {"bfloat16": 1 << 8, "float16": 1 << 11, "float32": 1 << 24, "float64": 1 << 53}


def is_float(dtype: np.dtype[Any]) -> bool:
    """Returns whether a type is floating-point, also bfloat16, which NumPy does not know as such."""
    return dtype.kind == "f" or dtype.name == "bfloat16"


def cast_exactly(data: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Returns the numbers in another data type. Integers keep their values, and fractions are rounded.

    >>> cast_exactly(np.array([1, 2]), np.dtype("float32")).tolist()
    [1.0, 2.0]

    Raises ValueError, with the first such value, for integers that the type does not hold, and for finite numbers that
    would become infinite. Fractions are not cast to integers.
    """
    if data.size == 0 or data.dtype == dtype:
        return data.astype(dtype)
    if is_float(data.dtype):
        return _to_float(data, dtype)
    if not is_float(dtype):
        return _to_integer(data, dtype)
    limit = _WHOLE[dtype.name]
    if data.dtype.kind == "b" or (-limit <= int(data.min()) and int(data.max()) <= limit):
        return data.astype(dtype)
    with np.errstate(over="ignore"):
        cast = data.astype(dtype)
    wide = cast.astype(np.float64)
    low, high = (0.0, 2.0**64) if data.dtype.kind == "u" else (-(2.0**63), 2.0**63)
    fits = (wide >= low) & (wide < high)
    is_lost = ~fits | (np.where(fits, wide, 0).astype(data.dtype) != data)
    if is_lost.any():
        index = int(np.argmax(is_lost))
        raise Error(
            f"the whole number {int(data.flat[index])} does not fit {dtype.name}, which would make it "
            f"{_shown(float(wide.flat[index]))}"
        )
    return cast


def check_digits(data: NDArray[Any], cast: NDArray[Any]) -> None:
    """Raises ValueError unless floats of a narrower type equal the numbers that they were converted from.

    >>> check_digits(np.array([0.5]), np.array([0.5], np.float32))
    """
    is_lost = (cast.astype(np.float64) != data) & ~np.isnan(data)
    if is_lost.any():
        index = int(np.argmax(is_lost))
        made = float(cast.astype(np.float64).flat[index])
        raise Error(
            f"the value {float(data.flat[index])!r} does not fit {cast.dtype.name}, which would make it {made!r}"
        )


def check_written(cast: NDArray[Any], written: Callable[[int], str | decimal.Decimal]) -> None:
    """Raises ValueError unless floats equal the integers that they were parsed from, and finite numbers are finite.

    >>> check_written(np.array([2.0**53]), lambda index: str(2**53))

    `written(index)` is a number as text, or as a decimal. Fractions may have been rounded.
    """
    wide = cast.astype(np.float64)
    for index in np.flatnonzero(~(np.abs(wide) < _WHOLE[cast.dtype.name])).tolist():
        text = written(index)
        number = decimal.Decimal(text)
        is_whole = number == number.to_integral_value() if isinstance(text, decimal.Decimal) else _is_whole(text)
        if number.is_finite() and np.isinf(wide[index]) or is_whole and int(wide[index]) != int(number):
            raise Error(f"the number {text} does not fit {cast.dtype.name}")


def _is_whole(text: str) -> bool:
    """Returns whether a text is a number without point and exponent."""
    return text.strip().lstrip("+-").isdecimal()


def _to_float(data: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        cast = data.astype(dtype)
    is_lost = np.isinf(cast) & ~np.isinf(data)
    if is_lost.any():
        index = int(np.argmax(is_lost))
        raise Error(f"the value {float(data.flat[index])!r} is beyond the range of {dtype.name}")
    return cast


def _shown(value: float) -> str:
    return "infinite" if value in (float("inf"), float("-inf")) else f"{value:.0f}"


def _to_integer(data: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    least, greatest = int(data.min()), int(data.max())
    if least < low or greatest > high:
        lost = least if least < low else greatest
        raise Error(f"a value ({lost}) does not fit {dtype.name} ({low} to {high})")
    return data.astype(dtype)
