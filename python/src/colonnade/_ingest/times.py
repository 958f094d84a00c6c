# SPDX-License-Identifier: Apache-2.0
"""Converts dates, times of day, points in time and durations of Python and NumPy to integers that count a unit."""

from __future__ import annotations

import datetime
import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._errors import Error

__all__ = ["TimeMismatch", "TimeType", "common", "counted", "is_time", "not_a_time", "written"]

_PATTERN = re.compile(r"(date|time|timestamp|duration)\[(d|s|ms|us|ns)(?:, ([^\[\],]+))?\]")
#: A date, a time of day, or both and perhaps a zone, after ISO 8601.
_MOMENT = re.compile(
    r"(?:(\d{4}-\d\d-\d\d)(?:[Tt ](?=\d))?)?(?:(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9})0*)?)?(Z|z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
#: A duration after ISO 8601: `P1DT2H`, `-PT0.5S`.
_SPAN = re.compile(
    r"([+-])?P(?=[\dT])(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,9})0*)?S)?)?", re.ASCII
)
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_VALUES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)


class TimeMismatch(Error):
    """A time that a column would truncate, or read in another way."""


class TimeType(NamedTuple):
    """The fields of a time type such as `timestamp[us, UTC]`."""

    kind: str
    unit: str
    zone: str | None = None

    @classmethod
    def parsed(cls, text: object) -> TimeType | None:
        """Returns the time type in a column's meaning, if it has one.

        >>> TimeType.parsed("timestamp[us, UTC]")
        TimeType(kind='timestamp', unit='us', zone='UTC')
        """
        match = _PATTERN.fullmatch(text) if isinstance(text, str) else None
        return cls(*match.groups()) if match else None

    def __str__(self) -> str:
        return f"{self.kind}[{self.unit}{f', {self.zone}' if self.zone else ''}]"

    @property
    def dtype(self) -> np.dtype[Any]:
        small = self.unit == "d" or self.kind == "time" and self.unit in ("s", "ms")
        return np.dtype(np.int32 if small else np.int64)

    def check(self, numbers: NDArray[Any]) -> None:
        """Raises ValueError for times of day outside a day."""
        if self.kind != "time" or numbers.size == 0:
            return
        least, greatest, end = int(numbers.min()), int(numbers.max()), 86_400 * _PER_SECOND[self.unit]
        if least < 0 or greatest >= end:
            raise Error(
                f"the value {least if least < 0 else greatest} is out of range for {self}: a day has 0 to {end - 1}"
            )

    def counts(self, numbers: NDArray[Any], other: TimeType) -> NDArray[Any]:
        """Returns numbers of another type in the unit of this one; ValueError if that is not exact, or has another meaning."""
        is_clock = (self.zone is None) == (other.zone is None)
        if self.kind == other.kind and self.unit == other.unit and is_clock:
            return numbers
        is_day = other.kind == "date" and self.kind == "timestamp" and self.zone is None
        if not (self.kind == other.kind and is_clock or is_day):
            raise TimeMismatch(
                f'the value is {other} but the column is {self}: convert it first, or declare schema={{…: "{other}"}}'
            )
        up, down = _ratio(other.unit, self.unit)
        wide = numbers.astype(np.int64)
        limit = np.iinfo(np.int64).max // up
        if wide.size and (int(wide.max()) > limit or int(wide.min()) < -limit):
            raise TimeMismatch(
                f"the value is too far from 1970 for {self}: give the column a coarser unit with schema="
            )
        scaled = wide * up
        if (scaled % down != 0).any():
            raise TimeMismatch(f"the value is between two {self.unit}: give the column the type {other} with schema=")
        return np.asarray(scaled // down)


def _ratio(old: str, new: str) -> tuple[int, int]:
    """Returns the factor to multiply by, and the one to divide by."""
    per_day = {"d": 1, **{unit: 86_400 * count for unit, count in _PER_SECOND.items()}}
    if per_day[new] >= per_day[old]:
        return per_day[new] // per_day[old], 1
    return 1, per_day[old] // per_day[new]


def common(first: TimeType, second: TimeType) -> TimeType:
    """Returns the type of a column that has values of both; points in time of two zones are shown in UTC."""
    if first[:2] != second[:2] or (first.zone is None) != (second.zone is None):
        if first.kind != second.kind:
            remedy = "give all rows one kind of time, or ingest these as another column"
        elif (first.zone is None) != (second.zone is None):
            remedy = "give the points in time of all rows a zone, or none"
        else:
            finer = first if _ratio(second.unit, first.unit)[1] == 1 else second
            remedy = f'give the column the finer unit, as in schema={{…: "{finer}"}}'
        raise Error(f"the value is {second} but the column is {first}: {remedy}")
    return first if first.zone == second.zone else TimeType(first.kind, first.unit, "UTC")


def is_time(value: object) -> bool:
    """Returns whether the value is a time, or an array of times."""
    return isinstance(value, _VALUES) or isinstance(value, np.ndarray) and value.dtype.kind in "mM"


def not_a_time(value: object) -> bool:
    """Returns whether the value is NumPy's or pandas' NaT."""
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    return type(value).__name__ == "NaTType"


def counted(value: Any) -> tuple[NDArray[Any], TimeType]:
    """Returns the value as an array of integers, and their time type. NaT is the least integer.

    >>> import datetime
    >>> counted(datetime.date(1970, 1, 3))
    (array(2, dtype=int32), TimeType(kind='date', unit='d', zone=None))
    """
    if isinstance(value, (np.ndarray, np.generic)):
        return _of_numpy(np.asarray(value))
    if hasattr(value, "asm8"):
        # A time of pandas, which may have nanoseconds; its zone is separate from the time in UTC.
        numbers, kind = _of_numpy(np.asarray(value.asm8))
        if kind.unit == "ns" and int(numbers) % 1000 == 0 or kind.unit in ("s", "ms"):
            numbers, kind = TimeType(kind.kind, "us").counts(numbers, kind), TimeType(kind.kind, "us")
        return numbers, kind._replace(zone=_zone(value) if kind.kind == "timestamp" else None)
    if isinstance(value, datetime.datetime):
        zone = _zone(value)
        naive = value.astimezone(datetime.UTC).replace(tzinfo=None) if zone else value.replace(tzinfo=None)
        return _array(_microseconds(naive - datetime.datetime(1970, 1, 1))), TimeType("timestamp", "us", zone)
    if isinstance(value, datetime.date):
        return np.array(value.toordinal() - 719_163, np.int32), TimeType("date", "d")
    if isinstance(value, datetime.timedelta):
        return _array(_microseconds(value)), TimeType("duration", "us")
    if value.tzinfo is not None:
        raise Error("a time of day with a zone has no column: give a datetime, or the time without tzinfo")
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return _array(seconds * 1_000_000 + value.microsecond), TimeType("time", "us")


def written(text: str, time: TimeType) -> NDArray[Any]:
    """Returns the time of a text in ISO 8601, in the unit of `time`; the text has a zone if `time` has one.

    >>> written("1970-01-02", TimeType("timestamp", "s")), written("PT90S", TimeType("duration", "ms"))
    (array(86400), array(90000))
    """
    nanoseconds = _span(text) if time.kind == "duration" else _moment(text, time)
    if nanoseconds is None:
        example = {"date": "2024-02-29", "time": "13:30:00", "duration": "PT90S"}.get(time.kind, "2024-02-29T13:30:00")
        example += "Z" * bool(time.zone)
        raise Error(f"the text {text!r:.60} is no {time}: write it after ISO 8601, as in {example}")
    per_second = _PER_SECOND.get(time.unit)
    count, rest = divmod(nanoseconds, 86_400 * 10**9 if per_second is None else 10**9 // per_second)
    if rest or time.kind == "date" and nanoseconds % (86_400 * 10**9):
        raise Error(f"the text {text!r:.60} is between two {time.unit}: give the column another type with schema=")
    if not np.iinfo(time.dtype).min <= count <= np.iinfo(time.dtype).max:
        raise Error(f"the text {text!r:.60} is too far from 1970 for {time}: give a coarser unit with schema=")
    return np.array(count, time.dtype)


def _moment(text: str, time: TimeType) -> int | None:
    """Nanoseconds since midnight or 1970; None for text that is no such time."""
    match = _MOMENT.fullmatch(text.strip())
    day, hour, minute, second, digits, zone = match.groups() if match else (None,) * 6
    if (day is None) != (time.kind == "time") or (zone is None) != (time.zone is None) or hour is None and day is None:
        return None
    try:
        days = datetime.date.fromisoformat(day).toordinal() - 719_163 if day else 0
        clock = datetime.time(int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    seconds = days * 86_400 + (clock.hour * 60 + clock.minute) * 60 + clock.second
    if zone is not None and zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
        if hours > 23 or minutes > 59:
            return None
        seconds -= (hours * 3_600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
    return seconds * 10**9 + int((digits or "").ljust(9, "0"))


def _span(text: str) -> int | None:
    """Nanoseconds of a duration; None for text that is none."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        return None
    sign, weeks, days, hours, minutes, seconds, digits = match.groups()
    hours = int(hours or 0) + 24 * (int(days or 0) + 7 * int(weeks or 0))
    count = ((hours * 60 + int(minutes or 0)) * 60 + int(seconds or 0)) * 10**9 + int((digits or "").ljust(9, "0"))
    return -count if sign == "-" else count


def _array(number: int) -> NDArray[Any]:
    try:
        return np.array(number, np.int64)
    except OverflowError:
        raise Error(f"{number} microseconds do not fit 64 bits: give a NumPy value of a coarser unit") from None


def _microseconds(span: datetime.timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _zone(value: datetime.datetime) -> str | None:
    """Returns the name of the zone, or its difference from UTC."""
    if value.tzinfo is None:
        return None
    name = getattr(value.tzinfo, "key", None) or getattr(value.tzinfo, "zone", None)
    if name:
        return str(name)
    offset = value.utcoffset()
    if offset is None:
        raise Error(f"the zone {value.tzinfo!r} has no offset from UTC")
    minutes = int(offset.total_seconds()) // 60
    if minutes * 60 != offset.total_seconds():
        return "UTC"
    return "UTC" if minutes == 0 else f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _of_numpy(array: NDArray[Any]) -> tuple[NDArray[Any], TimeType]:
    unit, count = np.datetime_data(array.dtype)
    is_span = array.dtype.kind == "m"
    if count != 1 or unit not in ("D", "h", "m", "W", *_PER_SECOND):
        finer = "timedelta64[ns]" if is_span else "datetime64[D]" if unit in "YM" else "datetime64[ns]"
        raise Error(f"an array of {array.dtype} has no column: convert it first, as in value.astype({finer!r})")
    wanted = unit if unit in _PER_SECOND else "s" if is_span or unit in "hm" else "D"
    if wanted != unit:
        same = array.astype(np.dtype(f"{array.dtype.kind}8[{wanted}]"))
        if not np.array_equal(same.astype(array.dtype), array, equal_nan=True):
            raise Error(f"an array of {array.dtype} has values that {same.dtype} cannot hold")
        array = same
    numbers = np.ascontiguousarray(array).reshape(array.shape)
    numbers = numbers.astype(numbers.dtype.newbyteorder("=")).view(np.int64)
    if wanted != "D":
        return numbers, TimeType("duration" if is_span else "timestamp", wanted)
    days = numbers[~np.isnat(array)] if array.ndim else numbers[()] * ~np.isnat(array)
    if np.size(days) and (np.max(days) > 0x7FFF_FFFF or np.min(days) < -0x8000_0000):
        raise Error("a date is more than 2,147,483,647 days from 1970: give datetime64[s]")
    small = np.where(np.isnat(array), np.int64(-0x8000_0000), numbers)
    return np.asarray(small.astype(np.int32)), TimeType("date", "d")
