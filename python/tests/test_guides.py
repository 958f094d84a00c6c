# SPDX-License-Identifier: Apache-2.0
"""Runs the code of the guides docs/images.md, docs/speech.md and docs/language-models.md."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from test_tutorial import ROOT, blocks

FIXTURES = ROOT / "Tests/Fixtures"


def run(page: str, replaced: str = "") -> dict[str, Any]:
    """Runs a page in the current folder, which takes the place of the folder `replaced`. Returns its variables."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert replaced in text
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks(text.replace(replaced, ".") if replaced else text)):
        exec(compile(block, f"{page}, block {number}", "exec"), names)
    return names


def test_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("PIL")
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # waiting threads of PyTorch take the cores from other tests
    # The names of the files are those of Debian's package.
    shutil.copy(FIXTURES / "fashion-1k/train-images-idx3-ubyte.gz", tmp_path)
    labels = (FIXTURES / "fashion-1k/train-labels-idx1-ubyte").read_bytes()
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels, 1))
    try:
        names = run("images.md", "/usr/share/datasets/fashion-mnist")
    finally:
        torch.set_num_threads(threads)
    output = capsys.readouterr().out

    pictures = names["pictures"]
    assert len(pictures) == 1000 and pictures.schema["label"].meaning == sorted(names["names"])
    assert "entry points" in output and "\n[]\n" in output  # the result of verify
    assert [path.name for path in sorted(tmp_path.glob("fashion/*/*"), key=lambda path: path.name)] == [
        f"{number:04}.jpg" for number in range(1000)
    ]
    # Each picture is in one of the two sets.
    training, validation = (
        {sample["image"].tobytes() for sample in names[name]} for name in ("training", "validation")
    )
    assert len(names["training"]) == 800 and len(names["validation"]) == 200
    assert training.isdisjoint(validation)
    assert training | validation == {path.read_bytes() for path in tmp_path.glob("fashion/*/*")}
    # A picture is the same whenever an epoch is read, and another one in the next epoch.
    train = names["train"]
    first = [next(train.epoch(epoch))["image"] for epoch in (0, 0, 1)]
    assert (first[0] == first[1]).all() and (first[0] != first[2]).any()
    assert first[0].shape == (50, 3, 28, 28) and abs(first[0]).max() <= 1
    # A guess is right in 10 of 100 rows.
    assert names["accuracy"](names["test"]) > 0.6
    assert np.allclose(names["batch"]["label"].sum(axis=1), 1, atol=1e-6)
    views = next(names["views"])
    assert views["first"].shape == views["second"].shape and (views["first"] != views["second"]).any()


def test_speech(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = run("speech.md")
    speech, stored = names["speech"], names["stored"]
    info = ["audio.frames", "audio.channels", "audio.sample_rate"]
    assert len(speech) == 40 and list(speech.schema) == ["audio", *info, "text", "speaker", "file"]
    frames = [int(sample["frames"]) for sample in stored]
    assert frames == [len(sample["features"]) for sample in stored]
    # A frame in each 200 samples of 16,000 a second, which are twice those of the file.
    sizes = [(len(bytes(sample["audio"])) - 44) // 2 * 2 for sample in speech]
    assert frames == [size // 200 + 1 for size in sizes]
    assert [2 * n for n in speech["audio.frames"].tolist()] == sizes
    assert [len(sample["audio"]) for sample in names["longest"]] == sorted(sizes)[:-4:-1]
    assert len(names["short"]) == sum(size < 16_000 for size in sizes)
    waves = list(names["waves"])
    assert sum(len(batch["text"]) for batch in waves) == 40
    assert all(batch["audio"].shape[1] == batch["audio.frames"].max() for batch in waves)
    assert all(batch["audio"].size <= 100_000 for batch in waves)
    segments = next(names["segments"])["audio"]
    assert segments.shape == (8, 8000, 1) and 0.2 < abs(segments).max() < 0.25

    # Each utterance is in one batch, and no batch has more elements than it may.
    batches = list(names["buckets"])
    assert sorted(int(n) for batch in batches for n in batch["frames"]) == sorted(frames)
    assert all(batch["features"].size <= 40 * 800 for batch in batches) and len(batches) > 3
    assert all((batch["features"].shape[1] == batch["frames"].max()) for batch in batches)
    assert names["mask"].sum() == names["batch"]["frames"].sum()
    epochs = [[sample["features"] for sample in names["epochs"].epoch(n)] for n in (0, 0, 1)]
    assert all((a == b).all() for a, b in zip(epochs[0], epochs[1]))
    assert any((a != b).any() for a, b in zip(epochs[0], epochs[2]))


def test_language_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(FIXTURES / "sentencepiece/bpe.model", tmp_path)
    names = run("language-models.md")
    assert capsys.readouterr().out.endswith("True\nTrue\nTrue\n")
    stored = names["stored"]
    assert stored.dtypes["ids"] == "uint16" and stored.metadata["tokenizer"] == "bpe.model, 700 pieces"
    assert len(stored) == len(names["texts"]) > 150
    assert names["as_uint16"](np.array([0, 65_535])).tolist() == [0, 65_535]
    with pytest.raises(ValueError, match="the id 65536 does not fit into uint16"):
        names["as_uint16"](np.array([1, 65_536, 2]))
    tokenizer = dx.core.BPETokenizer(names["symbols"], names["merges"])
    for sample, text in zip(stored, names["texts"], strict=True):
        assert sample["ids"].tolist() == [*tokenizer.tokenize("▁" + "▁".join(text["text"].split())), 2]

    # Each piece of a row counts its positions from 0, and the pieces of an epoch are those of all texts.
    shuffled = dx.open("tokens.colonnade").shuffle(seed=1)
    rows = list(shuffled.to_stream().pack("ids", 256, window=16))
    pieces = []
    for row in rows:
        segments = row["segment_ids"]
        assert (segments[np.flatnonzero(segments).size :] == 0).all()
        for segment in range(1, segments.max() + 1):
            places = np.flatnonzero(segments == segment)
            assert (np.diff(places) == 1).all() and (row["positions"][places] == range(len(places))).all()
            pieces.append(row["ids"][places].tobytes())
    expected = [sample["ids"][start : start + 256] for sample in stored for start in range(0, len(sample["ids"]), 256)]
    assert sorted(pieces) == sorted(piece.tobytes() for piece in expected)
    assert len(pieces) > 2 * len(rows)  # most rows have several texts
    # A row has texts that are close in the order of the epoch: the window has 16 of them.
    index: dict[bytes, int] = {}
    for number, sample in enumerate(shuffled):
        index.setdefault(sample["ids"].tobytes(), number)
    order = [index[piece] for piece in pieces if piece in index]
    assert np.median(np.abs(np.diff(order))) < 16

    batches = list(names["batches"]())
    assert len(batches) == len(rows) // 8
    for key in ("ids", "segment_ids", "positions"):
        expected_rows = [row[key] for row in rows[: 8 * len(batches)]]
        assert (np.concatenate([batch[key] for batch in batches]) == expected_rows).all()
