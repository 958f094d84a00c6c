#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Grain over ArrayRecord: shuffled, decoded, batched, read by its threads."""

import grain
from array_record.python.array_record_module import ArrayRecordWriter
from contest import Contest

contest = Contest(prefix=True)
path = contest.folder / "data.array_record"
if not path.exists():
    part = path.with_suffix(".part")
    writer = ArrayRecordWriter(str(part), "group_size:1,uncompressed")
    encode = contest.encoder()
    for i in range(contest.rows):
        writer.write(encode(i))
    writer.close()
    part.rename(path)
source = grain.sources.ArrayRecordDataSource(str(path))


def variant(threads):
    options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=16 if threads else 0)

    def make(epoch):
        data = grain.MapDataset.source(source)
        if contest.shuffle:
            data = data.shuffle(seed=epoch)
        return iter(data.map(contest.decode).batch(contest.batch, batch_fn=contest.collate).to_iter_dataset(options))

    return make


contest.serve(
    "Grain + ArrayRecord",
    ["grain", "array-record"],
    {"no threads": variant(0), "1 thread": variant(1), "2 threads": variant(2)},
)
