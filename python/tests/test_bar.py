# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import io
import pathlib
import sys

import colonnade as dx
import pytest
from colonnade._ingest.bar import Bar, duration, scaled


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines() -> None:
    bar = Bar(False, total=60_000)
    assert (
        bar.line(30_000, 23_520_000, 2.0) == "[##########----------] 50 %, 30,000 rows, 23.5 MB, 11.8 MB/s, 2.0 s left"
    )
    assert Bar(False).line(5, 40, 0.1) == "5 rows, 40 B"
    assert Bar(False, total=2, name="train").line(4, 8, 1).startswith("train: [####################] 100 %")
    assert (scaled(999), scaled(1e3), scaled(123e9), scaled(2e12)) == ("999 ", "1.00 k", "123 G", "2.00 T")
    assert (duration(0.012), duration(59), duration(200)) == ("12 ms", "59.0 s", "3 min 20 s")


def test_shown_on_a_terminal_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    bar = Bar(total=10)
    bar._due = 0
    bar.show(5, 40)
    assert terminal.getvalue().startswith("\r[##########----------] 50 %")
    bar.show(6, 48)  # too soon
    bar.end(10, 80)
    assert terminal.getvalue().count("\r") == 2 and terminal.getvalue().endswith("\r\x1b[K")


def test_not_shown_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    for progress, stream in ((None, io.StringIO()), (False, Terminal())):
        monkeypatch.setattr(sys, "stderr", stream)
        dx.ingest(({"x": x} for x in range(10_000)), tmp_path / "x.colonnade", overwrite=True, progress=progress)
        assert stream.getvalue() == ""


def test_a_terminal_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Terminal):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stderr", Gone())
    bar = Bar(total=10)
    bar._due = 0
    bar.show(5, 40)
    assert bar.is_off
    bar._due = 0
    bar.show(6, 40)
    bar.end(10, 80)
