# SPDX-License-Identifier: Apache-2.0
"""Runs the code of docs/cookbook.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from test_tutorial import blocks

COOKBOOK = Path(__file__).resolve().parents[2] / "docs/cookbook.md"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Runs the page, and returns its variables."""
    for package in ("pandas", "PIL", "pyarrow"):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    code = blocks(COOKBOOK.read_text(encoding="utf-8"))
    assert len(code) > 8
    for number, block in enumerate(code):
        exec(compile(block, f"cookbook, block {number}", "exec"), names)
    return names


def test_cookbook(run: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    def files(samples: Any) -> list[tuple[int, str]]:
        return [(int(sample["label"]), sample["file"]) for sample in samples]

    def count(samples: Any) -> list[int]:
        return np.bincount([label for label, _ in files(samples)]).tolist()  # type: ignore[no-any-return]

    pets, everything = run["pets"], set(files(run["pets"]))
    assert pets.schema["image"].shape == (32, 32, 3) and pets.schema["label"].meaning == ["cat", "dog", "owl"]
    assert count(pets) == [60, 30, 10] and len(everything) == 100

    # Training and validation data never share a sample, in any epoch.
    held = set(files(run["validation"]))
    assert len(held) == 20
    for epoch in range(3):
        batches = list(run["stream"].epoch(epoch))
        seen = {(label, name) for batch in batches for label, name in zip(batch["label"].tolist(), batch["file"])}
        assert len(seen) == 80 and seen.isdisjoint(held) and seen | held == everything
    assert count(run["stratified"]) == [48, 24, 8] and count(run["held_out"]) == [12, 6, 2]
    assert set(files(run["stratified"])) | set(files(run["held_out"])) == everything
    assert len(run["rest"]) == 80 and set(files(run["rest"])) | set(files(run["folds"][0])) == everything

    assert run["counts"].sum() == 300 and min(run["counts"]) > 60
    assert count(run["even"]) == [10, 10, 10]

    animals = run["animals"]
    assert animals.schema["label"].meaning == ["cat", "dog", "owl", "robin"]
    assert files(animals)[-5:] == [(2, "a"), (3, "b"), (3, "c"), (2, "d"), (3, "e")]

    assert len(run["twice"]) == 200
    assert run["months"].dtypes == {"id": "int64", "score": "float64"}
    assert [(int(s["id"]), float(s["score"])) for s in run["months"]] == [(0, 7), (1, 8), (2, 9), (2**40, 0.5)]
    for notes in (run["comma"], run["tab"]):
        assert [(int(s["id"]), s["note"]) for s in notes] == [(1, 'says "hello", twice')]

    kept = run["kept"]
    assert kept.keys() == ["image", "label", "file", "score", "brightness"]
    assert kept.schema["label"].meaning == ["cat", "dog", "owl"] and kept.dtypes["brightness"] == "float32"
    assert [float(s["score"]) for s in kept] == np.linspace(0, 1, 100).tolist()
    assert [float(s["brightness"]) for s in kept] == [float(np.float32(s["image"].mean())) for s in pets]

    people = run["people"]
    assert [s["city"] for s in people] == ["Oslo", "", "Lima"] and [int(s["age"]) for s in people] == [31, -1, 54]
    assert [bool(s["age.valid"]) for s in people] == [True, False, True]
    assert [str(day) for day in run["days"]] == ["2024-02-29", "2025-01-01", "2025-06-30"]
    # A Thursday, a Wednesday and a Monday; weeks begin on Monday.
    assert [int(s["seen"]) for s in run["weekday"]] == [3, 2, 0]

    assert sorted(s["text"].tobytes() for s in run["notes"]) == [b"a dog", b"three cats"]

    assert run["answers"].schema["pet"].meaning == ["cat", "owl"]
    assert [int(s["pet"]) for s in run["answers"]] == [0, -1, 1]
    reds = [[int(x) for batch in run["augmented"].epoch(n) for x in batch["image"][:, 0, 0, 0]] for n in (0, 0, 1)]
    assert reds[0] == reds[1] != reds[2]
    originals = [int(s["image"][0, 0, 0]) for s in pets]
    assert all(red <= original <= 2 * red + 2 for red, original in zip(reds[0], originals))

    # Ranks share one order, and have equal numbers of batches.
    parts = [{pair for batch in rank for pair in zip(batch["label"].tolist(), batch["file"])} for rank in run["ranks"]]
    assert [len(part) for part in parts] == [24] * 4 and len(set().union(*parts)) == 96
    assert "before a row of it is read" in run["careful"].explain()
    assert [float(s["score"]) for s in dx.open("scores.colonnade").skip(100)] == [0.25, 0.75]
