# SPDX-License-Identifier: Apache-2.0
"""Tests of many joined buffers, chains of any length, and errors of resume for other chains."""

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


def test_an_error_names_the_files_that_do_not_go_together(tmp_path):
    def file(name, row, **options):
        dx.ingest([row], tmp_path / name, **options)
        return tmp_path / name

    first = [file(f"{i}.colonnade", {"x": i, "y": "a"} if i % 2 else {"y": "a", "x": i}) for i in range(20)]
    assert [int(sample["x"]) for sample in dx.open(first)] == list(range(20))
    others = {
        "narrow": (
            {"x": 1, "y": "a"},
            {"schema": {"x": "int8", "y": "string"}},
            r'"x" is int64\[\] in .* and int8\[\] in ',
        ),
        "float": ({"x": 1.5, "y": "a"}, {}, r'"x" is int64\[\] in .* and float64\[\] in '),
        "more": ({"x": 1, "y": "a", "z": 1}, {}, r'\["x", "y", "z"\] of '),
        "named": ({"x": 0, "y": "a"}, {"labels": {"x": ["a"]}}, '"x" has class names in'),
    }
    for name, (row, options, reason) in others.items():
        other = file(f"{name}.colonnade", row, **options)
        paths = [*first[:7], other, *first[7:]]
        buffers = [dx.open(path) for path in paths]
        ways = [
            lambda paths=paths: dx.open(paths),
            lambda buffers=buffers: dx.concat(buffers),
            lambda buffers=buffers: buffers[0].to_stream().interleave(*(b.to_stream() for b in buffers[1:])),
            lambda buffers=buffers: dx.ingest(dx.concat(buffers), tmp_path / "all.colonnade"),
        ]
        for way in ways:
            with pytest.raises(ValueError, match=reason) as found:
                way()
            assert "source 0 (" in str(found.value) and "source 7 (" in str(found.value)
            assert str(first[0]) in str(found.value) and str(other) in str(found.value)
    same = [file("named ab.colonnade", {"x": 0}, labels={"x": ["a", "b"]})]
    same.append(file("named ba.colonnade", {"x": 0}, labels={"x": ["b", "a"]}))
    with pytest.raises(ValueError, match='0 is "a" in source 0 .*named ab.* and "b" in source 1 .*named ba'):
        dx.open(same)
    assert [int(sample["x"]) for sample in dx.open(same, labels="by_name")] == [0, 1]
    assert [int(sample["x"]) for sample in dx.open(same, labels="drop")] == [0, 0]


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
    with pytest.raises(ValueError, match=r"at most 64 can be: keep one of them in memory .*concretize"):
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
