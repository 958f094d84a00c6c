# SPDX-License-Identifier: Apache-2.0
"""Files that rows name by their paths: read only inside a folder that the user allows."""

from __future__ import annotations

import os
import stat

from .._errors import Error, MissingFileError

__all__ = ["checked_root", "located_inside", "read_inside"]


def checked_root(folder: str | os.PathLike[str] | None) -> str | None:
    """Returns the argument `image_root`; raises TypeError or FileNotFoundError if it is not a folder."""
    if folder is None:
        return None
    if not isinstance(folder, (str, os.PathLike)) or not isinstance(os.fspath(folder), str):
        raise TypeError(f"image_root must be a str or a pathlib.Path, not {type(folder).__name__}")
    path = os.fspath(folder)
    if not os.path.isdir(path):
        raise MissingFileError(f"image_root is {path!r}, but there is no such folder")
    return path


def located_inside(path: str, root: str | None) -> str:
    """Returns the real path of a file that a row names; ValueError if it is not inside the folder.

    Links are resolved first, so that none leads out of the folder. Relative paths begin at the folder.
    """
    if "://" in path:
        raise Error(f"the file {path!r} is not here: download the data set first")
    if root is None:
        raise Error(
            f"the row names the file {path!r}, but files are read only inside a folder that you name: give the folder "
            "as image_root=, or a data set that holds the bytes of its files"
        )
    base = os.path.realpath(root)
    real_path = os.path.realpath(os.path.join(base, path))
    if os.path.commonpath([base, real_path]) != base:
        raise Error(f"the row names the file {path!r}, which is outside of image_root={root!r}")
    return real_path


def read_inside(path: str, root: str | None) -> bytes:
    """Returns the bytes of a regular file inside the folder."""
    real_path = located_inside(path, root)
    # Does not wait for a pipe, and does not follow a link that was made after the check.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(real_path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Error(f"the row names the file {path!r}, which is not a regular file")
    with open(descriptor, "rb") as file:
        return file.read()
