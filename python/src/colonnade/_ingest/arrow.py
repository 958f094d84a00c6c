# SPDX-License-Identifier: Apache-2.0
"""Ingests Arrow data, from any object that offers it, by the core itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .. import _core
from .._errors import Error, visible
from .bar import Bar, Progress
from .features import class_names, described_features
from .frames import table_or_columns
from .missing import fill_text, named_fill
from .options import RowOptions
from .pixels import with_pixels
from .samples import ingest_columns
from .tables import Batches, flattened, labelled, retyped
from .types import Field
from .values import value_field

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ingest_arrow", "ingest_reader", "table_of"]


def ingest_arrow(source: Any, path: str, options: RowOptions, decode_images: bool, progress: Progress) -> bool:
    """Ingests Arrow data; returns whether the source is such data."""
    name = getattr(source, "source_name", None) or f"the {type(source).__name__}"
    _check_names(source)
    given, source = source, _stream(source, options)
    if source is not given and isinstance(source, dict):
        ingest_columns(source, path, options, progress)
        return True
    if not hasattr(source, "__arrow_c_stream__"):
        return False
    rows = getattr(source, "num_rows", None)
    if rows is None:
        shape = getattr(source, "shape", None)
        rows = shape[0] if isinstance(shape, tuple) and shape else None
    total = rows if isinstance(rows, int) else None
    if "pyarrow" not in sys.modules and not options.types and not options.labels and not options.ragged:
        fills = {column: fill_text(value, column) for column, value in options.of_source().fill.items()}
        try:
            _by_core(source, path, options, fills, {}, Bar(progress, total), name)
        except Error as error:
            # Arrow's stream carries only the text of a producer's exception.
            if str(error).startswith(f"{visible(name)}: its producer failed: KeyboardInterrupt"):
                raise KeyboardInterrupt from None
            raise
        return True
    import pyarrow

    reader = source
    if not isinstance(source, pyarrow.RecordBatchReader):
        try:
            reader = pyarrow.RecordBatchReader.from_stream(source)
        except pyarrow.ArrowException as error:
            raise Error(f"{name} cannot become a table of columns: {error}") from error
    ingest_reader(reader, path, options, decode_images, progress, total, name)
    return True


def table_of(columns: Mapping[Any, Any]) -> Any:
    """Returns a table for a dict whose columns are all of pyarrow, Polars or pandas; None for other dicts."""
    modules = {type(column).__module__.partition(".")[0] for column in columns.values()}
    module = modules.pop() if len(modules) == 1 else ""
    if module not in ("pyarrow", "polars", "pandas") or not all(isinstance(name, str) for name in columns):
        return None
    if len({len(column) for column in columns.values()}) != 1:
        return None
    library: Any = sys.modules[module]
    if module == "pandas":
        # Without the index, by which pandas would align them.
        columns = {name: getattr(column, "array", column) for name, column in columns.items()}
    return library.table(dict(columns)) if module == "pyarrow" else library.DataFrame(dict(columns))


def _check_names(source: Any) -> None:
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
            fields += [kind.field(place) for place in range(kind.num_fields)]
    for name in names:
        if "\0" in name:
            raise Error(f"the column name {name!r} has a NUL character: give the column another name")


def _stream(source: Any, options: RowOptions) -> Any:
    """Returns an object with Arrow's stream, for sources that offer their data in another way."""
    module = type(source).__module__.partition(".")[0]
    if module == "pandas" and hasattr(source, "to_parquet"):
        return table_or_columns(source, options.of_source())
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
        return _checked_frame(source, options.columns)
    return source


def _checked_frame(frame: Any, columns: dict[str, str] | None) -> Any:
    """Returns a frame of Polars without unselected columns for which Arrow has no type.

    Polars exports columns of Python objects as their addresses, and the Arrow schema does not show it.
    """
    schema = getattr(frame, "schema", None)
    left_out: list[str] = []
    for name, kind in schema.items() if schema is not None else ():
        is_taken = columns is None or any(old == name or old.startswith(name + ".") for old in columns.values())
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


def ingest_reader(
    reader: pa.RecordBatchReader | Batches,
    path: str,
    options: RowOptions,
    decode_images: bool,
    progress: Progress,
    total: int | None,
    name: str,
    features: dict[str, Any] | None = None,
) -> None:
    """Ingests a stream of record batches; features of Hugging Face come from its metadata, unless they are given."""
    import pyarrow as pa

    _check_names(reader)
    asked = options.of_source()
    features = described_features(reader.schema) if features is None else features
    bar = Bar(progress, total)
    with ExitStack() as stack:
        batches = reader.batches if isinstance(reader, Batches) else iter(reader)
        source = flattened(Batches(reader.schema, batches, features))
        for column in (*asked.types, *asked.labels, *asked.ragged):
            source.place(column)
        for field in source.schema:
            if pa.types.is_null(field.type) and field.name in asked.fill:
                # Without any value, the fill determines the type of the column.
                asked.types.setdefault(field.name, value_field(asked.fill[field.name]))
        taken = set(source.schema.names if options.columns is None else options.columns.values())
        _refuse_lists_of_files(source, taken)
        images = {column for column, (kind, _) in source.files.items() if kind == "Image"} if decode_images else set()
        source = with_pixels(source, taken & images, asked, stack)
        types = {column: kind for column, kind in asked.types.items() if column not in images}
        source = labelled(retyped(source, types, set(asked.ragged) - images), asked.labels)
        shapes = {column: shape for column, kind in types.items() if (shape := _known_shape(kind))}
        for column, value in asked.fill.items():
            if (names := class_names(source.features.get(column))) is not None:
                asked.fill[column], known = named_fill(value, names)
                source = source if known == names else labelled(source, {column: known})
        fills = {column: fill_text(value, column, source.schema) for column, value in asked.fill.items()}
        noted = _Noted(source.batches, name)
        made = pa.RecordBatchReader.from_batches(source.schema, noted)
        try:
            _by_core(made, path, options, fills, shapes, bar, name)
        except Error:
            if noted.error is not None:
                raise noted.error from None
            raise


def _refuse_lists_of_files(source: Batches, taken: set[str]) -> None:
    """Refuses lists of encoded images: a row may only have lists of decoded ones."""
    from pyarrow import types

    for field in source.schema:
        kind, is_list = field.type, False
        while types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
            kind, is_list = kind.value_type, True
        if is_list and field.name in taken and types.is_struct(kind):
            if {kind.field(place).name for place in range(kind.num_fields)} == {"bytes", "path"}:
                raise Error(
                    f'column "{field.name}" has lists of encoded images or other files, and a row of a column is one: take '
                    "the rows as samples, as in dataset.with_transform(lambda rows: rows), or stream.map(lambda row: row), "
                    "where images of one size become one array; or leave the column out with columns="
                )


def _known_shape(kind: Field) -> tuple[int | None, ...] | None:
    """Returns the declared shape; None if all its dimensions are open."""
    if kind.kind != "tensor" or all(size is None for size in kind.shape):
        return None
    return tuple(kind.shape)


class _Noted:
    """Record batches. The exception of the code that makes them is noted, since Arrow's stream carries only its text."""

    def __init__(self, batches: Iterator[pa.RecordBatch], name: str) -> None:
        self._batches = batches
        self._name = name
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self

    def __next__(self) -> pa.RecordBatch:
        try:
            return next(self._batches)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = _of_producer(error, self._name)
            raise


def _of_producer(error: BaseException, name: str) -> BaseException:
    """Returns the error of a producer in Python as one line: Arrow puts the traceback into its own message."""
    _, traceback, rest = str(error).partition("Traceback (most recent call last):\n")
    if not traceback:
        return error
    line = next((line for line in rest.splitlines() if not line.startswith(" ")), str(error))
    if line.startswith("KeyboardInterrupt"):
        return KeyboardInterrupt()
    return Error(f"{name}: its producer failed: {line}")


def _by_core(
    source: Any,
    path: str,
    options: RowOptions,
    fills: dict[str, str],
    shapes: dict[str, tuple[int | None, ...]],
    bar: Bar,
    name: str,
) -> None:
    """Passes a stream of Arrow directly to the core."""
    with bar.following() as show:
        _core.ingest_arrow(
            source.__arrow_c_stream__(),
            path,
            name=name,
            columns=[new if new == old else f"{new}={old}" for new, old in (options.columns or {}).items()],
            fills=fills,
            kind_fills={kind: fill_text(value, "*") for kind, value in options.kind_fills.items()},
            masks=options.masks,
            shapes={
                name: ",".join("?" if size is None else str(size) for size in shape) for name, shape in shapes.items()
            },
            replacing=options.replacing,
            metadata=options.metadata,
            ungrouped=options.grouping == "separate",
            codecs=options.file_codecs,
            progress=show,
        )
