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

    Raises MissingFileError, with the address of the file, if none does.
    """
    folder = Path.home() / ".cache/mlx.data" / name if root is None else Path(root)
    for file in files:
        if (folder / file).exists():
            return folder / file
    raise MissingFileError(
        f"there is no {' or '.join(files)} in {folder}: nothing is downloaded, so get the data set from {url}, "
        "and give its folder as root"
    )


def split_of(given: str, splits: list[str], what: str = "split") -> str:
    if given not in splits:
        raise Error(f"there is no {what} {given!r}: the {what}s are {', '.join(splits)}")
    return given
