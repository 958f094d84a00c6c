# SPDX-License-Identifier: Apache-2.0
"""Compares Colonnade, a C program and other libraries, which all do equal work in one run. `./tools/dev race` builds
Colonnade and calls this script; its environment, data and results are in .build-race/.

Each contestant is a process that stays alive: `--workload W --data DIR --batch B --threads T --shuffle 0|1`. When it is ready
it prints a line of JSON, {"name", "versions"} and optionally "rows", "remark" and "kernels". Then it reads lines:

    epoch [SECONDS [VARIANT]]  one epoch, or a part of it → {"seconds", "rows", "batches"}, or these for each variant:
                               {"variants": {name: {…}}}
    check                      an epoch with the sums of its elements → {"rows", "checksums": {key: sum}}
    quit

It may answer {"unsupported": reason} or {"error": message}, which becomes a remark in the table.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import chart  # noqa: E402
import report  # noqa: E402
import setup  # noqa: E402
from contestants import ALL, QUICK  # noqa: E402
from heat import Heat  # noqa: E402
from machine import machine  # noqa: E402
from workloads import WORKLOADS  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]


class Race:
    def __init__(self, arguments):
        self.folder = arguments.folder.resolve()
        self.quick = arguments.quick
        self.repeats, self.small, self.seconds = arguments.repeats, arguments.small, arguments.seconds
        self.shortest = 0.02 if self.small else 0.2  # seconds of epochs in a round
        self.check_seconds, self.cold_seconds = 6, 0.5 if arguments.small else 3
        self.checked = {}  # (contestant, workload) → the batch of the last check
        self.silent = {}  # contestants that hung → the reason why they do not run again
        self.small_data = self.folder / "data/small"
        self.data = self.small_data if self.small else self.folder / "data/full"
        self.contestants = [one for one in ALL if one.key in arguments.contestants]
        self.workloads = [WORKLOADS[name] for name in arguments.workloads]
        (self.folder / "log").mkdir(parents=True, exist_ok=True)
        has_rivals = any(one.is_rival and one.key != "python" for one in self.contestants)
        python, self.missing = arguments.python, {}
        if python is None:
            python, self.missing = setup.environment(self.folder, arguments.skip_install, has_rivals)
            if any(one.key == "python" for one in self.contestants):
                setup.package(self.folder, python)
        self.programs = {
            "python": python, "limit": arguments.limit, "picture_limit": arguments.limit.with_name("picture_limit"),
            "bench": arguments.bin / "ColonnadeBench",
        }  # fmt: skip
        sets = sorted({workload.set for workload in self.workloads})
        for folder, small in {self.small_data: True, self.data: self.small}.items():
            setup.data(folder, python, sets, small)
            setup.ours(folder, arguments.bin, sets)
        self.versions = {"Colonnade": version(arguments.bin), "Python": interpreter(python)}

    def run(self):
        for workload in self.workloads:
            for batch in workload.quick if self.quick else workload.batches:
                heat = Heat(self, workload, batch)
                heat.run()
                for entry in heat.entries:
                    self.versions.update(entry.versions)
                rows = json.loads((heat.folder / "facts.json").read_text())["rows"]
                yield {
                    "workload": workload.name, "batch": batch, "text": workload.text, "rows": rows,
                    "remark": f" {heat.remark[:1].upper()}{heat.remark[1:]}." if heat.remark else "",
                    "results": list(report.results(heat)),
                }  # fmt: skip


def version(bin):
    done = subprocess.run([bin / "colonnade", "--version"], stdout=subprocess.PIPE, text=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return f"{done.stdout.strip()} ({commit.stdout.strip()})"


def interpreter(python):
    code = "import platform; print(platform.python_version())"
    return subprocess.run([python, "-c", code], stdout=subprocess.PIPE, text=True).stdout.strip()


def names(known):
    def parse(text):
        chosen = text.split(",")
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"unknown: {name}; known are {', '.join(known)}")
        return chosen

    return parse


def options():
    keys = [one.key for one in ALL]
    parser = argparse.ArgumentParser(
        prog="./tools/dev race", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bin", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, default=ROOT / ".build-race", help="about 25 GB; .build-race by default")
    parser.add_argument("--small", action="store_true", help="a small part of the data: tests whether it runs, not how fast")
    parser.add_argument("--quick", action="store_true", help="only Colonnade and C, in the workloads that have bars: minutes")
    parser.add_argument("--workloads", type=names(list(WORKLOADS)), metavar="A,B,…", help=", ".join(WORKLOADS))
    parser.add_argument("--contestants", type=names(keys), metavar="A,B,…", help=", ".join(keys))
    parser.add_argument("--repeats", type=int, default=5, help="rounds that count")
    parser.add_argument("--seconds", type=float, help="length of a rival's round; 0.4, with --small 0.1")
    parser.add_argument("--python", type=Path, help="an interpreter that has everything; by default, one of the race's own")
    parser.add_argument("--skip-install", action="store_true", help="take the environment as it is")
    parser.add_argument("--write", action="store_true", help="also write docs/race.md and its charts")
    arguments = parser.parse_args()
    if arguments.write and arguments.small:
        parser.error("the figures of --small mean nothing, and do not belong in docs/")
    if arguments.write and arguments.quick:
        parser.error("--quick has too few contestants for docs/")
    if arguments.workloads is None:
        arguments.workloads = [name for name, one in WORKLOADS.items() if one.quick or not arguments.quick]
    if arguments.contestants is None:
        arguments.contestants = list(QUICK) if arguments.quick else keys
    if arguments.seconds is None:
        arguments.seconds = 0.1 if arguments.small else 0.4
    return arguments


def main():
    arguments = options()
    start = time.monotonic()
    race = Race(arguments)
    targets = [race.folder / "race"] + ([ROOT / "docs/race"] if arguments.write else [])
    heats = []
    for heat in race.run():
        heats.append(heat)
        # Writes after each heat, so that an interrupted run keeps its results.
        write(race, heats, targets[:1], start)
    write(race, heats, targets, start)
    everyone = [result for heat in heats for result in heat["results"]]
    ran = sum("rows_per_second" in result for result in everyone)
    setup.say(f"{', '.join(str(target.with_suffix('.md')) for target in targets)}: {ran} of {len(everyone)} ran")


def write(race, heats, targets, start):
    facts = {
        **machine(), "versions": race.versions, "repeats": race.repeats, "seconds": race.seconds, "small": race.small,
        "date": datetime.date.today().isoformat(), "minutes": (time.monotonic() - start) / 60,
    }  # fmt: skip
    facts["system"] = platform.platform(terse=True)
    for target in targets:
        os.makedirs(target.parent, exist_ok=True)
        target.with_suffix(".svg").write_text(chart.svg(heats))
        target.with_name(f"{target.name}-summary.svg").write_text(chart.summary(heats))
        text = report.markdown(facts, heats, race.missing, target.with_suffix(".svg").name)
        target.with_suffix(".md").write_text(text)
    (race.folder / "race.json").write_text(json.dumps({**facts, "heats": heats}, indent=1) + "\n")


if __name__ == "__main__":
    main()
