# SPDX-License-Identifier: Apache-2.0
"""Reads one value of a sample: a tensor, bytes or text."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._convert import convert, is_picture, with_gaps
from .._errors import Error
from .._schema import Field
from .images import Picture, to_picture
from .missing import is_missing
from .times import TimeType, common, counted, is_time

__all__ = ["MISSING", "Value", "flattened", "read", "read_row", "value_field"]


class Value(NamedTuple):
    """A value in a form that a column accepts."""

    #: `tensor`, `bytes` or `string`.
    kind: str
    data: NDArray[Any] | bytes | str
    #: Whether it comes from Python's own numbers, whose data type is only preliminary.
    weak: bool = False
    #: The mode of a picture; None for other values.
    mode: str | None = None
    #: The time type of integers that are times; None for other values.
    time: TimeType | None = None
    #: A mask of the missing elements; None if none is missing.
    gaps: NDArray[np.bool_] | None = None

    @property
    def is_whole(self) -> bool:
        """Returns whether neither the value nor an element of it is missing."""
        return self.gaps is None and self.kind != "missing"

    @property
    def size(self) -> int:
        """The approximate number of bytes."""
        return self.data.nbytes if isinstance(self.data, np.ndarray) else len(self.data)

    def owned(self) -> Value:
        """Returns a copy, which only this object can change."""
        if isinstance(self.data, np.ndarray):
            return self._replace(data=self.data.copy())
        return self


#: A missing row, which a fill replaces once the column is known.
MISSING = Value("missing", b"")


def read(value: Any, image_mode: str | None = None) -> Value:
    """Reads a value; raises ValueError for one that no column can hold.

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
        # The text itself: subclasses, such as enumerations, may print as something else.
        return Value("string", _checked_text(str.__str__(value)))
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
    if (items := _as_list(value)) is not None:
        return read(items, image_mode)
    if is_picture(value):
        return read(to_picture(value, image_mode))
    return _array(convert(value))


def read_row(value: Any, image_mode: str | None) -> Value:
    """Reads the value of a row, which may be missing, or a list with missing elements."""
    if is_missing(value):
        return MISSING
    try:
        return read(value, image_mode)
    except ValueError:
        items = value if isinstance(value, (list, tuple)) else _as_list(value)
        found = None if items is None else _with_gaps(items)
        if found is None:
            raise
        return found


def value_field(value: Any) -> Field:
    """Returns the field of a column that has only this value.

    >>> value_field(0.5)
    Field(kind='tensor', dtype='float64', shape=(), meaning=None)
    """
    found = read(value)
    if isinstance(found.data, np.ndarray):
        return Field("tensor", found.data.dtype.name, found.data.shape, None if found.time is None else str(found.time))
    return Field(found.kind, "uint8", (None,))


def _as_list(value: Any) -> list[Any] | None:
    """Returns a list for an array-like value whose missing elements only a list shows; None for other values.

    Such values are arrays of Python objects, and columns of pandas, Polars and pyarrow with missing elements.
    """
    if isinstance(value, np.ndarray):
        is_list = value.dtype.kind == "O" and value.ndim > 0 and not isinstance(value, np.ma.MaskedArray)
        return value.tolist() if is_list else None
    return with_gaps(value)


_TEXTS = (
    "{} of str is not a column value, which is one str per row: join them, as in json.dumps(value), or give each a key or a row of "
    "its own"
)


def _holds_text(value: NDArray[Any]) -> bool:
    if value.dtype.kind == "O":
        return value.size > 0 and isinstance(value.reshape(-1)[0], str)
    return value.dtype.kind in "UT"


def _array(value: NDArray[Any]) -> Value:
    """Reads an array; one of shape (0,) is read as an empty list, whose data type is open."""
    return Value("tensor", convert(value), weak=value.shape == (0,))


def _time(value: Any) -> Value:
    numbers, time = counted(value)
    return Value("tensor", numbers, time=time, gaps=_any(np.asarray(numbers == np.iinfo(numbers.dtype).min)))


def _any(gaps: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    return gaps if gaps.any() else None


def _times(value: list[Any] | tuple[Any, ...]) -> Value:
    """Reads a list of times, or of lists of times."""
    parts = [read(part) for part in value]
    time = parts[0].time
    for part in parts:
        if time is None or part.time is None:
            raise Error("a list of times and other values is not a tensor: give all the same type")
        time = common(time, part.time)
    data = _stacked(
        parts, "a ragged list is not a tensor: pad it to one length, or give each row as a sample of its own"
    )
    gaps = [np.broadcast_to(np.bool_(False) if part.gaps is None else part.gaps, data.shape[1:]) for part in parts]
    return Value("tensor", data, time=time, gaps=_any(np.stack(gaps)))


def _stacked(parts: list[Value], ragged: str) -> NDArray[Any]:
    """Returns the tensors as one; raises ValueError with the message `ragged` if they have several shapes."""
    arrays = [part.data for part in parts if isinstance(part.data, np.ndarray)]
    if len({array.shape for array in arrays}) > 1:
        raise Error(ragged)
    return np.stack(arrays)


def _with_gaps(value: list[Any] | tuple[Any, ...]) -> Value | None:
    """Reads a list with missing elements; None if it has none."""
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
        raise Error(
            f"the str has a lone surrogate, {value[error.start]!a} at character {error.start}, which UTF-8 cannot have: give it "
            "as bytes, or replace the character"
        ) from None
    return value


def _list(value: list[Any] | tuple[Any, ...]) -> NDArray[Any]:
    first = _first(value)
    if isinstance(first, str):
        raise Error(_TEXTS.format("a list"))
    if isinstance(first, bytes):
        raise Error("a list of bytes is not a value of a column: join them, or give each its own key or row")
    if first is None and value:
        raise Error("a list with None in it is not a tensor: put a number there")
    return convert(value)


def _pictures(value: list[Any] | tuple[Any, ...], image_mode: str | None) -> Value:
    """Reads a list of pictures, such as the frames of a film, as one array."""
    items = [read(item, image_mode) for item in value]
    for index, item in enumerate(items):
        if item.kind != "tensor" or item.mode != items[0].mode:
            raise Error(
                f"a list of pictures has {_kind_of_picture(items[0])} at 0 and {_kind_of_picture(item)} at {index}: "
                "convert all of them to one mode, as with image_mode="
            )
    ragged = "a list of pictures of several sizes is not a tensor: crop or resize them, or give each a row"
    return Value("tensor", _stacked(items, ragged), mode=items[0].mode)


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
    """Flattens dictionaries in a sample to keys with a dot: `{"a": {"b": 1}}` becomes `{"a.b": 1}`.

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
        raise Error("dictionaries are nested more than 64 deep")
    for key, value in sample.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            _flatten(value, name + ".", flat, depth + 1)
        elif name in flat:
            raise Error(f'the key "{name}" occurs twice: once with a dot, once as a dictionary')
        else:
            flat[name] = value
