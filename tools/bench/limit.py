# SPDX-License-Identifier: Apache-2.0
"""The C program that is the limit for reading (read_limit.c): its command line, and its process."""

import layout
from process import Process


def layout_of(file):
    """Returns the path of the layout of a file, which is written first if it is missing or older than the file."""
    path = file.with_suffix(".layout")
    if not path.exists() or path.stat().st_mtime < file.stat().st_mtime:
        layout.write(file, path)
    return path


def work(dataset, kind):
    """Returns the options for a kind of work on a data set of the race."""
    column = "c" if kind == "table" else dataset.key
    size = {"uint16": 2, "float32": 4, "int32": 4}.get(dataset.dtype, 1)
    options = ["--column", column, "--kind", kind, "--element-bytes", size]
    return options + (["--label", "label"] if dataset.labels else [])


def pictures(program, folder, workload):
    """Returns the command line of picture_limit.c for a workload of pictures, without batch and threads."""
    options = ["--list", folder / "files.txt", "--crop", workload.crop, "--kind", workload.convert or "copy"]
    options += ["--filter", "triangle" if workload.antialias else "bilinear"]
    return [program, *options, "--source", "memory" if workload.is_stored else "files"]


def command(program, file, options):
    return [program, "--file", file, "--layout", layout_of(file), *options]


class Limit:
    """A running limit program. It is stopped between its epochs, as in the race."""

    def __init__(self, program, file, options, log):
        self.process = Process(command(program, file, options), log)
        self.process.answer(60)
        self.process.stop()

    def rate(self, epochs=1):
        """Returns the rows per second of the best variant in some epochs."""
        totals = {}
        for _ in range(epochs):
            for variant, (seconds, rows, _) in self.process.epoch().items():
                total = totals.setdefault(variant, [0, 0])
                total[0] += rows
                total[1] += seconds
        return max(rows / seconds for rows, seconds in totals.values())

    def checksums(self):
        return self.process.ask("check")["checksums"]

    def end(self):
        self.process.end()
