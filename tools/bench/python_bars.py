# SPDX-License-Identifier: Apache-2.0
"""Measures the Python package relative to its bars: the C program, Swift, MLX Data, SentencePiece, a loop that decodes, times of
calls, and a rate for Arrow.

    ./tools/dev bench-python [SCENARIO…] [--small]

Each ratio is the median of the ratios of neighbouring runs, in which the two sides take turns.
"""

import io
import json
import random
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import colonnade as dx
import numpy as np
from bars import report, run
from limit import Limit
from measuring import copy_and_sync, settle
from process import Process

HERE = Path(__file__).resolve().parent


def rate_of(stream, epoch):
    stream = stream.epoch(epoch)
    rows, start = 0, time.perf_counter()
    for batch in stream:
        rows += len(batch["image"])
    return rows / (time.perf_counter() - start)


def gather(options, folder):
    """Measures shuffled batches of 784-byte rows, as NumPy arrays."""
    rows = 20_000 if options.small else 500_000
    path = folder / "rows.colonnade"
    pixels = np.random.default_rng(0).integers(0, 256, (rows, 28, 28), dtype=np.uint8)
    dx.ingest({"image": pixels}, path, progress=False)
    buffer = dx.open(path).shuffle(seed=1)
    for batch, bar in ((256, 0.85), (32, 0.6)):
        for kind in ("copy", "f32"):
            stream = buffer.to_stream()
            if kind == "f32":
                stream = stream.cast("image", "float32").scale("image", 1 / 255)
            stream = stream.batch(batch)
            for threads, ours in ((1, stream), (2, stream.prefetch(8, 1))):
                words = ["--column", "image", "--kind", kind, "--batch", batch, "--threads", threads]
                limit = Limit(options.limit, path, words, folder / "limit.txt")
                rate_of(ours, 0), limit.rate()
                ratios = []
                for epoch in range(options.repeats):
                    own = rate_of(ours, epoch)
                    ratios.append(own / limit.rate())
                limit.end()
                name = f"{'u8' if kind == 'copy' else 'u8 → f32 × scale'}, batch {batch}, {threads} thread{'s' * (threads > 1)}"
                report(name, ratios, bar, "of C", f"{own / 1e6:.1f} M rows/s")


def calls(options, folder):
    """Measures the processor time of small batches and of samples by index, and large batches relative to Swift."""
    rows = 2_000 if options.small else 60_000
    dx.ingest({"a": np.arange(rows), "b": np.arange(rows)}, folder / "pairs.colonnade", progress=False)
    stream = dx.open(folder / "pairs.colonnade").shuffle(seed=1).to_stream().batch(8)
    times = []
    for epoch in range(options.repeats):
        count, start = 0, time.thread_time()
        for _ in stream.epoch(epoch):
            count += 1
        times.append((time.thread_time() - start) / count * 1e6)
    report("a batch of 8 rows of two int64 keys, 1 thread", times, 3, "µs", at_most=True)

    path = folder / "images784" / "data.colonnade"
    path.parent.mkdir()
    random = np.random.default_rng(0)
    pixels, labels = random.integers(0, 256, (rows, 28, 28), dtype=np.uint8), random.integers(0, 10, rows)
    dx.ingest({"image": pixels, "label": labels}, path, progress=False)
    buffer = dx.open(path).shuffle(seed=7)
    times = []
    for _ in range(options.repeats):
        start = time.thread_time()
        for index in range(rows // 10):
            buffer[index]
        times.append((time.thread_time() - start) / (rows // 10) * 1e6)
    report("buffer[i] of a 784-byte image and a label", times, 4, "µs", at_most=True)

    words = ["--workload", "images784", "--data", folder, "--batch", 4096]
    swift = Process([options.swift, "race", *words], folder / "swift.txt")
    swift.answer(60)
    swift.stop()
    stream = buffer.to_stream().batch(4096)
    rate_of(stream, 0), swift.epoch()
    ratios = []
    for epoch in range(options.repeats):
        own = rate_of(stream, epoch + 1)
        seconds, read, _ = swift.epoch()[""]
        ratios.append(own / (read / seconds))
    swift.end()
    report("batches of 4,096 images and labels, 1 thread", ratios, 0.9, "of Swift", f"{own / 1e6:.1f} M rows/s")


WORKER = """
import importlib, json, resource, sys, time
import numpy as np
dx = importlib.import_module(sys.argv[1])
def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS")) * 1024
pixels = np.random.default_rng(0).integers(0, 256, (int(sys.argv[2]), 28, 28), dtype=np.uint8)
data = [{"image": image.copy(), "label": index % 10} for index, image in enumerate(pixels)]
before, start = resident(), time.perf_counter()
buffer = dx.buffer_from_vector(data)
built = time.perf_counter() - start
memory = resident() - before
def rate(stream):
    rows, start = 0, time.perf_counter()
    for batch in stream:
        rows += len(batch["label"])
    return rows / (time.perf_counter() - start)
plain = rate(buffer.to_stream().batch(32))
tutorial = (
    buffer.to_stream()
    .key_transform("image", lambda x: x.astype("float32") / 255)
    .batch(32)
    .prefetch(prefetch_size=8, num_threads=4)
)
print(json.dumps({"built": built, "memory": memory, "plain": plain, "tutorial": rate(tutorial)}))
"""


def memory(options, folder):
    """Measures sixty thousand samples in memory, and the stream of the tutorial, relative to MLX Data."""
    rows = 2_000 if options.small else 60_000
    pairs = []
    for _ in range(options.repeats):
        pair = []
        for package in ("colonnade", "mlx.data"):
            command = [sys.executable, "-c", WORKER, package, str(rows)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            pair.append(json.loads(done.stdout))
        pairs.append(pair)
    report(
        "buffer_from_vector: time to build", [ours["built"] / theirs["built"] for ours, theirs in pairs], 1, "of MLX Data",
        f"{pairs[-1][0]['built'] * 1e3:.0f} ms", at_most=True,
    )  # fmt: skip
    report(
        "buffer_from_vector: memory", [max(ours["memory"], 1) / max(theirs["memory"], 1) for ours, theirs in pairs],
        1, "of MLX Data", f"{pairs[-1][0]['memory'] / 1e6:.0f} of {pairs[-1][1]['memory'] / 1e6:.0f} MB", at_most=True,
    )  # fmt: skip
    report("its batches of 32", [ours["plain"] / theirs["plain"] for ours, theirs in pairs], 1, "of MLX Data")
    report(
        "the tutorial's stream, with its lambda", [ours["tutorial"] / theirs["tutorial"] for ours, theirs in pairs], 1.5,
        "of MLX Data", f"{pairs[-1][0]['tutorial'] / 1e3:.0f} k samples/s",
    )  # fmt: skip


def images(options, folder):
    """Measures a Hugging Face data set of PNG images, relative to a loop that only decodes them."""
    import datasets
    from PIL import Image

    rows = 2_000 if options.small else 60_000
    random = np.random.default_rng(0)
    encoded = []
    for _ in range(1000):
        # Noise on a gradient compresses about as well as a picture of clothes.
        pixels = (np.add.outer(np.arange(28), np.arange(28)) * 4 + random.integers(0, 24, (28, 28))).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        encoded.append(file.getvalue())
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(num_classes=10)})
    columns = {
        "image": [{"bytes": encoded[i % 1000], "path": None} for i in range(rows)],
        "label": [i % 10 for i in range(rows)],
    }
    source = datasets.Dataset.from_dict(columns, features=features)
    ratios = []
    for _ in range(max(options.repeats // 3, 3)):
        start = time.perf_counter()
        for i in range(rows):
            np.asarray(Image.open(io.BytesIO(encoded[i % 1000])))
        decoding, start = time.perf_counter() - start, time.perf_counter()
        dx.ingest(source, folder / "images.colonnade", overwrite=True, progress=False)
        ratios.append((time.perf_counter() - start) / decoding)
    report(
        f"ingest of {rows:,} Hugging Face images",
        ratios,
        1.3,
        "of decoding",
        f"{decoding:.1f} s of decoding",
        at_most=True,
    )


def arrow(options, folder):
    """Measures fixed-shape Arrow columns."""
    import pyarrow

    rows = 4_000 if options.small else 300_000
    values = np.random.default_rng(0).random((rows, 768), dtype=np.float32)
    column = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(values.reshape(-1)), 768)
    table = pyarrow.table({"embedding": column, "id": np.arange(rows)})
    rates = []
    for _ in range(max(options.repeats // 3, 3)):
        start = time.perf_counter()
        dx.ingest(table, folder / "arrow.colonnade", overwrite=True, progress=False)
        rates.append(table.nbytes / (time.perf_counter() - start) / 1e6)
    report(f"ingest of {table.nbytes / 1e6:.0f} MB of Arrow columns", rates, 300, "MB/s")


def ingest(options, folder):
    """Measures ingest of arrays, in memory and mapped, relative to cp and sync of a file of their bytes."""
    rows = 10_000 if options.small else 1_000_000
    source, target = folder / "rows.npy", folder / "rows.colonnade"
    np.save(source, np.random.default_rng(0).integers(0, 256, (rows, 784), dtype=np.uint8))
    labels = np.arange(rows) % 10
    for kind, mode in (("in memory", None), ("mapped", "r")):
        pixels = np.load(source, mmap_mode=mode)
        ratios = []
        for _ in range(options.repeats):
            target.unlink(missing_ok=True)
            settle(source)
            start = time.perf_counter()
            dx.ingest({"image": pixels, "label": labels}, target, progress=False)
            own = time.perf_counter() - start
            ratios.append(copy_and_sync(source, folder / "copy.npy") / own)
        report(
            f"ingest of arrays {kind}, {rows:,} × 784 B", ratios, 0.8, "of cp, sync", f"{pixels.nbytes / own / 1e6:.0f} MB/s"
        )


def tokens(options, folder):
    """Measures texts that become tokens of a SentencePiece model, one thread, relative to MLX Data and to SentencePiece, if these
    are installed: lines, and texts of 20 lines."""
    models = HERE.parents[1] / "Tests/Fixtures/sentencepiece"
    lines = [line.split("\t")[0] for line in (models / "bpe.txt").read_text(encoding="utf-8").splitlines()]
    lines = [text for text in lines if "<" not in text]
    path = folder / "texts.colonnade"

    def colonnade(kind, texts):
        """Returns a function that makes all tokens, and counts them."""
        helpers = dx.tokenizer_helpers
        trie, more = (helpers.read_bpe_from_spm if kind == "bpe" else helpers.read_trie_from_spm)(models / f"{kind}.vocab")
        dx.ingest({"text": texts}, path, progress=False, overwrite=True)
        stream = dx.open(path).to_stream()
        return counting(trie, more, kind, stream)

    def counting(trie, more, kind, stream):
        stream = stream.tokenize_bpe("text", trie, more) if kind == "bpe" else stream.tokenize("text", trie, trie_key_scores=more)

        def count():
            stream.reset()
            return sum(len(sample["text"]) for sample in stream)

        return count

    def mlx_data(kind, texts):
        import mlx.data as rival

        helpers = dx.tokenizer_helpers
        trie, merges = rival.core.CharTrie(), rival.core.BPEMerges()
        read, more = (helpers.read_bpe_from_spm if kind == "bpe" else helpers.read_trie_from_spm)(models / f"{kind}.vocab")
        for token, number in read._ids.items():
            trie.insert(token, number)
        for (left, right), number in more._ids.items() if kind == "bpe" else ():
            merges.add(left, right, number)
        stream = rival.buffer_from_vector([{"text": text.encode()} for text in texts]).to_stream()
        return counting(trie, merges if kind == "bpe" else more, kind, stream)

    def sentencepiece(kind, texts):
        from sentencepiece import SentencePieceProcessor

        processor = SentencePieceProcessor(model_file=str(models / f"{kind}.model"))
        spaced = [text.replace("▁", " ") for text in texts]
        return lambda: sum(len(np.array(processor.encode(text), np.int64)) for text in spaced)

    # Lines are short, so that the time of a sample counts more than that of its tokens.
    bars = {
        ("MLX Data", "unigram", 1): 5, ("MLX Data", "unigram", 20): 5, ("MLX Data", "bpe", 1): 0.9, ("MLX Data", "bpe", 20): 1.2,
        ("SentencePiece", "unigram", 1): 0.5, ("SentencePiece", "unigram", 20): 1, ("SentencePiece", "bpe", 1): 0.8,
        ("SentencePiece", "bpe", 20): 1,
    }  # fmt: skip
    for together in (1, 20):
        texts = ["▁".join(lines[at : at + together]) for at in range(0, len(lines), together)]
        texts *= 1 if options.small else 40
        for kind in ("unigram", "bpe"):
            own = colonnade(kind, texts)
            for name, rival in (("MLX Data", mlx_data), ("SentencePiece", sentencepiece)):
                try:
                    other, ratios = rival(kind, texts), []
                except ImportError:
                    print(f"        {name} is not installed")
                    continue
                for _ in range(options.repeats):
                    start = time.perf_counter()
                    count = own()
                    middle = time.perf_counter()
                    other()
                    ratios.append((time.perf_counter() - middle) / (middle - start))
                details = f"{count / (middle - start) / 1e6:.2f} M tokens/s"
                report(f"tokens, {kind}, texts of {together} lines", ratios, bars[name, kind, together], f"of {name}", details)


def passages(rows, columns):
    """Returns columns of text: passages of 100 to 900 letters of Python's standard library, each from a random place."""
    library, files = Path(sysconfig.get_path("stdlib")), []
    for path in sorted(library.rglob("*.py")):
        if not {"test", "tests", "site-packages", "dist-packages"} & set(path.parts):
            files.append(path.read_text(encoding="utf-8", errors="ignore"))
    source, draw = "".join(files), random.Random(0)

    def passage():
        start = draw.randrange(len(source) - 900)
        return source[start : start + draw.randint(100, 900)]

    return {name: [passage() for _ in range(rows)] for name in columns}


def compressed(options, folder):
    """Measures shuffled batches of five columns of text by codec, relative to zlib. A column has 50 MB, so that the rows of a
    batch are in different blocks."""
    columns = passages(1_000 if options.small else 100_000, "abcde")
    size = sum(len(text.encode()) for column in columns.values() for text in column)
    epochs, sizes = {}, {}
    for codec in ("zlib", "zstd", "zstd:9", "lz4", "lz4:9", "plain"):
        path = folder / f"{codec.replace(':', '-')}.colonnade"
        dx.ingest(columns, path, codec=codec, progress=False)
        epochs[codec], sizes[codec] = dx.open(path).shuffle(seed=1).to_stream().batch(256), path.stat().st_size
    del columns

    def seconds(codec, epoch):
        """Returns the processor time of a row. For few rows, zlib needs as much of it as the others for many."""
        rows, start = 0, time.process_time()
        for number, batch in enumerate(epochs[codec].epoch(epoch)):
            rows += len(batch["a"])
            if number + 1 == (4 if codec == "zlib" else 100):
                break
        return (time.process_time() - start) / rows

    for codec in epochs:
        seconds(codec, 0)
    times = [{codec: seconds(codec, epoch) for codec in epochs} for epoch in range(1, options.repeats + 1)]
    for codec, bar in (("zstd", 20), ("zstd:9", 20), ("lz4", 40), ("lz4:9", 40), ("plain", 1)):
        details = f"{1 / times[-1][codec] / 1e3:.1f} k rows/s (zlib {1 / times[-1]['zlib'] / 1e3:.2f}), processor time; "
        details += f"{size / sizes[codec]:.2f} times smaller than the text (zlib {size / sizes['zlib']:.2f})"
        ratios = [each["zlib"] / each[codec] for each in times]
        report(f"five columns of text, shuffled, batch 256, {codec}", ratios, bar, "of zlib", details)


def main():
    scenarios = {
        "gather": gather, "calls": calls, "memory": memory, "images": images, "arrow": arrow, "ingest": ingest,
        "tokens": tokens, "compressed": compressed,
    }  # fmt: skip
    build = HERE.parents[1] / ".build"
    return run(__doc__, scenarios, limit=build / "limits/read_limit", swift=build / "release/ColonnadeBench")


if __name__ == "__main__":
    sys.exit(main())
