# SPDX-License-Identifier: Apache-2.0
"""What one value of a sample is: a tensor, bytes or text."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._convert import convert, is_picture, with_gaps
from .._errors import Error
from .._schema import Field
from .images import Picture, to_picture
from .times import TimeType, common, counted, is_time, not_a_time

__all__ = [
    "MISSING",
    "MissingValue",
    "Value",
    "as_list",
    "flattened",
    "is_missing",
    "read",
    "read_with_gaps",
    "value_field",
]


class MissingValue(Error):
    """A value, or an element of one, is missing, and nothing takes its place."""


class Value(NamedTuple):
    """A value that is understood."""

    #: `tensor`, `bytes` or `string`.
    kind: str
    data: NDArray[Any] | bytes | str
    #: Whether it comes from Python's own numbers, whose data type is not to be taken at its word.
    weak: bool = False
    #: The mode of a picture; None for all else.
    mode: str | None = None
    #: The unit that the integers of a time count; None for other values.
    time: TimeType | None = None
    #: A mask of the missing elements; None where none is missing.
    gaps: NDArray[np.bool_] | None = None

    @property
    def size(self) -> int:
        """Bytes, about."""
        return self.data.nbytes if isinstance(self.data, np.ndarray) else len(self.data)

    def owned(self) -> Value:
        """The same, and nobody else can change it."""
        if isinstance(self.data, np.ndarray):
            return self._replace(data=self.data.copy())
        return self


#: A row that is not there, in place of which a fill is put once the column is known.
MISSING = Value("missing", b"")


def is_missing(value: object) -> bool:
    """None, NaT, and pandas' own way to say so."""
    if value is None:
        return True
    if isinstance(value, (int, float, str, bytes, np.ndarray)):
        return False
    if not_a_time(value):
        return True
    pandas = sys.modules.get("pandas")
    return pandas is not None and value is getattr(pandas, "NA", None)


def read(value: Any, image_mode: str | None = None) -> Value:
    """What the value is; ValueError for what cannot be in a column.

    >>> read(b"abc").kind, read("abc").kind, read([1, 2]).data.shape, read(True).data.dtype
    ('bytes', 'string', (2,), dtype('bool'))
    """
    kind = type(value)
    if kind is np.ndarray and value.dtype.kind in "uifb":
        return _array(value)
    if kind is bool:
        return Value("tensor", np.array(value), weak=True)
    if kind is int or kind is float:
        return Value("tensor", convert(value), weak=True)
    if isinstance(value, str):
        return Value("string", _checked_text(str(value)))
    if isinstance(value, bytes):
        return Value("bytes", bytes(value))
    if kind is Picture:
        return Value("tensor", value.pixels, mode=value.mode)
    if is_time(value):
        return _time(value)
    if isinstance(value, (list, tuple)):
        if is_time(_first(value)):
            return _times(value)
        if is_picture(_first(value)):
            return _pictures(value, image_mode)
        return Value("tensor", _list(value), weak=_is_of_numbers(value))
    if isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "SUOT":
        return read(value.item(), image_mode)
    if isinstance(value, np.ndarray) and _holds_text(value):
        raise Error(_TEXTS.format("an array"))
    if (items := as_list(value)) is not None:
        return read(items, image_mode)
    if is_picture(value):
        return read(to_picture(value, image_mode))
    return _array(convert(value))


def value_field(value: Any) -> Field:
    """The type of a column that has only this value.

    >>> value_field(0.5)
    Field(kind='tensor', dtype='float64', shape=(), meaning=None)
    """
    found = read(value)
    if isinstance(found.data, np.ndarray):
        return Field("tensor", found.data.dtype.name, found.data.shape, None if found.time is None else str(found.time))
    return Field(found.kind, "uint8", (None,))


def as_list(value: Any) -> list[Any] | None:
    """What stands for a list, and shows only as one what is missing in it; None for all else.

    These are arrays of Python objects, and columns of pandas, Polars and pyarrow with missing elements.
    """
    if isinstance(value, np.ndarray):
        is_list = value.dtype.kind == "O" and value.ndim > 0 and not isinstance(value, np.ma.MaskedArray)
        return value.tolist() if is_list else None
    return with_gaps(value)


_TEXTS = (
    "{} of str is no column, which has one str a row: join them, as in json.dumps(value), or give each a key or a row of "
    "its own"
)


def _holds_text(value: NDArray[Any]) -> bool:
    if value.dtype.kind == "O":
        return value.size > 0 and isinstance(value.reshape(-1)[0], str)
    return value.dtype.kind in "UT"


def _array(value: NDArray[Any]) -> Value:
    """An array; one of shape (0,) is as an empty list, whose elements could be anything."""
    return Value("tensor", convert(value), weak=value.shape == (0,))


def _time(value: Any) -> Value:
    numbers, time = counted(value)
    gaps = numbers == np.iinfo(numbers.dtype).min if isinstance(value, np.ndarray) else None
    return Value("tensor", numbers, time=time, gaps=None if gaps is None or not gaps.any() else gaps)


def _times(value: list[Any] | tuple[Any, ...]) -> Value:
    """A list of times, or of lists of them."""
    parts = [read(part) for part in value]
    time = parts[0].time
    for part in parts:
        if time is None or part.time is None:
            raise Error("a list of times and other values is no tensor: give all the same type")
        time = common(time, part.time)
    arrays = [part.data for part in parts]
    if len({array.shape for array in arrays if isinstance(array, np.ndarray)}) > 1:
        raise Error("a ragged list is no tensor: pad it to one length, or give each row as a sample of its own")
    return Value("tensor", np.stack(arrays), time=time)


def read_with_gaps(value: list[Any] | tuple[Any, ...]) -> Value | None:
    """A list in which elements are missing; None if that is not what is wrong with it."""
    try:
        items = np.array(value, dtype=object)
    except ValueError:
        return None
    gaps = np.array([is_missing(item) for item in items.reshape(-1)], np.bool_).reshape(items.shape)
    if not gaps.any():
        return None
    present = items[~gaps]
    if any(isinstance(item, (list, tuple, np.ndarray)) for item in present):
        return None
    items[gaps] = present[0] if present.size else 0
    return read(items.tolist())._replace(gaps=gaps)


def _checked_text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Error(f"the str cannot be written as UTF-8 ({error.reason} at character {error.start})") from None
    return value


def _list(value: list[Any] | tuple[Any, ...]) -> NDArray[Any]:
    first = _first(value)
    if isinstance(first, str):
        raise Error(_TEXTS.format("a list"))
    if isinstance(first, bytes):
        raise Error("a list of bytes is no column: join them, or give each a key or a row of its own")
    if first is None and value:
        raise Error("a list with None in it is no tensor: put a number there")
    return convert(value)


def _pictures(value: list[Any] | tuple[Any, ...], image_mode: str | None) -> Value:
    """A list of pictures, such as the frames of a film, as one array."""
    items = [read(item, image_mode) for item in value]
    for place, item in enumerate(items):
        if item.kind != "tensor" or item.mode != items[0].mode:
            raise Error(
                f"a list of pictures has {_kind_of_picture(items[0])} at 0 and {_kind_of_picture(item)} at {place}: "
                "convert all of them to one mode, as with image_mode="
            )
    arrays = [item.data for item in items]
    if len({array.shape for array in arrays if isinstance(array, np.ndarray)}) > 1:
        raise Error("a list of pictures of several sizes is no tensor: crop or resize them, or give each a row")
    return Value("tensor", np.stack(arrays), mode=items[0].mode)


def _kind_of_picture(value: Value) -> str:
    return f"no picture ({value.kind})" if value.mode is None else f'mode "{value.mode}"'


def _first(value: Any) -> Any:
    while isinstance(value, (list, tuple)):
        if not value:
            return 0
        value = value[0]
    return value


def _is_of_numbers(value: Any) -> bool:
    return type(_first(value)) in (int, float, bool)


def flattened(sample: dict[str, Any]) -> dict[str, Any]:
    """Dictionaries in a sample become keys with a dot: `{"a": {"b": 1}}` is `{"a.b": 1}`.

    >>> flattened({"a": {"b": 1}, "c": 2})
    {'a.b': 1, 'c': 2}
    """
    for value in sample.values():
        if isinstance(value, dict):
            break
    else:
        return sample
    flat: dict[str, Any] = {}
    _flatten(sample, "", flat, 0)
    return flat


def _flatten(sample: dict[str, Any], prefix: str, flat: dict[str, Any], depth: int) -> None:
    if depth > 64:
        raise Error("dictionaries lie in one another more than 64 deep")
    for key, value in sample.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            _flatten(value, name + ".", flat, depth + 1)
        elif name in flat:
            raise Error(f'the key "{name}" is there twice: once with a dot, once as a dictionary')
        else:
            flat[name] = value
