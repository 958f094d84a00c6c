# SPDX-License-Identifier: Apache-2.0
"""The function that writes data of any kind into a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, overload

from .._buffer import Buffer
from .._errors import Error
from .._open import open
from .._stream import Stream
from .bar import Progress
from .options import RowOptions, checked_target, row_options
from .paths import paths_of
from .pipelines import ingest_pipeline
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
    images: Mapping[str, str] | None = None,
    audio_info: bool = False,
    skip_bad: bool = False,
    metadata: Mapping[str, str] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
    vector: Mapping[str, str | tuple[str, str]] | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    escapes: bool = False,
    header: bool | None = None,
    processes: int | None = None,
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
    images: Mapping[str, str] | None = None,
    audio_info: bool = False,
    skip_bad: bool = False,
    metadata: Mapping[str, str] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
    vector: Mapping[str, str | tuple[str, str]] | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    escapes: bool = False,
    header: bool | None = None,
    processes: int | None = None,
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
    images: Mapping[str, str] | None = None,
    audio_info: bool = False,
    skip_bad: bool = False,
    metadata: Mapping[str, str] | None = None,
    grouping: Literal["automatic", "separate"] | None = None,
    codec: str | Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
    vector: Mapping[str, str | tuple[str, str]] | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    escapes: bool = False,
    header: bool | None = None,
    processes: int | None = None,
    progress: Progress = None,
) -> Buffer | dict[str, Buffer]:
    """Writes `source` into the file `path`, and opens the file.

    >>> import colonnade as dx
    >>> import numpy as np
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> samples = ({"image": np.full((28, 28), i, np.uint8), "label": i % 10} for i in range(100))
    >>> buffer = dx.ingest(samples, folder / "numbers.colonnade")
    >>> buffer, buffer.dtypes
    (Buffer(size=100, keys={'image', 'label'}), {'image': 'uint8', 'label': 'int64'})

    The source is one of

    * a list or another iterable of dicts. Their values are NumPy arrays, numbers, bool, bytes, str, lists of numbers,
      Pillow images or tensors of other libraries. Dicts in dicts become keys with a dot;
    * a dict from keys to arrays or lists with as many rows each;
    * a Hugging Face `Dataset`, in its order, or an `IterableDataset`. Each split of a `DatasetDict` becomes a file of
      its own, in the folder `path` or where `path` has `{split}`, and the result is a dict of buffers;
    * an object with Arrow's C stream interface: tables and readers of pyarrow, Polars, DuckDB and pandas;
    * a `Buffer`, or a `Stream`. A stream is read from its beginning in a pass of its own, and does not advance;
    * the path of a file, or a list of paths: Parquet, Arrow and Feather, which need pyarrow; CSV, TSV, JSON Lines, IDX
      and .npy, also gzipped; .npz; WebDataset; COCO; a folder of Parquet files, in the order of their names; a folder that
      Hugging Face's `save_to_disk` wrote; folders of pictures or sound, see below. Files with the same columns, in any
      order, are read one after another, and their numbers are widened to a type that holds all of them. Arrays and text
      files with as many rows but other columns become columns of the same rows.

    Dates, times and durations of Python, NumPy, pandas and Arrow become integers, and `Field.meaning` has their unit. A
    pandas index that has a name is a column.

    The source is read once from the front, in bounded memory. The file appears under its name when it is complete.
    After an error or Ctrl-C there is no file, or the old one.

    The schema comes from the source, or from its first rows (from all rows of a list). A later row that does not fit
    raises ValueError with row, column and remedy. Rows count from 0, as in `buffer[row]`; records of text files count
    from 1, as lines in an editor do.

    **Columns and types**

    * `columns` keeps only these columns, in this order. `["image", "y=label"]` keeps two and renames the second to y.
      The other arguments may call it label or y; label means this column where both names exist in the source.
    * `schema` gives types of columns: `{"image": "uint8[28,28]", "tokens": "int32[?]", "name": "string"}`, `"date[d]"`,
      `"timestamp[us, UTC]"`. Fields of structs, and of dicts in dicts, have names with a dot. Numbers are cast where
      the type holds the value of every integer, and text after ISO 8601 becomes a time.
    * `ragged` names columns whose shapes may differ from row to row.
    * `labels` names the classes of an integer column: `{"label": ["T-shirt", "Trouser"]}`. Names from Hugging Face stay
      without it. An integer without a name is an error, except -1, which means no class.

    **Missing values**

    * `fill` gives values that replace missing ones, by column, and under `"*"` by kind for all other columns: `{"age":
      0, "*": {"float": float("nan"), "int": -1, "str": ""}}`. The kinds are float, int, bool, str, bytes and time. In a
      column with class names, -1 means no class. Without a fill, a missing value raises ValueError; in columns of text,
      CSV and TSV do not tell missing values from the text that stands there.
    * `mask=True` adds a bool column `NAME.valid` after each column that has a fill: False where the value, or a part of
      it, was missing. Without any fill, all columns have one, and missing values become 0, False, nothing, NaN or NaT.
    * `missing` lists the texts that stand for a missing value in CSV, TSV and JSON Lines. They replace the usual ones:
      an empty field, `NA`, `N/A`, `null`, `NULL`, `None`. `NaN` is a number, as in NumPy.

    **Images**

    * `decode_images=False` keeps encoded images as bytes. By default those of Hugging Face and Arrow become arrays of pixels;
      those of folders, archives and COCO always stay bytes, unless `images` names another storage. Bytes of Hugging Face, Arrow
      and Parquet are not checked: `verify(path, media=True)` finds pictures that end early.
    * `image_mode` is a mode of Pillow: `"RGB"` gives all images three channels of 8 bits, `"L"` one, `"I;16"` one of 16
      bits. Without it images keep their modes, and a column with two modes raises ValueError. Grey values keep their
      scale: 16 bits become 8 by `>> 8`. Modes without a largest value ("F", and "I" beyond 16 bits) raise ValueError.
    * `image_root` is the folder inside which rows may name image files, as rows of Hugging Face's image folders do. With a JSON
      file of COCO it is the folder of the pictures, see below.
      Without it such a row raises ValueError, and so does a path that leads out of the folder or to something other
      than a regular file.

    **Folders of pictures or sound, WebDataset, and COCO**

    A folder has a folder for each class, or only files. The columns are `image` or `audio`, the bytes of each file; `label`, the
    number of the file's folder among the sorted names, which are the class names; and `file`, the path in the folder. Rows are
    in the order of the folders' names, and in each folder in that of the files' names. The first bytes of a file tell its type.
    Links are followed. Names that begin with a dot, `Thumbs.db` and `desktop.ini` are ignored. All other files that are no
    pictures or sound, or end early, raise ValueError with a list of them. Headers are checked, whether a file has its end, and the
    code of baseline JPEG files; pixels and samples are not decoded.

    A table `metadata.csv`, `metadata.tsv` or `metadata.jsonl` in the folder names the file of each row in its column `file_name`.
    Then the rows are those of the table, its other columns take the place of `label`, and folders may be of any depth. A file
    without a row, or a row without a file, raises ValueError.

    In tar archives of WebDataset, members with the same name before the first dot are one sample, and each extension is a column:
    `jpg`, `png`, `wav` and others have the bytes of files, `txt` text, `cls` int64, `npy` arrays; the fields of `json` are columns
    such as `json.caption`, and `__key__` is the name. A sample that lacks a member, or has a damaged one, raises ValueError.

    A JSON file of COCO with `image_root` gives a row for each image, with `image`, `boxes` (float32[?, 4]: x, y, width, height),
    `labels` with the names of the categories in the order of their ids, `area` (float32), `iscrowd`, `annotation_id`, `image_id`
    and `file`. Decimals become the nearest float32; whole numbers that float32 does not hold, and negative widths and heights,
    raise ValueError, and so does a picture that does not have the width and height of its entry. Columns that `columns` leaves
    out may have any number. Other keys of annotations, such as segmentation, raise ValueError unless `columns` chooses.

    * `skip_bad=True` leaves bad files and samples out, and a UserWarning lists them. Types are those of the other files;
      all files are then read twice. The types of a table beside pictures are those of all its rows.
    * `images` tells how a column stores its pictures: `{"image": "encoded"}`, the default; `"encoded,baseline"`, which makes
      progressive JPEG files baseline ones with the same pixels; `"raw"` for pixels, of a fixed shape if all pictures have one
      size; `"raw-if-small"` for the file or the pixels of each picture, whichever is smaller; `"mixed=0.5"` for the pixels of
      those whose file has at least half of their bytes; or `"encoded,max-side=512,quality=90"` for JPEG files of at most that
      size, which loses something. The file's metadata tells the storage.
    * `audio_info=True` adds columns with the length, the channels and the rate of sound, after its own: `audio.frames`,
      `audio.channels` and `audio.sample_rate`, as `load_audio(info=True)` gives them. So sorting and batches by length read no
      sound. FLAC, Ogg and MP3 need libsndfile for that.

    **The file**

    * `overwrite=True` replaces an existing file.
    * `metadata` is text to keep with the data, such as its licence.
    * `grouping="separate"` stores every column apart. By default, small columns are stored together, row by row.
    * `codec="zstd"` compresses all columns, `{"text": "zstd"}` one; `"*"` stands for all other columns. `"lz4"` compresses
      less, and its rows are read faster; `"zlib"` is slow to read in random order. A level may follow: `"zstd:9"` (1 to 22),
      `"lz4:9"` (1 to 12), `"zlib:9"` (1 to 9); a higher level takes longer to write and less space. The default `"plain"` is
      mapped and read without a copy. The page about the file compares them.

    **CSV and TSV**

    * `vector` makes one tensor of neighbouring columns: `{"image": "pixel0:pixel783"}`, or a tuple of both names.
    * `delimiter` is the character between fields: by default a tab in TSV and a comma in CSV.
    * `quote` is the character around fields that need it, or `""` for none, as in TSV.
    * `escapes=True` reads a backslash followed by `t`, `n`, `r` or another backslash, in fields without quotes, as the
      character that it stands for.
    * `header` says whether the first line has the names of the columns. Without names they are `c0`, `c1` and so on. By
      default, a first line of numbers alone raises ValueError.

    **Several processes**

    * `processes=8` reads files or a folder by eight processes of this machine, which write a data set of many files: `path` is a
      folder that is empty or does not exist. Each process reads consecutive files, so that the rows, their order and the types are
      those of one process, and nothing is visible before all have finished. Sources of one file, folders with a table, and Parquet,
      Arrow, Feather and Hugging Face's folders raise ValueError, and rows of other kinds TypeError: `write_fragment` writes
      those.

    **Progress**

    * `progress=None` shows a bar where standard error is a terminal, `True` always, `False` never. A function is called
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
        images=images,
        audio_info=audio_info,
        skip_bad=skip_bad,
        metadata=metadata,
        grouping=grouping,
        codec=codec,
        overwrite=overwrite,
        decode_images=decode_images,
        text=text_options(missing, vector, delimiter, quote, escapes, header),
        progress=progress,
    )
    paths = paths_of(source)
    if processes is not None:
        from .processes import checked_processes

        options.processes = checked_processes(processes, paths, source)
    if paths is None and options.text:
        raise Error(f"{next(iter(options.text))} is for text files that are given by their paths: leave it out")
    if paths is not None:
        from .files import CoreFiles, opened_paths

        source = opened_paths(paths, path, options)
        if options.processes and not isinstance(source, CoreFiles):
            raise Error(
                f"{paths[0]} is read by libraries of Python, in one process: leave processes out, or write each file by "
                "write_fragment in processes of your own"
            )
    elif images or audio_info or skip_bad:
        from .files import refuse_media_options

        refuse_media_options(options, "the source")
    if _is_hugging_face(source, "DatasetDict", "IterableDatasetDict"):
        from .huggingface import ingest_splits

        return {name: open(target) for name, target in ingest_splits(source, path, options).items()}
    if options.processes:
        from .processes import folder_target

        options.path = folder_target(path, overwrite)
    else:
        options.path = checked_target(path, overwrite)
    _ingest(source, options)
    return open(options.path)


def _ingest(source: Any, options: RowOptions) -> None:
    # The modules for a kind of source are imported with the first such source, so that importing the package is quick.
    from .arrow import FileRows, ingest_arrow
    from .files import CoreFiles, ingest_files
    from .foreign_columns import table_of

    if _is_hugging_face(source, "Dataset", "IterableDataset"):
        from .huggingface import ingest_dataset

        ingest_dataset(source, options)
    elif isinstance(source, FileRows):
        from .readers import ingest_reader

        ingest_reader(source.rows, options, source.row_count, source.name)
    elif isinstance(source, CoreFiles):
        ingest_files(source, options)
    elif isinstance(source, (Buffer, Stream)):
        ingest_pipeline(source, options)
    elif ingest_arrow(source, options):
        pass
    elif isinstance(source, Mapping):
        table = table_of(source)
        if table is None or not ingest_arrow(table, options):
            ingest_columns(source, options)
    elif isinstance(source, Iterable):
        ingest_samples(source, options)
    else:
        raise TypeError(
            f"source must be an iterable of dicts, a dict of arrays, a Hugging Face data set, Arrow data or paths, not "
            f"{type(source).__name__}"
        )


def _is_hugging_face(source: object, *names: str) -> bool:
    datasets = sys.modules.get("datasets")
    return datasets is not None and isinstance(source, tuple(getattr(datasets, name) for name in names))
