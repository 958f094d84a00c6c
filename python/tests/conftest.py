# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import colonnade as dx
import pytest

# A file for mypy, which checks it without running it.
collect_ignore = ["typed"]

#: The files whose tests take longest.
LONGEST = ["test_tutorial", "test_types", "test_torch", "test_lifetimes"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest tests first, so that no process waits for one at the end while others have nothing to do."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


def values(samples: Any, key: str = "x") -> list[Any]:
    """Returns the values of a key of all samples, as Python values."""
    return [sample[key].tolist() for sample in samples]


def numbers(count: int) -> dx.Buffer:
    return dx.buffer_from_vector([{"x": i} for i in range(count)])


@pytest.fixture
def ten() -> dx.Buffer:
    return numbers(10)


@pytest.fixture
def quick_collections() -> Iterator[None]:
    """Makes the garbage collector ignore existing objects, such as those of large libraries."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
