# SPDX-License-Identifier: Apache-2.0
"""Blocks of Ray as Arrow tables, and record batches as blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import types
from ray.data.block import BlockAccessor
from ray.data.extensions import ArrowTensorArray, ArrowVariableShapedTensorArray, TensorDtype

from .._errors import Error
from .._ingest.arrow_types import is_list, leaf_type
from .._ingest.frames import table_or_columns
from .._ingest.options import RowOptions

__all__ = ["arrow_table", "block"]

#: The extension type of columns whose values Ray pickles.
_PICKLED = "ray.data.arrow_pickled_object"


def arrow_table(block: Any, options: RowOptions) -> pa.Table:
    """Returns the rows of a block. Tensors stay those of Ray. Raises ValueError for columns of Python objects."""
    table = (
        _of_frame(block, options) if isinstance(block, pandas.DataFrame) else BlockAccessor.for_block(block).to_arrow()
    )
    for field in table.schema:
        if getattr(field.type, "extension_name", None) == _PICKLED:
            raise _holds_objects(field.name)
    return table


def _holds_objects(name: str) -> Error:
    return Error(
        f'column "{name}" has Python objects that Arrow cannot hold as they are: make them numbers, text, bytes, lists or arrays '
        "of one data type first, or drop the column"
    )


def _of_frame(frame: pandas.DataFrame, options: RowOptions) -> pa.Table:
    """Returns a frame as `ingest` reads it, where NaN is a number, with tensors as columns of Ray's arrays."""
    shaped = [index for index, kind in enumerate(frame.dtypes) if isinstance(kind, TensorDtype)]
    others = [index for index in range(frame.shape[1]) if index not in shaped]
    table = table_or_columns(frame.iloc[:, others].reset_index(drop=True), options)
    if isinstance(table, dict):
        raise _holds_objects(", ".join(table))
    for index in shaped:
        rows = frame.iloc[:, index].array.to_numpy()
        kind = ArrowVariableShapedTensorArray if rows.dtype == object else ArrowTensorArray
        table = table.add_column(index, str(frame.columns[index]), kind.from_numpy(rows))
    return table


def block(batch: pa.RecordBatch) -> pa.Table:
    """Returns a record batch of a buffer as a block, in which tensors are those of Ray."""
    return pa.table([_column(column) for column in batch.columns], names=batch.schema.names)


def _column(column: pa.Array) -> pa.Array:
    kind = column.type
    shape: list[int | None] = []
    if isinstance(kind, pa.FixedShapeTensorType):
        shape, column = list(kind.shape), column.storage
    leaf = leaf_type(column.type)
    if (
        len(column) == 0
        or column.null_count
        or not (types.is_integer(leaf) or types.is_floating(leaf) or types.is_boolean(leaf))
    ):
        return column
    if not shape:
        kind = column.type
        while is_list(kind):
            shape.append(kind.list_size if types.is_fixed_size_list(kind) else None)
            kind = kind.value_type
    if not shape or shape == [None]:
        # Lists of several lengths are arrays of arrays in NumPy batches.
        return column
    if None not in shape:
        return ArrowTensorArray.from_numpy(_numbers(column).reshape(len(column), *shape))
    return ArrowVariableShapedTensorArray.from_numpy(_rows(column, shape))


def _numbers(array: pa.Array) -> NDArray[Any]:
    while is_list(array.type):
        array = array.flatten()
    numbers: NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return numbers


def _rows(column: pa.Array, shape: list[int | None]) -> NDArray[Any]:
    """Returns the tensor of each row. The lists in one row have one length."""
    rows = np.empty(len(column), object)
    for index in range(len(column)):
        part, sizes = column.slice(index, 1), []
        for size in shape:
            count = len(part)
            part = part.flatten()
            sizes.append(len(part) // count if size is None and count else size or 0)
        rows[index] = _numbers(part).reshape(sizes)
    return rows
