# SPDX-License-Identifier: Apache-2.0
"""Seeds, versions, data types, tokenizers, fetchers of files, and functions for sequences of ids, under the names of MLX Data.

>>> import colonnade as dx
>>> dx.core.set_state(1234)
"""

from __future__ import annotations

import enum
import sys
from typing import TYPE_CHECKING

import numpy as np

from . import _core
from ._fetcher import FileFetcher, FileFetcherHandle, FsspecFileFetcher
from ._random import set_state
from ._sequences import levenshtein, remove, uniq
from ._tokens import (
    BPEMerges,
    BPETokenizer,
    CharTrie,
    CharTrieNode,
    GraphInt64,
    Tokenizer,
    TokenizerIterator,
)

__all__ = [
    "ArrayType",
    "BPEMerges",
    "BPETokenizer",
    "CharTrie",
    "CharTrieNode",
    "FileFetcher",
    "FileFetcherHandle",
    "FsspecFileFetcher",
    "GraphInt64",
    "Tokenizer",
    "TokenizerIterator",
    "levenshtein",
    "libs_version",
    "remove",
    "set_state",
    "uniq",
    "version",
]


class ArrayType(enum.Enum):
    """Data types under the names of MLX Data. Their values are the names that `Buffer.cast` takes.

    >>> import colonnade as dx
    >>> dx.core.ArrayType.double.value
    'float64'
    """

    any = "any"
    bool = "bool"
    uint8 = "uint8"
    int8 = "int8"
    uint16 = "uint16"
    int16 = "int16"
    uint32 = "uint32"
    int32 = "int32"
    uint64 = "uint64"
    int64 = "int64"
    float16 = "float16"
    bfloat16 = "bfloat16"
    float = "float32"
    double = "float64"


def version() -> str:
    """Returns the version of the core, which is that of the package.

    >>> import colonnade as dx
    >>> dx.core.version() == dx.__version__
    True
    """
    return _core.version()


def libs_version() -> dict[str, str]:
    """Returns the versions of Colonnade, NumPy and Python.

    >>> import colonnade as dx
    >>> sorted(dx.core.libs_version())
    ['colonnade', 'numpy', 'python']
    """
    return {"colonnade": _core.version(), "numpy": np.__version__, "python": sys.version.split()[0]}


if not TYPE_CHECKING:  # type checkers know the names by themselves

    def __getattr__(name: str) -> object:
        if name == "AWSFileFetcher":
            raise AttributeError(
                "AWSFileFetcher of MLX Data does not exist here: FsspecFileFetcher copies files from S3, as in "
                'FsspecFileFetcher("s3://bucket/", key=…, secret=…)'
            )
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
