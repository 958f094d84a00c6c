#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Colonnade file, version 1: a reader, a writer and a verifier, written from formats/colonnade-1.md alone.

This second implementation tests the text, and makes the test vectors. It is slow, and written to be read beside the text:
section numbers (5.3) and rules (R25) in comments and errors are those of the text. The code is in colonnade_format/: layout
(the building blocks), footer and reader (the rules), writer, contents (JSON).

    colonnade_reference.py read FILE           print the contents as JSON (the layout of formats/vectors/*.json)
    colonnade_reference.py verify FILE         exit 0, or print the broken rule and exit 65
    colonnade_reference.py write JSON FILE     make a file from such JSON
    colonnade_reference.py append JSON FILE    append the rows of such JSON
"""

import json
import struct
import sys
from pathlib import Path

from colonnade_format.contents import dump, from_json, to_json
from colonnade_format.layout import FormatError
from colonnade_format.reader import Dataset
from colonnade_format.writer import append, write


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["read", path]:
                sys.stdout.write(dump(to_json(Dataset.open(path))))
            case ["verify", path]:
                Dataset.open(path).verify()
            case ["write", source, path]:
                columns, data, options = from_json(json.loads(Path(source).read_text("utf-8")))
                write(path, columns, data, **options)
            case ["append", source, path]:
                _, data, options = from_json(json.loads(Path(source).read_text("utf-8")))
                append(path, data, options["segment_exponent"])
            case _:
                print(__doc__, file=sys.stderr)
                return 64
    except (FormatError, ValueError, KeyError, struct.error, OverflowError) as error:
        print(f"{arguments[-1]}: {error}", file=sys.stderr)
        return 65
    except OSError as error:
        print(error, file=sys.stderr)
        return 66
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
