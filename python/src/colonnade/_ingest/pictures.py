# SPDX-License-Identifier: Apache-2.0
"""Files in columns, decoded or as they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .._errors import Error
from .blocks import located
from .features import Files
from .images import decoded

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


__all__ = ["Decoder"]

#: Encoded images of so many bytes take long enough to decode that threads gain; below, they lose time to the
#: interpreter's lock.
_LARGE = 16 << 10


class Decoder:
    """Files in columns, decoded or as they are, many at a time and in order."""

    def __init__(self, files: Files, image_mode: str | None, decodes: bool, stack: ExitStack) -> None:
        self._files = files
        self._mode = image_mode
        self._decodes = decodes
        self._stack = stack
        self._pool: ThreadPoolExecutor | None = None

    def column(self, name: str, values: list[Any], row: int) -> list[Any]:
        """The values of one column, the first of which is that of row `row`."""
        kind, mode = self._files[name]
        data: list[bytes | None] = []
        for value in values:
            try:
                data.append(value if type(value) is bytes else file_bytes(value))
            except (ValueError, OSError) as error:
                raise located(error, row + len(data), name) from error
        if kind != "Image" or not self._decodes:
            return data
        mode = self._mode or mode

        pictures: list[Any] = []
        try:
            for picture in self._map(data)(lambda item: None if item is None else decoded(item, mode), data):
                pictures.append(picture)
        except Error as error:
            raise located(error, row + len(pictures), name) from error
        return pictures

    def _map(self, data: list[bytes | None]) -> Callable[[Callable[[Any], Any], list[Any]], Iterable[Any]]:
        sizes = [len(item) for item in data if item is not None]
        if not sizes or sum(sizes) < _LARGE * len(sizes):
            return map
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = self._stack.enter_context(ThreadPoolExecutor(min(8, os.cpu_count() or 1)))
        return self._pool.map


def file_bytes(value: Any) -> bytes | None:
    """What is in a file that a data set has or points to: `{"bytes": …, "path": …}`, bytes, or a path."""
    if isinstance(value, dict):
        data, path = value.get("bytes"), value.get("path")
        if data is not None or path is None:
            return data
        value = path
    if isinstance(value, str):
        if "://" in value:
            raise Error(f"the file {value} is not here: download the data set first")
        with open(value, "rb") as file:
            return file.read()
    if value is None or isinstance(value, bytes):
        return value
    raise Error(f"a file is bytes or a path, not {type(value).__name__}")
