#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""LitData: optimised chunks, which its loader streams from the disk."""

import shutil

import litdata
from contest import Contest

contest = Contest(prefix=True)
folder = contest.folder / "litdata"
encode = contest.encoder()

if __name__ == "__main__":
    if not (folder / "index.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        litdata.optimize(
            fn=encode, inputs=list(range(contest.rows)), output_dir=str(folder), chunk_bytes="64MB", num_workers=1,
            verbose=False, start_method="fork",
        )  # fmt: skip

    def variant(workers):
        data = litdata.StreamingDataset(str(folder), shuffle=contest.shuffle, drop_last=False)
        loader = litdata.StreamingDataLoader(
            data, batch_size=contest.batch, num_workers=workers, shuffle=contest.shuffle, drop_last=False,
            persistent_workers=workers > 0, collate_fn=lambda rows: contest.collate([contest.decode(row) for row in rows]),
        )  # fmt: skip
        return lambda epoch: (batch for batch in loader)

    contest.serve(
        "LitData",
        ["litdata"],
        {"0 workers": variant(0), "2 workers": variant(2)},
        remark="shuffles chunks and within each chunk only",
    )
