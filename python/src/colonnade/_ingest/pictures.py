# SPDX-License-Identifier: Apache-2.0
"""Decodes encoded pictures of many rows in several threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import Error, located
from .features import Files
from .images import Picture, opened, to_picture
from .named_files import read_inside

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from PIL.Image import Image

__all__ = ["Decoder", "Opened"]

#: The least bytes of encoded images for which threads decode faster; with fewer, they lose time to the interpreter's lock.
_LARGE = 16 << 10


class Opened(NamedTuple):
    """A picture whose header was read, but not its pixels."""

    image: Image
    #: The bytes of the encoded file.
    encoded_size: int

    @property
    def size(self) -> int:
        """The most bytes of the pixels in the usual modes."""
        return 4 * self.image.width * self.image.height


class Decoder:
    """Decodes pictures in columns of encoded files, many at a time and in order."""

    def __init__(self, files: Files, image_mode: str | None, image_root: str | None, stack: ExitStack) -> None:
        self._files = files
        self._mode = image_mode
        self._root = image_root
        self._stack = stack
        self._pool: ThreadPoolExecutor | None = None

    def opened(self, name: str, value: Any, row: int) -> Opened | None:
        """Reads the header of a picture, which has its size; None for a missing picture."""
        try:
            data = value if type(value) is bytes else file_bytes(value, self._root)
            return None if data is None else Opened(opened(data), len(data))
        except (ValueError, OSError) as error:
            raise located(error, row, name) from error

    def decoded(self, name: str, column: list[Opened | None], row: int) -> list[Picture | None]:
        """Returns the pixels of one column, beginning with row `row`."""
        mode = self._mode or self._files[name][1]

        def pixels(each: Opened | None) -> Picture | None:
            return None if each is None else to_picture(each.image, mode)

        pictures: list[Picture | None] = []
        try:
            for picture in self._map(column)(pixels, column):
                pictures.append(picture)
        except Error as error:
            raise located(error, row + len(pictures), name) from error
        return pictures

    def _map(self, column: list[Opened | None]) -> Callable[[Callable[[Any], Any], list[Any]], Iterable[Any]]:
        sizes = [each.encoded_size for each in column if each is not None]
        if len(sizes) < 2 or sum(sizes) < _LARGE * len(sizes):
            return map
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = self._stack.enter_context(ThreadPoolExecutor(min(8, os.cpu_count() or 1)))
        return self._pool.map


def file_bytes(value: Any, image_root: str | None) -> bytes | None:
    """Returns the contents of a file of a data set: `{"bytes": …, "path": …}`, bytes, or a path."""
    if isinstance(value, dict):
        data, path = value.get("bytes"), value.get("path")
        if data is not None or path is None:
            return data
        value = path
    if isinstance(value, str):
        return read_inside(value, image_root)
    if value is None or isinstance(value, bytes):
        return value
    raise Error(f"a file must be bytes or a path, not {type(value).__name__}")
