#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Colonnade file, version 1: a reader, a writer and a verifier, written from formats/colonnade-1.md alone.

It is the second implementation that keeps the text honest, and it makes the test vectors. It is slow and meant to be
read beside the text: section numbers (5.3) and rules (R25) in comments and errors are those of the text.

    colonnade_reference.py read FILE           print the contents as JSON (the layout of formats/vectors/*.json)
    colonnade_reference.py verify FILE         exit 0, or 65 and the rule that is broken
    colonnade_reference.py write JSON FILE     make a file from such JSON
    colonnade_reference.py append JSON FILE    append the rows of such JSON
"""

from __future__ import annotations

import json
import math
import os
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

MAGIC = bytes.fromhex("89434F4C4E0D0A1A")
TRAILER_MAGIC = b"COLNFOOT"
SLOTS = {1: 64, 0: 96}  # by the parity of the sequence
START = 128
TRAILER = 32
UNIT = 64
LARGEST_ROW = 2**40
ZLIB_BLOCK = 65_536
NO_GROUP = 0xFFFF_FFFF
VARIES = 0xFFFF_FFFF_FFFF_FFFF
TENSOR, BYTES, STRING = range(3)
PLAIN, ZLIB = range(2)
CLASS_LABELS, MEDIA_TYPE = 1, 2
KINDS = ["tensor", "bytes", "string"]
CODECS = ["plain", "zlib"]


class FormatError(Exception):
    """The file breaks a rule of section 7."""

    def __init__(self, rule: int, message: str) -> None:
        super().__init__(f"R{rule}: {message}")
        self.rule = rule


def require(condition: bool, rule: int, message: str) -> None:
    if not condition:
        raise FormatError(rule, message)


def align(x: int) -> int:
    return -(-x // UNIT) * UNIT


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC_TABLE = _crc_table()


def checksum(data: bytes) -> int:
    """CRC-32C."""
    crc = 0xFFFF_FFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFF_FFFF


# Elements


class DType(NamedTuple):
    name: str
    size: int
    code: str  # of the struct module

    @property
    def is_float(self) -> bool:
        return "float" in self.name

    @property
    def is_integer(self) -> bool:
        return "int" in self.name

    @property
    def range_code(self) -> str:
        """How minimum and maximum are written."""
        return "d" if self.is_float else "q" if self.name.startswith("int") else "Q"


DTYPES = {number: DType(*entry) for number, entry in enumerate([
    ("uint8", 1, "B"), ("int8", 1, "b"), ("uint16", 2, "H"), ("int16", 2, "h"), ("uint32", 4, "I"), ("int32", 4, "i"),
    ("uint64", 8, "Q"), ("int64", 8, "q"), ("float16", 2, "e"), ("bfloat16", 2, "H"), ("float32", 4, "f"),
    ("float64", 8, "d"), ("bool", 1, "B")], start=1)}
UINT8, BFLOAT16, BOOL = 1, 10, 13


def elements_from(dtype: int, data: bytes) -> list[Any]:
    code = DTYPES[dtype].code
    values = list(struct.unpack(f"<{len(data) // DTYPES[dtype].size}{code}", data))
    if dtype == BFLOAT16:
        return list(struct.unpack(f"<{len(values)}f", struct.pack(f"<{len(values)}I", *(v << 16 for v in values))))
    if dtype == BOOL:
        require(all(value <= 1 for value in values), 33, "an element of a bool column is neither 0 nor 1")
        return [value == 1 for value in values]
    return values


def bytes_of(dtype: int, values: Sequence[Any]) -> bytes:
    if dtype == BFLOAT16:
        return struct.pack(f"<{len(values)}H", *map(bfloat16_bits, values))
    return struct.pack(f"<{len(values)}{DTYPES[dtype].code}", *values)


def bfloat16_bits(value: float) -> int:
    if math.isnan(value):
        return 0x7FC0
    (bits,) = struct.unpack("<I", struct.pack("<f", value))
    return bits + 0x7FFF + (bits >> 16 & 1) >> 16  # to the nearest, ties to even


class Tensor(NamedTuple):
    """The value of one row of a column of rank 1 or more."""

    shape: tuple[int, ...]
    values: list[Any]


# What a footer says (section 5)


@dataclass
class Statistics:
    elements: int = 0
    non_finite: int = 0
    min: int | float = 0
    max: int | float = 0
    mean: float = 0.0
    deviation: float = 0.0
    shortest: int = 0
    longest: int = 0


@dataclass
class Column:
    name: str
    kind: int = TENSOR
    dtype: int = UINT8
    shape: tuple[int | None, ...] = ()  # None varies
    codec: int = PLAIN  # of a variable column, as stored
    group: int = NO_GROUP
    offset: int = 0
    statistics: Statistics = field(default_factory=Statistics)
    attributes: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def varying(self) -> int:
        return sum(dimension is None for dimension in self.shape)

    @property
    def size(self) -> int:
        return DTYPES[self.dtype].size

    @property
    def step(self) -> int:
        """Bytes of a row of a fixed column; of one step of all fixed dimensions of a variable one."""
        return self.size * math.prod(dimension for dimension in self.shape if dimension is not None)

    def attribute(self, number: int) -> bytes | None:
        return dict(self.attributes).get(number)

    @property
    def labels(self) -> list[str] | None:
        content = self.attribute(CLASS_LABELS)
        return None if content is None else parse_labels(content)

    @property
    def media(self) -> str | None:
        content = self.attribute(MEDIA_TYPE)
        return None if content is None else content.decode("ascii")


@dataclass
class Group:
    stride: int
    codec: int = PLAIN


@dataclass
class Region:
    offset: int
    stored: int
    length: int


@dataclass
class Segment:
    offset: int
    length: int
    sums_checksum: int
    regions: list[Region]

    def end(self, block_exponent: int) -> int:
        return self.offset + self.length + 4 * -(-self.length // 2**block_exponent)


@dataclass
class Run:
    rows: int
    exponent: int
    segments: list[Segment]

    def rows_of(self, index: int) -> int:
        return min(self.rows - (index << self.exponent), 1 << self.exponent)


@dataclass
class Retired:
    offset: int
    length: int
    checksum: int


@dataclass
class Footer:
    columns: list[Column]
    groups: list[Group]
    rows: int = 0
    runs: list[Run] = field(default_factory=list)
    metadata: list[tuple[str, str]] = field(default_factory=list)
    retired: list[Retired] = field(default_factory=list)
    block_exponent: int = 16
    required: int = 0
    optional: int = 0

    def plan(self) -> Iterator[tuple[str, int, int]]:
        """The regions of a segment in their order: what, of which group or column, with which codec."""
        for index, group in enumerate(self.groups):
            yield "rows", index, group.codec
        for index, column in enumerate(self.columns):
            if column.varying:
                yield "ends", index, PLAIN
                if column.varying >= 2:
                    yield "dimensions", index, PLAIN
                yield "values", index, column.codec

    def members(self, group: int) -> list[Column]:
        """The columns of a group, as they lie in a row."""
        columns = [column for column in self.columns if column.group == group]
        return sorted(columns, key=lambda column: (column.offset, column.step))


# Reading a footer: R10 to R24, and R26


class Cursor:
    def __init__(self, data: bytes, rule: int) -> None:
        self.data, self.rule, self.at = data, rule, 0

    def take(self, count: int) -> bytes:
        require(count <= len(self.data) - self.at, self.rule, f"{count} bytes are asked for behind byte {self.at} of"
                f" {len(self.data)}")
        self.at += count
        return self.data[self.at - count : self.at]

    def unpack(self, code: str) -> tuple[Any, ...]:
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))

    def number(self, code: str) -> int:
        return self.unpack(code)[0]

    def text(self, code: str, rule: int) -> str:
        return utf8(self.take(self.number(code)), rule)

    def reserved(self, count: int) -> None:
        require(not any(self.take(count)), 12, f"reserved bytes before byte {self.at} of the footer are not zero")

    def finish(self) -> None:
        require(self.at == len(self.data), self.rule, f"{len(self.data) - self.at} bytes are left over")


def utf8(data: bytes, rule: int) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(rule, f"not UTF-8: {error.reason}") from None


def parse_footer(data: bytes) -> Footer:
    cursor = Cursor(data, 11)
    required, optional, rows, columns, groups, runs, metadata, retired, exponent = cursor.unpack("IIQIIIIIB")
    require(required == 0, 10, f"required features {required:#x} are unknown")
    cursor.reserved(3)
    require(1 <= columns <= 65_535, 13, f"{columns} columns")
    require(groups <= columns, 13, f"{groups} groups of {columns} columns")
    require(runs <= 1_048_576, 13, f"{runs} runs")
    require(12 <= exponent <= 20, 13, f"checksum block exponent {exponent}")
    footer = Footer([], [], rows, block_exponent=exponent, required=required, optional=optional)
    for _ in range(columns):
        footer.columns.append(parse_column(cursor, groups))
    unique([column.name for column in footer.columns], "column name")
    for _ in range(groups):
        footer.groups.append(Group(*cursor.unpack("QB")))
        cursor.reserved(7)
        require(footer.groups[-1].codec < len(CODECS), 15, f"a group has the unknown codec {footer.groups[-1].codec}")
    check_groups(footer)
    for _ in range(runs):
        footer.runs.append(parse_run(cursor, footer))
    total = sum(run.rows for run in footer.runs)
    require(total == rows, 21, f"the runs have {total} rows, the data set {rows}")
    for _ in range(metadata):
        footer.metadata.append((cursor.text("H", 14), cursor.text("I", 14)))
    unique([key for key, _ in footer.metadata], "metadata key")
    for _ in range(retired):
        footer.retired.append(Retired(*cursor.unpack("QQI")))
        cursor.reserved(4)
    cursor.finish()
    return footer


def unique(names: list[str], what: str) -> None:
    require(all(names), 14, f"a {what} is empty")
    require(len(set(names)) == len(names), 14, f"a {what} occurs twice")


def parse_column(cursor: Cursor, groups: int) -> Column:
    name = cursor.text("H", 14)
    kind, dtype, codec, rank, group, offset = cursor.unpack("BBBBII")
    place = f"column {name!r}: "
    require(kind < len(KINDS), 15, place + f"kind {kind} is unknown")
    require(dtype in DTYPES, 15, place + f"data type {dtype} is unknown")
    require(codec < len(CODECS), 15, place + f"codec {codec} is unknown")
    require(kind == TENSOR or dtype == UINT8, 15, place + f"{KINDS[kind]} of {DTYPES[dtype].name}")
    require(rank <= 32, 16, place + f"rank {rank}")
    shape = tuple(None if dimension == VARIES else dimension for dimension in cursor.unpack(f"{rank}Q"))
    require(kind == TENSOR or shape == (None,), 16, place + f"{KINDS[kind]} of shape {shape}")
    column = Column(name, kind, dtype, shape, codec, group, offset)
    require(counted(column.size, shape) <= LARGEST_ROW, 16, place + f"shape {shape} has more than 2**40 bytes")
    if column.varying:
        require(0 not in shape, 16, place + "a fixed dimension of a variable column is zero")
        require(group == NO_GROUP and offset == 0, 18, place + "variable, and yet in a group")
    else:
        require(codec == PLAIN, 15, place + "fixed, and yet with a codec")
        require(group < groups, 18, place + f"group {group} of {groups}")
    column.statistics = Statistics(*cursor.unpack(f"QQ{DTYPES[dtype].range_code * 2}ddQQ"))
    for _ in range(cursor.number("H")):
        number, length = cursor.unpack("HI")
        column.attributes.append((number, cursor.take(length)))
        check_attribute(column, number, place)
    return column


def counted(size: int, shape: Sequence[int | None]) -> int:
    """Bytes of a shape where a dimension that is zero or varies counts as one (section 5.1)."""
    return size * math.prod(dimension for dimension in shape if dimension)


def check_attribute(column: Column, number: int, place: str) -> None:
    numbers = [attribute for attribute, _ in column.attributes]
    content = column.attributes[-1][1]
    require(numbers.count(number) == 1, 17, place + f"attribute {number} occurs twice")
    require(number < 32_768, 17, place + f"attribute {number} is unknown")
    if number == CLASS_LABELS:
        require(column.kind == TENSOR and DTYPES[column.dtype].is_integer, 17, place + "class labels of no integers")
        parse_labels(content)
    if number == MEDIA_TYPE:
        require(column.kind == BYTES, 17, place + "a media type of no bytes")
        require(len(content) > 0 and all(0x20 <= byte < 0x7F for byte in content), 17, place + "media type not ASCII")


def parse_labels(content: bytes) -> list[str]:
    cursor = Cursor(content, 17)
    labels = [cursor.text("I", 17) for _ in range(cursor.number("I"))]
    cursor.finish()
    return labels


def check_groups(footer: Footer) -> None:
    for index, group in enumerate(footer.groups):
        members = footer.members(index)
        place = f"group {index}: "
        require(bool(members), 19, place + "without a column")
        require(group.stride <= LARGEST_ROW, 20, place + f"stride {group.stride}")
        for column in members:
            require(group.stride % column.size == 0, 20, place + f"stride {group.stride} of {column.name!r}")
            require(column.offset % column.size == 0, 19, place + f"{column.name!r} is not aligned")
            require(column.offset + column.step <= group.stride, 19, place + f"{column.name!r} ends behind the stride")
        occupied = [column for column in members if column.step > 0]
        for first, second in pairwise(occupied):
            require(first.offset + first.step <= second.offset, 19, place + f"{second.name!r} overlaps {first.name!r}")


def parse_run(cursor: Cursor, footer: Footer) -> Run:
    rows, exponent = cursor.unpack("QB")
    cursor.reserved(7)
    require(rows > 0, 21, "a run is empty")
    require(exponent <= 40, 21, f"segment exponent {exponent}")
    run = Run(rows, exponent, [])
    plan = list(footer.plan())
    for index in range(-(-rows >> exponent)):
        offset, length, sums_checksum = cursor.unpack("QQI")
        cursor.reserved(4)
        regions = [Region(*cursor.unpack("QQQ")) for _ in plan]
        run.segments.append(Segment(offset, length, sums_checksum, regions))
        check_segment(footer, run.segments[-1], run.rows_of(index))
    return run


def check_segment(footer: Footer, segment: Segment, rows: int) -> None:
    place = f"segment at {segment.offset}: "
    require(segment.offset % UNIT == 0, 22, place + "not at a multiple of 64")
    require(segment.length % UNIT == 0, 22, place + f"data length {segment.length} is no multiple of 64")
    end = 0
    for (what, index, codec), region in zip(footer.plan(), segment.regions):
        require(region.offset == align(end), 23, place + f"{what} {index} is at {region.offset}, not at {align(end)}")
        end = region.offset + region.stored
        require(end <= segment.length, 23, place + f"{what} {index} ends behind the data of the segment")
        expected = {
            "rows": lambda: rows * footer.groups[index].stride,
            "ends": lambda: rows * 8,
            "dimensions": lambda: rows * footer.columns[index].varying * 8,
            "values": lambda: region.length,
        }[what]()
        require(region.length == expected, 24, place + f"{what} {index} has {region.length} bytes, not {expected}")
        if codec == PLAIN:
            require(region.stored == region.length, 24, place + f"{what} {index} stores {region.stored} bytes for"
                    f" {region.length}")
        else:
            require(region.stored >= 8 * -(-region.length // ZLIB_BLOCK), 26, place + f"{what} {index}: no room for"
                    " its index")
            require(region.length > 0 or region.stored == 0, 26, place + f"{what} {index} stores bytes for none")
    require(align(end) == segment.length, 23, place + "the data does not end where the last region does")


# Reading a file


@dataclass
class Part:
    """A segment and where its rows are in the data set."""

    first: int
    rows: int
    segment: Segment
    regions: dict[tuple[str, int], tuple[Region, int]]


class Dataset:
    """An open file. Opening checks R1 to R26; reading a row R27 and R28; `verify` everything."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        require(len(data) >= START and data[:8] == MAGIC, 1, "not a Colonnade file")
        require(checksum(data[:60]) == struct.unpack_from("<I", data, 60)[0], 2, "header checksum")
        major, self.minor = struct.unpack_from("<HH", data, 8)
        require(major == 1, 3, f"major version {major} is unknown")
        require(not any(data[12:60]), 4, "reserved bytes of the header are not zero")
        slots = [slot for slot in map(self._slot, SLOTS) if slot is not None]
        require(bool(slots), 5, "no valid commit slot")
        self.sequence, self.end = max(slots)
        require(START + TRAILER <= self.end <= len(data), 6, f"the end {self.end} is not within the file")
        trailer = data[self.end - TRAILER : self.end]
        sequence, length, footer_checksum, trailer_checksum = struct.unpack("<QQII", trailer[:24])
        require(trailer[24:] == TRAILER_MAGIC, 7, "magic of the trailer")
        require(checksum(trailer[:20]) == trailer_checksum, 7, "checksum of the trailer")
        require(sequence == self.sequence, 7, f"trailer of commit {sequence} in place of {self.sequence}")
        self.footer_at = self.end - TRAILER - length
        require(self.footer_at >= START and self.footer_at % UNIT == 0, 8, f"footer at {self.footer_at}")
        content = data[self.footer_at : self.end - TRAILER]
        require(checksum(content) == footer_checksum, 9, "footer checksum")
        self.footer = parse_footer(content)
        self.gaps = self._check_extents()
        self.parts = list(self._parts())
        self.blocks: dict[tuple[int, int], bytes] = {}

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Dataset:
        return cls(Path(path).read_bytes())

    @property
    def rows(self) -> int:
        return self.footer.rows

    @property
    def columns(self) -> list[Column]:
        return self.footer.columns

    def codec(self, column: Column) -> int:
        return column.codec if column.varying else self.footer.groups[column.group].codec

    def column(self, name: str) -> list[Any]:
        """All rows of a column: numbers, `Tensor`s, bytes or strings."""
        return [self.value(name, row) for row in range(self.rows)]

    def value(self, name: str, row: int) -> Any:
        index, column = next((i, c) for i, c in enumerate(self.columns) if c.name == name)
        part = next(part for part in self.parts if part.first <= row < part.first + part.rows)
        return self._value(part, index, column, row - part.first)

    def verify(self) -> None:
        """Reads everything and raises for the first rule that is broken."""
        for parity, at in SLOTS.items():
            empty = not any(self.data[at : at + 32])
            require(empty or self._slot(parity) is not None, 32, f"commit slot at {at} is neither empty nor valid")
        for start, end in self.gaps:
            require(not any(self.data[start:end]), 30, f"gap at {start} is not zero")
        for retired in self.footer.retired:
            content = self.data[retired.offset : retired.offset + retired.length]
            require(checksum(content) == retired.checksum, 31, f"retired footer at {retired.offset}")
        for part in self.parts:
            self._verify_sums(part.segment)
            self._verify_gaps(part)
            for (what, index), (region, codec) in part.regions.items():
                for number in range(-(-region.length // ZLIB_BLOCK) if codec == ZLIB else 0):
                    self._block(part.segment.offset + region.offset, region, number)
            for index, column in enumerate(self.columns):
                if column.varying or column.step:
                    for row in range(part.rows):
                        self._value(part, index, column, row)
                if column.varying:
                    last, length = self._end(part, index, part.rows - 1), part.regions["values", index][0].length
                    require(last == length, 34, f"ends of {column.name!r} end at {last} of {length}")

    def _slot(self, parity: int) -> tuple[int, int] | None:
        slot = self.data[SLOTS[parity] : SLOTS[parity] + 32]
        sequence, end, stored = struct.unpack("<QQ12xI", slot)
        valid = checksum(slot[:28]) == stored and sequence > 0 and sequence % 2 == parity and not any(slot[16:28])
        return (sequence, end) if valid else None

    def _check_extents(self) -> list[tuple[int, int]]:
        """R25. Returns the gaps, each with its start and end."""
        exponent = self.footer.block_exponent
        segments = [(s.offset, s.end(exponent)) for run in self.footer.runs for s in run.segments]
        retired = [(extent.offset, extent.offset + extent.length) for extent in self.footer.retired]
        require(segments == sorted(segments), 25, "segments are not in file order")
        require(retired == sorted(retired), 25, "retired extents are not in file order")
        gaps, at = [], START
        for start, end in [*sorted(segments + retired), (self.footer_at, self.end)]:
            require(start == align(at), 25, f"something starts at {start}, where {align(at)} is expected")
            gaps.append((at, start))
            at = end
        return gaps

    def _parts(self) -> Iterator[Part]:
        first = 0
        for run in self.footer.runs:
            for index, segment in enumerate(run.segments):
                regions = {(what, of): (region, codec)
                           for (what, of, codec), region in zip(self.footer.plan(), segment.regions)}
                yield Part(first, run.rows_of(index), segment, regions)
                first += run.rows_of(index)

    def _value(self, part: Part, index: int, column: Column, row: int) -> Any:
        if not column.varying:
            start = row * self.footer.groups[column.group].stride + column.offset
            content = self._read(part, "rows", column.group, start, start + column.step)
            values = elements_from(column.dtype, content)
            return Tensor(tuple(d for d in column.shape if d is not None), values) if column.shape else values[0]
        place = f"column {column.name!r}, row {part.first + row}: "
        start, end = self._end(part, index, row - 1), self._end(part, index, row)
        length = part.regions["values", index][0].length
        require(start <= end <= length, 27, place + f"its bytes are {start} to {end} of {length}")
        if column.varying == 1:
            require((end - start) % column.step == 0, 27, place + f"{end - start} bytes are no whole steps")
            varying = [(end - start) // column.step]
        else:
            size = column.varying * 8
            varying = elements_from(7, self._read(part, "dimensions", index, row * size, (row + 1) * size))
        remaining = iter(varying)
        shape = tuple(next(remaining) if dimension is None else dimension for dimension in column.shape)
        require(counted(column.size, shape) <= LARGEST_ROW, 27, place + f"shape {shape} has more than 2**40 bytes")
        require(math.prod(shape) * column.size == end - start, 27, place + f"{end - start} bytes for shape {shape}")
        content = self._read(part, "values", index, start, end)
        if column.kind == BYTES:
            return content
        if column.kind == STRING:
            return utf8(content, 33)
        return Tensor(shape, elements_from(column.dtype, content))

    def _end(self, part: Part, index: int, row: int) -> int:
        return 0 if row < 0 else elements_from(7, self._read(part, "ends", index, row * 8, row * 8 + 8))[0]

    def _read(self, part: Part, what: str, index: int, start: int, end: int) -> bytes:
        """Bytes of a region as if it were decoded, reading only the blocks that are needed."""
        region, codec = part.regions[what, index]
        base = part.segment.offset + region.offset
        if codec == PLAIN:
            return self.data[base + start : base + end]
        if start == end:
            return b""
        first = start // ZLIB_BLOCK
        blocks = [self._block(base, region, number) for number in range(first, -(-end // ZLIB_BLOCK))]
        return b"".join(blocks)[start - first * ZLIB_BLOCK : end - first * ZLIB_BLOCK]

    def _block(self, base: int, region: Region, number: int) -> bytes:
        """A block of a region with codec 1 (section 6)."""
        if (base, number) not in self.blocks:
            if len(self.blocks) == 16:
                self.blocks.clear()
            count = -(-region.length // ZLIB_BLOCK)
            room = region.stored - 8 * count
            start = struct.unpack_from("<Q", self.data, base + 8 * number - 8)[0] if number else 0
            (end,) = struct.unpack_from("<Q", self.data, base + 8 * number)
            length = min(ZLIB_BLOCK, region.length - number * ZLIB_BLOCK)
            place = f"block {number} of the region at {base}: "
            require(start <= end <= room, 28, place + f"stored at {start} to {end} of {room}")
            require(number < count - 1 or end == room, 28, place + f"the last block ends at {end} of {room}")
            require(end - start <= length, 28, place + f"{end - start} bytes for {length}")
            content = self.data[base + 8 * count + start : base + 8 * count + end]
            self.blocks[base, number] = content if len(content) == length else inflate(content, length, place)
        return self.blocks[base, number]

    def _verify_sums(self, segment: Segment) -> None:
        end = segment.offset + segment.length
        table = self.data[end : segment.end(self.footer.block_exponent)]
        require(checksum(table) == segment.sums_checksum, 29, f"checksum table at {end}")
        block = 2**self.footer.block_exponent
        for (stored,), start in zip(struct.iter_unpack("<I", table), range(segment.offset, end, block)):
            require(checksum(self.data[start : min(start + block, end)]) == stored, 29, f"block at {start}")

    def _verify_gaps(self, part: Part) -> None:
        at = 0
        for region in [*part.segment.regions, Region(part.segment.length, 0, 0)]:
            start = part.segment.offset + at
            between = self.data[start : part.segment.offset + region.offset]
            require(not any(between), 30, f"bytes between regions at {start} are not zero")
            at = region.offset + region.stored
        for index, group in enumerate(self.footer.groups):
            at = 0
            members = [column for column in self.footer.members(index) if column.step]
            for start, end in [*((c.offset, c.offset + c.step) for c in members), (group.stride, 0)]:
                for row in range(part.rows if at < start else 0):
                    base = row * group.stride
                    between = self._read(part, "rows", index, base + at, base + start)
                    require(not any(between), 30, f"bytes between columns of row {part.first + row} are not zero")
                at = end


def inflate(content: bytes, length: int, place: str) -> bytes:
    decoder = zlib.decompressobj()
    try:
        decoded = decoder.decompress(content, length + 1)
    except zlib.error as error:
        raise FormatError(28, place + str(error)) from None
    complete = decoder.eof and not decoder.unused_data and len(decoded) == length
    require(complete, 28, place + f"it does not decode to exactly {length} bytes")
    return decoded


# Writing


def encode_footer(footer: Footer) -> bytes:
    """The bytes of a footer. Checks nothing, so that it can make invalid ones."""
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


def deflate(content: bytes) -> bytes:
    """Codec 1 (section 6)."""
    ends, stored = [], b""
    for start in range(0, len(content), ZLIB_BLOCK):
        block = content[start : start + ZLIB_BLOCK]
        stored += min(zlib.compress(block, 9), block, key=lambda form: (len(form), form is not block))
        ends.append(len(stored))
    return struct.pack(f"<{len(ends)}Q", *ends) + stored


def arrange(columns: list[Column], codecs: dict[str, int], groups: Sequence[Sequence[str]] | None) -> list[Group]:
    """Gives each fixed column its group and offset, and each variable one its codec."""
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


def make_segment(footer: Footer, data: dict[str, list[Any]], first: int, rows: int, offset: int) -> bytes:
    """The bytes of a segment, which is entered into the last run of the footer."""
    regions, content = [], b""
    for what, index, codec in footer.plan():
        decoded = make_region(footer, what, index, data, range(first, first + rows))
        stored = deflate(decoded) if codec == ZLIB else decoded
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


def value_elements(column: Column, value: Any) -> Sequence[Any]:
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
    """Exact sums, in integers: a float64 is a multiple of 2**-1074."""
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
          metadata: dict[str, str] | None = None, optional: int = 0) -> bytes:
    """A file of one run (or none, without rows)."""
    footer = Footer(columns, arrange(columns, codecs or {}, groups), block_exponent=block_exponent,
                    metadata=list((metadata or {}).items()), optional=optional)
    tail, slot = commit(footer, data, data, 1, START, segment_exponent)
    return encode_header() + slot + bytes(32) + tail


def commit(footer: Footer, added: dict[str, list[Any]], everything: dict[str, list[Any]], sequence: int, at: int,
           segment_exponent: int) -> tuple[bytes, bytes]:
    """What follows byte `at` of the file, and the commit slot."""
    (rows,) = {len(added[column.name]) for column in footer.columns}
    tail = bytes(align(at) - at)
    if rows:
        run = Run(rows, segment_exponent, [])
        footer.runs.append(run)
        footer.rows += rows
        for index in range(-(-rows >> segment_exponent)):
            first = index << segment_exponent
            tail += make_segment(footer, added, first, run.rows_of(index), at + len(tail))
            tail += bytes(align(at + len(tail)) - at - len(tail))
    for column in footer.columns:
        column.statistics = measure(column, everything[column.name])
    content = encode_footer(footer)
    tail += content + encode_trailer(sequence, content)
    return tail, encode_slot(sequence, at + len(tail))


def extend(dataset: Dataset, data: dict[str, list[Any]], segment_exponent: int = 16) -> tuple[bytes, bytes]:
    """What appending writes behind `dataset.end`, and then into the other slot."""
    known = all(number in (CLASS_LABELS, MEDIA_TYPE) for c in dataset.columns for number, _ in c.attributes)
    if dataset.footer.optional or dataset.minor or not known:
        raise ValueError("the file has features or attributes that this writer would not keep up")
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


# JSON, in the layout of formats/vectors/README.md


def to_json(dataset: Dataset) -> dict[str, Any]:
    footer = dataset.footer
    columns = []
    for column in footer.columns:
        s = column.statistics
        entry = {"name": column.name, "kind": KINDS[column.kind], "dtype": DTYPES[column.dtype].name,
                 "shape": list(column.shape), "codec": CODECS[dataset.codec(column)]}
        entry |= {key: value for key, value in [("labels", column.labels), ("media", column.media)] if value is not None}
        entry["statistics"] = {
            "elements": s.elements, "nonFinite": s.non_finite, "min": s.min, "max": s.max, "mean": s.mean,
            "deviation": s.deviation, "shortest": s.shortest, "longest": s.longest}
        columns.append(entry)
    return {
        "rows": footer.rows, "segments": len(dataset.parts), "columns": columns, "metadata": dict(footer.metadata),
        "layout": {"blockExponent": footer.block_exponent,
                   "groups": [[column.name for column in footer.members(group)] for group in range(len(footer.groups))],
                   "runs": [{"rows": run.rows, "segmentExponent": run.exponent} for run in footer.runs]},
        "data": {column.name: [plain(value) for value in dataset.column(column.name)] for column in footer.columns}}


def plain(value: Any) -> Any:
    """A row as JSON: lists in lists, hexadecimal bytes, strings for what is not finite."""
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
    """Columns, data, and the options for `build`."""
    columns, codecs = [], {}
    numbers = {dtype.name: number for number, dtype in DTYPES.items()}
    for entry in content["columns"]:
        column = Column(entry["name"], KINDS.index(entry["kind"]), numbers[entry["dtype"]], tuple(entry["shape"]))
        if "labels" in entry:
            column.attributes.append((CLASS_LABELS, encode_labels(entry["labels"])))
        if "media" in entry:
            column.attributes.append((MEDIA_TYPE, entry["media"].encode("ascii")))
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
    """JSON with one line for each column and for the rows of each column."""
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


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["read", path]:
                sys.stdout.write(dump(to_json(Dataset.open(path))))
            case ["verify", path]:
                Dataset.open(path).verify()
            case ["write", source, path]:
                columns, data, options = from_json(json.loads(Path(source).read_text("utf-8")))
                write(path, columns, data, **options)
            case ["append", source, path]:
                _, data, options = from_json(json.loads(Path(source).read_text("utf-8")))
                append(path, data, options["segment_exponent"])
            case _:
                print(__doc__, file=sys.stderr)
                return 64
    except (FormatError, ValueError, KeyError, struct.error, OverflowError) as error:
        print(f"{arguments[-1]}: {error}", file=sys.stderr)
        return 65
    except OSError as error:
        print(error, file=sys.stderr)
        return 66
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
