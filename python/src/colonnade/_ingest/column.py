# SPDX-License-Identifier: Apache-2.0
"""One column while it is written: its type as far as known, and checks of its values."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._errors import Error
from .._exact import cast_exactly, check_digits, is_float
from .._schema import Field
from .missing import MissingValue, is_missing
from .modes import in_one_mode
from .options import RowOptions
from .times import TimeType, common, written
from .types import as_dtype, described
from .values import MISSING, Value, read, read_row

__all__ = ["Column", "Stored"]

#: The value of one row of a column, in the form of the core.
Stored = NDArray[Any] | bytes | str

#: Marks a column without a fill, since None would be a missing value itself.
_NO_FILL: Any = object()


class Column:
    """A column that is inferred from the first rows, or declared. Its errors lack row and column, which the caller adds."""

    __slots__ = (
        "_keeps_type", "dtype", "empty_dtype", "fill", "has_gaps", "image_mode", "is_declared", "is_weak", "kind", "kind_fills",
        "mask", "meaning", "mode", "name", "shape", "time",
    )  # fmt: skip

    def __init__(self, name: str, options: RowOptions) -> None:
        self.name = name
        #: None before the first row.
        self.kind: str | None = None
        #: None as long as all rows are empty lists.
        self.dtype: np.dtype[Any] | None = None
        #: The data type of empty arrays, for a column in which no row has an element.
        self.empty_dtype: np.dtype[Any] | None = None
        self.shape: tuple[int | None, ...] = ()
        self.meaning: list[str] | str | None = options.labels.get(name)
        self.is_declared = False
        #: Whether all values are Python's own numbers, which can still become another data type.
        self.is_weak = False
        #: Whether a value, or an element of one, was missing in the first rows.
        self.has_gaps = False
        #: The time type of the integers; None if they are no times.
        self.time: TimeType | None = None
        self.fill = options.fill.get(name, _NO_FILL)
        #: The fills by kind, for a column without its own fill.
        self.kind_fills = options.kind_fills
        #: The name of the bool column that marks missing values with False; None for no such column.
        self.mask: str | None = None
        self.image_mode = options.image_mode
        #: The mode of all pictures; None before the first one.
        self.mode: str | None = None
        #: Whether the file already has rows, so that pictures of another data type would have another scale.
        self._keeps_type = options.appends
        if name in options.types:
            self.declare(options.types[name])

    def declare(self, field: Field) -> None:
        """Declares the column by a field that the user or the source gives."""
        if type(self.meaning) is list and type(field.meaning) is str:
            raise Error(f'labels name integers, and column "{self.name}" is {field.meaning}: leave them out')
        self.kind, self.shape, self.is_declared = field.kind, field.shape, True
        self.dtype = as_dtype(field.dtype) if field.kind == "tensor" else None
        self.meaning = field.meaning if field.meaning is not None else self.meaning
        self.time = TimeType.parsed(self.meaning)

    @property
    def description(self) -> str:
        return described(self.kind or "tensor", (self.dtype or np.dtype(np.float64)).name, self.shape)

    @property
    def core_fields(self) -> list[tuple[str, str, str, tuple[int | None, ...], list[str] | str | None]]:
        """Returns the field, and that of the mask, in the form of the core's writer."""
        dtype = (self.dtype or np.dtype(np.float64)).name
        own = (dtype, self.shape) if self.kind == "tensor" else ("uint8", (None,))
        mask = [(self.mask, "tensor", "bool", (), None)] if self.mask is not None else []
        return [(self.name, self.kind or "tensor", *own, self.meaning), *mask]

    @property
    def fixed_shape(self) -> tuple[int, ...] | None:
        """The shape of every row; None if it varies."""
        if self.kind != "tensor" or None in self.shape:
            return None
        return tuple(size for size in self.shape if size is not None)

    def value(self, raw: Any) -> Value:
        """Returns the value of a row."""
        value = read_row(raw, self.image_mode)
        if not value.is_whole and self.fill is _NO_FILL and not self.kind_fills:
            raise MissingValue(f"{'the value' if value is MISSING else 'an element'} is missing")
        return value

    # Missing values.

    @property
    def fill_kind(self) -> str:
        """The kind of the column, as `fill` names it."""
        if self.kind != "tensor":
            return "str" if self.kind == "string" else "bytes"
        if self.time is not None:
            return "time"
        dtype = self.dtype
        return "float" if dtype is None or is_float(dtype) else "bool" if dtype.kind == "b" else "int"

    @property
    def has_fill(self) -> bool:
        """Returns whether a fill replaces missing values."""
        return self.fill is not _NO_FILL or self.kind is not None and self.fill_kind in self.kind_fills

    @property
    def fill_example(self) -> str:
        """Returns an example of a fill for the column."""
        if self.kind is None:
            return "0"
        if self.fill_kind == "int" and self.dtype is not None and self.dtype.kind == "u":
            return "0"
        return {"float": "nan", "int": "-1", "bool": "False", "str": "''", "bytes": "b''", "time": "'NaT'"}[
            self.fill_kind
        ]

    def _fill(self) -> Value:
        """Returns the value that replaces a missing value or element."""
        fill = self.fill
        if fill is _NO_FILL:
            if not self.has_fill:
                raise MissingValue("the value is missing")
            # 0 is a class like others, so a missing value becomes no class.
            fill = -1 if self.fill_kind == "int" and type(self.meaning) is list else self.kind_fills[self.fill_kind]
        if self.time is not None and (fill == "NaT" or is_missing(fill)):
            return Value("tensor", np.array(np.iinfo(self.time.dtype).min, self.time.dtype))
        return read(fill, self.image_mode)

    def _in_place_of_missing(self) -> Stored:
        fill = self._fill()
        if self.kind != "tensor" or not isinstance(fill.data, np.ndarray) or fill.data.ndim or not self.shape:
            return self._fitted_fill(fill)
        # The same as for Arrow: a missing list of varying length becomes empty, and one of fixed length is filled.
        return np.full([size or 0 for size in self.shape], self._element(fill), self.dtype)

    def _fitted_fill(self, fill: Value) -> Stored:
        try:
            if (
                self.dtype is not None
                and isinstance(fill.data, np.ndarray)
                and is_float(fill.data.dtype)
                and is_float(self.dtype)
            ):
                # The fill of the user may be rounded, as 0.1 always is.
                fill = fill._replace(data=cast_exactly(fill.data, self.dtype))
            return self._fitted(fill)
        except (ValueError, TypeError) as error:
            raise Error(f"the fill does not fit: {error}") from None

    def _element(self, fill: Value) -> NDArray[Any]:
        # A fill of one number is no picture, and has no mode.
        shape, mode, self.shape, self.mode = self.shape, self.mode, (), None
        try:
            stored = self._fitted_fill(fill)
        finally:
            self.shape, self.mode = shape, mode
        assert isinstance(stored, np.ndarray)
        return stored

    # Before the type is settled.

    def is_as_before(self, raw: Any) -> bool:
        """Returns whether the value clearly has the type of the values before it."""
        is_same = type(raw) is np.ndarray and raw.dtype == self.dtype and raw.shape == self.shape
        return is_same and not self.is_weak and self.time is None

    def observe(self, value: Value) -> None:
        """Adds a value of the first rows as evidence; ValueError if no column could hold all of them."""
        if self.mode is not None or value.mode is not None:
            self._check_picture(value)
        self.has_gaps = self.has_gaps or not value.is_whole
        if value is MISSING:
            return
        if _is_empty(value) and self.empty_dtype is None and isinstance(value.data, np.ndarray):
            self.empty_dtype = value.data.dtype
        if self.is_declared:
            self._fitted(value)
        elif self.kind is None:
            self.kind, self.is_weak = value.kind, value.weak
            self._set_time(value.time)
            if isinstance(value.data, np.ndarray):
                self.dtype = None if _is_empty(value) else value.data.dtype
                self.shape = value.data.shape
        elif self.kind != value.kind:
            raise Error(self._other_kind(value))
        elif isinstance(value.data, np.ndarray):
            if self.time is not None and value.time is not None:
                self._set_time(common(self.time, value.time))
            elif self.dtype is None and value.time is not None:
                # All rows so far are empty lists.
                self._set_time(value.time)
            else:
                self._check_time(value)
            self._widen(value, value.data)
        self.mode = self.mode or value.mode

    def _check_time(self, value: Value) -> None:
        """Checks that all values are times, or none is."""
        if value is not MISSING and (self.time is None) != (value.time is None) and not _is_empty(value):
            raise Error(
                f"the value is {value.time or 'no time'} but the column has {self.time or 'numbers'}: give all rows the same"
            )

    def _set_time(self, time: TimeType | None) -> None:
        if time is not None and type(self.meaning) is list:
            raise Error(f"labels name integers, but the value is {time}")
        self.time = time
        self.meaning = self.meaning if time is None else str(time)

    def _widen(self, value: Value, data: NDArray[Any]) -> None:
        if self.dtype is None and data.ndim > len(self.shape):
            # All rows so far are empty lists, which may be lists of lists.
            self.shape += data.shape[len(self.shape) :]
        elif _is_empty(value):
            data = self._extended(data)
        if data.ndim != len(self.shape):
            raise Error(self._other_rank(data))
        if not _is_empty(value):
            self._widen_type(value, data.dtype)
        self.shape = tuple(a if a == b else None for a, b in zip(self.shape, data.shape))

    def _extended(self, data: NDArray[Any]) -> NDArray[Any]:
        """Returns an empty list with the dimensions of the column's rows: a picture without boxes has shape (0, 4)."""
        return data.reshape(data.shape + tuple(size or 0 for size in self.shape[data.ndim :]))

    def _widen_type(self, value: Value, dtype: np.dtype[Any]) -> None:
        if self.dtype is None:
            self.dtype, self.is_weak = dtype, value.weak
        elif self.is_weak and value.weak:
            self.dtype = self._common(self.dtype, dtype)
        elif self.is_weak:
            if not _can_become(self.dtype, dtype):
                raise Error(self._other_type(dtype))
            self.dtype, self.is_weak = _with_floats(dtype, self.dtype), False
        else:
            self.dtype = _with_floats(self.dtype, dtype) if value.weak else self.dtype
            self._cast(value)

    def _common(self, a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
        """Returns the type of Python numbers of two kinds. The cast checks whether it holds each of them."""
        if a == b:
            return a
        if "b" in (a.kind, b.kind):
            raise Error(self._other_type(b))
        return np.dtype(np.float64 if "f" in (a.kind, b.kind) else np.uint64)

    def settle(self, ragged: bool) -> None:
        """Settles the type by the values so far; `ragged` lets all dimensions vary."""
        if self.kind is None:
            if self.fill is _NO_FILL:
                raise Error(f'column "{self.name}" has only missing values: give its type with schema=')
            self.observe(read(self.fill, self.image_mode))
        if self.has_gaps and self.is_weak and self.has_fill:
            self._widen_by_fill()
        if self.kind == "tensor" and self.dtype is None:
            self.dtype = self.empty_dtype or np.dtype(np.float64)
        if ragged:
            if self.kind == "tensor" and not self.shape:
                raise Error(f'column "{self.name}" has single numbers, which have no shape that could vary')
            if self.kind == "tensor":
                # Channels of pictures do not vary: their mode is one.
                has_channels = self.mode is not None and len(self.shape) == 3
                self.shape = (None, None, self.shape[2]) if has_channels else tuple(None for _ in self.shape)
        self.is_weak = False

    def _widen_by_fill(self) -> None:
        """Widens the type of Python's numbers to hold the fill too. A fill of another kind is reported in the row that needs it."""
        with suppress(Error):
            fill = self._fill()
            if fill.weak and isinstance(fill.data, np.ndarray):
                self._widen_type(fill, fill.data.dtype)

    # After the type is settled.

    @property
    def takes_unchecked(self) -> bool:
        """Returns whether numbers of the data type need no check: neither labels, nor times of day, nor only times."""
        is_counted = self.time is None or self.is_declared and self.time.kind != "time"
        return is_counted and type(self.meaning) is not list

    def check_numbers(self, numbers: NDArray[Any]) -> None:
        """Raises ValueError for numbers of the data type that are no labels, or no times of day."""
        if self.time is not None:
            self.time.check(numbers)
        if type(self.meaning) is not list or numbers.size == 0:
            return
        # In a signed column, -1 stands for no class.
        lowest, count = -1 if numbers.dtype.kind == "i" else 0, len(self.meaning)
        for label in (numbers.min(), numbers.max()):
            if not lowest <= label < count:
                unknown = "; -1 is no class" if lowest < 0 else ""
                raise Error(
                    f"{label} is out of range for {count} labels (0..<{count}{unknown}): add the missing labels, or leave the "
                    "labels out"
                )

    def fitted(self, value: Value) -> Stored:
        """Returns the value in the form of the core; ValueError for a value that does not fit."""
        if self.kind == value.kind == "tensor" and not self.is_declared:
            self._check_time(value)
        return self._fitted(value)

    def _fitted(self, value: Value) -> Stored:
        if value is MISSING:
            return self._in_place_of_missing()
        if value.gaps is not None and isinstance(value.data, np.ndarray):
            present = np.where(value.gaps, value.data[~value.gaps][:1] if not value.gaps.all() else 0, value.data)
            stored = self._fitted(value._replace(data=present.astype(value.data.dtype), gaps=None))
            assert isinstance(stored, np.ndarray)
            return np.where(value.gaps, self._element(self._fill()), stored).astype(stored.dtype)
        if value.time is not None and isinstance(value.data, np.ndarray):
            value = value._replace(data=self._counted(value.data, value.time), time=None, weak=True)
        elif self.time is not None and self.is_declared:
            value = self._as_time(value, self.time)
        if self.mode is not None or value.mode is not None:
            self._check_picture(value)
        if self.kind != "tensor":
            return self._text_or_bytes(value)
        data = value.data
        if isinstance(data, bytes) and self.dtype in (np.uint8, np.int8) and len(self.shape) == 1:
            data = np.frombuffer(data, self.dtype)
        elif isinstance(data, np.ndarray):
            data = data if data.dtype == self.dtype else self._cast(value)
            if value.weak and data.size == 0 and data.ndim < len(self.shape):
                data = self._extended(data)
        else:
            raise Error(self._other_kind(value))
        if data.shape != self.shape:
            self._check_shape(data)
        if type(self.meaning) is list:
            self.check_numbers(data)
        self.mode = self.mode or value.mode
        return data

    def _counted(self, data: NDArray[Any], time: TimeType) -> NDArray[Any]:
        """Returns the integers of a time in the unit of the column."""
        if self.time is not None:
            return self.time.counts(data, time)
        if self.kind != "tensor" or self.dtype is None or self.dtype.kind not in "iu":
            raise Error(f"the value is {time} but the column is {self.description}: convert it first")
        return data

    def _as_time(self, value: Value, time: TimeType) -> Value:
        """Returns the time of a text in ISO 8601, in a column that is declared as a time; numbers unchanged."""
        if isinstance(value.data, str):
            return Value("tensor", written(value.data, time))
        if isinstance(value.data, np.ndarray) and value.data.dtype.kind == "b":
            raise Error(f"the value is bool but the column is {time}: give a time, or an integer that counts its unit")
        if isinstance(value.data, np.ndarray) and value.data.dtype.kind in "iu":
            time.check(value.data)
        return value

    def _text_or_bytes(self, value: Value) -> Stored:
        data = value.data
        if self.kind == value.kind and not isinstance(data, np.ndarray):
            return data
        if self.kind == "bytes" and isinstance(data, np.ndarray) and data.ndim == 1 and data.dtype.itemsize == 1:
            return data.tobytes()
        raise Error(self._other_kind(value))

    def _cast(self, value: Value) -> NDArray[Any]:
        """Casts to the type of the column, if that keeps the values."""
        data, dtype = value.data, self.dtype
        assert isinstance(data, np.ndarray) and dtype is not None
        if _is_empty(value):
            return data.astype(dtype)
        if not self._may_become(data.dtype, dtype, value.weak):
            raise Error(self._other_type(data.dtype))
        try:
            cast = cast_exactly(data, dtype)
            if value.weak and not self.is_declared and is_float(data.dtype):
                check_digits(data, cast)
        except Error as error:
            raise Error(f"{error}: {self._remedy(data.dtype)}") from None
        return cast

    def _may_become(self, source: np.dtype[Any], dtype: np.dtype[Any], weak: bool) -> bool:
        """Returns whether values of one type are accepted for another, if they fit."""
        if not self.is_declared and (source.kind == "b") != (dtype.kind == "b"):
            return False
        if np.can_cast(source, dtype, "safe"):
            return True
        return (weak or self.is_declared) and (is_float(dtype) or not is_float(source))

    def _remedy(self, source: np.dtype[Any]) -> str:
        to_float = self.dtype is not None and is_float(self.dtype)
        if to_float and not is_float(source):
            kind = "the column is declared so" if self.is_declared else "other rows have floats"
            return f"{kind}: give it an integer type or text with schema=, or float(value) where rounding is meant"
        if self.is_declared:
            return "give the column a wider type with schema="
        if to_float:
            return f'give the column a wider type, as in schema={{{self.name!r}: "float64"}}'
        return f'give the column a type that holds all rows, as in schema={{{self.name!r}: "int64"}}, or floats or text'

    def _check_picture(self, value: Value) -> None:
        """Checks that all pictures have one mode: pixels of another mode have other meanings, and another white."""
        mode, data, dtype = value.mode, value.data, self.dtype
        if mode is not None and self.mode is not None and mode != self.mode:
            raise Error(
                f'the picture has mode "{mode}" but those before it have "{self.mode}": {in_one_mode(self.mode, mode)}'
            )
        if not isinstance(data, np.ndarray) or dtype is None or self.kind != "tensor":
            return
        if data.dtype != dtype and (self._keeps_type or not self.is_declared or data.dtype.kind == "b"):
            kinds = [dtype.name, data.dtype.name] if mode is None else [data.dtype.name, dtype.name]
            raise Error(
                f'pictures of mode "{mode or self.mode}" are {kinds[0]}, but others are {kinds[1]}: convert '
                'all to one mode or data type first, as with image_mode="L"'
            )
        if data.ndim == 3 and len(self.shape) == 3 and self.shape[2] not in (None, data.shape[2]):
            raise Error(
                f"the picture has {data.shape[2]} channels but the column has {self.shape[2]}: "
                'give all the same, as with image_mode="RGB"'
            )

    def _check_shape(self, data: NDArray[Any]) -> None:
        if data.ndim != len(self.shape):
            raise Error(self._other_rank(data))
        if all(want is None or want == have for want, have in zip(self.shape, data.shape)):
            return
        loose = described("tensor", data.dtype.name, tuple(None for _ in self.shape))
        if self.is_declared:
            remedy = f'the column is declared as {self.description}: pad or crop it, or declare "{loose}"'
        else:
            remedy = f"the first rows had {self.description}: pad or crop it, or let shapes differ with "
            remedy += f"ragged=[{self.name!r}]"
        raise Error(f"the shape is {data.shape}, and {remedy}")

    # Messages about values that do not fit.

    def _other_kind(self, value: Value) -> str:
        names = {"tensor": f"{self.time or 'numbers'}", "bytes": "bytes", "string": "text"}
        remedy = "give all rows the same type"
        if (self.kind, value.kind) == ("bytes", "string"):
            remedy = "encode it, as in value.encode()"
        elif (self.kind, value.kind) == ("string", "bytes"):
            remedy = "decode it, as in value.decode()"
        elif value.kind == "string" and self.time is not None:
            remedy = f'give all rows times, or declare schema={{{self.name!r}: "{self.time}"}} for text of ISO 8601'
        elif value.kind == "string":
            remedy = "convert it to numbers, or give the text a column of its own"
        own = "numbers" if value.kind == "tensor" else names[value.kind]
        return f"the value is {own} but the column has {names[self.kind or 'tensor']}: {remedy}"

    def _other_type(self, dtype: np.dtype[Any]) -> str:
        own = self.dtype.name if self.dtype is not None else "?"
        return (
            f"the value is {dtype.name} but the column is {own}: cast it, as in value.astype({own!r}), or give the "
            f"column a type that holds both, as in schema={{{self.name!r}: …}}"
        )

    def _other_rank(self, data: NDArray[Any]) -> str:
        remedy = "give all rows the same number of dimensions"
        if self.dtype == np.uint8 and {data.ndim, len(self.shape)} == {2, 3}:
            remedy = 'for images of several modes, image_mode="RGB" makes them one'
        return f"the value has {data.ndim} dimensions but the column has {len(self.shape)}: {remedy}"


def _is_empty(value: Value) -> bool:
    """Returns whether a value is an empty list or array, whose type is open."""
    return value.weak and isinstance(value.data, np.ndarray) and value.data.size == 0


def _with_floats(dtype: np.dtype[Any], weak: np.dtype[Any]) -> np.dtype[Any]:
    """Returns the type of a column that has numbers of a type and Python's floats, which have 64 bits."""
    return np.dtype(np.float64) if is_float(dtype) and is_float(weak) else dtype


def _can_become(weak: np.dtype[Any], dtype: np.dtype[Any]) -> bool:
    """Returns whether Python numbers of a kind may become this type."""
    if weak.kind == "b":
        return dtype.kind == "b"
    return is_float(dtype) or (weak.kind in "iu" and dtype.kind in "iu")
