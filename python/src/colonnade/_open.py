# SPDX-License-Identifier: Apache-2.0
"""The function that opens files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from . import _arguments as check
from ._arguments import LabelRule
from ._buffer import Buffer
from ._errors import Error
from ._factories import concat
from ._node import Node

__all__ = ["open"]


Path = str | os.PathLike[str]


def open(
    path: Path | Sequence[Path],
    verify: str | bool = "auto",
    *,
    copy: bool = False,
    labels: LabelRule = "same",
    version: int | None = None,
    tag: str | None = None,
) -> Buffer:
    """Opens a file, several as one, or a data set of many files. Only descriptions are read, however many rows there are.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = dx.ingest([{"x": [1.0, 2.0], "y": 0}], folder / "one.colonnade")
    >>> buffer = dx.open(folder / "one.colonnade")
    >>> buffer[0]["x"], buffer.schema["y"]
    (array([1., 2.]), Field(kind='tensor', dtype='int64', shape=(), meaning=None))

    A list of paths gives the rows of all these files, one file after the other: see `concat`. `Buffer.append` describes
    `labels`, for files with different class names.

    A folder is a data set of many files. The buffer has the rows of its newest version, or of the one that `version` or
    `tag` names, and keeps them whatever is committed later. A file of the data set is opened when a row of it is read.

    `verify` says when a damaged row is an error. A file is stored in blocks, and each has a checksum:

    - `"auto"`: in a file that fits in half of the memory, each block is checked once. Samples and batches that are read
      by index, and streams over less than a quarter of the rows, come from checked blocks. For longer streams a thread
      checks the blocks meanwhile: the stream raises with the next batch after the thread finds damage, and before the
      first epoch ends. In a larger file, blocks of rows that are read in file order are checked, and no others.
    - `"touch"`: each block is checked before a row of it is first read.
    - `"full"`: this call checks all blocks.
    - `"off"`: no block is checked.

    `True` and `False` mean `"touch"` and `"off"`. `Buffer.explain` says what holds for a file.

    Samples and gathered batches are arrays that may be written to. Batches of consecutive rows are read-only views of
    the file where the column stands alone in it: they cost nothing in a training loop without shuffling. `copy=True`
    copies these as well, so that every batch may be written to.

    The file may be replaced while it is open: the buffer keeps the old rows. If the file is truncated or overwritten in
    place, the next sample or batch raises, and `Buffer.check_intact` tells about views that were returned before.

    Raises FileNotFoundError, also for a version or tag that does not exist, and `CorruptFileError` for a file that is
    damaged or not a Colonnade file.
    """
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        raise TypeError(f"version must be an int, not {type(version).__name__}")
    if version is not None and not 1 <= version < 2**63:
        raise Error(f"versions count from 1, and {version} was given")
    if tag is not None and not isinstance(tag, str):
        raise TypeError(f"tag must be a str, not {type(tag).__name__}")
    if isinstance(path, (list, tuple)):
        if version is not None or tag is not None:
            raise Error("several paths have no common version or tag: open each, and join them with concat")
        return concat([open(each, verify, copy=copy) for each in path], labels=labels)
    check.choice(labels, LabelRule, "labels")
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be a str or a pathlib.Path, or a list of them, not {type(path).__name__}")
    if isinstance(verify, bool):
        verify = "touch" if verify else "off"
    if not isinstance(verify, str):
        raise TypeError(f'verify must be "auto", "touch", "full" or "off", not {verify!r}')
    if verify not in ("auto", "touch", "full", "off"):
        raise Error(f'verify must be "auto", "touch", "full" or "off", not {verify!r}')
    return Buffer(Node.opened(path, verify, bool(copy), version or 0, tag))
