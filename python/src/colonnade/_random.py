# SPDX-License-Identifier: Apache-2.0
"""Seeds: given by the caller, or drawn."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import Error

__all__ = ["IDENTITY", "Drawing", "SampleDrawing", "draw_seed", "identity", "set_state"]

_BITS = 63

# The seeds come from the operating system until `set_state` is called, so that two runs differ by default.
_source: random.Random = random.SystemRandom()


def set_state(seed: int = 1234) -> None:
    """Makes later seeds repeatable: those that calls without `seed` draw, such as `shuffle()`.

    >>> import colonnade as dx
    >>> numbers = dx.buffer_from_vector([{"x": i} for i in range(5)])
    >>> def order():
    ...     dx.core.set_state(7)
    ...     return [int(sample["x"]) for sample in numbers.shuffle()]
    >>> order() == order()
    True

    Before the first call, seeds come from the operating system, and differ from run to run.
    """
    global _source
    _source = random.Random(operator.index(seed))


def draw_seed(seed: int | None) -> int:
    """Returns `seed`, or draws one for None."""
    if seed is None:
        return _source.getrandbits(_BITS)
    number = operator.index(seed)
    if not 0 <= number < 1 << 64:
        raise Error(f"a seed is a number from 0 to 2**64 - 1, not {number}")
    return number


class Drawing:
    """A function with a generator as its second argument, which depends on seed, epoch and row.

    >>> draw = Drawing(lambda x, rng: x + int(rng.integers(100)), seed=1)
    >>> draw(0, 2, 5) == draw(0, 2, 5) != draw(0, 3, 5)
    True
    """

    def __init__(self, function: Callable[[Any, np.random.Generator], Any], seed: int) -> None:
        self.function = function
        self.seed = seed

    def __call__(self, value: Any, epoch: int, row: int) -> Any:
        # The row is in the counter's upper half: each has 2**128 numbers before those of the next.
        bits = np.random.Philox(key=[self.seed, epoch], counter=[0, 0, row, 0])
        return self.function(value, np.random.Generator(bits))


#: The key under which samples have their epoch and row, on the way to a function that draws.
IDENTITY = "colonnade.identity"


def identity(value: Any, epoch: int, row: int) -> NDArray[np.uint64]:
    """Returns the epoch and the row of a sample as an array."""
    return np.array([epoch, row], np.uint64)


class SampleDrawing:
    """A function of samples with a generator as its second argument. The samples have their epoch and row.

    >>> draw = SampleDrawing(lambda sample, rng: {"x": sample["x"] + int(rng.integers(100))}, seed=1)
    >>> draw({"x": 0, IDENTITY: identity(0, 2, 5)}) == draw({"x": 0, IDENTITY: identity(0, 2, 5)})
    True
    """

    def __init__(self, function: Callable[[Any, np.random.Generator], Any], seed: int) -> None:
        self.function = function
        self._drawing = Drawing(function, seed)

    def __call__(self, sample: dict[str, Any]) -> Any:
        sample = dict(sample)
        epoch, row = sample.pop(IDENTITY).tolist()
        return self._drawing(sample, epoch, row)
