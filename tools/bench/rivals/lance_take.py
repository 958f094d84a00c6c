#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lance, which takes the rows of a batch, or scans them in file order."""

import arrow_data
import lance
import pyarrow as pa
from contest import Contest, chunks

contest = Contest()
folder = contest.folder / "data.lance"
if not folder.exists():
    parts = [arrow_data.table(contest, start, end) for start, end in chunks(contest.rows, 1 << 16)]
    part = folder.with_suffix(".part")
    lance.write_dataset(pa.concat_tables(parts), str(part), max_rows_per_file=1 << 30, mode="overwrite")
    part.rename(folder)
stored = lance.dataset(str(folder))


def take(epoch):
    order = contest.order(epoch)
    return (arrow_data.batch(contest, stored.take(rows)) for rows in contest.batches_of(order))


def scan(epoch):
    return (arrow_data.batch(contest, part) for part in stored.to_batches(batch_size=contest.batch))


contest.serve("Lance", ["pylance", "pyarrow"], {"": take if contest.shuffle else scan})
