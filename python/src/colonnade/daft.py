# SPDX-License-Identifier: Apache-2.0
"""Daft: data sets that the workers of Daft write.

    import colonnade.daft

    buffer = colonnade.daft.write(daft.read_parquet("raw/").with_column(…), "train.colonnade")

It needs Daft from 0.6 on: `pip install daft`. All machines need the same folder under the same path.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

try:
    import daft
    import daft.io.sink
except ImportError as error:
    raise ImportError("colonnade.daft needs Daft, which cannot be imported: pip install daft") from error

from ._buffer import Buffer
from ._engines import EngineJob
from ._open import Path

__all__ = ["write"]


def write(
    frame: daft.DataFrame,
    path: Path,
    *,
    schema: Mapping[str, object] | None = None,
    ragged: str | Iterable[str] = (),
    fill: Mapping[str, Any] | None = None,
    labels: Mapping[str, Sequence[str]] | None = None,
    metadata: Mapping[str, str] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
) -> Buffer:
    """Writes the rows of a `daft.DataFrame` into a data set of many files, adds them to one that exists, and opens it.

    >>> import daft
    >>> import colonnade.daft
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.colonnade"
    >>> buffer = colonnade.daft.write(daft.from_pydict({"x": [1, 2], "name": ["a", "b"]}), path)
    >>> buffer[1]["name"]
    'b'

    `path` is a folder that all machines share. The workers write files, and one commit makes all rows visible at once. A task that
    fails has written nothing, and a task that Daft runs again counts once. If the write fails, nothing is visible, and
    `colonnade gc` removes what was written. Daft decides about the order of the rows.

    The columns come from Arrow, as for `ingest`, which describes the other arguments. Tensors whose shapes Daft does not know have
    the dimensions that vary in the first task: name a column in `ragged` or `schema` if its shapes vary, and a task may have rows
    of one shape. Images of Daft raise ValueError: make them tensors or bytes first.
    """
    from ._daft import Sink

    if not isinstance(frame, daft.DataFrame):
        raise TypeError(f"frame must be a daft.DataFrame, not {type(frame).__name__}")
    options = {
        "schema": schema,
        "ragged": ragged,
        "fill": fill,
        "labels": labels,
        "metadata": metadata,
        "grouping": grouping,
    }
    sink = Sink(EngineJob.begun(path, f"daft-{uuid.uuid4().hex}", False, **options, codec=codec))
    frame.write_sink(sink)
    assert sink.buffer is not None
    return sink.buffer
