# SPDX-License-Identifier: Apache-2.0
"""Runs the code of the guides docs/images.md, docs/speech.md and docs/language-models.md."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from test_tutorial import ROOT, blocks

FIXTURES = ROOT / "Tests/Fixtures"


def run(page: str, *files: str) -> dict[str, Any]:
    """Runs a page in the current folder, to which `files` are copied, and returns its variables."""
    for name in files:
        shutil.copy(FIXTURES / name, Path(name).name)
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks((ROOT / "docs" / page).read_text(encoding="utf-8"))):
        exec(compile(block, f"{page}, block {number}", "exec"), names)
    return names


def test_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("PIL")
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # waiting threads of PyTorch take the cores from other tests
    try:
        names = run("images.md", "fashion-1k/train-images-idx3-ubyte.gz", "fashion-1k/train-labels-idx1-ubyte")
    finally:
        torch.set_num_threads(threads)
    output = capsys.readouterr().out

    pictures = names["pictures"]
    assert len(pictures) == 1000 and pictures.schema["label"].meaning == sorted(names["names"])
    assert "entry points" in output
    # Each row is in one of the two sets, and a picture changes from epoch to epoch alone.
    assert len(names["training"]) == 800 and len(names["validation"]) == 200
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
    assert len(speech) == 40 and list(speech.schema) == ["audio", "text", "speaker", "file"]
    frames = [int(sample["frames"]) for sample in stored]
    assert frames == [len(sample["features"]) for sample in stored]
    # A frame in each 200 samples of 16,000 a second, which are twice those of the file.
    sizes = [(len(bytes(sample["audio"])) - 44) // 2 * 2 for sample in speech]
    assert frames == [size // 200 + 1 for size in sizes]
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
    names = run("language-models.md", "sentencepiece/bpe.model")
    assert capsys.readouterr().out.endswith("True\nTrue\nTrue\n")
    stored = names["stored"]
    assert (
        len(stored) == 24
        and stored.dtypes["ids"] == "uint16"
        and stored.metadata["tokenizer"] == "bpe.model, 700 pieces"
    )
    tokenizer = dx.core.BPETokenizer(names["symbols"], names["merges"])
    for sample, text in zip(stored, names["texts"]):
        assert sample["ids"].tolist() == [*tokenizer.tokenize("▁" + "▁".join(text["text"].split())), 2]

    # All tokens come once in an epoch, and the segments of a row have the texts in order.
    rows = list(names["dx"].open("tokens.colonnade").shuffle(seed=1).to_stream().pack("ids", 256, window=16))
    kept = [row["ids"][row["segment_ids"] > 0] for row in rows]
    assert sorted(np.concatenate(kept)) == sorted(np.concatenate([sample["ids"] for sample in stored]))
    batches = list(names["batches"]())
    assert (
        np.concatenate([batch["ids"] for batch in batches]) == [row["ids"] for row in rows[: 8 * len(batches)]]
    ).all()
