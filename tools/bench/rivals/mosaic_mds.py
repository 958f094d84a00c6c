#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mosaic's streaming, which reads MDS shards on the disk through PyTorch's loader."""

import shutil

import streaming
from contest import Contest
from torch.utils.data import DataLoader

contest = Contest(prefix=True)
folder = contest.folder / "mds"
if not (folder / "index.json").exists():
    shutil.rmtree(folder, ignore_errors=True)
    encode = contest.encoder()
    with streaming.MDSWriter(out=str(folder), columns={"data": "bytes"}, size_limit=1 << 26) as writer:
        for i in range(contest.rows):
            writer.write({"data": encode(i)})
streaming.base.util.clean_stale_shared_memory()


def collate(samples):
    return contest.collate([contest.decode(sample["data"]) for sample in samples])


# One configuration only: a second data set in the same process, for a loader with two workers, hung.
data = streaming.StreamingDataset(local=str(folder), shuffle=contest.shuffle, batch_size=contest.batch)
loader = DataLoader(data, batch_size=contest.batch, collate_fn=collate)

contest.serve(
    "Mosaic MDS",
    ["mosaicml-streaming"],
    {"0 workers": lambda epoch: (batch for batch in loader)},
    remark="shuffles within blocks of shards only",
)
