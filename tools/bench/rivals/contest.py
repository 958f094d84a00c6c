# SPDX-License-Identifier: Apache-2.0
"""Shared code of the rivals: the options, the raw data, the conversions with NumPy, and the protocol of the race."""

import argparse
import importlib.metadata
import itertools
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "race"))
from patterns import patterns  # noqa: E402
from workloads import COLUMNS, DEVIATION, MEAN, SETS, WORKLOADS, read_facts  # noqa: E402

SCALE = np.float32(1 / 255)
# One number per element of a row, not per channel: loops over three numbers take 30 times longer.
FACTOR = np.tile((1 / 255 / np.array(DEVIATION)).astype(np.float32), (32, 32, 1))
OFFSET = np.tile((-np.array(MEAN) / np.array(DEVIATION)).astype(np.float32), (32, 32, 1))


class Contest:
    """The workload that the options name. With `prefix`, only its first rows, for formats that are written sample by sample."""

    def __init__(self, prefix=False):
        parser = argparse.ArgumentParser()
        parser.add_argument("--workload", required=True)
        parser.add_argument("--data", type=Path, required=True)
        parser.add_argument("--batch", type=int, required=True)
        parser.add_argument("--threads", type=int, default=1)
        parser.add_argument("--shuffle", type=int, default=1)
        options = parser.parse_args()
        self.workload, self.batch = WORKLOADS[options.workload], options.batch
        self.shuffle = bool(options.shuffle)
        self.kind = self.workload.set if self.workload.set in ("ragged", "table") else "fixed"
        self.set = SETS[self.workload.set]
        self.key, self.labels = self.set.key, self.set.labels
        self.folder = options.data / self.workload.set
        facts = read_facts(options.data, self.workload.set)
        self.rows = facts["prefix" if prefix else "rows"]
        self.small = "small" in options.data.parts
        # Libraries that print would disturb the protocol, so standard output is redirected for them.
        self.output = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def order(self, epoch):
        """Returns the row numbers in the order of the epoch."""
        return np.random.default_rng(epoch).permutation(self.rows) if self.shuffle else np.arange(self.rows)

    def batches_of(self, order):
        return (order[start : start + self.batch] for start in range(0, len(order), self.batch))

    # The raw data, which is mapped.

    def load(self, name):
        return np.asarray(np.load(self.folder / f"{name}.npy", mmap_mode="r"))

    def arrays(self):
        """Returns {key: all rows}. The table is one matrix of 34 floats per row; the last two are the bytes of the label."""
        if self.kind == "table":
            return {"row": self.load("rows")[: self.rows].view(np.float32).reshape(self.rows, COLUMNS + 2)}
        names = [self.key, "label"] if self.labels else [self.key]
        return {name: self.load(name)[: self.rows] for name in names}

    def ragged(self):
        """Returns the values, and the start and end of each row."""
        ends = np.array(self.load("ends")[: self.rows])
        return self.load("values"), np.concatenate([[0], ends[:-1]]), ends

    def samples(self):
        """Returns a function from i to the raw sample i."""
        if self.kind == "ragged":
            values, starts, ends = self.ragged()
            return lambda i: {self.key: values[starts[i] : ends[i]]}
        if self.kind == "table":
            rows = self.arrays()["row"]
            return lambda i: {"row": rows[i, :COLUMNS], "label": rows[i, COLUMNS:].view(np.int64)[0]}
        arrays = self.arrays()
        return lambda i: {key: array[i] for key, array in arrays.items()}

    # Samples as bytes, for formats that store bytes.

    def encoder(self):
        sample = self.samples()
        return lambda i: b"".join(np.asarray(value).tobytes() for value in sample(i).values())

    def decode(self, data):
        if self.kind == "ragged":
            return {self.key: np.frombuffer(data, np.int32)}
        if not self.labels:
            return {self.key: np.frombuffer(data, self.set.dtype).reshape(self.set.shape)}
        value = np.frombuffer(data, self.set.dtype, count=(len(data) - 8) // np.dtype(self.set.dtype).itemsize)
        return {self.key: value.reshape(self.set.shape), "label": np.frombuffer(data, np.int64, offset=len(data) - 8)[0]}

    # Conversions from raw samples to the batch of the workload.

    def collate(self, samples):
        if self.kind == "ragged":
            return {self.key: self.pad([sample[self.key] for sample in samples])}
        return self.finish({key: np.stack([sample[key] for sample in samples]) for key in samples[0] if key[0] != "_"})

    def pad(self, rows):
        out = np.zeros((len(rows), max(map(len, rows))), np.int32)
        for to, row in zip(out, rows):
            to[: len(row)] = row
        return out

    def finish(self, batch):
        """Applies the conversions of the workload to a raw batch."""
        if self.kind == "table":
            return self.columns(batch)
        value, convert = batch[self.key], self.workload.convert
        if convert == "f32":
            value = np.multiply(value, SCALE, dtype=np.float32)
        elif convert == "norm":
            value = np.multiply(value, FACTOR, dtype=np.float32)
            value += OFFSET
        elif convert == "i64":
            value = value.astype(np.int64)
        return {**batch, self.key: value}

    def columns(self, batch):
        rows = batch["row"]
        label = batch["label"] if "label" in batch else rows[:, COLUMNS:].copy().view(np.int64)[:, 0]
        floats = np.ascontiguousarray(rows[:, :COLUMNS].T)
        return {**{f"c{i}": floats[i] for i in range(COLUMNS)}, "label": label}

    # The protocol.

    def agree(self, answers):
        """Returns whether the sums of all variants are equal."""
        return all(answer == answers[0] for answer in answers)

    def say(self, answer):
        print(json.dumps(answer), file=self.output, flush=True)

    def unsupported(self, why):
        self.say({"unsupported": why})
        raise SystemExit

    def serve(self, name, packages, variants, remark="", counts_start=False):
        """Serves the protocol. `variants`: {name: function of the epoch that returns its batches}. Its set-up is not timed.

        With `counts_start` the time until the first batch counts, as it does for C and for Colonnade in Swift."""
        versions = {package: importlib.metadata.version(package) for package in packages}
        self.say({"name": name, "versions": versions, "rows": self.rows, "remark": remark})
        for number, line in enumerate(sys.stdin):
            words = line.split()
            try:
                if words[0] == "epoch":
                    limit = float(words[1]) if len(words) > 1 else 0
                    named = " ".join(words[2:])
                    chosen = {named: variants[named]} if named in variants else variants
                    self.say({"variants": {key: timed(make(number), limit, counts_start) for key, make in chosen.items()}})
                elif words[0] == "check":
                    # All variants on a prefix; otherwise the first, since slow variants take minutes for all rows.
                    tried = list(variants.values())[: None if self.small else 1]
                    answers = [checked(make(number)) for make in tried]
                    self.say(answers[0] if self.agree(answers) else {"error": f"the variants do not agree: {answers}"})
                elif words[0] == "quit":
                    break
            except Exception as error:  # noqa: BLE001 whatever goes wrong becomes a remark in the table
                self.say({"error": f"{type(error).__name__}: {str(error)[:300]}"})
        self.output.flush()
        os._exit(0)  # some rivals leave threads or processes that do not end by themselves


def first_size(batch):
    return len(next(iter(batch.values())))


def timed(batches, limit, counts_start):
    """Times a fraction of an epoch. Without `counts_start` the clock starts at the first batch, since in a fraction the start of
    workers or the filling of a shuffle window would count too much. If there is no second batch, the clock includes the first
    one."""
    rows = count = 0
    start = begun = time.perf_counter()
    for batch in batches:
        if count == 1 and not counts_start:
            start, rows = begun, 0
        rows += first_size(batch)
        count += 1
        now = time.perf_counter()
        if count == 1:
            begun = now
        if limit and now - begun > limit:
            break
    return {"seconds": time.perf_counter() - start, "rows": rows, "batches": count}


def checked(batches):
    sums, rows, pictures = {}, 0, 0
    for batch in batches:
        rows += first_size(batch)
        for key, value in batch.items():
            value = np.asarray(value)
            if value.dtype == object:  # the bytes of texts
                value = np.frombuffer("".join(value).encode(), np.uint8)
            exact = np.issubdtype(value.dtype, np.integer)
            total = value.sum(dtype=np.int64 if exact else np.float64).item()
            sums[key] = sums.get(key, 0) + total
            if value.ndim == 4:
                total = value.sum(axis=0, dtype=np.float64)
                pictures = pictures + (np.moveaxis(total, 0, -1) if len(total) == 3 else total)  # the channels may be first
    return {"rows": rows, "checksums": sums, **({"patterns": patterns(pictures)} if np.ndim(pictures) else {})}


def chunks(count, size):
    return itertools.pairwise([*range(0, count, size), count])
