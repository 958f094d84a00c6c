# SPDX-License-Identifier: Apache-2.0
"""Writes a file, and appends to one."""

from __future__ import annotations

import math
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import lz4, zstd
from .footer import parse_footer
from .layout import (
    BYTES, CODEC_BLOCK_EXPONENTS, CODEC_HEADERS, DTYPES, KNOWN_ATTRIBUTES, LARGEST_CODEC_BLOCK, LZ4, MAGIC, PLAIN, SLOTS, START,
    STRING, TRAILER, TRAILER_MAGIC, VARIES, ZLIB, ZSTD, Column, Footer, Group, Region, Retired, Run, Segment, Statistics, align,
    bytes_of, checksum, elements_from)
from .reader import Dataset


def encode_footer(footer: Footer) -> bytes:
    """Returns the bytes of a footer. Checks nothing, so that it can make invalid footers."""
    parts = [struct.pack(
        "<IIQIIIIIB3x", footer.required, footer.optional, footer.rows, len(footer.columns), len(footer.groups),
        len(footer.runs), len(footer.metadata), len(footer.retired), footer.block_exponent)]
    for column in footer.columns:
        dimensions = [VARIES if dimension is None else dimension for dimension in column.shape]
        code = DTYPES[column.dtype].range_code if column.dtype in DTYPES else "Q"
        s = column.statistics
        parts += [
            text("H", column.name),
            struct.pack("<BBBBII", column.kind, column.dtype, column.codec, len(dimensions), column.group,
                        column.offset),
            struct.pack(f"<{len(dimensions)}Q", *dimensions),
            struct.pack(f"<QQ{code * 2}ddQQ", s.elements, s.non_finite, s.min, s.max, s.mean, s.deviation, s.shortest,
                        s.longest),
            struct.pack("<H", len(column.attributes))]
        parts += [struct.pack("<HI", number, len(content)) + content for number, content in column.attributes]
    parts += [struct.pack("<QB7x", group.stride, group.codec) for group in footer.groups]
    for run in footer.runs:
        parts.append(struct.pack("<QB7x", run.rows, run.exponent))
        for segment in run.segments:
            parts.append(struct.pack("<QQI4x", segment.offset, segment.length, segment.sums_checksum))
            parts += [struct.pack("<QQQ", r.offset, r.stored, r.length) for r in segment.regions]
    parts += [text("H", key) + text("I", value) for key, value in footer.metadata]
    parts += [struct.pack("<QQI4x", extent.offset, extent.length, extent.checksum) for extent in footer.retired]
    return b"".join(parts)


def text(code: str, string: str) -> bytes:
    content = string.encode("utf-8", "surrogateescape")
    return struct.pack("<" + code, len(content)) + content


def encode_labels(labels: Sequence[str]) -> bytes:
    return struct.pack("<I", len(labels)) + b"".join(text("I", label) for label in labels)


def encode_header(major: int = 1, minor: int = 0, reserved: bytes = bytes(48)) -> bytes:
    return signed(MAGIC + struct.pack("<HH", major, minor) + reserved)


def encode_slot(sequence: int, end: int) -> bytes:
    return signed(struct.pack("<QQ12x", sequence, end))


def encode_trailer(sequence: int, footer: bytes) -> bytes:
    return signed(struct.pack("<QQI", sequence, len(footer), checksum(footer))) + TRAILER_MAGIC


def signed(content: bytes) -> bytes:
    return content + struct.pack("<I", checksum(content))


def compress(codec: int, content: bytes, exponent: int = CODEC_BLOCK_EXPONENTS[0]) -> bytes:
    """Returns the stored form of a region (section 6). The exponent is that of blocks of zstd and LZ4."""
    if codec == PLAIN or not content:
        return content
    ends, stored = [], b""
    size = LARGEST_CODEC_BLOCK if codec == ZLIB else 1 << exponent
    for start in range(0, len(content), size):
        block = content[start : start + size]
        form = {ZLIB: deflate, ZSTD: zstd.encode, LZ4: lz4.encode}[codec](block)
        stored += form if len(form) < len(block) else block
        ends.append(len(stored))
    header = bytes([exponent]) + bytes(7) if CODEC_HEADERS[codec] else b""
    return header + struct.pack(f"<{len(ends)}Q", *ends) + stored


def deflate(block: bytes) -> bytes:
    return zlib.compress(block, 9)


def arrange(columns: list[Column], codecs: dict[str, int], groups: Sequence[Sequence[str]] | None) -> list[Group]:
    """Sets the group and offset of each fixed column, and the codec of each variable one."""
    fixed = {column.name: column for column in columns if not column.varying}
    for column in columns:
        column.codec = codecs.get(column.name, PLAIN) if column.varying else PLAIN
    if groups is None:
        small = [name for name, column in fixed.items() if column.step < 64 and not codecs.get(name)]
        groups = [small[:], *([name] for name in fixed if name not in small)]
        groups = sorted(filter(None, groups), key=lambda names: list(fixed).index(names[0]))
    result = []
    for number, names in enumerate(groups):
        at = 0
        for column in (fixed[name] for name in names):
            column.group = number
            column.offset = -(-at // column.size) * column.size
            at = column.offset + column.step
        unit = max(fixed[name].size for name in names)
        result.append(Group(-(-at // unit) * unit, codecs.get(names[0], PLAIN)))
    return result


def make_segment(footer: Footer, data: dict[str, list[Any]], first: int, rows: int, offset: int,
                 codec_exponent: int = CODEC_BLOCK_EXPONENTS[0]) -> bytes:
    """Returns the bytes of a segment, and adds the segment to the last run of the footer."""
    regions, content = [], b""
    for what, index, codec in footer.plan():
        decoded = make_region(footer, what, index, data, range(first, first + rows))
        stored = compress(codec, decoded, codec_exponent)
        regions.append(Region(len(content), len(stored), len(decoded)))
        content += stored + bytes(align(len(stored)) - len(stored))
    block = 2**footer.block_exponent
    table = b"".join(struct.pack("<I", checksum(content[at : at + block])) for at in range(0, len(content), block))
    footer.runs[-1].segments.append(Segment(offset, len(content), checksum(table), regions))
    return content + table


def make_region(footer: Footer, what: str, index: int, data: dict[str, list[Any]], rows: range) -> bytes:
    if what == "rows":
        group = footer.groups[index]
        content = bytearray(group.stride * len(rows))
        for column in footer.members(index):
            for place, row in enumerate(rows):
                at = place * group.stride + column.offset
                content[at : at + column.step] = value_bytes(column, data[column.name][row])
        return bytes(content)
    column = footer.columns[index]
    values = [data[column.name][row] for row in rows]
    if what == "values":
        return b"".join(value_bytes(column, value) for value in values)
    if what == "dimensions":
        return struct.pack(f"<{len(values) * column.varying}Q", *(
            size for value in values for size, fixed in zip(value.shape, column.shape) if fixed is None))
    ends, end = [], 0
    for value in values:
        end += len(value_bytes(column, value))
        ends.append(end)
    return struct.pack(f"<{len(ends)}Q", *ends)


def value_elements(column: Column, value: Any) -> Any:
    """Returns the elements of a row as a sequence."""
    if column.kind == STRING:
        return value.encode("utf-8")
    if column.kind == BYTES:
        return value
    if not column.shape:
        return [value]
    fits = len(value.shape) == len(column.shape) and all(
        fixed in (None, size) for size, fixed in zip(value.shape, column.shape))
    if not fits or math.prod(value.shape) != len(value.values):
        raise ValueError(f"column {column.name!r}: a value of shape {value.shape} for {column.shape}")
    return value.values


def value_bytes(column: Column, value: Any) -> bytes:
    return bytes_of(column.dtype, value_elements(column, value))


def measure(column: Column, values: list[Any]) -> Statistics:
    """Computes exact statistics with integers: a float64 is a multiple of 2**-1074."""
    rows = [value_elements(column, value) for value in values]
    unit = 1074 if DTYPES[column.dtype].is_float else 0
    elements = [element for row in rows for element in elements_from(column.dtype, bytes_of(column.dtype, row))]
    finite = [element for element in elements if math.isfinite(element)]
    lengths = [len(row) for row in rows] or [0]
    result = Statistics(len(elements), len(elements) - len(finite), shortest=min(lengths), longest=max(lengths))
    if finite:
        scaled = [(n << unit) // d for n, d in (element.as_integer_ratio() for element in finite)]
        count, total, squares = len(scaled), sum(scaled), sum(x * x for x in scaled)
        result.min, result.max = min(finite), max(finite)
        result.mean = total / (count << unit)
        # variance × count² in units of 4**-unit; 128 more bits make the integer root exact enough
        result.deviation = math.isqrt((count * squares - total * total) << 256) / (count << unit + 128)
    return result


def build(columns: list[Column], data: dict[str, list[Any]], *, segment_exponent: int = 16, block_exponent: int = 16,
          codecs: dict[str, int] | None = None, groups: Sequence[Sequence[str]] | None = None,
          metadata: dict[str, str] | None = None, optional: int = 0,
          codec_exponent: int = CODEC_BLOCK_EXPONENTS[0]) -> bytes:
    """Returns a file of one run (or of none, without rows)."""
    footer = Footer(columns, arrange(columns, codecs or {}, groups), block_exponent=block_exponent,
                    metadata=list((metadata or {}).items()), optional=optional)
    tail, slot = commit(footer, data, data, 1, START, segment_exponent, codec_exponent)
    return encode_header() + slot + bytes(32) + tail


def commit(footer: Footer, added: dict[str, list[Any]], everything: dict[str, list[Any]], sequence: int, at: int,
           segment_exponent: int, codec_exponent: int = CODEC_BLOCK_EXPONENTS[0]) -> tuple[bytes, bytes]:
    """Returns the bytes from `at` on, and the commit slot."""
    (rows,) = {len(added[column.name]) for column in footer.columns}
    tail = bytes(align(at) - at)
    if rows:
        run = Run(rows, segment_exponent, [])
        footer.runs.append(run)
        footer.rows += rows
        for index in range(-(-rows >> segment_exponent)):
            first = index << segment_exponent
            tail += make_segment(footer, added, first, run.rows_of(index), at + len(tail), codec_exponent)
            tail += bytes(align(at + len(tail)) - at - len(tail))
    for column in footer.columns:
        column.statistics = measure(column, everything[column.name])
    content = encode_footer(footer)
    tail += content + encode_trailer(sequence, content)
    return tail, encode_slot(sequence, at + len(tail))


def extend(dataset: Dataset, data: dict[str, list[Any]], segment_exponent: int = 16) -> tuple[bytes, bytes]:
    """Returns the bytes that an append writes after `dataset.end`, and those that it then writes into the other slot."""
    known = all(number in KNOWN_ATTRIBUTES for c in dataset.columns for number, _ in c.attributes)
    if dataset.footer.optional or dataset.minor or not known:
        raise ValueError("the file has features or attributes that this writer does not know")
    everything = {column.name: dataset.column(column.name) + data[column.name] for column in dataset.columns}
    old = dataset.data[dataset.footer_at : dataset.end]
    footer = parse_footer(old[:-TRAILER])
    footer.retired.append(Retired(dataset.footer_at, len(old), checksum(old)))
    return commit(footer, data, everything, dataset.sequence + 1, dataset.end, segment_exponent)


def write(path: str | os.PathLike[str], columns: list[Column], data: dict[str, list[Any]], **options: Any) -> None:
    Path(path).write_bytes(build(columns, data, **options))


def append(path: str | os.PathLike[str], data: dict[str, list[Any]], segment_exponent: int = 16) -> None:
    dataset = Dataset.open(path)
    tail, slot = extend(dataset, data, segment_exponent)
    with open(path, "r+b") as file:
        file.truncate(dataset.end)
        for at, content in [(dataset.end, tail), (SLOTS[(dataset.sequence + 1) % 2], slot)]:
            file.seek(at)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
