# SPDX-License-Identifier: Apache-2.0
"""Converts columns of tensors, as the tables of Ray and Daft have them, to Arrow's lists, which the core reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute, types

from .._errors import Error, located
from .._schema import Field
from .arrow_types import is_list

__all__ = ["with_lists"]

Shape = tuple[int | None, ...]


class _Tensors(NamedTuple):
    """The tensors of a chunk of a column, except missing ones."""

    #: The elements of all tensors, one after another.
    elements: pa.Array
    #: The sizes of all dimensions, for each tensor.
    sizes: NDArray[np.int64]
    #: Whether the rows have a tensor; None if all have.
    is_given: NDArray[np.bool_] | None


def with_lists(tables: Sequence[pa.Table], known: Mapping[str, Field], ragged: Collection[str]) -> list[pa.Table]:
    """Returns the tables of one task with lists in place of tensors.

    Dimensions of a column in `known` are those of the field, and those in `ragged` vary. Of other columns, dimensions with the
    same size in all rows of all tables are fixed, and others vary. Raises ValueError for tensors that lists cannot hold.
    """
    tables = list(tables)
    for name in tables[0].column_names if tables else ():
        columns = [table.column(name) for table in tables if name in table.column_names]
        if len(columns) < len(tables) or not any(_has_tensors(column.type) for column in columns):
            continue
        parts = [[_read(name, chunk) for chunk in column.chunks] for column in columns]
        shape = _shape(name, parts, known.get(name), name in ragged)
        row = 0
        for index, table in enumerate(tables):
            lists = [pa.nulls(0, _type(columns[index].type, shape))]
            for tensors in parts[index]:
                lists.append(_lists(name, tensors, shape, row))
                row += len(lists[-1])
            column = pa.chunked_array(lists[1:] or lists)
            tables[index] = table.set_column(table.column_names.index(name), name, column)
    return tables


def _is_shaped(kind: pa.DataType) -> bool:
    """Returns whether values have their elements in a list `data`, and their sizes in a list `shape`."""
    return types.is_struct(kind) and {"data", "shape"} == {field.name for field in kind}


def _has_tensors(kind: pa.DataType) -> bool:
    if not isinstance(kind, pa.BaseExtensionType):
        return False
    storage = kind.storage_type
    # An embedding of Daft is a list of one length.
    return is_list(storage) and not is_list(storage.value_type) or _is_shaped(storage)


def _read(name: str, array: pa.Array) -> _Tensors:
    kind = array.type
    shape: tuple[int, ...] | None = getattr(kind, "shape", None)
    if isinstance(kind, pa.BaseExtensionType):
        order = getattr(kind, "permutation", None)
        if order is not None and list(order) != sorted(order):
            raise Error(
                f'column "{name}" has tensors with permuted dimensions: write the rows in the order of the dimensions'
            )
        array = array.storage
    is_given = None
    if array.null_count:
        is_given = array.is_valid().to_numpy(zero_copy_only=False)
        array = array.drop_null()
    if _is_shaped(array.type):
        data, shapes = array.field("data"), array.field("shape")
        sizes = _sizes(name, shapes)
        lengths = compute.list_value_length(data)
        is_whole = not data.null_count and not (sizes < 0).any()
        if not is_whole or (sizes.prod(axis=1) != lengths.to_numpy(zero_copy_only=False)).any():
            raise Error(f'column "{name}" has a tensor whose shape is not that of its elements')
        return _Tensors(data.flatten(), sizes, is_given)
    if not is_list(array.type):
        raise Error(f'column "{name}" has tensors, and {array.type} in another block: give all rows one type')
    if shape is None:
        lengths = compute.list_value_length(array).to_numpy(zero_copy_only=False).astype(np.int64)
        return _Tensors(array.flatten(), lengths[:, np.newaxis], is_given)
    sizes = np.broadcast_to(np.array(shape, np.int64), (len(array), len(shape)))
    return _Tensors(array.flatten(), sizes, is_given)


def _sizes(name: str, shapes: pa.Array) -> NDArray[np.int64]:
    ranks = compute.unique(compute.list_value_length(shapes)).to_pylist()
    if len(ranks) > 1:
        raise Error(
            f'column "{name}" has tensors with {" and ".join(map(str, sorted(ranks)))} dimensions: all need as many'
        )
    if shapes.null_count or shapes.flatten().null_count:
        raise Error(f'column "{name}" has a tensor whose shape is not that of its elements')
    sizes: NDArray[np.int64] = shapes.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
    return sizes.reshape(len(shapes), ranks[0] if ranks else 0)


def _shape(name: str, parts: list[list[_Tensors]], field: Field | None, is_ragged: bool) -> Shape:
    """Returns the shape of the column."""
    sizes = [tensors.sizes for chunks in parts for tensors in chunks if len(tensors.sizes)]
    ranks = sorted({each.shape[1] for each in sizes})
    if len(ranks) > 1:
        raise Error(f'column "{name}" has tensors with {" and ".join(map(str, ranks))} dimensions: all need as many')
    if field is not None and field.kind == "tensor" and (not ranks or len(field.shape) == ranks[0]):
        return tuple(field.shape)
    if not ranks:
        raise Error(f'column "{name}" has no tensor, so its shape is unknown: declare it with schema=')
    shape: list[int | None] = [None] * ranks[0]
    for axis in range(0 if is_ragged else ranks[0]):
        found = {int(size) for each in sizes for size in (each[:, axis].min(), each[:, axis].max())}
        # Of rows without any element nothing is known.
        if len(found) == 1 and found != {0}:
            shape[axis] = found.pop()
    return tuple(shape)


def _leaf(kind: pa.DataType) -> pa.DataType:
    kind = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    return (kind.field("data").type if _is_shaped(kind) else kind).value_type


def _type(kind: pa.DataType, shape: Shape) -> pa.DataType:
    made = _leaf(kind)
    for size in reversed(shape):
        made = pa.large_list(made) if size is None else pa.list_(made, size)
    return made


def _lists(name: str, tensors: _Tensors, shape: Shape, first: int) -> pa.Array:
    """Returns tensors as lists in one another; those of a fixed size do not store it. `first` is the row of the first one."""
    array, sizes = tensors.elements, tensors.sizes
    open_axes = [axis for axis, size in enumerate(shape) if size is None]
    for axis, size in enumerate(shape):
        if size is not None and (wrong := np.flatnonzero(sizes[:, axis] != size)).size:
            what = f"does not fit the shape {_written(shape)}: name the column in ragged="
            raise _located(name, tensors, first, int(wrong[0]), what)
    for axis, later in zip(open_axes, open_axes[1:]):
        if (lost := np.flatnonzero((sizes[:, axis] == 0) & (sizes[:, later] != 0))).size:
            what = f"is empty, so that size {sizes[lost[0], later]} would be lost: declare the sizes that do not vary with schema="
            raise _located(name, tensors, first, int(lost[0]), what)
    for axis in reversed(range(len(shape))):
        size = shape[axis]
        if size is not None:
            array = pa.FixedSizeListArray.from_arrays(array, size)
            continue
        lengths = np.repeat(sizes[:, axis], sizes[:, :axis].prod(axis=1))
        array = pa.LargeListArray.from_arrays(np.concatenate(([0], np.cumsum(lengths))), array)
    if tensors.is_given is None:
        return array
    rows = np.cumsum(tensors.is_given) - 1
    return array.take(pa.array(rows, mask=~tensors.is_given))


def _located(name: str, tensors: _Tensors, first: int, index: int, what: str) -> Error:
    row = index if tensors.is_given is None else np.flatnonzero(tensors.is_given)[index]
    return located(Error(f"an array of shape {_written(tensors.sizes[index])} {what}"), first + int(row), name)


def _written(shape: Any) -> str:
    return "[" + ",".join("?" if size is None else str(size) for size in shape) + "]"
