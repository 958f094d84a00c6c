# SPDX-License-Identifier: Apache-2.0
"""Fetchers, which bring files from elsewhere to this machine before they are read."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ._errors import Error

__all__ = ["FileFetcher", "FileFetcherHandle", "Fetching", "FsspecFileFetcher", "local_file"]


class FileFetcherHandle:
    """A file that a `FileFetcher` has brought to this machine.

    >>> import colonnade as dx
    >>> dx.core.FileFetcher().fetch("a.csv").path
    'a.csv'
    """

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    @property
    def path(self) -> str:
        """The path of the file on this machine.

        >>> import colonnade as dx
        >>> dx.core.FileFetcherHandle("a.csv").path
        'a.csv'
        """
        return self._path


class FileFetcher:
    """Brings files to this machine before they are read. This class fetches nothing, since its files are here already:
    `FsspecFileFetcher` copies files, and classes of yours may override `fetch`.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = path.write_text("x\\n1\\n")
    >>> [row["x"].tobytes() for row in dx.stream_csv_reader(path, file_fetcher=dx.core.FileFetcher())]
    [b'1']

    The arguments have the names of MLX Data. Files are fetched when they are needed, so `num_prefetch_max` and
    `num_prefetch_threads` are ignored; `num_kept_files` is the number of fetched files that stay, and 0 keeps all.
    """

    def __init__(
        self,
        num_prefetch_max: int = 1,
        num_prefetch_threads: int = 1,
        num_kept_files: int = 0,
        verbose: bool = False,
    ) -> None:
        self._kept = num_kept_files
        self._verbose = verbose

    def fetch(self, filename: str) -> FileFetcherHandle:
        """Brings a file to this machine, unless it is there.

        >>> import colonnade as dx
        >>> dx.core.FileFetcher().fetch("a.csv").path
        'a.csv'
        """
        return FileFetcherHandle(os.fspath(filename))

    def prefetch(self, filenames: Iterable[str]) -> None:
        """Fetches files that are needed later.

        >>> import colonnade as dx
        >>> dx.core.FileFetcher().prefetch(["a.csv"])
        """
        for filename in filenames:
            self.fetch(filename)

    def cancel_prefetch(self) -> None:
        """Does nothing: `prefetch` has fetched its files when it returns.

        >>> import colonnade as dx
        >>> dx.core.FileFetcher().cancel_prefetch()
        """

    def erase(self, filename: str) -> None:
        """Removes the copy of a file from this machine, if there is one.

        >>> import colonnade as dx
        >>> dx.core.FileFetcher().erase("a.csv")
        """


class FsspecFileFetcher(FileFetcher):
    """Copies files from any file system of the package fsspec, such as S3, HTTP or a zip archive, to a folder of this
    machine.

    >>> import colonnade as dx
    >>> import fsspec
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.csv").write_text("x\\n1\\n")
    >>> fetcher = dx.core.FsspecFileFetcher(f"file://{folder}/")
    >>> [row["x"].tobytes() for row in dx.stream_csv_reader("a.csv", file_fetcher=fetcher)]
    [b'1']

    `url` comes before each name, and names may be complete URLs instead. `storage_options` go to fsspec, such as `key=` and
    `secret=` of S3, or `anon=True`. Files are copied once, to `folder`; without it, to a temporary folder that is removed when
    this process ends. With `num_kept_files`, a file is removed after that many others were fetched: do not set it if streams
    still read the file.
    """

    def __init__(
        self,
        url: str = "",
        *,
        folder: str | os.PathLike[str] | None = None,
        num_kept_files: int = 0,
        verbose: bool = False,
        **storage_options: Any,
    ) -> None:
        super().__init__(num_kept_files=num_kept_files, verbose=verbose)
        _fsspec()
        self._url = url
        self._options = storage_options
        self._folder = Path(_temporary_folder() if folder is None else folder).absolute()
        self._folder.mkdir(parents=True, exist_ok=True)
        #: The names of fetched files, the oldest first.
        self._names: dict[str, None] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())

    def fetch(self, filename: str) -> FileFetcherHandle:
        """Copies a file to this machine, unless it is there.

        >>> import colonnade as dx
        >>> import fsspec
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.txt").write_text("hello")
        >>> pathlib.Path(dx.core.FsspecFileFetcher(f"file://{folder}/").fetch("a.txt").path).read_text()
        'hello'
        """
        name = os.fspath(filename)
        local = self._local(name)
        with self._lock:
            if not local.exists():
                # A reader never sees a part of a file.
                part = local.with_name(f"{local.name}.{os.getpid()}.part")
                try:
                    system, path = _fsspec().core.url_to_fs(self._whole(name), **self._options)
                    system.get_file(path, os.fspath(part))
                    part.replace(local)
                finally:
                    part.unlink(missing_ok=True)
                if self._verbose:
                    print(f"fetched {self._whole(name)}", file=sys.stderr)
            self._names.pop(name, None)
            self._names[name] = None
            while self._kept and len(self._names) > self._kept:
                self._remove(next(iter(self._names)))
        return FileFetcherHandle(os.fspath(local))

    def erase(self, filename: str) -> None:
        """Removes the copy of a file from this machine, if there is one.

        >>> import colonnade as dx
        >>> import fsspec
        >>> dx.core.FsspecFileFetcher("memory://").erase("a.csv")
        """
        with self._lock:
            self._remove(os.fspath(filename))

    def _remove(self, name: str) -> None:
        self._names.pop(name, None)
        self._local(name).unlink(missing_ok=True)

    def _whole(self, name: str) -> str:
        return name if "://" in name or "::" in name else self._url + name

    def _local(self, name: str) -> Path:
        """Returns the path of the copy. It is one name in the folder, whatever the name is."""
        digest = hashlib.sha256(self._whole(name).encode("utf-8", "surrogateescape")).hexdigest()
        # The suffix stays, since programs look at it.
        return self._folder / (digest + quote(os.path.splitext(name)[1][:32], safe="."))


def _fsspec() -> Any:
    try:
        import fsspec
    except ImportError:
        raise ImportError("FsspecFileFetcher needs the package fsspec: pip install fsspec") from None
    return fsspec


def _temporary_folder() -> str:
    """Returns a new folder, which is removed when this process ends."""
    folder, process = tempfile.mkdtemp(prefix="colonnade-"), os.getpid()

    def remove() -> None:
        # A forked child must not remove the folder of its parent.
        if os.getpid() == process:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def local_file(
    file: str | os.PathLike[str], prefix: str | os.PathLike[str] = "", fetcher: FileFetcher | None = None
) -> str:
    """Returns the absolute path of a file, since a worker that opens it again may have another working directory. A fetcher
    brings it to this machine first.
    """
    name = os.fspath(file)
    if not isinstance(name, str):
        raise TypeError("paths are str here, not bytes: decode it by os.fsdecode")
    if fetcher is not None:
        if not hasattr(fetcher, "fetch"):
            raise TypeError(
                f"file_fetcher must have a method fetch, as core.FileFetcher has: {type(fetcher).__name__} has none"
            )
        handle: Any = fetcher.fetch(name)
        name = os.fspath(getattr(handle, "path", handle))
    return os.path.abspath(os.path.join(os.fspath(prefix), name))


class Fetching:
    """A function that fetches the file that a value names, and returns its path."""

    def __init__(self, fetcher: FileFetcher, prefix: str | os.PathLike[str]) -> None:
        self._fetcher = fetcher
        self._prefix = os.fspath(prefix)

    def __call__(self, value: Any) -> bytes:
        name = value if isinstance(value, str) else os.fsdecode(value.tobytes())
        if self._prefix and (os.path.isabs(name) or os.path.normpath(name).split(os.sep)[0] == os.pardir):
            raise Error(f"{name} is outside of the folder {self._prefix}, where paths start")
        return os.fsencode(local_file(name, self._prefix, self._fetcher))
