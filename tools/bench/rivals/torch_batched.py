#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch without its loader: rows of a mapped tensor by index_select, a batch at a time."""

import torch
from contest import Contest
from torch_data import finish, pad, ragged, tensors

contest = Contest()


def variant(threads):
    def make(epoch):
        torch.set_num_threads(threads)
        order = torch.from_numpy(contest.order(epoch))
        if contest.kind == "ragged":
            values, starts, ends = ragged(contest)
            return ({"tokens": pad([values[starts[i] : ends[i]] for i in rows.tolist()])} for rows in parts(order))
        data = tensors(contest)
        if not contest.shuffle:
            spans = range(0, contest.rows, contest.batch)
            return (finish(contest, {k: t[at : at + contest.batch] for k, t in data.items()}) for at in spans)
        return (finish(contest, {k: t.index_select(0, rows) for k, t in data.items()}) for rows in parts(order))

    return make


def parts(order):
    return (order[start : start + contest.batch] for start in range(0, contest.rows, contest.batch))


contest.serve("PyTorch index_select", ["torch"], {"1 thread": variant(1), "2 threads": variant(2)})
