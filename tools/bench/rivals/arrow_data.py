# SPDX-License-Identifier: Apache-2.0
"""Makes tables of Arrow from the data, and arrays from batches of such tables, without a copy where Arrow allows it."""

import numpy as np
import pyarrow as pa
from contest import COLUMNS


def table(contest, start, end):
    """Returns the rows start ..< end as a table with a column for each key."""
    if contest.kind == "ragged":
        values, starts, ends = contest.ragged()
        offsets = np.concatenate([starts[start : start + 1], ends[start:end]])
        flat = pa.array(values[offsets[0] : offsets[-1]])
        return pa.table({"tokens": pa.LargeListArray.from_arrays(pa.array(offsets - offsets[0]), flat)})
    arrays = {key: array[start:end] for key, array in contest.arrays().items()}
    if contest.kind == "table":
        rows = arrays["row"]
        columns = {f"c{i}": pa.array(np.ascontiguousarray(rows[:, i])) for i in range(COLUMNS)}
        return pa.table({**columns, "label": pa.array(rows[:, COLUMNS:].copy().view(np.int64)[:, 0])})
    return pa.table({key: column(array) for key, array in arrays.items()})


def column(array):
    if array.ndim == 1:
        return pa.array(array)
    width = int(np.prod(array.shape[1:]))
    return pa.FixedSizeListArray.from_arrays(pa.array(array.reshape(-1)), width)


def batch(contest, table):
    """Returns the batch of the workload from rows of a table."""
    columns = {name: whole(table.column(name)) for name in table.column_names}
    if contest.kind == "table":
        return {name: value.to_numpy(zero_copy_only=False) for name, value in columns.items()}
    if contest.kind == "ragged":
        tokens = columns["tokens"]
        values, offsets = tokens.values.to_numpy(), tokens.offsets.to_numpy()
        return {"tokens": contest.pad([values[a:b] for a, b in zip(offsets, offsets[1:])])}
    raw = {}
    for name, value in columns.items():
        flat = value.flatten() if pa.types.is_fixed_size_list(value.type) else value
        raw[name] = flat.to_numpy(zero_copy_only=False)
    raw[contest.key] = raw[contest.key].reshape(-1, *contest.set.shape)
    return contest.finish(raw)


def whole(value):
    if isinstance(value, pa.ChunkedArray):
        return value.chunk(0) if value.num_chunks == 1 else value.combine_chunks()
    return value
