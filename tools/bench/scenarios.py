# SPDX-License-Identifier: Apache-2.0
"""The scenarios of the measurements. Each makes its files, runs the two sides in turn, and yields rows of the report."""

from limit import Limit
from measuring import copy_and_sync, rate, row, settle, taking_turns
from race.memory_group import MemoryGroup, forget
from sources import write_npy, write_sparse_npy, write_table_npz

ROW = 784  # bytes: an image of Fashion-MNIST


def images(bench, rows, name="images"):
    """Makes a source of random images, and its data set."""
    source, target = bench.folder / f"{name}.npy", bench.folder / f"{name}.colonnade"
    write_npy(source, "|u1", (rows, 28, 28), rows * ROW)
    bench.colonnade("ingest", source, "--output", target, "--columns", f"image={name}")
    source.unlink()
    settle(target)
    return target


def ingest(bench):
    """Measures ingest of fixed rows relative to cp and sync of the source."""
    rows = bench.size(1_000_000)
    source, copy, target = (bench.folder / name for name in ("source.npy", "copy.npy", "target.colonnade"))
    write_npy(source, "|u1", (rows, ROW), rows * ROW)

    def ingest_once():
        target.unlink(missing_ok=True)
        settle(source)
        return rows * ROW / bench.timed(bench.program, "ingest", source, "--output", target)

    def copy_once():
        return rows * ROW / copy_and_sync(source, copy)

    pairs, ratios = taking_turns(bench.repeats, ingest_once, copy_once)
    ours = sorted(a for a, _ in pairs)
    theirs = sorted(b for _, b in pairs)
    middle = len(pairs) // 2
    yield row("ingest_over_copy", f"ingest {rows:,} × {ROW} B", ratios, f"cp and sync: {rate(theirs[middle])}")
    yield row("ingest_bytes_per_second", "the same, bytes a second", ours, "")


def ingest_memory(bench):
    """Measures the memory that ingest needs for a large source."""
    rows = bench.size(4_000_000_000 // 4096)
    source, target = bench.folder / "large.npy", bench.folder / "large.colonnade"
    write_sparse_npy(source, "<f4", (rows, 1024), rows * 4096)
    _, seconds, peak = bench.measured("ingest", source, "--output", target)
    name = f"ingest of a .npy of {rows * 4096 / 1e9:.2f} GB, peak memory"
    yield row("ingest_peak_bytes", name, [peak], rate(rows * 4096 / seconds))


def verify(bench):
    """Measures verifying a warm file relative to summing its words in C."""
    target = images(bench, bench.size(1_000_000))
    size = target.stat().st_size

    def verify_once():
        return size / bench.timed(bench.program, "verify", target)

    def sum_once():
        return bench.limit("sum_limit", file=target, passes=1)["bytes_per_second"]

    pairs, ratios = taking_turns(bench.repeats, verify_once, sum_once)
    details = f"{rate(pairs[0][0])} of {rate(pairs[0][1])}, the complete command"
    yield row("verify_over_sum", f"verify {size / 1e6:,.0f} MB", ratios, details)


def gather(bench):
    """Measures shuffled epochs, copied and as scaled floats, relative to equal work in C."""
    for rows, epochs in ((bench.size(60_000), 40), (bench.size(1_000_000), 4)):
        target = images(bench, rows)
        yield from gather_rows(bench, target, rows, epochs, floats=False, threads=0)
        yield from gather_rows(bench, target, rows, epochs, floats=False, threads=1)
        yield from gather_rows(bench, target, rows, epochs, floats=True, threads=0)
        bench.clear()


def gather_rows(bench, target, rows, epochs, floats, threads):
    """Measures one configuration. Without prefetching one thread works; with a prefetch thread, two do. The C program has as
    many threads."""
    chain = ["--cast", "image=float32", "--scale", "image=1/255"] if floats else []
    options = ["bench", target, "--shuffle", "--seed", 7, "--batch", 256, "--threads", threads, "--columns", "image"]
    options += chain
    words = ["--column", "image", "--kind", "f32" if floats else "copy", "--batch", 256, "--threads", threads + 1]
    limit = Limit(bench.limits / "read_limit", target, words, bench.folder / "limit.txt")
    same_work(
        bench.colonnade(*options, "--epochs", 1, "--checksum")["checksums"]["image"],
        limit.checksums()["image"],
    )

    def ours():
        return bench.colonnade(*options, "--epochs", epochs)["rows_per_second"]

    def theirs():
        return limit.rate(epochs)

    pairs, ratios = taking_turns(bench.repeats, ours, theirs)
    limit.end()
    kind = "uint8 → float32 × scale" if floats else "copied"
    details = f"{pairs[0][0] / 1e6:.2f} of {pairs[0][1] / 1e6:.2f} million rows/s"
    bar = "scale_over_c" if floats else "prefetch_over_copy" if threads else "gather_over_copy"
    workers = "1 prefetch thread" if threads else "1 thread"
    yield row(bar, f"shuffled, {rows:,} × {ROW} B, batch 256, {workers}, {kind}", ratios, details)


def same_work(ours, theirs):
    """Exits with an error if the two programs did not do equal work."""
    if abs(ours - theirs) > 1e-6 * abs(theirs):
        raise SystemExit(f"compare: the two sides do not agree on the sum of all rows: {ours} and {theirs}")


def open_large(bench):
    """Measures opening a file of a thousand million rows, and reading one random sample."""
    rows = bench.size(1_000_000_000)
    source, target = bench.folder / "bytes.npy", bench.folder / "bytes.colonnade"
    write_npy(source, "|u1", (rows,), rows)
    bench.colonnade("ingest", source, "--output", target)
    source.unlink()
    settle(target)
    reports = []
    for seed in range(bench.repeats):
        one = ("bench", target, "--shuffle", "--seed", seed, "--batch", 1, "--threads", 1, "--depth", 1, "--limit", 1)
        reports.append(bench.colonnade(*one))
    name = f"open {rows:,} rows"
    yield row("open_seconds", name, [report["open_seconds"] for report in reports], "")
    # Only opening is measured: reading a row may map up to 2 MB of the page cache, as the system decides.
    peaks = [bench.measured("info", target)[2] for _ in range(bench.repeats)]
    yield row("open_peak_bytes", f"{name}, peak memory of the process", peaks, "")
    firsts = [report["first_batch_seconds"] for report in reports]
    yield row("first_sample_seconds", f"{name}, then one random sample", firsts, "")


def start(bench):
    """Measures the time from opening a file to the first batch of a shuffled stream, and that of a further pass."""
    rows = bench.size(60_000)
    pixels, labels, target = (bench.folder / name for name in ("pixels.npy", "labels.npy", "images.colonnade"))
    write_npy(pixels, "|u1", (rows, 28, 28), rows * ROW)
    write_npy(labels, "<i8", (rows,), rows * 8)
    bench.colonnade("ingest", pixels, labels, "--output", target)
    settle(target)
    yield from starts(bench, target, f"{rows:,} × {ROW} B and a label")
    bench.clear()
    rows = bench.size(1_000_000_000)
    source = bench.folder / "bytes.npy"
    write_npy(source, "|u1", (rows,), rows)
    bench.colonnade("ingest", source, "--output", target)
    source.unlink()
    settle(target)
    yield from starts(bench, target, f"{rows:,} × 1 B")


def starts(bench, target, rows):
    for batch in (32, 256):
        name = f"{rows}, batch {batch}, 1 prefetch thread"
        report = bench.library("start", target, "--batch", batch, "--repeats", 101, "--taken", 8)
        yield row("start_seconds", f"open, chain, first batch of {name}", report["start_seconds"], "")
        yield row("restart_seconds", f"first batch of a further pass, {name}", report["restart_seconds"], "")


def first_epoch(bench):
    """Measures the first epoch after opening a file, which must map its pages, relative to later ones, and the cost of checking
    blocks against their checksums in that epoch."""
    for rows in (bench.size(60_000), bench.size(1_000_000)):
        target = images(bench, rows)
        for threads in (0, 1):
            found = bench.library("first-epoch", target, "--threads", threads, "--repeats", bench.repeats)
            workers = "1 prefetch thread" if threads else "1 thread"
            name = f"{rows:,} × {ROW} B, batch 256, {workers}"
            yield row("first_epoch_over_warm", f"first epoch of {name}", found["ratios"], "without checks")
            yield row("checked_first_epoch", f"first epoch of {name}", found["checked_first"], "with checks")
            yield row("checked_later_epochs", f"later epochs of {name}", found["checked_later"], "with checks")
        bench.clear()


def many_files(bench):
    """Measures shuffled epochs of 200 files that are read as one data set, relative to one file with their rows."""
    parts, rows = 200, bench.size(200_000) // 200
    targets = [bench.folder / f"part-{part}.colonnade" for part in range(parts)]
    source = bench.folder / "part.npy"
    write_npy(source, "|u1", (rows, ROW), rows * ROW)
    for target in targets:
        bench.colonnade("ingest", source, "--output", target)
    source.unlink()
    whole = images(bench, rows * parts)
    for threads in (0, 2):
        options = ("--threads", threads, "--repeats", bench.repeats)
        ratios = bench.library("many-files", whole, *targets, *options)["ratios"]
        name = f"{parts} files of {rows:,} × {ROW} B as one, shuffled, batch 256, {threads} prefetch threads"
        yield row("many_files_over_one", name, ratios, "")
    bench.clear()


def groups(bench):
    """Measures a shuffled table of 32 numbers per row: columns in one group, relative to ungrouped columns."""
    rows = bench.size(4_000_000)
    source = bench.folder / "table.npz"
    together, apart = bench.folder / "together.colonnade", bench.folder / "apart.colonnade"
    write_table_npz(source, 32, rows)
    bench.colonnade("ingest", source, "--output", together)
    bench.colonnade("ingest", source, "--output", apart, "--group", "separate")
    source.unlink()
    settle(together, apart)

    def shuffled(target):
        options = ("--shuffle", "--seed", 7, "--batch", 256, "--threads", 1, "--epochs", 2)
        return lambda: bench.colonnade("bench", target, *options)["rows_per_second"]

    pairs, ratios = taking_turns(bench.repeats, shuffled(together), shuffled(apart))
    details = f"{pairs[0][0] / 1e6:.2f} against {pairs[0][1] / 1e6:.2f} million rows/s"
    yield row("groups_over_separate", f"shuffled, {rows:,} rows of 32 float32 in a group", ratios, details)


def block_order(bench):
    """Measures the time to compute a row of a block order, and its ratio to an order of single rows."""
    figures = bench.library("measure", "block-order", "--json")["block-order"]
    for rows in (1_000_000, 100_000_000, 1_000_000_000_000):
        name = f"256 at once of {rows}"
        yield row("block_order_ns", f"a row of a block order of {rows:,}", [figures[name]["value"]], "batches of 256")
        ratio = figures[f"{name}, relative to single rows"]["value"]
        yield row("block_order_over_single", f"a row of a block order of {rows:,}", [ratio], "batches of 256")


def larger_than_memory(bench):
    """Measures shuffled epochs of a file four times the memory, from the disk: a block order relative to single rows, and to
    reading the file in order. Without the right to limit memory both ratios are 0, so that their bars are not reached."""
    rows, block_rows = bench.size(350_000), max(1, 256 // bench.divisor)
    source, target = bench.folder / "pictures.npy", bench.folder / "pictures.colonnade"
    write_npy(source, "|u1", (rows, 32, 32, 3), rows * 3072)
    bench.colonnade("ingest", source, "--output", target)
    source.unlink()
    size = target.stat().st_size
    name = f"shuffled, {size / 1e6:,.0f} MB with a quarter of it as memory, 128 blocks of {block_rows} rows, batch 128"
    try:
        bench.group = MemoryGroup(size // 4)
    except OSError as error:
        for bar in ("blocks_over_single_rows", "blocks_over_disk"):
            yield row(bar, name, [0], f"not measured, since memory cannot be limited: {error}")
        return

    def shuffled(*options):
        words = ("--shuffle", "--seed", 7, "--batch", 128, "--threads", 2, "--epochs", 1)
        return bench.colonnade("bench", target, *words, *options)["rows_per_second"]

    def blocks():
        forget([target])
        return shuffled("--blocks", 128, "--block-rows", block_rows)

    def single_rows():
        # The memory is full from the start, as in all but the first rows of an epoch, and has a part of the rows.
        forget([target])
        bench.timed("dd", f"if={target}", "of=/dev/null", "bs=64K", f"count={size // 4 >> 16}")
        return shuffled("--limit", max(1, 200 // bench.divisor))

    def read():
        forget([target])
        return rows / bench.timed("dd", f"if={target}", "of=/dev/null", "bs=1M")

    try:
        pairs, over_single = taking_turns(bench.repeats, blocks, single_rows)
        reads, over_read = taking_turns(bench.repeats, blocks, read)
    finally:
        bench.group.remove()
        bench.group = None
    details = f"{pairs[0][0] / 1e3:,.0f} k rows/s, {rate(pairs[0][0] * 3072)}; single rows: {pairs[0][1] / 1e3:,.1f} k rows/s"
    yield row("blocks_over_single_rows", name, over_single, details)
    yield row("blocks_over_disk", name, over_read, f"dd: {rate(reads[0][1] * 3072)}")


ALL = {
    "ingest": ingest,
    "ingest-memory": ingest_memory,
    "verify": verify,
    "gather": gather,
    "open": open_large,
    "start": start,
    "first-epoch": first_epoch,
    "many-files": many_files,
    "groups": groups,
    "block-order": block_order,
    "larger-than-memory": larger_than_memory,
}
