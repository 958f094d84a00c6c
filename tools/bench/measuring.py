# SPDX-License-Identifier: Apache-2.0
"""Runs programs and summarises their time and memory."""

import json
import os
import statistics
import subprocess
import sys
import time


class Bench:
    """The programs, a folder for files, and the number of repetitions."""

    def __init__(self, colonnade, limits, folder, repeats, divisor):
        self.program = str(colonnade.resolve())
        self.limits = limits.resolve()
        self.folder = folder
        self.repeats = repeats
        self.divisor = divisor  # 1, or 100 for a trial run
        self.group = None  # the memory group of the programs, if they have one

    def size(self, full):
        return max(1, full // self.divisor)

    def clear(self):
        for path in self.folder.iterdir():
            path.unlink()

    def version(self, program):
        done = subprocess.run([self.program, "--version"], stdout=subprocess.PIPE, text=True)
        return done.stdout.strip() if done.returncode == 0 else "unknown"

    def colonnade(self, *arguments):
        """Runs the command with --json, and returns its report with the time and memory of the process."""
        output = self._run([self.program, *map(str, arguments), "--json"])
        return json.loads(output) if output.strip() else {}

    def measured(self, *arguments):
        """Runs the command, and returns (report, seconds, peak resident bytes) of the process."""
        note = self.folder / "measured.json"
        output = self._run([self.limits / "measure", note, self.program, *map(str, arguments), "--json"])
        took = json.loads(note.read_text())
        return json.loads(output) if output.strip() else {}, took["seconds"], took["peak_resident_bytes"]

    def library(self, *arguments):
        """Returns a report of ColonnadeBench in the folder of the command. It measures the library in its own process."""
        return json.loads(self._run([os.path.join(os.path.dirname(self.program), "ColonnadeBench"), *arguments]))

    def limit(self, program, **options):
        """Runs one of the C programs, without the options that are None."""
        words = [word for name, value in options.items() if value is not None
                 for word in ("--" + name.replace("_", "-"), str(value))]  # fmt: skip
        return json.loads(self._run([self.limits / program, *words]))

    def timed(self, *command):
        start = time.perf_counter()
        self._run(command)
        return time.perf_counter() - start

    def _run(self, command):
        command = [str(word) for word in command]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
                              preexec_fn=self.group.enter if self.group else None)  # fmt: skip
        if done.returncode != 0:
            raise SystemExit(f"compare: {' '.join(command)}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout


def settle(*paths):
    """Syncs written data to the disk, so that no later step waits for it, and reads the files into memory."""
    os.sync()
    for path in paths:
        with open(path, "rb") as file:
            while file.read(1 << 24):
                pass


def copy_and_sync(source, target):
    """Returns the seconds that `cp` takes to copy a file, all of its bytes, and `sync` to write the copy to the disk."""
    target.unlink(missing_ok=True)
    settle(source)
    options = ["--reflink=never"] if sys.platform == "linux" else []
    start = time.perf_counter()
    subprocess.run(["cp", *options, source, target], check=True)
    subprocess.run(["sync", target], check=True)
    return time.perf_counter() - start


def taking_turns(repeats, first, second):
    """Returns the ratios first/second of neighbouring runs, after one warm-up run of each."""
    first(), second()
    pairs = [(first(), second()) for _ in range(repeats)]
    return pairs, [a / b for a, b in pairs]


def row(bar, name, values, details):
    """Returns a row of the report: the median of the values and their spread."""
    return {
        "bar": bar,
        "name": name,
        "value": statistics.median(values),
        "low": min(values),
        "high": max(values),
        "details": details,
    }


def rate(bytes_per_second):
    return f"{bytes_per_second / 1e6:,.0f} MB/s"
