# SPDX-License-Identifier: Apache-2.0
"""Tests of the modules for engines. `tools/run-tests` runs them with the oldest and the newest versions of Ray and Daft."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("DAFT_PROGRESS_BAR", "0")
os.environ.setdefault("RAY_DEDUP_LOGS", "0")


@pytest.fixture(scope="session")
def ray() -> Iterator[object]:
    """Starts Ray once for all tests."""
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    options = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 80 << 20, "log_to_driver": False}
    for attempt in range(5):
        try:
            ray.init(**options, logging_level="ERROR")
            break
        except Exception:
            # Ray gives up after 30 seconds, which a machine with much other work may need.
            ray.shutdown()
            if attempt == 4:
                raise
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    yield ray
    ray.shutdown()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "train.colonnade"


@pytest.fixture
def no_orphans(path: Path) -> Callable[[int], None]:
    """Returns a function that removes garbage, and checks how many files of rows remain, and that they are intact."""

    def check(files: int) -> None:
        subprocess.run(["colonnade", "gc", path, "--older", "0s", "--delete"], check=True, capture_output=True)
        assert len(list((path / "data").iterdir())) == files
        assert list((path / "jobs").iterdir()) == []
        if files:
            subprocess.run(["colonnade", "verify", path], check=True, capture_output=True)

    return check
