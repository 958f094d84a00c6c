#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""WebDataset, which reads tar files sequentially through a shuffle buffer."""

import io
import tarfile

import webdataset
from contest import Contest, chunks

SHARD, WINDOW = 10_000, 5_000

contest = Contest(prefix=True)
folder = contest.folder / "webdataset"
if not (folder / "complete").exists():
    folder.mkdir(exist_ok=True)
    encode = contest.encoder()
    for number, (start, end) in enumerate(chunks(contest.rows, SHARD)):
        with tarfile.open(folder / f"{number:04}.tar", "w") as archive:
            for i in range(start, end):
                data = encode(i)
                info = tarfile.TarInfo(f"{i:08}.bin")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    (folder / "complete").touch()
shards = sorted(map(str, folder.glob("*.tar")))


def variant(workers):
    def make(epoch):
        random = contest.shuffle
        data = webdataset.WebDataset(
            shards, shardshuffle=len(shards) if random else False, seed=epoch, empty_check=False,
            workersplitter=webdataset.split_by_worker,
        )  # fmt: skip
        if random:
            data = data.shuffle(WINDOW, initial=WINDOW)
        data = data.map(lambda sample: contest.decode(sample["bin"])).batched(
            contest.batch, collation_fn=contest.collate
        )
        return iter(webdataset.WebLoader(data, batch_size=None, num_workers=workers) if workers else data)

    return make


contest.serve(
    "WebDataset",
    ["webdataset"],
    {"0 workers": variant(0), "2 workers": variant(2)},
    remark=f"shuffles shards and within {WINDOW:,} samples only",
)
