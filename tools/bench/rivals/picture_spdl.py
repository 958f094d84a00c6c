#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SPDL: a pipeline whose threads decode pictures with FFmpeg, which also crops and resizes them."""

import math

import numpy as np
import spdl.io
from picture_contest import AREA, ASPECT, SIDE, SMALLEST, PictureContest
from spdl.pipeline import PipelineBuilder

contest = PictureContest()
height, width = contest.set.shape[:2]


def random_crop(random):
    for _ in range(10):
        area = width * height * random.uniform(*AREA)
        ratio = math.exp(random.uniform(*map(math.log, ASPECT)))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            x, y = random.integers(width - w + 1), random.integers(height - h + 1)
            return f"crop={w}:{h}:{x}:{y}:exact=1"
    return "null"


def change(random):
    """Returns the filters of FFmpeg for one picture."""
    if contest.is_centre:
        least = min(width, height)
        scale = f"scale=w={SMALLEST * width // least}:h={SMALLEST * height // least}:flags=bilinear"
        return f"{scale},crop={SIDE}:{SIDE},format=pix_fmts=rgb24"
    mirror = ",hflip" if random.integers(2) else ""
    return f"{random_crop(random)},scale=w={SIDE}:h={SIDE}:flags=bilinear{mirror},format=pix_fmts=rgb24"


def decode(work):
    row, filters = work
    return spdl.io.decode_packets(spdl.io.demux_image(contest.files[row]), filter_desc=filters), contest.labels[row]


def finish(samples):
    images = spdl.io.to_numpy(spdl.io.convert_frames([image for image, _ in samples]))
    return {"image": contest.finish(images), "label": np.array([label for _, label in samples])}


def variant(threads):
    def make(epoch):
        random = np.random.default_rng(epoch)
        source = ((row, change(random)) for row in contest.order(epoch))
        builder = PipelineBuilder().add_source(source).pipe(decode, concurrency=threads)
        pipeline = builder.aggregate(contest.batch).pipe(finish).add_sink(2).build(num_threads=threads)
        with pipeline.auto_stop():
            yield from pipeline

    return make


remark = "" if contest.antialias else "FFmpeg's bilinear filter is antialiased"
contest.serve("SPDL", ["spdl", "spdl-io"], {"1 thread": variant(1), "2 threads": variant(2)}, remark)
