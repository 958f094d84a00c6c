# SPDX-License-Identifier: Apache-2.0
"""Data sets of many files (formats/manifest-1.md): reads and verifies manifests and their files, and makes manifests."""

from __future__ import annotations

import copy
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .footer import Cursor, parse_contents
from .layout import (
    CLASS_LABELS, CODECS, MEDIA_TYPE, START, TIME, TRAILER, UNIT, Column, Footer, FormatError, Group, require)
from .reader import Dataset
from .writer import arrange, encode_footer, encode_header, encode_slot, encode_trailer, measure

FRAGMENTS = 1  # required feature bit 0
NO_FILE = 0xFFFF_FFFF
MOST_JOBS = 1_024
KNOWN = (CLASS_LABELS, MEDIA_TYPE, TIME)


@dataclass
class Layout:
    """Section 2.2. A column is its number, group, offset and codec."""

    columns: list[tuple[int, int, int, int]]
    groups: list[Group]

    @classmethod
    def of(cls, footer: Footer, numbers: list[int]) -> Layout:
        return cls([(number, c.group, c.offset, c.codec) for number, c in zip(numbers, footer.columns)],
                   [Group(group.stride, group.codec) for group in footer.groups])


@dataclass
class Fragment:
    number: int
    rows: int
    first_file: int
    deleted: int = 0
    files: int = 1
    deletion_file: int = NO_FILE
    reserved: int = 0


@dataclass
class File:
    name: bytes
    end: int
    footer_length: int
    footer_checksum: int
    layout: int = 0
    base: int = 0
    reserved: int = 0


@dataclass
class Commit:
    version: int
    parent: int
    time: int
    dataset: bytes
    commit: bytes
    job: bytes = bytes(16)
    operation: int = 1
    reserved: bytes = bytes(7)


@dataclass
class Contents:
    """What a manifest has after the metadata."""

    commit: Commit
    columns: list[int]
    next_column: int
    next_fragment: int
    layouts: list[Layout] = field(default_factory=list)
    fragments: list[Fragment] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    jobs: list[tuple[bytes, int]] = field(default_factory=list)
    reserved: int = 0


class Manifest(Dataset):
    """A manifest. Reading it checks M1 to M11, and M12 if its name is known."""

    contents: Contents

    def __init__(self, data: bytes, version: int | None = None) -> None:
        super().__init__(data)
        require(self.sequence == 1 and not any(data[96:START]) and self.end == len(data), 102, "written in several steps")
        footer = self.footer
        require(not (footer.rows or footer.runs or footer.retired), 102, "a manifest with rows or retired footers")
        self._check()
        actual = self.contents.commit.version
        require(version in (None, actual), 112, f"version {actual} has the name of version {version}")

    def _parse(self, content: bytes) -> Footer:
        cursor = Cursor(content, 11)
        footer = parse_contents(cursor, FRAGMENTS)
        require(footer.required == FRAGMENTS, 101, "a file of its own, not a manifest")
        cursor.rule = 103
        self.contents = parse(cursor, len(footer.columns))
        cursor.finish()
        return footer

    @property
    def total(self) -> int:
        """The rows of all fragments."""
        return sum(fragment.rows for fragment in self.contents.fragments)

    def _check(self) -> None:
        c = self.contents
        commit = c.commit
        require(commit.version >= 1 and commit.parent == commit.version - 1, 105, "version and parent")
        require(any(commit.dataset) and any(commit.commit) and commit.operation > 0, 105, "a number is zero")
        require(len(set(c.columns)) == len(c.columns) and max(c.columns, default=-1) < c.next_column, 106, "column numbers")
        for layout in c.layouts:
            numbers = [number for number, *_ in layout.columns]
            require(len(set(numbers)) == len(numbers) and max(numbers, default=-1) < c.next_column, 107, "numbers")
            require(set(c.columns) <= set(numbers), 107, "a layout lacks a column")
            require(all(codec < len(CODECS) and (group == NO_FILE or group < len(layout.groups))
                        for _, group, _, codec in layout.columns), 107, "codec or group of a layout")
            require(all(group.codec < len(CODECS) and group.stride < 2**63 for group in layout.groups), 107, "a group")
        numbers = [fragment.number for fragment in c.fragments]
        require(len(set(numbers)) == len(numbers) and max(numbers, default=-1) < c.next_fragment, 108, "numbers")
        require([f.first_file for f in c.fragments] == list(range(len(c.files))), 108, "files of fragments")
        for fragment in c.fragments:
            require((fragment.deleted, fragment.files, fragment.deletion_file) == (0, 1, NO_FILE), 104, "later features")
            require(fragment.rows >= 1, 109, "a fragment without rows")
        require(self.total < 2**63, 109, f"{self.total} rows")
        require(len({file.name for file in c.files}) == len(c.files), 110, "a file name occurs twice")
        for file in c.files:
            require(file.base == 0, 104, "a file of another data set")
            start = file.end - TRAILER - file.footer_length
            require(any(file.name) and file.end < 2**63, 110, "name or end of a file")
            require(start >= START and start % UNIT == 0, 110, f"a footer at {start}")
            require(file.layout < len(c.layouts), 110, f"layout {file.layout}")
        jobs = [job for job, _ in c.jobs]
        require(len(set(jobs)) == len(jobs) and all(any(job) for job in jobs), 111, "numbers of jobs")
        require(all(1 <= version <= commit.version for _, version in c.jobs), 111, "a version of a job")

    def open_file(self, folder: str | os.PathLike[str], index: int) -> Dataset:
        """Opens a file of the version. Checks M13 and M14, and the rules of opening a file."""
        fragment, file = self.contents.fragments[index], self.contents.files[index]
        path = Path(folder) / "data" / f"{file.name.hex()}.colonnade"
        require(path.is_file(), 113, f"{path.name} is not there")
        dataset = Dataset.open(path)
        length = dataset.end - TRAILER - dataset.footer_at
        found = (dataset.end, length, dataset.footer_checksum)
        require(found == (file.end, file.footer_length, file.footer_checksum), 113, f"{path.name} is another file")
        layout = self.contents.layouts[file.layout]
        numbers = [number for number, *_ in layout.columns]
        require(len(numbers) == len(dataset.columns), 114, "number of columns")
        require(Layout.of(dataset.footer, numbers) == layout and dataset.rows == fragment.rows, 114, "layout or rows")
        for number, column in zip(self.contents.columns, self.columns):
            other = dataset.columns[numbers.index(number)]
            require(meaning(column) == meaning(other), 114, f"column {column.name!r} is another in {path.name}")
        return dataset


def meaning(column: Column) -> tuple[Any, ...]:
    return column.kind, column.dtype, column.shape, sorted(a for a in column.attributes if a[0] in KNOWN)


def parse(cursor: Cursor, columns: int) -> Contents:
    def counted(count: int, size: int) -> range:
        require(count * size <= len(cursor.data) - cursor.at, 103, f"{count} entries are not there")
        return range(count)

    commit = Commit(*cursor.unpack("QQQ16s16s16sB7s"))
    require(not any(commit.reserved), 104, "reserved bytes of the commit")
    next_column, layouts, next_fragment, fragments, files, jobs, reserved = cursor.unpack("IIQIIII")
    require(reserved == 0, 104, "reserved bytes of the counts")
    require(jobs <= MOST_JOBS, 111, f"{jobs} jobs")
    counted(columns, 4)
    contents = Contents(commit, list(cursor.unpack(f"{columns}I")), next_column, next_fragment)
    for _ in counted(layouts, 8):
        count, groups = cursor.unpack("II")
        layout = Layout([], [])
        for _ in counted(count, 16):
            number, group, offset, codec = cursor.unpack("IIIB")
            cursor.reserved(3, 104)
            layout.columns.append((number, group, offset, codec))
        for _ in counted(groups, 16):
            layout.groups.append(Group(*cursor.unpack("QB")))
            cursor.reserved(7, 104)
        contents.layouts.append(layout)
    for _ in counted(fragments, 48):
        number, rows, deleted, first, of, reserved, deletion = cursor.unpack("QQQIHHI")
        require(reserved == 0, 104, "reserved bytes of a fragment")
        cursor.reserved(12, 104)
        contents.fragments.append(Fragment(number, rows, first, deleted, of, deletion))
    for _ in counted(files, 48):
        contents.files.append(File(*cursor.unpack("16sQQIIII")))
        require(contents.files[-1].reserved == 0, 104, "reserved bytes of a file")
    for _ in counted(jobs, 24):
        job, version = cursor.unpack("16sQ")
        contents.jobs.append((job, version))
    return contents


# Writing


def encode_contents(c: Contents) -> bytes:
    commit = c.commit
    parts = [
        struct.pack("<QQQ16s16s16sB7s", commit.version, commit.parent, commit.time, commit.dataset, commit.commit,
                    commit.job, commit.operation, commit.reserved),
        struct.pack("<IIQIIII", c.next_column, len(c.layouts), c.next_fragment, len(c.fragments), len(c.files),
                    len(c.jobs), c.reserved),
        struct.pack(f"<{len(c.columns)}I", *c.columns)]
    for layout in c.layouts:
        parts.append(struct.pack("<II", len(layout.columns), len(layout.groups)))
        parts += [struct.pack("<IIIB3x", *column) for column in layout.columns]
        parts += [struct.pack("<QB7x", group.stride, group.codec) for group in layout.groups]
    parts += [struct.pack("<QQQIHHI12x", f.number, f.rows, f.deleted, f.first_file, f.files, f.reserved, f.deletion_file)
              for f in c.fragments]
    parts += [struct.pack("<16sQQIIII", f.name, f.end, f.footer_length, f.footer_checksum, f.layout, f.base, f.reserved)
              for f in c.files]
    parts += [struct.pack("<16sQ", *job) for job in c.jobs]
    return b"".join(parts)


def encode_manifest(footer: Footer, contents: Contents) -> bytes:
    """Returns the bytes of a manifest. Checks nothing, so that it can make invalid ones."""
    encoded = encode_footer(footer) + encode_contents(contents)
    end = START + len(encoded) + TRAILER
    return encode_header() + encode_slot(1, end) + bytes(32) + encoded + encode_trailer(1, encoded)


def first_version(commit: Commit, columns: list[Column], codecs: dict[str, int] | None = None,
                  metadata: dict[str, str] | None = None) -> bytes:
    """Returns the manifest of a data set without fragments."""
    columns = copy.deepcopy(columns)
    footer = Footer(columns, arrange(columns, codecs or {}, None), metadata=list((metadata or {}).items()),
                    required=FRAGMENTS)
    return encode_manifest(footer, Contents(commit, list(range(len(columns))), len(columns), 0))


def next_version(base: Manifest, commit: Commit, added: dict[bytes, bytes], data: dict[str, list[Any]]) -> bytes:
    """Returns the manifest after `base` with further files, given by their names. `data` has the rows of all files."""
    footer, contents = copy.deepcopy(base.footer), copy.deepcopy(base.contents)
    contents.commit = commit
    for name, content in added.items():
        dataset = Dataset(content)
        names = [column.name for column in footer.columns]
        layout = Layout.of(dataset.footer, [contents.columns[names.index(c.name)] for c in dataset.columns])
        if layout not in contents.layouts:
            contents.layouts.append(layout)
        contents.fragments.append(Fragment(contents.next_fragment, dataset.rows, len(contents.files)))
        contents.next_fragment += 1
        contents.files.append(File(name, dataset.end, dataset.end - TRAILER - dataset.footer_at, dataset.footer_checksum,
                                   contents.layouts.index(layout)))
    if any(commit.job):
        contents.jobs = [*contents.jobs, (commit.job, commit.version)][-MOST_JOBS:]
    for column in footer.columns:
        column.statistics = measure(column, data[column.name])
    return encode_manifest(footer, contents)


def open_version(folder: str | os.PathLike[str], version: int | None = None) -> Manifest:
    """Opens a version of a data set, or the newest one."""
    versions = Path(folder) / "versions"
    numbers = sorted(int(path.stem) for path in versions.iterdir() if is_manifest(path.name))
    if version is None and not numbers:
        raise FormatError(112, "there is no version")
    number = numbers[-1] if version is None else version
    return Manifest((versions / f"{number:020}.colonnade").read_bytes(), number)


def is_manifest(name: str) -> bool:
    stem, _, ending = name.partition(".")
    return ending == "colonnade" and len(stem) == 20 and stem.isascii() and stem.isdigit() and 0 < int(stem) < 2**64
