# SPDX-License-Identifier: Apache-2.0
"""Descriptions of buffers and streams for people."""

from __future__ import annotations

import os
from typing import Any

from ._node import Node
from ._plan import Step, chain, steps
from ._random import IDENTITY
from ._schema import Field, Schema

__all__ = ["needing_python", "overview"]

#: {operation of the core: method or function of Python}, for those with different names.
_NAMES = {
    "batch_by_size": "dynamic_batch",
    "batch_sizes": "batch",
    "compact_map": "sample_transform",
    "csv": "stream_csv_reader",
    "csv_rows": "csv_reader_from_key",
    "drop_first": "skip",
    "filter_shape": "filter_by_shape",
    "files_of_tar": "files_from_tar",
    "iterable": "stream_python_iterable",
    "lines": "stream_line_reader",
    "lines_of": "line_reader_from_key",
    "map": "key_transform",
    "map_samples": "sample_transform",
    "materialized": "concretize",
    "prefix": "take",
    "remove": "filter_key",
    "rename": "rename_key",
    "reorder": "perm",
    "sample_by": "sample",
    "samples": "buffer_from_vector",
    "shard_automatic": "shard",
    "shuffle_window": "shuffle",
    "sort": "sort_by",
    "split": "shard",
    "stratify": "split",
    "stream": "to_stream",
}

_SIZE = {"height": "h", "width": "w"}

#: The arguments of Python's methods by those of the core, where an operation has other names for them.
_ARGUMENTS = {
    "": {"dimension": "dim", "folder": "local_prefix", "function": "func", "identified": "rng", "output": "output_key"},
    "batch": {"joining": "dim", "padding": "pad", "size": "batch_size"},
    "batch_by_size": {
        "joining": "dim",
        "maximum": "max_data_size",
        "minimum": "min_data_size",
        "max_waiting": "max_skipped_samples",
        "padding": "pad",
        "shuffle_seed": "seed",
        "window": "buffer_size",
    },
    "batch_sizes": {"joining": "dim", "padding": "pad", "sizes": "batch_size"},
    "buffered": {"function": "on_refill", "size": "buffer_size"},
    "csv": {"path": "file", "separator": "sep"},
    "csv_rows": {"separator": "sep"},
    "drop_first": {"length": "count"},
    "files_of_tar": {"path": "tarfile"},
    "image_center_crop": _SIZE,
    "image_random_area_crop": {"area": "area_range", "aspect": "aspect_ratio_range", "trials": "num_trial"},
    "image_random_crop": _SIZE,
    "image_random_erasing": {"probability": "prob"},
    "image_random_h_flip": {"probability": "prob"},
    "image_random_resized_crop": _SIZE,
    "image_random_v_flip": {"probability": "prob"},
    "image_resize": _SIZE,
    "iterable": {"factory": "iterable_factory"},
    "lines": {"path": "file"},
    "load_image": {"folder": "prefix"},
    "lines_of": {"output": "dst_key"},
    "load_audio": {
        "folder": "prefix",
        "property": "info_type",
        "quality": "resampling_quality",
    },
    "load_file": {"folder": "prefix"},
    "load_numpy": {"folder": "prefix", "rank": "ndim"},
    "normalize": {"deviation": "std"},
    "one_hot": {"count": "num_classes"},
    "pack": {"padding": "pad"},
    "pad": {"after": "rpad", "before": "lpad", "value": "pad_value"},
    "pad_to_multiple": {"multiple": "pad_multiple", "value": "pad_value"},
    "pad_to_size": {"value": "pad_value"},
    "partition": {"count": "num_partitions", "index": "partition"},
    "prefetch": {"depth": "prefetch_size", "threads": "num_threads"},
    "prefix": {"length": "count"},
    "random_slice": {"dimensions": "dims", "key": "ikey"},
    "read_from_tar": {"archive": "tarkey", "folder": "tar_prefix", "key": "ikey", "output": "okey"},
    "remove_value": {"padding": "pad"},
    "rename": {"to": "output_key"},
    "resample_audio": {"quality": "resampling_quality"},
    "reorder": {"indices": "perm"},
    "repeat": {"times": "num_time"},
    "replace": {"max_replacements": "count", "new": "replacement"},
    "replace_bytes": {"key": "ikey", "map": "byte_map"},
    "save_image": {"folder": "prefix", "name_key": "filename_key", "prefix": "filenamePrefix"},
    "shuffle_window": {"window": "buffer_size"},
    "slice": {"dimensions": "dims", "key": "ikey"},
    "split": {"count": "num_shards"},
    "sample_by": {"key": "weights"},
    "squeeze": {"dimensions": "dim"},
    "stratify": {"key": "stratify"},
    "tokenize": {"ignore_unknown": "ignore_unk", "scores": "trie_key_scores", "tokens": "trie"},
    "tokenize_bpe": {"merged": "merges", "tokens": "symbols"},
}

#: Arguments that the methods give the core by themselves.
_INTERNAL = {
    "batch_by_size": {"size_rank", "sizes"},
    "csv": {"bytes", "name"},
    "csv_rows": {"function"},
    "drop_first": {"follows_epoch"},
    "files_of_tar": {"identity"},
    "lines": {"bytes", "name"},
    "lines_of": {"function"},
    "partition": {"follows_epoch"},
    "reorder": {"by_value"},
    "tokenize": {"ids"},
    "tokenize_bpe": {"ids", "lefts", "ranks", "rights", "whole_ids", "wholes"},
}

#: What stands for no limit.
_UNLIMITED = 1 << 62


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
      .batch(batch_size=4)
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
    first, *steps = [_step(each) for each in chain(pipeline) if not _is_internal(each)][::-1]
    return "\n".join([*lines, f"made by {first}", *(f"  .{step}" for step in steps)])


def needing_python(node: Node) -> str | None:
    """Returns the name of the first step that needs a function or samples of this process; None if there is none."""
    for step in steps(node.pipeline):
        if {"function", "factory"} & step.arguments.keys() or step.operation in ("samples", "materialized"):
            return _NAMES.get(step.operation, step.operation)
    return None


def _is_internal(step: Step) -> bool:
    """Returns whether a step only brings epoch and row to a function that draws, or removes them."""
    return step.arguments.get("output") == IDENTITY or step.arguments.get("keys") == [IDENTITY]


def _step(step: Step) -> str:
    operation, arguments = step.operation, dict(step.arguments)
    name = _NAMES.get(operation, operation)
    if operation in ("samples", "materialized"):
        return f"{name}(…)"
    if operation == "open":
        return f"{name}({os.fsdecode(arguments['path'])!r})"
    arguments.update(
        {each: os.fsdecode(arguments[each]) for each in ("path", "folder", "prefix", "archive") if each in arguments}
    )
    if operation == "remove":
        arguments = {"key": arguments["keys"][0], "remove": True}
    if operation == "select":
        return f"{name}({', '.join(map(repr, arguments['keys']))})"
    if operation == "map" and arguments["output"] == arguments["key"]:
        del arguments["output"]
    if operation == "repeat":
        # Python counts the passes after the first.
        arguments["times"] = arguments.get("times", 1) - 1
    names = {**_ARGUMENTS[""], **_ARGUMENTS.get(operation, {})}
    shown = [f"[{len(step.others)} more]"] if step.others else []
    for argument, value in arguments.items():
        is_default = value is None or value is False or value == {} or value == _UNLIMITED
        if not is_default and argument not in _INTERNAL.get(operation, ()):
            shown.append(f"{names.get(argument, argument)}={_shown(True if argument == 'identified' else value)}")
    return f"{name}({', '.join(shown)})"


def _shown(value: Any) -> str:
    # Functions that draw, and those of buffered, are held by objects of the package.
    value = getattr(value, "function", value)
    if callable(value):
        return str(getattr(value, "__name__", type(value).__name__))
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
