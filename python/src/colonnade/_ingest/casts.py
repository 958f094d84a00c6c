# SPDX-License-Identifier: Apache-2.0
"""Casts Arrow's arrays to the types of columns, and checks that each value is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import Error, located
from .._exact import cast_exactly, check_written
from .features import time_type, type_name
from .times import TimeMismatch, written

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Cast"]


class Cast:
    """Casts arrays of one column; ValueError with the row of the first value that does not fit."""

    def __init__(self, name: str, kind: pa.DataType) -> None:
        self._name, self._kind = name, kind

    def __call__(self, array: pa.Array, row: int) -> pa.Array:
        import pyarrow as pa

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
        import pyarrow as pa

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
        import pyarrow as pa

        try:
            self._cast(array)
        except (pa.ArrowException, ValueError) as error:
            return error
        return None

    def _cast(self, array: pa.Array) -> pa.Array:
        import pyarrow as pa
        from pyarrow import types

        array = _decoded(array.storage if isinstance(array.type, pa.BaseExtensionType) else array)
        leaf, wanted = _leaf(array.type), _leaf(self._kind)
        if (types.is_time(wanted) or types.is_duration(wanted)) and (
            types.is_string(leaf) or types.is_large_string(leaf) or types.is_string_view(leaf)
        ):
            return _written_times(array, self._kind)
        if types.is_string_view(leaf):
            # Arrow cannot convert it to times.
            leaf = pa.large_string()
            array = array.cast(_with_leaf(array.type, leaf))
        to_float = types.is_floating(wanted)
        is_number = types.is_integer(leaf) or types.is_floating(leaf)
        _check_times(array, leaf, wanted)
        # Arrow refuses large integers that a float type holds.
        source = array
        if to_float and types.is_decimal(leaf):
            # Arrow rounds decimals in several steps, and text to the nearest number.
            source = array.cast(_with_leaf(array.type, pa.string()))
        if types.is_integer(leaf) and types.is_temporal(wanted):
            _check_clock(source, wanted)
            source = source.cast(_with_leaf(source.type, pa.int32() if wanted.bit_width == 32 else pa.int64()))
        cast = source.cast(self._kind, safe=not (to_float and is_number))
        old, new = _elements(array), _elements(cast)
        if to_float and is_number:
            # Arrow converts large numbers to infinity.
            numbers = old.drop_null().to_numpy(zero_copy_only=False)
            cast_exactly(numbers, np.dtype(new.type.to_pandas_dtype()))
        elif to_float and not types.is_boolean(leaf):
            # Arrow converts all texts and decimals to floats.
            numbers = old.drop_null()
            check_written(
                new.drop_null().to_numpy(zero_copy_only=False), lambda place: _written(numbers[place].as_py())
            )
        if types.is_boolean(wanted) and is_number and not new.cast(pa.int8()).cast(leaf).equals(old):
            raise ValueError("a number is neither 0 nor 1")
        return cast


def _leaf(kind: pa.DataType) -> pa.DataType:
    """Returns the type of the elements of lists."""
    from pyarrow import types

    while types.is_nested(kind) and hasattr(kind, "value_type"):
        kind = kind.value_type
    return kind


def _elements(array: pa.Array) -> pa.Array:
    """Returns the elements of lists, one after another."""
    from pyarrow import types

    while hasattr(array, "flatten") and not types.is_struct(array.type):
        array = array.flatten()
    return array


def _decoded(array: pa.Array) -> pa.Array:
    """Replaces the indices of a dictionary by its values, also within lists."""
    from pyarrow import types

    leaf = _leaf(array.type)
    return array.cast(_with_leaf(array.type, leaf.value_type)) if types.is_dictionary(leaf) else array


def _with_leaf(kind: pa.DataType, leaf: pa.DataType) -> pa.DataType:
    """Returns the lists with other elements."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_fixed_size_list(kind):
        return pa.list_(_with_leaf(kind.value_type, leaf), kind.list_size)
    if types.is_large_list(kind):
        return pa.large_list(_with_leaf(kind.value_type, leaf))
    return pa.list_(_with_leaf(kind.value_type, leaf)) if types.is_list(kind) else leaf


def _check_times(array: pa.Array, leaf: pa.DataType, wanted: pa.DataType) -> None:
    """Raises ValueError for times that the column would truncate, or read in another way."""
    import pyarrow as pa

    time, other = time_type(wanted), time_type(leaf)
    if time is None or other is None:
        return
    numbers = _elements(array).drop_null().cast(pa.int32() if leaf.bit_width == 32 else pa.int64())
    if len(numbers):
        time.counts(numbers.to_numpy(zero_copy_only=False), other)


def _written_times(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Returns times of day and durations of texts, which Arrow does not parse."""
    import pyarrow as pa

    time = time_type(_leaf(kind))
    assert time is not None

    def counted(value: Any) -> Any:
        if isinstance(value, list):
            return [counted(item) for item in value]
        return None if value is None else int(written(value, time))

    numbers = _with_leaf(array.type, pa.int32() if _leaf(kind).bit_width == 32 else pa.int64())
    return pa.array([counted(value) for value in array.to_pylist()], numbers).cast(kind)


def _check_clock(array: pa.Array, wanted: pa.DataType) -> None:
    """Raises ValueError for integers that are not times of day, in a column of such times."""
    time, numbers = time_type(wanted), _elements(array).drop_null()
    if time is not None and len(numbers):
        time.check(numbers.to_numpy(zero_copy_only=False))


def _written(value: Any) -> str | Decimal:
    return value.decode() if isinstance(value, bytes) else value
