# SPDX-License-Identifier: Apache-2.0
"""The writer of rows: the first rows determine the schema, each row is checked, and the core gets many at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from .._errors import Error, KeyMissingError, located
from .column import Column, Stored
from .missing import MissingValue, MissingValues, is_missing
from .options import RowOptions
from .values import MISSING, Value, flattened

__all__ = ["RowWriter"]

#: The number of rows, or of their bytes, that determine the schema.
_WINDOW_ROWS = 1000
_WINDOW_BYTES = 32 << 20
#: The number of rows, and the bytes of the arrays, in which rows of fixed shape are collected for the core.
_BLOCK_ROWS = 4096
_BLOCK_BYTES = 2 << 20
#: The number of rows after a missing value that are searched for missing values of other columns.
_GAPS_ROWS = 100_000


class RowWriter:
    """A writer of rows. It ends with `finish`, which publishes the file, or with `abandon`, which removes it.

    The first rows wait in memory until they determine the schema. Then each row is checked on its own: a row that does not fit is
    not written. Rows of fixed shape are collected in arrays, and others are passed to the core one by one.

    A signal handler may raise between any two instructions. So one instruction adds each row, and changes the number of rows.
    """

    def __init__(self, options: RowOptions, takes_columns: bool = True) -> None:
        self.options = options
        #: Whether the caller has an argument `columns`, which errors may suggest.
        self._takes_columns = takes_columns
        #: None before the first row.
        self._columns: dict[str, Column] | None = None
        #: The first rows, until all of them are written.
        self._waiting: list[dict[str, Value]] = []
        self._waiting_size = 0
        #: The keys of the first row, also those of unselected columns.
        self._keys: tuple[str, ...] = ()
        #: Columns with a fill that no row has had so far.
        self._unseen: set[str] = set()
        #: None before the schema is settled.
        self._core: _core.Writer | None = None
        #: The number of written rows: the core has the first of them, and the arrays have the others.
        self._accepted = 0
        self._size = 0
        #: The rows of the arrays, and the bytes of a row; 0 if rows are passed one by one.
        self._capacity = self._row_size = 0
        #: Column, name, array, the data type whose arrays need no check, and the Python type whose numbers need none.
        self._arrays: list[tuple[Column, str, NDArray[Any], np.dtype[Any] | None, type | None]] = []
        self._masks: dict[str, NDArray[np.bool_]] = {}
        if options.appends:
            self._settle_declared()

    @property
    def rows(self) -> int:
        """The number of accepted rows, written or not."""
        if self._waiting or self._core is None:
            return len(self._waiting)
        return self._accepted if self._capacity else self._core.rows

    @property
    def size(self) -> int:
        """The bytes of the accepted values."""
        return self._waiting_size if self._core is None else self._size

    @property
    def is_published(self) -> bool:
        """Whether `finish` published the file, even if a signal ended the call afterwards."""
        return self._core is not None and self._core.is_finished

    def append(self, sample: Any) -> None:
        """Appends a row; raises ValueError with row and column if it does not fit, and then it is not written."""
        if self._waiting and self._core is not None:
            self._write_waiting()
        row = self.rows
        values = self._of_row(sample, row)
        if self._core is not None:
            self._write(values, row)
            return
        self._waiting.append(self._observe(values, row, keeps=True))
        is_declared = row == 0 and values.keys() <= self.options.types.keys()
        if is_declared or row + 1 >= _WINDOW_ROWS or self._waiting_size >= _WINDOW_BYTES:
            self._settle()

    def append_arrays(self, arrays: dict[str, NDArray[Any]]) -> bool:
        """Appends rows of arrays; returns False, without effect, unless columns have fixed shapes and the types of the arrays."""
        if self.options.masks:
            return False
        if self._core is None:
            if not arrays.keys() <= self.options.types.keys():
                return False
            self._columns = self._new_columns(arrays, 0)
            self._settle()
        assert self._core is not None and self._columns is not None
        for name, array in arrays.items():
            column = self._columns[name]
            if array.dtype != column.dtype or array.shape[1:] != column.fixed_shape or not self._capacity:
                return False
        for name, array in arrays.items():
            self._check_array(self._columns[name], array)
        self._flush()
        self._core.append_rows(arrays)
        self._accepted = self._core.rows
        self._size += sum(array.nbytes for array in arrays.values())
        return True

    def _check_array(self, column: Column, array: NDArray[Any]) -> None:
        """Checks the values of many rows; ValueError with the first row that does not fit."""
        with suppress(Error):
            column.check_numbers(array)
            return
        first, last = 0, len(array) - 1
        while first < last:
            middle = (first + last) // 2
            try:
                column.check_numbers(array[first : middle + 1])
                first = middle + 1
            except Error:
                last = middle
        try:
            column.check_numbers(array[first])
        except Error as error:
            raise located(error, self.rows + first, column.name) from None

    def survey(self, samples: Iterable[Any]) -> None:
        """Infers the schema from all samples of a list, which are appended afterwards."""
        if self._core is not None:
            return
        for row, sample in enumerate(samples):
            self._observe(self._of_row(sample, row), row, keeps=False)
        if self._columns is not None:
            self._settle()

    def finish(self) -> dict[str, Any]:
        """Publishes the file; returns the result of the core."""
        if self._core is None:
            if self._columns is None:
                self._settle_declared()
            else:
                self._settle()
        assert self._core is not None
        self._write_waiting()
        self._flush()
        result = self._core.finish()
        if self.options.task is not None:
            self.options.task.rows = result["rows"]
        return result

    def missing_rows(self) -> tuple[int, int]:
        """Writes the accepted rows of added columns; returns the number of rows without values by now, and their version."""
        if self._core is None:
            self._settle()
        assert self._core is not None
        self._write_waiting()
        self._flush()
        return self._core.missing_rows()

    def abandon(self) -> None:
        """Removes the staging file, so that there is no file, or the old one; has no effect after `finish`."""
        self._waiting.clear()
        if self._core is not None:
            self._core.abandon()

    # The values of a row.

    def _of_row(self, sample: Any, row: int) -> dict[str, Any]:
        """Returns the values by column: flattened, selected, renamed, and complete."""
        if type(sample) is not dict:
            if not isinstance(sample, Mapping):
                raise TypeError(f"row {row}: a sample must be a dict from keys to values, not {type(sample).__name__}")
            sample = dict(sample)
        try:
            sample = flattened(sample)
        except Error as error:
            raise located(error, row) from None
        self._keys = self._keys or tuple(sample)
        if self._unseen:
            self._unseen -= sample.keys()
        columns, options = self._columns, self.options
        if columns is None or sample.keys() != columns.keys():
            sample = self._with_missing_dicts(sample)
        if options.columns is not None:
            taken = {new: sample[old] for new, old in options.columns.items() if old in sample}
            return taken if len(taken) == len(options.columns) else self._completed(taken, options.columns, row, sample)
        if columns is not None:
            return sample if sample.keys() == columns.keys() else self._completed(sample, columns, row)
        if not sample:
            raise Error(f"row {row}: the sample is empty: leave it out")
        self._unseen = options.fill.keys() - sample.keys()
        filled = dict.fromkeys(name for name in options.fill if name in self._unseen)
        return self._completed(sample, {**sample, **options.types, **filled}, row)

    def _with_missing_dicts(self, sample: dict[str, Any]) -> dict[str, Any]:
        """Returns the sample with a missing value for each key of a dictionary that is missing."""
        columns, options = self._columns or {}, self.options
        gaps = [key for key, value in sample.items() if value is None and key not in columns]
        if not gaps:
            return sample
        known = options.columns.values() if options.columns is not None else [*options.types, *options.fill]
        inner = {key: [name for name in (*columns, *known) if name.startswith(f"{key}.")] for key in gaps}
        completed: dict[str, Any] = {}
        for key, value in sample.items():
            completed.update(dict.fromkeys(inner[key]) if inner.get(key) else {key: value})
        return completed

    def _completed(
        self, sample: dict[str, Any], wanted: Iterable[str], row: int, whole: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Returns the values with fills for missing keys."""
        values = {}
        for key in wanted:
            if key not in sample and key not in self.options.fill and not self.options.kind_fills:
                column = (self._columns or {}).get(key)
                example = "0" if column is None else column.fill_example
                where, remedy = "", f"leave the row out, or give a fill, as in fill={{{key!r}: {example}}}"
                if self._columns is None:
                    option = "schema=" if self.options.columns is None else "columns="
                    where = f", which {option} asks for"
                    remedy = f"correct the name in {option}, or name the column in fill= if only some rows lack it"
                have = _names(sample if whole is None else whole)
                raise KeyMissingError(f'row {row}: the key "{key}" is missing{where}; the sample has {have}: {remedy}')
            values[key] = sample.get(key)
        more = [key for key in sample if key not in values]
        if more:
            raise Error(
                f"row {row}: the key {_names(more[:1])} is new, the rows before have {_names(values)}: give all rows "
                f"the same keys{', or name the ones to take with columns=' if self._takes_columns else ''}"
            )
        return values

    # Missing values.

    def _located(
        self, error: Exception, columns: dict[str, Column], values: Mapping[str, Any], row: int, first: Column
    ) -> Error:
        """Returns the error with its row and column; one about missing values names all other ones of the row."""
        if not isinstance(error, MissingValue):
            return located(error, row, first.name)
        others = (column for column in columns.values() if column is not first and not column.has_fill)
        gaps = [first, *(each for each in others if (raw := values[each.name]) is MISSING or is_missing(raw))]
        examples = {column.name: column.fill_example for column in gaps}
        return MissingValues(dict.fromkeys(examples, row), examples, str(error))

    def with_later_gaps(self, error: MissingValues, samples: Iterable[Any]) -> MissingValues:
        """Returns the error with the first missing values of other columns, which following samples have."""
        last = max(error.gaps.values())
        gaps = dict(error.gaps)
        settled = self._columns is not None
        columns = dict(self._columns or {name: self._new(name, last) for name in gaps})
        renamed = {old: new for new, old in (self.options.columns or {}).items()}
        dicts: dict[str, int] = {}
        for row, sample in enumerate(islice(samples, _GAPS_ROWS), last + 1):
            if not isinstance(sample, Mapping):
                break
            for old, value in flattened(dict(sample)).items():
                name = renamed.get(old, old)
                if name not in columns:
                    if settled or (self.options.columns is not None and old not in renamed):
                        continue
                    columns[name] = self._new(name, row)
                column = columns[name]
                # The missing value was a dictionary.
                dicts.update({key: gaps.pop(key) for key in [*gaps] if name.startswith(f"{key}.")})
                whole = next((key for key in dicts if name.startswith(f"{key}.")), None)
                if whole is not None and name not in gaps and not column.has_fill:
                    gaps[name] = dicts[whole]
                if is_missing(value):
                    if name not in gaps and not column.has_fill:
                        gaps[name] = row
                elif not settled and column.kind is None:
                    column.observe(column.value(value))
        examples = {name: columns[name].fill_example if name in columns else "0" for name in gaps}
        return MissingValues(gaps, {**examples, **(error.examples if settled else {})}, error.what)

    # The schema.

    def _new(self, name: Any, row: int) -> Column:
        if not isinstance(name, str):
            raise TypeError(f"row {row}: a key must be a str, not {type(name).__name__} ({name!r:.40})")
        return Column(name, self.options)

    def _new_columns(self, names: Iterable[str], row: int) -> dict[str, Column]:
        columns = {name: self._new(name, row) for name in names}
        if self.options.masks:
            for column in columns.values():
                column.mask = f"{column.name}.valid"
                if column.mask in columns:
                    raise Error(
                        f'mask=True makes the column "{column.mask}", which is there already: give it another name'
                    )
        return columns

    def _observe(self, values: dict[str, Any], row: int, keeps: bool) -> dict[str, Value]:
        """Adds the values of one of the first rows as evidence; returns them if `keeps`."""
        columns = self._columns if self._columns is not None else self._new_columns(values, row)
        kept = {}
        for name, column in columns.items():
            if not keeps and column.is_as_before(values[name]):
                continue
            try:
                value = column.value(values[name])
                column.observe(value)
            except (ValueError, TypeError) as error:
                raise self._located(error, columns, values, row, column) from _cause(error)
            if keeps:
                kept[name] = value.owned()
                self._waiting_size += value.size + 8
        self._columns = columns
        return kept

    def _settle_declared(self) -> None:
        """Determines the schema from declared columns alone."""
        options = self.options
        names = list(options.types if options.columns is None else options.columns)
        if not names or not options.types.keys() >= set(names):
            raise Error("there are no rows, so the schema is unknown: declare the columns with schema=")
        masks: dict[str, str] = {}
        if options.appends and options.masks:
            # The file has the masks, each after its column.
            marks = {name for name, kind in options.types.items() if (kind.dtype, kind.shape) == ("bool", ())}
            masks = {name: mask for name, mask in zip(names, names[1:]) if mask == f"{name}.valid" and mask in marks}
            options.types = {name: kind for name, kind in options.types.items() if name not in masks.values()}
            names = list(options.types)
        self._columns = self._new_columns(names, 0)
        for name, column in self._columns.items() if options.appends else ():
            if column.mask is not None and column.has_fill and name not in masks:
                raise Error(
                    f'mask=True needs the column "{column.mask}", which the file does not have: leave out mask=True'
                )
            column.mask = masks.get(name)
        self._settle()

    def _settle(self) -> None:
        """Opens the file, and writes the rows that waited for the schema."""
        assert self._columns is not None
        options, columns = self.options, self._columns
        if self._keys or options.columns is None:
            options.check_names([*(name for name in columns if name not in self._unseen), *self._keys])
        for name, column in columns.items():
            column.settle(name in options.ragged)
            if not options.appends and not column.has_fill:
                column.mask = None
        added, task = options.added, options.task
        core = _core.Writer(
            options.path,
            [field for column in columns.values() for field in column.core_fields],
            replacing=options.replacing if added is None else added.replaces,
            metadata=options.metadata,
            grouping=options.grouping,
            append=options.appends,
            codecs=options.codecs,
            columns=added is not None,
            version=0 if added is None else added.version,
            inputs=[] if added is None else list(added.inputs),
            job=None if task is None else task.job,
            tasks=0 if task is None else task.tasks,
            task=0 if task is None else task.task,
        )
        self._make_arrays()
        self._core = core
        self._write_waiting()

    def _write_waiting(self) -> None:
        """Writes the rows that waited for the schema; resumes where a signal ended the last call."""
        assert self._core is not None
        waiting = self._waiting
        for row in range(self._accepted if self._capacity else self._core.rows, len(waiting)):
            self._write(waiting[row], row)
        self._waiting = []

    # Blocks of rows.

    def _make_arrays(self) -> None:
        """Makes the arrays in which rows are collected, if all rows of each column have one shape."""
        columns = list((self._columns or {}).values())
        self._arrays, self._masks, self._capacity = [], {}, 0
        if any(column.fixed_shape is None for column in columns):
            return
        kinds = [(column.dtype or np.dtype(np.float64), column.fixed_shape or ()) for column in columns]
        masks = [column.mask for column in columns if column.mask is not None]
        self._row_size = len(masks) + sum(dtype.itemsize * math.prod(shape) for dtype, shape in kinds)
        capacity = max(1, min(_BLOCK_ROWS, _BLOCK_BYTES // max(1, self._row_size)))
        for column, (dtype, shape) in zip(columns, kinds):
            plain = dtype if column.takes_unchecked else None
            simple = {np.dtype(np.int64): int, np.dtype(np.float64): float}.get(dtype) if plain and not shape else None
            self._arrays.append((column, column.name, np.empty((capacity, *shape), dtype), plain, simple))
        self._masks = {mask: np.ones(capacity, np.bool_) for mask in masks}
        self._capacity = capacity

    def _write(self, values: Mapping[str, Any], row: int) -> None:
        """Writes a row, of the user or read before."""
        core = self._core
        assert core is not None
        if not self._capacity:
            stored: dict[str, Stored] = {}
            for column in (self._columns or {}).values():
                stored[column.name], is_whole = self._fitted(column, values, row)
                if column.mask is not None:
                    stored[column.mask] = np.array(is_whole)
            core.append(stored)
            for each in stored.values():
                self._size += each.nbytes if isinstance(each, np.ndarray) else len(each)
            return
        index = self._accepted - core.rows
        if index == self._capacity:
            self._flush()
            index = 0
        for mask in self._masks.values():
            mask[index] = True
        for column, name, array, plain, simple in self._arrays:
            value = values[name]
            kind = type(value)
            if kind is np.ndarray:
                # Of None, NumPy makes float64.
                if plain is not None and value.dtype == plain and value.shape == array.shape[1:]:
                    array[index] = value
                    continue
            elif kind is simple and (kind is float or -(1 << 63) <= value < 1 << 63):
                array[index] = value
                continue
            array[index], is_whole = self._fitted(column, values, row)
            if column.mask is not None:
                self._masks[column.mask][index] = is_whole
        self._size += self._row_size
        self._accepted += 1

    def _fitted(self, column: Column, values: Mapping[str, Any], row: int) -> tuple[Stored, bool]:
        """Returns the value of a column in the form of the core, and whether nothing of it was missing."""
        raw = values[column.name]
        try:
            value = raw if type(raw) is Value else column.value(raw)
            return column.fitted(value), value.is_whole
        except (ValueError, TypeError) as error:
            raise self._located(error, self._columns or {}, values, row, column) from _cause(error)

    def _flush(self) -> None:
        """Passes all collected rows to the core."""
        assert self._core is not None
        filled = self._accepted - self._core.rows
        if self._capacity and filled > 0:
            arrays = {name: array[:filled] for _, name, array, *_ in self._arrays}
            self._core.append_rows(arrays | {name: mask[:filled] for name, mask in self._masks.items()})


def _cause(error: Exception) -> Exception | None:
    """Returns the error that explains another one; None for a missing value, which the other one tells wholly."""
    return None if isinstance(error, MissingValue) else error


def _names(keys: Iterable[str]) -> str:
    names = [f'"{key}"' for key in keys]
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "") if names else "nothing"
