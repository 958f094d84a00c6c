# SPDX-License-Identifier: Apache-2.0
"""The data sets of formats/vectors/many-files, and the manifests of formats/invalid/manifests."""

from __future__ import annotations

import copy
import struct
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from colonnade_format.contents import dump, plain, to_json
from colonnade_format.layout import (
    CLASS_LABELS, FLOAT32, INT16, NO_GROUP, START, STRING, TRAILER, ZLIB, Column, FormatError, Retired, Tensor)
from colonnade_format.manifest import (
    MOST_JOBS, Commit, Manifest, encode_manifest, first_version, next_version, open_version, with_columns)
from colonnade_format.writer import arrange, build, encode_header, encode_labels, encode_slot, encode_trailer

V = None  # a dimension that varies
U64 = 2**64 - 1
Files = dict[str, bytes]


def number(value: int) -> bytes:
    return bytes(range(value, value + 16))


def commit(version: int, operation: int = 2, job: bytes = bytes(16)) -> Commit:
    return Commit(version, version - 1, 1_700_000_000_000 + version, number(1), number(16 * version), job, operation)


def schema(order: str = "xltv") -> list[Column]:
    columns = {
        "x": Column("x", dtype=INT16),
        "l": Column("label", attributes=[(CLASS_LABELS, encode_labels(["cat", "dog"]))]),
        "t": Column("text", STRING, shape=(V,)),
        "v": Column("v", dtype=FLOAT32, shape=(V, 2))}
    return [columns[name] for name in order]


def rows(first: int, count: int) -> dict[str, list[Any]]:
    numbers = range(first, first + count)
    return {"x": [100 * i - 250 for i in numbers], "label": [i % 2 for i in numbers],
            "text": ["ab"[i % 2] * (i % 4) for i in numbers],
            "v": [Tensor((i % 3, 2), [float(j) for j in range(i % 3 * 2)]) for i in numbers]}


def joined(*parts: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}


def manifest_name(version: int) -> str:
    return f"versions/{version:020}.colonnade"


def file_name(name: bytes) -> str:
    return f"data/{name.hex()}.colonnade"


# Data sets


def empty() -> Files:
    return {manifest_name(1): first_version(commit(1, 1), schema())}


def appended() -> Files:
    """Returns two versions: one fragment, and then two more; the last has two segments. A job made the second one."""
    first = build(schema(), rows(0, 3))
    files = {number(100): build(schema(), rows(3, 1)), number(117): build(schema(), rows(4, 5), segment_exponent=2)}
    start = Manifest(first_version(commit(1, 1), schema(), metadata={"origin": "a test", "empty": ""}))
    one = next_version(start, commit(1, 1), {number(99): first}, rows(0, 3))
    two = next_version(Manifest(one), commit(2, job=number(200)), files, rows(0, 9))
    return {manifest_name(1): one, manifest_name(2): two, file_name(number(99)): first,
            **{file_name(name): content for name, content in files.items()}}


def two_layouts() -> Files:
    """Returns one version whose files differ in the order of columns, in groups and in codecs."""
    files = {
        number(1): build(schema(), rows(0, 2)),
        number(2): build(schema("vtlx"), rows(2, 2), groups=[["label"], ["x"]]),
        number(3): build(schema(), rows(4, 2), codecs={"text": ZLIB, "x": ZLIB})}
    start = Manifest(first_version(commit(1, 1), schema(), {"text": ZLIB}))
    return {manifest_name(1): next_version(start, commit(1, 1), files, rows(0, 6)),
            **{file_name(name): content for name, content in files.items()}}


def columns() -> Files:
    """Returns four versions: two fragments; a column added and one replaced; columns renamed and dropped, and class labels
    corrected; a fragment appended, whose columns are in one file."""
    start = Manifest(first_version(commit(1, 1), schema()))
    first = {number(1): build(schema(), rows(0, 3)), number(2): build(schema(), rows(3, 2), codecs={"text": ZLIB})}
    versions = [next_version(start, commit(1, 1), first, rows(0, 5))]
    added = [Column("w", dtype=FLOAT32), Column("text", STRING, shape=(V,))]
    further = [(number(3), build(added, extra(0, 3))), (number(4), build(added, extra(3, 2)))]
    data = rows(0, 5) | extra(0, 5)
    versions.append(with_columns(Manifest(versions[0]), commit(2, 4, number(201)), further, data))
    data = {"a": data["x"], "text": data["text"], "label": data["label"], "w": data["w"]}
    labels = {"label": encode_labels(["cat", "hound", "cow"])}
    versions.append(
        with_columns(Manifest(versions[1]), commit(3, 6, number(202)), [], data, ("v",), {"x": "a"}, labels))
    third = Manifest(versions[2])
    last = build([copy.deepcopy(column) for column in third.columns], changed(5, 2))
    versions.append(next_version(third, commit(4), {number(5): last}, changed(0, 7)))
    files = first | dict(further) | {number(5): last}
    return {manifest_name(index + 1): version for index, version in enumerate(versions)} | {
        file_name(name): content for name, content in files.items()}


def extra(first: int, count: int) -> dict[str, list[Any]]:
    """The values of the columns that `columns` adds and replaces."""
    return {"w": [i / 4 for i in range(first, first + count)], "text": [f"new {i}" for i in range(first, first + count)]}


def changed(first: int, count: int) -> dict[str, list[Any]]:
    """The rows of the last version of `columns`."""
    old = rows(first, count) | extra(first, count)
    return {"a": old["x"], "label": old["label"], "text": old["text"], "w": old["w"]}


DATASETS: list[tuple[str, str, Callable[[], Files], dict[str, list[Any]]]] = [
    ("empty", "one version without fragments", empty, rows(0, 0)),
    ("appended", "two versions: a fragment, and two more by a job; metadata, class labels", appended, rows(0, 9)),
    ("two-layouts", "files whose columns have another order, other groups and other codecs", two_layouts, rows(0, 6)),
    ("columns", "four versions: columns added, replaced, renamed and dropped, class labels corrected, and rows appended", columns,
     changed(0, 7))]


def description(folder: str) -> dict[str, Any]:
    manifest = open_version(folder)
    c = manifest.contents
    content = to_json(manifest)
    datasets = [manifest.open_file(folder, index) for index in range(len(c.files))]
    for dataset in datasets:
        dataset.verify()
    return {
        "version": c.commit.version, "parent": c.commit.parent, "time": c.commit.time,
        "dataset": c.commit.dataset.hex(), "commit": c.commit.commit.hex(), "job": c.commit.job.hex(),
        "operation": c.commit.operation, "rows": manifest.total, "columns": content["columns"],
        "metadata": content["metadata"], "columnNumbers": c.columns, "nextColumn": c.next_column,
        "nextFragment": c.next_fragment, "layouts": len(c.layouts),
        "fragments": [
            {"number": manifest.fragment_of(index).number, "rows": manifest.fragment_of(index).rows, "file": file.name.hex(),
             "end": file.end, "footerLength": file.footer_length, "footerChecksum": file.footer_checksum, "layout": file.layout}
            for index, file in enumerate(c.files)],
        "jobs": [{"job": job.hex(), "version": version} for job, version in c.jobs],
        "data": {column.name: [plain(value) for value in manifest.values(folder, column.name)] for column in manifest.columns}}


def make_datasets() -> Files:
    files: Files = {}
    for name, _, make, expected in DATASETS:
        made = make()
        with tempfile.TemporaryDirectory() as folder:
            for path, content in made.items():
                (Path(folder) / path).parent.mkdir(exist_ok=True)
                (Path(folder) / path).write_bytes(content)
            content = description(folder)
        if content["data"] != {column: [plain(value) for value in values] for column, values in expected.items()}:
            raise SystemExit(f"{name}: reads as {content['data']}")
        files |= {f"vectors/many-files/{name}/{path}": content for path, content in made.items()}
        files[f"vectors/many-files/{name}.json"] = dump(content).encode()
    return files


# Invalid manifests


class Invalid(NamedTuple):
    name: str
    rule: int
    what: str
    make: Callable[[], bytes]
    also: tuple[int, ...]


INVALID: list[Invalid] = []


def invalid(what: str, also: tuple[int, ...] = ()) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Registers a manifest. A name begins with its rule: `m05_version_zero`."""
    def register(make: Callable[[], bytes]) -> Callable[[], bytes]:
        INVALID.append(Invalid(make.__name__.replace("_", "-"), 100 + int(make.__name__[1:3]), what, make, also))
        return make
    return register


def good() -> bytes:
    return appended()[manifest_name(2)]


def edit(change: Callable[[Any], Any]) -> bytes:
    """Returns a manifest with other contents, and correct checksums."""
    manifest = Manifest(good())
    contents = copy.deepcopy(manifest.contents)
    change(contents)
    return encode_manifest(manifest.footer, contents)


def column_edit(change: Callable[[Any], Any]) -> bytes:
    """Returns a manifest with fragments of several files and with other contents, and correct checksums."""
    manifest = Manifest(columns()[manifest_name(2)])
    contents = copy.deepcopy(manifest.contents)
    change(contents)
    return encode_manifest(manifest.footer, contents)


def footer_edit(change: Callable[[Any], Any]) -> bytes:
    manifest = Manifest(good())
    change(manifest.footer)
    return encode_manifest(manifest.footer, manifest.contents)


def sets(part: str, index: int | None = None, **values: Any) -> Callable[[Any], None]:
    """Returns a change of attributes of a part of the contents, or of one of its entries."""
    def change(contents: Any) -> None:
        target = getattr(contents, part) if part else contents
        for name, value in values.items():
            setattr(target if index is None else target[index], name, value)
    return change


def tail_edit(change: Callable[[bytes], bytes]) -> bytes:
    """Returns a manifest whose footer has other bytes, and correct checksums."""
    manifest = Manifest(good())
    content = change(manifest.data[manifest.footer_at : manifest.end - TRAILER])
    tail = content + encode_trailer(1, content)
    return encode_header() + encode_slot(1, START + len(tail)) + bytes(32) + tail


def counts_at(content: bytes) -> int:
    """Returns the place of `next column` in a footer."""
    return content.index(number(1) + number(32)) + 16 + 16 + 16 + 8


def with_count(offset: int, value: int) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        at = counts_at(content) + offset
        return content[:at] + struct.pack("<I", value) + content[at + 4 :]
    return change


@invalid("a file with rows of its own, without the required feature")
def m01_no_feature() -> bytes:
    return build(schema(), rows(0, 1))


@invalid("slot B is torn")
def m02_slot_b() -> bytes:
    file = good()
    return file[:96] + b"\1" + file[97:]


@invalid("a byte after the end")
def m02_longer() -> bytes:
    return good() + b"\0"


@invalid("rows of its own", (21,))
def m02_rows() -> bytes:
    return footer_edit(lambda footer: setattr(footer, "rows", 1))


@invalid("a retired extent", (25,))
def m02_retired() -> bytes:
    return footer_edit(lambda footer: footer.retired.append(Retired(128, 0, 0)))


@invalid("the footer ends after the metadata")
def m03_nothing_more() -> bytes:
    return tail_edit(lambda content: content[: content.index(struct.pack("<QQ", 2, 1))])


@invalid("the last byte is missing")
def m03_one_byte_short() -> bytes:
    return tail_edit(lambda content: content[:-1])


@invalid("one byte too many")
def m03_one_byte_more() -> bytes:
    return tail_edit(lambda content: content + b"\0")


@invalid("4,294,967,295 layouts")
def m03_layouts_not_there() -> bytes:
    return tail_edit(with_count(4, 2**32 - 1))


@invalid("4,294,967,295 fragments")
def m03_fragments_not_there() -> bytes:
    return tail_edit(with_count(16, 2**32 - 1))


@invalid("4,294,967,295 files")
def m03_files_not_there() -> bytes:
    return tail_edit(with_count(20, 2**32 - 1))


@invalid("1,024 jobs in a footer that ends after the first")
def m03_jobs_not_there() -> bytes:
    return tail_edit(with_count(24, MOST_JOBS))


@invalid("a layout of 4,294,967,295 columns", (103,))
def m03_layout_columns_not_there() -> bytes:
    def change(content: bytes) -> bytes:
        at = content.rindex(struct.pack("<II", 4, 1))
        return content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :]
    return tail_edit(change)


@invalid("a reserved byte of the commit")
def m04_commit_reserved() -> bytes:
    return edit(sets("commit", reserved=bytes(6) + b"\1"))


@invalid("reserved bytes of the counts")
def m04_counts_reserved() -> bytes:
    return edit(sets("", reserved=1))


@invalid("reserved bytes of a fragment")
def m04_fragment_reserved() -> bytes:
    return edit(sets("fragments", 0, reserved=1))


@invalid("deleted rows")
def m04_deleted() -> bytes:
    return edit(sets("fragments", 1, deleted=1))


@invalid("a fragment of two files", (108,))
def m04_two_files() -> bytes:
    return edit(sets("fragments", 1, files=2))


@invalid("a fragment of no file", (108,))
def m04_no_file() -> bytes:
    return column_edit(sets("fragments", 1, files=0))


@invalid("a deletion file")
def m04_deletion_file() -> bytes:
    return edit(sets("fragments", 1, deletion_file=0))


@invalid("a file of another data set")
def m04_base() -> bytes:
    return edit(sets("files", 2, base=1))


@invalid("reserved bytes of a file")
def m04_file_reserved() -> bytes:
    return edit(sets("files", 2, reserved=1))


@invalid("a reserved byte of a column of a layout")
def m04_layout_reserved() -> bytes:
    def change(content: bytes) -> bytes:
        at = content.rindex(struct.pack("<II", 4, 1)) + 8 + 13
        return content[:at] + b"\1" + content[at + 1 :]
    return tail_edit(change)


@invalid("version 0")
def m05_version_zero() -> bytes:
    return edit(sets("commit", version=0, parent=U64))


@invalid("version 2⁶³")
def m05_version_huge() -> bytes:
    return edit(sets("commit", version=2**63, parent=2**63 - 1))


@invalid("a version that is its own parent")
def m05_parent() -> bytes:
    return edit(sets("commit", parent=2))


@invalid("no number of the data set")
def m05_no_dataset() -> bytes:
    return edit(sets("commit", dataset=bytes(16)))


@invalid("no number of the commit")
def m05_no_commit() -> bytes:
    return edit(sets("commit", commit=bytes(16)))


@invalid("operation 0")
def m05_no_operation() -> bytes:
    return edit(sets("commit", operation=0))


@invalid("two columns with one number", (107,))
def m06_number_twice() -> bytes:
    return edit(sets("", columns=[0, 1, 2, 2]))


@invalid("a column with the number of the next one", (107,))
def m06_number_of_next() -> bytes:
    return edit(sets("", next_column=3))


@invalid("a layout without a column")
def m07_column_missing() -> bytes:
    return edit(lambda contents: contents.layouts[0].columns.pop())


@invalid("a layout with a column twice")
def m07_column_twice() -> bytes:
    return edit(lambda contents: contents.layouts[0].columns.append(contents.layouts[0].columns[0]))


@invalid("a layout with a column that nobody has given a number")
def m07_unknown_number() -> bytes:
    return edit(lambda contents: contents.layouts[0].columns.append((4, NO_GROUP, 0, 0)))


@invalid("a column in a group that does not exist")
def m07_no_group() -> bytes:
    return edit(lambda contents: contents.layouts[0].columns.__setitem__(0, (0, 1, 0, 0)))


@invalid("a column with an unknown codec")
def m07_codec() -> bytes:
    return edit(lambda contents: contents.layouts[0].columns.__setitem__(2, (2, NO_GROUP, 0, 4)))


@invalid("a group with an unknown codec")
def m07_group_codec() -> bytes:
    return edit(lambda contents: setattr(contents.layouts[0].groups[0], "codec", 4))


@invalid("a group with a stride of 2⁶³")
def m07_group_stride() -> bytes:
    return edit(lambda contents: setattr(contents.layouts[0].groups[0], "stride", 2**63))


@invalid("two fragments with one number")
def m08_number_twice() -> bytes:
    return edit(sets("fragments", 1, number=0))


@invalid("a fragment with the number of the next one")
def m08_number_of_next() -> bytes:
    return edit(sets("", next_fragment=2))


@invalid("two fragments of one file")
def m08_file_twice() -> bytes:
    return edit(sets("fragments", 1, first_file=0))


@invalid("a file of no fragment")
def m08_file_of_none() -> bytes:
    return edit(lambda contents: contents.fragments.pop())


@invalid("a fragment of two files that begins with the last file of the one before it", (115,))
def m08_shared_file() -> bytes:
    return column_edit(sets("fragments", 1, first_file=1))


@invalid("a fragment with a file too many", (115,))
def m08_files_not_there() -> bytes:
    return column_edit(sets("fragments", 1, files=3))


@invalid("a fragment without rows")
def m09_no_rows() -> bytes:
    return edit(sets("fragments", 1, rows=0))


@invalid("2⁶⁴ rows together")
def m09_rows_overflow() -> bytes:
    return edit(sets("fragments", 1, rows=2**63 - 1))


@invalid("a fragment of 2⁶⁴-1 rows")
def m09_rows_huge() -> bytes:
    return edit(sets("fragments", 1, rows=U64))


@invalid("two files with one name")
def m10_name_twice() -> bytes:
    return edit(sets("files", 1, name=number(99)))


@invalid("a name of zeros")
def m10_no_name() -> bytes:
    return edit(sets("files", 1, name=bytes(16)))


@invalid("a file that ends in its header")
def m10_end_too_small() -> bytes:
    return edit(sets("files", 1, end=159, footer_length=0))


@invalid("a file of 2⁶⁴-1 bytes")
def m10_end_huge() -> bytes:
    return edit(sets("files", 1, end=U64))


@invalid("a footer of 2⁶⁴-1 bytes")
def m10_footer_huge() -> bytes:
    return edit(sets("files", 1, footer_length=U64))


@invalid("a footer that is not at a multiple of 64")
def m10_footer_not_aligned() -> bytes:
    return edit(lambda contents: contents.files.__setitem__(
        1, replace(contents.files[1], footer_length=contents.files[1].footer_length + 8)))


@invalid("a layout that does not exist")
def m10_no_layout() -> bytes:
    return edit(sets("files", 1, layout=1))


@invalid("1,025 jobs", (103,))
def m11_too_many() -> bytes:
    return edit(sets("", jobs=[(struct.pack("<QQ", 1, i), 1) for i in range(MOST_JOBS + 1)]))


@invalid("a job twice")
def m11_job_twice() -> bytes:
    return edit(sets("", jobs=[(number(1), 1), (number(1), 2)]))


@invalid("a job without a number")
def m11_no_number() -> bytes:
    return edit(sets("", jobs=[(bytes(16), 1)]))


@invalid("a job of a later version")
def m11_later_version() -> bytes:
    return edit(sets("", jobs=[(number(1), 3)]))


def with_layout_columns(*numbers: int) -> Callable[[Any], None]:
    """Returns a change of the numbers of the columns of the second layout, which has those of `columns` that were added."""
    def change(contents: Any) -> None:
        columns = contents.layouts[2].columns
        columns[:] = [(number, *column[1:]) for number, column in zip(numbers, columns)]
    return change


@invalid("a fragment without a column of the data set")
def m15_column_missing() -> bytes:
    return column_edit(with_layout_columns(4, 2))


@invalid("a fragment with a column in two files")
def m15_column_twice() -> bytes:
    return column_edit(with_layout_columns(4, 0))


@invalid("a file without a column of the data set")
def m15_file_without_columns() -> bytes:
    manifest = Manifest(columns()[manifest_name(2)])
    footer, contents = copy.deepcopy(manifest.footer), copy.deepcopy(manifest.contents)
    footer.columns, contents.columns = footer.columns[:4], [0, 1, 2, 3]
    footer.groups = arrange(footer.columns, {}, None)
    return encode_manifest(footer, contents)


def refusal(file: bytes) -> int:
    try:
        Manifest(file)
    except FormatError as error:
        return error.rule
    return 0


def make_invalid() -> tuple[Files, dict[str, Any], str]:
    """Returns the files, their expected refusals, and the table for people."""
    files, expected, table = {}, {}, ""
    for entry in INVALID:
        file = f"{entry.name}.colonnade"
        files[f"invalid/manifests/{file}"] = entry.make()
        found = refusal(files[f"invalid/manifests/{file}"])
        if found not in (entry.rule, *entry.also):
            raise SystemExit(f"{file}: refused for {found}")
        expected[file] = {"rule": entry.rule} | ({"also": list(entry.also)} if entry.also else {})
        table += f"| `{file}` | M{entry.rule - 100} | {entry.what} |\n"
    return files, expected, table


def dataset_is_refused(change: Callable[[Path], None]) -> int:
    """Returns the rule for which the files of a changed copy of `appended` are refused."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in appended().items():
            (Path(folder) / path).parent.mkdir(exist_ok=True)
            (Path(folder) / path).write_bytes(content)
        change(Path(folder))
        try:
            manifest = open_version(folder)
            for index in range(len(manifest.contents.files)):
                manifest.open_file(folder, index)
        except FormatError as error:
            return error.rule
    return 0
