# SPDX-License-Identifier: Apache-2.0
"""The errors of the package.

Each is also the built-in error that says the same, and a `RuntimeError` wherever MLX Data raises one, so that code
which catches either keeps working.
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
    """The text for a report or a message: characters that a terminal obeys instead of showing them become escapes.

    Those are control characters, line and paragraph separators, and those that change the direction of text. A byte of a
    file name that is not UTF-8, which `os.fsdecode` makes a surrogate, becomes an escape too.

    >>> import os
    >>> visible(os.fsdecode(b"caf\\xe9")), visible("\\x1b[2J")
    ('caf\\\\xe9', '\\\\x1b[2J')
    """
    if text.isprintable():
        return text
    return "".join(_escape(each) if _is_command(each) and each not in keeping else each for each in text)


def readable(path: str) -> str:
    """The path as a text that can be encoded: bytes that are not UTF-8 become escapes, as in `caf\\xe9`."""
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
    """An argument or a value that cannot be; the message says which, where, and what to do. All errors of the package are
    errors of this class.
    """

    def __str__(self) -> str:
        # Names and values may come from others, and a terminal must not obey them.
        text = str(self.args[0]) if len(self.args) == 1 else super().__str__()
        return visible(text, keeping="\n")


class KeyMissingError(KeyError, Error):
    """A key that the samples do not have."""

    # KeyError shows the repr of its argument, which makes quotes around a sentence.
    __str__ = Error.__str__


class RangeError(IndexError, Error):
    """A position that is not there."""


class CorruptFileError(Error):
    """A file that is damaged, cut short, or not a Colonnade file at all."""


class UnsupportedError(Error):
    """Something that this version cannot do, such as a newer file format."""


class MissingFileError(FileNotFoundError, Error):
    """A file that does not exist."""

    __str__ = Error.__str__


class ExistingFileError(FileExistsError, Error):
    """A file that exists and was not to be replaced."""

    __str__ = Error.__str__


class OutOfMemoryError(MemoryError, Error):
    """There is no memory for as much as was asked for, such as a batch of very long rows."""


class OperatingSystemError(OSError, Error):
    """The operating system refused: no permission, a full disk, a failing one."""

    __str__ = Error.__str__


# By the codes of the C interface.
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
    # As users see them, and as pickles find them.
    globals()[_name].__module__ = "colonnade"
