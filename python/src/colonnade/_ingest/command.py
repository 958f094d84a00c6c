# SPDX-License-Identifier: Apache-2.0
"""Implements `colonnade ingest` for sources that Python's libraries read: the same options, reports and exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .._errors import Error, ExistingFileError, KeyMissingError, MissingFileError, visible
from .._schema import Field
from .options import RowOptions, checked_columns, checked_target, of_source
from .paths import NotInstalled, Source, expanded, format_of, formats_of, opened
from .report import Report
from .types import column_types

__all__ = ["append_refusal", "ingest_command", "is_ours"]

_FORMATS = ("parquet", "arrow", "feather", "huggingface")
_USAGE, _DATA, _INPUT, _SYSTEM, _INTERRUPTED = 64, 65, 66, 74, 130
#: Options of the program that a value follows, which is not a source.
_WITH_VALUE = frozenset(
    "-o --output --format --columns --type --missing --fill --vector --labels --delimiter --codec --group --metadata "
    "--image --image-mode --image-root --split --processes --job --task".split()
)


def is_ours(arguments: Sequence[str]) -> bool:
    """Returns whether Python reads a source, by its name or by --format."""
    follows = ""
    for argument in arguments:
        if follows == "--format" and argument in _FORMATS:
            return True
        if follows in _WITH_VALUE:
            follows = ""
            continue
        if argument.partition("=")[0] == "--format" and argument.partition("=")[2] in _FORMATS:
            return True
        follows = argument if argument.startswith("-") else ""
        if not follows and format_of(argument) is not None:
            return True
    return False


class _Usage(Error):
    """The arguments of the command are wrong."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Usage(f"{message}; `colonnade ingest FILE --help` lists the options")


def _parser() -> _Parser:
    parser = _Parser(
        prog="colonnade ingest",
        description="Converts Parquet, Arrow and Feather files, folders of them, and folders saved by Hugging Face, into a "
        "Colonnade file. Other sources are described by `colonnade help ingest`.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "sources",
        nargs="+",
        help="Files of the same columns, in any order, or folders of them, taken one after another: numbers are widened to a type "
        "that holds those of all files. Or one folder saved by Hugging Face.",
    )
    add("-o", "--output", required=True, help="The Colonnade file to write; for a folder with splits, a folder.")
    add("--format", choices=_FORMATS, help="The format of all sources, if their names do not tell it.")
    add("--columns", action="append", default=[], help="Only these columns, in this order; new=old renames one.")
    add(
        "--type",
        action="append",
        default=[],
        help="column=type: uint8, uint8[28,28], int32[?], string, bytes, date[d], 'timestamp[us, UTC]'.",
    )
    add(
        "--fill",
        action="append",
        default=[],
        help="column=value: the value that replaces missing values, which are errors otherwise; "
        "'*=float:nan,int:-1,str:' for all other columns, by kind: float, int, bool, str, bytes, time.",
    )
    add(
        "--mask",
        action="store_true",
        help="Adds a bool column NAME.valid after each column with a fill: false where the value was missing. Without a fill "
        "all columns have one, and missing values become 0, false, NaN, NaT or nothing.",
    )
    add(
        "--labels",
        action="append",
        default=[],
        help="column=file: a file of class names, one a line: the value 0 means the first. Lines end with LF or CRLF; spaces and "
        "tabs around a name, a byte-order mark and blank lines at the end are ignored. Blank lines between names and repeated "
        "names are errors. The value -1 of a signed column means no class.",
    )
    add("--split", help="The only split to ingest from a folder with several.")
    add("--encoded", action="store_true", help="Keeps images as encoded bytes.")
    add(
        "--image-mode",
        help="The mode of Pillow that all images get: RGB, RGBA, L, I;16. Without it, a column with images of two modes is an "
        "error.",
    )
    add(
        "--image-root",
        help="The folder inside which rows may name image files by their paths. Without it, such a row is an error.",
    )
    add(
        "--group",
        choices=("auto", "separate"),
        default="auto",
        help="auto: small columns are stored together, row by row; separate: each by itself. Default: auto.",
    )
    add(
        "--codec",
        action="append",
        default=[],
        help="column=codec: plain, zstd, lz4 or zlib, perhaps with a level as in zstd:9; * means all other columns.",
    )
    add("--metadata", action="append", default=[], help="key=value: text to keep with the data.")
    add("--force", action="store_true", help="Replaces an existing file after the new one is complete.")
    add("--quiet", action="store_true", help="Shows no progress and prints no report.")
    add("--json", action="store_true", help="Prints the report as JSON.")
    return parser


def ingest_command(arguments: Sequence[str]) -> int:
    """Runs the command; returns its exit code, as in `sysexits.h`, and prints errors on standard error."""
    try:
        return _run(_parsed(arguments))
    except KeyboardInterrupt:
        return _failed("interrupted", _INTERRUPTED)
    except (KeyMissingError, ExistingFileError, _Usage) as error:
        return _failed(error, _USAGE)
    except NotInstalled as error:
        return _failed(error, _SYSTEM)
    except MissingFileError as error:
        return _failed(error, _SYSTEM)
    except FileNotFoundError as error:
        return _failed(f"{error.filename}: no such file" if error.filename else error, _INPUT)
    except OSError as error:
        return _failed(error, _SYSTEM)
    except (ValueError, TypeError) as error:
        return _failed(error, _DATA)


def append_refusal(arguments: Sequence[str]) -> int | None:
    """Returns the exit code for sources that only `ingest` reads, after an error; None if `append` reads them."""
    other = next((each for each in arguments if not each.startswith("-") and format_of(each) is not None), None)
    if other is None or not is_ours(arguments):
        return None
    return _failed(
        f"{other}: append does not read this format: ingest all sources at once by `colonnade ingest`, or add rows in Python with "
        "colonnade.Writer(path, append=True)",
        _USAGE,
    )


def _failed(error: object, status: int) -> int:
    print("colonnade: error: " + visible(str(error) or type(error).__name__, keeping="\n"), file=sys.stderr)
    return status


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    return _parser().parse_args(list(arguments))


def _pairs(texts: list[str], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise _Usage(f"{option} takes name=value, not {text!r}")
        if key in pairs:
            raise _Usage(f"{option} names {key} twice")
        pairs[key] = value
    return pairs


def _run(asked: argparse.Namespace) -> int:
    from . import ingest

    try:
        fill = _pairs(asked.fill, "--fill")
        options: dict[str, Any] = {
            "overwrite": asked.force,
            "columns": [name for names in asked.columns for name in names.split(",")] or None,
            "schema": _pairs(asked.type, "--type") or None,
            "labels": {column: _lines(path) for column, path in _pairs(asked.labels, "--labels").items()} or None,
            "decode_images": not asked.encoded,
            "image_mode": asked.image_mode,
            "codec": _pairs(asked.codec, "--codec") or None,
            "image_root": asked.image_root,
            "metadata": _pairs(asked.metadata, "--metadata") or None,
            "grouping": "separate" if asked.group == "separate" else None,
            "mask": asked.mask,
            "progress": False if asked.quiet else None,
        }
        paths = asked.sources if asked.format == "huggingface" else expanded(asked.sources)
        formats = [asked.format] * len(paths) if asked.format else formats_of(paths) or []
    except Error as error:
        raise _Usage(str(error)) from error
    named = of_source(RowOptions(types=column_types(options["schema"]), columns=checked_columns(options["columns"])))
    selected = None if named.columns is None else named.columns.values()
    source = opened(paths, formats, asked.split, named.types, selected)
    if not isinstance(source.data, dict):
        checked_target(asked.output, asked.force)
    options["fill"] = {
        column: _kinds(text) if column == "*" else _number(text, source, column) for column, text in fill.items()
    } or None
    report = Report(asked.json, asked.quiet)
    result = ingest(source.data, asked.output, **options)
    for name, buffer in result.items() if isinstance(result, dict) else [(None, result)]:
        path = asked.output if name is None else _split_path(asked.output, name)
        report.add(path, buffer)
    report.say()
    return 0


def _split_path(output: str, split: str) -> str:
    if "{split}" in output:
        return output.replace("{split}", split)
    return os.path.join(output, f"{split}.colonnade")


def _lines(path: str) -> list[str]:
    """Returns the names in a file, by the rules of `colonnade ingest --labels`."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        names = [name.removesuffix("\r").strip(" \t") for name in file.read().split("\n")]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise Error(f"{path}: the file has no labels: write one name per line")
    for index, name in enumerate(names):
        if not name or "\r" in name:
            raise Error(
                f"{path}, line {index + 1}: "
                + (
                    "a label is empty: give it a name"
                    if not name
                    else "lines end in a lone CR: end them with LF or CRLF"
                )
            )
    return names


def _kinds(text: str) -> dict[str, Any]:
    """Parses `float:nan,int:-1,str:` as fills by kind."""
    kinds: dict[str, Any] = {}
    for part in text.split(","):
        kind, colon, value = part.partition(":")
        if not colon or kind not in _READERS:
            raise _Usage(f"--fill takes *=float:nan,int:-1,str: with the kinds {', '.join(_READERS)}, not {part!r}")
        try:
            kinds[kind] = _READERS[kind](value)
        except (ValueError, KeyError):
            raise _Usage(f"--fill has {value!r} for {kind} columns, which is not of kind {kind}") from None
    return kinds


_READERS: dict[str, Callable[[str], Any]] = {
    "float": float, "int": int, "bool": {"true": True, "false": False}.__getitem__, "str": str, "bytes": str.encode,
    "time": str,
}  # fmt: skip


def _number(text: str, source: Source, column: str) -> Any:
    """Converts a fill to a number; text stays text."""
    field: Field | None = source.fields.get(column)
    if field is not None and field.kind == "tensor":
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
        return {"true": True, "false": False}.get(text.lower(), text)
    return text.encode() if field is not None and field.kind == "bytes" else text
