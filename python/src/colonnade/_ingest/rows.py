# SPDX-License-Identifier: Apache-2.0
"""Writes rows into a file: the first rows determine the schema, each row is checked, and the core gets many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from .._errors import Error, KeyMissingError
from .blocks import Block, MissingValues, located
from .column import NO_FILL, Column
from .labels import check_labels, first_without_label
from .options import RowOptions
from .values import MissingValue, Value, as_list, flattened, is_missing

__all__ = ["RowWriter"]

#: The number of rows, or of their bytes, that determine the schema.
_WINDOW_ROWS = 1000
_WINDOW_BYTES = 32 << 20
#: The number of rows after a missing value that are searched for missing values of other columns.
_GAPS_ROWS = 100_000


class RowWriter:
    """A writer of rows. It ends with `finish`, which publishes the file, or with `abandon`, which removes it."""

    def __init__(self, path: str, options: RowOptions, takes_columns: bool = True) -> None:
        self.path = path
        #: Whether the caller has an argument `columns`, which errors may suggest.
        self._takes_columns = takes_columns
        self.options = options
        self._columns: dict[str, Column] | None = None
        self._block: Block | None = None
        #: The first rows, until all of them are in the block.
        self._waiting: list[dict[str, Value]] = []
        self._waiting_size = 0
        #: The keys of the first row, also those of unselected columns.
        self._keys: tuple[str, ...] = ()
        #: The mask columns.
        self._masks: set[str] = set()
        #: Columns with a fill that no row has had so far.
        self._unseen: set[str] = set()
        if options.appends:
            self._settle_declared()

    # A signal handler may raise between any two instructions. So one instruction adds each row, and the number of rows is the
    # length of their container, never a separate count.

    @property
    def rows(self) -> int:
        """The number of accepted rows, written or not."""
        return len(self._waiting) if self._waiting or self._block is None else self._block.rows

    @property
    def is_published(self) -> bool:
        """Whether `finish` published the file, even if a signal ended the call afterwards."""
        return self._block is not None and self._block.core.is_finished

    @property
    def size(self) -> int:
        """The bytes of the accepted values."""
        return self._waiting_size if self._block is None else self._block.size

    def append(self, sample: Any) -> None:
        """Appends a row; raises ValueError with row and column if it does not fit, and then it is not written."""
        if self._waiting and self._block is not None:
            self._write_waiting()
        row = self.rows
        if type(sample) is not dict:
            sample = self._as_dict(sample, row)
        values = self._of_row(sample, row)
        if self.options.masks:
            values = self._with_masks(values)
        if self._block is not None:
            self._block.append(values, row)
            return
        self._waiting.append(self._observe(values, row, keeps=True))
        is_declared = row == 0 and values.keys() <= self.options.types.keys() and not self.options.media
        if is_declared or row + 1 >= _WINDOW_ROWS or self._waiting_size >= _WINDOW_BYTES:
            self._settle()

    def append_arrays(self, arrays: dict[str, NDArray[Any]]) -> bool:
        """Appends rows of arrays; returns False, without effect, unless columns have fixed shapes and the types of the arrays."""
        if self.options.masks:
            return False
        if self._block is None:
            if not arrays.keys() <= self.options.types.keys():
                return False
            self._columns = {name: self._new(name, 0) for name in arrays}
            self._settle()
        assert self._block is not None and self._columns is not None
        for name, array in arrays.items():
            column = self._columns[name]
            if array.dtype != column.dtype or array.shape[1:] != column.fixed_shape or not self._block.takes_arrays:
                return False
        for name, array in arrays.items():
            names = self._columns[name].meaning
            if isinstance(names, list) and (row := first_without_label(array, names)) is not None:
                try:
                    check_labels(array[row], names)
                except Error as error:
                    raise located(error, self.rows + row, name) from None
        self._block.append_arrays(arrays)
        return True

    def survey(self, samples: Iterable[Any]) -> None:
        """Infers the schema from all samples of a list, which are appended afterwards."""
        if self._block is not None:
            return
        row = -1
        for row, sample in enumerate(samples):
            values = self._of_row(sample if type(sample) is dict else self._as_dict(sample, row), row)
            self._observe(self._with_masks(values) if self.options.masks else values, row, keeps=False)
        if row >= 0:
            self._settle()

    def finish(self) -> dict[str, Any]:
        """Publishes the file; returns the result of the core."""
        if self._block is None:
            if self._columns is None:
                self._settle_declared()
            else:
                self._settle()
        assert self._block is not None
        self._write_waiting()
        self._block.flush()
        return self._block.core.finish()

    def abandon(self) -> None:
        """Removes the staging file, so that there is no file, or the old one; has no effect after `finish`."""
        self._waiting.clear()
        if self._block is not None:
            self._block.core.abandon()

    # The values of a row.

    def _as_dict(self, sample: Any, row: int) -> dict[str, Any]:
        if isinstance(sample, Mapping):
            return dict(sample)
        raise TypeError(f"row {row}: a sample must be a dict from keys to values, not {type(sample).__name__}")

    def _of_row(self, sample: dict[str, Any], row: int) -> dict[str, Any]:
        """Returns the values by column: flattened, selected, renamed, and complete."""
        try:
            sample = flattened(sample)
        except Error as error:
            raise located(error, row) from None
        self._keys = self._keys or tuple(sample)
        if self._unseen:
            self._unseen -= sample.keys()
        if not self._columns or sample.keys() != self._columns.keys():
            sample = self._with_missing_dicts(sample)
        wanted = self.options.columns
        if wanted is not None:
            taken = {new: sample[old] for new, old in wanted.items() if old in sample}
            return self._completed(taken, wanted, row, sample) if len(taken) != len(wanted) else taken
        columns: Mapping[str, Any] | None = self._columns
        if columns is not None and self._masks:
            columns = {name: column for name, column in columns.items() if name not in self._masks}
        if columns is None:
            if not sample:
                raise Error(f"row {row}: the sample is empty: leave it out")
            self._unseen = self.options.fill.keys() - sample.keys()
            filled = dict.fromkeys(name for name in self.options.fill if name in self._unseen)
            return self._completed(sample, {**sample, **self.options.types, **filled}, row)
        return self._completed(sample, columns, row) if sample.keys() != columns.keys() else sample

    def _with_missing_dicts(self, sample: dict[str, Any]) -> dict[str, Any]:
        """Returns the sample with a missing value for each key of a dictionary that is missing."""
        gaps = [key for key, value in sample.items() if value is None and key not in (self._columns or ())]
        if not gaps:
            return sample
        options = self.options
        known = options.columns.values() if options.columns is not None else [*options.types, *options.fill]
        names = [name for name in (*(self._columns or ()), *known) if name not in self._masks]
        inner = {key: [name for name in names if name.startswith(f"{key}.")] for key in gaps}
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

    def _with_masks(self, values: dict[str, Any]) -> dict[str, Any]:
        """Returns the values with a bool `NAME.valid` after each that may be missing."""
        masked: dict[str, Any] = {}
        for name, value in values.items():
            if name in masked:
                raise Error(f'mask=True makes the column "{name}", which is there already: give it another name')
            masked[name] = value
            if self._columns is None:
                self._masks.add(f"{name}.valid")
            if f"{name}.valid" in self._masks:
                is_whole = not is_missing(value)
                if is_whole and isinstance(value, (list, tuple)):
                    is_whole = not _has_gaps(value)
                elif is_whole and isinstance(value, np.ndarray) and value.dtype.kind in "mM":
                    is_whole = not np.isnat(value).any()
                elif is_whole and (items := as_list(value)) is not None:
                    is_whole = not _has_gaps(items)
                masked[f"{name}.valid"] = is_whole
        return masked

    def _drop_masks(self) -> None:
        """Drops the masks of columns without a fill."""
        assert self._columns is not None
        for name in [name for name, column in self._columns.items() if not column.has_fill]:
            if f"{name}.valid" in self._masks:
                self._masks.remove(f"{name}.valid")
                del self._columns[f"{name}.valid"]

    # The schema.

    def _new(self, name: str, row: int) -> Column:
        if not isinstance(name, str):
            raise TypeError(f"row {row}: a key must be a str, not {type(name).__name__} ({name!r:.40})")
        options = self.options
        column = Column(
            name,
            options.fill.get(name, NO_FILL),
            options.image_mode,
            keeps_type=options.appends,
            kind_fills=options.kind_fills,
        )
        column.meaning = options.labels.get(name, options.media.get(name))
        column.needs_media = name in options.media and column.meaning is None
        if name in options.types:
            column.declare(options.types[name])
        return column

    def _observe(self, values: dict[str, Any], row: int, keeps: bool) -> dict[str, Value]:
        columns = self._columns if self._columns is not None else {name: self._new(name, row) for name in values}
        kept = {}
        for name, column in columns.items():
            if not keeps and column.is_as_before(values[name]):
                continue
            try:
                value = column.value(values[name])
                column.observe(value)
            except MissingValue as error:
                raise MissingValues.of_row(columns.values(), values, row, column, error) from None
            except (ValueError, TypeError) as error:
                raise located(error, row, name) from error
            if keeps:
                kept[name] = value.owned()
                self._waiting_size += value.size + 8
        self._columns = columns
        return kept

    def _settle_declared(self) -> None:
        """Determines the schema from declared columns alone."""
        wanted = self.options.columns if self.options.columns is not None else self.options.types
        if not wanted or not wanted.keys() <= self.options.types.keys():
            raise Error("there are no rows, so the schema is unknown: declare the columns with schema=")
        self._columns = {name: self._new(name, 0) for name in wanted}
        self._settle()

    def _settle(self) -> None:
        """Opens the file, and writes the rows that waited for the schema."""
        assert self._columns is not None
        options = self.options
        if self._keys or options.columns is None:
            options.check_names([*(name for name in self._columns if name not in self._unseen), *self._keys])
        for name, column in self._columns.items():
            column.settle(name in options.ragged)
        if options.masks:
            self._drop_masks()
        for column in self._columns.values():
            column.settle_media(values[column.name] for values in self._waiting)
        core = _core.Writer(
            self.path,
            [column.core_field for column in self._columns.values()],
            replacing=options.replacing,
            metadata=options.metadata,
            grouping=options.grouping,
            append=options.appends,
            codecs=options.codecs,
        )
        self._block = Block(core, list(self._columns.values()))
        self._write_waiting()

    def _write_waiting(self) -> None:
        """Moves the rows that waited for the schema to the block; resumes where a signal ended the last call."""
        block, waiting = self._block, self._waiting
        assert block is not None
        for row in range(block.rows, len(waiting)):
            block.append_read(waiting[row], row)
        self._waiting = []


def _has_gaps(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_has_gaps(item) for item in value)
    return is_missing(value)


def _names(keys: Iterable[str]) -> str:
    names = [f'"{key}"' for key in keys]
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "") if names else "nothing"
