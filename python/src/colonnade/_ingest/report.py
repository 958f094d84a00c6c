# SPDX-License-Identifier: Apache-2.0
"""The report of the command, in the form of the Swift program: text or JSON."""

from __future__ import annotations

import json
import os
import time

from .._buffer import Buffer
from .._errors import readable, visible
from .bar import duration, scaled
from .types import described

__all__ = ["Report"]


class Report:
    """The report of one ingest, which begins when this object is made."""

    def __init__(self, as_json: bool, quiet: bool) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._start = time.monotonic()
        self._files: list[tuple[str, Buffer]] = []

    def add(self, path: str, buffer: Buffer) -> None:
        self._files.append((path, buffer))

    def say(self) -> None:
        seconds = time.monotonic() - self._start
        for path, buffer in self._files:
            size = os.path.getsize(path)
            if self._as_json:
                print(json.dumps(_summary(path, buffer, size, seconds)))
            elif not self._quiet:
                self._say_words(path, buffer, size, seconds)

    def _say_words(self, path: str, buffer: Buffer, size: int, seconds: float) -> None:
        rows = []
        for name, field in buffer.schema.items():
            meaning = f"{len(field.meaning)} classes" if isinstance(field.meaning, list) else field.meaning or ""
            rows.append((visible(name), described(field.kind, field.dtype, field.shape), visible(meaning)))
        widths = [max(len(row[index]) for row in rows) for index in (0, 1)]
        for name, kind, meaning in rows:
            print(f"  {name:{widths[0]}}  {kind:{widths[1]}}  {meaning}".rstrip())
        count = len(buffer)
        print(
            f"wrote {visible(path)}: {count:,} row{'' if count == 1 else 's'}, {scaled(size)}B in {duration(seconds)}, "
            f"{scaled(size / max(seconds, 1e-9))}B/s"
        )


def _summary(path: str, buffer: Buffer, size: int, seconds: float) -> dict[str, object]:
    columns = []
    for name, field in buffer.schema.items():
        column: dict[str, object] = {"name": name, "kind": field.kind, "dtype": field.dtype, "shape": list(field.shape)}
        if field.meaning is not None:
            column["labels" if isinstance(field.meaning, list) else "media"] = field.meaning
        columns.append(column)
    return {
        "file": readable(path),
        "dry_run": False,
        "rows": len(buffer),
        "total_rows": len(buffer),
        "bytes": size,
        "seconds": seconds,
        "bytes_per_second": size / max(seconds, 1e-9),
        "columns": columns,
    }
