# SPDX-License-Identifier: Apache-2.0
"""Reads a footer: rules R10 to R24, R26 and R35."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from .layout import (
    BYTES, CLASS_LABELS, CODEC_HEADERS, CODECS, DTYPES, ENTRY_POINTS, INT32, INT64, KINDS, LARGEST_CODEC_BLOCK, LARGEST_ROW,
    MEDIA_TYPE, NO_GROUP, PLAIN, TENSOR, TIME, UINT8, UNIT, VARIES, Column, Footer, FormatError, Group, Region, Retired, Run,
    Segment, Statistics, align, require)

TIME_TYPE = re.compile(
    rb"date\[(d|ms)\]|(time|timestamp|duration)\[(s|ms|us|ns)\]|timestamp\[(s|ms|us|ns), [!-+\--Z\\^-~]{1,255}\]")


class Cursor:
    def __init__(self, data: bytes, rule: int) -> None:
        self.data, self.rule, self.at = data, rule, 0

    def take(self, count: int) -> bytes:
        require(count <= len(self.data) - self.at, self.rule, f"{count} bytes are needed after byte {self.at} of"
                f" {len(self.data)}")
        self.at += count
        return self.data[self.at - count : self.at]

    def unpack(self, code: str) -> tuple[Any, ...]:
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))

    def number(self, code: str) -> int:
        return int(self.unpack(code)[0])

    def text(self, code: str, rule: int) -> str:
        content = self.take(self.number(code))
        require(0 not in content, rule, "a NUL character")
        return utf8(content, rule)

    def reserved(self, count: int, rule: int = 12) -> None:
        require(not any(self.take(count)), rule, f"reserved bytes before byte {self.at} of the footer are not zero")

    def finish(self) -> None:
        require(self.at == len(self.data), self.rule, f"{len(self.data) - self.at} bytes too many")


def utf8(data: bytes, rule: int) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(rule, f"not UTF-8: {error.reason}") from None


def parse_footer(data: bytes) -> Footer:
    cursor = Cursor(data, 11)
    footer = parse_contents(cursor)
    cursor.finish()
    return footer


def parse_contents(cursor: Cursor, known: int = 0) -> Footer:
    """Reads the parts of section 5. `known` has the bits of required features that the caller knows."""
    required, optional, rows, columns, groups, runs, metadata, retired, exponent = cursor.unpack("IIQIIIIIB")
    require(required & ~known == 0, 10, f"required features {required & ~known:#x} are unknown")
    cursor.reserved(3)
    require(1 <= columns <= 65_535, 13, f"{columns} columns")
    require(groups <= columns, 13, f"{groups} groups of {columns} columns")
    require(runs <= 1_048_576, 13, f"{runs} runs")
    require(metadata <= 65_535, 13, f"{metadata} metadata entries")
    require(12 <= exponent <= 20, 13, f"checksum block exponent {exponent}")
    footer = Footer([], [], rows, block_exponent=exponent, required=required, optional=optional)
    for _ in range(columns):
        footer.columns.append(parse_column(cursor, groups))
    unique([column.name for column in footer.columns], "column name")
    check_entry_points(footer)
    for _ in range(groups):
        footer.groups.append(Group(*cursor.unpack("QB")))
        cursor.reserved(7)
        require(footer.groups[-1].codec < len(CODECS), 15, f"a group has the unknown codec {footer.groups[-1].codec}")
    check_groups(footer)
    for _ in range(runs):
        footer.runs.append(parse_run(cursor, footer))
    total = sum(run.rows for run in footer.runs)
    require(total == rows, 21, f"the runs have {total} rows, the data set {rows}")
    size = 0
    for _ in range(metadata):
        footer.metadata.append((cursor.text("H", 14), cursor.text("I", 14)))
        size += sum(len(part.encode()) for part in footer.metadata[-1])
        require(size <= 1 << 24, 13, f"{size} bytes of metadata")
    unique([key for key, _ in footer.metadata], "metadata key")
    for _ in range(retired):
        footer.retired.append(Retired(*cursor.unpack("QQI")))
        cursor.reserved(4)
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
        require(group == NO_GROUP and offset == 0, 18, place + "a variable column in a group")
    else:
        require(codec == PLAIN, 15, place + "a fixed column with a codec")
        require(group < groups, 18, place + f"group {group} of {groups}")
    column.statistics = Statistics(*cursor.unpack(f"QQ{DTYPES[dtype].range_code * 2}ddQQ"))
    for _ in range(cursor.number("H")):
        number, length = cursor.unpack("HI")
        column.attributes.append((number, cursor.take(length)))
        check_attribute(column, number, place)
    return column


def counted(size: int, shape: Sequence[int | None]) -> int:
    """Returns the bytes of a shape, where a dimension that is zero or varies counts as one (section 5.1)."""
    return size * math.prod(dimension for dimension in shape if dimension)


def check_attribute(column: Column, number: int, place: str) -> None:
    numbers = [attribute for attribute, _ in column.attributes]
    content = column.attributes[-1][1]
    require(numbers.count(number) == 1, 17, place + f"attribute {number} occurs twice")
    require(number < 32_768, 17, place + f"attribute {number} is unknown")
    if number == CLASS_LABELS:
        require(column.kind == TENSOR and DTYPES[column.dtype].is_integer, 17, place + "class labels on no integers")
        parse_labels(content)
    if number == MEDIA_TYPE:
        require(column.kind == BYTES, 17, place + "a media type on a column that is not of bytes")
        require(len(content) > 0 and all(0x20 <= byte < 0x7F for byte in content), 17, place + "media type not ASCII")
    if number == TIME:
        require(column.kind == TENSOR and column.dtype in (INT32, INT64), 17, place + "a time type on neither int32 nor int64")
        require(CLASS_LABELS not in numbers, 17, place + "class labels and a time type on one column")
        require(TIME_TYPE.fullmatch(content) is not None, 17, place + "not a time type")
    if number == ENTRY_POINTS:
        require(column.kind == BYTES, 17, place + "entry points of a column that is not of bytes")
        require(len(content) > 0 and 0 not in content, 17, place + "not the name of a column")
        utf8(content, 17)


def check_entry_points(footer: Footer) -> None:
    names = [name.decode() for column in footer.columns if (name := column.attribute(ENTRY_POINTS)) is not None]
    require(len(set(names)) == len(names), 35, "two columns have their entry points in one column")
    for name in names:
        index, column = next(((i, c) for i, c in enumerate(footer.columns) if c.name == name), (0, None))
        place = f"the column of entry points {name!r} "
        require(column is not None, 35, place + "does not exist")
        assert column
        others = column.attribute(MEDIA_TYPE), column.attribute(ENTRY_POINTS)
        require(column.kind == BYTES and others == (None, None), 35, place + "cannot have them")
        require(index >= len(footer.columns) - len(names), 35, place + "is not one of the last columns")


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
            require(column.offset + column.step <= group.stride, 19, place + f"{column.name!r} ends after the stride")
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
        require(end <= segment.length, 23, place + f"{what} {index} ends after the data of the segment")
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
            least = CODEC_HEADERS[codec] + 8 * -(-region.length // LARGEST_CODEC_BLOCK) if region.length else 0
            require(region.stored >= least, 26, place + f"{what} {index}: too short for its index")
            require(region.length > 0 or region.stored == 0, 26, place + f"{what} {index} stores bytes, but decodes to none")
    require(align(end) == segment.length, 23, place + "the data does not end at the end of the last region")
