# SPDX-License-Identifier: Apache-2.0
"""The building blocks of a Colonnade file: constants, checksum, elements, and the contents of a footer (sections 3 to 5)."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MAGIC = bytes.fromhex("89434F4C4E0D0A1A")
TRAILER_MAGIC = b"COLNFOOT"
SLOTS = {1: 64, 0: 96}  # by the parity of the sequence
START = 128
TRAILER = 32
UNIT = 64
LARGEST_ROW = 2**40
LARGEST_CODEC_BLOCK = 65_536  # the blocks of zlib, and the largest ones of other codecs
CODEC_BLOCK_EXPONENTS = range(12, 17)
NO_GROUP = 0xFFFF_FFFF
VARIES = 0xFFFF_FFFF_FFFF_FFFF
TENSOR, BYTES, STRING = range(3)
PLAIN, ZLIB, ZSTD, LZ4 = range(4)
CLASS_LABELS, MEDIA_TYPE, TIME, ENTRY_POINTS = 1, 2, 3, 5
KNOWN_ATTRIBUTES = (CLASS_LABELS, MEDIA_TYPE, TIME, ENTRY_POINTS)
KINDS = ["tensor", "bytes", "string"]
CODECS = ["plain", "zlib", "zstd", "lz4"]
CODEC_HEADERS = [0, 0, 8, 8]  # bytes before the index of a compressed region


class FormatError(Exception):
    """A file breaks a rule of section 7, or one of manifest-1.md, which count from 101."""

    def __init__(self, rule: int, message: str) -> None:
        super().__init__(f"{rule_name(rule)}: {message}")
        self.rule = rule


def rule_name(rule: int) -> str:
    return f"R{rule}" if rule <= 100 else f"M{rule - 100}"


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
        """Returns the code of the struct module for minimum and maximum."""
        return "d" if self.is_float else "q" if self.name.startswith("int") else "Q"


DTYPES = {number: DType(*entry) for number, entry in enumerate([
    ("uint8", 1, "B"), ("int8", 1, "b"), ("uint16", 2, "H"), ("int16", 2, "h"), ("uint32", 4, "I"), ("int32", 4, "i"),
    ("uint64", 8, "Q"), ("int64", 8, "q"), ("float16", 2, "e"), ("bfloat16", 2, "H"), ("float32", 4, "f"),
    ("float64", 8, "d"), ("bool", 1, "B")], start=1)}
(UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64, FLOAT16, BFLOAT16, FLOAT32, FLOAT64, BOOL) = DTYPES


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
    bits: int = struct.unpack("<I", struct.pack("<f", value))[0]
    return bits + 0x7FFF + (bits >> 16 & 1) >> 16  # to the nearest, ties to even


class Tensor(NamedTuple):
    """The value of one row of a column of rank 1 or more."""

    shape: tuple[int, ...]
    values: list[Any]


# The contents of a footer (section 5)


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
        """The bytes of a row of a fixed column, or of one step of all fixed dimensions of a variable one."""
        return self.size * int(math.prod(dimension for dimension in self.shape if dimension is not None))

    def attribute(self, number: int) -> bytes | None:
        return dict(self.attributes).get(number)


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
        return self.offset + self.length + 4 * -(-self.length >> block_exponent)


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
        """Returns the regions of a segment in their order: the kind, the group or column, and the codec of each."""
        for index, group in enumerate(self.groups):
            yield "rows", index, group.codec
        for index, column in enumerate(self.columns):
            if column.varying:
                yield "ends", index, PLAIN
                if column.varying >= 2:
                    yield "dimensions", index, PLAIN
                yield "values", index, column.codec

    def members(self, group: int) -> list[Column]:
        """Returns the columns of a group, in the order of their offsets."""
        columns = [column for column in self.columns if column.group == group]
        return sorted(columns, key=lambda column: (column.offset, column.step))
