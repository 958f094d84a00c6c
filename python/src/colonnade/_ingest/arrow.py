# SPDX-License-Identifier: Apache-2.0
"""Arrow data, from whatever offers it, by the core itself."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .. import _core
from .._errors import Error, KeyMissingError
from .._schema import Field
from .bar import Bar, Progress
from .features import described_features, field_of, file_columns, with_labels
from .options import RowOptions

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ingest_arrow", "ingest_reader"]


def ingest_arrow(source: Any, path: str, options: RowOptions, decode_images: bool, progress: Progress) -> bool:
    """Whether the source is Arrow data, and if so, does it."""
    source = _stream(source, options.columns)
    if not hasattr(source, "__arrow_c_stream__"):
        return False
    rows = getattr(source, "num_rows", None)
    if rows is None:
        shape = getattr(source, "shape", None)
        rows = shape[0] if isinstance(shape, tuple) and shape else None
    total = rows if isinstance(rows, int) else None
    if "pyarrow" not in sys.modules and not options.types and not options.labels:
        _by_core(source, path, options, {}, progress, total)
        return True
    import pyarrow

    ingest_reader(pyarrow.RecordBatchReader.from_stream(source), path, options, decode_images, progress, total)
    return True


def _stream(source: Any, columns: dict[str, str] | None) -> Any:
    """What offers a stream, for sources that offer it in another way."""
    module = type(source).__module__.partition(".")[0]
    if module == "pandas" and hasattr(source, "to_parquet"):
        # Its own stream has the index as a column.
        import pyarrow

        return pyarrow.Table.from_pandas(source, preserve_index=False)
    if module == "pyarrow":
        import pyarrow

        if isinstance(source, pyarrow.RecordBatch):
            return pyarrow.Table.from_batches([source])
        if hasattr(source, "scanner"):
            source = source.scanner()
        if hasattr(source, "to_reader") and not isinstance(source, pyarrow.Table):
            return source.to_reader()
    if module == "polars":
        if hasattr(source, "collect") and hasattr(source, "lazy"):
            raise TypeError("a LazyFrame has no rows yet: give what its collect() gives")
        _refuse_objects(source, columns)
    return source


def _refuse_objects(frame: Any, columns: dict[str, str] | None) -> None:
    """Polars hands out columns of Python objects as their addresses, and says nothing of it in the Arrow schema."""
    schema = getattr(frame, "schema", None)
    for name, kind in schema.items() if schema is not None else ():
        is_taken = columns is None or any(old == name or old.startswith(name + ".") for old in columns.values())
        if is_taken and _holds_objects(kind):
            raise Error(
                f'column "{name}" is of the Polars type {kind}, which holds Python objects: cast it to a plain type first, '
                "or leave it out with columns="
            )


def _holds_objects(kind: Any) -> bool:
    if str(kind) == "Object":
        return True
    inner = getattr(kind, "inner", None)
    parts = [field.dtype for field in getattr(kind, "fields", ())]
    return any(_holds_objects(part) for part in parts + ([inner] if inner is not None else []))


def ingest_reader(
    reader: pa.RecordBatchReader,
    path: str,
    options: RowOptions,
    decode_images: bool,
    progress: Progress,
    total: int | None,
    features: dict[str, Any] | None = None,
) -> None:
    """A stream of record batches; the features of Hugging Face are those in its metadata, if no others are given."""
    features = described_features(reader.schema) if features is None else features
    files = file_columns(features)
    taken = set((options.columns or {name: name for name in reader.schema.names}).values())
    images = {name for name, (kind, _) in files.items() if kind == "Image" and name in taken}
    if images and decode_images:
        from .tables import ingest_tables

        ingest_tables(reader, path, options, files, features, progress, total)
        return
    shapes = _shapes(reader.schema, options)
    _by_core(_typed(reader, options), path, options, shapes, progress, total)


# Straight to the core.


def _by_core(
    source: Any,
    path: str,
    options: RowOptions,
    shapes: dict[str, tuple[int, ...]],
    progress: Progress,
    total: int | None,
) -> None:
    bar = Bar(progress, total)
    rows = size = 0

    def show(done: int, written: int) -> None:
        nonlocal rows, size
        rows, size = done, written
        bar.show(done, written)

    is_complete = False
    try:
        _core.ingest_arrow(
            source.__arrow_c_stream__(),
            path,
            name=f"the {type(source).__name__}",
            columns=[new if new == old else f"{new}={old}" for new, old in (options.columns or {}).items()],
            fills={_old_name(name, options): _fill_text(value, name) for name, value in options.fill.items()},
            shapes={name: ",".join(map(str, shape)) for name, shape in shapes.items()},
            media={name: kind or "" for name, kind in options.media.items()},
            replacing=options.replacing,
            metadata=options.metadata,
            ungrouped=options.grouping == "separate",
            progress=None if bar.is_off else show,
        )
        is_complete = True
    finally:
        bar.end(rows, size, is_complete)


def _old_name(name: str, options: RowOptions) -> str:
    return (options.columns or {}).get(name, name)


def _fill_text(value: Any, column: str) -> str:
    """As it would be written in a CSV file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if value is None:
        raise Error(f'fill has None for column "{column}", which is what it takes the place of')
    return str(value)


def _shapes(schema: pa.Schema, options: RowOptions) -> dict[str, tuple[int, ...]]:
    """Fixed shapes that the user declares, and those of Hugging Face's arrays."""
    shapes: dict[str, tuple[int, ...]] = {}
    for field in schema:
        found = field_of(field.type)
        if found is not None and found.kind == "tensor" and found.shape and None not in found.shape:
            shapes[field.name] = tuple(size for size in found.shape if size is not None)
    for new, wanted in options.types.items():
        name = _old_name(new, options)
        if wanted.kind == "tensor" and None not in wanted.shape and wanted.shape:
            shapes[name] = tuple(size for size in wanted.shape if size is not None)
        elif wanted.shape:
            shapes.pop(name, None)
    return shapes


def _typed(reader: pa.RecordBatchReader, options: RowOptions) -> pa.RecordBatchReader:
    """The stream with the data types and labels that the user declares."""
    import pyarrow as pa

    schema = with_labels(reader.schema, {_old_name(name, options): names for name, names in options.labels.items()})
    for new, wanted in options.types.items():
        name = _old_name(new, options)
        place = schema.get_field_index(name)
        if place < 0:
            raise KeyMissingError(f'there is no column "{name}"; there are {", ".join(schema.names)}')
        kind = schema.field(place).type
        schema = schema.set(place, schema.field(place).with_type(_retyped(kind, wanted)))
    if schema.equals(reader.schema, check_metadata=True):
        return reader

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            arrays = [
                array if array.type == field.type else array.cast(field.type)
                for array, field in zip(batch.columns, schema)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _retyped(kind: pa.DataType, wanted: Field) -> pa.DataType:
    """The Arrow type with other elements: lists stay what they are."""
    import pyarrow as pa
    from pyarrow import types

    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if types.is_fixed_size_list(kind):
        return pa.list_(_retyped(kind.value_type, wanted), kind.list_size)
    if types.is_large_list(kind):
        return pa.large_list(_retyped(kind.value_type, wanted))
    if types.is_list(kind):
        return pa.list_(_retyped(kind.value_type, wanted))
    if wanted.kind != "tensor":
        return pa.large_string() if wanted.kind == "string" else pa.large_binary()
    if wanted.dtype == "bfloat16":
        raise Error("Arrow has no bfloat16: take float32, and cast when reading")
    return pa.bool_() if wanted.dtype == "bool" else pa.type_for_alias(wanted.dtype)
