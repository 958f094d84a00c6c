# SPDX-License-Identifier: Apache-2.0
"""The data sets of the race, and the batches of each workload."""

import dataclasses
import json
from pathlib import Path

MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # mean and deviation of the channels, where 255 is 1
COLUMNS = 32  # float32 columns of the table
TEXTS = 5  # columns of texts, of which the longest text is that of the last column
LONGEST = 512  # tokens of the longest ragged row; the shortest has 16
PREFIX = 100_000  # rows for contestants whose files are written sample by sample


@dataclasses.dataclass(frozen=True)
class DataSet:
    """A data set of rows of one shape."""

    rows: int
    shape: tuple = ()  # shape of one row, except for ragged rows, whose length varies
    dtype: str = "uint8"
    key: str = "image"
    labels: bool = False
    quality: int = 0  # of JPEG files, whose pixels have `shape`; 0 for other data
    is_progressive: bool = False


SETS = {
    "rows128": DataSet(2_000_000, (128,), key="x"),
    # The order has no size that suits it better or worse: below, at and above a power of two.
    "rows128-below": DataSet((1 << 21) - 1, (128,), key="x"),
    "rows128-at": DataSet(1 << 21, (128,), key="x"),
    "rows128-above": DataSet((1 << 21) + 1, (128,), key="x"),
    "vectors": DataSet(5_000_000, (32,), "float32", "x", labels=True),
    "images60k": DataSet(60_000, (28, 28), labels=True),
    "images784": DataSet(500_000, (28, 28), labels=True),
    "images3k": DataSet(200_000, (32, 32, 3)),
    "tokens": DataSet(1_000_000, (1024,), "uint16", "tokens"),
    "ragged": DataSet(400_000, (), "int32", "tokens"),
    "table": DataSet(2_000_000, (COLUMNS,), "float32", "row", labels=True),
    "texts": DataSet(200_000, (), key="t"),
    "images150k": DataSet(4_000, (224, 224, 3)),
    "cold": DataSet(1_000_000, (32, 32, 3)),
    "w5": DataSet(1_000, (375, 500, 3), labels=True, quality=95),
    "w5p": DataSet(1_000, (375, 500, 3), labels=True, quality=95, is_progressive=True),
    "w8": DataSet(300, (768, 1024, 3), labels=True, quality=90),
}


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    set: str
    batches: tuple
    text: str
    convert: str = ""  # f32: × 1/255; norm: each channel normalised; i64
    shuffle: bool = True
    quick: tuple = ()  # batches of the quick race
    rivals: bool = True
    crop: str = ""  # of pictures: random (8 … 100 % of the area, mirrored at random), or centre (of the smallest side 256)
    antialias: bool = False
    is_draft: bool = False  # Colonnade decodes pictures smaller; only C competes, which does not
    is_stored: bool = True  # False: Colonnade reads a file for each picture; True: all of them from its own file

    @property
    def slack(self):
        """The largest difference of the mean of all elements of pictures. Random crops have other means than their pictures."""
        return (12 if self.crop == "random" else 1) * (4 / 255 if self.convert else 1)

    @property
    def kind(self):
        """The work of the C program."""
        return self.set if self.set in ("ragged", "table", "texts", "cold") else self.convert or "copy"


def pictures(name, text, crop="random", **options):
    """Returns two workloads of pictures of 224×224 pixels in batches of 64: uint8, and float32 normalised."""
    options.update(crop=crop, quick=(64,), rivals=not options.get("is_draft", False))
    yield Workload(name, name.split("-")[0], (64,), text, **options)
    text = f"{name} as float32, each channel normalised"
    yield Workload(f"{name}-norm", name.split("-")[0], (64,), text, "norm", **options)


CROP = "random resized crop to 224×224, mirrored at random"
WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("rows128", "rows128", (32, 256, 4096), "rows of 128 bytes, copied"),
        Workload("rows128-below", "rows128-below", (256,), "the same, one row less than 2²¹", rivals=False),
        Workload("rows128-at", "rows128-at", (256,), "the same, 2²¹ rows", rivals=False),
        Workload("rows128-above", "rows128-above", (256,), "the same, one row more than 2²¹", rivals=False),
        Workload("vectors", "vectors", (4096,), "32 float32 in one column and an int64 label, copied", quick=(4096,)),
        Workload("images60k", "images60k", (32, 256), "28×28 uint8 and an int64 label, copied", quick=(32, 256)),
        Workload("images60k-f32", "images60k", (256,), "the same, the image as float32 × 1/255", "f32", quick=(256,)),
        Workload("images784", "images784", (32, 256), "28×28 uint8 and an int64 label, copied"),
        Workload("images784-f32", "images784", (32, 256), "the same, the image as float32 × 1/255", "f32"),
        Workload("images3k", "images3k", (32, 256), "32×32×3 uint8, copied"),
        Workload("images3k-norm", "images3k", (32, 256), "the same as float32, each channel normalised", "norm"),
        Workload("tokens", "tokens", (32, 64), "1,024 uint16 out of 2 GB, copied", quick=(64,)),
        Workload("tokens-i64", "tokens", (32,), "the same as int64", "i64"),
        Workload("ragged", "ragged", (64,), "16 … 512 int32, padded with zeros to the longest of the batch"),
        Workload("table", "table", (4096,), "32 float32 columns and an int64 label, each a tensor of its own"),
        Workload("table-seq", "table", (4096,), "the same in the order of the file", shuffle=False),
        Workload("texts", "texts", (32, 256), "five columns of texts of 588 bytes together, up to 5,000", rivals=False),
        Workload("images150k", "images150k", (32,), "224×224×3 uint8, copied"),
        Workload("cold", "cold", (256,), "32×32×3 uint8 out of a file four times the memory, copied"),
        *pictures("w5", f"JPEG of 500×375 and quality 95 from single files, {CROP}, bilinear", is_stored=False),
        *pictures("w5-entries", f"the same pictures, for Colonnade from its file with entry points, {CROP}, bilinear"),
        *pictures("w5-antialiased", f"the same with entry points, {CROP}, antialiased", antialias=True),
        *pictures("w5-centre", "the same: smallest side 256, centre crop 224×224, antialiased", "centre", antialias=True),
        *pictures("w5p", f"progressive JPEG of 500×375 and quality 95, for Colonnade stored as baseline, {CROP}, bilinear"),
        *pictures("w8", f"JPEG of 1,024×768 and quality 90, for Colonnade with entry points, {CROP}, bilinear"),
        *pictures("w8-draft", "the same, for Colonnade decoded smaller where possible, with slightly other pixels", is_draft=True),
    )
}


def rows_of(name, small):
    # The mean of random crops of few pictures would vary too much.
    return SETS[name].rows // ((20 if SETS[name].quality else 100) if small else 1)


def read_facts(folder, name):
    """Reads the facts that data.py wrote: the rows, and the sums of every workload over all rows and over the first PREFIX."""
    return json.loads((Path(folder) / name / "facts.json").read_text())
