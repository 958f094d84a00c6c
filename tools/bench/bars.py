# SPDX-License-Identifier: Apache-2.0
"""Scenarios with bars: their command line, and their reports."""

import argparse
import statistics
import tempfile
from pathlib import Path

results = []


def report(name, values, bar, unit, details="", at_most=False):
    """Prints the median of the values, their spread, and whether it reaches the bar."""
    value = statistics.median(values)
    reached = value <= bar if at_most else value >= bar
    results.append(reached)
    sign = "≤" if at_most else "≥"
    spread = f"{min(values):.3g} … {max(values):.3g}"
    print(
        f"{'ok' if reached else 'MISSED':7} {name:58} {value:8.3g} {unit:12} ({spread}; bar {sign} {bar:g}) {details}",
        flush=True,
    )


def run(description, scenarios, repeats=9, **arguments):
    """Runs the scenarios of the command line, each in an empty folder, and returns the exit status. Each of `arguments` is the
    name of an option with a path, and its default."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="*", choices=[[], *scenarios])
    for name, default in arguments.items():
        parser.add_argument(f"--{name}", type=Path, default=default)
    parser.add_argument("--repeats", type=int, default=repeats)
    parser.add_argument("--small", action="store_true", help="a hundredth of the rows: tests whether it runs, not how fast")
    options = parser.parse_args()
    for name in options.scenario or scenarios:
        with tempfile.TemporaryDirectory(prefix="colonnade-bars-") as folder:
            scenarios[name](options, Path(folder))
    print(f"{sum(results)} of {len(results)} bars reached")
    return 0 if all(results) else 1
