#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""MLX Data: a buffer of samples in memory, shuffled, batched, prefetched by its threads."""

import mlx.data as dx
import numpy as np
from contest import Contest

contest = Contest(prefix=True)
sample = contest.samples()


def storable(value):
    # MLX Data has no uint16, but its bytes can be viewed as such. It requires writable memory.
    value = np.array(value)
    return value.view(np.uint8) if value.dtype == np.uint16 else value


buffer = dx.buffer_from_vector([{k: storable(v) for k, v in sample(i).items()} for i in range(contest.rows)])


def seen(batch):
    batch = dict(batch)
    if contest.key == "tokens" and contest.kind == "fixed":
        batch["tokens"] = batch["tokens"].view(np.uint16)
    return batch if contest.kind == "ragged" else contest.finish(batch)


def variant(threads):
    def make(epoch):
        ordered = buffer.shuffle() if contest.shuffle else buffer
        batches = ordered.batch(contest.batch)
        return (seen(batch) for batch in (batches.ordered_prefetch(8, threads) if threads else batches))

    return make


contest.serve(
    "MLX Data",
    ["mlx-data"],
    {"no prefetch": variant(0), "1 thread": variant(1), "2 threads": variant(2)},
    remark="all rows in memory as a list of samples",
)
