# SPDX-License-Identifier: Apache-2.0
"""Shared code of the rivals that read pictures: the files, the labels, and the conversion to normalised floats."""

import numpy as np
from contest import Contest
from workloads import DEVIATION, MEAN

SIDE, SMALLEST = 224, 256  # the result, and the smallest side before a centre crop
AREA, ASPECT = (0.08, 1.0), (3 / 4, 4 / 3)
FACTOR = np.tile((1 / 255 / np.array(DEVIATION)).astype(np.float32), SIDE)
OFFSET = np.tile((-np.array(MEAN) / np.array(DEVIATION)).astype(np.float32), SIDE)


class PictureContest(Contest):
    def __init__(self):
        super().__init__()
        lines = (self.folder / "files.txt").read_text().splitlines()
        self.labels = np.array([int(line.split(" ", 1)[0]) for line in lines])
        self.files = [line.split(" ", 1)[1] for line in lines]
        self.is_centre, self.antialias = self.workload.crop == "centre", self.workload.antialias
        self.is_float = self.workload.convert == "norm"

    def agree(self, answers):
        """Random crops and decoders differ, so that only the race compares the sums of images, with what is expected."""
        return super().agree([(answer["rows"], answer["checksums"]["label"]) for answer in answers])

    def finish(self, images):
        """Returns a batch of uint8 pictures as the workload wants them."""
        if not self.is_float:
            return images
        rows = np.multiply(images.reshape(-1, SIDE * 3), FACTOR, dtype=np.float32)
        rows += OFFSET
        return rows.reshape(images.shape)
