# SPDX-License-Identifier: Apache-2.0
"""Reports the progress of an ingest: on the last line of a terminal, or to a function."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["Bar", "Progress"]

#: True shows the bar, False does not, None does if standard error is a terminal; a function is called with the number of
#: rows and bytes so far, and the number of all rows or None.
Progress = bool | Callable[[int, int, int | None], object] | None


class Bar:
    """A bar with rows, speed and remaining time, updated at most ten times a second.

    >>> Bar(False).show(1, 8)
    """

    def __init__(self, progress: Progress = None, total: int | None = None, name: str = "") -> None:
        if progress is not None and not isinstance(progress, bool) and not callable(progress):
            raise TypeError(f"progress must be True, False, None or a function, not {type(progress).__name__}")
        self._tell = progress if callable(progress) else None
        self._file: TextIO | None = None
        if self._tell is None and progress is not False and (progress or _is_terminal(sys.stderr)):
            self._file = sys.stderr
        self._name = name
        self._total = total
        self._start = time.monotonic()
        self._due = self._start + 0.1
        self._is_shown = False

    @property
    def is_off(self) -> bool:
        return self._file is None and self._tell is None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def show(self, rows: int, size: int, total: int | None = None) -> None:
        """Reports the number of written rows and of their bytes."""
        now = time.monotonic()
        if now < self._due or self.is_off:
            return
        self._due = now + 0.1
        if total is not None:
            self._total = total
        self._say(rows, size)

    def _say(self, rows: int, size: int) -> None:
        if self._tell is not None:
            self._tell(rows, size, self._total)
        elif self._file is not None:
            self._write(self.line(rows, size, self.seconds))

    def line(self, rows: int, size: int, seconds: float) -> str:
        """Returns the text of the bar.

        >>> Bar(False, total=60_000).line(30_000, 23_520_000, 2.0)
        '[##########----------] 50 %, 30,000 rows, 23.5 MB, 11.8 MB/s, 2.0 s left'
        """
        parts = []
        fraction = rows / self._total if self._total else None
        if fraction is not None:
            fraction = min(1.0, fraction)
            done = int(20 * fraction)
            parts.append(f"[{'#' * done}{'-' * (20 - done)}] {int(100 * fraction)} %")
        parts += [f"{rows:,} rows", f"{scaled(size)}B"]
        if seconds > 0.2:
            parts.append(f"{scaled(size / seconds)}B/s")
        if fraction is not None and fraction > 0.01 and seconds > 0.5:
            parts.append(f"{duration(seconds * (1 - fraction) / fraction)} left")
        return (f"{self._name}: " if self._name else "") + ", ".join(parts)

    @contextmanager
    def following(self) -> Iterator[Callable[[int, int], None] | None]:
        """Yields the function that the core calls with its rows and bytes, or None without a report; then ends the bar.

        >>> with Bar(lambda *numbers: print(numbers)).following() as show:
        ...     show(3, 24)
        (3, 24, 3)
        """
        rows = size = 0

        def show(done: int, written: int) -> None:
            nonlocal rows, size
            rows, size = done, written
            self.show(done, written)

        is_complete = False
        try:
            yield None if self.is_off else show
            is_complete = True
        finally:
            self.end(rows, size, is_complete)

    def end(self, rows: int, size: int, is_complete: bool = True) -> None:
        """Erases the line; a function is called once more, with all rows."""
        if self._tell is not None and is_complete:
            self._total = rows
            self._tell(rows, size, rows)
        if self._is_shown:
            self._write("")

    def _write(self, line: str) -> None:
        if self._file is None:
            return
        try:
            width = os.get_terminal_size(self._file.fileno()).columns
        except (OSError, ValueError, AttributeError):
            width = 80
        try:
            self._file.write(f"\r{line[: width - 1]}\x1b[K")
            self._file.flush()
        except (OSError, ValueError):
            # The terminal was closed; the ingest continues.
            self._file = None
        self._is_shown = bool(line)


def _is_terminal(file: TextIO | None) -> bool:
    try:
        return file is not None and file.isatty()
    except (ValueError, AttributeError):
        return False


def scaled(value: float) -> str:
    """Returns three digits and a prefix: `47.1 M`.

    >>> scaled(47_100_000), scaled(12)
    ('47.1 M', '12 ')
    """
    for factor, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            shown = value / factor
            return f"{shown:.{2 if shown < 10 else 1 if shown < 100 else 0}f} {prefix}"
    return f"{value:.0f} "


def duration(seconds: float) -> str:
    """Returns a duration for people: `14.0 s`, `3 min 20 s`."""
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"
