# SPDX-License-Identifier: Apache-2.0
"""Paths as sources: the library that reads each, and the files of a folder."""

from __future__ import annotations

import os
from pathlib import Path

from .._errors import Error

__all__ = ["expanded", "format_of", "paths_of"]

_SUFFIXES = {".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".ipc": "arrow", ".feather": "arrow"}


def paths_of(source: object) -> list[str] | None:
    """Returns the paths of a source; None if the source is the data itself.

    >>> paths_of("x.csv"), paths_of([Path("a.npy"), "b.npy"]), paths_of([{"a": 1}])
    (['x.csv'], ['a.npy', 'b.npy'], None)
    """
    if isinstance(source, (str, bytes, os.PathLike)):
        return [os.fsdecode(source)]
    if (
        isinstance(source, (list, tuple))
        and source
        and all(isinstance(each, (str, bytes, os.PathLike)) for each in source)
    ):
        return [os.fsdecode(path) for path in source]
    return None


def format_of(path: str) -> str | None:
    """Returns the format of a file or folder that Python's libraries read; None for one that the core reads."""
    folder = Path(path)
    if folder.is_dir():
        names = ("dataset_info.json", "state.json", "dataset_dict.json")
        if any((folder / name).is_file() for name in names):
            return "huggingface"
        return next((kind for name in _entries(path) if (kind := _SUFFIXES.get(Path(name).suffix.lower()))), None)
    return _SUFFIXES.get(folder.suffix.lower())


def expanded(paths: list[str]) -> list[str]:
    """Replaces each folder of Parquet and Arrow files by its files, ordered by name.

    Ignores names that begin with a dot or an underscore, which other programs use for notes. Raises ValueError for folders that
    contain anything else, which would be left out.
    """
    files = []
    for path in paths:
        if not os.path.isdir(path) or format_of(path) in (None, "huggingface"):
            files.append(path)
            continue
        for name in _entries(path):
            file = os.path.join(path, name)
            if os.path.isdir(file) or format_of(file) is None:
                kind = "a folder" if os.path.isdir(file) else "no Parquet or Arrow file"
                raise Error(f"{path} has {name} in it, which is {kind} and would be left out: name the files to ingest")
            files.append(file)
    return files


def _entries(folder: str) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not name.startswith((".", "_")))
