#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the data sets of the race with NumPy, and the sums that the batches of every contestant must have.

    data.py --data DIR [--small] SET…
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pictures
from workloads import COLUMNS, DEVIATION, LONGEST, MEAN, PREFIX, SETS, TEXTS, rows_of

CHUNK = 1 << 26  # bytes that are made at a time


def random_rows(random, dataset, count):
    if dataset.dtype == "uint16":
        return random.integers(0, 50257, (count, *dataset.shape), dtype=np.uint16)
    if dataset.dtype == "float32":  # integers, so that every sum is exact
        return random.integers(0, 256, (count, *dataset.shape), dtype=np.uint8)
    words = -(-count * int(np.prod(dataset.shape)) // 8)
    flat = random.integers(0, 1 << 64, words, dtype=np.uint64).view(np.uint8)
    return flat[: count * int(np.prod(dataset.shape))].reshape(count, *dataset.shape)


def integer_sum(array, axis=None):
    return array.sum(axis=axis, dtype=np.int64)


def fixed(folder, name, rows, random):
    """Writes random bytes, tokens or floats, and labels of ten classes."""
    dataset = SETS[name]
    row_bytes = int(np.prod(dataset.shape)) * np.dtype(dataset.dtype).itemsize
    path = folder / ("x.npy" if dataset.key == "x" else f"{dataset.key}.npy")
    array = np.lib.format.open_memmap(path, "w+", dataset.dtype, (rows, *dataset.shape))
    axes = tuple(range(array.ndim - 1))  # all but the channels
    sums = {}
    step = max(1, CHUNK // row_bytes)
    starts = sorted({*range(0, rows, step), min(rows, PREFIX)} - {rows})
    total = 0
    for start, end in zip(starts, starts[1:] + [rows]):
        array[start:end] = random_rows(random, dataset, end - start)
        total = total + integer_sum(array[start:end], axes if len(dataset.shape) == 3 else None)
        sums[end] = total
    array.flush()
    facts = {count: sums_of(name, dataset, count, sums[count]) for count in {rows, min(rows, PREFIX)}}
    if dataset.labels:
        labels = random.integers(0, 10, rows, dtype=np.int64)
        np.save(folder / "label.npy", labels)
        for count, workloads in facts.items():
            for keys in workloads.values():
                keys["label"] = int(labels[:count].sum())
    return facts


def sums_of(name, dataset, count, total):
    """Returns the sums of all workloads of a set, from the sum of its bytes, which may be given per channel."""
    plain = {dataset.key: int(np.sum(total))}
    if name in ("images60k", "images784"):
        return {name: dict(plain), f"{name}-f32": {"image": plain["image"] / 255}}
    if name == "images3k":
        pixels = count * dataset.shape[0] * dataset.shape[1]
        norm = sum((float(t) / 255 - pixels * m) / d for t, m, d in zip(total, MEAN, DEVIATION))
        return {"images3k": dict(plain), "images3k-norm": {"image": norm}}
    if name == "tokens":
        return {"tokens": dict(plain), "tokens-i64": dict(plain)}
    return {name: dict(plain)}


def ragged(folder, name, rows, random):
    ends = random.integers(16, LONGEST + 1, rows, dtype=np.int64).cumsum()
    values = np.lib.format.open_memmap(folder / "values.npy", "w+", np.int32, (int(ends[-1]),))
    for start in range(0, len(values), CHUNK // 4):
        piece = values[start : start + CHUNK // 4]
        piece[:] = random.integers(0, 50257, len(piece), dtype=np.int32)
    values.flush()
    np.save(folder / "ends.npy", ends)
    return {
        count: {"ragged": {"tokens": int(integer_sum(values[: ends[count - 1]]))}}
        for count in {rows, min(rows, PREFIX)}
    }


def table(folder, name, rows, random):
    """Writes integers as floats, so that every sum is exact. NumPy reads them by rows; the ingested files have columns."""
    kind = np.dtype([(f"c{i}", "<f4") for i in range(COLUMNS)] + [("label", "<i8")])
    array = np.lib.format.open_memmap(folder / "rows.npy", "w+", kind, (rows,))
    for column in range(COLUMNS):
        array[f"c{column}"] = random.integers(0, 256, rows, dtype=np.uint8)
    array["label"] = random.integers(0, 2, rows, dtype=np.int64)
    array.flush()
    np.savez(folder / "columns.npz", **{key: array[key] for key in kind.names})
    facts = {}
    for count in {rows, min(rows, PREFIX)}:
        sums = {key: int(array[key][:count].sum(dtype=np.float64)) for key in kind.names}
        facts[count] = {"table": sums, "table-seq": sums}
    return facts


def texts(folder, name, rows, random):
    """Writes texts as tables have them: a key, a name, one of a few words, a title, and sentences of very different lengths."""
    letters = np.array(list("etaoinshrdlucmfwypvbgk"))
    words = ["".join(random.choice(letters, size)) for size in random.integers(2, 11, 5000)]
    counts = np.clip(np.exp(random.normal(4, 0.8, rows)), 5, 700).astype(int)
    picks = random.integers(0, len(words), (rows, 10))
    sums, facts = np.zeros(TEXTS, np.int64), {}
    with open(folder / "texts.csv", "w") as file:
        file.write(",".join(f"t{column}" for column in range(TEXTS)) + "\n")
        for row, (pick, count) in enumerate(zip(picks.tolist(), counts.tolist()), 1):
            title = " ".join(words[number] for number in pick[2 : 3 + pick[1] % 8])
            sentences = " ".join(words[number] for number in random.integers(0, len(words), count))
            texts = (f"row-{row:07}", f"{words[pick[0]]} {words[pick[1]]}", words[pick[9] % 30], title, sentences)
            file.write(",".join(texts) + "\n")
            sums += [sum(text.encode()) for text in texts]
            if row in (rows, min(rows, PREFIX)):
                facts[row] = {"texts": {f"t{column}": int(value) for column, value in enumerate(sums)}}
    return facts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("sets", nargs="+")
    arguments = parser.parse_args()
    for name in arguments.sets:
        folder = arguments.data / name
        folder.mkdir(parents=True, exist_ok=True)
        random = np.random.default_rng([7, list(SETS).index(name)])
        rows = rows_of(name, arguments.small)
        make = pictures.make if SETS[name].quality else {"ragged": ragged, "table": table, "texts": texts}.get(name, fixed)
        facts = make(folder, name, rows, random)
        sums = {str(count): workloads for count, workloads in facts.items()}
        # This file is written last: a folder that has it is complete.
        (folder / "facts.json").write_text(json.dumps({"rows": rows, "prefix": min(rows, PREFIX), "sums": sums}))


if __name__ == "__main__":
    main()
