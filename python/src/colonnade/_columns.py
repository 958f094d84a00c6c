# SPDX-License-Identifier: Apache-2.0
"""Functions that change the columns of a data set, and leave the files of the others as they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from . import _core
from ._arguments import key_names
from ._buffer import Buffer
from ._errors import Error, KeyMissingError
from ._factories import from_plan
from ._ingest.bar import Progress
from ._ingest.options import AddedColumns, RowOptions, checked_labels, row_options
from ._ingest.pipelines import ingest_pipeline
from ._ingest.rows import RowWriter
from ._ingest.samples import ingest_columns, ingest_samples
from ._open import Path, open
from ._schema import Field
from ._stream import Stream

__all__ = [
    "Evaluation", "Function", "add_columns", "add_computed", "batches", "drop_columns", "rename_columns", "replace_columns",
    "set_labels",
]  # fmt: skip

Function = Callable[[dict[str, Any]], Mapping[str, Any]]

#: Calls a function with batches of the columns of a buffer, from a row on, and yields each result with the number of its rows.
#: The last argument is the size of the batches.
Evaluation = Callable[[Function, Buffer, list[str], int, int], Iterator[tuple[Any, int]]]


def add_columns(
    path: Path,
    source: Function | Mapping[str, Any] | Iterable[Mapping[str, Any]],
    *,
    inputs: str | Iterable[str] | None = None,
    batch_size: int = 256,
    schema: Mapping[str, object] | None = None,
    ragged: str | Iterable[str] = (),
    labels: Mapping[str, Sequence[str]] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    progress: Progress = None,
) -> Buffer:
    """Adds columns to a data set of many files, writes nothing but them, and opens the new version.

    >>> import colonnade as dx
    >>> import numpy as np
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.colonnade"
    >>> _ = dx.ingest({"x": np.arange(4)}, path)
    >>> buffer = dx.add_columns(path, {"weight": np.array([0.5, 1, 1, 2])})
    >>> buffer = dx.add_columns(path, lambda batch: {"square": batch["x"] ** 2}, inputs="x")
    >>> buffer[3]["weight"], buffer[3]["square"]
    (array(2.), array(9))

    `source` has one value for each row, in the order of the rows. It is

    * a function that gets a batch of up to `batch_size` rows, as `buffer.batch` makes it, and returns a dict of arrays or
      lists with as many rows: for example, embeddings of pictures. `inputs` names the columns of the batch;
    * a dict from names to arrays, lists or iterators;
    * a buffer or a stream, whose class names and other types the columns keep; or
    * an iterable of dicts, one for each row.

    `ingest` describes the other arguments.

    A file becomes a data set of many files, a folder in its place that has the file as it is. Each fragment of a data set
    gets one more file, and one commit makes the new version. If others append rows to a folder meanwhile, a function
    computes the values of those too; rows that come after its last batch, and before the commit, raise ValueError, and so
    do all appended rows with other sources. After an error nothing is changed.

    Raises ValueError if a column exists or if values are missing, and FileNotFoundError.
    """
    return _add(path, source, False, inputs, batch_size, schema, ragged, labels, grouping, codec, progress)


def replace_columns(
    path: Path,
    source: Function | Mapping[str, Any] | Iterable[Mapping[str, Any]],
    *,
    inputs: str | Iterable[str] | None = None,
    batch_size: int = 256,
    schema: Mapping[str, object] | None = None,
    ragged: str | Iterable[str] = (),
    labels: Mapping[str, Sequence[str]] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    progress: Progress = None,
) -> Buffer:
    """Gives existing columns other values, as `add_columns` adds columns. Their types may be others too.

    Values of the same type keep the class names, or the unit of time, of the column. To lose them, drop the column and add
    another one. Files, such as pictures, need their type in `schema`.

    >>> import colonnade as dx
    >>> import numpy as np
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.colonnade"
    >>> _ = dx.ingest({"x": np.arange(4)}, path)
    >>> dx.replace_columns(path, lambda batch: {"x": batch["x"] / 2})[3]
    {'x': array(1.5)}

    Older versions keep the old values. If another writer replaces or drops one of the columns meanwhile, it raises
    ValueError, and nothing is changed. Raises KeyError for a column that does not exist.
    """
    return _add(path, source, True, inputs, batch_size, schema, ragged, labels, grouping, codec, progress)


def drop_columns(path: Path, *names: str) -> Buffer:
    """Removes columns from the newest version of a data set, and opens the new version. No file is written but its manifest.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.colonnade"
    >>> _ = dx.ingest({"x": [1, 2], "y": [3, 4]}, path)
    >>> dx.drop_columns(path, "y")
    Buffer(size=2, keys={'x'})

    Older versions keep the columns: `colonnade gc` frees the space of files that only removed versions need. Raises KeyError
    for a column that does not exist, and ValueError if none would remain.
    """
    if not names:
        raise Error("name the columns to drop")
    _core.drop_columns(_checked(path), list(key_names(names, "names")))
    return open(path)


def rename_columns(path: Path, names: Mapping[str, str]) -> Buffer:
    """Renames columns, old name to new name, all at once, and opens the new version. No file is written but its manifest.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.colonnade"
    >>> _ = dx.ingest({"x": [1, 2], "y": [3, 4]}, path)
    >>> dx.rename_columns(path, {"x": "y", "y": "x"})[0]["x"]
    array(3)

    Raises KeyError for a column that does not exist, and ValueError if two columns would have one name.
    """
    if not isinstance(names, Mapping):
        raise TypeError(f"names must be a dict from old names to new names, not {type(names).__name__}")
    if not names:
        raise Error("name the columns to rename")
    texts = [text for pair in names.items() for text in pair]
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"a name must be a str, not {type(text).__name__}")
    _core.rename_columns(_checked(path), texts)
    return open(path)


def set_labels(path: Path, labels: Mapping[str, Sequence[str]]) -> Buffer:
    """Corrects the class names of columns that have some, and opens the new version. No file is written but its manifest.

    >>> import colonnade as dx
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.colonnade"
    >>> _ = dx.ingest({"y": [0, 1]}, path, labels={"y": ["cat", "dgo"]})
    >>> dx.set_labels(path, {"y": ["cat", "dog"]}).schema["y"].meaning
    ['cat', 'dog']

    The numbers of the rows stay: each must have a name. Each column is one commit. Raises KeyError for a column that does not
    exist, and ValueError for a column without class names, or with a number that has no name.
    """
    path = _checked(path)
    named = checked_labels(labels)
    if not named:
        raise Error("name a column, and its class names")
    for name, texts in named.items():
        _core.set_labels(path, texts, name)
    return open(path)


def _checked(path: Path) -> str:
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be a str or a pathlib.Path, not {type(path).__name__}")
    return os.fsdecode(path)


def _add(
    path: Path,
    source: Any,
    replaces: bool,
    inputs: str | Iterable[str] | None,
    batch_size: int,
    schema: Mapping[str, object] | None,
    ragged: str | Iterable[str],
    labels: Mapping[str, Sequence[str]] | None,
    grouping: str | None,
    codec: str | Mapping[str, str] | None,
    progress: Progress,
) -> Buffer:
    options = row_options(
        schema=schema,
        columns=None,
        ragged=ragged,
        fill=None,
        labels=labels,
        image_mode=None,
        metadata=None,
        grouping=grouping,
        codec=codec,
        overwrite=False,
        progress=progress,
    )
    options.path = _checked(path)
    options.added = AddedColumns(_core.newest_version(options.path), (), replaces)
    if callable(source) and not isinstance(source, (Mapping, Buffer, Stream)):
        _compute(source, options, inputs, batch_size, _evaluated)
    elif inputs is not None:
        raise Error("inputs are the columns that a function gets: leave it out")
    elif isinstance(source, (Buffer, Stream)):
        ingest_pipeline(source, options)
    elif isinstance(source, Mapping):
        if any(isinstance(values, Iterator) for values in source.values()):
            ingest_samples(_zipped(source), options)
        else:
            ingest_columns(source, options)
    elif hasattr(source, "__arrow_c_stream__"):
        raise TypeError(f"a {type(source).__name__} has no rows of its own: pass a dict of its columns, as arrays")
    elif isinstance(source, (str, bytes)) or not isinstance(source, Iterable):
        raise TypeError(
            f"source must be a function, a dict of arrays or an iterable of dicts, not {type(source).__name__}"
        )
    else:
        ingest_samples(source, options)
    return open(path)


def add_computed(
    path: Path,
    function: Function,
    inputs: str | Iterable[str] | None,
    batch_size: int,
    evaluate: Evaluation,
    **options: Any,
) -> Buffer:
    """Adds columns that an engine computes. `options` are arguments of `add_columns`."""
    checked = row_options(columns=None, fill=None, image_mode=None, metadata=None, overwrite=False, **options)
    checked.path = os.path.abspath(_checked(path))
    checked.added = AddedColumns(_core.newest_version(checked.path))
    _compute(function, checked, inputs, batch_size, evaluate)
    return open(checked.path)


def _zipped(columns: Mapping[str, Iterable[Any]]) -> Iterator[dict[str, Any]]:
    """Yields rows of columns that can only be iterated over; raises ValueError if their lengths differ."""
    end = object()
    iterators = {name: iter(values) for name, values in columns.items()}
    while True:
        row = {name: next(values, end) for name, values in iterators.items()}
        ended = [name for name, value in row.items() if value is end]
        if len(ended) == len(row):
            return
        if ended:
            other = next(name for name in row if name not in ended)
            raise Error(f'column "{ended[0]}" has fewer rows than "{other}": all columns need the same number of rows')
        yield row


def _compute(
    function: Function, options: RowOptions, inputs: str | Iterable[str] | None, batch_size: int, evaluate: Evaluation
) -> None:
    """Adds columns that a function computes, also for rows that others append meanwhile."""
    if isinstance(batch_size, bool) or not isinstance(batch_size, int):
        raise TypeError(f"batch_size must be an int, not {type(batch_size).__name__}")
    if batch_size < 1:
        raise Error(f"batch_size must be at least 1, not {batch_size}")
    assert options.added is not None
    version = options.added.version
    buffer = open(options.path, version=version or None)
    plan: str | None = buffer.plan()
    names = list(buffer.schema) if inputs is None else list(key_names(inputs, "inputs"))
    if not names:
        raise Error("name at least one column in inputs: the function gets a batch of them")
    for name in names:
        if name not in buffer.schema:
            raise KeyMissingError(f'there is no column "{name}"; there are {", ".join(buffer.schema)}')
    options.added = AddedColumns(version, tuple(names), options.added.replaces)
    writer = RowWriter(options)
    returned: set[str] = set()
    try:
        missing = len(buffer)
        while missing:
            row = len(buffer) - missing
            for made, count in evaluate(function, buffer, names, row, batch_size):
                if not isinstance(made, Mapping):
                    raise TypeError(f"the function must return a dict from names to arrays, not {type(made).__name__}")
                returned = returned or set(made)
                if returned != set(made):
                    raise Error(
                        f"the function returned the columns {sorted(made)} for rows {row} to {row + count - 1}, and "
                        f"{sorted(returned)} for the rows before: return the same columns for all rows"
                    )
                _append(made, count, writer)
                row += count
            missing, newest = writer.missing_rows()
            if plan is not None:
                _check_unchanged(plan, options.path)
                plan = None
            if missing:
                # In a later version, a column with the name of an input may be another one.
                buffer = open(options.path, version=newest if version else None)
        writer.finish()
    finally:
        writer.abandon()


def _check_unchanged(plan: str, path: str) -> None:
    """Raises ValueError if the values that a function returned are of other rows than those to which the core adds columns.

    The core is open by now. Nobody appends to a lone file any more, and the core compares all later versions with its own.
    """
    try:
        from_plan(plan)
    except ValueError as error:
        raise Error(
            f"{path}: another writer changed it while the function ran: nothing was changed, run this again"
        ) from error


def _evaluated(
    function: Function, buffer: Buffer, names: list[str], start: int, size: int
) -> Iterator[tuple[Any, int]]:
    for batch in batches(buffer[start:] if start else buffer, names, size):
        yield function(batch), len(next(iter(batch.values())))


def batches(buffer: Buffer, names: list[str], size: int) -> Iterator[dict[str, Any]]:
    """Yields batches of some columns."""
    for name in buffer.schema:
        if name not in names:
            buffer = buffer.filter_key(name, remove=True)
    yield from buffer.batch(size)


def _append(made: Mapping[str, Any], count: int, writer: RowWriter) -> None:
    columns = {}
    for name, values in made.items():
        if not hasattr(values, "__len__") or getattr(values, "ndim", 1) == 0:
            raise TypeError(
                f'the function returned {type(values).__name__} for "{name}": return an array or a list, with one value '
                "for each row"
            )
        if len(values) != count:
            raise Error(
                f'the function returned {len(values)} values of "{name}" for {count} rows: return one for each row'
            )
        columns[name] = values
    arrays = {name: values for name, values in columns.items() if isinstance(values, np.ndarray)}
    if not writer.rows:
        # The type of an array is known from the first batch.
        for name, values in arrays.items():
            if values.dtype.kind in "uifb" and name not in writer.options.ragged:
                writer.options.types.setdefault(name, Field("tensor", values.dtype.name, values.shape[1:]))
    if len(arrays) == len(columns) and writer.append_arrays(columns):
        return
    for row in range(count):
        writer.append({name: values[row] for name, values in columns.items()})
