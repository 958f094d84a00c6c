# SPDX-License-Identifier: Apache-2.0
"""Files that are named by their paths: those of Python's libraries, and those that the core reads."""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple

from .. import _core
from .._errors import Error, ExistingFileError, MissingFileError
from .bar import Bar, Progress
from .fills import fill_text
from .options import RowOptions
from .paths import expanded, format_of
from .types import described

__all__ = ["CoreFiles", "ingest_files", "opened_paths"]


class CoreFiles(NamedTuple):
    """Paths of IDX, .npy, .npz, CSV, TSV and JSON Lines files."""

    paths: list[str]


def opened_paths(paths: list[str], target: str | os.PathLike[str], options: RowOptions) -> Any:
    """The source that the paths stand for, as `ingest` takes it.

    Raises FileNotFoundError, ValueError, and ImportError for a library that is not installed.
    """
    for path in paths:
        if not os.path.exists(path):
            raise MissingFileError(f"{path}: there is no such file")
        if os.path.exists(target) and os.path.samefile(path, target):
            raise ExistingFileError(f"{path} is the source and the file to write: give the new file another name")
    paths = expanded(paths)
    formats = [format_of(path) for path in paths]
    known = [kind for kind in formats if kind is not None]
    if not known:
        folder = next((path for path in paths if os.path.isdir(path)), None)
        if folder is not None:
            raise Error(f"{folder} is a folder without Parquet or Arrow files: name the files to take")
        return CoreFiles(paths)
    if len(known) < len(formats):
        other = paths[formats.index(None)]
        raise Error(f"{other} is of a format that cannot be taken together with the others: ingest it by itself")
    from .sources import opened

    columns = None if options.columns is None else options.columns.values()
    return opened(paths, known, None, options.of_source().types, columns).data


def ingest_files(files: CoreFiles, path: str, options: RowOptions, progress: Progress) -> None:
    """Writes the rows of files that the core reads."""
    _check_options(files, options)
    asked, labels = options.of_source(), options.of_columns().labels
    bar = Bar(progress)
    rows = size = 0

    def show(done: int, written: int) -> None:
        nonlocal rows, size
        rows, size = done, written
        bar.show(done, written)

    is_complete = False
    try:
        _core.ingest_files(
            path,
            sources=files.paths,
            columns=[new if new == old else f"{new}={old}" for new, old in (options.columns or {}).items()],
            types={column: described(kind.kind, kind.dtype, kind.shape) for column, kind in asked.types.items()},
            fills={column: fill_text(value, column) for column, value in asked.fill.items()},
            label_columns=list(labels),
            label_counts=[len(names) for names in labels.values()],
            label_names=[name for names in labels.values() for name in names],
            replacing=options.replacing,
            metadata=options.metadata,
            ungrouped=options.grouping == "separate",
            codecs=options.file_codecs,
            progress=None if bar.is_off else show,
        )
        is_complete = True
    except Error as error:
        error.args = (_in_python(str(error.args[0])), *error.args[1:]) if error.args else ()
        raise
    finally:
        bar.end(rows, size, is_complete)


def _check_options(files: CoreFiles, options: RowOptions) -> None:
    """Refuses options that the formats of the core do not have."""
    name = files.paths[0]
    if options.ragged:
        column = min(options.ragged)
        raise Error(
            f'ragged does not apply to {name}: say the type instead, as in schema={{"{column}": "int32[?]"}}, or let the '
            "values say it"
        )
    if options.masks or options.kind_fills:
        said = "mask" if options.masks else 'fill={"*": …}'
        raise Error(
            f"{said} does not apply to {name}: name each column in fill, or read the file with pyarrow or pandas and ingest "
            "the table"
        )
    for word, value in (("image_mode", options.image_mode), ("image_root", options.image_root)):
        if value is not None:
            raise Error(f"{word} does not apply to {name}, which has no encoded images: leave it out")
    for column, kind in options.types.items():
        if kind.meaning is not None:
            raise Error(
                f'schema has {kind.meaning} for "{column}", and {name} has numbers and text: take "{kind.dtype}" or "string", '
                "or read the file with pyarrow or pandas and ingest the table"
            )


#: Options of the command in the words of Python.
_WORDS = (
    (re.compile(r"--type ([^\s=]+)=([^\s,;)]+)"), r'schema={"\1": "\2"}'),
    (re.compile(r"--fill ([^\s=]+)=([^\s,;)]+)"), r'fill={"\1": \2}'),
    (re.compile(r"--(columns|fill|labels)\b"), r"\1="),
    (re.compile(r"--type\b"), "schema="),
    (re.compile(r"--(format|missing|vector|delimiter|quote|escapes|header|no-header)\b"), r"colonnade ingest --\1"),
)


def _in_python(message: str) -> str:
    """The message with the arguments of `ingest` in place of the options of the command, which alone has some of them.

    >>> _in_python("keep text with --type a=string, or leave it out (--columns)")
    'keep text with schema={"a": "string"}, or leave it out (columns=)'
    """
    for pattern, words in _WORDS:
        message = pattern.sub(words, message)
    return message
