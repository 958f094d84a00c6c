# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pathlib
import pickle

import colonnade as dx
import pytest


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    dx.ingest(({"x": x, "y": [x] * 3} for x in range(100)), tmp_path / "data.colonnade")
    return tmp_path / "data.colonnade"


def test_a_source(path: pathlib.Path) -> None:
    source = dx.grain.Source(path)
    assert len(source) == 100 and source[7]["y"].tolist() == [7, 7, 7] and int(source[-1]["x"]) == 99
    assert repr(source) == repr(dx.grain.Source(str(path))) == f"Source({str(path)!r}, size=100)"
    again = pickle.loads(pickle.dumps(source))
    assert repr(again) == repr(source) and int(again[3]["x"]) == 3
    assert len(dx.grain.Source(dx.open(path).take(5))) == 5
    with pytest.raises(IndexError):
        source[100]


def test_in_grain(path: pathlib.Path) -> None:
    grain = pytest.importorskip("grain")
    data = grain.MapDataset.source(dx.grain.Source(path)).shuffle(seed=1).batch(10)
    assert sorted(int(x) for batch in data for x in batch["x"]) == list(range(100))
    old = pytest.importorskip("grain.python")
    loader = old.DataLoader(
        data_source=dx.grain.Source(path), sampler=old.SequentialSampler(100, old.NoSharding()), worker_count=0
    )
    assert [int(sample["x"]) for sample in loader] == list(range(100))
