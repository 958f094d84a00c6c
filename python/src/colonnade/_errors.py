# SPDX-License-Identifier: Apache-2.0
"""The errors of the package.

Each error is also the built-in error that says the same, and a `RuntimeError` wherever MLX Data raises one, so that
code that catches either keeps working.
"""

from __future__ import annotations

from . import _core

__all__ = [
    "CorruptFileError",
    "Error",
    "ExistingFileError",
    "KeyMissingError",
    "MissingFileError",
    "OperatingSystemError",
    "OutOfMemoryError",
    "RangeError",
    "UnsupportedError",
]


def visible(text: str, keeping: str = "") -> str:
    """Returns the text for a report or a message, with escapes for characters that would control a terminal.

    Those are control characters, line and paragraph separators, and those that change the direction of text. A byte of
    a file name that is not UTF-8, which `os.fsdecode` makes a surrogate, becomes an escape too.

    >>> import os
    >>> visible(os.fsdecode(b"caf\\xe9")), visible("\\x1b[2J")
    ('caf\\\\xe9', '\\\\x1b[2J')
    """
    if text.isprintable():
        return text
    return "".join(_escape(each) if _is_command(each) and each not in keeping else each for each in text)


def readable(path: str) -> str:
    """Returns the path as a text that can be encoded: bytes that are not UTF-8 become escapes, as in `caf\\xe9`."""
    return "".join(_escape(each) if _is_surrogate(each) else each for each in path)


def _is_surrogate(character: str) -> bool:
    return 0xD800 <= ord(character) < 0xE000


def _is_command(character: str) -> bool:
    code = ord(character)
    return (
        code < 0x20
        or 0x7F <= code < 0xA0
        or code in (0x61C, 0x200E, 0x200F)
        or 0x2028 <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or _is_surrogate(character)
    )


def _escape(character: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    code = ord(character)
    if 0xDC80 <= code < 0xDD00:
        code -= 0xDC00
    return short or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


class Error(ValueError, RuntimeError):
    """An argument or a value that is not possible. The message says which, where, and what to do. All errors of the
    package are instances of this class.

    >>> import colonnade as dx
    >>> try:
    ...     dx.buffer_from_vector([{"x": 1}]).take(-1)
    ... except dx.Error as error:
    ...     print(error)
    there are no -1 samples: give a number of at least 0
    """

    def __str__(self) -> str:
        # Names and values may come from other people, and must not control a terminal.
        text = str(self.args[0]) if len(self.args) == 1 else super().__str__()
        return visible(text, keeping="\n")


def located(error: Exception, row: int, column: str | None = None) -> Error:
    """Returns the error with its row and column, in the form of the core."""
    place = f"row {row}" if column is None else f'row {row}, column "{column}"'
    return Error(f"{place}: {error}")


class KeyMissingError(KeyError, Error):
    """A key that the samples do not have.

    >>> import colonnade as dx
    >>> dx.buffer_from_vector([{"x": 1}]).select("y")
    Traceback (most recent call last):
    colonnade.KeyMissingError: ...
    """

    # KeyError shows the repr of its argument, which would put a sentence in quotes.
    __str__ = Error.__str__


class RangeError(IndexError, Error):
    """An index that is out of range.

    >>> import colonnade as dx
    >>> dx.buffer_from_vector([{"x": 1}])[5]
    Traceback (most recent call last):
    colonnade.RangeError: ...
    """


class CorruptFileError(Error):
    """A file that is damaged, truncated, or not a Colonnade file.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "other.colonnade"
    >>> _ = path.write_text("not a Colonnade file")
    >>> dx.open(path)
    Traceback (most recent call last):
    colonnade.CorruptFileError: ...
    """


class UnsupportedError(Error):
    """A feature that this version does not have, such as a newer file format.

    >>> import colonnade as dx
    >>> issubclass(dx.UnsupportedError, dx.Error)
    True
    """


class MissingFileError(FileNotFoundError, Error):
    """A file that does not exist.

    >>> import colonnade as dx
    >>> try:
    ...     dx.open("missing.colonnade")
    ... except dx.MissingFileError as error:
    ...     print(isinstance(error, FileNotFoundError))
    True
    """

    __str__ = Error.__str__


class ExistingFileError(FileExistsError, Error):
    """A file that exists and must not be replaced.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "one.colonnade"
    >>> _ = dx.ingest([{"x": 1}], path)
    >>> try:
    ...     dx.ingest([{"x": 2}], path)
    ... except dx.ExistingFileError:
    ...     _ = dx.ingest([{"x": 2}], path, overwrite=True)
    """

    __str__ = Error.__str__


class OutOfMemoryError(MemoryError, Error):
    """Memory that is not available, such as for a batch of very long rows.

    >>> import colonnade as dx
    >>> issubclass(dx.OutOfMemoryError, MemoryError)
    True
    """


class OperatingSystemError(OSError, Error):
    """A refusal of the operating system: no permission, a full disk, a failing one.

    >>> import colonnade as dx
    >>> issubclass(dx.OperatingSystemError, OSError)
    True
    """

    __str__ = Error.__str__


# The classes by the error codes of the C interface.
_core.set_error_classes(
    {
        1: MissingFileError,
        2: ExistingFileError,
        3: CorruptFileError,
        4: UnsupportedError,
        5: Error,
        6: KeyMissingError,
        7: Error,
        8: RangeError,
        9: OperatingSystemError,
        10: RuntimeError,
        11: Error,
        12: OutOfMemoryError,
    }
)

for _name in __all__:
    # The public names, for users and for pickles.
    globals()[_name].__module__ = "colonnade"
