# SPDX-License-Identifier: Apache-2.0
"""A random access source for Grain, and for other libraries that read rows by index."""

from __future__ import annotations

import os
from typing import Any, SupportsIndex

from ._buffer import Buffer
from ._open import open

__all__ = ["Source"]


class Source:
    """Samples by index, as Grain's `RandomAccessDataSource` has them. It can be pickled: each worker opens the file
    itself.

    >>> import colonnade as dx
    >>> import colonnade.grain
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = dx.ingest([{"x": x} for x in range(10)], folder / "ten.colonnade")
    >>> source = colonnade.grain.Source(folder / "ten.colonnade")
    >>> len(source), int(source[3]["x"])
    (10, 3)

    Grain shuffles, batches and shards itself: `grain.MapDataset.source(source).shuffle(seed=1).batch(32)`.
    """

    def __init__(self, data: Buffer | str | os.PathLike[str]) -> None:
        self._path = None if isinstance(data, Buffer) else os.fspath(data)
        self._buffer = data if isinstance(data, Buffer) else open(data)

    def __len__(self) -> int:
        return len(self._buffer)

    def __getitem__(self, record_key: SupportsIndex) -> dict[str, Any]:
        return self._buffer[record_key]

    def __repr__(self) -> str:
        # Grain compares it with the one in a checkpoint, to check that the data is the same.
        data = repr(self._buffer) if self._path is None else repr(self._path)
        return f"Source({data}, size={len(self)})"
