# SPDX-License-Identifier: Apache-2.0
"""Memory-mapped data sets, and pipelines that feed training loops from them.

    import colonnade as dx

    stream = (
        dx.open("mnist.colonnade").shuffle(seed=42)
        .to_stream()
        .cast("image", "float32").scale("image", 1 / 255)
        .batch(32)
        .prefetch(prefetch_size=8, num_threads=4)
    )
    for batch in stream:
        ...
    stream.reset()  # the next epoch, in a new order

The vocabulary is that of MLX Data; docs/MLX-DATA.md lists the differences.
"""

from __future__ import annotations

from . import _core, core, datasets, features, grain, tokenizer_helpers
from ._adapters import to_jax, to_mlx, to_torch
from ._audio import LoadAudioInfo
from ._buffer import Buffer
from ._columns import add_columns, drop_columns, rename_columns, replace_columns, set_labels
from ._errors import (
    CorruptFileError,
    Error,
    ExistingFileError,
    KeyMissingError,
    MissingFileError,
    OperatingSystemError,
    OutOfMemoryError,
    RangeError,
    UnsupportedError,
)
from ._expressions import col
from ._factories import (
    buffer_from_vector,
    concat,
    files_from_tar,
    from_plan,
    stream_csv_reader,
    stream_csv_reader_from_string,
    stream_line_reader,
    stream_python_iterable,
)
from ._ingest import ingest
from ._jobs import commit, write_fragment
from ._open import open
from ._pack import pack
from ._schema import Field
from ._stream import Stream
from ._tokens import TokenizeMode
from ._verify import verify
from ._writer import Writer

#: The members of `TokenizeMode`.
Shortest = TokenizeMode.Shortest
Rand = TokenizeMode.Rand

#: The members of `LoadAudioInfo`.
All = LoadAudioInfo.All
NumFrames = LoadAudioInfo.NumFrames
NumChannels = LoadAudioInfo.NumChannels
SampleRate = LoadAudioInfo.SampleRate
NumSeconds = LoadAudioInfo.NumSeconds

__version__ = _core.version()
__all__ = [
    "Buffer",
    "CorruptFileError",
    "Error",
    "ExistingFileError",
    "Field",
    "KeyMissingError",
    "LoadAudioInfo",
    "MissingFileError",
    "OperatingSystemError",
    "OutOfMemoryError",
    "RangeError",
    "Stream",
    "TokenizeMode",
    "UnsupportedError",
    "Writer",
    "__version__",
    "add_columns",
    "buffer_from_vector",
    "col",
    "commit",
    "concat",
    "core",
    "datasets",
    "drop_columns",
    "features",
    "files_from_tar",
    "from_plan",
    "grain",
    "ingest",
    "open",
    "pack",
    "rename_columns",
    "replace_columns",
    "set_labels",
    "stream_csv_reader",
    "stream_csv_reader_from_string",
    "stream_line_reader",
    "stream_python_iterable",
    "to_jax",
    "to_mlx",
    "to_torch",
    "tokenizer_helpers",
    "verify",
    "write_fragment",
]
