# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import colonnade as dx
import pytest

# For mypy: it is looked at, and not run.
collect_ignore = ["typed"]


def values(samples: Any, key: str = "x") -> list[Any]:
    """That key of all of them, as Python has it."""
    return [sample[key].tolist() for sample in samples]


def numbers(count: int) -> dx.Buffer:
    return dx.buffer_from_vector([{"x": i} for i in range(count)])


@pytest.fixture
def ten() -> dx.Buffer:
    return numbers(10)


@pytest.fixture
def quick_collections() -> Iterator[None]:
    """The garbage collector leaves alone what is there already, such as large libraries."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
