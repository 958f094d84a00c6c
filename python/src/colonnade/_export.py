# SPDX-License-Identifier: Apache-2.0
"""Tables of other libraries that are made of buffers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._errors import Error
from ._schema import Field

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

__all__ = ["huggingface"]


def huggingface(table: pa.Table, schema: Mapping[str, Field]) -> datasets.Dataset:
    """Returns a table as a `Dataset`, with the features that its keys have.

    Dictionaries become `ClassLabel`, with -1 for null; encoded images and sounds `Image` and `Audio`; tensors of several
    dimensions nested lists of a fixed length.
    """
    try:
        import datasets
    except ImportError:
        raise Error("to_hf needs datasets: pip install datasets") from None
    import pyarrow as pa

    columns: list[Any] = []
    features: dict[str, Any] = {}
    for key, field in schema.items():
        column = table[key].combine_chunks() if table.num_rows else pa.array([], table.schema.field(key).type)
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks)
        meaning = field.meaning
        if isinstance(meaning, list) and not field.shape:
            column = column.indices.cast(pa.int64()).fill_null(-1)
            features[key] = datasets.ClassLabel(names=meaning)
        elif isinstance(meaning, str) and meaning.startswith(("image/", "audio/")):
            data = column.cast(pa.binary())
            column = pa.StructArray.from_arrays([data, pa.nulls(len(data), pa.string())], ["bytes", "path"])
            features[key] = datasets.Image() if meaning.startswith("image/") else datasets.Audio()
        elif isinstance(column, pa.ExtensionArray):
            column = _nested(column.storage.flatten(), [size or 0 for size in field.shape])
        columns.append(column)
    plain = pa.table(dict(zip(schema, columns)))
    inferred = datasets.Features.from_arrow_schema(plain.schema)
    inferred.update(features)
    return datasets.Dataset(plain, info=datasets.DatasetInfo(features=inferred))


def _nested(values: Any, shape: list[int]) -> Any:
    """Returns elements as lists in one another."""
    import pyarrow as pa

    for size in reversed(shape[1:]):
        values = pa.FixedSizeListArray.from_arrays(values, size)
    return pa.FixedSizeListArray.from_arrays(values, shape[0])
