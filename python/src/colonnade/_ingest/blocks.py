# SPDX-License-Identifier: Apache-2.0
"""Passes rows to the core: rows of fixed shape are collected in arrays, others are passed one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from .._errors import Error
from .column import Column, Stored
from .values import MISSING, MissingValue, Value, is_missing

__all__ = ["Block", "MissingValues", "located"]

#: The bytes of the arrays in which rows are collected.
_BYTES = 2 << 20
_ROWS = 4096


class Block:
    """Checks rows and passes them to the core. A row that does not fit is not written.

    The core has the first accepted rows, and the arrays hold the others. Their number is the difference of two counts, each of
    which changes atomically with the rows that it counts. So a signal loses no row, and no row is written twice.
    """

    def __init__(self, core: _core.Writer, columns: list[Column]) -> None:
        self.core = core
        self._columns = columns
        #: The bytes of the values.
        self.size = 0
        self._accepted = 0
        self._capacity = 0
        #: Name, column, array, and the Python type whose values need no check; None if rows are passed one by one.
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
            if type(column.meaning) is list:
                # Each value is checked: it must be a label.
                simple = None
            self._arrays.append((column.name, column, np.empty((self._capacity, *shape), dtype), simple))

    @property
    def rows(self) -> int:
        """The number of accepted rows."""
        return self.core.rows if self._arrays is None else self._accepted

    def append(self, values: dict[str, Any], row: int) -> None:
        """Appends a row of the user."""
        arrays = self._arrays
        if arrays is None:
            self._send({column.name: self._stored(column, values, row) for column in self._columns})
            return
        place = self._place()
        for name, column, array, simple in arrays:
            value = values[name]
            kind = type(value)
            if kind is np.ndarray:
                if value.dtype == array.dtype and value.shape == array.shape[1:] and type(column.meaning) is not list:
                    array[place] = value
                    continue
            elif kind is simple and (kind is float or -(1 << 63) <= value < 1 << 63):
                array[place] = value
                continue
            array[place] = self._stored(column, values, row)
        self._accept()

    def append_read(self, values: dict[str, Value], row: int) -> None:
        """Appends a row whose values were read before."""
        stored = {}
        for column in self._columns:
            try:
                stored[column.name] = column.fitted(values[column.name])
            except MissingValue as error:
                raise MissingValues.of_row(self._columns, values, row, column, error) from None
            except (ValueError, TypeError) as error:
                raise located(error, row, column.name) from error
        if self._arrays is None:
            self._send(stored)
            return
        place = self._place()
        for name, _, array, _ in self._arrays:
            array[place] = stored[name]
        self._accept()

    @property
    def takes_arrays(self) -> bool:
        """Returns whether all columns have rows of one shape."""
        return self._arrays is not None

    def append_arrays(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Appends rows in arrays that have the types of the columns."""
        self.flush()
        self.core.append_rows(arrays)
        self._accepted = self.core.rows
        self.size += sum(array.nbytes for array in arrays.values())

    def _stored(self, column: Column, values: dict[str, Any], row: int) -> Stored:
        try:
            return column.accept(values[column.name])
        except MissingValue as error:
            raise MissingValues.of_row(self._columns, values, row, column, error) from None
        except (ValueError, TypeError) as error:
            raise located(error, row, column.name) from error

    def _place(self) -> int:
        """Returns the index of the next row in the arrays."""
        place = self._accepted - self.core.rows
        if place == self._capacity:
            self.flush()
            place = 0
        return place

    def _accept(self) -> None:
        self.size += self._row_size
        self._accepted += 1

    def _send(self, stored: dict[str, Stored]) -> None:
        self.core.append(stored)
        for value in stored.values():
            self.size += value.nbytes if isinstance(value, np.ndarray) else len(value)

    def flush(self) -> None:
        """Passes all collected rows to the core."""
        filled = self._accepted - self.core.rows
        if self._arrays is not None and filled > 0:
            self.core.append_rows({name: array[:filled] for name, _, array, _ in self._arrays})


class MissingValues(Error):
    """Columns have missing values and no fill: their names, and the first such row of each."""

    def __init__(self, gaps: dict[str, int], examples: dict[str, str], what: str = "the value is missing") -> None:
        self.gaps, self.examples, self.what = gaps, examples, what
        first, *others = gaps
        also = ", ".join(f'"{name}" (first in row {gaps[name]})' for name in others)
        fills = ", ".join(f"{name!r}: {examples.get(name, '0')}" for name in gaps)
        kinds = ', or by kind: fill={"*": {"float": nan, "int": -1, "str": ""}}' if others else ""
        super().__init__(
            f'row {gaps[first]}, column "{first}": {what}{f", and so are values of {also}" if also else ""}: leave the row out, '
            f"or say what to put there, as in fill={{{fills}}}{kinds}"
        )

    @classmethod
    def of_row(
        cls, columns: Iterable[Column], values: Mapping[str, Any], row: int, first: Column, error: Exception
    ) -> MissingValues:
        """Returns the error about all missing values of a row, of which `first` was found first."""
        found = [
            column
            for column in columns
            if column is not first
            and not column.has_fill
            and (values[column.name] is MISSING or is_missing(values[column.name]))
        ]
        columns = [first, *found]
        return cls(
            {column.name: row for column in columns},
            {column.name: column.fill_example for column in columns},
            str(error),
        )


def located(error: Exception, row: int, column: str | None = None) -> Error:
    """Returns the error with its row and column, in the form of the core."""
    place = f"row {row}" if column is None else f'row {row}, column "{column}"'
    return Error(f"{place}: {error}")
