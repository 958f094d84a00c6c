# SPDX-License-Identifier: Apache-2.0
"""The class that writes samples one by one."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Self

from . import _core
from ._buffer import Buffer
from ._errors import Error, visible
from ._ingest.options import checked_target, row_options
from ._ingest.pipelines import check_attributes
from ._ingest.rows import RowWriter
from ._open import open
from ._schema import Field
from ._stream import Stream

__all__ = ["Writer"]

#: The number of appends from which on a warning advises to add more rows at a time.
_MANY_APPENDS = 1000


class Writer:
    """Writes a file sample by sample. The end of the `with` block publishes the file; an exception in it leaves no
    file, or the old one.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> with dx.Writer(folder / "written.colonnade") as writer:
    ...     writer.append({"x": 1, "name": "one"})
    ...     writer.extend({"x": x, "name": str(x)} for x in (2, 3))
    >>> [sample["name"] for sample in dx.open(folder / "written.colonnade")]
    ['one', '2', '3']

    The schema comes from the first samples (a thousand, or 32 MB), unless `schema` gives types for all keys. A sample
    that does not fit raises ValueError with row, key and remedy, and the samples before it stay. `colonnade.ingest`
    describes the other options.

    With `append=True` the rows follow those of an existing file, and become visible together at the end. Each `finish`
    writes the description of the whole file once more, so append many rows at a time. `mask=True` then sets the masks
    that the file has. A buffer or stream must have the class names, the units of times and the layout of pictures that
    the file has.

    A signal handler that raises, as the one of Ctrl-C does, loses no row: `row_count` tells how many rows the writer
    has, and `finish` writes all of them. Only one thread at a time may use a writer, and only the process that made it.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        schema: Mapping[str, object] | None = None,
        *,
        overwrite: bool = False,
        append: bool = False,
        ragged: str | Iterable[str] = (),
        fill: Mapping[str, Any] | None = None,
        mask: bool = False,
        labels: Mapping[str, Sequence[str]] | None = None,
        image_mode: str | None = None,
        metadata: Mapping[str, str] | None = None,
        grouping: Literal["automatic", "separate"] | None = None,
        codec: str | Mapping[str, str] | None = None,
    ) -> None:
        self._rows: RowWriter | None = None
        #: The columns and the metadata of the file that is appended to.
        self._stored: tuple[Mapping[str, Field], Mapping[str, str]] = ({}, {})
        self._exclusive = _core.Exclusive()
        self._generation = _core.generation()
        options = row_options(
            schema=schema,
            columns=None,
            ragged=ragged,
            fill=fill,
            mask=mask,
            labels=labels,
            image_mode=image_mode,
            metadata=metadata,
            grouping=grouping,
            codec=codec,
            overwrite=overwrite,
        )
        if append:
            if schema or ragged or labels or metadata or grouping or codec:
                raise Error("a file that is appended to has its schema, metadata and codecs already: leave them out")
            stored = open(path)
            options.path, options.types, options.appends = os.fspath(path), dict(stored.schema), True
            self._stored = (stored.schema, stored.metadata)
        else:
            options.path = checked_target(path, overwrite)
        self._path = options.path
        self._rows = RowWriter(options, takes_columns=False)

    @property
    def path(self) -> str:
        """The path of the file that is written.

        >>> import colonnade as dx
        >>> import os, tempfile
        >>> with dx.Writer(os.path.join(tempfile.mkdtemp(), "one.colonnade")) as writer:
        ...     writer.append({"x": 1})
        >>> os.path.basename(writer.path)
        'one.colonnade'
        """
        return self._path

    @property
    def closed(self) -> bool:
        """True after `finish` and `abandon`.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> with dx.Writer(pathlib.Path(tempfile.mkdtemp()) / "one.colonnade") as writer:
        ...     writer.append({"x": 1})
        >>> writer.closed
        True
        """
        return self._rows is None

    @property
    def row_count(self) -> int:
        """The number of rows that were added.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> with dx.Writer(pathlib.Path(tempfile.mkdtemp()) / "two.colonnade") as writer:
        ...     writer.extend([{"x": 1}, {"x": 2}])
        ...     writer.row_count
        2
        """
        return self._open().rows

    def append(self, sample: Mapping[str, Any]) -> None:
        """Adds one row. After an exception, the row is in the file if `row_count` counts it.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> with dx.Writer(pathlib.Path(tempfile.mkdtemp()) / "one.colonnade") as writer:
        ...     writer.append({"image": [[0, 255]], "label": 3})

        The memory of arrays must not change during the call, for example in another thread. Afterwards it may, since the
        writer keeps no reference to it.
        """
        with self._exclusive:
            self._open().append(sample)

    def extend(self, samples: Iterable[Mapping[str, Any]]) -> None:
        """Adds rows, each as `append` does. The rows before one that does not fit stay.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> with dx.Writer(pathlib.Path(tempfile.mkdtemp()) / "ten.colonnade") as writer:
        ...     writer.extend({"x": x} for x in range(10))
        """
        if isinstance(samples, Mapping):
            raise TypeError("extend takes an iterable of samples, but this is one sample: use append")
        append = self._open().append
        if isinstance(samples, (Buffer, Stream)):
            check_attributes(samples, *self._stored)
        for sample in samples:
            with self._exclusive:
                append(sample)

    def finish(self) -> Buffer:
        """Publishes the file and opens it. The end of a `with` block does this by itself.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> writer = dx.Writer(pathlib.Path(tempfile.mkdtemp()) / "one.colonnade")
        >>> writer.append({"x": 1})
        >>> writer.finish()
        Buffer(size=1, keys={'x'})
        """
        with self._exclusive:
            rows = self._open()
            try:
                appends = rows.finish()["appends"]
            except BaseException as error:
                if rows.is_published:
                    error.add_note(f"{visible(self._path)} is complete nevertheless: it has the {rows.rows} rows")
                raise
            finally:
                self._rows = None
                rows.abandon()
        if appends >= _MANY_APPENDS:
            warnings.warn(
                f"{visible(self._path)} has been appended to {appends} times, and each time its whole description is written "
                "again: add more rows at a time, or ingest it anew",
                RuntimeWarning,
                stacklevel=2,
            )
        return open(self._path)

    def abandon(self) -> None:
        """Discards the rows: there is no file, or the old one. A closed writer stays as it is.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "one.colonnade"
        >>> writer = dx.Writer(path)
        >>> writer.append({"x": 1})
        >>> writer.abandon()
        >>> path.exists()
        False
        """
        with self._exclusive:
            rows, self._rows = self._rows, None
            if rows is not None:
                rows.abandon()

    def _open(self) -> RowWriter:
        if self._rows is None:
            raise Error("the writer is closed: its file is finished, or abandoned")
        if self._generation != _core.generation():
            raise Error(
                "the writer was begun before the process forked, and belongs to the parent: begin another one in the child"
            )
        return self._rows

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.abandon()
        elif self._rows is not None:
            self.finish()

    def __del__(self) -> None:
        if getattr(self, "_rows", None) is not None:
            self.abandon()

    def __repr__(self) -> str:
        return f"Writer({self._path!r}, {'closed' if self._rows is None else f'{self._rows.rows} rows'})"
