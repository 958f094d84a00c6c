# SPDX-License-Identifier: Apache-2.0
"""Tests that the programs of Examples/Python learn: they classify rows that they were not trained on."""

from __future__ import annotations

import runpy
from pathlib import Path

import colonnade as dx
import fashion
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "Examples/Python"
MODULES = {"train_torch.py": "torch", "train_jax.py": "jax", "train_mlx.py": "mlx.core"}


@pytest.fixture(scope="module")
def thousand_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("examples") / "fashion.colonnade"
    sources = [fashion.FIXTURE / "train-images-idx3-ubyte.gz", fashion.FIXTURE / "train-labels-idx1-ubyte"]
    dx.ingest(sources, path, columns=["image", "label"])
    return path


def test_every_example_is_run() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_example_learns(name: str, thousand_rows: Path) -> None:
    pytest.importorskip(MODULES[name])
    example = runpy.run_path(str(EXAMPLES / name))
    assert example["train"](thousand_rows, epochs=3) > 0.6


@pytest.mark.parametrize("name", MODULES)
def test_held_out_rows_are_never_learnt(name: str, thousand_rows: Path) -> None:
    pytest.importorskip(MODULES[name])
    training, test = runpy.run_path(str(EXAMPLES / name))["open_streams"](thousand_rows)

    def images(stream: dx.Stream) -> set[bytes]:
        return {image.tobytes() for batch in stream for image in batch["image"]}

    held_out = images(test)
    assert len(held_out) == 200
    for epoch in range(2):
        learnt = images(training.epoch(epoch))
        assert len(learnt) == 800 and not learnt & held_out
