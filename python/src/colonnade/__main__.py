# SPDX-License-Identifier: Apache-2.0
"""The command `colonnade`, also as `python -m colonnade`.

It is the program that Swift's package has, which lies beside this file; only an ingest of Parquet, Arrow and Feather
files and of folders that Hugging Face's `save_to_disk` wrote is done here, by the libraries that read them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["main"]

_PROGRAM = Path(__file__).parent / "_bin" / "colonnade"


def main(arguments: list[str] | None = None) -> int:
    """What the command ends with; does not come back where the program takes over."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["ingest"]:
        from ._ingest.command import ingest_command, is_ours

        if is_ours(arguments[1:]):
            return ingest_command(arguments[1:])
    try:
        os.execv(_PROGRAM, ["colonnade", *arguments])
    except OSError as error:
        print(f"colonnade: error: {_PROGRAM} cannot be run: {error.strerror}; install the wheel anew", file=sys.stderr)
    return 74


if __name__ == "__main__":
    sys.exit(main())
