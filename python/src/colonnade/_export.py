# SPDX-License-Identifier: Apache-2.0
"""Tables of other libraries that are made of buffers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._errors import Error
from ._schema import Field

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

__all__ = ["huggingface"]

#: The bytes that offsets of 32 bits reach.
_MOST_BYTES = (1 << 31) - 1


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
    labels: dict[str, Any] = {}
    features: dict[str, Any] = {}
    for key, field in schema.items():
        kind = table.schema.field(key).type
        chunks = table[key].chunks or [pa.array([], kind)]
        if isinstance(kind, pa.BaseExtensionType):
            chunks = [_nested(chunk.storage.flatten(), [size or 0 for size in field.shape]) for chunk in chunks]
        meaning = field.meaning
        if isinstance(meaning, list):
            chunks = [_numbers(chunk) for chunk in chunks]
            labels[key] = datasets.ClassLabel(names=meaning)
        elif isinstance(meaning, str) and meaning.startswith(("image/", "audio/")):
            chunks = [
                pa.StructArray.from_arrays([data, pa.nulls(len(data), pa.string())], ["bytes", "path"])
                for chunk in chunks
                for data in _binary(chunk)
            ]
            features[key] = datasets.Image() if meaning.startswith("image/") else datasets.Audio()
        columns.append(pa.chunked_array(chunks))
    plain = pa.table(dict(zip(schema, columns)))
    inferred = datasets.Features.from_arrow_schema(plain.schema)
    inferred.update(features)
    for key, label in labels.items():
        inferred[key] = _labelled(inferred[key], label)
    return datasets.Dataset(plain, info=datasets.DatasetInfo(features=inferred))


def _nested(values: Any, shape: list[int]) -> Any:
    """Returns elements as lists in one another."""
    import pyarrow as pa

    for size in reversed(shape[1:]):
        values = pa.FixedSizeListArray.from_arrays(values, size)
    return pa.FixedSizeListArray.from_arrays(values, shape[0])


def _numbers(array: Any) -> Any:
    """Returns class numbers, or lists of them, in place of dictionaries."""
    import pyarrow as pa

    if isinstance(array, pa.DictionaryArray):
        return array.indices.cast(pa.int64()).fill_null(-1)
    if isinstance(array, pa.FixedSizeListArray):
        return pa.FixedSizeListArray.from_arrays(_numbers(array.flatten()), array.type.list_size)
    if isinstance(array, pa.LargeListArray):
        return pa.LargeListArray.from_arrays(array.offsets, _numbers(array.values))
    return array


def _labelled(feature: Any, label: Any) -> Any:
    """Returns a feature with class names in place of its numbers."""
    if isinstance(feature, list):
        return [_labelled(feature[0], label)]
    inner = getattr(feature, "feature", None)
    return label if inner is None else dataclasses.replace(feature, feature=_labelled(inner, label))


def _binary(array: Any) -> list[Any]:
    """Returns bytes with offsets of 32 bits, in as many arrays as these need."""
    import pyarrow as pa

    if array.nbytes > _MOST_BYTES and len(array) > 1:
        half = len(array) // 2
        return _binary(array[:half]) + _binary(array[half:])
    # The offsets of a slice are those of the whole.
    whole = array.take(pa.array(range(len(array)), pa.int64())) if array.offset else array
    return [whole.cast(pa.binary())]
