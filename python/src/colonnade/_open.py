# SPDX-License-Identifier: Apache-2.0
"""A file as a buffer."""

from __future__ import annotations

import os

from ._buffer import Buffer
from ._node import Node

__all__ = ["open"]


def open(path: str | os.PathLike[str], verify: bool = False) -> Buffer:
    """The data set in a file; nothing but its description is read, however many rows there are.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = dx.ingest([{"x": [1.0, 2.0], "y": 0}], folder / "one.colonnade")
    >>> buffer = dx.open(folder / "one.colonnade")
    >>> buffer[0]["x"], buffer.schema["y"]
    (array([1., 2.]), Field(kind='tensor', dtype='int64', shape=(), meaning=None))

    With `verify`, each block of the file is checked against its checksum when a row of it is first read. The file may
    be replaced meanwhile: what is open stays what it was.

    Raises FileNotFoundError, and `CorruptFileError` for a file that is damaged or not Colonnade's.
    """
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path has to be a str or a pathlib.Path, not {type(path).__name__}")
    return Buffer(Node.opened(path, "on_first_touch" if verify else "metadata"))
