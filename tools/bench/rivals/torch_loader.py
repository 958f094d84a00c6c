#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's DataLoader over a mapped array: one sample at a time, as is usual, and with __getitems__, which few programs use."""

import torch
from contest import Contest
from torch.utils.data import DataLoader, Dataset
from torch_data import finish, pad, ragged, tensors

contest = Contest()


class Samples(Dataset):
    def __init__(self):
        if contest.kind == "ragged":
            self.values, self.starts, self.ends = ragged(contest)
        else:
            self.tensors = tensors(contest)

    def __len__(self):
        return contest.rows

    def __getitem__(self, i):
        if contest.kind == "ragged":
            return {"tokens": self.values[self.starts[i] : self.ends[i]]}
        return {key: tensor[i] for key, tensor in self.tensors.items()}


class Batches(Samples):
    def __getitems__(self, rows):
        if contest.kind == "ragged":
            return pad([self.values[self.starts[i] : self.ends[i]] for i in rows])
        rows = torch.tensor(rows)
        return {key: tensor.index_select(0, rows) for key, tensor in self.tensors.items()}


def collate(samples):
    if contest.kind == "ragged":
        return {"tokens": samples if torch.is_tensor(samples) else pad([sample["tokens"] for sample in samples])}
    if isinstance(samples, dict):
        return finish(contest, samples)
    return finish(contest, {key: torch.stack([sample[key] for sample in samples]) for key in samples[0]})


def variant(dataset, workers):
    loader = DataLoader(
        dataset, contest.batch, contest.shuffle, num_workers=workers, collate_fn=collate, persistent_workers=workers > 0
    )
    return lambda epoch: (batch for batch in loader)


contest.serve(
    "PyTorch DataLoader",
    ["torch"],
    {
        "0 workers": variant(Samples(), 0),
        "2 workers": variant(Samples(), 2),
        "0 workers, __getitems__": variant(Batches(), 0),
        "2 workers, __getitems__": variant(Batches(), 2),
    },
)
