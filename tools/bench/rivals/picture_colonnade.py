#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Colonnade from Python, which reads the pictures that the Swift contestants read."""

import colonnade as dx
from picture_contest import SIDE, SMALLEST, PictureContest
from workloads import DEVIATION, MEAN

contest = PictureContest()
rows = dx.open(contest.folder / "data.colonnade")


def batches(epoch):
    stream = (rows.shuffle(seed=epoch) if contest.shuffle else rows).to_stream()
    if contest.workload.is_stored:
        stream = stream.select("image", "label").load_image(
            "image", from_memory=True, channels="rgb", draft=contest.workload.is_draft
        )
    else:
        stream = stream.select("file", "label").load_image(
            "file", contest.folder / "files", output_key="image", channels="rgb"
        )
        stream = stream.select("image", "label")
    if contest.is_centre:
        stream = stream.image_resize_smallest_side("image", SMALLEST).image_center_crop("image", SIDE, SIDE)
    else:
        stream = stream.image_random_resized_crop("image", SIDE, SIDE, antialias=contest.antialias, seed=1)
        stream = stream.image_random_h_flip("image", seed=2)
    if contest.is_float:
        stream = stream.normalize("image", [255 * mean for mean in MEAN], [255 * value for value in DEVIATION])
    return stream.batch(contest.batch)


contest.serve(
    "Colonnade in Python",
    ["colonnade", "numpy"],
    {"no prefetch": batches, "1 thread": lambda epoch: batches(epoch).prefetch(8, 1)},
    remark="as NumPy arrays",
    counts_start=True,
)
