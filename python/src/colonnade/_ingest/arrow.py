# SPDX-License-Identifier: Apache-2.0
"""Ingests Arrow data, from any object that offers it, by the core itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _core
from .._errors import Error, visible
from .bar import Bar
from .frames import table_or_columns
from .missing import fill_text
from .options import RowOptions
from .samples import ingest_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from .tables import Batches

__all__ = ["FileRows", "by_core", "check_names", "ingest_arrow"]


class FileRows(NamedTuple):
    """The rows of files as record batches, their number if it is known, and the name of the source in messages."""

    rows: Batches
    row_count: int | None
    name: str


def ingest_arrow(source: Any, options: RowOptions) -> bool:
    """Ingests Arrow data; returns whether the source is such data."""
    name = getattr(source, "source_name", None) or f"the {type(source).__name__}"
    check_names(source)
    given, source = source, _stream(source, options)
    if source is not given and isinstance(source, dict):
        ingest_columns(source, options)
        return True
    if not hasattr(source, "__arrow_c_stream__"):
        return False
    rows = getattr(source, "num_rows", None)
    if rows is None:
        shape = getattr(source, "shape", None)
        rows = shape[0] if isinstance(shape, tuple) and shape else None
    total = rows if isinstance(rows, int) else None
    is_plain = not (options.types or options.labels or options.ragged or options.settled)
    if is_plain and "pyarrow" not in sys.modules:
        try:
            by_core(source, options, None, {}, Bar(options.progress, total), name)
        except Error as error:
            # Arrow's stream carries only the text of a producer's exception.
            if str(error).startswith(f"{visible(name)}: its producer failed: KeyboardInterrupt"):
                raise KeyboardInterrupt from None
            raise
        return True
    import pyarrow

    from .readers import ingest_reader

    reader = source
    if not isinstance(source, pyarrow.RecordBatchReader):
        try:
            reader = pyarrow.RecordBatchReader.from_stream(source)
        except pyarrow.ArrowException as error:
            raise Error(f"{name} cannot become a table of columns: {error}") from error
    ingest_reader(reader, options, total, name)
    return True


def check_names(source: Any) -> None:
    """Refuses names with a NUL character: Arrow passes names as C strings, which end there."""
    schema = getattr(source, "schema", None)
    fields = list(schema) if type(schema).__module__.partition(".")[0] == "pyarrow" and schema is not None else []
    columns = getattr(source, "columns", ())
    names = [name for name in columns if isinstance(name, str)] if isinstance(columns, Iterable) else []
    while fields:
        field = fields.pop()
        names.append(field.name)
        kind = field.type
        if hasattr(kind, "value_field"):
            fields.append(kind.value_field)
        elif hasattr(kind, "get_field_index"):
            fields += [kind.field(index) for index in range(kind.num_fields)]
    for name in names:
        if "\0" in name:
            raise Error(f"the column name {name!r} has a NUL character: give the column another name")


def _stream(source: Any, options: RowOptions) -> Any:
    """Returns an object with Arrow's stream, for sources that offer their data in another way."""
    module = type(source).__module__.partition(".")[0]
    if module == "pandas" and hasattr(source, "to_parquet"):
        return table_or_columns(source, options)
    if module == "pyarrow":
        import pyarrow

        if isinstance(source, pyarrow.RecordBatch):
            return pyarrow.Table.from_batches([source])
        if hasattr(source, "scanner"):
            source = source.scanner()
        if isinstance(source, pyarrow.Table):
            # All batches have one set of labels, matched by name.
            return source.unify_dictionaries()
        if hasattr(source, "to_reader"):
            return source.to_reader()
    if module == "polars":
        if hasattr(source, "collect") and hasattr(source, "lazy"):
            raise TypeError("a LazyFrame has no rows yet: give the result of its collect()")
        return _checked_frame(source, options)
    return source


def _checked_frame(frame: Any, options: RowOptions) -> Any:
    """Returns a frame of Polars without unselected columns for which Arrow has no type.

    Polars exports columns of Python objects as their addresses, and the Arrow schema does not show it.
    """
    schema = getattr(frame, "schema", None)
    left_out: list[str] = []
    for name, kind in schema.items() if schema is not None else ():
        is_taken = options.selects(name)
        if is_taken and _holds(kind, ("Object",)):
            raise Error(
                f'column "{name}" is of the Polars type {kind}, which holds Python objects: cast it to a plain type first, '
                "or leave it out with columns="
            )
        if _holds(kind, ("Int128", "UInt128")):
            if is_taken:
                raise Error(
                    f'column "{name}" is of the Polars type {kind}, and columns have integers of 64 bits: cast it to Int64, '
                    "UInt64 or String first, or leave it out with columns="
                )
            left_out.append(name)
    return frame.drop(left_out) if left_out else frame


def _holds(kind: Any, names: tuple[str, ...]) -> bool:
    """Returns whether a type of Polars, or a type nested in it, is one of `kinds`."""
    if str(kind) in names:
        return True
    inner = getattr(kind, "inner", None)
    parts = [field.dtype for field in getattr(kind, "fields", ())]
    return any(_holds(part, names) for part in parts + ([inner] if inner is not None else []))


def by_core(
    source: Any,
    options: RowOptions,
    schema: pa.Schema | None,
    shapes: dict[str, tuple[int | None, ...]],
    bar: Bar,
    name: str,
) -> None:
    """Passes a stream of Arrow directly to the core."""
    task = options.task
    with bar.following() as show:
        result = _core.ingest_arrow(
            source.__arrow_c_stream__(),
            options.path,
            name=name,
            fills={column: fill_text(value, column, schema) for column, value in options.fill.items()},
            kind_fills={kind: fill_text(value, "*") for kind, value in options.kind_fills.items()},
            masks=options.masks,
            media=options.media,
            shapes={
                name: ",".join("?" if size is None else str(size) for size in shape) for name, shape in shapes.items()
            },
            progress=show,
            **(
                {}
                if task is None
                else {"job": task.job, "tasks": task.tasks, "task": task.task, "sources": task.sources}
            ),
            **options.core_arguments,
        )
    if task is not None:
        task.rows = result["rows"]
