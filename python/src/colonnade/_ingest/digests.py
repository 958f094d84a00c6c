# SPDX-License-Identifier: Apache-2.0
"""Digests of rows: texts that are equal for equal rows, however their memory is divided."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute, types

from .._errors import Error
from .arrow_types import is_list

__all__ = ["digest"]


def digest(table: pa.Table, options: str = "") -> str:
    """Returns a digest of 128 bits of the names, types and values of a table, and of the options with which it is written.

    >>> import pyarrow as pa
    >>> table = pa.table({"x": pa.chunked_array([["a", None], ["b"]])})
    >>> digest(table) == digest(table.combine_chunks()), digest(table) == digest(table.slice(1))
    (True, False)
    """
    sum = hashlib.blake2b(digest_size=16)
    sum.update(f"{options}\0{table.num_rows}\0".encode())
    for field, column in zip(table.schema, table.columns):
        sum.update(f"{field.name}\0{field.type}\0".encode())
        _add(sum, column.chunks)
    return sum.hexdigest()


def _add(sum: Any, arrays: list[pa.Array]) -> None:
    if any(array.null_count for array in arrays):
        for array in arrays:
            sum.update(array.is_valid().to_numpy(zero_copy_only=False))
        arrays = [array.drop_null() for array in arrays]
    if not arrays:
        return
    kind = arrays[0].type
    if isinstance(kind, pa.BaseExtensionType):
        _add(sum, [array.storage for array in arrays])
    elif types.is_dictionary(kind):
        _add(sum, [array.dictionary_decode() for array in arrays])
    elif types.is_struct(kind):
        for index in range(kind.num_fields):
            _add(sum, [array.field(index) for array in arrays])
    elif is_list(kind):
        _add_numbers(sum, [compute.list_value_length(array) for array in arrays])
        _add(sum, [array.flatten() for array in arrays])
    elif types.is_string(kind) or types.is_binary(kind) or types.is_large_string(kind) or types.is_large_binary(kind):
        _add_numbers(sum, [compute.binary_length(array) for array in arrays])
        for array in arrays:
            _add_texts(sum, array, np.int64 if types.is_large_string(kind) or types.is_large_binary(kind) else np.int32)
    elif types.is_boolean(kind):
        _add_numbers(sum, arrays)
    elif types.is_primitive(kind) or types.is_decimal(kind) or types.is_fixed_size_binary(kind):
        width = kind.bit_width // 8
        for array in arrays:
            if len(array):
                sum.update(memoryview(array.buffers()[1])[array.offset * width : (array.offset + len(array)) * width])
    elif str(kind) in ("string_view", "binary_view"):
        _add(
            sum,
            [array.cast(pa.large_string() if str(kind) == "string_view" else pa.large_binary()) for array in arrays],
        )
    elif not types.is_null(kind):
        raise Error(f"a job that can be started again has no rows of the Arrow type {kind}: cast the column first")


def _add_numbers(sum: Any, arrays: list[pa.Array]) -> None:
    for array in arrays:
        sum.update(np.ascontiguousarray(array.to_numpy(zero_copy_only=False).astype(np.int64)))


def _add_texts(sum: Any, array: pa.Array, kind: Any) -> None:
    _, ends, data = array.buffers()
    if len(array) and data is not None:
        width = np.dtype(kind).itemsize
        bounds = np.frombuffer(ends, kind, len(array) + 1, array.offset * width)
        sum.update(memoryview(data)[int(bounds[0]) : int(bounds[-1])])
