# SPDX-License-Identifier: Apache-2.0
"""Makes tensors of PyTorch from the data, and converts them with its operators."""

import warnings

import torch
from contest import COLUMNS, FACTOR, OFFSET, SCALE

warnings.filterwarnings("ignore", message=".*not writable.*")  # the mapping is read-only, and is only read
FACTORS, OFFSETS = torch.from_numpy(FACTOR), torch.from_numpy(OFFSET)


def tensors(contest):
    # PyTorch has few operators for uint16, but the bits are the same in int16.
    arrays = contest.arrays()
    return {key: torch.from_numpy(a.view("int16") if a.dtype == "uint16" else a) for key, a in arrays.items()}


def ragged(contest):
    values, starts, ends = contest.ragged()
    return torch.from_numpy(values), starts.tolist(), ends.tolist()


def pad(rows):
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)


def finish(contest, batch):
    if contest.kind == "table":
        rows = batch["row"]
        label = rows[:, COLUMNS:].contiguous().view(torch.int64)[:, 0]
        columns = rows[:, :COLUMNS].t().contiguous()
        return {**{f"c{i}": columns[i] for i in range(COLUMNS)}, "label": label}
    value, convert = batch[contest.key], contest.workload.convert
    if convert == "f32":
        value = value.to(torch.float32).mul_(float(SCALE))
    elif convert == "norm":
        value = value.to(torch.float32).mul_(FACTORS).add_(OFFSETS)
    elif convert == "i64":
        value = value.to(torch.int64).bitwise_and_(0xFFFF)
    elif contest.key == "tokens":
        value = value.view(torch.uint16)
    return {**batch, contest.key: value}
