# SPDX-License-Identifier: Apache-2.0
"""Converts columns of encoded images to columns of pixels, so that the table is ingested like any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .._errors import Error, located
from .column import Column
from .images import Picture
from .missing import is_missing
from .options import RowOptions
from .pictures import Decoder, Opened
from .sizes import bounded
from .tables import Batches
from .values import read

__all__ = ["with_pixels"]

#: The rows whose images are decoded at a time, and about the bytes of their encoded files and of their pixels.
_WINDOW_ROWS = 64
_ENCODED_BYTES = 16 << 20
_WINDOW_BYTES = 32 << 20
#: The number of rows, or bytes of pixels, that determine the types of the images.
_FIRST_ROWS = 1000
_FIRST_BYTES = 32 << 20


class _Window(NamedTuple):
    """Some rows, and the pixels of their images by the index of the column."""

    batch: pa.RecordBatch
    pixels: dict[int, list[Picture | None]]

    @property
    def size(self) -> int:
        return sum(made.pixels.nbytes for pictures in self.pixels.values() for made in pictures if made is not None)


def with_pixels(source: Batches, taken: set[str], options: RowOptions, stack: ExitStack) -> Batches:
    """Returns the stream with decoded images in these columns, as arrays of one shape if the first images have one.

    The options use the names of the columns in the stream. A missing picture stays missing.
    """
    files = {name: kind for name, kind in source.files.items() if kind[0] == "Image" and name in taken}
    if not files:
        return source
    decoder = Decoder(files, options.image_mode, options.image_root, stack)
    images = {source.column_index(name): _Images(name, options, mode) for name, (_, mode) in files.items()}
    windows = _windows(source.batches, images, decoder)
    first: list[_Window] = []
    rows = size = 0
    for window in windows:
        for index, image in images.items():
            image.observe(window.pixels[index], rows)
        first.append(window)
        rows, size = rows + window.batch.num_rows, size + window.size
        if rows >= _FIRST_ROWS or size >= _FIRST_BYTES:
            break
    schema = source.schema
    for index, image in images.items():
        schema = schema.set(index, pa.field(image.name, image.settle()))

    def batches() -> Iterator[pa.RecordBatch]:
        row = 0
        for window in _emptying(first, windows):
            columns = list(window.batch.columns)
            for index, image in images.items():
                columns[index] = image.array(window.pixels[index], row)
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
            row += window.batch.num_rows

    features = {name: feature for name, feature in source.features.items() if name not in files}
    return Batches(schema, batches(), source.features).described(features)


def _emptying(first: list[_Window], rest: Iterator[_Window]) -> Iterator[_Window]:
    """Yields all windows and releases each."""
    first.reverse()
    while first:
        yield first.pop()
    yield from rest


def _windows(batches: Iterator[pa.RecordBatch], images: dict[int, _Images], decoder: Decoder) -> Iterator[_Window]:
    """Yields slices of the batches whose encoded files and whose pixels are bounded in bytes: the headers have the sizes of
    pictures before they are decoded.
    """
    row = 0
    for batch in batches:
        for part in bounded(batch, _WINDOW_ROWS, _ENCODED_BYTES):
            for rows, opened in _opened(part, images, decoder, row):
                pixels = {index: decoder.decoded(images[index].name, column, row) for index, column in opened.items()}
                yield _Window(rows, pixels)
                row += rows.num_rows


def _opened(
    part: pa.RecordBatch, images: dict[int, _Images], decoder: Decoder, row: int
) -> Iterator[tuple[pa.RecordBatch, dict[int, list[Opened | None]]]]:
    """Yields slices of the rows, and their encoded images by the index of the column; the pixels of a slice are bounded."""
    values = {index: _file_values(part.column(index)) for index in images}
    columns: dict[int, list[Opened | None]] = {index: [] for index in images}
    start = size = 0
    for number in range(part.num_rows):
        try:
            opened = {
                index: decoder.opened(image.name, values[index][number], row + number)
                for index, image in images.items()
            }
        except Error:
            # The pictures before it come first: if one of them is invalid, that error must be reported.
            if number > start:
                yield part.slice(start, number - start), columns
            raise
        added = sum(each.size for each in opened.values() if each is not None)
        if number > start and size + added > _WINDOW_BYTES:
            yield part.slice(start, number - start), columns
            start, size, columns = number, 0, {index: [] for index in images}
        size += added
        for index, each in opened.items():
            columns[index].append(each)
            # The opened image holds the bytes.
            values[index][number] = None
    if part.num_rows > start:
        yield part.slice(start), columns


def _file_values(column: pa.Array) -> list[Any]:
    """Returns the files as Python values: only the bytes, if all files have them."""
    if hasattr(column, "field") and column.null_count == 0:
        data = column.field("bytes")
        if data.null_count == 0:
            return data.to_pylist()  # type: ignore[no-any-return]
    return column.to_pylist()  # type: ignore[no-any-return]


class _Images:
    """A column of images: its type and its arrays."""

    def __init__(self, name: str, options: RowOptions, mode: str | None) -> None:
        self.name = name
        declared = {name: options.types[name]} if name in options.types else {}
        self._column = Column(name, RowOptions(types=declared, image_mode=options.image_mode))
        self._is_ragged = name in options.ragged
        self._mode = options.image_mode or mode
        fill: Any = options.fill.get(name)
        #: A picture that replaces missing ones. A fill of one number is for elements, and the core writes it.
        self._fill = None if is_missing(fill) or np.isscalar(fill) else read(fill, options.image_mode)
        if self._fill is not None:
            del options.fill[name]

    def observe(self, pictures: list[Picture | None], row: int) -> None:
        for number, picture in enumerate(pictures):
            if picture is None:
                continue
            try:
                self._column.observe(read(picture))
            except (ValueError, TypeError) as error:
                raise located(error, row + number, self.name) from None

    def settle(self) -> pa.DataType:
        """Returns the type of the arrays."""
        column = self._column
        if column.kind is None:
            # Without any picture, these are the types of the usual modes.
            column.kind, column.dtype = "tensor", np.dtype(np.uint8)
            channels: dict[str | None, tuple[int | None, ...]] = {"L": (), "RGB": (3,), "RGBA": (4,)}
            column.shape = (None, None, *channels.get(self._mode, (None,)))
        column.settle(self._is_ragged)
        if column.kind != "tensor" or column.dtype is None:
            raise Error(f'column "{self.name}" has pixels, and cannot be {column.description}')
        if column.dtype.name == "bfloat16":
            raise Error(f'column "{self.name}" cannot be bfloat16: use float32, and cast when reading')
        kind = pa.from_numpy_dtype(column.dtype)
        for size in reversed(column.shape):
            kind = pa.list_(kind) if size is None else pa.list_(kind, size)
        return kind

    def array(self, pictures: list[Picture | None], row: int) -> pa.Array:
        """Returns the pixels as an array of Arrow; ValueError with the row of a picture that does not fit."""
        shape = self._column.shape
        assert self._column.dtype is not None
        fitted: list[NDArray[Any]] = []
        for number, picture in enumerate(pictures):
            value = self._fill if picture is None else read(picture)
            if value is None:
                fitted.append(np.zeros([size or 0 for size in shape], self._column.dtype))
                continue
            try:
                stored = self._column.fitted(value)
            except (ValueError, TypeError) as error:
                raise located(error, row + number, self.name) from None
            assert isinstance(stored, np.ndarray)
            fitted.append(stored)
        missing = None
        if self._fill is None and any(picture is None for picture in pictures):
            missing = pa.array([picture is None for picture in pictures])
        values = pa.array(np.concatenate([array.reshape(-1) for array in fitted]))
        for level in range(len(shape) - 1, -1, -1):
            mask = missing if level == 0 else None
            size = shape[level]
            if size is not None:
                values = pa.FixedSizeListArray.from_arrays(values, size, mask=mask)
                continue
            counts = [int(np.prod(array.shape[:level], dtype=np.int64)) for array in fitted]
            lengths = np.repeat([array.shape[level] for array in fitted], counts)
            ends = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int32)
            values = pa.ListArray.from_arrays(pa.array(ends), values, mask=mask)
        return values
