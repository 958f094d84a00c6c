# SPDX-License-Identifier: Apache-2.0
"""Ingests data sets of Hugging Face's `datasets` library, which must be installed if such an object exists."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
from pyarrow import compute, types

from .._errors import Error, ExistingFileError, located
from .._open import open
from .._schema import Field
from .features import file_columns
from .guarded import guarded
from .named_files import located_inside
from .options import RowOptions, checked_target
from .readers import ingest_reader
from .samples import ingest_samples
from .sizes import Integers, row_sizes, spans

__all__ = ["ingest_dataset", "ingest_splits"]

#: The rows, and about the bytes, of the batches in which a filtered or shuffled data set is gathered.
_GATHERED_ROWS = 1 << 16
_GATHERED_BYTES = 16 << 20
#: The number of rows that are read from a stream at a time.
_STREAMED = 64


def ingest_splits(splits: Any, path: str | os.PathLike[str], options: RowOptions) -> dict[str, str]:
    """Ingests each split into a separate file; returns their paths."""
    if not splits:
        raise Error("the DatasetDict has no split")
    pattern = os.fspath(path)
    if "{split}" not in pattern:
        if os.path.lexists(pattern) and not os.path.isdir(pattern):
            raise ExistingFileError(
                f"{pattern} is a file, but a DatasetDict has several splits: name a folder, or put {{split}} in "
                "the name"
            )
        os.makedirs(pattern, exist_ok=True)
        pattern = os.path.join(pattern, "{split}.colonnade")
    targets = {name: pattern.replace("{split}", _file_name(name)) for name in splits}
    for target in targets.values():
        checked_target(target, options.replacing)
    pictures: dict[str, Field] = {}
    # A split without rows comes last: its pictures get the type of those of the other splits.
    for name, split in sorted(splits.items(), key=lambda item: _is_empty(item[1])):
        declared = {**pictures, **options.types} if _is_empty(split) else options.types
        ingest_dataset(split, replace(options, path=targets[name], types=declared))
        if not pictures and not _is_empty(split) and options.decode_images and split.features is not None:
            images = set(_images(split.features.to_dict()))
            wanted, fields = options.columns or {}, open(targets[name]).schema.items()
            pictures = {old: field for new, field in fields if (old := wanted.get(new, new)) in images}
    return targets


def _is_empty(split: Any) -> bool:
    return hasattr(split, "__len__") and len(split) == 0


def _images(features: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Returns the names of the columns that hold images, also those in structs."""
    for name, feature in features.items():
        if isinstance(feature, dict) and feature.get("_type") == "Image":
            yield prefix + name
        elif isinstance(feature, dict) and not isinstance(feature.get("_type"), str):
            yield from _images(feature, f"{prefix}{name}.")


def _file_name(split: object) -> str:
    """Returns the name of a split for use in a file name; ValueError for one that would lead to another folder."""
    name = str(split)
    if name in ("", ".", "..") or "/" in name or "\\" in name or not name.isprintable():
        raise Error(
            f"the split {name!r} cannot be part of a file's name, since it has a path or characters that are not "
            f'printable: rename it, as in splits["train"] = splits.pop({name!r})'
        )
    return name


def ingest_dataset(dataset: Any, options: RowOptions) -> None:
    if not isinstance(dataset, datasets.Dataset):
        _ingest_stream(dataset, options)
    elif dataset.format["type"] == "custom":
        # The function of set_transform belongs to the data.
        _check_named_files(dataset, options.image_root)
        ingest_samples(_rows(guarded(dataset, options.image_root)), options, len(dataset))
    else:
        schema = dataset.features.arrow_schema
        reader = _reader(dataset, schema)
        described = dataset.features.to_dict()
        ingest_reader(reader, options, len(dataset), "the Dataset", described)


def _check_named_files(dataset: datasets.Dataset, image_root: str | None) -> None:
    """Refuses rows that name files which must not be read: the library would open them for the user's function."""

    for name in file_columns(dataset.features.to_dict()):
        column = dataset.data.table.column(name)
        if not types.is_struct(column.type):
            continue
        named = compute.if_else(
            compute.is_null(compute.struct_field(column, "bytes")), compute.struct_field(column, "path"), None
        )
        if dataset._indices is not None:
            named = named.take(dataset._indices.column(0))
        for row, path in enumerate(named.to_pylist()):
            if path is not None:
                try:
                    located_inside(path, image_root)
                except ValueError as error:
                    raise located(error, row, name) from error


def _rows(dataset: datasets.Dataset) -> Iterator[Any]:
    for row in range(len(dataset)):
        yield dataset[row]


def _reader(dataset: datasets.Dataset, schema: pa.Schema) -> pa.RecordBatchReader:
    """Returns a reader of the rows in their order, with the features in the metadata."""
    table = dataset.data.table
    if dataset._indices is None:
        batches: Any = table.to_reader(max_chunksize=1 << 16)
    else:
        batches = _gathered(table, dataset._indices.column(0).to_numpy().astype(np.int64))
    wanted = table.schema.with_metadata({**(table.schema.metadata or {}), **(schema.metadata or {})})

    def renewed() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=wanted)

    return pa.RecordBatchReader.from_batches(wanted, renewed())


def _gathered(table: pa.Table, indices: Integers) -> Iterator[pa.RecordBatch]:
    """Yields the rows at these indices, in this order, in blocks that are bounded by the bytes of their rows."""
    batches = table.to_batches()
    starts = np.cumsum([0] + [batch.num_rows for batch in batches])
    for first in range(0, len(indices), _GATHERED_ROWS):
        wanted = indices[first : first + _GATHERED_ROWS]
        sizes = np.empty(len(wanted), np.int64)
        for batch, rows, targets in _by_batch(batches, starts, wanted):
            sizes[targets] = row_sizes(batch, rows)
        for start, end in spans(sizes, _GATHERED_ROWS, _GATHERED_BYTES):
            yield from _block(batches, starts, wanted[start:end])


def _block(batches: list[pa.RecordBatch], starts: Integers, wanted: Integers) -> Iterator[pa.RecordBatch]:
    parts = []
    order = []
    for batch, rows, targets in _by_batch(batches, starts, wanted):
        parts.append(batch.take(pa.array(rows)))
        order.append(targets)
    index_of = np.empty(len(wanted), np.int64)
    index_of[np.concatenate(order)] = np.arange(len(wanted))
    gathered = pa.Table.from_batches(parts)
    if len(parts) > 1 or not (index_of[:-1] < index_of[1:]).all():
        gathered = gathered.combine_chunks().take(pa.array(index_of)).combine_chunks()
    yield from gathered.to_batches()


def _by_batch(
    batches: list[pa.RecordBatch], starts: Integers, wanted: Integers
) -> Iterator[tuple[pa.RecordBatch, Integers, Integers]]:
    """Yields each batch with some of the rows, their row numbers in it, and their indices among the selected rows."""
    order = np.argsort(wanted, kind="stable")
    rows = wanted[order]
    bounds = np.searchsorted(rows, starts)
    for number in np.flatnonzero(np.diff(bounds)):
        part = slice(bounds[number], bounds[number + 1])
        yield batches[number], rows[part] - starts[number], order[part]


def _ingest_stream(dataset: datasets.IterableDataset, options: RowOptions) -> None:
    """Ingests a data set that is read sequentially, such as a streamed one."""
    dataset = guarded(dataset, options.image_root)
    features = dataset.features
    if features is None:
        # Without a format the rows have the values of the data set's own generator.
        ingest_samples(dataset, options)
        return
    for name, feature in features.items():
        # Files stay encoded: unselected columns are not decoded, and no file is encoded again.
        encoded = _undecoded(feature)
        if encoded is not feature:
            dataset = dataset.cast_column(name, encoded)
    schema = features.arrow_schema
    reader = pa.RecordBatchReader.from_batches(schema, _streamed(dataset, features))
    ingest_reader(reader, options, None, "the IterableDataset", features.to_dict())


def _undecoded(feature: Any) -> Any:
    """Returns the feature with its files as bytes, also those in structs; the same feature if it has none."""
    if type(feature).__name__ in ("Image", "Audio", "Video"):
        return type(feature)(decode=False)
    if not isinstance(feature, dict):
        return feature
    parts = {name: _undecoded(part) for name, part in feature.items()}
    return parts if any(parts[name] is not part for name, part in feature.items()) else feature


def _streamed(dataset: datasets.IterableDataset, features: datasets.Features) -> Iterator[pa.RecordBatch]:
    """Yields the rows in record batches: directly if the data set has Arrow, otherwise by the encoding of the library."""
    schema = features.arrow_schema
    if getattr(getattr(dataset, "_ex_iterable", None), "iter_arrow", None):
        for table in dataset.with_format("arrow").iter(_STREAMED):
            yield from table.select(schema.names).cast(schema).to_batches()
        return
    for rows in dataset.iter(_STREAMED):
        made = datasets.Dataset.from_dict({name: rows[name] for name in features}, features=features)
        yield from made.data.table.cast(schema).to_batches()
