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
    CLASS_LABELS, CODECS, ENTRY_POINTS, KNOWN_ATTRIBUTES, START, TRAILER, UNIT, Column, Footer, FormatError, Group, require)
from .reader import Dataset
from .writer import arrange, encode_footer, encode_header, encode_slot, encode_trailer, measure

FRAGMENTS = 1  # required feature bit 0
COLUMN_FILES = 2  # required feature bit 1
NO_FILE = 0xFFFF_FFFF
MOST_JOBS = 1_024


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
    """A manifest. Reading it checks M1 to M11 and M15, and M12 if its name is known."""

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
        footer = parse_contents(cursor, FRAGMENTS | COLUMN_FILES)
        require(footer.required & FRAGMENTS != 0, 101, "a file of its own, not a manifest")
        cursor.rule = 103
        self.contents = parse(cursor, len(footer.columns))
        cursor.finish()
        return footer

    @property
    def total(self) -> int:
        """The rows of all fragments."""
        return sum(fragment.rows for fragment in self.contents.fragments)

    @property
    def has_column_files(self) -> bool:
        """Whether fragments may have several files, and class labels may be others than in the files."""
        return self.footer.required & COLUMN_FILES != 0

    def fragment_of(self, index: int) -> Fragment:
        """The fragment that has a file."""
        return next(f for f in self.contents.fragments if f.first_file <= index < f.first_file + f.files)

    def _check(self) -> None:
        c = self.contents
        commit = c.commit
        require(1 <= commit.version < 2**63 and commit.parent == commit.version - 1, 105, "version and parent")
        require(any(commit.dataset) and any(commit.commit) and commit.operation > 0, 105, "a number is zero")
        require(len(set(c.columns)) == len(c.columns) and max(c.columns, default=-1) < c.next_column, 106, "column numbers")
        for layout in c.layouts:
            numbers = [number for number, *_ in layout.columns]
            require(len(set(numbers)) == len(numbers) and max(numbers, default=-1) < c.next_column, 107, "numbers")
            require(self.has_column_files or set(c.columns) <= set(numbers), 107, "a layout lacks a column")
            require(all(codec < len(CODECS) and (group == NO_FILE or group < len(layout.groups))
                        for _, group, _, codec in layout.columns), 107, "codec or group of a layout")
            require(all(group.codec < len(CODECS) and group.stride < 2**63 for group in layout.groups), 107, "a group")
        numbers = [fragment.number for fragment in c.fragments]
        require(len(set(numbers)) == len(numbers) and max(numbers, default=-1) < c.next_fragment, 108, "numbers")
        first = 0
        for fragment in c.fragments:
            require(fragment.files == 1 or self.has_column_files and fragment.files > 1, 104, "files of a fragment")
            require(fragment.first_file == first, 108, "files of fragments")
            first += fragment.files
            require((fragment.deleted, fragment.deletion_file) == (0, NO_FILE), 104, "later features")
            require(fragment.rows >= 1, 109, "a fragment without rows")
        require(first == len(c.files), 108, "files of no fragment")
        require(self.total < 2**63, 109, f"{self.total} rows")
        require(len({file.name for file in c.files}) == len(c.files), 110, "a file name occurs twice")
        for file in c.files:
            require(file.base == 0, 104, "a file of another data set")
            start = file.end - TRAILER - file.footer_length
            require(any(file.name) and file.end < 2**63, 110, "name or end of a file")
            require(start >= START and start % UNIT == 0, 110, f"a footer at {start}")
            require(file.layout < len(c.layouts), 110, f"layout {file.layout}")
        for fragment in c.fragments if self.has_column_files else []:
            files = c.files[fragment.first_file : fragment.first_file + fragment.files]
            found = [[n for n, *_ in c.layouts[file.layout].columns if n in c.columns] for file in files]
            require(all(found) and sorted(sum(found, [])) == sorted(c.columns), 115, "columns of a fragment")
        jobs = [job for job, _ in c.jobs]
        require(len(set(jobs)) == len(jobs) and all(any(job) for job in jobs), 111, "numbers of jobs")
        require(all(1 <= version <= commit.version for _, version in c.jobs), 111, "a version of a job")

    def open_file(self, folder: str | os.PathLike[str], index: int) -> Dataset:
        """Opens a file of the version. Checks M13 and M14, and the rules of opening a file."""
        fragment, file = self.fragment_of(index), self.contents.files[index]
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
            if number not in numbers:
                continue
            other, free = dataset.columns[numbers.index(number)], self.has_column_files
            require(meaning(column, free) == meaning(other, free), 114, f"column {column.name!r} is another in {path.name}")
        return dataset

    def values(self, folder: str | os.PathLike[str], name: str) -> list[Any]:
        """Returns the values of a column in all rows."""
        names = [column.name for column in self.columns]
        number = self.contents.columns[names.index(name)]
        values: list[Any] = []
        for index, file in enumerate(self.contents.files):
            numbers = [n for n, *_ in self.contents.layouts[file.layout].columns]
            if number in numbers:
                dataset = self.open_file(folder, index)
                values += dataset.column(dataset.columns[numbers.index(number)].name)
        return values


def meaning(column: Column, free_labels: bool) -> tuple[Any, ...]:
    """What must be equal in a manifest and in a file; class labels may be others where they are free."""
    known = [a for a in column.attributes if a[0] in KNOWN_ATTRIBUTES]
    known = [(number, b"" if number == ENTRY_POINTS else payload) for number, payload in known]
    if free_labels:
        known = [(number, b"" if number == CLASS_LABELS else payload) for number, payload in known]
    return column.kind, column.dtype, column.shape, sorted(known)


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


def with_columns(base: Manifest, commit: Commit, files: list[tuple[bytes, bytes]], data: dict[str, list[Any]],
                 drop: tuple[str, ...] = (), rename: dict[str, str] | None = None,
                 labels: dict[str, bytes] | None = None) -> bytes:
    """Returns the manifest after `base` with other columns: dropped, renamed, with other class labels, and then those of
    further files, one for each fragment, given by name and content. A new column takes the place of one with its name. `data`
    has the values of all columns afterwards."""
    footer, c = copy.deepcopy(base.footer), copy.deepcopy(base.contents)
    c.commit = commit
    footer.required |= COLUMN_FILES
    kept = [index for index, column in enumerate(footer.columns) if column.name not in drop]
    footer.columns, c.columns = [footer.columns[index] for index in kept], [c.columns[index] for index in kept]
    for column in footer.columns:
        column.name = (rename or {}).get(column.name, column.name)
        if column.name in (labels or {}):
            column.attributes = [(n, labels[column.name] if n == CLASS_LABELS else p) for n, p in column.attributes]
    lists = [c.files[f.first_file : f.first_file + f.files] for f in c.fragments]
    numbers: list[int] = []
    for new in Dataset(files[0][1]).columns if files else []:
        column, at = copy.deepcopy(new), [column.name for column in footer.columns]
        if column.name in at:
            footer.columns[at.index(column.name)] = column
            c.columns[at.index(column.name)] = c.next_column
        else:
            footer.columns.append(column)
            c.columns.append(c.next_column)
        numbers.append(c.next_column)
        c.next_column += 1
    for of, (name, content) in zip(lists, files):
        dataset = Dataset(content)
        layout = Layout.of(dataset.footer, numbers)
        if layout not in c.layouts:
            c.layouts.append(layout)
        of.append(File(name, dataset.end, dataset.end - TRAILER - dataset.footer_at, dataset.footer_checksum,
                       c.layouts.index(layout)))
    used = [any(number in c.columns for number, *_ in layout.columns) for layout in c.layouts]
    c.files = []
    for fragment, of in zip(c.fragments, lists):
        of = [file for file in of if used[file.layout]]
        fragment.first_file, fragment.files = len(c.files), len(of)
        c.files += of
    c.layouts = [layout for layout, is_used in zip(c.layouts, used) if is_used]
    for file in c.files:
        file.layout = sum(used[: file.layout])
    for column in footer.columns:
        column.statistics = measure(column, data[column.name])
    footer.groups = arrange(footer.columns, {}, None)
    if any(commit.job):
        c.jobs = [*c.jobs, (commit.job, commit.version)][-MOST_JOBS:]
    return encode_manifest(footer, c)


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
