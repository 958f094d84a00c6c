# SPDX-License-Identifier: Apache-2.0
"""Paths as sources: the library that reads each, the files of a folder, and what Python's libraries open."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import Error, KeyMissingError, visible
from .._schema import Field

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["NotInstalled", "Source", "expanded", "format_of", "formats_of", "opened", "paths_of"]

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


def formats_of(paths: list[str]) -> list[str] | None:
    """Returns the formats of files that Python's libraries read; None if the core reads all. ValueError for both kinds."""
    formats = [format_of(path) for path in paths]
    known = [kind for kind in formats if kind is not None]
    if known and len(known) < len(formats):
        other = paths[formats.index(None)]
        raise Error(f"{other} has a format that cannot be joined with the others: ingest it by itself")
    return known or None


class NotInstalled(ImportError):
    """A library that the source needs is not installed."""


class Source(NamedTuple):
    """A source for `ingest`, and the known types of its columns."""

    data: Any
    fields: dict[str, Field]


def opened(
    paths: list[str],
    formats: list[str],
    split: str | None,
    declared: Mapping[str, Field],
    columns: Collection[str] | None = None,
) -> Source:
    """Opens the sources as one.

    `declared` has the declared types of columns of the sources, and `columns` the selected columns, or None for all: files may
    differ in the others.

    Raises FileNotFoundError, ValueError, and `NotInstalled`.
    """
    for path in paths:
        if not os.path.exists(path):
            raise FileNotFoundError(2, "no such file", path)
    if "huggingface" in formats:
        if len(paths) > 1:
            raise Error(f"{paths[1]}: a folder saved by Hugging Face is ingested by itself")
        return _folder(paths[0], split)
    if split is not None:
        raise Error(f"--split is for folders saved by Hugging Face, but {paths[0]} is a file")
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise NotInstalled(f"to read {visible(paths[0])} install pyarrow: pip install pyarrow") from None
    from .sources import opened_files

    data, schema = opened_files(paths, formats, declared, columns)
    return Source(data, _fields(schema))


def _folder(path: str, split: str | None) -> Source:
    try:
        import datasets
    except ImportError:
        raise NotInstalled(
            f"to read {visible(path)}, saved by Hugging Face, install datasets: pip install datasets"
        ) from None
    try:
        data = datasets.load_from_disk(path)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise Error(f"{path} cannot be read: {error}") from error
    if split is not None:
        if not isinstance(data, datasets.DatasetDict):
            raise Error(f"{path} has no splits: leave out --split")
        if split not in data:
            raise KeyMissingError(f'{path} has no split "{split}"; there are {", ".join(map(str, data))}')
        data = data[split]
    first = next(iter(data.values())) if isinstance(data, datasets.DatasetDict) else data
    return Source(data, _fields(first.features.arrow_schema))


def _fields(schema: pa.Schema) -> dict[str, Field]:
    from .arrow_types import field_of
    from .features import described_features

    features = described_features(schema)
    found = ((field.name, field_of(field.type, features.get(field.name))) for field in schema)
    return {name: field for name, field in found if field is not None}
