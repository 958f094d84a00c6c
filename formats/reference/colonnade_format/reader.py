# SPDX-License-Identifier: Apache-2.0
"""Reads and verifies a file: all other rules."""

from __future__ import annotations

import math
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from . import lz4, zstd
from .footer import counted, parse_footer, utf8
from .layout import (
    BYTES, CODEC_BLOCK_EXPONENTS, CODEC_HEADERS, ENTRY_POINTS, LARGEST_CODEC_BLOCK, LARGEST_ROW, LZ4, MAGIC, PLAIN, SLOTS,
    START, STRING, TRAILER, TRAILER_MAGIC, UNIT, ZLIB, ZSTD, Column, Footer, FormatError, Region, Segment, Tensor, align,
    checksum, elements_from, require)


@dataclass
class Part:
    """A segment and the number of its first row in the data set."""

    first: int
    rows: int
    segment: Segment
    regions: dict[tuple[str, int], tuple[Region, int]]


class Dataset:
    """An open file. Opening it checks R1 to R26 and R35, reading a row checks R27, R28 and R37, and `verify` checks all rules."""

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
        require(sequence == self.sequence, 7, f"trailer of commit {sequence}, expected {self.sequence}")
        self.footer_at = self.end - TRAILER - length
        require(self.footer_at >= START and self.footer_at % UNIT == 0, 8, f"footer at {self.footer_at}")
        content = data[self.footer_at : self.end - TRAILER]
        self.footer_checksum = footer_checksum
        require(checksum(content) == footer_checksum, 9, "footer checksum")
        self.footer = self._parse(content)
        self.gaps = self._check_extents()
        self.parts = list(self._parts())
        self.blocks: dict[tuple[int, int], bytes] = {}

    def _parse(self, content: bytes) -> Footer:
        return parse_footer(content)

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
        """Returns all rows of a column: numbers, `Tensor`s, bytes or strings."""
        return [self.value(name, row) for row in range(self.rows)]

    def value(self, name: str, row: int) -> Any:
        index, column = next((i, c) for i, c in enumerate(self.columns) if c.name == name)
        part = next(part for part in self.parts if part.first <= row < part.first + part.rows)
        return self._value(part, index, column, row - part.first)

    def verify(self) -> None:
        """Reads the complete file and raises for the first rule that it breaks."""
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
                if codec != PLAIN and region.length:
                    base = part.segment.offset + region.offset
                    size = self._block_size(base, region, codec)
                    for number in range(-(-region.length // size)):
                        self._block(base, region, codec, size, number)
            for index, column in enumerate(self.columns):
                if column.varying or column.step:
                    for row in range(part.rows):
                        self._value(part, index, column, row)
                if column.varying:
                    last, length = self._end(part, index, part.rows - 1), part.regions["values", index][0].length
                    require(last == length, 34, f"ends of {column.name!r} end at {last} of {length}")
        for column in self.columns:
            if (name := column.attribute(ENTRY_POINTS)) is not None:
                for row in range(self.rows):
                    check_entry_points(self.value(name.decode(), row), self.value(column.name, row), f"{column.name!r}, row {row}: ")

    def _slot(self, parity: int) -> tuple[int, int] | None:
        slot = self.data[SLOTS[parity] : SLOTS[parity] + 32]
        sequence, end, stored = struct.unpack("<QQ12xI", slot)
        valid = checksum(slot[:28]) == stored and sequence > 0 and sequence % 2 == parity and not any(slot[16:28])
        return (sequence, end) if valid else None

    def _check_extents(self) -> list[tuple[int, int]]:
        """Checks R25. Returns the gaps, each with its start and end."""
        exponent = self.footer.block_exponent
        segments = [(s.offset, s.end(exponent)) for run in self.footer.runs for s in run.segments]
        retired = [(extent.offset, extent.offset + extent.length) for extent in self.footer.retired]
        require(segments == sorted(segments), 25, "segments are not in file order")
        require(retired == sorted(retired), 25, "retired extents are not in file order")
        gaps, at = [], START
        for start, end in [*sorted(segments + retired), (self.footer_at, self.end)]:
            require(start == align(at), 25, f"an extent starts at {start}, expected {align(at)}")
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
            require((end - start) % column.step == 0, 27, place + f"{end - start} bytes are not a multiple of the step")
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
        """Returns bytes of the decoded region, and reads only the blocks that are needed."""
        region, codec = part.regions[what, index]
        base = part.segment.offset + region.offset
        if codec == PLAIN:
            return self.data[base + start : base + end]
        if start == end:
            return b""
        size = self._block_size(base, region, codec)
        first = start // size
        blocks = [self._block(base, region, codec, size, number) for number in range(first, -(-end // size))]
        return b"".join(blocks)[start - first * size : end - first * size]

    def _block_size(self, base: int, region: Region, codec: int) -> int:
        """Returns the number of decoded bytes of each block but the last, of a compressed region (section 6)."""
        if codec == ZLIB:
            return LARGEST_CODEC_BLOCK
        exponent, *reserved = self.data[base : base + CODEC_HEADERS[codec]]
        place = f"header of the region at {base}: "
        require(exponent in CODEC_BLOCK_EXPONENTS and not any(reserved), 37, place + f"{exponent}, {reserved}")
        index = 8 * -(-region.length >> exponent)
        require(CODEC_HEADERS[codec] + index <= region.stored, 37, place + f"no room for an index of {index} bytes")
        return 1 << exponent

    def _block(self, base: int, region: Region, codec: int, size: int, number: int) -> bytes:
        """Returns a decoded block of a compressed region (section 6)."""
        if (base, number) not in self.blocks:
            if len(self.blocks) == 16:
                self.blocks.clear()
            count = -(-region.length // size)
            index = base + CODEC_HEADERS[codec]
            limit = region.stored - CODEC_HEADERS[codec] - 8 * count
            start = struct.unpack_from("<Q", self.data, index + 8 * number - 8)[0] if number else 0
            (end,) = struct.unpack_from("<Q", self.data, index + 8 * number)
            length = min(size, region.length - number * size)
            place = f"block {number} of the region at {base}: "
            require(start <= end <= limit, 28, place + f"stored at {start} to {end} of {limit}")
            require(number < count - 1 or end == limit, 28, place + f"the last block ends at {end} of {limit}")
            require(end - start <= length, 28, place + f"{end - start} bytes for {length}")
            content = self.data[index + 8 * count + start : index + 8 * count + end]
            self.blocks[base, number] = content if len(content) == length else decode(codec, content, length, place)
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


def check_entry_points(content: bytes, file: bytes, place: str) -> None:
    if not content:
        return
    require(len(content) > 4 and len(content) % 10 == 4, 36, place + f"{len(content)} bytes of entry points")
    require(any(content[:4]), 36, place + "entry points at a distance of 0")
    places = [bits for bits, *_ in struct.iter_unpack("<I3h", content[4:])]
    require(all(first < second for first, second in pairwise(places)), 36, place + "places do not increase")
    require(places[-1] < 8 * len(file), 36, place + f"a place of {places[-1]} bits in {len(file)} bytes")


def decode(codec: int, content: bytes, length: int, place: str) -> bytes:
    try:
        return {ZLIB: inflate, ZSTD: zstd.decode, LZ4: lz4.decode}[codec](content, length)
    except (zlib.error, zstd.ZstdError, lz4.Lz4Error) as error:
        raise FormatError(getattr(error, "rule", 28), place + str(error)) from None


def inflate(content: bytes, length: int) -> bytes:
    decoder = zlib.decompressobj()
    decoded = decoder.decompress(content, length + 1)
    if not decoder.eof or decoder.unused_data or len(decoded) != length:
        raise zlib.error(f"it does not decode to exactly {length} bytes")
    return decoded
