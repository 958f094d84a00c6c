# SPDX-License-Identifier: Apache-2.0
"""Operations of buffers and streams that change shapes: parts, padding, dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from . import _arguments as check
from ._errors import Error
from ._operations import Pipelined
from ._random import draw_seed

__all__ = ["Shapes"]


def _paired(**lists: list[int]) -> None:
    if len({len(numbers) for numbers in lists.values()}) > 1:
        names = ", ".join(f"{len(numbers)} {name}" for name, numbers in lists.items())
        raise Error(f"all of these need the same number of values, not {names}")


class Shapes(Pipelined):
    """Operations that change shapes."""

    __slots__ = ()

    def shape(self, key: str, output_key: str, dim: int | None = None) -> Self:
        """Stores the shape of `key` under `output_key` as int64: all sizes, or with `dim` the size of one dimension as
        a scalar.

        >>> import colonnade as dx
        >>> import numpy as np
        >>> samples = dx.buffer_from_vector([{"x": np.zeros((2, 3))}])
        >>> samples.shape("x", "s")[0]["s"].tolist(), int(samples.shape("x", "n", 1)[0]["n"])
        ([2, 3], 3)
        """
        return self._apply(
            "shape",
            key=check.key_name(key),
            output=check.key_name(output_key, "output_key"),
            dimension=None if dim is None else check.integer(dim, "dim"),
        )

    def reshape(self, key: str, shape: Sequence[int], output_key: str = "") -> Self:
        """Gives the elements of `key` another shape. One dimension may be -1: the others determine it.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": [1, 2, 3, 4]}]).reshape("x", (2, -1))[0]["x"].tolist()
        [[1, 2], [3, 4]]
        """
        return self._apply(
            "reshape", key=check.key_name(key), shape=check.integers(shape, "shape"), output=output_key or None
        )

    def squeeze(self, key: str, dim: int | Sequence[int] | None = None, output_key: str = "") -> Self:
        """Removes dimensions of size 1 from `key`: all of them, or those in `dim`, which must have that size.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": [[[1, 2]]]}]).squeeze("x")[0]["x"].tolist()
        [1, 2]
        """
        dimensions = [] if dim is None else check.integers(dim, "dim")
        return self._apply("squeeze", key=check.key_name(key), dimensions=dimensions or None, output=output_key or None)

    def slice(
        self,
        ikey: str,
        dims: int | Sequence[int],
        starts: int | Sequence[int],
        ends: int | Sequence[int],
        output_key: str = "",
    ) -> Self:
        """Keeps a part of `ikey`: in each of `dims`, the elements from its start up to before its end.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [[1, 2, 3], [4, 5, 6]]}])
        >>> samples.slice("x", [0, 1], [1, 0], [2, 2])[0]["x"].tolist()
        [[4, 5]]

        An end after the last element means the last element. A start that is negative or after its end is an error.
        """
        lists = {
            "dims": check.integers(dims, "dims"),
            "starts": check.integers(starts, "starts"),
            "ends": check.integers(ends, "ends"),
        }
        _paired(**lists)
        return self._apply(
            "slice",
            key=check.key_name(ikey, "ikey"),
            dimensions=lists["dims"],
            starts=lists["starts"],
            ends=lists["ends"],
            output=output_key or None,
        )

    def random_slice(
        self,
        ikey: str,
        dims: int | Sequence[int],
        sizes: int | Sequence[int],
        output_key: str = "",
        *,
        seed: int | None = None,
    ) -> Self:
        """Keeps a part of `ikey` at a random offset: `sizes` elements in each of `dims`, or all where the dimension is
        shorter.

        >>> import colonnade as dx
        >>> part = dx.buffer_from_vector([{"x": list(range(100))}]).random_slice("x", 0, 3)[0]["x"]
        >>> (part - part[0]).tolist()
        [0, 1, 2]

        The offset depends on seed, epoch and row alone. It differs from epoch to epoch of a stream, and is the same for
        any number of threads. Without `seed`, a seed is drawn as for `shuffle`.
        """
        lists = {"dims": check.integers(dims, "dims"), "sizes": check.integers(sizes, "sizes")}
        _paired(**lists)
        return self._apply(
            "random_slice",
            key=check.key_name(ikey, "ikey"),
            dimensions=lists["dims"],
            sizes=lists["sizes"],
            seed=draw_seed(seed),
            output=output_key or None,
        )

    def pad(self, key: str, dim: int, lpad: int, rpad: int, pad_value: float, output_key: str = "") -> Self:
        """Adds `lpad` elements before `key` and `rpad` elements after it in dimension `dim`.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": [1, 2]}]).pad("x", 0, 1, 2, -1)[0]["x"].tolist()
        [-1, 1, 2, -1, -1]
        """
        return self._apply(
            "pad",
            key=check.key_name(key),
            dimension=check.integer(dim, "dim"),
            before=check.integer(lpad, "lpad"),
            after=check.integer(rpad, "rpad"),
            value=check.real(pad_value, "pad_value"),
            output=output_key or None,
        )

    def pad_to_size(self, key: str, dim: int, size: int, pad_value: float, output_key: str = "") -> Self:
        """Adds elements after `key` until dimension `dim` has `size` of them. Longer values stay as they are.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": [1, 2]}]).pad_to_size("x", 0, 4, 0)[0]["x"].tolist()
        [1, 2, 0, 0]
        """
        return self._apply(
            "pad_to_size",
            key=check.key_name(key),
            dimension=check.integer(dim, "dim"),
            size=check.integer(size, "size"),
            value=check.real(pad_value, "pad_value"),
            output=output_key or None,
        )

    def pad_to_multiple(self, key: str, dim: int, pad_multiple: int, pad_value: float, output_key: str = "") -> Self:
        """Adds elements after `key` until the size of dimension `dim` is a multiple of `pad_multiple`. An empty
        dimension stays empty.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": [1, 2, 3]}]).pad_to_multiple("x", 0, 2, 0)[0]["x"].tolist()
        [1, 2, 3, 0]
        """
        return self._apply(
            "pad_to_multiple",
            key=check.key_name(key),
            dimension=check.integer(dim, "dim"),
            multiple=check.integer(pad_multiple, "pad_multiple"),
            value=check.real(pad_value, "pad_value"),
            output=output_key or None,
        )
