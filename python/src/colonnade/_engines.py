# SPDX-License-Identifier: Apache-2.0
"""Jobs whose tasks an engine runs, such as Ray or Daft: it passes tables, and says in the end which tasks belong to its result."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import _core
from ._buffer import Buffer
from ._errors import Error, ExistingFileError
from ._ingest.options import RowOptions, Task, has_version, row_options
from ._jobs import check_new_options, settled_columns, write_task
from ._open import Path, open
from ._schema import Field

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EngineJob"]


class _Rows:
    """A table with a name for messages."""

    def __init__(self, table: pa.Table, name: str) -> None:
        self._table, self.source_name = table, name
        self.schema, self.num_rows = table.schema, table.num_rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


@dataclass(frozen=True)
class EngineJob:
    """A job of an engine. Its driver makes it, and its workers get copies."""

    #: An absolute path: workers may have other working directories.
    path: str
    name: str
    options: RowOptions
    #: Whether a later run may take up the job, so that finished tasks must be those of the same rows.
    is_restartable: bool

    @staticmethod
    def begun(path: Path, name: str, is_restartable: bool, **options: Any) -> EngineJob:
        """Checks the arguments before the engine starts; raises TypeError and ValueError."""
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"path must be a str or a pathlib.Path, not {type(path).__name__}")
        if not isinstance(name, str):
            raise TypeError(f"job must be a str, not {type(name).__name__}")
        checked = row_options(columns=None, image_mode=None, overwrite=False, progress=False, **options)
        checked.path = os.path.abspath(os.fsdecode(path))
        if os.path.lexists(checked.path) and not os.path.isdir(checked.path):
            raise ExistingFileError(
                f"{checked.path} is a file, and an engine writes a data set of many files: name a folder"
            )
        if not is_restartable:
            check_new_options(checked)
        return EngineJob(checked.path, name, checked, is_restartable)

    def write(self, tables: list[pa.Table], task: int) -> int:
        """Writes the rows of a task, unless it is finished. Returns their number; a task without rows leaves nothing."""
        tables = [table for table in tables if table.num_rows]
        if not tables:
            return 0
        settled = settled_columns(self.path, self.name)
        try:
            return self._write(tables, settled, task)
        except Error:
            # Another task may have settled the columns meanwhile, to which these can be fitted.
            if settled or not (settled := settled_columns(self.path, self.name)):
                raise
        return self._write(tables, settled, task)

    def _write(self, tables: list[pa.Table], settled: dict[str, Field], task: int) -> int:
        import pyarrow as pa

        from ._ingest.tensors import with_lists

        tables = with_lists(tables, settled | self.options.types, self.options.ragged)
        try:
            table = pa.concat_tables(tables)
        except pa.ArrowInvalid as error:
            raise Error(
                f"the blocks of a task differ in a column or its type: cast the column first ({error})"
            ) from error
        sources = None
        if self.is_restartable:
            from ._ingest.digests import digest

            options = self.options
            asked = [
                sorted(options.fill.items()),
                sorted(options.types.items()),
                sorted(options.ragged),
                options.labels,
            ]
            sources = digest(table, repr(asked))
        try:
            rows = _Rows(table.unify_dictionaries(), f'task {task} of job "{self.name}"')
            return write_task(rows, replace(self.options), Task(self.name, 0, task, sources=sources))
        except Error as error:
            if sources is not None and "with other sources" in str(error):
                raise Error(
                    f'job "{self.name}" has written other rows in task {task} before: start it with the same rows and options, in '
                    "the same order and blocks, or give it another name"
                ) from error
            raise

    def commit(self, tasks: Iterable[int]) -> Buffer:
        """Makes the rows of tasks part of the data set, in the order of the list, and opens the new version."""
        numbers = list(tasks)
        if self.is_restartable:
            self._check_complete(set(numbers))
        if not numbers and not has_version(self.path):
            if not self.options.types:
                raise Error("there are no rows, so the columns are unknown: declare them with schema=")
            write_task([], replace(self.options), Task(self.name, 0, 0))
            numbers = [0]
        _core.commit(self.path, self.name, 0, numbers)
        return open(self.path)

    def _check_complete(self, tasks: set[int]) -> None:
        """Raises ValueError if another run of the job wrote rows in a task that has none now."""
        folder = os.path.join(self.path, "jobs", self.name)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            task = name.removesuffix(".colonnade")
            if not (task.isascii() and task.isdecimal()) or name != f"{int(task)}.colonnade" or int(task) in tasks:
                continue
            try:
                # The record of a task has a row if the task has rows.
                has_rows = len(open(os.path.join(folder, name))) > 0
            except FileNotFoundError:
                continue  # removed meanwhile
            if has_rows:
                raise Error(
                    f'job "{self.name}" has written rows in task {task} before, and this task has none now: start it with the same '
                    "rows and options, in the same order and blocks, or give it another name"
                )
