#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Colonnade from Python, which reads the file that the Swift contestants read."""

import colonnade as dx
from contest import Contest
from workloads import DEVIATION, MEAN

contest = Contest()
rows = dx.open(contest.folder / "data.colonnade")


def batches(epoch):
    ordered = rows.shuffle(seed=epoch) if contest.shuffle else rows
    stream = ordered.to_stream()
    convert = contest.workload.convert
    if convert == "f32":
        stream = stream.cast(contest.key, "float32").scale(contest.key, 1 / 255)
    elif convert == "norm":
        stream = stream.normalize(contest.key, [255 * mean for mean in MEAN], [255 * value for value in DEVIATION])
    elif convert == "i64":
        stream = stream.cast(contest.key, "int64")
    return stream.batch(contest.batch)


contest.serve(
    "Colonnade in Python",
    ["colonnade", "numpy"],
    {"no prefetch": batches, "1 thread": lambda epoch: batches(epoch).prefetch(8, 1)},
    remark="as NumPy arrays",
    counts_start=True,
)
