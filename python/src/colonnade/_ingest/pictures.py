# SPDX-License-Identifier: Apache-2.0
"""Encoded pictures of many rows, decoded by several threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import Error
from .blocks import located
from .features import Files
from .images import Picture, opened, to_picture
from .named_files import read_inside

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from PIL.Image import Image

__all__ = ["Decoder", "Opened"]

#: Encoded images of so many bytes take long enough to decode that threads gain; below, they lose time to the
#: interpreter's lock.
_LARGE = 16 << 10


class Opened(NamedTuple):
    """A picture whose header was read, and its pixels not yet."""

    image: Image
    #: Bytes of the encoded file.
    encoded_size: int

    @property
    def size(self) -> int:
        """Bytes of the pixels, at the most in the usual modes."""
        return 4 * self.image.width * self.image.height


class Decoder:
    """Pictures in columns of encoded files, decoded many at a time and in order."""

    def __init__(self, files: Files, image_mode: str | None, image_root: str | None, stack: ExitStack) -> None:
        self._files = files
        self._mode = image_mode
        self._root = image_root
        self._stack = stack
        self._pool: ThreadPoolExecutor | None = None

    def opened(self, name: str, value: Any, row: int) -> Opened | None:
        """Reads the header of a picture, which tells how large it is; None for a missing one."""
        try:
            data = value if type(value) is bytes else file_bytes(value, self._root)
            return None if data is None else Opened(opened(data), len(data))
        except (ValueError, OSError) as error:
            raise located(error, row, name) from error

    def decoded(self, name: str, column: list[Opened | None], row: int) -> list[Picture | None]:
        """The pixels of one column, the first of which are those of row `row`."""
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
    """What is in a file that a data set has or points to: `{"bytes": …, "path": …}`, bytes, or a path."""
    if isinstance(value, dict):
        data, path = value.get("bytes"), value.get("path")
        if data is not None or path is None:
            return data
        value = path
    if isinstance(value, str):
        return read_inside(value, image_root)
    if value is None or isinstance(value, bytes):
        return value
    raise Error(f"a file is bytes or a path, not {type(value).__name__}")
