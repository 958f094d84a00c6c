# SPDX-License-Identifier: Apache-2.0
"""Tests of class names, from every source, and from several joined sources."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import colonnade as dx
import numpy as np
import pytest

NAMES = {"y": ["cat", "dog"]}


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


def ys(samples: Any) -> list[Any]:
    return [sample["y"].tolist() for sample in samples]


def arrow(values: list[Any]) -> Any:
    return pytest.importorskip("pyarrow").table({"y": values})


def hugging_face(values: list[Any]) -> Any:
    return pytest.importorskip("datasets").Dataset.from_dict({"y": values})


SOURCES: dict[str, Callable[[list[Any]], Any]] = {
    "samples": lambda values: [{"y": value} for value in values],
    "iterable": lambda values: ({"y": value} for value in values),
    "lists": lambda values: {"y": values},
    "arrays": lambda values: {"y": np.array(values)},
    "buffer": lambda values: dx.buffer_from_vector([{"y": value} for value in values]),
    "arrow": arrow,
    "hugging face": hugging_face,
    "streamed": lambda values: hugging_face(values).to_iterable_dataset(),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_labels_out_of_range_are_refused(kind: str, path: pathlib.Path) -> None:
    make = SOURCES[kind]
    for value in (2, 255, -2):
        with pytest.raises(ValueError, match=rf'column "y": {value} is out of range for 2 labels \(0\.\.<2'):
            dx.ingest(make([0, 1, value, 1]), path, labels=NAMES)
        assert not path.exists()
    buffer = dx.ingest(make([0, 1, -1, 1]), path, labels=NAMES)
    assert ys(buffer) == [0, 1, -1, 1] and buffer.schema["y"].meaning == ["cat", "dog"]


@pytest.mark.parametrize("kind", SOURCES)
def test_labels_are_for_integers(kind: str, path: pathlib.Path) -> None:
    for values in ([0.0, 1.0], [False, True], ["a", "b"]):
        if kind == "buffer" and type(values[0]) is not float:
            continue  # A buffer converts bools to integers, and accepts no text.
        with pytest.raises(ValueError, match="labels name integers"):
            dx.ingest(SOURCES[kind](values), path, labels=NAMES)
        assert not path.exists()


@pytest.mark.parametrize("kind", ["samples", "arrow", "hugging face"])
def test_labels_in_lists(kind: str, path: pathlib.Path) -> None:
    make = SOURCES[kind]
    with pytest.raises(ValueError, match='column "y": 2 is out of range for 2 labels'):
        dx.ingest(make([[0], [1, 1, 2]]), path, labels=NAMES, ragged="y" if kind == "samples" else ())
    buffer = dx.ingest(make([[0], [1, 1]]), path, labels=NAMES, ragged="y" if kind == "samples" else ())
    assert ys(buffer) == [[0], [1, 1]] and buffer.schema["y"].meaning == ["cat", "dog"]


def test_names_that_cannot_be(path: pathlib.Path) -> None:
    for names, message in (([], "empty"), (["a", "a"], '"a" twice')):
        with pytest.raises(ValueError, match=message):
            dx.ingest([{"y": 0}], path, labels={"y": names})


def test_data_with_other_names_comes_together_by_name(tmp_path: pathlib.Path) -> None:
    first = dx.ingest([{"y": 0}, {"y": 1}], tmp_path / "a.colonnade", labels=NAMES)
    second = dx.ingest([{"y": 0}, {"y": 1}, {"y": 2}], tmp_path / "b.colonnade", labels={"y": ["owl", "dog", "cat"]})
    bare = dx.buffer_from_vector([{"y": 7}])
    joins: list[Callable[..., Any]] = [
        first.append,
        lambda other, **how: first.to_stream().interleave(other.to_stream(), **how),
        lambda other, **how: first.to_stream().mix(other.to_stream(), seed=1, exhaustion="leave_out", **how),
    ]
    for join in joins:
        for other in (second, bare):
            with pytest.raises(ValueError, match='"y".* class names|class names of "y" differ'):
                join(other)
        assert join(first).schema["y"].meaning == ["cat", "dog"]
        by_name = join(second, labels="by_name")
        assert by_name.schema["y"].meaning == ["cat", "dog", "owl"]
        assert sorted(ys(by_name)) == [0, 0, 1, 1, 2]
        dropped = join(bare, labels="drop")
        assert dropped.schema["y"].meaning is None and sorted(ys(dropped)) == [0, 1, 7]
        with pytest.raises(ValueError, match='"by_name"'):
            join(second, labels="name")
    copy = dx.ingest(first.append(second, labels="by_name"), tmp_path / "c.colonnade")
    assert copy.schema["y"].meaning == ["cat", "dog", "owl"] and ys(copy) == [0, 1, 2, 1, 0]
