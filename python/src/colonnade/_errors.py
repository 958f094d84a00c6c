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
    "RangeError",
    "UnsupportedError",
]


class Error(ValueError, RuntimeError):
    """An argument or a value that cannot be; the message says which, where, and what to do. All errors of the package are
    errors of this class.
    """


class KeyMissingError(KeyError, Error):
    """A key that the samples do not have."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which makes quotes around a sentence.
        return str(self.args[0]) if len(self.args) == 1 else super().__str__()


class RangeError(IndexError, Error):
    """A position that is not there."""


class CorruptFileError(Error):
    """A file that is damaged, cut short, or not a Colonnade file at all."""


class UnsupportedError(Error):
    """Something that this version cannot do, such as a newer file format."""


class MissingFileError(FileNotFoundError, Error):
    """A file that does not exist."""


class ExistingFileError(FileExistsError, Error):
    """A file that exists and was not to be replaced."""


class OperatingSystemError(OSError, Error):
    """The operating system refused: no permission, a full disk, a failing one."""


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
    }
)

for _name in __all__:
    # As users see them, and as pickles find them.
    globals()[_name].__module__ = "colonnade"
