# SPDX-License-Identifier: Apache-2.0
"""The function that checks complete files."""

from __future__ import annotations

import os

from . import _core

__all__ = ["verify"]


def verify(path: str | os.PathLike[str], *, media: bool = False) -> list[str]:
    """Checks a complete file, or all versions of a data set of many files: every checksum, and every rule of the format.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "points.colonnade"
    >>> _ = dx.ingest([{"x": 1.0}], path)
    >>> dx.verify(path)
    []

    Returns the problems as texts with a place and a remedy, or an empty list. After about a hundred problems the check stops.

    `media=True` decodes each picture and sound of the newest version too, if there is no other problem, and compares the entry
    points of pictures with those that an ingest finds. Of sound for which libsndfile is needed and missing, headers and ends are
    checked. Files of formats that Colonnade does not decode, such as TIFF, are no problems, and are not checked. Then the time is
    that of decoding all files, on all processors.

    Raises FileNotFoundError, `CorruptFileError` for a file that cannot be opened, and TypeError.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be a str or a pathlib.Path, not {type(path).__name__}")
    if not isinstance(media, bool):
        raise TypeError(f"media must be True or False, not {media!r}")
    return _core.verify(os.path.abspath(os.fspath(path)), media).splitlines()
