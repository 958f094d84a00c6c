# SPDX-License-Identifier: Apache-2.0
"""Changes of files, with corrected checksums."""

from __future__ import annotations

import struct

from colonnade_format.layout import START, UNIT, Footer, Segment, align, checksum
from colonnade_format.reader import Dataset
from colonnade_format.writer import encode_footer, encode_slot, encode_trailer


def refooted(file: bytes, footer: bytes) -> bytes:
    """Returns the file with another footer, and a correct trailer and slot A."""
    at = Dataset(file).footer_at
    tail = footer + encode_trailer(1, footer)
    return file[:64] + encode_slot(1, at + len(tail)) + file[96:at] + tail


def patch(file: bytes, at: int, content: bytes) -> bytes:
    return file[:at] + content + file[at + len(content) :]


def rebuilt(file: bytes, stored: bytes, length: int, footer: Footer | None = None) -> bytes:
    """Returns a file of one ragged column with other bytes in its region *values*, and perhaps with another footer."""
    footer = footer or Dataset(file).footer
    values = first(footer).regions[-1]
    values.stored, values.length = len(stored), length
    content = file[START : START + values.offset] + stored
    return resegmented(file[:START], content + bytes(align(len(content)) - len(content)), footer)


def resegmented(start: bytes, content: bytes, footer: Footer) -> bytes:
    """Returns a file of one segment with these data."""
    sums = struct.pack("<I", checksum(content))
    first(footer).length, first(footer).sums_checksum = len(content), checksum(sums)
    prefix = start + content + sums
    return refitted(prefix + bytes(-len(prefix) % UNIT), footer)


def refitted(prefix: bytes, footer: Footer) -> bytes:
    """Returns a file of these bytes and the footer, committed in slot A."""
    encoded = encode_footer(footer)
    tail = encoded + encode_trailer(1, encoded)
    return patch(prefix, 64, encode_slot(1, len(prefix) + len(tail))) + tail


def first(footer: Footer) -> Segment:
    return footer.runs[0].segments[0]
