# SPDX-License-Identifier: Apache-2.0
"""Data sets of Hugging Face whose decoding opens only files that the user allows.

The library decodes files for the functions of `map`, `filter` and `set_transform` while rows are read, and would open any path
of a row.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

from .._errors import Error
from .named_files import read_inside

__all__ = ["guarded"]

#: Paths that lead to another machine, from which a data set may be streamed.
_REMOTE = ("http://", "https://", "hf://", "s3://", "gs://", "gcs://", "az://", "abfs://")


def guarded(dataset: Any, image_root: str | None) -> Any:
    """Returns the data set with the same rows, which reads files of rows only inside the folder."""
    same = copy.copy(dataset)
    same._info = copy.copy(dataset._info)
    same._info.features = _replaced(dataset._info.features, image_root)
    if hasattr(dataset, "_ex_iterable"):
        same._ex_iterable = _replaced(dataset._ex_iterable, image_root)
    return same


def _replaced(part: Any, root: str | None) -> Any:
    """Returns an object of a data set with all its features guarded; the same object if it has none."""
    if part is None or isinstance(part, (str, bytes, int, float)):
        return part
    if type(part).__name__ == "Features":
        features = copy.deepcopy(part)
        for name, feature in features.items():
            _guard(feature, name, root)
        return features
    if isinstance(part, (list, tuple)):
        parts = [_replaced(each, root) for each in part]
        is_same = all(new is old for new, old in zip(parts, part))
        return part if is_same or type(part) not in (list, tuple) else type(part)(parts)
    if isinstance(part, functools.partial):
        # A function that decodes in threads wraps another function.
        return functools.partial(_replaced(part.func, root), *_replaced(part.args, root), **part.keywords)
    if type(getattr(part, "__self__", None)).__name__ == "Features":
        return getattr(_replaced(part.__self__, root), part.__name__)
    if not type(part).__name__.endswith("ExamplesIterable"):
        return part
    same = copy.copy(part)
    for name, value in vars(part).items():
        setattr(same, name, _replaced(value, root))
    return same


def _guard(feature: Any, column: str, root: str | None) -> None:
    """Makes all files in a feature guarded ones."""
    if isinstance(feature, dict):
        for name, part in feature.items():
            _guard(part, f"{column}.{name}", root)
    elif isinstance(feature, (list, tuple)):
        for part in feature:
            _guard(part, column, root)
    elif hasattr(feature, "feature"):
        _guard(feature.feature, column, root)
    elif hasattr(feature, "decode_example"):
        feature.decode_example = _Decoding(feature.decode_example, column, root)


class _Decoding:
    """Decodes a file as the library does, from bytes that this class reads."""

    def __init__(self, decode: Any, column: str, root: str | None) -> None:
        self._decode, self._column, self._root = decode, column, root

    def __call__(self, value: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(value, str):
            value = {"bytes": None, "path": value}
        if isinstance(value, dict) and value.get("bytes") is None and isinstance(value.get("path"), str):
            path = value["path"]
            if not path.rpartition("::")[2].startswith(_REMOTE):
                try:
                    value = {**value, "bytes": read_inside(path, self._root)}
                except (ValueError, OSError) as error:
                    raise Error(f'column "{self._column}": {error}') from error
        return self._decode(value, *arguments, **options)
