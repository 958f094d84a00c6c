# SPDX-License-Identifier: Apache-2.0
"""Options for rows and their file, and their checks."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, KeysView, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from .._arguments import key_names
from .._errors import Error, ExistingFileError, KeyMissingError, MissingFileError
from .._schema import Field
from .bar import Progress
from .missing import WHERE_MASKED, checked_kinds, named_fill
from .modes import checked_mode
from .named_files import checked_root
from .types import column_types

__all__ = [
    "AddedColumns",
    "RowOptions",
    "Task",
    "checked_codecs",
    "checked_columns",
    "checked_images",
    "checked_labels",
    "checked_metadata",
    "checked_target",
    "has_version",
    "of_source",
    "row_options",
]


@dataclass(frozen=True)
class AddedColumns:
    """Columns that are added to the rows of a data set."""

    #: The version that has the rows; 0 for a file.
    version: int
    #: The columns from which they are made.
    inputs: tuple[str, ...] = ()
    #: Whether they take the places of columns with their names.
    replaces: bool = False


@dataclass
class Task:
    """A task of a job."""

    job: str
    #: The number of tasks; 0 if it is not known.
    tasks: int
    task: int
    #: The number of rows; None before the task is finished.
    rows: int | None = None
    #: A text that tells the rows of the task from others: a finished task with another one is an error.
    sources: str | None = None


@dataclass
class RowOptions:
    """The options of an ingest. They have the names of columns in the source, unless `of_columns` made them."""

    #: The file to write.
    path: str = ""
    types: dict[str, Field] = field(default_factory=dict)
    #: The selected columns, {new name: old name}, in this order; None selects all.
    columns: dict[str, str] | None = None
    ragged: frozenset[str] = frozenset()
    fill: dict[str, Any] = field(default_factory=dict)
    #: The fills by kind, for columns without their own fill.
    kind_fills: dict[str, Any] = field(default_factory=dict)
    #: The fills that the user gave, without those that `mask=True` implies.
    asked_kinds: dict[str, Any] = field(default_factory=dict)
    #: Whether columns `NAME.valid` mark missing values.
    masks: bool = False
    labels: dict[str, list[str]] = field(default_factory=dict)
    decode_images: bool = True
    image_mode: str | None = None
    #: The folder inside which rows may name files.
    image_root: str | None = None
    #: The storage of pictures by column, in the form of the core.
    images: dict[str, str] = field(default_factory=dict)
    #: Whether columns with the length, channels and rate follow those of sound.
    audio_info: bool = False
    #: Whether bad files of folders are left out.
    skip_bad: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    grouping: str | None = None
    #: Codecs by column of the file; `*` means all other columns.
    codecs: dict[str, str] = field(default_factory=dict)
    replacing: bool = False
    appends: bool = False
    #: Set where the rows are columns of existing rows.
    added: AddedColumns | None = None
    #: Set where the rows are those of a task.
    task: Task | None = None
    #: The columns that the data set, or another task of the job, has already; Arrow data is fitted to them.
    settled: dict[str, Field] = field(default_factory=dict)
    #: The number of processes that read files; None for this process alone.
    processes: int | None = None
    #: The media types of columns of bytes.
    media: dict[str, str] = field(default_factory=dict)
    #: Options for text files, in the form of the core.
    text: dict[str, Any] = field(default_factory=dict)
    progress: Progress = None

    def renamed(self, names_of: Callable[[str], Iterable[str]]) -> RowOptions:
        """Returns the options for other names of columns; an option of a column without any name is dropped."""

        def each(values: dict[str, Any]) -> dict[str, Any]:
            return {name: value for old, value in values.items() for name in names_of(old)}

        return replace(
            self,
            types=each(self.types),
            ragged=frozenset(each(dict.fromkeys(self.ragged))),
            fill=each(self.fill),
            labels=each(self.labels),
        )

    def of_columns(self) -> RowOptions:
        """Returns the options with the names of columns in the file; unselected columns keep their names."""
        return self.renamed(lambda name: _new_names(name, self.columns or {}))

    def selects(self, name: str) -> bool:
        """Returns whether a column of the source is written, or a field of it, if it is a struct."""
        return self.columns is None or any(old == name or old.startswith(f"{name}.") for old in self.columns.values())

    def named(self, name: str, labels: list[str]) -> RowOptions:
        """Returns the options with class names for a column; its fill may be one of them, or a new one."""
        fill = self.fill
        if name in fill:
            number, labels = named_fill(fill[name], labels)
            fill = {**fill, name: number}
        return replace(self, fill=fill, labels={**self.labels, name: labels})

    def fills_floats(self, name: str) -> bool:
        """Returns whether a column has a fill or a mask for missing floats.

        If so, NaN in NumPy's floats of pandas is a missing value: pandas has no other mark for it.
        """
        return self.masks or "float" in self.kind_fills or name in self.fill

    @property
    def core_arguments(self) -> dict[str, Any]:
        """Returns the options of the file and its columns in the form of the core's `ingest_arrow` and `ingest_files`."""
        return {
            "columns": [new if new == old else f"{new}={old}" for new, old in (self.columns or {}).items()],
            "replacing": self.replacing,
            "metadata": self.metadata,
            "ungrouped": self.grouping == "separate",
            "codecs": self.codecs,
        }

    def check_names(self, known: Collection[str]) -> None:
        """Raises KeyError for an option that names an unknown column."""
        for name in (*self.types, *self.ragged, *self.fill, *self.labels):
            if name not in known:
                raise KeyMissingError(f'there is no column "{name}"; there are {", ".join(dict.fromkeys(known))}')


def _new_names(name: str, columns: dict[str, str]) -> list[str]:
    """Returns the names in the file of a column of the source, where `columns` renames it."""
    return [new for new, old in columns.items() if old == name] or [name]


def of_source(options: RowOptions) -> RowOptions:
    """Returns the options of the user with the names of columns in the source.

    The user names a column by its name in the source. A new name of `columns` is accepted too, unless it is the name of a
    selected column of the source.
    """
    columns = options.columns or {}
    taken = set(columns.values())

    def old(name: str) -> str:
        return name if name in taken else columns.get(name, name)

    for option, names in (
        ("fill", options.fill),
        ("labels", options.labels),
        ("schema", options.types),
        ("images", options.images),
    ):
        known: dict[str, str] = {}
        for name in names:
            if known.setdefault(old(name), name) != name:
                raise Error(f'{option} has "{known[old(name)]}" and "{name}", which are one column: leave one out')
    options = options.renamed(lambda name: [old(name)])
    for name, labels in options.labels.items():
        options = options.named(name, labels)
    codecs = {new: codec for name, codec in options.codecs.items() for new in _new_names(name, columns)}
    images = {old(name): storage for name, storage in options.images.items()}
    return replace(options, codecs=codecs, images=images)


def row_options(
    *,
    schema: Mapping[str, object] | None,
    columns: Sequence[str] | None,
    ragged: str | Iterable[str],
    fill: Mapping[str, Any] | None,
    labels: Mapping[str, Sequence[str]] | None,
    image_mode: str | None,
    metadata: Mapping[str, str] | None,
    grouping: str | None,
    codec: str | Mapping[str, str] | None,
    overwrite: bool,
    mask: bool = False,
    decode_images: bool = True,
    image_root: str | os.PathLike[str] | None = None,
    images: Mapping[str, str] | None = None,
    audio_info: bool = False,
    skip_bad: bool = False,
    text: dict[str, Any] | None = None,
    progress: Progress = None,
) -> RowOptions:
    """Checks the arguments of `ingest` and `Writer`; raises TypeError and ValueError."""
    if grouping not in (None, "automatic", "separate"):
        raise Error(f'grouping must be "automatic" or "separate", not {grouping!r}')
    if fill is not None and not isinstance(fill, Mapping):
        raise TypeError(f"fill must be a dict from columns to values, not {type(fill).__name__}")
    types, named = column_types(schema), checked_labels(labels)
    for column, kind in types.items():
        if isinstance(kind.meaning, list):
            if named.setdefault(column, kind.meaning) != kind.meaning:
                raise Error(f'schema and labels name the classes of "{column}" in two ways: leave out one of them')
            types[column] = kind._replace(meaning=None)
    fill = dict(fill or {})
    kind_fills = checked_kinds(fill.pop("*")) if "*" in fill else {}
    asked_kinds = dict(kind_fills)
    if mask and not fill and not kind_fills:
        kind_fills = dict(WHERE_MASKED)
    options = RowOptions(
        types=types,
        columns=checked_columns(columns),
        ragged=frozenset(key_names(ragged, "ragged")),
        fill=fill,
        kind_fills=kind_fills,
        asked_kinds=asked_kinds,
        masks=bool(mask),
        labels=named,
        decode_images=decode_images,
        image_mode=checked_mode(image_mode),
        image_root=checked_root(image_root),
        images=checked_images(images),
        audio_info=bool(audio_info),
        skip_bad=bool(skip_bad),
        metadata=checked_metadata(metadata),
        grouping=grouping,
        codecs=checked_codecs(codec),
        replacing=overwrite,
        text=text or {},
        progress=progress,
    )
    return of_source(options)


def checked_columns(columns: Sequence[str] | None) -> dict[str, str] | None:
    """Parses the selected columns: `["image", "y=label"]` selects two, and renames the second to y."""
    if columns is None:
        return None
    if isinstance(columns, Set) and not isinstance(columns, KeysView):
        raise TypeError(f"columns must be a list of names, not a {type(columns).__name__}, which has no order")
    wanted: dict[str, str] = {}
    for name in key_names(columns, "columns"):
        new, equals, old = name.partition("=")
        if not equals:
            old = new
        if new in wanted or not new or not old:
            raise Error(f'columns has "{new}" twice' if new in wanted else f'columns has "{name}", which names nothing')
        wanted[new] = old
    if not wanted:
        raise Error("columns is empty: name at least one, or leave it out to select all")
    return wanted


def checked_images(images: Mapping[str, str] | None) -> dict[str, str]:
    if images is None:
        return {}
    if not isinstance(images, Mapping):
        raise TypeError(f"images must be a dict from columns to str, not {type(images).__name__}")
    for column, storage in images.items():
        if not isinstance(column, str) or not isinstance(storage, str):
            raise TypeError(f"images must be a dict from columns to str, but {column!r} has {storage!r:.40}")
    return dict(images)


def checked_labels(labels: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
    if labels is None:
        return {}
    if not isinstance(labels, Mapping):
        raise TypeError(f"labels must be a dict from columns to lists of names, not {type(labels).__name__}")
    for column, names in labels.items():
        if isinstance(names, (str, Set)) and not isinstance(names, KeysView):
            kind = "one str" if isinstance(names, str) else f"a {type(names).__name__}, which has no order"
            raise TypeError(f'labels of "{column}" must be a list of names, not {kind}')
    checked = {column: key_names(names, f"labels of {column}") for column, names in labels.items()}
    for column, names in checked.items():
        if not names:
            raise Error(f'labels of "{column}" is empty: name each class, or leave it out')
        if len(set(names)) < len(names):
            twice = next(name for index, name in enumerate(names) if name in names[:index])
            raise Error(f'labels of "{column}" has "{twice}" twice: give each class a name of its own')
    return checked


def checked_metadata(metadata: Mapping[str, str] | None) -> dict[str, str]:
    if metadata is None:
        return {}
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata must be a dict of str, not {type(metadata).__name__}")
    for key, value in metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"metadata has text by name, and {key!r} is {value!r:.40}")
    return dict(metadata)


#: The highest level of each codec.
_LEVELS = {"plain": 0, "zlib": 9, "zstd": 22, "lz4": 12}


def checked_codecs(codec: str | Mapping[str, str] | None) -> dict[str, str]:
    """Returns the codecs by column.

    >>> checked_codecs("zstd"), checked_codecs({"text": "zstd:9"})
    ({'*': 'zstd'}, {'text': 'zstd:9'})
    """
    codecs = {} if codec is None else {"*": codec} if isinstance(codec, str) else codec
    if not isinstance(codecs, Mapping):
        raise TypeError(f"codec must be a str, or a dict from columns to str, not {type(codec).__name__}")
    for column, name in codecs.items():
        if not isinstance(name, str) or name.partition(":")[0] not in _LEVELS:
            raise Error(
                'codec must be "plain", "zstd", "lz4" or "zlib", perhaps with a level as in "zstd:9", but column '
                f'"{column}" has {name!r}'
            )
        codec_name, separator, level = name.partition(":")
        levels = _LEVELS[codec_name]
        if separator and level not in map(str, range(1, levels + 1)):
            raise Error(
                f'codec "{codec_name}" has levels 1 to {levels}, but column "{column}" has "{name}"'
                if levels
                else f'codec "plain" has no levels, but column "{column}" has "{name}"'
            )
    return dict(codecs)


def checked_target(path: str | os.PathLike[str], overwrite: bool) -> str:
    """Returns the path as text, checked before a long source is read."""
    if isinstance(path, bytes):
        raise TypeError("path must be a str or a pathlib.Path, not bytes")
    target = os.fspath(path)
    if not target:
        raise Error("the path of the file to write is empty")
    if os.path.isdir(target) and (names := os.listdir(target)):
        if has_version(target):
            raise ExistingFileError(
                f"{target} is a data set of many files already, which is never replaced: append to it, remove it, or name "
                "another folder"
            )
        # An ingest that failed or was killed leaves these folders, without a version.
        if not {*names} <= {"data", "versions", "jobs"}:
            raise ExistingFileError(f"{target} is a folder with other files: name a file, or a folder that is empty")
    if os.path.isdir(target) or target.endswith("/"):
        # A data set of many files is made here.
        folder = os.path.dirname(target.rstrip("/")) or "."
        if not os.path.isdir(folder):
            raise MissingFileError(f"{target} cannot be written: there is no folder {folder}")
        return target
    if os.path.exists(target):
        if not os.path.isfile(target):
            raise ExistingFileError(
                f"{target} is a device or a pipe, but a Colonnade file is not written in sequence: name a regular file"
            )
        if not overwrite:
            raise ExistingFileError(f"{target} exists: overwrite=True replaces it after the new file is complete")
    # A dangling link is followed.
    folder = os.path.dirname(os.path.realpath(target) if os.path.islink(target) else target) or "."
    if not os.path.isdir(folder):
        raise MissingFileError(f"{target} cannot be written: there is no folder {folder}")
    return target


def has_version(folder: str) -> bool:
    """Returns whether a folder is a data set of many files that has a version."""
    versions = os.path.join(folder, "versions")
    return os.path.isdir(versions) and any(re.fullmatch(r"[0-9]{20}\.colonnade", name) for name in os.listdir(versions))
