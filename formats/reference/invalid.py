# SPDX-License-Identifier: Apache-2.0
"""The files of formats/invalid: valid files in which one thing is broken, with corrected checksums."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from colonnade_format import lz4, zstd
from colonnade_format.layout import (
    BOOL, BYTES, CLASS_LABELS, ENTRY_POINTS, FLOAT32, INT16, INT32, INT64, LZ4, MEDIA_TYPE, NO_GROUP, START, STRING, TIME,
    TRAILER, TRAILER_MAGIC, UINT8, ZLIB, ZSTD, Column, Footer, Region, Retired, Run, Segment, Tensor, checksum)
from colonnade_format.reader import Dataset
from colonnade_format.writer import (
    build, encode_footer, encode_header, encode_labels, encode_slot, encode_trailer, signed)
from edits import first, patch, rebuilt, refitted, refooted, resegmented
from vectors import V, appended, lists

U64 = 2**64 - 1


class Invalid(NamedTuple):
    name: str
    rule: int
    when: str
    what: str
    make: Callable[[], bytes]
    also: tuple[int, ...]


INVALID: list[Invalid] = []


def when(rule: int) -> str:
    return "open" if rule <= 26 or rule == 35 else "read" if rule <= 28 or rule == 37 else "verify"


def invalid(what: str, also: tuple[int, ...] = ()) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Registers a file. A name begins with its rule: `r25_segments_overlap`."""
    def register(make: Callable[[], bytes]) -> Callable[[], bytes]:
        rule = int(make.__name__[1:3])
        INVALID.append(Invalid(make.__name__.replace("_", "-"), rule, when(rule), what, make, also))
        return make
    return register


# Valid files to break, and functions that break them


def table(rows: int = 3) -> bytes:
    """Returns a file of all kinds: a fixed group with padding, a string, a tensor of two varying dimensions; two segments."""
    columns = [Column("x", dtype=INT16), Column("y", dtype=FLOAT32, shape=(2,)), Column("s", STRING, shape=(V,)),
               Column("t", dtype=UINT8, shape=(V, V))]
    data: dict[str, list[Any]] = {
        "x": [1, 2, 3], "y": lists([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), "s": ["a", "", "bc"],
        "t": [Tensor((2, 1), [1, 2]), Tensor((0, 3), []), Tensor((1, 2), [3, 4])]}
    return build(columns, {name: values[:rows] for name, values in data.items()}, segment_exponent=1,
                 metadata={"k": "v", "l": "w"})


def scalar(rows: int = 1) -> bytes:
    return build([Column("x", dtype=INT16)], {"x": list(range(rows))})


def empty() -> bytes:
    """Returns a file with a schema and no rows, so that breaking the schema breaks nothing else."""
    return table(0)


def pictures(points: bytes = b"", names: tuple[bytes, ...] = (b"b",)) -> bytes:
    """Returns a file with the columns a, b, ... of bytes. `names` has the column of entry points of each; the last row of column b
    are entry points of the file in column a."""
    columns = [Column("a", BYTES, shape=(V,)), Column("b", BYTES, shape=(V,))]
    for column, name in zip(columns, names):
        column.attributes = [(ENTRY_POINTS, name)]
    return build(columns, {"a": [b"", bytes(10)], "b": [b"", points]})


def two_commits() -> bytes:
    return appended(scalar(), {"x": [7]})


def ragged(codec: int = 0, content: bytes = b"", ends: list[int] | None = None, dtype: int = INT32,
           shape: tuple[int | None, ...] = (V,)) -> bytes:
    """Returns a file with one ragged column. `ends`, if given, replace the correct ones."""
    size = 4 if dtype == INT32 else 1
    rows = [content[at : at + 3 * size] for at in range(0, len(content), 3 * size)] or [b""]
    column = Column("r", dtype=dtype, shape=shape)
    values = [Tensor((len(row) // size,), list(struct.unpack(f"<{len(row) // size}{'i' if size == 4 else 'B'}", row)))
              for row in rows]
    file = build([column], {"r": values}, codecs={"r": codec})
    return file if ends is None else data_edit(file, 0, struct.pack(f"<{len(ends)}Q", *ends))


def edit(file: bytes, change: Callable[[Footer], Any]) -> bytes:
    footer = Dataset(file).footer
    change(footer)
    return refooted(file, encode_footer(footer))


def footer_patch(file: bytes, at: int, content: bytes) -> bytes:
    dataset = Dataset(file)
    return refooted(file, patch(file[dataset.footer_at : dataset.end - TRAILER], at, content))


def footer_bytes(file: bytes) -> bytes:
    dataset = Dataset(file)
    return file[dataset.footer_at : dataset.end - TRAILER]


def resummed(file: bytes) -> bytes:
    """Corrects the checksum tables for the contents of the segments."""
    footer = Dataset(file).footer
    for run in footer.runs:
        for segment in run.segments:
            end = segment.offset + segment.length
            sums = b"".join(struct.pack("<I", checksum(file[at : min(at + 2**footer.block_exponent, end)]))
                            for at in range(segment.offset, end, 2**footer.block_exponent))
            file = patch(file, end, sums)
            segment.sums_checksum = checksum(sums)
    return refooted(file, encode_footer(footer))


def data_edit(file: bytes, at: int, content: bytes) -> bytes:
    """Changes bytes of the first segment, counted from its start."""
    return resummed(patch(file, START + at, content))


def column(index: int, **changes: Any) -> Callable[[Footer], None]:
    def change(footer: Footer) -> None:
        for name, value in changes.items():
            setattr(footer.columns[index], name, value)
    return change


def attribute(index: int, *attributes: tuple[int, bytes]) -> Callable[[Footer], None]:
    return column(index, attributes=list(attributes))


# R1 to R9: header, slots, trailer


@invalid("a file of no bytes")
def r01_no_bytes() -> bytes:
    return b""


@invalid("127 bytes of a valid file")
def r01_too_short() -> bytes:
    return scalar()[:127]


@invalid("the first byte of the magic is another")
def r01_other_magic() -> bytes:
    return signed(b"\x88" + scalar()[1:60]) + scalar()[64:]


@invalid("line ends were translated, CR LF to LF, as a transfer in text mode does")
def r01_line_ends_translated() -> bytes:
    return scalar().replace(b"\r\n", b"\n")


@invalid("the checksum of the header is wrong")
def r02_header_checksum() -> bytes:
    return patch(scalar(), 60, b"\0\0\0\0")


@invalid("major version 2")
def r03_major_version_2() -> bytes:
    return encode_header(major=2) + scalar()[64:]


@invalid("major version 0")
def r03_major_version_0() -> bytes:
    return encode_header(major=0) + scalar()[64:]


@invalid("the last reserved byte of the header is 1")
def r04_header_reserved() -> bytes:
    return encode_header(reserved=bytes(47) + b"\1") + scalar()[64:]


@invalid("both slots are empty: the writer never committed")
def r05_slots_empty() -> bytes:
    return patch(scalar(), 64, bytes(64))


@invalid("the checksum of the only slot is wrong")
def r05_slot_torn() -> bytes:
    return patch(scalar(), 92, bytes(4))


@invalid("slot A has an even sequence")
def r05_slot_parity() -> bytes:
    return patch(scalar(), 64, encode_slot(2, len(scalar())))


@invalid("a reserved byte of the slot is not zero")
def r05_slot_reserved() -> bytes:
    return patch(scalar(), 64, signed(scalar()[64:91] + b"\1"))


@invalid("slot B with sequence 0")
def r05_slot_sequence_zero() -> bytes:
    return patch(scalar(), 64, bytes(32) + encode_slot(0, len(scalar())))


@invalid("the last byte of the file is missing")
def r06_one_byte_short() -> bytes:
    return scalar()[:-1]


@invalid("the end is 2⁶⁴-1")
def r06_end_huge() -> bytes:
    return patch(scalar(), 64, encode_slot(1, U64))


@invalid("the end is 159: too short for a trailer")
def r06_end_too_small() -> bytes:
    return patch(scalar(), 64, encode_slot(1, 159))


@invalid("the newer slot points past the end of the file; readers do not fall back to the older one")
def r06_newer_slot_past_end() -> bytes:
    return patch(scalar(), 96, encode_slot(2, len(scalar()) + 64))


@invalid("the magic of the trailer is another")
def r07_trailer_magic() -> bytes:
    return scalar()[:-1] + b"t"


@invalid("the checksum of the trailer is wrong")
def r07_trailer_checksum() -> bytes:
    return scalar()[:-12] + bytes(4) + TRAILER_MAGIC


@invalid("the trailer has sequence 3, its slot 1")
def r07_trailer_sequence() -> bytes:
    return scalar()[:-TRAILER] + encode_trailer(3, footer_bytes(scalar()))


def footer_length(length: int) -> bytes:
    return signed(struct.pack("<QQI", 1, length, checksum(scalar()[-TRAILER - min(length, 450) : -TRAILER])))


@invalid("the footer length is 2⁶⁴-1")
def r08_footer_length_huge() -> bytes:
    return scalar()[:-TRAILER] + footer_length(U64) + TRAILER_MAGIC


@invalid("the footer would begin at 64, in the commit slots")
def r08_footer_before_128() -> bytes:
    return scalar()[:-TRAILER] + footer_length(len(scalar()) - TRAILER - 64) + TRAILER_MAGIC


@invalid("the footer begins 8 bytes too late, not at a multiple of 64")
def r08_footer_not_aligned() -> bytes:
    return scalar()[:-TRAILER] + footer_length(len(footer_bytes(scalar())) - 8) + TRAILER_MAGIC


@invalid("a byte of the footer was changed")
def r09_footer_changed() -> bytes:
    at = Dataset(scalar()).footer_at
    return patch(scalar(), at + 8, b"\2")


# R10 to R13: features, counts


@invalid("required feature 0")
def r10_required_feature_0() -> bytes:
    return edit(scalar(), lambda footer: setattr(footer, "required", 1))


@invalid("required feature 31")
def r10_required_feature_31() -> bytes:
    return edit(scalar(), lambda footer: setattr(footer, "required", 2**31))


@invalid("a footer of no bytes")
def r11_footer_of_no_bytes() -> bytes:
    file = scalar()
    at = Dataset(file).footer_at
    return file[:64] + encode_slot(1, at + TRAILER) + file[96:at] + encode_trailer(1, b"")


@invalid("the last byte of the footer is missing")
def r11_footer_one_byte_short() -> bytes:
    return refooted(table(), footer_bytes(table())[:-1])


@invalid("one byte too many in the footer")
def r11_footer_one_byte_more() -> bytes:
    return refooted(table(), footer_bytes(table()) + b"\0")


@invalid("65,535 columns in a footer that ends after the first")
def r11_columns_not_there() -> bytes:
    return footer_patch(build([Column("s", STRING, shape=(V,))], {"s": []}), 16, struct.pack("<I", 65_535))


@invalid("1,048,576 runs in a footer of 200 bytes")
def r11_runs_not_there() -> bytes:
    return footer_patch(scalar(), 24, struct.pack("<I", 1_048_576))


@invalid("65,535 metadata entries in a footer of 200 bytes")
def r11_metadata_not_there() -> bytes:
    return footer_patch(scalar(), 28, struct.pack("<I", 65_535))


@invalid("4,294,967,295 retired extents in a footer of 200 bytes")
def r11_retired_not_there() -> bytes:
    return footer_patch(scalar(), 32, struct.pack("<I", 2**32 - 1))


@invalid("a run of 2⁶⁴-1 rows in segments of one row: more segments than bytes")
def r11_segments_not_there() -> bytes:
    def change(footer: Footer) -> None:
        footer.rows = footer.runs[0].rows = U64
        footer.runs[0].exponent = 0
    return edit(scalar(), change)


@invalid("a column name of 65,535 bytes in a footer of 200 bytes")
def r11_name_not_there() -> bytes:
    return footer_patch(scalar(), 40, struct.pack("<H", 65_535))


@invalid("a metadata value of 4,294,967,295 bytes")
def r11_metadata_value_not_there() -> bytes:
    return refooted(empty(), footer_bytes(empty())[:-5] + b"\xff\xff\xff\xffw")


@invalid("an attribute of 4,294,967,295 bytes")
def r11_attribute_not_there() -> bytes:
    footer = footer_bytes(edit(scalar(), attribute(0, (9, b"12345678"))))
    return refooted(scalar(), footer.replace(struct.pack("<HI", 9, 8), struct.pack("<HI", 9, 2**32 - 1)))


@invalid("a column of rank 32 whose dimensions are missing")
def r11_dimensions_not_there() -> bytes:
    file = build([Column("x", dtype=INT16)], {"x": []})
    return footer_patch(file, 40 + 3 + 3, b"\x20")


@invalid("a reserved byte of the footer's fixed part is not zero")
def r12_footer_reserved() -> bytes:
    return footer_patch(scalar(), 39, b"\1")


@invalid("a reserved byte of a group is not zero")
def r12_group_reserved() -> bytes:
    return footer_patch(scalar(), 40 + 3 + 12 + 64 + 2 + 15, b"\1")


@invalid("a reserved byte of a run is not zero")
def r12_run_reserved() -> bytes:
    return footer_patch(scalar(), 40 + 3 + 12 + 64 + 2 + 16 + 15, b"\1")


@invalid("a reserved byte of a segment is not zero")
def r12_segment_reserved() -> bytes:
    return footer_patch(scalar(), 40 + 3 + 12 + 64 + 2 + 16 + 16 + 20, b"\1")


@invalid("a reserved byte of a retired extent is not zero")
def r12_retired_reserved() -> bytes:
    file = two_commits()
    dataset = Dataset(file)
    footer = footer_bytes(file)[:-1] + b"\1"
    return file[: dataset.footer_at] + footer + encode_trailer(2, footer)


@invalid("no columns")
def r13_no_columns() -> bytes:
    def change(footer: Footer) -> None:
        footer.columns, footer.groups = [], []
    return edit(empty(), change)


@invalid("65,536 columns, which are also missing", also=(11,))
def r13_columns_over_limit() -> bytes:
    return footer_patch(scalar(), 16, struct.pack("<I", 65_536))


@invalid("two groups of one column", also=(19,))
def r13_more_groups_than_columns() -> bytes:
    return edit(build([Column("x")], {"x": []}), lambda footer: footer.groups.append(footer.groups[0]))


@invalid("1,048,577 runs, which are also missing", also=(11,))
def r13_runs_over_limit() -> bytes:
    return footer_patch(scalar(), 24, struct.pack("<I", 1_048_577))


@invalid("65,536 metadata entries, which are also missing", also=(11,))
def r13_metadata_over_limit() -> bytes:
    return footer_patch(scalar(), 28, struct.pack("<I", 65_536))


@invalid("checksum block exponent 11")
def r13_block_exponent_11() -> bytes:
    return edit(scalar(), lambda footer: setattr(footer, "block_exponent", 11))


@invalid("checksum block exponent 21")
def r13_block_exponent_21() -> bytes:
    return edit(scalar(), lambda footer: setattr(footer, "block_exponent", 21))


@invalid("checksum block exponent 255: a shift by more than 64 bits")
def r13_block_exponent_255() -> bytes:
    return edit(scalar(), lambda footer: setattr(footer, "block_exponent", 255))


# R14 to R17: names, types, shapes, attributes


@invalid("a column without a name")
def r14_name_empty() -> bytes:
    return edit(empty(), column(0, name=""))


@invalid("two columns of one name")
def r14_name_twice() -> bytes:
    return edit(empty(), column(1, name="x"))


@invalid("a name that is not UTF-8")
def r14_name_not_utf8() -> bytes:
    return edit(empty(), column(0, name="x\udcff"))


@invalid("a name with a surrogate, encoded as three bytes")
def r14_name_with_surrogate() -> bytes:
    return edit(empty(), column(0, name="\udced\udca0\udc80"))


@invalid("a name with an overlong form of `/`")
def r14_name_overlong() -> bytes:
    return edit(empty(), column(0, name="\udcc0\udcaf"))


@invalid("a metadata key twice")
def r14_key_twice() -> bytes:
    return edit(empty(), lambda footer: footer.metadata.append(("k", "another")))


@invalid("an empty metadata key")
def r14_key_empty() -> bytes:
    return edit(empty(), lambda footer: footer.metadata.append(("", "v")))


@invalid("a metadata key that is not UTF-8")
def r14_key_not_utf8() -> bytes:
    return edit(empty(), lambda footer: footer.metadata.append(("\udc80", "v")))


@invalid("a metadata value that is not UTF-8")
def r14_metadata_value_not_utf8() -> bytes:
    return edit(empty(), lambda footer: footer.metadata.append(("m", "\udce2\udc82")))


@invalid("a name with a NUL character")
def r14_name_with_nul() -> bytes:
    return edit(empty(), column(0, name="x\0y"))


@invalid("a metadata key with a NUL character")
def r14_key_with_nul() -> bytes:
    return edit(empty(), lambda footer: footer.metadata.append(("a\0b", "v")))


@invalid("a metadata value with a NUL character")
def r14_metadata_value_with_nul() -> bytes:
    return edit(empty(), lambda footer: footer.metadata.append(("m", "\0")))


@invalid("kind 3")
def r15_kind_3() -> bytes:
    return edit(empty(), column(3, kind=3))


@invalid("data type 0")
def r15_data_type_0() -> bytes:
    return edit(empty(), column(3, dtype=0))


@invalid("data type 14")
def r15_data_type_14() -> bytes:
    return edit(empty(), column(3, dtype=14))


@invalid("a variable column with codec 4")
def r15_codec_of_column() -> bytes:
    return edit(empty(), column(3, codec=4))


@invalid("a group with codec 4")
def r15_codec_of_group() -> bytes:
    return edit(empty(), lambda footer: setattr(footer.groups[0], "codec", 4))


@invalid("a fixed column with its own codec")
def r15_codec_of_fixed_column() -> bytes:
    return edit(empty(), column(0, codec=ZLIB))


@invalid("a string column of int8")
def r15_string_of_int8() -> bytes:
    return edit(empty(), column(2, dtype=2))


@invalid("a tensor of rank 33")
def r16_rank_33() -> bytes:
    return edit(empty(), column(3, shape=(V, *[1] * 32)))


@invalid("a string column of rank 2")
def r16_string_of_rank_2() -> bytes:
    return edit(empty(), column(2, shape=(V, V)))


@invalid("a bytes column of rank 0", also=(18,))
def r16_bytes_of_rank_0() -> bytes:
    return edit(empty(), column(2, kind=BYTES, shape=()))


@invalid("a string column whose dimension does not vary", also=(18,))
def r16_string_of_fixed_length() -> bytes:
    return edit(empty(), column(2, shape=(8,)))


@invalid("a fixed row of 2⁴⁰+1 bytes", also=(19,))
def r16_row_too_large() -> bytes:
    return edit(build([Column("x", shape=(2,))], {"x": []}), column(0, shape=(2**40 + 1,)))


@invalid("dimensions whose product with 4 bytes is 2⁶⁴, which wraps to 0", also=(19,))
def r16_product_wraps() -> bytes:
    return edit(empty(), column(1, shape=(2**31, 2**31)))


@invalid("a fixed dimension of 2⁶⁴-2", also=(19,))
def r16_dimension_huge() -> bytes:
    return edit(build([Column("x", shape=(2,))], {"x": []}), column(0, shape=(U64 - 1,)))


@invalid("dimensions 2⁶³, 2⁶³, 0: no bytes, but an intermediate product overflows")
def r16_zero_hides_overflow() -> bytes:
    return edit(empty(), column(1, shape=(2**63, 2**63, 0)))


@invalid("one step of the fixed dimensions of a variable column has 2⁴¹ bytes")
def r16_step_too_large() -> bytes:
    return edit(empty(), column(3, shape=(V, V, 2**41)))


@invalid("a fixed dimension of a variable column is zero")
def r16_zero_step() -> bytes:
    return edit(empty(), column(3, shape=(V, V, 0)))


@invalid("attribute 32768, which is unknown and must not be ignored")
def r17_attribute_32768() -> bytes:
    return edit(empty(), attribute(0, (32_768, b"")))


@invalid("class labels twice")
def r17_labels_twice() -> bytes:
    labels = (CLASS_LABELS, encode_labels(["a"]))
    return edit(empty(), attribute(0, labels, labels))


@invalid("an unknown attribute twice")
def r17_unknown_attribute_twice() -> bytes:
    return edit(empty(), attribute(0, (77, b"a"), (77, b"b")))


@invalid("class labels on float32")
def r17_labels_on_float() -> bytes:
    return edit(empty(), attribute(1, (CLASS_LABELS, encode_labels(["a"]))))


@invalid("class labels on bool")
def r17_labels_on_bool() -> bytes:
    return edit(build([Column("x", dtype=BOOL)], {"x": []}), attribute(0, (CLASS_LABELS, encode_labels(["a"]))))


@invalid("class labels on strings")
def r17_labels_on_strings() -> bytes:
    return edit(empty(), attribute(2, (CLASS_LABELS, encode_labels(["a"]))))


@invalid("4,294,967,295 class labels in 9 bytes")
def r17_labels_not_there() -> bytes:
    return edit(empty(), attribute(0, (CLASS_LABELS, b"\xff\xff\xff\xff\1\0\0\0a")))


@invalid("a class label that is longer than the attribute")
def r17_label_too_long() -> bytes:
    return edit(empty(), attribute(0, (CLASS_LABELS, b"\1\0\0\0\xff\xff\xff\xffa")))


@invalid("a byte after the class labels")
def r17_labels_one_byte_more() -> bytes:
    return edit(empty(), attribute(0, (CLASS_LABELS, encode_labels(["a"]) + b"\0")))


@invalid("class labels of 3 bytes: not even a count")
def r17_labels_without_count() -> bytes:
    return edit(empty(), attribute(0, (CLASS_LABELS, bytes(3))))


@invalid("a class label that is not UTF-8")
def r17_label_not_utf8() -> bytes:
    return edit(empty(), attribute(0, (CLASS_LABELS, b"\1\0\0\0\1\0\0\0\xff")))


@invalid("a class label with a NUL character")
def r17_label_with_nul() -> bytes:
    return edit(empty(), attribute(0, (CLASS_LABELS, b"\1\0\0\0\2\0\0\0a\0")))


@invalid("a media type on strings")
def r17_media_type_on_strings() -> bytes:
    return edit(empty(), attribute(2, (MEDIA_TYPE, b"text/plain")))


@invalid("an empty media type")
def r17_media_type_empty() -> bytes:
    return edit(build([Column("x", BYTES, shape=(V,))], {"x": []}), attribute(0, (MEDIA_TYPE, b"")))


@invalid("a media type that is not ASCII")
def r17_media_type_not_ascii() -> bytes:
    return edit(build([Column("x", BYTES, shape=(V,))], {"x": []}), attribute(0, (MEDIA_TYPE, "image/pñg".encode())))


@invalid("a time type on float32")
def r17_time_on_float() -> bytes:
    return edit(empty(), attribute(1, (TIME, b"timestamp[us]")))


@invalid("a time type in a unit that dates do not have")
def r17_time_unit() -> bytes:
    return edit(build([Column("x", dtype=INT64)], {"x": []}), attribute(0, (TIME, b"date[us]")))


@invalid("a zone on times of day")
def r17_time_zone() -> bytes:
    return edit(build([Column("x", dtype=INT64)], {"x": []}), attribute(0, (TIME, b"time[us, UTC]")))


@invalid("a time type with an additional byte")
def r17_time_one_byte_more() -> bytes:
    return edit(build([Column("x", dtype=INT64)], {"x": []}), attribute(0, (TIME, b"duration[s] ")))


@invalid("class labels and a time type on one column")
def r17_time_with_labels() -> bytes:
    attributes = (CLASS_LABELS, encode_labels(["a"])), (TIME, b"date[d]")
    return edit(build([Column("x", dtype=INT32)], {"x": []}), attribute(0, *attributes))


@invalid("entry points of strings")
def r17_entry_points_of_strings() -> bytes:
    return edit(empty(), attribute(2, (ENTRY_POINTS, b"x")))


@invalid("entry points in a column without a name")
def r17_entry_points_without_name() -> bytes:
    return edit(pictures(), attribute(0, (ENTRY_POINTS, b"")))


@invalid("entry points in a column whose name is not UTF-8")
def r17_entry_points_not_utf8() -> bytes:
    return edit(pictures(), attribute(0, (ENTRY_POINTS, b"\xff")))


@invalid("entry points in a column whose name has a NUL character")
def r17_entry_points_with_nul() -> bytes:
    return edit(pictures(), attribute(0, (ENTRY_POINTS, b"a\0")))


# R18 to R20: groups


@invalid("a fixed column in group 1 of one")
def r18_no_such_group() -> bytes:
    return edit(empty(), column(0, group=1))


@invalid("a fixed column in no group")
def r18_fixed_without_group() -> bytes:
    return edit(empty(), column(0, group=NO_GROUP))


@invalid("a variable column in a group")
def r18_variable_in_group() -> bytes:
    return edit(empty(), column(2, group=0))


@invalid("a variable column with an offset")
def r18_variable_with_offset() -> bytes:
    return edit(empty(), column(2, offset=4))


@invalid("two columns of a group overlap")
def r19_columns_overlap() -> bytes:
    return edit(build([Column("x", dtype=INT16), Column("y", dtype=INT32)], {"x": [], "y": []}), column(1, offset=0))


@invalid("a float32 column at offset 2")
def r19_column_not_aligned() -> bytes:
    return edit(empty(), column(1, offset=2))


@invalid("a column ends after the stride")
def r19_column_past_stride() -> bytes:
    return edit(empty(), column(1, offset=8))


@invalid("a column at offset 2³²-2 with two bytes: its end wraps in 32 bits")
def r19_offset_wraps() -> bytes:
    return edit(empty(), column(0, offset=2**32 - 2))


@invalid("a group without a column")
def r19_group_without_column() -> bytes:
    return edit(empty(), lambda footer: footer.groups.append(footer.groups[0]))


@invalid("a stride of 14 for a column of float32")
def r20_stride_no_multiple() -> bytes:
    return edit(empty(), lambda footer: setattr(footer.groups[0], "stride", 14))


@invalid("a stride of 2⁴⁰+4")
def r20_stride_too_large() -> bytes:
    return edit(empty(), lambda footer: setattr(footer.groups[0], "stride", 2**40 + 4))


@invalid("a stride of 2⁶⁴-4")
def r20_stride_huge() -> bytes:
    return edit(empty(), lambda footer: setattr(footer.groups[0], "stride", U64 - 3))


# R21 to R26: runs, segments, regions, extents


@invalid("a run without rows")
def r21_run_empty() -> bytes:
    return edit(scalar(), lambda footer: footer.runs.append(Run(0, 4, [])))


@invalid("segment exponent 41")
def r21_segment_exponent_41() -> bytes:
    return edit(scalar(), lambda footer: setattr(footer.runs[0], "exponent", 41))


@invalid("segment exponent 255: a shift by more than 64 bits")
def r21_segment_exponent_255() -> bytes:
    return edit(scalar(), lambda footer: setattr(footer.runs[0], "exponent", 255))


@invalid("the data set has one row more than its runs")
def r21_rows_do_not_add_up() -> bytes:
    return edit(table(), lambda footer: setattr(footer, "rows", 4))


@invalid("the data set has 2⁶⁴-1 rows and no runs")
def r21_rows_without_runs() -> bytes:
    return edit(empty(), lambda footer: setattr(footer, "rows", U64))


@invalid("a segment at 130", also=(25,))
def r22_segment_not_aligned() -> bytes:
    return edit(scalar(), lambda footer: setattr(first(footer), "offset", 130))


@invalid("a data length of 63", also=(23,))
def r22_data_length_no_multiple() -> bytes:
    return edit(scalar(), lambda footer: setattr(first(footer), "length", 63))


def regions(change: Callable[[list[Region]], Any]) -> bytes:
    return edit(table(), lambda footer: change(first(footer).regions))


@invalid("the first region at 8, not at 0")
def r23_region_not_aligned() -> bytes:
    return edit(scalar(), lambda footer: setattr(first(footer).regions[0], "offset", 8))


@invalid("a region begins at the offset of the one before it")
def r23_regions_overlap() -> bytes:
    return regions(lambda list: setattr(list[1], "offset", list[0].offset))


@invalid("two regions are in the wrong order")
def r23_regions_swapped() -> bytes:
    def change(list: list[Region]) -> None:
        list[1].offset, list[2].offset = list[2].offset, list[1].offset
    return regions(change)


@invalid("64 zero bytes between two regions")
def r23_hole_between_regions() -> bytes:
    file = ragged(content=bytes(12))
    footer = Dataset(file).footer
    first(footer).regions[1].offset += 64
    return resegmented(file[:START], file[START : START + 64] + bytes(64) + file[START + 64 : START + 128], footer)


@invalid("the last region ends after the data of the segment")
def r23_region_past_data() -> bytes:
    def change(list: list[Region]) -> None:
        list[-1].stored = list[-1].length = 65
    return regions(change)


@invalid("a plain region of 2⁶⁴-1 bytes: its end wraps")
def r23_region_end_wraps() -> bytes:
    def change(list: list[Region]) -> None:
        list[2].stored = list[2].length = U64
    return regions(change)


@invalid("the data of a segment are 64 bytes longer than its regions", also=(25,))
def r23_data_longer_than_regions() -> bytes:
    return edit(scalar(), lambda footer: setattr(first(footer), "length", 128))


@invalid("rows of 4 bytes for one row of 2")
def r24_rows_length() -> bytes:
    def change(footer: Footer) -> None:
        first(footer).regions[0].length = first(footer).regions[0].stored = 4
    return edit(scalar(), change)


@invalid("2⁴⁰ rows of 2²⁴ bytes: the product wraps to 0, which is the length of the region")
def r24_rows_length_wraps() -> bytes:
    def change(footer: Footer) -> None:
        footer.columns[0].shape, footer.groups[0].stride = (2**24,), 2**24
        footer.rows = 2**40
        footer.runs = [Run(2**40, 40, [Segment(START, 0, checksum(b""), [Region(0, 0, 0)])])]
    return edit(build([Column("x", shape=(2,))], {"x": []}), change)


@invalid("ends of 24 bytes for two rows")
def r24_ends_length() -> bytes:
    def change(list: list[Region]) -> None:
        list[1].stored = list[1].length = 24
    return regions(change)


@invalid("dimensions of 16 bytes for two rows of two varying dimensions")
def r24_dimensions_length() -> bytes:
    def change(list: list[Region]) -> None:
        list[4].stored = list[4].length = 16
    return regions(change)


@invalid("a plain region of values that says it decodes to more than it stores")
def r24_plain_values_decode_to_more() -> bytes:
    return regions(lambda list: setattr(list[-1], "length", 3))


@invalid("two segments overlap")
def r25_segments_overlap() -> bytes:
    def change(footer: Footer) -> None:
        footer.runs[0].segments[1].offset = START
    return edit(table(), change)


@invalid("segment 1 is before segment 0")
def r25_segments_in_wrong_order() -> bytes:
    def change(footer: Footer) -> None:
        segments = footer.runs[0].segments
        segments[0].offset, segments[1].offset = segments[1].offset, segments[0].offset
    return edit(build([Column("x", dtype=INT64)], {"x": [1, 2]}, segment_exponent=0), change)


@invalid("64 bytes between two segments belong to nothing")
def r25_hole_between_segments() -> bytes:
    file = build([Column("x", dtype=INT64)], {"x": [1, 2]}, segment_exponent=0)
    footer, at = Dataset(file).footer, Dataset(file).footer_at
    second = footer.runs[0].segments[1]
    prefix = file[: second.offset] + bytes(64) + file[second.offset : at]
    second.offset += 64
    return refitted(prefix, footer)


@invalid("64 bytes before the footer belong to nothing")
def r25_hole_before_footer() -> bytes:
    dataset = Dataset(scalar())
    return refitted(scalar()[: dataset.footer_at] + bytes(64), dataset.footer)


@invalid("the first segment begins at 64, in the commit slots")
def r25_segment_in_slots() -> bytes:
    return edit(scalar(), lambda footer: setattr(first(footer), "offset", 64))


@invalid("a segment at 2⁶⁴-64: its end wraps")
def r25_segment_end_wraps() -> bytes:
    return edit(scalar(), lambda footer: setattr(first(footer), "offset", U64 - 63))


@invalid("a segment reaches into the footer")
def r25_segment_in_footer() -> bytes:
    def change(footer: Footer) -> None:
        footer.rows = footer.runs[0].rows = 64
        region = first(footer).regions[0]
        region.stored = region.length = first(footer).length = 128
    return edit(scalar(), change)


def commit_edit(change: Callable[[Footer], Any]) -> bytes:
    file = two_commits()
    dataset = Dataset(file)
    change(dataset.footer)
    encoded = encode_footer(dataset.footer)
    tail = encoded + encode_trailer(2, encoded)
    return patch(file[: dataset.footer_at], 96, encode_slot(2, dataset.footer_at + len(tail))) + tail


@invalid("appended to, but the old footer is not listed")
def r25_retired_not_listed() -> bytes:
    return commit_edit(lambda footer: footer.retired.clear())


@invalid("the old footer is listed twice")
def r25_retired_twice() -> bytes:
    return commit_edit(lambda footer: footer.retired.append(footer.retired[0]))


@invalid("a retired extent of 2⁶⁴-1 bytes: its end wraps")
def r25_retired_end_wraps() -> bytes:
    return commit_edit(lambda footer: setattr(footer.retired[0], "length", U64))


@invalid("two retired extents, the later one first")
def r25_retired_in_wrong_order() -> bytes:
    def change(footer: Footer) -> None:
        whole = footer.retired[0]
        at = Dataset(two_commits()).data
        footer.retired = [
            Retired(start, end - start, checksum(at[start:end]))
            for start, end in [(whole.offset + 64, whole.offset + whole.length), (whole.offset, whole.offset + 64)]]
    return commit_edit(change)


@invalid("a compressed region of 65,537 bytes stores 15: too short for two index entries")
def r26_no_room_for_index() -> bytes:
    return rebuilt(ragged(ZLIB), bytes(15), 65_537)


@invalid("a compressed region says it decodes to 2⁶⁰ bytes")
def r26_length_huge() -> bytes:
    return rebuilt(ragged(ZLIB), bytes(16), 2**60)


@invalid("a compressed region says it decodes to 2⁶⁴-1 bytes: the number of its blocks wraps")
def r26_length_wraps() -> bytes:
    return rebuilt(ragged(ZLIB), bytes(16), U64)


@invalid("a compressed region of no bytes stores eight")
def r26_empty_stores_bytes() -> bytes:
    return rebuilt(ragged(ZLIB), bytes(8), 0)


@invalid("a zstd region has no room for the index of the largest blocks after its header")
def r26_no_room_for_header() -> bytes:
    return rebuilt(ragged(ZSTD), bytes(23), 65_537)


@invalid("an LZ4 region says it decodes to 2⁶⁴-1 bytes")
def r26_lz4_length_wraps() -> bytes:
    return rebuilt(ragged(LZ4), bytes(24), U64)


@invalid("a zstd region of no bytes stores its header")
def r26_empty_stores_header() -> bytes:
    return rebuilt(ragged(ZSTD), b"\x0c" + bytes(7), 0)


# R27 and R28: rows


@invalid("the end of row 1 is before that of row 0")
def r27_ends_decrease() -> bytes:
    return ragged(content=bytes(36), ends=[24, 12, 36])


@invalid("the end of each row is after the values", also=(34,))
def r27_end_past_values() -> bytes:
    return ragged(content=bytes(36), ends=[48, 48, 48])


@invalid("the end of the first row is 2⁶⁴-4")
def r27_end_huge() -> bytes:
    return ragged(content=bytes(36), ends=[U64 - 3, 24, 36])


@invalid("a row of int32 has 6 bytes")
def r27_row_no_whole_step() -> bytes:
    return ragged(content=bytes(36), ends=[6, 24, 36])


def dimensions(*shape: int, content: int = 6) -> bytes:
    file = build([Column("t", dtype=UINT8, shape=(V, V))], {"t": [Tensor((2, content // 2), [1] * content)]})
    return data_edit(file, 64, struct.pack("<QQ", *shape))


@invalid("dimensions 2 and 2 for a row of 6 bytes")
def r27_dimensions_disagree() -> bytes:
    return dimensions(2, 2)


@invalid("dimensions 2³² and 2³² for a row of no bytes: the product wraps to 0")
def r27_dimensions_wrap() -> bytes:
    return dimensions(2**32, 2**32, content=0)


@invalid("dimensions 0 and 2⁴¹ for a row of no bytes")
def r27_dimension_beside_zero_too_large() -> bytes:
    return dimensions(0, 2**41, content=0)


def compressed(stored: bytes) -> bytes:
    """Returns a file with two rows whose 24 bytes are compressed to these bytes (index and blocks)."""
    return rebuilt(ragged(ZLIB, bytes(24)), stored, 24)


def one_block(block: bytes) -> bytes:
    return compressed(struct.pack("<Q", len(block)) + block)


def two_blocks(ends: tuple[int, int], blocks: bytes) -> bytes:
    """Returns a file with one uint8 row of 65,548 bytes in two blocks."""
    file = data_edit(ragged(ZLIB, bytes(3), dtype=UINT8), 0, struct.pack("<Q", 65_548))
    return rebuilt(file, struct.pack("<QQ", *ends) + blocks, 65_548)


WHOLE = zlib.compress(bytes(65_536), 9)


@invalid("the index of a compressed region decreases")
def r28_index_decreases() -> bytes:
    return two_blocks((len(WHOLE) + 12, len(WHOLE)), WHOLE + bytes(12))


@invalid("the index points past the end of the region")
def r28_index_past_region() -> bytes:
    return compressed(struct.pack("<Q", 25) + bytes(24))


@invalid("an entry of the index is 2⁶⁴-1")
def r28_index_huge() -> bytes:
    return two_blocks((U64, len(WHOLE) + 12), WHOLE + bytes(12))


@invalid("the last block ends before the region does")
def r28_index_ends_early() -> bytes:
    return compressed(struct.pack("<Q", 24) + bytes(32))


@invalid("a block decodes to 23 bytes instead of 24")
def r28_block_too_short() -> bytes:
    return one_block(zlib.compress(bytes(23), 9))


@invalid("a block decodes to 25 bytes instead of 24")
def r28_block_too_long() -> bytes:
    return one_block(zlib.compress(bytes(25), 9))


@invalid("a block of a few hundred bytes decodes to 300,000 instead of 65,536")
def r28_block_is_a_bomb() -> bytes:
    bomb = zlib.compress(bytes(300_000), 9)
    return two_blocks((len(bomb), len(bomb) + 12), bomb + bytes(12))


@invalid("a block stores more bytes than it decodes to")
def r28_block_stores_too_much() -> bytes:
    return one_block(zlib.compress(b"these are incompressible", 0))


@invalid("a byte after the zlib stream")
def r28_byte_behind_stream() -> bytes:
    return one_block(zlib.compress(bytes(24), 9) + b"\0")


@invalid("the zlib stream has no end")
def r28_stream_without_end() -> bytes:
    return one_block(zlib.compress(bytes(24), 9)[:-1])


@invalid("the checksum within the zlib stream is wrong")
def r28_stream_checksum() -> bytes:
    return one_block(zlib.compress(bytes(24), 9)[:-1] + b"\xff")


@invalid("a deflate stream without the zlib header")
def r28_no_zlib_header() -> bytes:
    return one_block(zlib.compress(bytes(24), 9)[2:-4])


def stored_as(codec: int, block: bytes, header: bytes = b"\x0c" + bytes(7)) -> bytes:
    """Returns a file of two rows whose 24 bytes are zstd or LZ4, in one block with these stored bytes."""
    return rebuilt(ragged(codec, bytes(24)), header + struct.pack("<Q", len(block)) + block, 24)


def frame(descriptor: int = 0x20, size: bytes = b"\x18", block: bytes = b"\xc3\0\0\0", magic: bytes = zstd.MAGIC) -> bytes:
    """Returns a frame of zstd with one block: by default, 24 repeated zero bytes."""
    return magic + bytes([descriptor]) + size + block


@invalid("a frame of zstd with a checksum of its own")
def r28_zstd_checksum() -> bytes:
    return stored_as(ZSTD, frame(0x24) + struct.pack("<I", 0x6C1D5F25))


@invalid("a frame of zstd that needs a dictionary")
def r28_zstd_dictionary() -> bytes:
    return stored_as(ZSTD, frame(0x21, b"\x07\x18"))


@invalid("a frame of zstd with a window instead of a single segment, and without its length")
def r28_zstd_window() -> bytes:
    return stored_as(ZSTD, frame(0, b"\0"))


@invalid("a frame of zstd that says it has 23 bytes instead of 24")
def r28_zstd_length_less() -> bytes:
    return stored_as(ZSTD, frame(size=b"\x17", block=b"\xbb\0\0\0"))


@invalid("a frame of zstd that says it has 24 bytes, and has 23")
def r28_zstd_too_short() -> bytes:
    return stored_as(ZSTD, frame(block=b"\xbb\0\0\0"))


@invalid("a frame of zstd that says it has 24 bytes, and has 25")
def r28_zstd_too_long() -> bytes:
    return stored_as(ZSTD, frame(block=b"\xcb\0\0\0"))


@invalid("a frame of zstd that says it has 2⁶⁴-1 bytes")
def r28_zstd_length_huge() -> bytes:
    return stored_as(ZSTD, frame(0xE0, b"\xff" * 8))


@invalid("two frames of zstd in one block, which have its length together")
def r28_zstd_two_frames() -> bytes:
    half = frame(size=b"\x0c", block=b"\x63\0\0\0")
    return stored_as(ZSTD, half + half)


@invalid("a frame of zstd, and another one of no bytes after it")
def r28_zstd_empty_frame_after() -> bytes:
    return stored_as(ZSTD, frame() + frame(size=b"\0", block=b"\1\0\0"))


@invalid("a frame of zstd, and one to be skipped after it")
def r28_zstd_skippable_after() -> bytes:
    return stored_as(ZSTD, frame() + bytes.fromhex("502A4D18") + struct.pack("<I", 1) + b"x")


@invalid("a frame of zstd, and one to be skipped before it")
def r28_zstd_skippable_before() -> bytes:
    return stored_as(ZSTD, bytes.fromhex("502A4D18") + struct.pack("<I", 1) + b"x" + frame())


@invalid("a byte after the frame of zstd")
def r28_zstd_byte_after() -> bytes:
    return stored_as(ZSTD, frame() + b"\0")


@invalid("a frame of zstd without its last byte")
def r28_zstd_cut() -> bytes:
    return stored_as(ZSTD, frame()[:-1])


@invalid("a frame of zstd whose last block is missing")
def r28_zstd_without_end() -> bytes:
    return stored_as(ZSTD, frame(block=b"\xc2\0\0\0"))


@invalid("a block of zstd of the reserved type")
def r28_zstd_block_type() -> bytes:
    return stored_as(ZSTD, frame(block=b"\xc7\0\0\0"))


@invalid("a frame of a version of zstd before 0.8")
def r28_zstd_old_version() -> bytes:
    return stored_as(ZSTD, frame(magic=bytes.fromhex("27B52FFD")))


@invalid("a zstd block that stores no bytes")
def r28_zstd_no_bytes() -> bytes:
    return stored_as(ZSTD, b"")


@invalid("a match of an LZ4 block at a distance of 0")
def r38_lz4_distance_0() -> bytes:
    return stored_as(LZ4, b"\x1e\0\0\0\x50" + bytes(5))


@invalid("a match of an LZ4 block that begins before the block")
def r28_lz4_distance_too_large() -> bytes:
    return stored_as(LZ4, b"\x1e\0\2\0\x50" + bytes(5))


@invalid("an LZ4 block that decodes to 23 bytes instead of 24")
def r28_lz4_too_short() -> bytes:
    return stored_as(LZ4, b"\x1d\0\1\0\x50" + bytes(5))


@invalid("an LZ4 block that decodes to 25 bytes instead of 24")
def r28_lz4_too_long() -> bytes:
    return stored_as(LZ4, b"\x1f\0\1\0\0\x50" + bytes(5))


@invalid("an LZ4 block with a match length of megabytes")
def r28_lz4_bomb() -> bytes:
    return stored_as(LZ4, b"\x1f\0\1\0" + b"\xff" * 12 + b"\0\x50")


@invalid("an LZ4 block without its last literal")
def r28_lz4_cut() -> bytes:
    return stored_as(LZ4, b"\x1e\0\1\0\x50" + bytes(4))


@invalid("a byte after the last literals of an LZ4 block")
def r28_lz4_byte_after() -> bytes:
    return stored_as(LZ4, b"\x1e\0\1\0\x50" + bytes(5) + b"\1")


@invalid("an LZ4 block that ends after a match")
def r28_lz4_without_literals() -> bytes:
    return stored_as(LZ4, b"\x1f\0\1\0\4")


@invalid("an LZ4 block with a match in its last twelve bytes")
def r28_lz4_match_too_late() -> bytes:
    return stored_as(LZ4, b"\xd2" + bytes(13) + b"\1\0\x50" + bytes(5))


@invalid("a frame of LZ4 instead of a block")
def r28_lz4_frame() -> bytes:
    return stored_as(LZ4, bytes.fromhex("04224D18"))


# R37: headers of compressed regions


@invalid("zstd blocks of 2¹¹ bytes")
def r37_exponent_11() -> bytes:
    return stored_as(ZSTD, frame(), b"\x0b" + bytes(7))


@invalid("LZ4 blocks of 2¹⁷ bytes")
def r37_exponent_17() -> bytes:
    return stored_as(LZ4, lz4.encode(bytes(24)), b"\x11" + bytes(7))


@invalid("zstd blocks of 2²⁵⁵ bytes")
def r37_exponent_255() -> bytes:
    return stored_as(ZSTD, frame(), b"\xff" + bytes(7))


@invalid("a reserved byte of the header of a region is not zero")
def r37_reserved() -> bytes:
    return stored_as(ZSTD, frame(), b"\x0c" + bytes(6) + b"\1")


@invalid("an LZ4 region with room for the index of one block, and 17 blocks")
def r37_no_room_for_index() -> bytes:
    file = data_edit(ragged(LZ4, bytes(3), dtype=UINT8), 0, struct.pack("<Q", 65_537 + 4096))
    return rebuilt(file, b"\x0c" + bytes(7) + bytes(120), 65_537 + 4096)


# R29 to R34: rules that only a verifier checks


@invalid("a byte of a segment was changed")
def r29_block_changed() -> bytes:
    return patch(scalar(), START, b"\xff")


@invalid("a byte of the second of two checksum blocks was changed")
def r29_second_block_changed() -> bytes:
    file = build([Column("x", dtype=INT64)], {"x": [0] * 520}, block_exponent=12)
    return patch(file, START + 4100, b"\1")


@invalid("a checksum table was changed")
def r29_table_changed() -> bytes:
    return patch(scalar(), START + 64, b"\0")


@invalid("the checksum of a checksum table is wrong")
def r29_table_checksum() -> bytes:
    return edit(scalar(), lambda footer: setattr(first(footer), "sums_checksum", 0))


@invalid("a byte between a segment and the footer is not zero")
def r30_gap_before_footer() -> bytes:
    return patch(scalar(), Dataset(scalar()).footer_at - 1, b"\1")


@invalid("a byte between the old trailer and the next segment is not zero")
def r30_gap_after_trailer() -> bytes:
    return patch(two_commits(), len(scalar()), b"\1")


@invalid("a byte between two regions is not zero, with a correct checksum")
def r30_gap_between_regions() -> bytes:
    return data_edit(table(), 63, b"\1")


@invalid("a byte after the last region is not zero, with a correct checksum")
def r30_gap_behind_last_region() -> bytes:
    return data_edit(scalar(), 2, b"\1")


@invalid("a byte between two columns of a row is not zero, with a correct checksum")
def r30_padding_in_row() -> bytes:
    return data_edit(table(), 12 + 2, b"\1")


@invalid("a byte after the last column of a row is not zero, with a correct checksum")
def r30_padding_behind_row() -> bytes:
    file = build([Column("x", dtype=INT32), Column("y")], {"x": [1, 2], "y": [1, 2]})
    return data_edit(file, 7, b"\1")


@invalid("a byte of a retired footer was changed")
def r31_retired_changed() -> bytes:
    return patch(two_commits(), Dataset(scalar()).footer_at + 8, b"\2")


@invalid("slot B is neither empty nor valid")
def r32_slot_b_torn() -> bytes:
    return patch(scalar(), 96, b"\2")


@invalid("slot B has an odd sequence, with a correct checksum; slot A is in force")
def r32_slot_b_parity() -> bytes:
    return patch(scalar(), 96, encode_slot(3, len(scalar())))


@invalid("a string that is not UTF-8")
def r33_string_not_utf8() -> bytes:
    return data_edit(build([Column("s", STRING, shape=(V,))], {"s": ["ab"]}), 64, b"a\xff")


@invalid("a character whose two bytes are in two rows")
def r33_character_in_two_rows() -> bytes:
    return data_edit(build([Column("s", STRING, shape=(V,))], {"s": ["aé", "b"]}), 0, struct.pack("<QQ", 2, 4))


@invalid("an element of a fixed bool column is 2")
def r33_bool_2() -> bytes:
    return data_edit(build([Column("b", dtype=BOOL)], {"b": [True, False]}), 1, b"\2")


@invalid("an element of a ragged bool column is 255")
def r33_ragged_bool_255() -> bytes:
    return data_edit(build([Column("b", dtype=BOOL, shape=(V,))], {"b": lists([[True]])}), 64, b"\xff")


@invalid("the last row ends before the values do")
def r34_ends_too_early() -> bytes:
    return ragged(content=bytes(36), ends=[12, 24, 32])


# R35 and R36: entry points


@invalid("entry points in a column that does not exist")
def r35_no_such_column() -> bytes:
    return edit(pictures(), attribute(0, (ENTRY_POINTS, b"c")))


@invalid("entry points in the column of the files itself")
def r35_own_column() -> bytes:
    return edit(pictures(), attribute(0, (ENTRY_POINTS, b"a")))


@invalid("two columns are the entry points of each other")
def r35_each_other() -> bytes:
    return edit(pictures(), attribute(1, (ENTRY_POINTS, b"a")))


@invalid("entry points in a column of strings")
def r35_in_strings() -> bytes:
    return edit(pictures(), lambda footer: setattr(footer.columns[1], "kind", STRING))


@invalid("entry points in a column with a media type")
def r35_in_files() -> bytes:
    return edit(pictures(), attribute(1, (MEDIA_TYPE, b"image/png")))


@invalid("a column with values after that of the entry points")
def r35_before_values() -> bytes:
    columns = [Column("a", BYTES, shape=(V,)), Column("b", BYTES, shape=(V,)), Column("c")]
    file = build(columns, {"a": [], "b": [], "c": []})
    return edit(file, attribute(0, (ENTRY_POINTS, b"b")))


@invalid("one column has the entry points of two")
def r35_of_two_columns() -> bytes:
    columns = [Column(name, BYTES, shape=(V,)) for name in "abc"]
    def change(footer: Footer) -> None:
        footer.columns[0].attributes = footer.columns[1].attributes = [(ENTRY_POINTS, b"c")]
    return edit(build(columns, {"a": [], "b": [], "c": []}), change)


def entry_points(distance: int, *places: int) -> bytes:
    return pictures(struct.pack("<I", distance) + b"".join(struct.pack("<I6x", place) for place in places))


@invalid("entry points of three bytes: not even a distance")
def r36_without_distance() -> bytes:
    return pictures(b"\1\0\0")


@invalid("a distance without entry points")
def r36_without_entry_points() -> bytes:
    return entry_points(16)


@invalid("entry points with an additional byte")
def r36_one_byte_more() -> bytes:
    return pictures(struct.pack("<II6xB", 16, 0, 0))


@invalid("entry points at a distance of 0")
def r36_distance_0() -> bytes:
    return entry_points(0, 8)


@invalid("the places of entry points decrease")
def r36_places_decrease() -> bytes:
    return entry_points(16, 8, 16, 15)


@invalid("two entry points at one place")
def r36_place_twice() -> bytes:
    return entry_points(16, 8, 8)


@invalid("an entry point at the end of the file")
def r36_place_at_end() -> bytes:
    return entry_points(16, 8, 80)


@invalid("an entry point at 2³²-1 bits")
def r36_place_huge() -> bytes:
    return entry_points(1, 2**32 - 1)
