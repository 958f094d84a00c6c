# SPDX-License-Identifier: Apache-2.0
"""A file as a buffer."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ._buffer import Buffer
from ._factories import concat
from ._node import Node
from ._order import LabelRule, label_rule

__all__ = ["open"]


Path = str | os.PathLike[str]


def open(
    path: Path | Sequence[Path], verify: str | bool = "auto", *, copy: bool = False, labels: LabelRule = "same"
) -> Buffer:
    """The data set in a file; nothing but its description is read, however many rows there are.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = dx.ingest([{"x": [1.0, 2.0], "y": 0}], folder / "one.colonnade")
    >>> buffer = dx.open(folder / "one.colonnade")
    >>> buffer[0]["x"], buffer.schema["y"]
    (array([1., 2.]), Field(kind='tensor', dtype='int64', shape=(), meaning=None))

    A list of paths gives the rows of all of these files, one file after the other: see `concat`. What `labels` does where
    their class names differ, `Buffer.append` says.

    `verify` says when a damaged row is an error. A file is stored in blocks, and each has a checksum:

    - `"auto"`: each block of a file that fits in half of the memory is checked once. Samples and batches that are read
      by index, and streams over less than a quarter of the rows, come out of checked blocks. Streams over more are read
      while a thread checks: they raise with the next batch after it finds damage, and before the first epoch ends. Of a
      larger file, the blocks of rows that come in file order are checked, and of other rows none.
    - `"touch"`: each block is checked before a row of it is first read.
    - `"full"`: all blocks are checked now.
    - `"off"`: none is checked.

    `True` and `False` mean `"touch"` and `"off"`. `Buffer.explain` says what holds for a file.

    Samples, and batches that are gathered out of the file, are arrays that may be written to. Batches of consecutive rows
    of a column are read-only views of the file where it lies there as it is wanted: for a training loop that is not
    shuffled, they cost nothing. With `copy=True` these are copied as well, so that every batch may be written to.

    The file may be replaced meanwhile: what is open stays what it was. If it is truncated, or overwritten in place, the
    next sample or batch raises, and `Buffer.check_intact` tells about views that were given out before.

    Raises FileNotFoundError, and `CorruptFileError` for a file that is damaged or not Colonnade's.
    """
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if isinstance(path, (list, tuple)):
        return concat([open(each, verify, copy=copy) for each in path], labels=labels)
    label_rule(labels)
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path has to be a str or a pathlib.Path, or a list of them, not {type(path).__name__}")
    if isinstance(verify, bool):
        verify = "touch" if verify else "off"
    if not isinstance(verify, str):
        raise TypeError(f'verify has to be "auto", "touch", "full" or "off", not {verify!r}')
    return Buffer(Node.opened(path, verify, bool(copy)))
