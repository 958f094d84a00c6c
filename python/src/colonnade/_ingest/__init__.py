# SPDX-License-Identifier: Apache-2.0
"""Data of any kind into a file, once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, overload

from .._buffer import Buffer
from .._errors import Error, KeyMissingError
from .._open import open
from .._stream import Stream
from .bar import Progress
from .options import RowOptions, checked_target, row_options
from .paths import paths_of
from .samples import ingest_columns, ingest_samples
from .text import text_options

__all__ = ["ingest"]


class _Splits(Protocol):
    """Hugging Face's `DatasetDict` and `IterableDatasetDict`."""

    def keys(self) -> Any: ...
    def push_to_hub(self, repo_id: str) -> Any: ...
    def cast_column(self, column: str, feature: Any) -> Any: ...
    def values(self) -> Any: ...


@overload
def ingest(  # type: ignore[overload-overlap]
    source: _Splits,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    columns: Sequence[str] | None = None,
    schema: Mapping[str, object] | None = None,
    ragged: str | Iterable[str] = (),
    fill: Mapping[str, Any] | None = None,
    mask: bool = False,
    labels: Mapping[str, Sequence[str]] | None = None,
    decode_images: bool = True,
    image_mode: str | None = None,
    image_root: str | os.PathLike[str] | None = None,
    metadata: Mapping[str, str] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
    vector: Mapping[str, str | tuple[str, str]] | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    escapes: bool = False,
    header: bool | None = None,
    progress: Progress = None,
) -> dict[str, Buffer]: ...
@overload
def ingest(
    source: object,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    columns: Sequence[str] | None = None,
    schema: Mapping[str, object] | None = None,
    ragged: str | Iterable[str] = (),
    fill: Mapping[str, Any] | None = None,
    mask: bool = False,
    labels: Mapping[str, Sequence[str]] | None = None,
    decode_images: bool = True,
    image_mode: str | None = None,
    image_root: str | os.PathLike[str] | None = None,
    metadata: Mapping[str, str] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
    vector: Mapping[str, str | tuple[str, str]] | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    escapes: bool = False,
    header: bool | None = None,
    progress: Progress = None,
) -> Buffer: ...
def ingest(
    source: object,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    columns: Sequence[str] | None = None,
    schema: Mapping[str, object] | None = None,
    ragged: str | Iterable[str] = (),
    fill: Mapping[str, Any] | None = None,
    mask: bool = False,
    labels: Mapping[str, Sequence[str]] | None = None,
    decode_images: bool = True,
    image_mode: str | None = None,
    image_root: str | os.PathLike[str] | None = None,
    metadata: Mapping[str, str] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
    vector: Mapping[str, str | tuple[str, str]] | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    escapes: bool = False,
    header: bool | None = None,
    progress: Progress = None,
) -> Buffer | dict[str, Buffer]:
    """Writes `source` into the file `path`, and opens it.

    >>> import colonnade as dx
    >>> import numpy as np
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> samples = ({"image": np.full((28, 28), i, np.uint8), "label": i % 10} for i in range(100))
    >>> buffer = dx.ingest(samples, folder / "numbers.colonnade")
    >>> buffer, buffer.dtypes
    (Buffer(size=100, keys={'image', 'label'}), {'image': 'uint8', 'label': 'int64'})

    The source is one of

    * a list or any iterable of dicts from keys to NumPy arrays, numbers, bool, bytes, str, lists of numbers, Pillow
      images, tensors of other libraries; dicts in dicts become keys with a dot,
    * a dict from keys to arrays or lists, all with as many rows,
    * a Hugging Face `Dataset`, in its own order, or `IterableDataset`; of a `DatasetDict` each split becomes a file of
      its own, in the folder `path` or where `path` has `{split}`, and the result is a dict of buffers,
    * what offers Arrow's C stream: tables and readers of pyarrow, Polars, DuckDB, pandas,
    * a `Buffer`, or a `Stream`, which is read from its beginning in a pass of its own, and stays where it is,
    * the path of a file, or a list of paths: Parquet, Arrow and Feather, which need pyarrow; CSV, TSV, JSON Lines, IDX
      and .npy, also gzipped, and .npz; a folder of Parquet files, which are taken in the order of their names; a folder
      that Hugging Face's `save_to_disk` wrote. Files of the same columns, in any order, are taken one after another, and
      their numbers widened to a type that holds all of them; arrays and text files with as many rows but other columns
      become columns of the same rows.

    Dates, times and durations of Python, NumPy, pandas and Arrow become integers, and `Field.meaning` says what they
    count. A pandas index that has a name is a column.

    It is read once, from the front, in bounded memory. The file appears under its name when it is complete; after an
    error, or Ctrl-C, there is none, or the old one.

    The schema comes from the source, or from its first rows (all rows of a list): a later one that does not fit is a
    ValueError with row, column and remedy. Rows count from 0, as in `buffer[row]`; records of text files count from 1, as
    lines do in an editor.

    * `overwrite` replaces a file that is there already.
    * `columns` takes only these, in this order: `["image", "y=label"]` takes two and calls the second y. The other
      arguments may call it label, which comes first where both are names of the source, or y.
    * `schema` says types of columns: `{"image": "uint8[28,28]", "tokens": "int32[?]", "name": "string"}`, `"date[d]"`,
      `"timestamp[us, UTC]"`. Fields of structs, and of dicts in dicts, have names with a dot. Numbers are
      cast to them where that keeps integers what they are, and text after ISO 8601 becomes a time.
    * `ragged` names columns whose shapes may differ from row to row.
    * `fill` has what is put in place of missing values, by column, and under `"*"` by kind for all others:
      `{"age": 0, "*": {"float": float("nan"), "int": -1, "str": ""}}`; the kinds are float, int, bool, str, bytes and time. In a
      column with names of classes, -1 is no class. Without a fill, missing values are a ValueError; in columns of text,
      CSV and TSV do not tell them from the text that stands there.
    * `mask=True` adds a bool column `NAME.valid` after each that has a fill: False where the value, or a part of it, was missing.
      Without any fill, all columns have one, and what is missing becomes 0, False, nothing, NaN or NaT.
    * `labels` names the classes of an integer column: `{"label": ["T-shirt", "Trouser"]}`. Hugging Face's are kept
      anyway. An integer without a name is an error, except -1, which stands for no class.
    * `decode_images=False` keeps encoded images as the bytes that they are; otherwise they become uint8 arrays.
    * `image_mode` is one of Pillow's: `"RGB"` makes all images three channels of 8 bits, `"L"` one, `"I;16"` one of 16
      bits. Without it images keep their modes, and a column with two modes is a ValueError. Grey values keep their
      scale: 16 bits become 8 by `>> 8`, and what has no largest value ("F", and "I" beyond 16 bits) is a ValueError.
    * `image_root` is the folder inside which rows may name files, as those of Hugging Face's image folders do. Without
      it, and for paths that lead out of it or to what is no regular file, such a row is a ValueError.
    * `metadata` is text to keep with the data, such as its licence.
    * `grouping="separate"` keeps every column apart; usually small ones lie together, row by row.
    * `codec="zlib"` compresses all columns, `{"text": "zlib"}` one; `"plain"`, which is the default, is mapped and read
      without a copy. `"*"` stands for all other columns.
    * `missing`, of CSV, TSV and JSON Lines: the texts that stand for a missing value, in place of the usual ones: an empty
      field, `NA`, `N/A`, `null`, `NULL`, `None`. `NaN` is a number, as in NumPy.
    * `vector`, of CSV and TSV as all that follow: neighbouring columns that become one tensor, by its name:
      `{"image": "pixel0:pixel783"}`, or a tuple of both names.
    * `delimiter` is between the fields: a character, by default a tab in TSV and a comma in CSV.
    * `quote` stands around fields that need it: a character, or `""` for none, as in TSV.
    * `escapes=True` reads a backslash and `t`, `n`, `r` or another backslash, in fields without quotes, as the characters that
      they stand for.
    * `header` says whether the first line has the names of the columns; without them they are `c0`, `c1` and so on. None looks
      whether the first line has only numbers, which is a ValueError.
    * `progress`: None shows a bar where standard error is a terminal, True always, False never; a function is called
      with the rows and bytes so far, and the number of all rows or None.
    """
    options = row_options(
        schema=schema,
        columns=columns,
        ragged=ragged,
        fill=fill,
        mask=mask,
        labels=labels,
        image_mode=image_mode,
        image_root=image_root,
        metadata=metadata,
        grouping=grouping,
        codec=codec,
        overwrite=overwrite,
    )
    text = text_options(missing, vector, delimiter, quote, escapes, header)
    paths = paths_of(source)
    if paths is None and text:
        raise Error(f"{next(iter(text))} is for files of text that are named by their paths: leave it out")
    if paths is not None:
        from .files import opened_paths

        source = opened_paths(paths, path, options, text)
    if _is_hugging_face(source, "DatasetDict", "IterableDatasetDict"):
        from .huggingface import ingest_splits

        targets = ingest_splits(source, path, options, decode_images, progress)
        return {name: open(target) for name, target in targets.items()}
    target = checked_target(path, overwrite)
    _ingest(source, target, options, decode_images, progress)
    return open(target)


def _ingest(source: Any, target: str, options: RowOptions, decode_images: bool, progress: Progress) -> None:
    # What belongs to a kind of source is loaded with the first such source: importing the package is quick.
    from .arrow import ingest_arrow, ingest_reader, table_of
    from .files import CoreFiles, ingest_files
    from .sources import FileRows

    if _is_hugging_face(source, "Dataset", "IterableDataset"):
        from .huggingface import ingest_dataset

        ingest_dataset(source, target, options, decode_images, progress)
    elif isinstance(source, FileRows):
        ingest_reader(source.rows, target, options, decode_images, progress, source.row_count, source.name)
    elif isinstance(source, CoreFiles):
        ingest_files(source, target, options, progress)
    elif isinstance(source, (Buffer, Stream)):
        _ingest_pipeline(source, target, options, progress)
    elif ingest_arrow(source, target, options, decode_images, progress):
        pass
    elif isinstance(source, Mapping):
        table = table_of(source)
        if table is None or not ingest_arrow(table, target, options, decode_images, progress):
            ingest_columns(source, target, options, progress)
    elif isinstance(source, Iterable):
        ingest_samples(source, target, options, progress)
    else:
        raise TypeError(
            f"source has to be an iterable of dicts, a dict of arrays, a Hugging Face data set, Arrow data or paths, not "
            f"{type(source).__name__}"
        )


def _is_hugging_face(source: object, *names: str) -> bool:
    datasets = sys.modules.get("datasets")
    return datasets is not None and isinstance(source, tuple(getattr(datasets, name) for name in names))


def _ingest_pipeline(source: Buffer | Stream, target: str, options: RowOptions, progress: Progress) -> None:
    own = source.schema
    for old in options.columns.values() if options.columns is not None else ():
        if old not in own:
            raise KeyMissingError(f'there is no column "{old}"; there are {", ".join(own)}')
    asked = options.of_source()
    asked.check_names(own)
    for name, kind in own.items():
        if name in asked.labels and isinstance(kind.meaning, list):
            kind = kind._replace(meaning=None)
        if name not in asked.ragged and (options.columns is None or name in options.columns.values()):
            asked.types.setdefault(name, kind)
    asked.metadata = {**source.metadata, **options.metadata}
    # A pass of its own: the stream stays where it is.
    samples = source.epoch(source._progress.epoch) if isinstance(source, Stream) else source
    ingest_samples(iter(samples), target, asked, progress, source._node.pipeline.count)
