#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NumPy: rows of a mapped array by fancy indexing, a batch at a time."""

from contest import Contest

contest = Contest()


def fixed(epoch):
    arrays, order = contest.arrays(), contest.order(epoch)
    return (
        contest.finish({key: array.take(rows, axis=0) for key, array in arrays.items()})
        for rows in contest.batches_of(order)
    )


def in_order(epoch):
    arrays = contest.arrays()
    return (
        contest.finish({key: array[start : start + contest.batch] for key, array in arrays.items()})
        for start in range(0, contest.rows, contest.batch)
    )


def ragged(epoch):
    values, starts, ends = contest.ragged()
    return (
        {"tokens": contest.pad([values[starts[i] : ends[i]] for i in rows])}
        for rows in contest.batches_of(contest.order(epoch))
    )


make = ragged if contest.kind == "ragged" else fixed if contest.shuffle else in_order
contest.serve("NumPy memmap", ["numpy"], {"": make})
