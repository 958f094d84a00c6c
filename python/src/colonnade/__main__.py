# SPDX-License-Identifier: Apache-2.0
"""The command `colonnade`, also as `python -m colonnade`.

This module runs the command of the Swift package, whose program is installed beside this file. It handles only one
case itself: the ingest of Parquet, Arrow and Feather files, and of folders that Hugging Face's `save_to_disk` wrote,
with the libraries that read them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["main"]

_PROGRAM = Path(__file__).parent / "_bin" / "colonnade"

#: The help about sources that only the Python package reads.
_MORE = """
WITH PYTHON:
  This command belongs to the Python package, whose `ingest` takes more sources:
  Parquet, Arrow and Feather files and folders of them, which need pyarrow, and
  folders that Hugging Face's save_to_disk wrote, which need datasets. Missing
  values of these sources are errors without --fill or --mask, numbers too.

  colonnade ingest part-*.parquet --output all.colonnade --fill age=0
  colonnade ingest dataset-folder --output splits --image-mode RGB
  colonnade ingest dataset-folder --output train.colonnade --split train --encoded

  `colonnade ingest FILE.parquet --help` shows the options for these sources."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit code, unless the Swift program replaces this process."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["ingest"]:
        from ._ingest.command import ingest_command, is_ours

        if is_ours(arguments[1:]):
            return ingest_command(arguments[1:])
    if arguments[:1] == ["append"]:
        from ._ingest.command import append_refusal

        if (refusal := append_refusal(arguments[1:])) is not None:
            return refusal
    if _asks_for_help(arguments):
        shown = subprocess.run([_PROGRAM, *arguments], check=False).returncode
        if shown == 0:
            print(_MORE)
        return shown
    try:
        os.execv(_PROGRAM, ["colonnade", *arguments])
    except OSError as error:
        print(f"colonnade: error: {_PROGRAM} cannot be run: {error.strerror}; reinstall the wheel", file=sys.stderr)
    return 74


def _asks_for_help(arguments: list[str]) -> bool:
    """Returns whether the arguments request the help of the command, or of `ingest`."""
    if arguments[:1] == ["help"]:
        return arguments[1:] in ([], ["ingest"])
    return arguments[:1] in (["-h"], ["--help"]) or (
        arguments[:1] == ["ingest"] and not {"-h", "--help"}.isdisjoint(arguments)
    )


if __name__ == "__main__":
    sys.exit(main())
