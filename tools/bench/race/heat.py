# SPDX-License-Identifier: Apache-2.0
"""Runs one heat: all contestants of one workload and batch size take turns."""

import json
import statistics

import setup
from memory_group import MemoryGroup, forget
from process import Failed, Process, Silent
from workloads import DEVIATION, SETS, read_facts

# The largest difference of elements in sums by patterns, of 255. A shift by a pixel makes a difference of about 10.
MOST_DIFFERENCE = 4
TOLERANCE = 1e-6  # the relative rounding error of a float32


class Entry:
    """A contestant in a heat: the rates of its rounds by variant, or the reason why there are none."""

    def __init__(self, contestant):
        self.contestant = contestant
        self.process = None
        self.rates = {}
        self.best, self.promising = "", []
        self.problem, self.remarks, self.versions = "", [], {}
        self.rows = 0

    def note(self, epoch):
        for variant, (seconds, rows, _) in epoch.items():
            self.rates.setdefault(variant, []).append(rows / seconds if seconds else 0)

    def choose(self):
        """Chooses the variant with the largest median."""
        if self.rates:
            self.best = max(self.rates, key=lambda name: statistics.median(self.rates[name]))

    @property
    def rounds(self):
        return self.rates.get(self.best, [])


class Heat:
    def __init__(self, race, workload, batch):
        self.race, self.workload, self.batch = race, workload, batch
        chosen = [one for one in race.contestants if one.takes_part(workload, batch)]
        self.entries = [Entry(one) for one in chosen]
        for entry in self.entries:
            entry.problem = race.silent.get(entry.contestant.key, "")
        self.folder = race.data / workload.set
        self.remark = ""

    def run(self):
        setup.say(f"{self.workload.name}, batch {self.batch} …")
        self.cold() if self.workload.name == "cold" else self.warm()
        for entry in self.entries:
            entry.choose()
            if entry.problem:
                setup.say(f"  {entry.contestant.key}: {entry.problem}")

    def start(self, entry, data=None, group=None):
        data = data or self.race.data
        command = entry.contestant.command(self.race.programs, self.workload, self.batch, data)
        log = self.race.folder / "log" / f"{self.workload.name}-{self.batch}-{entry.contestant.key}.txt"
        process = Process(command, log, group)
        try:
            ready = process.answer(180)
        except Failed:
            process.end()
            raise
        process.stop()
        entry.versions = dict(ready["versions"])
        if "kernels" in ready:
            entry.versions[f"kernels of {ready['name']}"] = ready["kernels"]
        entry.rows = ready.get("rows", read_facts(data, self.workload.set)["rows"])
        return process, ready

    def attempt(self, entry, action):
        """Runs a step of one entry. A failure ends the heat for this entry only."""
        if entry.problem:
            return
        try:
            action(entry)
        except Failed as failure:
            entry.problem = str(failure)
            if isinstance(failure, Silent):
                self.race.silent[entry.contestant.key] = f"{failure} in {self.workload.name}"
            if entry.process:
                entry.process.end()
                entry.process = None

    def warm(self):
        for entry in self.entries:
            self.attempt(entry, self.prepare)
        for _ in range(self.race.repeats):
            setup.warm(self.files(self.entries))
            for entry in self.entries:
                self.attempt(entry, self.round)
        for entry in self.entries:
            if entry.process:
                entry.process.end()

    def files(self, entries):
        patterns = sorted({pattern for entry in entries if not entry.problem for pattern in entry.contestant.files})
        if self.workload.crop:
            patterns.append("files")
        return [path for pattern in patterns for path in self.folder.glob(pattern)]

    def prepare(self, entry):
        """Starts the contestant, tries all its variants, and checks its sums."""
        entry.process, ready = self.start(entry)
        if ready.get("remark"):
            entry.remarks.append(ready["remark"])
        if entry.rows < read_facts(self.race.data, self.workload.set)["rows"]:
            entry.remarks.append(f"the first {entry.rows:,} rows")
        setup.warm(self.files([entry]))
        for _ in range(2):
            self.measure(entry, *self.limit(entry))
        entry.choose()
        pages = entry.process.pages(self.folder)
        if pages is not None and not self.workload.crop:
            entry.remarks.append(f"{100 * pages:.0f} % in pages of 2 MB")
        # Slow contestants are checked once per workload: the batch size changes few possible errors.
        first = self.race.checked.setdefault((entry.contestant.key, self.workload.name), self.batch) == self.batch
        seconds = entry.rows / max(*entry.rounds, 1)
        if not first and seconds > 1:
            pass
        elif seconds < self.race.check_seconds:
            self.check(entry, entry.process, self.race.data)
        else:
            entry.remarks.append("checked on a small part of the rows")
            other = Entry(entry.contestant)
            process, _ = self.start(other, self.race.small_data)
            try:
                self.check(other, process, self.race.small_data)
            finally:
                process.end()
        # A single noisy measurement must not choose the configuration: the two fastest continue.
        entry.promising = sorted(entry.rates, key=lambda name: -max(entry.rates[name]))[:2]
        entry.rates = {}

    def limit(self, entry):
        if not entry.contestant.is_rival:
            return []
        # A few batches of pictures would vary by several per cent.
        return [max(self.race.seconds, 3) if self.workload.crop and not self.race.small else self.race.seconds]

    def check(self, entry, process, data):
        facts = read_facts(data, self.workload.set)
        answer = process.ask("check", 180)
        expected = facts["sums"][str(entry.rows)][self.workload.name]
        if answer["rows"] != entry.rows or answer["checksums"].keys() != expected.keys():
            raise Failed(f"delivers {answer['rows']} rows of {sorted(answer['checksums'])}")
        elements = 1
        for dim in (224, 224, 3) if self.workload.crop else SETS[self.workload.set].shape:
            elements *= dim
        for key, sum in expected.items():
            tolerance = TOLERANCE * elements * entry.rows if self.workload.convert in ("f32", "norm") else 0
            if self.workload.crop:
                tolerance = self.workload.slack * elements * entry.rows if key == "image" else 0
            if abs(answer["checksums"][key] - sum) > tolerance:
                raise Failed(f"{key} sums to {answer['checksums'][key]}, not to {sum}")
        if self.workload.crop == "centre":
            self.check_places(answer, data)

    def check_places(self, answer, data):
        """Checks that pixels and channels are where they should be, of pictures without random choices."""
        expected = json.loads((data / self.workload.set / "patterns.json").read_text())
        scale = 255 * sum(DEVIATION) / 3 if self.workload.convert else 1
        squares = [(scale * one - other) ** 2 for one, other in zip(answer["patterns"], expected, strict=True)]
        found = (sum(squares) / len(squares) / (224 * 224 * 3 * answer["rows"])) ** 0.5
        if found > MOST_DIFFERENCE:
            raise Failed(f"pixels differ by {found:.1f} of 255: they are elsewhere, mirrored, or have other channels")

    def round(self, entry):
        if not entry.contestant.is_rival:
            self.measure(entry)
            return
        for variant in entry.promising:
            self.measure(entry, *self.limit(entry), variant)

    def measure(self, entry, *words):
        """Notes the rates of an epoch, or of as many epochs as last for a while."""
        totals = {}
        while min((seconds for seconds, _, _ in totals.values()), default=0) < self.race.shortest:
            for variant, values in entry.process.epoch(*words).items():
                totals[variant] = tuple(a + b for a, b in zip(totals.get(variant, (0, 0, 0)), values))
        entry.note(totals)

    # Larger than memory: every round has a process of its own, since mapped pages cannot be evicted.

    def cold(self):
        size = sum(path.stat().st_size for path in self.folder.glob("*.npy"))
        limit = max(size // 4, 700 << 20)  # the file of a trial run is small, but PyTorch is not
        try:
            group = MemoryGroup(limit)
        except OSError as error:
            self.remark = f"not run: cannot make a memory group ({error.strerror})"
            return
        self.remark = f"in a memory group of {limit / 1e6:,.0f} MB; each file is read once, and the page cache dropped before"
        try:
            for round in range(self.race.repeats):
                for entry in self.entries:
                    self.attempt(entry, lambda entry: self.cold_round(entry, group, round == 0))
        finally:
            group.remove()

    def cold_round(self, entry, group, is_first):
        if is_first:
            other = Entry(entry.contestant)
            process, _ = self.start(other, self.race.small_data)
            try:
                self.check(other, process, self.race.small_data)
            finally:
                process.end()
            self.start(entry)[0].end()  # makes its files, outside the group
        files = self.files([entry])
        # All files were read recently, so the host of a virtual machine caches the same share for all.
        forget(files, reading=is_first)
        process, _ = self.start(entry, group=group)
        try:
            entry.note(process.epoch(self.race.cold_seconds, *([] if is_first else [entry.best])))
            entry.choose()
        finally:
            process.end()
