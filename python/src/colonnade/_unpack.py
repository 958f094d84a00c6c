# SPDX-License-Identifier: Apache-2.0
"""Texts that are compressed in other ways than by gzip, which the core decodes itself, piece by piece."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from ._errors import CorruptFileError, UnsupportedError

__all__ = ["HEAD", "is_packed", "unpacked"]

#: The first bytes of a file that are enough to tell.
HEAD = 10


def is_packed(head: bytes) -> bool:
    """Whether bytes begin as bzip2, xz or zstd do."""
    return _kind(head) is not None


def unpacked(data: bytes, name: str) -> bytes:
    """What was compressed, or `data` itself. All of it is in memory then."""
    kind = _kind(data)
    if kind is None:
        return data
    decompress, damaged = _decoder(kind, name)
    try:
        return decompress(data)
    except damaged as error:
        raise CorruptFileError(
            f"{name}: its {kind} data is damaged or cut short ({error}); get the file anew, or compress it again"
        ) from None


def _kind(head: bytes) -> str | None:
    if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bzip2"
    if head[:6] == b"\xfd7zXZ\0":
        return "xz"
    return "zstd" if head[:4] == b"\x28\xb5\x2f\xfd" else None


def _decoder(kind: str, name: str) -> tuple[Callable[[bytes], bytes], tuple[type[Exception], ...]]:
    # Loaded with the first file that needs it: importing the package is quick.
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
        # Frame by frame: they need not say how long they are, and the reader of the package takes a cut one for whole.
        parts = []
        while data:
            frame = package.ZstdDecompressor().decompressobj()
            parts.append(frame.decompress(data))
            if not frame.eof:
                raise EOFError("the end is missing")
            data = frame.unused_data
        return b"".join(parts)

    return decompress, (package.ZstdError, EOFError)
