# SPDX-License-Identifier: Apache-2.0
"""Says where the rows of each column of a Colonnade file lie, for the C program that reads the same file. The text comes from
the reference implementation of the format, so that Colonnade's own reader has no part in it."""

import mmap
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "formats/reference"))
from colonnade_format.reader import Dataset  # noqa: E402


def lines(path):
    """Yields `column first_row rows offset stride size` for each segment of each column. A ragged column has two entries:
    `name.ends`, the ends of its rows in bytes, and `name.values`, which begins at the offset."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        dataset = Dataset(data)
        for part in dataset.parts:
            for index, column in enumerate(dataset.columns):
                if column.varying:
                    ends, values = part.regions["ends", index][0], part.regions["values", index][0]
                    start = part.segment.offset
                    yield f"{column.name}.ends {part.first} {part.rows} {start + ends.offset} 8 8\n"
                    # The whole region is one row, since the rows in it have no stride.
                    yield f"{column.name}.values {part.first} {part.rows} {start + values.offset} 0 {values.length}\n"
                else:
                    region, stride = part.regions["rows", column.group][0], dataset.footer.groups[column.group].stride
                    offset = part.segment.offset + region.offset + column.offset
                    yield f"{column.name} {part.first} {part.rows} {offset} {stride} {column.step}\n"


def write(path, target):
    target.write_text("".join(lines(path)))
