# SPDX-License-Identifier: Apache-2.0
"""The function that makes one file of a data set of many files."""

from __future__ import annotations

import os

from . import _arguments as check
from . import _core
from ._buffer import Buffer
from ._errors import Error
from ._open import Path, open

__all__ = ["pack"]


def pack(
    source: Path, path: Path, *, version: int | None = None, tag: str | None = None, overwrite: bool = False
) -> Buffer:
    """Writes a data set of many files as one file, or a file as a data set of many files, and opens it.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = dx.ingest([{"x": 1}], f"{folder}/many/")
    >>> with dx.Writer(folder / "many", append=True) as writer:
    ...     writer.append({"x": 2})
    >>> [int(sample["x"]) for sample in dx.pack(folder / "many", folder / "packed.colonnade")]
    [1, 2]

    The rows, columns, class names, codecs, metadata and entry points are the same. A `path` that ends with a slash, or that is an
    empty folder, becomes a data set of many files. Each block is verified while it is read, and the target appears when it is
    complete.

    `version` or `tag` names a version of the source, as for `open`. `overwrite=True` replaces a file that exists.

    Raises FileExistsError, FileNotFoundError, and `CorruptFileError` for a damaged block.
    """
    if tag is not None and not isinstance(tag, str):
        raise TypeError(f"tag must be a str, not {type(tag).__name__}")
    number = 0 if version is None else check.positive(version, "version")
    if number and tag is not None:
        raise Error("a version and a tag were given: give one of them")
    target = os.fsdecode(path)
    _core.pack(os.fsdecode(source), number, tag, target, bool(overwrite))
    return open(target)
