# SPDX-License-Identifier: Apache-2.0
"""Options for text files: CSV, TSV and JSON Lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._arguments import key_names
from .._errors import Error

__all__ = ["text_options"]


def text_options(
    missing: Sequence[str] | None,
    vector: Mapping[str, str | tuple[str, str]] | None,
    delimiter: str | None,
    quote: str | None,
    escapes: bool,
    header: bool | None,
) -> dict[str, Any]:
    """Returns the given arguments of `ingest` in the form of the core; raises TypeError and ValueError.

    >>> text_options(["-"], {"v": "a:b"}, "tab", "", False, None)
    {'missing': ['-'], 'vector': ['v', 'a', 'b'], 'delimiter': '\\t', 'quote': ''}
    """
    options: dict[str, Any] = {}
    if missing is not None:
        options["missing"] = key_names(missing, "missing")
    if vector is not None:
        options["vector"] = [part for name, columns in _vectors(vector) for part in (name, *_ends(name, columns))]
    if delimiter is not None:
        options["delimiter"] = _character(
            "\t" if delimiter == "tab" else delimiter, "delimiter", "must be a character, or 'tab'"
        )
    if quote is not None:
        options["quote"] = quote if quote == "" else _character(quote, "quote", "must be a character, or '' for none")
    if escapes:
        options["escapes"] = True
    if header is not None:
        options["header"] = bool(header)
    return options


def _vectors(vector: object) -> Iterable[tuple[str, Any]]:
    if not isinstance(vector, Mapping):
        raise TypeError(f"vector must be a dict from names to columns, not {type(vector).__name__}")
    return vector.items()


def _ends(name: str, columns: Any) -> tuple[str, str]:
    """Returns the names of the first and the last column of a tensor."""
    ends = tuple(
        columns.split(":") if isinstance(columns, str) else columns if isinstance(columns, (list, tuple)) else ()
    )
    if len(ends) != 2 or not all(isinstance(end, str) and end for end in ends):
        raise Error(f'vector has {columns!r} for "{name}": write "first:last", or a tuple of both names')
    return ends


def _character(text: object, name: str, rule: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    if len(text) != 1:
        raise Error(f"{name} {rule}, not {text!r}")
    return text
