# SPDX-License-Identifier: Apache-2.0
"""Rows on their way to the core: those of fixed shape are collected in arrays, others go one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from .._errors import Error
from .column import Column, Stored
from .values import Value

__all__ = ["Block", "located"]

#: Of the arrays in which rows are collected.
_BYTES = 2 << 20
_ROWS = 4096


class Block:
    """Checks rows and hands them on. A row that does not fit leaves no trace."""

    def __init__(self, core: _core.Writer, columns: list[Column]) -> None:
        self._core = core
        self._columns = columns
        #: Bytes of the values.
        self.size = 0
        self._filled = 0
        self._capacity = 0
        #: A column's name, itself, its array, and the Python type whose values need no look; None where rows go one by
        #: one.
        self._arrays: list[tuple[str, Column, NDArray[Any], type | None]] | None = None
        shapes = [column.fixed_shape for column in columns]
        if None not in shapes:
            self._make_arrays([shape for shape in shapes if shape is not None])

    def _make_arrays(self, shapes: list[tuple[int, ...]]) -> None:
        types = [column.dtype for column in self._columns if column.dtype is not None]
        self._row_size = sum(
            dtype.itemsize * int(np.prod(shape, dtype=np.int64)) for dtype, shape in zip(types, shapes)
        )
        self._capacity = max(1, min(_ROWS, _BYTES // max(1, self._row_size)))
        self._arrays = []
        for column, dtype, shape in zip(self._columns, types, shapes):
            simple = {np.dtype(np.int64): int, np.dtype(np.float64): float}.get(dtype) if not shape else None
            self._arrays.append((column.name, column, np.empty((self._capacity, *shape), dtype), simple))

    def append(self, values: dict[str, Any], row: int) -> None:
        """A row as the user gave it."""
        arrays, place = self._arrays, self._filled
        if arrays is None:
            self._send({column.name: _accepted(column, values[column.name], row) for column in self._columns})
            return
        for name, column, array, simple in arrays:
            value = values[name]
            kind = type(value)
            if kind is np.ndarray:
                if value.dtype == array.dtype and value.shape == array.shape[1:]:
                    array[place] = value
                    continue
            elif kind is simple and (kind is float or -(1 << 63) <= value < 1 << 63):
                array[place] = value
                continue
            array[place] = _accepted(column, value, row)
        self._is_filled()

    def append_read(self, values: dict[str, Value], row: int) -> None:
        """A row whose values were read before."""
        stored = {}
        for column in self._columns:
            try:
                stored[column.name] = column.fitted(values[column.name])
            except (ValueError, TypeError) as error:
                raise located(error, row, column.name) from error
        if self._arrays is None:
            self._send(stored)
            return
        for name, _, array, _ in self._arrays:
            array[self._filled] = stored[name]
        self._is_filled()

    @property
    def takes_arrays(self) -> bool:
        """Whether all columns have rows of one shape."""
        return self._arrays is not None

    def append_arrays(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Rows that are in arrays of the columns' types already."""
        self.flush()
        self._core.append_rows(arrays)
        self.size += sum(array.nbytes for array in arrays.values())

    def _is_filled(self) -> None:
        self._filled += 1
        self.size += self._row_size
        if self._filled == self._capacity:
            self.flush()

    def _send(self, stored: dict[str, Stored]) -> None:
        self._core.append(stored)
        for value in stored.values():
            self.size += value.nbytes if isinstance(value, np.ndarray) else len(value)

    def flush(self) -> None:
        """Everything that was collected goes to the core."""
        filled, self._filled = self._filled, 0
        if filled and self._arrays is not None:
            self._core.append_rows({name: array[:filled] for name, _, array, _ in self._arrays})


def _accepted(column: Column, value: Any, row: int) -> Stored:
    try:
        return column.accept(value)
    except (ValueError, TypeError) as error:
        raise located(error, row, column.name) from error


def located(error: Exception, row: int, column: str | None = None) -> Error:
    """The error with its place, as the core writes it."""
    place = f"row {row}" if column is None else f'row {row}, column "{column}"'
    return Error(f"{place}: {error}")
