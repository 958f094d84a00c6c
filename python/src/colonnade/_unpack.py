# SPDX-License-Identifier: Apache-2.0
"""Decompresses texts in formats other than gzip, which the core decodes itself, piece by piece."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from ._errors import CorruptFileError, UnsupportedError

__all__ = ["HEAD", "is_packed", "unpacked"]

#: The number of first bytes that identify a format.
HEAD = 10


def is_packed(head: bytes) -> bool:
    """Returns whether bytes begin like bzip2, xz or zstd."""
    return _kind(head) is not None


def unpacked(data: bytes, name: str) -> bytes:
    """Returns the decompressed data, or `data` itself, completely in memory."""
    kind = _kind(data)
    if kind is None:
        return data
    decompress, damaged = _decoder(kind, name)
    try:
        return decompress(data)
    except damaged as error:
        raise CorruptFileError(
            f"{name}: its {kind} data is damaged or truncated ({error}); get the file again, or compress it again"
        ) from None


def _kind(head: bytes) -> str | None:
    if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bzip2"
    if head[:6] == b"\xfd7zXZ\0":
        return "xz"
    return "zstd" if head[:4] == b"\x28\xb5\x2f\xfd" else None


def _decoder(kind: str, name: str) -> tuple[Callable[[bytes], bytes], tuple[type[Exception], ...]]:
    # Imported with the first file that needs it, so that importing the package is quick.
    if kind == "bzip2":
        import bz2

        return bz2.decompress, (OSError, EOFError, ValueError)
    if kind == "xz":
        import lzma

        return lzma.decompress, (lzma.LZMAError, EOFError)
    try:
        standard = importlib.import_module("compression.zstd")
        return standard.decompress, (standard.ZstdError, EOFError)
    except ImportError:
        pass
    try:
        package = importlib.import_module("zstandard")
    except ImportError:
        raise UnsupportedError(
            f"{name}: it is compressed by zstd, for which Python has a module from 3.14 on: install zstandard, or "
            "unpack it (zstd -d)"
        ) from None

    def decompress(data: bytes) -> bytes:
        # Frame by frame: frames need not have their length, and the package's reader accepts a truncated frame as complete.
        parts = []
        while data:
            frame = package.ZstdDecompressor().decompressobj()
            parts.append(frame.decompress(data))
            if not frame.eof:
                raise EOFError("the end is missing")
            data = frame.unused_data
        return b"".join(parts)

    return decompress, (package.ZstdError, EOFError)
