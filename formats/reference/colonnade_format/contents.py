# SPDX-License-Identifier: Apache-2.0
"""Converts the contents of a file to JSON and back, in the layout of formats/vectors/README.md."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

from .footer import parse_labels
from .layout import BYTES, CLASS_LABELS, CODECS, DTYPES, ENTRY_POINTS, KINDS, MEDIA_TYPE, TENSOR, TIME, Column, Tensor
from .reader import Dataset
from .writer import encode_labels


def to_json(dataset: Dataset) -> dict[str, Any]:
    footer = dataset.footer
    columns = []
    for column in footer.columns:
        s = column.statistics
        entry: dict[str, Any] = {"name": column.name, "kind": KINDS[column.kind], "dtype": DTYPES[column.dtype].name,
                 "shape": list(column.shape), "codec": CODECS[dataset.codec(column)]}
        if (labels := column.attribute(CLASS_LABELS)) is not None:
            entry["labels"] = parse_labels(labels)
        if (media := column.attribute(MEDIA_TYPE)) is not None:
            entry["media"] = media.decode("ascii")
        if (time := column.attribute(TIME)) is not None:
            entry["time"] = time.decode("ascii")
        if (entry_points := column.attribute(ENTRY_POINTS)) is not None:
            entry["entryPoints"] = entry_points.decode()
        entry["statistics"] = {
            "elements": s.elements, "nonFinite": s.non_finite, "min": plain(s.min), "max": plain(s.max),
            "mean": plain(s.mean), "deviation": plain(s.deviation), "shortest": s.shortest, "longest": s.longest}
        columns.append(entry)
    return {
        "rows": footer.rows, "segments": len(dataset.parts), "columns": columns, "metadata": dict(footer.metadata),
        "layout": {"blockExponent": footer.block_exponent,
                   "groups": [[column.name for column in footer.members(group)] for group in range(len(footer.groups))],
                   "runs": [{"rows": run.rows, "segmentExponent": run.exponent} for run in footer.runs]},
        "data": {column.name: [plain(value) for value in dataset.column(column.name)] for column in footer.columns}}


def plain(value: Any) -> Any:
    """Returns a row as JSON: nested lists, hexadecimal bytes, strings for numbers that are not finite."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if not isinstance(value, Tensor):
        return value
    if 0 in value.shape:
        return {"shape": list(value.shape), "values": []}
    nested = [plain(element) for element in value.values]
    for size in reversed(value.shape[1:]):
        nested = [nested[at : at + size] for at in range(0, len(nested), size)]
    return nested


def from_json(content: dict[str, Any]) -> tuple[list[Column], dict[str, list[Any]], dict[str, Any]]:
    """Returns columns, data, and the options for `build`."""
    columns, codecs = [], {}
    numbers = {dtype.name: number for number, dtype in DTYPES.items()}
    for entry in content["columns"]:
        column = Column(entry["name"], KINDS.index(entry["kind"]), numbers[entry["dtype"]], tuple(entry["shape"]))
        if "labels" in entry:
            column.attributes.append((CLASS_LABELS, encode_labels(entry["labels"])))
        if "media" in entry:
            column.attributes.append((MEDIA_TYPE, entry["media"].encode("ascii")))
        if "time" in entry:
            column.attributes.append((TIME, entry["time"].encode("ascii")))
        if "entryPoints" in entry:
            column.attributes.append((ENTRY_POINTS, entry["entryPoints"].encode()))
        columns.append(column)
        codecs[column.name] = CODECS.index(entry.get("codec", "plain"))
    data = {column.name: [python(column, value) for value in content["data"][column.name]] for column in columns}
    layout = content.get("layout", {})
    runs = layout.get("runs") or [{"segmentExponent": 16}]
    return columns, data, {
        "codecs": codecs, "metadata": content.get("metadata"), "groups": layout.get("groups"),
        "block_exponent": layout.get("blockExponent", 16), "segment_exponent": runs[0]["segmentExponent"]}


def python(column: Column, value: Any) -> Any:
    if column.kind != TENSOR:
        return bytes.fromhex(value) if column.kind == BYTES else value
    element: Callable[[Any], Any] = float if DTYPES[column.dtype].is_float else lambda x: x
    if not column.shape:
        return element(value)
    if isinstance(value, dict):
        return Tensor(tuple(value["shape"]), [element(x) for x in value["values"]])
    shape = [len(value)]
    while len(shape) < len(column.shape):
        lengths = {len(inner) for inner in value}
        if len(lengths) != 1:
            raise ValueError(f"column {column.name!r}: a tensor with uneven rows")
        shape += lengths
        value = [x for inner in value for x in inner]
    return Tensor(tuple(shape), [element(x) for x in value])


def dump(content: dict[str, Any]) -> str:
    """Returns JSON with one line for each column and for the rows of each column."""
    def lines(items: Iterator[str], brackets: str) -> str:
        return brackets[0] + ",".join("\n    " + item for item in items) + "\n  " + brackets[1]

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    fields = [
        (key, lines(map(line, value), "[]") if key == "columns"
         else lines((f"{line(name)}: {line(rows)}" for name, rows in value.items()), "{}") if key == "data"
         else line(value))
        for key, value in content.items()]
    return "{" + ",".join(f"\n  {line(key)}: {value}" for key, value in fields) + "\n}\n"
