#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hugging Face datasets: a shuffled data set on disk, iterated in batches, as NumPy arrays and as tables of Arrow."""

import arrow_data
import datasets
import numpy as np
from contest import Contest, chunks

contest = Contest()
folder = contest.folder / "huggingface"
if not (folder / "state.json").exists():
    parts = [arrow_data.table(contest, start, end) for start, end in chunks(contest.rows, 1 << 16)]
    datasets.concatenate_datasets([datasets.Dataset(part) for part in parts]).save_to_disk(folder)
datasets.disable_progress_bars()
datasets.disable_caching()
stored = datasets.load_from_disk(folder)


def ordered(epoch):
    return stored.shuffle(seed=epoch, keep_in_memory=True) if contest.shuffle else stored


def as_arrow(epoch):
    data = ordered(epoch).with_format("arrow")
    return (arrow_data.batch(contest, table) for table in data.iter(contest.batch))


def as_numpy(epoch):
    data = ordered(epoch).with_format("numpy")
    return (seen(batch) for batch in data.iter(contest.batch))


def seen(batch):
    if contest.kind == "table":
        return {key: np.ascontiguousarray(value) for key, value in batch.items()}
    if contest.kind == "ragged":
        return {"tokens": contest.pad(list(batch["tokens"]))}
    batch[contest.key] = batch[contest.key].reshape(-1, *contest.set.shape)
    return contest.finish(batch)


contest.serve("HF datasets", ["datasets", "pyarrow"], {"arrow format": as_arrow, "numpy format": as_numpy})
