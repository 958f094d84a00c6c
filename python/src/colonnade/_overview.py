# SPDX-License-Identifier: Apache-2.0
"""Buffers and streams as text for people."""

from __future__ import annotations

from typing import Any

from ._node import Node
from ._schema import Field, Schema

__all__ = ["overview"]

#: The methods and functions of Python, by the operations of the core that have other names.
_NAMES = {
    "batch_by_size": "dynamic_batch",
    "batch_sizes": "batch",
    "columns": "buffer_from_columns",
    "compact_map": "sample_transform",
    "csv": "stream_csv_reader",
    "csv_rows": "csv_reader_from_key",
    "drop_first": "skip",
    "filter_shape": "filter_by_shape",
    "iterable": "stream_python_iterable",
    "lines": "stream_line_reader",
    "lines_of": "line_reader_from_key",
    "map": "key_transform",
    "map_identified": "key_transform",
    "map_sample": "sample_transform",
    "materialize": "concretize",
    "pipeline": "concretize",
    "prefix": "take",
    "remove": "filter_key",
    "rename": "rename_key",
    "reorder": "perm",
    "samples": "buffer_from_vector",
    "shard_automatic": "shard",
    "shuffle_window": "shuffle",
    "split": "shard",
    "stream": "to_stream",
}


def overview(kind: str, node: Node) -> str:
    """Describes a buffer or stream: its number of samples, each key with type and shape, and the steps in their order.

    >>> import colonnade as dx
    >>> buffer = dx.buffer_from_vector([{"x": [i, i], "y": i} for i in range(10)])
    >>> print(buffer.shuffle(seed=1).to_stream().batch(4))
    Stream of 3 batches
      x  int64[?,2]
      y  int64[?]
    made by buffer_from_vector(…)
      .shuffle(seed=1)
      .to_stream()
      .batch(size=4)
    """
    pipeline = node.pipeline
    unit = "batch" if pipeline.is_batched else "sample"
    if pipeline.count is None:
        count = f"{unit}es" if pipeline.is_batched else f"{unit}s"
    elif pipeline.count == 1:
        count = f"1 {unit}"
    else:
        count = f"{pipeline.count} {unit}{'es' if pipeline.is_batched else 's'}"
    fields = Schema({field[0]: Field(*field[1:]) for field in pipeline.fields})
    lines = [f"{kind} of {count}", *(f"  {line}" for line in str(fields).splitlines())]
    first, *steps = [_step(each) for each in node.ancestors()][::-1]
    return "\n".join([*lines, f"made by {first}", *(f"  .{step}" for step in steps)])


def _step(node: Node) -> str:
    name = _NAMES.get(node.operation, node.operation)
    if node.operation in ("samples", "columns", "pipeline"):
        return f"{name}(…)"
    shown = [
        f"{argument}={_shown(value)}"
        for argument, value in node.arguments.items()
        if value is not None and value is not False and value != {}
    ]
    if node.operation == "open":
        return f"{name}({node.arguments['path']!r})"
    return f"{name}({', '.join(shown)})"


def _shown(value: Any) -> str:
    if callable(value):
        return str(getattr(value, "__name__", type(value).__name__))
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], Node):
        return f"[{len(value)} more]"
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
