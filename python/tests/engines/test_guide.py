# SPDX-License-Identifier: Apache-2.0
"""Runs the code of docs/engines.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import colonnade as dx
import pytest
from test_tutorial import ROOT, blocks

pytest.importorskip("ray.data")
pytest.importorskip("daft")


@pytest.mark.usefixtures("ray")
def test_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, block in enumerate(blocks((ROOT / "docs/engines.md").read_text(encoding="utf-8"))):
        exec(compile(block, f"engines.md, block {number}", "exec"), names)
    assert names["batch"]["image"].shape == (10, 8, 8) and names["batch"]["x"].tolist() == list(range(10))
    train = dx.open("train.colonnade")
    assert len(train) == 1000 and [sample["text"] for sample in train[:2]] == ["row 0", "row 1"]
    assert train["embedding"].shape == (1000, 4)
