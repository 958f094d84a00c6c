# SPDX-License-Identifier: Apache-2.0
"""Tests of compressed columns, by each way into a file and out of it."""

from __future__ import annotations

import pathlib
from typing import Any

import colonnade as dx
import numpy as np
import pytest

COUNT = 300
TEXTS = [f"row {row}: the rows of a column lie in blocks, block {row // 7}" * (row % 4) for row in range(COUNT)]
TOKENS = [np.arange(row % 50, dtype=np.int32) for row in range(COUNT)]
IMAGES = np.arange(COUNT, dtype=np.uint8)[:, None, None] // 3 * np.ones((1, 8, 8), np.uint8)
CODECS = ["zstd", "zstd:1", "zstd:19", "lz4", "lz4:9", "zlib:9"]


def samples() -> list[dict[str, Any]]:
    return [{"text": t, "tokens": k, "image": i, "label": n} for n, (t, k, i) in enumerate(zip(TEXTS, TOKENS, IMAGES))]


def check(buffer: dx.Buffer, count: int = COUNT) -> None:
    """Expects the rows of `samples`, one by one, as shuffled batches and as columns."""
    assert len(buffer) == count
    for row in (0, 1, 150, COUNT - 1):
        sample = buffer[row]
        assert sample["text"] == TEXTS[row]
        np.testing.assert_array_equal(sample["tokens"], TOKENS[row])
        np.testing.assert_array_equal(sample["image"], IMAGES[row])
    order = buffer.shuffle(seed=3)
    for batch, several in zip(order.batch(32), order.to_stream().batch(32).prefetch(4, 1)):
        for key in ("tokens", "image", "label"):
            np.testing.assert_array_equal(batch[key], several[key])
        rows = [int(row) % COUNT for row in batch["label"]]
        assert [str(text) for text in batch["text"]] == [TEXTS[row] for row in rows]
        np.testing.assert_array_equal(batch["image"], IMAGES[rows])
        for tokens, row in zip(batch["tokens"], rows):
            np.testing.assert_array_equal(tokens, np.pad(TOKENS[row], (0, len(tokens) - len(TOKENS[row]))))
    np.testing.assert_array_equal(buffer["label"][:COUNT], np.arange(COUNT))
    assert list(buffer[:COUNT]["text"]) == TEXTS


@pytest.mark.parametrize("codec", CODECS)
def test_each_way_into_a_file(tmp_path: pathlib.Path, codec: str) -> None:
    path = tmp_path / "a.colonnade"
    check(dx.ingest(samples(), path, codec=codec))
    check(
        dx.ingest(
            {"text": TEXTS, "tokens": TOKENS, "image": IMAGES, "label": np.arange(COUNT)},
            path,
            overwrite=True,
            codec=codec,
        )
    )
    with dx.Writer(path, overwrite=True, codec=codec) as writer:
        for sample in samples():
            writer.append(sample)
    with dx.Writer(path, append=True) as writer:
        for sample in samples():
            writer.append(sample)
    check(dx.open(path), 2 * COUNT)
    assert dx.verify(path) == []
    folder = dx.pack(path, tmp_path / "folder/")
    check(folder, 2 * COUNT)
    check(dx.pack(tmp_path / "folder", tmp_path / "again.colonnade"), 2 * COUNT)


def test_arrow_and_text_files(tmp_path: pathlib.Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"text": TEXTS, "number": list(range(COUNT))})
    buffer = dx.ingest(table, tmp_path / "a.colonnade", codec="zstd")
    assert [sample["text"] for sample in buffer] == TEXTS
    assert buffer.to_arrow()["text"].to_pylist() == TEXTS
    lines = tmp_path / "a.csv"
    lines.write_text("text,number\n" + "".join(f'"{text}",{row}\n' for row, text in enumerate(TEXTS)), encoding="utf-8")
    buffer = dx.ingest(lines, tmp_path / "b.colonnade", codec={"text": "lz4:9", "*": "zstd"})
    assert [sample["text"] for sample in buffer] == TEXTS
    assert [int(sample["number"]) for sample in buffer] == list(range(COUNT))


def test_levels_and_added_columns(tmp_path: pathlib.Path) -> None:
    sizes = {}
    for codec in ("plain", "zstd:1", "zstd:19", "lz4:1", "lz4:12"):
        path = tmp_path / "x.colonnade"
        dx.ingest({"text": TEXTS}, path, overwrite=True, codec=codec)
        sizes[codec] = path.stat().st_size
    assert sizes["zstd:19"] < sizes["zstd:1"] < sizes["lz4:12"] < sizes["lz4:1"] < sizes["plain"]
    folder = tmp_path / "d"
    dx.ingest({"label": np.arange(COUNT), "image": IMAGES, "tokens": TOKENS}, f"{folder}/")
    dx.add_columns(folder, {"text": TEXTS}, codec="zstd:9")
    check(dx.open(folder))
    assert dx.verify(folder) == []


def test_damaged_blocks_are_errors(tmp_path: pathlib.Path) -> None:
    folder = pathlib.Path(__file__).parents[2] / "formats/invalid"
    names = [path for rule in ("r26", "r28", "r37", "r38") for path in folder.glob(f"{rule}-*.colonnade")]
    assert len(names) > 30
    for path in names:
        copy = tmp_path / path.name  # the folder may be read-only
        copy.write_bytes(path.read_bytes())
        try:
            damage = dx.verify(copy)
        except dx.Error as error:
            damage = [str(error)]
        assert damage, path.name
        if path.name.startswith(("r26", "r28", "r37")):
            with pytest.raises(dx.Error):
                list(dx.open(copy).to_stream().batch(4))
                list(dx.open(copy))


def test_codecs_that_do_not_exist(tmp_path: pathlib.Path) -> None:
    for codec, message in [
        ("zstd:0", 'codec "zstd" has levels 1 to 22, but column "\\*" has "zstd:0"'),
        ("zstd:23", "levels 1 to 22"),
        ("lz4:13", "levels 1 to 12"),
        ("zlib:10", "levels 1 to 9"),
        ("zlib:", "levels 1 to 9"),
        ("lz4: 3", "levels 1 to 12"),
        ("plain:1", 'codec "plain" has no levels'),
        ({"x": "snappy"}, 'perhaps with a level as in "zstd:9", but column "x" has \'snappy\''),
    ]:
        with pytest.raises(dx.Error, match=message):
            dx.ingest([{"x": 1}], tmp_path / "x.colonnade", codec=codec)
    assert not list(tmp_path.iterdir())
