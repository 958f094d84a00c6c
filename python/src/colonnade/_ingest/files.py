# SPDX-License-Identifier: Apache-2.0
"""Files that are given by their paths: those that Python's libraries read, and those that the core reads."""

from __future__ import annotations

import datetime
import os
import re
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .. import _core
from .._errors import Error, ExistingFileError, MissingFileError
from .._schema import Field
from .bar import Bar
from .missing import fill_text
from .options import RowOptions
from .paths import expanded, formats_of, opened
from .times import TimeType, not_a_time
from .types import described

__all__ = [
    "CoreFiles",
    "core_arguments",
    "ingest_files",
    "opened_paths",
    "refuse_media_options",
    "run_core",
    "warn_of_skipped",
]


class CoreFiles(NamedTuple):
    """Paths of IDX, .npy, .npz, CSV, TSV and JSON Lines files, and of folders of pictures or sound."""

    paths: list[str]


def opened_paths(paths: list[str], target: str | os.PathLike[str], options: RowOptions) -> Any:
    """Returns the source for paths, in the form of `ingest`.

    Raises FileNotFoundError, ValueError, and ImportError for a library that is not installed.
    """
    for path in paths:
        if not os.path.exists(path):
            raise MissingFileError(f"{path}: no such file")
        if os.path.exists(target) and os.path.samefile(path, target):
            raise ExistingFileError(f"{path} is the source and the file to write: give the new file another name")
    paths = expanded(paths)
    formats = formats_of(paths)
    if formats is None:
        return CoreFiles(paths)
    refuse_media_options(options, paths[0])
    if options.text:
        raise Error(f"{next(iter(options.text))} is for text files, but {paths[0]} is not one: leave it out")
    columns = None if options.columns is None else options.columns.values()
    return opened(paths, formats, None, options.types, columns).data


def ingest_files(files: CoreFiles, options: RowOptions) -> None:
    """Ingests files that the core reads."""
    arguments = core_arguments(files, options)
    with Bar(options.progress).following() as show:
        if options.processes:
            from .processes import run_processes

            done = run_processes(files, options.path, options.processes, arguments, show)
        else:
            done = run_core(options.path, progress=show, **arguments)
    warn_of_skipped(files, done["skipped"])


def core_arguments(files: CoreFiles, options: RowOptions) -> dict[str, Any]:
    """Returns the sources and options in the form of the core, after their checks."""
    _check_options(files, options)
    labels = options.of_columns().labels
    return {
        "sources": [os.fsencode(path) for path in files.paths],
        "types": {column: _type(kind) for column, kind in options.types.items()},
        "fills": {column: _fill(value, column) for column, value in options.fill.items()},
        "kind_fills": {kind: _fill(value, "*") for kind, value in options.asked_kinds.items()},
        "masks": int(options.masks),
        **_text(options.text),
        "label_columns": list(labels),
        "label_counts": [len(names) for names in labels.values()],
        "label_names": [name for names in labels.values() for name in names],
        "images": options.images,
        "image_root": options.image_root,
        "audio_info": int(options.audio_info),
        "skip_bad": int(options.skip_bad),
        **options.core_arguments,
    }


def run_core(path: str, **arguments: Any) -> dict[str, Any]:
    """Calls the core, whose errors then name arguments of `ingest`."""
    try:
        result: dict[str, Any] = _core.ingest_files(path, **arguments)
    except Error as error:
        error.args = (_in_python(str(error.args[0])), *error.args[1:]) if error.args else ()
        raise
    return result


def warn_of_skipped(files: CoreFiles, skipped: str | None) -> None:
    """Warns the caller of `ingest` of bad files that were left out."""
    if skipped:
        warnings.warn(f"{files.paths[0]}: bad files are left out:\n{skipped}", stacklevel=5)


def refuse_media_options(options: RowOptions, name: str) -> None:
    """Raises ValueError for an option about folders of pictures or sound."""
    words = {"images": options.images, "audio_info": options.audio_info, "skip_bad": options.skip_bad}
    for word, value in words.items():
        if value:
            raise Error(
                f"{word} is for folders of pictures or sound, WebDataset archives and COCO, and {name} is none of these: "
                "leave it out"
            )


def _check_options(files: CoreFiles, options: RowOptions) -> None:
    """Refuses options that the formats of the core do not have."""
    name = files.paths[0]
    if options.ragged:
        column = min(options.ragged)
        raise Error(
            f'ragged does not apply to {name}: declare the type instead, as in schema={{"{column}": "int32[?]"}}, or let the '
            "values say it"
        )
    if options.image_mode is not None:
        raise Error(f"image_mode does not apply to {name}, whose pictures keep their channels: leave it out")
    for column, kind in options.types.items():
        if kind.meaning is not None and TimeType.parsed(kind.meaning) is None:
            raise Error(
                f'schema has the meaning {kind.meaning!r} for "{column}", which {name} cannot have: give the type alone'
            )


def _type(kind: Field) -> str:
    """Returns the type of a column in the form of the command."""
    text = described(kind.kind, kind.dtype, kind.shape)
    time = TimeType.parsed(kind.meaning)
    return text if time is None else text.replace(kind.dtype, str(time), 1)


def _fill(value: Any, column: str) -> str:
    """Returns a fill as text; times in ISO 8601."""
    if isinstance(value, (np.datetime64, np.timedelta64)) or not_a_time(value):
        return "NaT" if not_a_time(value) else _fill(value.astype(f"{value.dtype.kind}8[us]").item(), column)
    if isinstance(value, datetime.timedelta):
        microseconds = value // datetime.timedelta(microseconds=1)
        return f"{'-' if microseconds < 0 else ''}PT{abs(microseconds) // 10**6}.{abs(microseconds) % 10**6:06}S"
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return fill_text(value, column)


def _text(options: dict[str, Any]) -> dict[str, Any]:
    """Returns the options for text in the form of the core."""
    names = {"vector": "vectors"}
    return {names.get(name, name): int(value) if isinstance(value, bool) else value for name, value in options.items()}


#: Patterns of options of the command, and the arguments of Python for them.
_WORDS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"--fill '\*=([^']*)'"), lambda match: f'fill={{"*": {{{_kinds(match[1])}}}}}'),
    (re.compile(r"--type '?([^\s=']+)=([^\s,;)'\[]+(?:\[[^\]]*\])*)'?"), r'schema={"\1": "\2"}'),
    (
        re.compile(r"--fill (?:'([^'=]+)=([^']*)'|([^\s=']+)=([^\s,;)]*))"),
        lambda match: f'fill={{"{match[1] or match[3]}": {_value(match[2] or match[4] or "")}}}',
    ),
    (re.compile(r"--missing (\"[^\"]*\")"), r"missing=[\1]"),
    (
        re.compile(r"--delimiter ('[^']*'|tab)"),
        lambda match: f"delimiter={match[1] if match[1] != 'tab' else repr(match[1])}",
    ),
    (re.compile(r"--vector ([^\s=]+)=([^\s,;)]+)"), r'vector={"\1": "\2"}'),
    (re.compile(r"--no-header\b"), "header=False"),
    (re.compile(r"--(escapes|mask)\b"), r"\1=True"),
    (re.compile(r"--skip-bad\b"), "skip_bad=True"),
    (re.compile(r"--audio-info\b"), "audio_info=True"),
    (re.compile(r"--image-root\b"), "image_root="),
    (re.compile(r"--image\b"), "images="),
    (re.compile(r"--(columns|fill|labels|missing|vector|delimiter|quote|header)\b"), r"\1="),
    (re.compile(r"--type\b"), "schema="),
    (re.compile(r"--(format)\b"), r"colonnade ingest --\1"),
)


_TWO_FILLS = re.compile(r"fill=\{([^{}]*)\} fill=\{([^{}]*)\}")


def _in_python(message: str) -> str:
    """Replaces options of the command in a message by the arguments of `ingest`.

    >>> _in_python("keep text with --type a=string, or leave it out (--columns)")
    'keep text with schema={"a": "string"}, or leave it out (columns=)'
    >>> _in_python("--fill a=nan --fill b=-1, or by kind: --fill '*=float:nan,str:'")
    'fill={"a": float("nan"), "b": -1}, or by kind: fill={"*": {"float": float("nan"), "str": ""}}'
    """
    for pattern, words in _WORDS:
        message = pattern.sub(words, message)
    count = 1
    while count:
        message, count = _TWO_FILLS.subn(r"fill={\1, \2}", message)
    return message


def _kinds(text: str) -> str:
    """Converts `float:nan,int:-1` to the items of a dict."""
    return ", ".join(f'"{part.partition(":")[0]}": {_value(part.partition(":")[2])}' for part in text.split(","))


def _value(text: str) -> str:
    """Converts a fill of the command to a Python literal."""
    if text == "…" or re.fullmatch(r"-?[0-9.]+", text):
        return text
    words = {"nan": 'float("nan")', "true": "True", "false": "False"}
    return words.get(text, f'"{text}"')
