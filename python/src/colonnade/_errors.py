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
    "RangeError",
    "SystemError_",
    "UnsupportedError",
]


class Error(ValueError, RuntimeError):
    """An argument or a value that cannot be; the message says which, where, and what to do."""


class KeyMissingError(KeyError, RuntimeError):
    """A key that the samples do not have."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which makes quotes around a sentence.
        return str(self.args[0]) if len(self.args) == 1 else super().__str__()


class RangeError(IndexError, RuntimeError):
    """A position that is not there."""


class CorruptFileError(Error):
    """A file that is damaged, cut short, or not a Colonnade file at all."""


class UnsupportedError(Error):
    """Something that this version cannot do, such as a newer file format."""


class MissingFileError(FileNotFoundError, RuntimeError):
    """A file that does not exist."""


class ExistingFileError(FileExistsError):
    """A file that exists and was not to be replaced."""


class SystemError_(OSError, RuntimeError):
    """The operating system refused."""


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
        9: SystemError_,
        10: RuntimeError,
        11: Error,
    }
)

for _name in __all__:
    # As users see them, and as pickles find them.
    globals()[_name].__module__ = "colonnade"
