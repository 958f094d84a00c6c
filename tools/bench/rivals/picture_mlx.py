#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""MLX Data: a buffer of file names, whose pictures its threads load, crop and batch."""

import mlx.data as dx
from picture_contest import AREA, ASPECT, SIDE, SMALLEST, PictureContest

contest = PictureContest()
names = dx.buffer_from_vector(
    [{"file": file.encode(), "label": int(label)} for file, label in zip(contest.files, contest.labels)]
)


def seen(batch):
    return {"image": contest.finish(batch["image"]), "label": batch["label"]}


def variant(threads):
    def make(epoch):
        samples = (names.shuffle() if contest.shuffle else names).to_stream()
        samples = samples.load_image("file", output_key="image").filter_key("file", remove=True)
        if contest.is_centre:
            samples = samples.image_resize_smallest_side("image", SMALLEST).image_center_crop("image", SIDE, SIDE)
        else:
            samples = samples.image_random_area_crop("image", AREA, ASPECT).image_resize("image", SIDE, SIDE)
            samples = samples.image_random_h_flip("image", 0.5)
        samples = samples.prefetch(4 * contest.batch, threads) if threads else samples
        batches = samples.batch(contest.batch)
        return (seen(batch) for batch in (batches.prefetch(2, 1) if threads else batches))

    return make


remark = "" if contest.antialias else "resizes with its own filter"
contest.serve("MLX Data", ["mlx-data"], {"no prefetch": variant(0), "1 thread": variant(1), "2 threads": variant(2)}, remark)
