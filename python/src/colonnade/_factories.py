# SPDX-License-Identifier: Apache-2.0
"""Functions that make buffers and streams from samples in memory, Python iterables and text files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from . import _arguments as check
from . import _core
from ._arguments import LabelRule
from ._buffer import Buffer, node_of
from ._errors import Error, readable
from ._fetcher import FileFetcher, local_file
from ._node import Node
from ._operations import Sample
from ._stream import Stream
from ._unpack import HEAD, is_packed, unpacked

__all__ = [
    "buffer_from_vector",
    "concat",
    "files_from_tar",
    "from_plan",
    "stream_csv_reader",
    "stream_csv_reader_from_string",
    "stream_line_reader",
    "stream_python_iterable",
]


class Readable(Protocol):
    """An object that is read from `seek(0)` to its end, such as an open file."""

    def read(self) -> bytes | str: ...
    def seek(self, offset: int, /) -> object: ...


File = str | os.PathLike[str] | Readable


def buffer_from_vector(data: list[Sample]) -> Buffer:
    """Returns a buffer of samples in memory: a list of dicts with the same keys.

    >>> import colonnade as dx
    >>> samples = dx.buffer_from_vector([{"text": b"one", "label": 1}, {"text": b"three", "label": 3}])
    >>> samples[1]["text"].tobytes(), int(samples[1]["label"])
    (b'three', 3)

    Values are numbers, str, bytes, NumPy arrays, lists of them, or tensors of other libraries. Contiguous arrays are
    shared and not copied. An empty list, or an array of shape (0,), gets the data type and the further dimensions of
    the other rows: an image without boxes among images with boxes has the shape (0, 4). A value of another kind, or of
    another data type than in the first sample, raises ValueError with key and row.
    """
    if not isinstance(data, list):
        raise TypeError(f"buffer_from_vector takes a list of dicts, not {type(data).__name__}: make it one by list(…)")
    return Buffer(Node.source("samples", data=data))


def concat(buffers: Iterable[Buffer], *, labels: LabelRule = "same") -> Buffer:
    """Joins several buffers one after the other. They must have the same keys with the same data types.

    >>> import colonnade as dx
    >>> parts = [dx.buffer_from_vector([{"x": i}, {"x": i + 1}]) for i in (0, 10, 20)]
    >>> [int(s["x"]) for s in dx.concat(parts)]
    [0, 1, 10, 11, 20, 21]

    Shuffled batches of buffers that are whole files are about as fast as those of one file, if all of the files or none
    compress a column. `Buffer.append` describes `labels`.
    """
    nodes = [node_of(buffer) for buffer in buffers]
    if not nodes:
        raise Error("concat needs at least one buffer")
    first, *others = nodes
    return Buffer(
        first.apply("append", others=others, labels=check.choice(labels, LabelRule, "labels")) if others else first
    )


def files_from_tar(tarfile: str | os.PathLike[str], nested: bool = False, num_threads: int = 1) -> Buffer:
    """Returns a buffer of the names of the regular files in a tar archive, as bytes under `file`, in the order of the
    archive.

    >>> import colonnade as dx
    >>> import io, pathlib, tempfile
    >>> import tarfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "one.tar"
    >>> with tarfile.open(path, "w") as archive:
    ...     archive.addfile(tarfile.TarInfo("a.txt"), io.BytesIO())
    >>> [s["file"].tobytes() for s in dx.files_from_tar(path)]
    [b'a.txt']

    `read_from_tar` reads their contents. Names of the forms ustar, GNU and PAX are read. Folders, symbolic links,
    devices and pipes are left out. A hard link has the contents of its target. A name that occurs several times is listed once,
    and its last member counts. Names such as `../x` and `/x` are returned as they are: do not use them as paths. With `nested`,
    the files of members that end in `.tar` are listed in their place, as in a folder of that name without `.tar`. `num_threads`
    is ignored.

    An archive that is compressed, damaged or truncated, or that has files with holes (`--sparse`), raises ValueError with
    the offset. So does a hard link whose target is no earlier member, and with `nested` a hard link to an archive.
    """
    return Buffer(Node.source("files_of_tar", path=local_file(tarfile), nested=bool(nested)))


def from_plan(text: str) -> Buffer | Stream:
    """Returns the buffer or stream of a plan that `Buffer.plan` or `Stream.plan` returned. No sample is read.

    >>> import colonnade as dx
    >>> text = dx.stream_csv_reader_from_string("name,age\\nAda,36\\n").batch(8).plan()
    >>> dx.from_plan(text)
    Stream(keys={'name', 'age'})

    The files of the plan are opened. Raises ValueError if the text is no plan, or if a file at a path is not the one of
    the plan; FileNotFoundError if there is none; and what the operations raise. A text from an untrusted source cannot
    run code, but it chooses the files that are opened.
    """
    if not isinstance(text, str):
        raise TypeError(f"from_plan takes the text that plan() returned, not {type(text).__name__}")
    pipeline = _core.from_plan(text)
    return Stream(Node(pipeline)) if pipeline.is_stream else Buffer(Node(pipeline))


def stream_python_iterable(iterable_factory: Callable[[], Iterable[Sample]]) -> Stream:
    """Returns a stream of the dicts that `iterable_factory()` yields. It is a function so that each pass gets a new
    iterable.

    >>> import colonnade as dx
    >>> def numbers():
    ...     for i in range(5):
    ...         yield {"x": i}
    >>> [int(s["x"]) for s in dx.stream_python_iterable(numbers)]
    [0, 1, 2, 3, 4]

    This call runs the function once, to learn keys and data types from the first sample. Every pass after the first
    runs it again. An exception in the iterable comes out of `next`.
    """
    if not callable(iterable_factory):
        raise TypeError(
            "stream_python_iterable takes a function that returns an iterable of dicts, not "
            f"{type(iterable_factory).__name__}: write lambda: … before it"
        )
    return Stream(Node.source("iterable", factory=iterable_factory))


def stream_csv_reader(
    file: File,
    sep: str = ",",
    quote: str = '"',
    *,
    local_prefix: str | os.PathLike[str] = "",
    file_fetcher: FileFetcher | None = None,
) -> Stream:
    """Returns a stream of the records of a CSV file, as bytes under the names in its first line.

    >>> import colonnade as dx
    >>> import io
    >>> stream = dx.stream_csv_reader(io.BytesIO(b"name;age\\nAda;36\\n"), sep=";")
    >>> [record["age"].tobytes() for record in stream]
    [b'36']

    `file` is a path, or an object with `read` and `seek`, which this call reads to its end. Compressed files are
    recognised: gzip is unpacked while it is read; bzip2, xz and zstd files are unpacked whole by this call. Records
    with too many or too few fields raise ValueError with their number. `quote=""` makes quotes ordinary characters, as
    files of tab-separated values have them. A column without a name, as pandas writes for an index, gets the key
    `unnamed_0` by its index. The values are texts, which `cast` does not turn into numbers: `ingest` reads CSV files
    into typed columns. `file_fetcher` brings the file at a path to this machine.
    """
    options = {"separator": check.character(sep, "sep"), "quote": check.quote_character(quote)}
    return Stream(Node.source("csv", **_contents(file, local_prefix, file_fetcher), **options))


def stream_csv_reader_from_string(content: str | bytes, sep: str = ",", quote: str = '"') -> Stream:
    """Returns a stream of the records of a CSV text, as bytes under the names in its first line.

    >>> import colonnade as dx
    >>> stream = dx.stream_csv_reader_from_string("name,age\\nAda,36\\n")
    >>> {key: value.tobytes() for key, value in next(stream).items()}
    {'name': b'Ada', 'age': b'36'}
    """
    return Stream(
        Node.source(
            "csv",
            path=None,
            data=unpacked(check.as_bytes(content, "content"), "the text"),
            name="the text",
            separator=check.character(sep, "sep"),
            quote=check.quote_character(quote),
        )
    )


def stream_line_reader(
    file: File,
    key: str,
    unzip: bool = False,
    *,
    local_prefix: str | os.PathLike[str] = "",
    file_fetcher: FileFetcher | None = None,
) -> Stream:
    """Returns a stream of the lines of a text file, as bytes under `key`, without line ends.

    >>> import colonnade as dx
    >>> import io
    >>> [s["line"].tobytes() for s in dx.stream_line_reader(io.BytesIO(b"one\\n\\nthree"), "line")]
    [b'one', b'', b'three']

    `file` is a path, or an object with `read` and `seek`, which this call reads to its end. Compressed files are
    recognised, and `unzip` is ignored. `file_fetcher` brings the file at a path to this machine.
    """
    return Stream(Node.source("lines", **_contents(file, local_prefix, file_fetcher), key=check.key_name(key)))


def _contents(
    file: File, local_prefix: str | os.PathLike[str], file_fetcher: FileFetcher | None = None
) -> dict[str, Any]:
    """Returns the path, or the bytes and a name for them, as the core takes it."""
    if isinstance(file, (str, os.PathLike)):
        path = local_file(file, local_prefix, file_fetcher)
        if is_packed(_head(path)):
            with open(path, "rb") as packed:
                return {"path": None, "data": unpacked(packed.read(), path), "name": readable(path)}
        return {"path": path, "data": None, "name": readable(path)}
    if not (hasattr(file, "read") and hasattr(file, "seek")):
        raise Error(f"a file must be a path or an object with read and seek, not {type(file).__name__}")
    file.seek(0)
    contents = file.read()
    name = getattr(file, "name", "")
    name = name if isinstance(name, str) and name else "the given file"
    data = check.as_bytes(contents, f"the text of {readable(name)}") if isinstance(contents, str) else bytes(contents)
    return {"path": None, "data": unpacked(data, name), "name": readable(name)}


def _head(path: str) -> bytes:
    """Returns the first bytes of a regular file. The core reports files that cannot be read."""
    try:
        if not os.path.isfile(path):
            return b""
        with open(path, "rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""
