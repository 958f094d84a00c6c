# SPDX-License-Identifier: Apache-2.0
"""Casts Arrow's arrays to the types of columns, and checks that each value is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import types

from .._errors import Error, located
from .._exact import cast_exactly, check_written
from .arrow_types import elements, integers, is_text, leaf_type, time_type, type_name, with_leaf
from .times import TimeMismatch, written

__all__ = ["Cast"]


class Cast:
    """Casts arrays of one column; ValueError with the row of the first value that does not fit."""

    def __init__(self, name: str, kind: pa.DataType) -> None:
        self._name, self._kind = name, kind

    def __call__(self, array: pa.Array, row: int) -> pa.Array:
        try:
            return self._cast(array)
        except (pa.ArrowException, ValueError):
            first, count = 0, len(array)
            # Bisects for the first row with which the cast fails.
            while count > 1:
                half = count // 2
                if self._error(array.slice(first, half)) is None:
                    first, count = first + half, count - half
                else:
                    count = half
            raise located(self._misfit(array.slice(first, 1)), row + first, self._name) from None

    def _misfit(self, row: pa.Array) -> Error:
        error = self._error(row)
        if isinstance(error, TimeMismatch):
            return error
        own, wanted = type_name(row.type), type_name(self._kind)
        if isinstance(error, pa.ArrowNotImplementedError):
            return Error(f"{own} cannot become {wanted}: give the column another type with schema=")
        shown = repr(row[0].as_py())
        shown = shown if len(shown) <= 60 else shown[:57] + "…"
        other = "declare bytes" if wanted == "string" else "give the column a wider type, or string,"
        return Error(f"the value {shown} does not fit {wanted}: {other} with schema=")

    def _error(self, array: pa.Array) -> Exception | None:
        try:
            self._cast(array)
        except (pa.ArrowException, ValueError) as error:
            return error
        return None

    def _cast(self, array: pa.Array) -> pa.Array:
        array = _decoded(array.storage if isinstance(array.type, pa.BaseExtensionType) else array)
        leaf, wanted = leaf_type(array.type), leaf_type(self._kind)
        if (types.is_time(wanted) or types.is_duration(wanted)) and is_text(leaf):
            return _written_times(array, self._kind)
        if types.is_string_view(leaf):
            # Arrow cannot convert it to times.
            leaf = pa.large_string()
            array = array.cast(with_leaf(array.type, leaf))
        to_float = types.is_floating(wanted)
        is_number = types.is_integer(leaf) or types.is_floating(leaf)
        _check_times(array, leaf, wanted)
        # Arrow refuses large integers that a float type holds.
        source = array
        if to_float and types.is_decimal(leaf):
            # Arrow rounds decimals in several steps, and text to the nearest number.
            source = array.cast(with_leaf(array.type, pa.string()))
        if types.is_integer(leaf) and types.is_temporal(wanted):
            _check_clock(source, wanted)
            source = source.cast(with_leaf(source.type, integers(wanted)))
        cast = source.cast(self._kind, safe=not (to_float and is_number))
        old, new = elements(array), elements(cast)
        if to_float and is_number:
            # Arrow converts large numbers to infinity.
            numbers = old.drop_null().to_numpy(zero_copy_only=False)
            cast_exactly(numbers, np.dtype(new.type.to_pandas_dtype()))
        elif to_float and not types.is_boolean(leaf):
            # Arrow converts all texts and decimals to floats.
            numbers = old.drop_null()
            check_written(
                new.drop_null().to_numpy(zero_copy_only=False), lambda index: _written(numbers[index].as_py())
            )
        if types.is_boolean(wanted) and is_number and not new.cast(pa.int8()).cast(leaf).equals(old):
            raise ValueError("a number is neither 0 nor 1")
        return cast


def _decoded(array: pa.Array) -> pa.Array:
    """Replaces the indices of a dictionary by its values, also within lists."""
    leaf = leaf_type(array.type)
    return array.cast(with_leaf(array.type, leaf.value_type)) if types.is_dictionary(leaf) else array


def _check_times(array: pa.Array, leaf: pa.DataType, wanted: pa.DataType) -> None:
    """Raises ValueError for times that the column would truncate, or read in another way."""
    time, other = time_type(wanted), time_type(leaf)
    if time is None or other is None:
        return
    numbers = elements(array).drop_null().cast(integers(leaf))
    if len(numbers):
        time.counts(numbers.to_numpy(zero_copy_only=False), other)


def _written_times(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Returns times of day and durations of texts, which Arrow does not parse."""
    time = time_type(leaf_type(kind))
    assert time is not None

    def counted(value: Any) -> Any:
        if isinstance(value, list):
            return [counted(item) for item in value]
        return None if value is None else int(written(value, time))

    numbers = with_leaf(array.type, integers(leaf_type(kind)))
    return pa.array([counted(value) for value in array.to_pylist()], numbers).cast(kind)


def _check_clock(array: pa.Array, wanted: pa.DataType) -> None:
    """Raises ValueError for integers that are not times of day, in a column of such times."""
    time, numbers = time_type(wanted), elements(array).drop_null()
    if time is not None and len(numbers):
        time.check(numbers.to_numpy(zero_copy_only=False))


def _written(value: Any) -> str | Decimal:
    return value.decode() if isinstance(value, bytes) else value
