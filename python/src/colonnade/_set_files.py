# SPDX-License-Identifier: Apache-2.0
"""Files of well-known data sets, where MLX Data keeps them too."""

from __future__ import annotations

import os
from pathlib import Path

from ._errors import Error, MissingFileError

__all__ = ["Root", "existing", "split_of"]

Root = str | os.PathLike[str] | None


def existing(root: Root, name: str, files: list[str], url: str) -> Path:
    """Returns the path of the first of some files that exists in `root`, which is MLX Data's cache by default.

    A name in `files` that ends with a slash is that of a folder. Raises MissingFileError, with the address of the data set, if none
    exists, and Error if a folder has the name of a file.
    """
    folder = Path.home() / ".cache/mlx.data" / name if root is None else Path(root)
    paths = [folder / file for file in files]
    for file, path in zip(files, paths):
        if path.is_dir() if file.endswith("/") else path.is_file():
            return path
    for file, path in zip(files, paths):
        if path.exists():
            raise Error(
                f"{path} is no {'folder' if file.endswith('/') else 'file'}: download the data set again, from {url}"
            )
    raise MissingFileError(
        f"there is no {' or '.join(files)} in {folder}: nothing is downloaded, so get the data set from {url}, "
        f"and give the folder that contains {files[0].split('/')[0]} as root"
    )


def split_of(given: str, splits: list[str], what: str = "split") -> str:
    """Returns the name of a split, or of another `what`, if it is in `splits`. Raises Error with the list otherwise."""
    if given not in splits:
        raise Error(f"there is no {what} {given!r}: the {what}s are {', '.join(splits)}")
    return given
