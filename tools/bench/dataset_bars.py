# SPDX-License-Identifier: Apache-2.0
"""Measures data sets of many files relative to their bars: reading relative to one file, opening, commits, writers that are killed,
and new columns; and data sets as tables: columns as arrays, and queries of DuckDB.

    ./tools/dev bench-datasets [SCENARIO…] [--small]

Each ratio is the median of the ratios of neighbouring runs, in which the two sides take turns.
"""

import copy
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import colonnade as dx
import numpy as np
from bars import report, run

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "formats/reference"))
from colonnade_format.manifest import Fragment, encode_manifest, open_version  # noqa: E402

MOST_LINKS = 30_000  # of one file, fewer than any file system permits


def replicate(folder, fragments):
    """Makes a version whose fragments are links to the files of the first one, each a fragment of its own, again and again."""
    base = open_version(folder)
    contents = copy.deepcopy(base.contents)
    originals = len(contents.fragments)
    assert originals * MOST_LINKS >= fragments, "too few files to link"
    names = [folder / "data" / f"{file.name.hex()}.colonnade" for file in contents.files]
    for number in range(originals, fragments):
        file, fragment = copy.copy(contents.files[number % originals]), contents.fragments[number % originals]
        file.name = (number + 1).to_bytes(16)
        os.link(names[number % originals], folder / "data" / f"{file.name.hex()}.colonnade")
        contents.fragments.append(Fragment(contents.next_fragment, fragment.rows, number))
        contents.files.append(file)
        contents.next_fragment += 1
    contents.commit.version, contents.commit.parent = contents.commit.version + 1, contents.commit.version
    contents.commit.commit = random.randbytes(16)
    path = folder / "versions" / f"{contents.commit.version:020}.colonnade"
    path.write_bytes(encode_manifest(base.footer, contents))


def write_fragments(folder, columns, fragments):
    """Writes arrays as one job of many tasks, each a fragment."""
    each = len(next(iter(columns.values()))) // fragments
    for task in range(fragments):
        part = {name: values[task * each : (task + 1) * each] for name, values in columns.items()}
        dx.write_fragment(folder, part, job="bench", task=task, tasks=fragments, progress=False)
    return dx.commit(folder, "bench")


def private_bytes():
    """Returns the memory of this process that is not a page of a file."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) * 1024


def rate_of(stream, epoch):
    rows, start = 0, time.perf_counter()
    for batch in stream.epoch(epoch):
        rows += len(batch["label"])
    return rows / (time.perf_counter() - start)


def reading(options, folder):
    """Measures shuffled batches of 256 rows of 256 bytes and a label, over many fragments, relative to one file."""
    rows = 10_000 if options.small else 1_000_000
    values = np.random.default_rng(0).integers(0, 256, (rows, 256), dtype=np.uint8)
    columns = {"x": values, "label": np.arange(rows) % 10}
    dx.ingest(columns, folder / "one.colonnade", progress=False)
    one = dx.open(folder / "one.colonnade").shuffle(seed=1).to_stream().batch(256)
    for fragments, bar in ((1_000, 0.9), (10_000, 0.8)):
        count = fragments // 100 if options.small else fragments
        many = write_fragments(folder / f"{count}.colonnade", columns, count).shuffle(seed=1).to_stream().batch(256)
        for threads in (1, 2):
            pair = (many, one) if threads == 1 else (many.prefetch(8, 1), one.prefetch(8, 1))
            for stream in pair:
                rate_of(stream, 0)
            ratios = []
            for epoch in range(1, options.repeats + 1):
                ours, single = (rate_of(stream, epoch) for stream in pair)
                ratios.append(ours / single)
            name = f"shuffled batches of 256, {count:,} fragments, {threads} thread{'s' * (threads > 1)}"
            report(name, ratios, bar, "of one file", f"{ours / 1e6:.1f} M rows/s")


OPENING = """
import sys, time
import colonnade as dx
def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) * 1024
dx.open(sys.argv[2])  # loads the library
before = resident()
times = []
for _ in range(9):
    start = time.perf_counter()
    buffer = dx.open(sys.argv[1])
    times.append(time.perf_counter() - start)
print(sorted(times)[4], resident() - before, len(buffer))
"""


def opening(options, folder):
    """Measures how long a data set of 100,000 fragments and 10¹² rows takes to open, in a process of its own. The files are
    links to four, so that their rows are in memory."""
    rows, fragments = (1_000, 1_000) if options.small else (10_000_000, 100_000)
    path, small = folder / "many.colonnade", folder / "small.colonnade"
    write_fragments(path, {"x": np.zeros(4 * rows, np.uint8)}, 4)
    replicate(path, fragments)
    dx.ingest({"x": np.arange(3)}, small, progress=False)
    command = [sys.executable, "-c", OPENING, path, small]
    found = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(3)]
    assert int(found[0][2]) == rows * fragments
    name = f"open {fragments:,} fragments, {rows * fragments:.0e} rows"
    report(name, [float(line[0]) * 1e3 for line in found], 20, "ms", at_most=True)
    report(f"{name}: memory", [int(line[1]) / 1e6 for line in found], 64, "MB", at_most=True)

    times = []
    for task in range(options.repeats):
        dx.write_fragment(path, {"x": np.zeros(10, np.uint8)}, job=f"more-{task}", task=0, tasks=1, progress=False)
        start = time.perf_counter()
        dx.commit(path, f"more-{task}")
        times.append((time.perf_counter() - start) * 1e3)
    report(f"commit at {fragments:,} fragments", times, 60, "ms", at_most=True)

    buffer = dx.open(path)
    order = np.random.default_rng(0).integers(0, len(buffer), 200 if options.small else 2_000)
    before, start = private_bytes(), time.perf_counter()
    for index in order:
        buffer[int(index)]
    seconds = time.perf_counter() - start
    opened = len({index // rows for index in order.tolist()})
    grown = private_bytes() - before
    report("a row of a file that is not open yet", [seconds / len(order) * 1e6], 20, "µs", at_most=True)
    report("memory of a file that is open", [grown / opened / 1e3], 8, "KB", f"{opened:,} files", at_most=True)
    compare_with_lance(options, folder, rows, fragments // 10)


def compare_with_lance(options, folder, rows, fragments):
    """Measures opening relative to Lance, if it is installed."""
    try:
        import lance
        import pyarrow
    except ImportError:
        print("        not measured: opening relative to Lance, which is not installed (pip install pylance)")
        return
    path, other = folder / "ten.colonnade", folder / "ten.lance"
    write_fragments(path, {"x": np.zeros(4 * rows, np.uint8)}, 4)
    replicate(path, fragments)
    table = pyarrow.table({"x": np.zeros(1, np.uint8)})
    written = lance.write_dataset(table, other)
    parts = [lance.fragment.LanceFragment.create(other, table) for _ in range(fragments - 1)]
    written = lance.LanceDataset.commit(other, lance.LanceOperation.Append(parts), read_version=written.version)
    ratios = []
    for turn in range(options.repeats + 1):
        start = time.perf_counter()
        assert len(dx.open(path)) == rows * fragments
        middle = time.perf_counter()
        assert lance.dataset(other).count_rows() == fragments
        # The first turn loads what both use.
        if turn:
            ratios.append((middle - start) / (time.perf_counter() - middle))
    report(f"open {fragments:,} fragments", ratios, 0.1, "of Lance", at_most=True)


WRITER = """
import sys
import colonnade as dx
path, first, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for number in range(first, end):
    dx.write_fragment(path, [{"x": number}], job=f"job-{number}", task=0, tasks=1, progress=False)
    dx.commit(path, f"job-{number}")
"""


def writers(options, folder):
    """Eight processes commit, and are killed and started again, while another one reads: every row must be there once."""
    processes, commits, most_kills = (8, 12, 3) if options.small else (8, 1_250, 100)
    path = folder / "many.colonnade"
    dx.write_fragment(path, [{"x": -1}], job="first", task=0, tasks=1, progress=False)
    dx.commit(path, "first")

    def start(worker):
        """Starts a writer with the first number of its own that has no row."""
        mine = range(worker * commits, (worker + 1) * commits)
        there = set(np.asarray(dx.open(path)["x"]).tolist())
        first = next((number for number in mine if number not in there), mine.stop)
        command = [sys.executable, "-c", WRITER, path, str(first), str(mine.stop)]
        return subprocess.Popen(command)

    workers, kills, openings, size = {i: start(i) for i in range(processes)}, 0, 0, 0
    chance = random.Random(0)
    try:
        while workers:
            time.sleep(0.1 if options.small else 0.5)
            for worker, process in list(workers.items()):
                if process.poll() == 0:
                    del workers[worker]
                elif process.poll() is not None:
                    assert process.returncode == -signal.SIGKILL, f"a writer ended with {process.returncode}"
                    workers[worker] = start(worker)
            if workers and kills < most_kills:
                workers[chance.choice(list(workers))].kill()
                kills += 1
            buffer = dx.open(path)
            assert len(buffer) >= size and -1 <= int(buffer[len(buffer) - 1]["x"]) < processes * commits
            size, openings = len(buffer), openings + 1
    finally:
        for process in workers.values():
            process.kill()
            process.wait()
    assert kills == most_kills, f"the writers ended after {kills} kills"
    rows = np.sort(np.asarray(dx.open(path)["x"]))
    expected = np.arange(-1, processes * commits)
    details = f"{processes * commits:,} commits, {kills} kills, {openings} openings"
    report("rows that are lost", [len(np.setdiff1d(expected, rows))], 0, "rows", details, at_most=True)
    report("rows that are double or unknown", [len(rows) - len(np.intersect1d(expected, rows))], 0, "rows", at_most=True)


def columns(options, folder):
    """Adds a column of 256 bytes to a million rows of 150 KB, in links to one file, relative to writing the column alone."""
    each, fragments = (100, 10) if options.small else (10_000, 100)
    path = folder / "many.colonnade"
    write_fragments(path, {"picture": np.zeros((each, 150_000), np.uint8)}, 1)
    replicate(path, fragments)
    values = np.random.default_rng(0).random((each * fragments, 64), dtype=np.float32)
    files = {file: (file.stat().st_size, file.stat().st_mtime_ns) for file in (path / "data").iterdir()}
    ratios = []
    for turn in range(max(options.repeats, 3)):
        os.sync()
        start = time.perf_counter()
        dx.add_columns(path, {f"embedding {turn}": values})
        own = time.perf_counter() - start
        (folder / "alone.colonnade").unlink(missing_ok=True)
        os.sync()
        start = time.perf_counter()
        dx.ingest({"embedding": values}, folder / "alone.colonnade", progress=False)
        ratios.append(own / (time.perf_counter() - start))
    assert all((file.stat().st_size, file.stat().st_mtime_ns) == found for file, found in files.items())
    buffer = dx.open(path)
    for index in random.Random(0).sample(range(len(buffer)), 100):
        assert np.array_equal(buffer[index]["embedding 0"], values[index])
    name = f"add a column to {each * fragments:,} rows of 150 KB in {fragments} files"
    report(name, ratios, 1.2, "of it alone", f"{own:.2f} s", at_most=True)


def arrays(options, folder):
    """Measures a column of 10⁸ rows of one file as an array."""
    rows = 1_000_000 if options.small else 100_000_000
    dx.ingest({"label": np.arange(rows, dtype=np.int64) % 251}, folder / "one.colonnade", progress=False)
    times = []
    for _ in range(options.repeats):
        buffer = dx.open(folder / "one.colonnade")
        before, start = private_bytes(), time.perf_counter()
        labels = buffer["label"]
        times.append((time.perf_counter() - start) * 1e3)
        assert not labels.flags.owndata and private_bytes() - before < 1 << 20
        assert labels.shape == (rows,) and labels[rows - 1] == (rows - 1) % 251
    report(f'buffer["label"] of {rows:,} rows', times, 1, "ms", at_most=True)


def duckdb(options, folder):
    """Measures an aggregate of DuckDB over a buffer, relative to the same over a table of pyarrow in memory."""
    import duckdb as engine
    import pyarrow

    rows = 100_000 if options.small else 20_000_000
    generator = np.random.default_rng(0)
    values = {
        "label": generator.integers(0, 100, rows), "x": generator.random(rows, dtype=np.float32), "y": generator.random(rows)
    }  # fmt: skip
    dx.ingest(values, folder / "rows.colonnade", progress=False)
    connection = engine.connect()
    connection.register("rows_of_arrow", pyarrow.table(values))
    buffer = dx.open(folder / "rows.colonnade")  # the query finds it by its name
    assert len(buffer) == rows
    query = "select label, sum(x), avg(y), count(*) from {} group by label order by label"
    ratios = []
    for turn in range(options.repeats + 1):
        start = time.perf_counter()
        ours = connection.sql(query.format("buffer")).fetchall()
        middle = time.perf_counter()
        theirs = connection.sql(query.format("rows_of_arrow")).fetchall()
        end = time.perf_counter()
        assert [(row[0], row[3]) for row in ours] == [(row[0], row[3]) for row in theirs]
        assert np.allclose([row[1:3] for row in ours], [row[1:3] for row in theirs])
        if turn > 0:
            ratios.append((end - middle) / (middle - start))
    report(f"DuckDB: groups of {rows:,} rows", ratios, 0.7, "of pyarrow", f"{(middle - start) * 1e3:.0f} ms")


def processes(options, folder):
    """Measures an ingest of pictures with two processes, relative to one."""
    from PIL import Image

    count = 600 if options.small else 60_000
    generator = np.random.default_rng(0)
    pictures = folder / "pictures"
    for number in range(count):
        place = pictures / f"class {number % 10}" / f"{number}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        if number < 100:
            Image.fromarray(generator.integers(0, 256, (32, 32, 3), dtype=np.uint8)).resize((256, 256)).save(place, quality=90)
        else:
            place.write_bytes((pictures / f"class {number % 10}" / f"{number % 100}.jpg").read_bytes())
    command = [sys.executable, "-m", "colonnade", "ingest", str(pictures), "--json"]
    quietly = {"check": True, "stdout": subprocess.DEVNULL}
    ratios = []
    for turn in range(3):
        os.sync()
        start = time.perf_counter()
        subprocess.run([*command, "--output", f"{folder}/one {turn}.colonnade/"], **quietly)
        middle = time.perf_counter()
        subprocess.run([*command, "--output", f"{folder}/two {turn}.colonnade/", "--processes", "2"], **quietly)
        own = time.perf_counter() - middle
        ratios.append((middle - start) / own)
        assert len(dx.open(f"{folder}/two {turn}.colonnade")) == len(dx.open(f"{folder}/one {turn}.colonnade")) == count
        for kind in ("one", "two"):
            shutil.rmtree(f"{folder}/{kind} {turn}.colonnade")
    report(f"ingest of {count:,} pictures, 2 processes", ratios, 1.7, "of one", f"{own:.1f} s")


def main():
    scenarios = {
        "reading": reading, "opening": opening, "writers": writers, "columns": columns, "arrays": arrays, "duckdb": duckdb,
        "processes": processes,
    }  # fmt: skip
    return run(__doc__, scenarios, repeats=5)


if __name__ == "__main__":
    sys.exit(main())
