# SPDX-License-Identifier: Apache-2.0
"""Many buffers one after another, chains of any length, and what resume says of other chains."""

from __future__ import annotations

import pickle

import colonnade as dx
import numpy as np
import pytest


@pytest.fixture
def paths(tmp_path):
    made = []
    for number in range(7):
        made.append(tmp_path / f"{number}.colonnade")
        rows = [{"x": 10 * number + i, "v": [i] * (1 + i % 3), "s": f"row {i}"} for i in range(number)]
        if rows:
            dx.ingest(rows, made[-1])
    return made[1:]


def test_files_are_opened_together(paths):
    buffer = dx.open(paths)
    expected = [10 * number + i for number in range(1, 7) for i in range(number)]
    assert len(buffer) == 21 and [int(s["x"]) for s in buffer] == expected
    assert buffer[-1]["s"] == "row 5"
    batches = list(buffer.shuffle(seed=1).batch(4).to_stream().prefetch(4, 2))
    assert sorted(int(x) for b in batches for x in b["x"]) == expected
    assert sorted(s for b in batches for s in b["s"]) == sorted(s["s"] for s in buffer)
    assert [len(dx.open(tuple(map(str, paths[:1])))), len(dx.open(paths[0]))] == [1, 1]
    again = pickle.loads(pickle.dumps(buffer))
    assert [int(s["x"]) for s in again] == expected
    one = dx.open(paths[0])
    for path in paths[1:]:
        one = one.append(dx.open(path))
    assert [int(s["x"]) for s in one.shuffle(seed=1)] == [int(s["x"]) for s in buffer.shuffle(seed=1)]
    with pytest.raises(ValueError, match="at least one"):
        dx.open([])
    with pytest.raises(FileNotFoundError):
        dx.open([paths[0], "missing.colonnade"])


def test_concat_takes_any_buffers():
    parts = [dx.buffer_from_vector([{"x": np.int64(i)}]) for i in range(5)]
    assert [int(s["x"]) for s in dx.concat(iter(parts))] == [0, 1, 2, 3, 4]
    assert dx.concat(parts[:1])[0]["x"] == 0
    with pytest.raises(ValueError, match="at least one"):
        dx.concat([])
    with pytest.raises(TypeError, match="a Buffer is needed, not int"):
        dx.concat([parts[0], 3])
    with pytest.raises(ValueError, match="do not go together"):
        dx.concat([parts[0], dx.buffer_from_vector([{"y": 0}])])


def test_long_chains_do_not_crash():
    one = dx.buffer_from_vector([{"x": 0}])
    chain = one
    for _ in range(3000):
        chain = chain.append(one)
    assert len(chain) == 3001 and int(chain[3000]["x"]) == 0
    assert chain.shuffle(seed=1).batch(3001)[0]["x"].sum() == 0
    assert len(chain.explain()) < 1000
    del chain
    chain = dx.buffer_from_vector([{"x": i} for i in range(5)])
    for seed in range(2000):
        chain = chain.shuffle(seed=seed).take(5)
    assert sorted(int(s["x"]) for s in chain) == [0, 1, 2, 3, 4]
    stream = one.to_stream()
    with pytest.raises(ValueError, match=r"more than 64 cannot be: keep one of them in memory .*concretize"):
        for _ in range(100_000):
            stream = stream.filter(lambda s: True)
    assert len(list(stream)) == 1


def test_resume_says_which_step_differs():
    samples = dx.buffer_from_vector([{"x": i} for i in range(20)])
    stream = samples.shuffle(seed=1).to_stream().filter(lambda s: True)
    next(stream)
    with pytest.raises(ValueError, match="saved with filter, which is missing here"):
        samples.shuffle(seed=1).to_stream().resume(stream.state())
    with pytest.raises(ValueError, match="shuffle has other arguments here"):
        samples.shuffle(seed=2).to_stream().filter(lambda s: True).resume(stream.state())
    plain = samples.to_stream()
    next(plain)
    with pytest.raises(ValueError, match="filter was added since it was saved"):
        samples.to_stream().filter(lambda s: True).resume(plain.state())
