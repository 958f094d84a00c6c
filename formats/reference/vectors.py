# SPDX-License-Identifier: Apache-2.0
"""The files of formats/vectors: a description of each, and a function that makes it."""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from colonnade_format.layout import (
    BFLOAT16, BOOL, BYTES, CLASS_LABELS, ENTRY_POINTS, FLOAT16, FLOAT32, FLOAT64, INT8, INT16, INT32, INT64, LZ4, MEDIA_TYPE,
    NO_GROUP, SLOTS, START, STRING, TENSOR, TIME, UINT8, UINT16, UINT32, UINT64, UNIT, ZLIB, ZSTD, Column, Footer, Group,
    Region, Run, Segment, Tensor, align, checksum)
from colonnade_format.reader import Dataset
from colonnade_format.writer import (
    build, compress, encode_footer, encode_header, encode_labels, encode_slot, encode_trailer, extend)
from edits import rebuilt

V = None  # a dimension that varies
INF, NAN = math.inf, math.nan


class Vector(NamedTuple):
    name: str
    sections: str
    what: str
    make: Callable[[], tuple[bytes, dict[str, list[Any]]]]  # the file, and its expected rows
    verify: str | None = None  # the rule that a verifier reports, although the file can be read


VECTORS: list[Vector] = []


def vector(sections: str, what: str, verify: str | None = None) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        VECTORS.append(Vector(make.__name__.replace("_", "-"), sections, what, make, verify))
        return make
    return register


def tensors(shape: tuple[int, ...], rows: list[list[Any]]) -> list[Tensor]:
    return [Tensor(shape, values) for values in rows]


def lists(rows: list[list[Any]]) -> list[Tensor]:
    return [Tensor((len(values),), values) for values in rows]


def made(columns: list[Column], data: dict[str, list[Any]], **options: Any) -> tuple[bytes, dict[str, list[Any]]]:
    return build(columns, data, **options), data


def appended(file: bytes, data: dict[str, list[Any]], segment_exponent: int = 16) -> bytes:
    dataset = Dataset(file)
    tail, slot = extend(dataset, data, segment_exponent)
    at = SLOTS[(dataset.sequence + 1) % 2]
    file = file[: dataset.end] + tail
    return file[:at] + slot + file[at + 32 :]


class Noise:
    """Incompressible bytes, from a linear congruential generator so that they are always the same."""

    def __init__(self) -> None:
        self.state = 1

    def int64(self) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state ^ self.state >> 29) * 0xBF58476D1CE4E5B9 % 2**64 - 2**63


@vector("4, 5, 9", "one row of one int16 column, the worked example")
def scalar_one_row() -> Any:
    return made([Column("x", dtype=INT16)], {"x": [-2]})


@vector("5.1, 5.2", "every data type as scalars in one group, with their extremes; rows have padding")
def scalars() -> Any:
    data: dict[str, list[Any]] = {"bool": [False, True, True, False]}
    columns = [Column("bool", dtype=BOOL)]
    for dtype, bits in [(UINT8, 8), (UINT16, 16), (UINT32, 32), (UINT64, 64)]:
        columns.append(Column(f"uint{bits}", dtype=dtype))
        data[f"uint{bits}"] = [0, 2**bits - 1, 1, 2 ** (bits - 1)]
    for dtype, bits in [(INT8, 8), (INT16, 16), (INT32, 32), (INT64, 64)]:
        columns.append(Column(f"int{bits}", dtype=dtype))
        data[f"int{bits}"] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, -1, 0]
    for name, dtype in [("float16", FLOAT16), ("bfloat16", BFLOAT16), ("float32", FLOAT32), ("float64", FLOAT64)]:
        columns.append(Column(name, dtype=dtype))
        data[name] = [1.0, -2.5, 0.0, 96.0]
    return made(columns, data)


@vector("5.1", "extreme floating-point numbers: infinities, NaN, both zeros, subnormal, least and greatest")
def floats() -> Any:
    edges = {"float16": (FLOAT16, 2.0**-24, 2.0**-14, 65504.0, 1 + 2.0**-10),
             "bfloat16": (BFLOAT16, 2.0**-133, 2.0**-126, (2 - 2.0**-7) * 2.0**127, 1 + 2.0**-7),
             "float32": (FLOAT32, 2.0**-149, 2.0**-126, (2 - 2.0**-23) * 2.0**127, 1 + 2.0**-23),
             "float64": (FLOAT64, 5e-324, 2.0**-1022, 1.7976931348623157e308, 1 + 2.0**-52)}
    columns, data = [], {}
    for name, (dtype, subnormal, normal, greatest, next_to_one) in edges.items():
        columns.append(Column(name, dtype=dtype))
        data[name] = [INF, -INF, NAN, -0.0, 0.0, subnormal, -subnormal, normal, greatest, -greatest, next_to_one]
    columns.append(Column("only_nan", dtype=FLOAT32))
    data["only_nan"] = [NAN] * 11
    return made(columns, data)


@vector("5.1, 5.2", "fixed tensors: a large one alone in its group, small ones sharing one")
def fixed_tensors() -> Any:
    columns = [Column("label"), Column("matrix", dtype=FLOAT32, shape=(2, 3)),
               Column("image", dtype=UINT8, shape=(5, 5, 3)), Column("vector", dtype=INT64, shape=(3,)),
               Column("flags", dtype=BOOL, shape=(2, 1, 2))]
    rows = range(3)
    return made(columns, {
        "label": [7, 0, 255],
        "matrix": tensors((2, 3), [[r + i / 4 for i in range(6)] for r in rows]),
        "image": tensors((5, 5, 3), [[(r * 75 + i) % 256 for i in range(75)] for r in rows]),
        "vector": tensors((3,), [[10**15 * r - i for i in range(3)] for r in rows]),
        "flags": tensors((2, 1, 2), [[(r + i) % 3 == 0 for i in range(4)] for r in rows])})


@vector("5.1", "fixed columns of no bytes: a dimension that is zero")
def fixed_zero_length() -> Any:
    columns = [Column("a", dtype=INT32, shape=(0,)), Column("b", dtype=UINT8),
               Column("c", dtype=FLOAT64, shape=(2, 0, 3))]
    return made(columns, {"a": lists([[], []]), "b": [1, 2], "c": tensors((2, 0, 3), [[], []])},
                groups=[["b", "a"], ["c"]])


@vector("5.1, 5.3", "one varying dimension, alone and beside fixed ones; rows of no elements")
def ragged() -> Any:
    columns = [Column("a", dtype=FLOAT32, shape=(V,)), Column("b", dtype=INT16, shape=(V, 2)),
               Column("c", dtype=UINT8, shape=(2, V, 2)), Column("d", dtype=BOOL, shape=(V,))]
    return made(columns, {
        "a": lists([[], [0.5, -1.5], [3.0], []]),
        "b": [Tensor((2, 2), [1, 2, 3, 4]), Tensor((0, 2), []), Tensor((1, 2), [-5, -6]), Tensor((1, 2), [7, 8])],
        "c": [Tensor((2, 1, 2), [1, 2, 3, 4]), Tensor((2, 2, 2), list(range(10, 18))), Tensor((2, 0, 2), []),
              Tensor((2, 1, 2), [0, 0, 0, 255])],
        "d": lists([[True], [], [False, True, True], []])})


@vector("5.1, 5.3", "several varying dimensions, of which some are zero in some rows")
def ragged_rank_3() -> Any:
    columns = [Column("outer_and_inner", dtype=FLOAT32, shape=(V, 2, V)),
               Column("all", dtype=INT16, shape=(V, V, V)), Column("inner", dtype=UINT64, shape=(2, V, V))]
    return made(columns, {
        "outer_and_inner": [Tensor((1, 2, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), Tensor((0, 2, 5), []),
                            Tensor((2, 2, 1), [-1.0, -2.0, -3.0, -4.0])],
        "all": [Tensor((0, 7, 1), []), Tensor((1, 1, 1), [-9]), Tensor((3, 1, 2), [1, 2, 3, 4, 5, 6])],
        "inner": [Tensor((2, 0, 0), []), Tensor((2, 1, 2), [1, 2, 3, 2**64 - 1]), Tensor((2, 3, 0), [])]})


@vector("5.1, 5.3", "variable columns whose rows are all empty, plain and compressed")
def ragged_empty() -> Any:
    columns = [Column("text", STRING, shape=(V,)), Column("numbers", dtype=INT32, shape=(V,)),
               Column("shapes", dtype=INT32, shape=(V, V))]
    return made(columns, {"text": ["", ""], "numbers": lists([[], []]),
                          "shapes": [Tensor((0, 4), []), Tensor((3, 0), [])]}, codecs={"text": ZLIB, "shapes": ZLIB})


@vector("5.1", "bytes, also an empty row, and all 256 values")
def bytes_column() -> Any:
    return made([Column("content", BYTES, shape=(V,))], {"content": [b"\0", b"", bytes(range(256)), b"\xff\xfe"]})


@vector("5.1", "strings of one to four bytes a character, an empty one, a zero character, two normal forms")
def strings() -> Any:
    return made([Column("text", STRING, shape=(V,))], {
        "text": ["plain", "", "é e\u0301", "語 ελ", "🙂\U0010ffff", "a\0b", "line\nbreak \"quoted\" \\"]})


@vector("5", "a data set without rows: columns of each sort, no runs")
def empty() -> Any:
    columns = [Column("x", dtype=FLOAT32), Column("image", dtype=UINT8, shape=(28, 28)),
               Column("text", STRING, shape=(V,)), Column("boxes", dtype=FLOAT32, shape=(V, 4))]
    return made(columns, {"x": [], "image": [], "text": [], "boxes": []}, metadata={"rows": "none"})


@vector("5.3", "nine rows in segments of four, the last one with one row")
def segments() -> Any:
    columns = [Column("id", dtype=UINT32), Column("text", STRING, shape=(V,)),
               Column("grid", dtype=INT8, shape=(V, V)), Column("state", dtype=FLOAT64, shape=(8,))]
    return made(columns, {
        "id": list(range(100, 109)), "text": ["row " + "x" * row for row in range(9)],
        "grid": [Tensor((row % 3, row % 2), [row] * (row % 3 * (row % 2))) for row in range(9)],
        "state": tensors((8,), [[row + i / 8 for i in range(8)] for row in range(9)])}, segment_exponent=2)


@vector("5.3", "segments of one row each (exponent 0)")
def segments_of_one_row() -> Any:
    return made([Column("x", dtype=UINT16), Column("r", dtype=UINT8, shape=(V,))],
                {"x": [1, 2, 3], "r": lists([[1], [], [2, 3]])}, segment_exponent=0)


@vector("3, 5.3", "checksum blocks of 4096 bytes: two full ones and a shorter one")
def checksum_blocks() -> Any:
    return made([Column("x", dtype=INT64)], {"x": [row * row for row in range(1100)]}, block_exponent=12)


@vector("6", "compressed fixed column: a compressed block, an incompressible one stored plain, a row across both; "
        "and two columns in one compressed group")
def compressed_fixed() -> Any:
    noise = Noise()
    count = 8192 // 3 + 17  # rows of 24 bytes: one full block of 65,536 bytes and a short one
    flat = [i % 7 if i < 8190 else noise.int64() for i in range(3 * count)]
    columns = [Column("t", dtype=INT64, shape=(3,)), Column("a"), Column("b", dtype=UINT16)]
    return made(columns, {"t": tensors((3,), [flat[3 * r : 3 * r + 3] for r in range(count)]),
                          "a": [r % 2 for r in range(count)], "b": [r % 5 for r in range(count)]},
                codecs={"t": ZLIB, "a": ZLIB, "b": ZLIB}, groups=[["t"], ["a", "b"]])


@vector("6", "compressed ragged column with a row across two blocks, and compressed strings and bytes")
def compressed_ragged() -> Any:
    noise = Noise()
    lengths = [8000, 0, 400, 60]
    numbers = [[i % 10 for i in range(length)] for length in lengths]
    numbers[3] = [noise.int64() for _ in range(60)]
    columns = [Column("numbers", dtype=INT64, shape=(V,)), Column("text", STRING, shape=(V,)),
               Column("content", BYTES, shape=(V,))]
    return made(columns, {"numbers": lists(numbers), "text": ["ab" * 40, "", "語" * 30, "ab"],
                          "content": [bytes(50), b"\1", b"", b"\2"]},
                codecs={"numbers": ZLIB, "text": ZLIB, "content": ZLIB}, segment_exponent=2)


def all_blocks(codec: int) -> Any:
    """Returns a file with all forms of blocks that the reference writes: repeated bytes, matches, few literals, noise stored plain;
    rows across blocks; a group of two columns; a region of no bytes."""
    noise = Noise()
    count = 4096 // 24 * 2 + 9  # rows of 24 bytes: two blocks of 4,096 bytes, and a short one
    flat = [0 if i < 512 else noise.int64() if i < 1024 else i % 7 for i in range(3 * count)]
    columns = [Column("t", dtype=INT64, shape=(3,)), Column("a"), Column("b", dtype=UINT16), Column("text", STRING, shape=(V,)),
               Column("numbers", dtype=INT16, shape=(V, 2)), Column("nothing", BYTES, shape=(V,))]
    words = ["block", "row", "", "語", "column ", "row of a column "]
    return made(columns, {
        "t": tensors((3,), [flat[3 * r : 3 * r + 3] for r in range(count)]),
        "a": [r % 2 for r in range(count)], "b": [r % 5 * 300 for r in range(count)],
        "text": [words[r % 6] * (r % 11) for r in range(count)],
        "numbers": [Tensor((r % 3, 2), [r // 9] * (r % 3 * 2)) for r in range(count)],
        "nothing": [b""] * count,
    }, codecs=dict.fromkeys(["t", "a", "b", "text", "numbers", "nothing"], codec), groups=[["t"], ["a", "b"]])


@vector("6", "zstd: repeated bytes, matches and blocks stored plain, of fixed and variable columns; rows across blocks")
def compressed_zstd() -> Any:
    return all_blocks(ZSTD)


# A frame of libzstd 1.5.4, level 3: literals in four streams with a Huffman table, and tables of probabilities
FRAME = """
KLUv/WBuBKUPAFaQLhtwNXED2l8I/W4KmgUtklVVDVgfYUSRP0p/X0wnACYAJgDOIGXZ84jOB1wus06scCQCAATHwuaX2XvqjMbpWjB11MJo+a
6rzx3P88ImEmgwIJYdz/PcpDh+q/1D4oLwvAC7d247Ck5vqa7fV2pVGgx15Xu1GfQdl92cm+cFBClJCh7RV2JDnSp1EK6FUsd6V3xudAERd/xW
2yAUYNd5kPkyXaQsIwXdGDTYpBxk2vEOSVfqRLQ6DSfPN4CXqHGmk5GCMkoKhQ4QEoIQg+oBEfCgpNYQidKeASZgLnmCLCYmk3U4Dzv+ux3dQ3
0mn3uETX/U+e+8pLogme4luWqOGGusRVmQMxfvcQp8jnRsM56UMZXZgIK2V3glQmzJsTsy4+QWfS/cDMMLJv/vgzcUWig+SEV7b13GuxkBsucZ
K/grb2Afb7qmhGT3+RFX7zsfA+/2Ant+rhkLyEmRF3PfzzHcdjW/E5KUBiE0CUhdNbUfq5USCIFcjWkM/zfBgiFLPAH0hlwL1ZEImOIJlipx/h
M43UjqPL20rJoiQu2jsHhM8ouw0hv7gdHarTKKSgbXtj8VJbdJioRDPMpCUAl9rSons/68SJzcoRmTxalne26Z4iEBpUyO8fWCE7wP8O2Oz/O/
P8lTYJxusnbMdpYS7K0C"""
WORDS = ("a at of in to the and row file block column sample tensor stream epoch buffer gather shuffle prefetch checksum segment "
         "dictionary compression 1 2 3 64 4096 65536").split()


@vector("6", "zstd: a block that the library of zstd compressed, with Huffman codes and tables of probabilities")
def compressed_zstd_entropy() -> Any:
    text, state = "", 1
    for _ in range(250):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        draw = state >> 33
        text += WORDS[draw % len(WORDS)] + (", " if draw >> 8 & 7 == 0 else ".\n" if draw >> 12 & 15 == 0 else " ")
    file = build([Column("text", STRING, shape=(V,))], {"text": [text]})
    content = base64.b64decode(FRAME)
    stored = compress(ZSTD, b"\0")[:8] + struct.pack("<Q", len(content)) + content
    dataset = Dataset(file)
    dataset.footer.columns[0].codec = ZSTD
    return rebuilt(file, stored, len(text), dataset.footer), {"text": [text]}


@vector("6", "LZ4: matches, few literals and blocks stored plain, of fixed and variable columns; rows across blocks")
def compressed_lz4() -> Any:
    return all_blocks(LZ4)


@vector("6", "zstd and LZ4 blocks of 8,192 bytes")
def compressed_large_blocks() -> Any:
    columns = [Column("z", BYTES, shape=(V,)), Column("l", BYTES, shape=(V,))]
    noise = Noise()
    rows = [bytes(9_000), struct.pack("<5q", *(noise.int64() for _ in range(5))), bytes(9)]
    return build(columns, {"z": rows, "l": rows}, codecs={"z": ZSTD, "l": LZ4}, codec_exponent=13), {"z": rows, "l": rows}


@vector("5.1", "flattened dictionaries, and names that are not ASCII")
def nested_names() -> Any:
    columns = [Column("position.x", dtype=FLOAT32), Column("position.y", dtype=FLOAT32),
               Column("meta.camera.id", dtype=UINT16), Column("größe", dtype=INT8), Column("a b", dtype=INT8)]
    return made(columns, {"position.x": [0.5, 1.5], "position.y": [-0.5, -1.5], "meta.camera.id": [1, 65535],
                          "größe": [-1, 1], "a b": [0, 0]})


@vector("5.1", "class labels on two integer columns, one of them without any label")
def class_labels() -> Any:
    columns = [Column("label", attributes=[(CLASS_LABELS, encode_labels(["cat", "", "Hündin", "猫"]))]),
               Column("other", dtype=INT64, attributes=[(CLASS_LABELS, encode_labels([]))])]
    return made(columns, {"label": [0, 3, 2], "other": [-1, 0, 1]})


@vector("5", "metadata: an empty value, several lines, not ASCII")
def metadata() -> Any:
    return made([Column("x")], {"x": [1]}, metadata={
        "licence": "CC-BY-4.0", "empty": "", "note": "two\nlines", "名前": "データ", "json": '{"a": [1, 2]}'})


@vector("5.1", "a media type")
def media_type() -> Any:
    columns = [Column("image", BYTES, shape=(V,), attributes=[(MEDIA_TYPE, b"image/png")])]
    return made(columns, {"image": [bytes.fromhex("89504e470d0a1a0a"), b""]})


@vector("5.1", "dates, times of day, points in time with and without a zone, durations")
def times() -> Any:
    types = {"date": (INT32, b"date[d]"), "date64": (INT64, b"date[ms]"), "time": (INT32, b"time[ms]"),
             "naive": (INT64, b"timestamp[ns]"), "zoned": (INT64, b"timestamp[us, Europe/Berlin]"),
             "offset": (INT64, b"timestamp[s, +05:30]"), "span": (INT64, b"duration[us]")}
    columns = [Column(name, dtype=dtype, attributes=[(TIME, text)]) for name, (dtype, text) in types.items()]
    columns.append(Column("list", dtype=INT32, shape=(V,), attributes=[(TIME, b"time[s]")]))
    return made(columns, {
        "date": [-1, 19782], "date64": [0, 1709164800000], "time": [0, 86399999], "naive": [-1, 1709208000000000000],
        "zoned": [0, 1709208000000000], "offset": [0, 1709208000], "span": [-1, 90000000], "list": lists([[], [0, 86399]])})


@vector("5.5", "entry points of two columns; rows without, one of them with a file")
def entry_points() -> Any:
    def points(distance: int, *states: tuple[int, int, int, int]) -> bytes:
        return struct.pack("<I", distance) + b"".join(struct.pack("<I3h", *state) for state in states)

    columns = [
        Column("image", BYTES, shape=(V,), attributes=[(MEDIA_TYPE, b"image/*"), (ENTRY_POINTS, b"image.entry_points")]),
        Column("label"),
        Column("mask", BYTES, shape=(V,), attributes=[(ENTRY_POINTS, "mask.entry_points_é".encode())]),
        Column("mask.entry_points_é", BYTES, shape=(V,)),
        Column("image.entry_points", BYTES, shape=(V,))]
    return made(columns, {
        "image": [bytes(100), b"", bytes(50)],
        "label": [0, 1, 2],
        "mask": [b"\xff\xd8", bytes(20), b""],
        "mask.entry_points_é": [points(16, (0, 0, 0, 0)), points(1, (1, 1, 0, 0), (159, -1, 0, 0)), b""],
        "image.entry_points": [points(16, (8, -32768, 32767, 5), (799, 0, 0, 0)), b"", b""]}, segment_exponent=1)


@vector("5.1, 8", "unknown attributes below 32768: ignored")
def unknown_attribute() -> Any:
    columns = [Column("x", attributes=[(4, b"?"), (CLASS_LABELS, encode_labels(["no", "yes"])), (32_767, bytes(40))])]
    return made(columns, {"x": [0, 1]})


@vector("5, 8", "unknown optional features: ignored")
def unknown_feature() -> Any:
    return made([Column("x")], {"x": [0, 1]}, optional=0x8000_0001)


@vector("4", "minor version 7: accepted")
def unknown_minor_version() -> Any:
    file, data = made([Column("x")], {"x": [0, 1]})
    return encode_header(minor=7) + file[64:], data


APPEND_COLUMNS = [("x", TENSOR, INT16, ()), ("text", STRING, UINT8, (V,))]


def append_base(x: list[int], text: list[str]) -> bytes:
    columns = [Column(name, kind, dtype, shape) for name, kind, dtype, shape in APPEND_COLUMNS]
    return build(columns, {"x": x, "text": text}, metadata={"origin": "appended"}, segment_exponent=1)


@vector("4, 5.4", "appended once: slot B is in force")
def appended_once() -> Any:
    file = appended(append_base([1, 2, 3], ["one", "two", ""]), {"x": [-4], "text": ["four"]}, 1)
    return file, {"x": [1, 2, 3, -4], "text": ["one", "two", "", "four"]}


@vector("4, 5.3, 5.4", "appended twice: slot A is in force again, two retired footers, runs of different exponents")
def appended_twice() -> Any:
    file = appended(append_base([1, 2, 3], ["one", "two", ""]), {"x": [-4], "text": ["four"]}, 0)
    file = appended(file, {"x": [5, 6], "text": ["fünf", "six"]}, 4)
    return file, {"x": [1, 2, 3, -4, 5, 6], "text": ["one", "two", "", "four", "fünf", "six"]}


@vector("4, 5.4", "appended to a data set without rows")
def appended_to_empty() -> Any:
    return appended(append_base([], []), {"x": [9], "text": ["nine"]}), {"x": [9], "text": ["nine"]}


@vector("4, 5.4", "appended nothing: a commit without a new run")
def appended_nothing() -> Any:
    return appended(append_base([9], ["nine"]), {"x": [], "text": []}), {"x": [9], "text": ["nine"]}


@vector("4", "an append that stopped before its commit: bytes after the end do not belong to the data set")
def interrupted_before_commit() -> Any:
    file = append_base([1, 2], ["one", "two"])
    return file + appended(file, {"x": [3], "text": ["three"]})[len(file) : -40], {"x": [1, 2], "text": ["one", "two"]}


@vector("4", "an append that stopped within its commit: slot B is torn, slot A is in force", "R32")
def interrupted_commit() -> Any:
    file = append_base([1, 2], ["one", "two"])
    longer = appended(file, {"x": [3], "text": ["three"]})
    torn = longer[96:112] + bytes(16)
    return longer[:96] + torn + longer[128:], {"x": [1, 2], "text": ["one", "two"]}


@vector("4", "appended once, and the older slot A is damaged: slot B is in force", "R32")
def older_slot_damaged() -> Any:
    file, data = appended_once()
    return file[:72] + b"\xff" + file[73:], data


@vector("5.2, 5.3", "allowed, but not written by Colonnade: columns of a group in another order than the schema, "
        "padding in and after rows, a small column alone")
def free_layout() -> Any:
    columns = [Column("a", dtype=UINT8, group=1, offset=9), Column("b", dtype=INT32, group=1, offset=4),
               Column("c", dtype=UINT16, group=0, offset=2), Column("d", dtype=UINT8, shape=(V,), group=NO_GROUP)]
    data: dict[str, list[Any]] = {"a": [1, 2], "b": [-3, 4], "c": [5, 65535], "d": lists([[7], [8, 9]])}
    reference = build([Column("a"), Column("b", dtype=INT32), Column("c", dtype=UINT16),
                       Column("d", shape=(V,))], data)
    for column, measured in zip(columns, Dataset(reference).columns):
        column.statistics = measured.statistics
    rows = [bytes(2) + struct.pack("<H", c) + bytes(4) for c in data["c"]]
    table = [bytes(4) + struct.pack("<iBB", b, 0, a) + bytes(6) for a, b in zip(data["a"], data["b"])]
    pieces = [b"".join(rows), b"".join(table), struct.pack("<QQ", 1, 3), bytes([7, 8, 9])]
    regions, content = [], b""
    for piece in pieces:
        content += bytes(align(len(content)) - len(content))
        regions.append(Region(len(content), len(piece), len(piece)))
        content += piece
    content += bytes(align(len(content)) - len(content))
    sums = struct.pack("<I", checksum(content))
    run = Run(2, 40, [Segment(START, len(content), checksum(sums), regions)])
    footer = encode_footer(Footer(columns, [Group(8), Group(16)], 2, [run]))
    prefix = START + len(content) + len(sums)
    tail = content + sums + bytes(-prefix % UNIT) + footer + encode_trailer(1, footer)
    return encode_header() + encode_slot(1, START + len(tail)) + bytes(32) + tail, data
