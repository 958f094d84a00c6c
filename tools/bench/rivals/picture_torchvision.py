#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""torchvision: transforms of version 2 on tensors that its own decoder makes, or on pictures of Pillow, in a DataLoader."""

import torch
from PIL import Image
from picture_contest import AREA, ASPECT, SIDE, SMALLEST, PictureContest
from torch.utils.data import DataLoader, Dataset
from torchvision.io import ImageReadMode, decode_jpeg, read_file
from torchvision.transforms import InterpolationMode, v2
from workloads import DEVIATION, MEAN

contest = PictureContest()
torch.set_num_threads(1)  # of each worker; more would only compete


def steps():
    bilinear = InterpolationMode.BILINEAR
    if contest.is_centre:
        return [v2.Resize(SMALLEST, bilinear, antialias=contest.antialias), v2.CenterCrop(SIDE)]
    crop = v2.RandomResizedCrop(SIDE, AREA, ASPECT, bilinear, antialias=contest.antialias)
    return [crop, v2.RandomHorizontalFlip()]


class Pictures(Dataset):
    def __init__(self, is_pillow):
        finish = [v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, DEVIATION)] if contest.is_float else []
        self.is_pillow = is_pillow
        self.change = v2.Compose([*steps(), *([v2.ToImage()] if is_pillow else []), *finish])

    def __len__(self):
        return contest.rows

    def __getitem__(self, row):
        if self.is_pillow:
            image = Image.open(contest.files[row]).convert("RGB")
        else:
            image = decode_jpeg(read_file(contest.files[row]), ImageReadMode.RGB)
        return self.change(image), int(contest.labels[row])


def variant(is_pillow, workers):
    loader = DataLoader(
        Pictures(is_pillow), contest.batch, contest.shuffle, num_workers=workers, persistent_workers=workers > 0
    )
    return lambda epoch: ({"image": images, "label": labels} for images, labels in loader)


contest.serve(
    "torchvision",
    ["torch", "torchvision", "pillow"],
    {
        "tensors, 0 workers": variant(False, 0),
        "tensors, 2 workers": variant(False, 2),
        "Pillow, 0 workers": variant(True, 0),
        "Pillow, 2 workers": variant(True, 2),
    },
    remark="channels first",
)
