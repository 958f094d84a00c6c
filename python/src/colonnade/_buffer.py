# SPDX-License-Identifier: Apache-2.0
"""Samples that are read by index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from . import _arguments as check
from ._arguments import LabelRule
from ._errors import Error, RangeError
from ._indices import checked_indices, single_index
from ._node import Node
from ._operations import Array, Sample
from ._random import draw_seed
from ._table import Table

if TYPE_CHECKING:
    from ._stream import Stream

__all__ = ["Buffer", "node_of"]

#: The number of blocks that `shuffle(blocks=True)` has open.
_OPEN_BLOCKS = 768


class Buffer(Table):
    """A finite, immutable sequence of samples. It describes the samples: each access makes the sample anew.

    >>> import colonnade as dx
    >>> samples = dx.buffer_from_vector([{"x": i} for i in range(5)])
    >>> len(samples), int(samples[-1]["x"]), samples
    (5, 4, Buffer(size=5, keys={'x'}))

    `colonnade.open` returns a buffer over a file, `colonnade.buffer_from_vector` one over samples in memory. Buffers
    can be pickled, and used in forked processes and by several threads.
    """

    __slots__ = ("__weakref__",)

    def __init__(self, node: Node) -> None:
        if not isinstance(node, Node):
            raise TypeError("a Buffer is made by colonnade.open, colonnade.buffer_from_vector or an operation")
        self._node = node

    def _with(self, node: Node) -> Self:
        return type(self)(node)

    def size(self) -> int:
        """Returns the number of samples or batches, as `len` does.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": i} for i in range(5)]).batch(2).size()
        3
        """
        count = self._node.pipeline.count
        assert count is not None
        return count

    __len__ = size

    @overload
    def __getitem__(self, index: SupportsIndex) -> Sample: ...  # type: ignore[overload-overlap]
    @overload
    def __getitem__(self, index: str) -> Array: ...
    @overload
    def __getitem__(self, index: slice | Sequence[SupportsIndex] | NDArray[Any]) -> Self: ...
    def __getitem__(self, index: SupportsIndex | str | slice | Sequence[SupportsIndex] | NDArray[Any]) -> Any:
        """Returns a sample by its index, a column by its key, or a buffer of several samples.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": i, "name": f"n{i}"} for i in range(5)])
        >>> samples[-1]["name"], samples["x"], samples["name"][1]
        ('n4', array([0, 1, 2, 3, 4]), 'n1')
        >>> samples[1:3]["x"], samples[::-2]["x"], samples[[3, 1, -1]]["x"]
        (array([1, 2]), array([4, 2, 0]), array([3, 1, 4]))
        >>> samples[samples["x"] > 2]["x"]
        array([3, 4])

        **A key** gives the values of all samples in their order, as one array with a new first dimension. It is a
        read-only view of the file, in constant time, if the samples are consecutive rows of one file, whose column is
        plain and in one segment, as `ingest` and `Writer` store columns of one size, unless other columns need several
        segments. Otherwise it is a copy. If the values differ in shape, and for texts and bytes, it is an array of
        objects, of which each is the value of a sample. A view is not checked before it is returned, unless the file
        was opened with `verify="touch"` or `"full"`. By default a thread checks it meanwhile, if the file fits in half of
        the memory, and `check_intact` tells about damage. A view of a larger file is not checked at all by default.
        Methods that decide by values, such as `sort_by` and `unique`, read a checked copy.

        **A slice, a list or array of integers, or a mask** gives a buffer, which has all operations and reads nothing.
        It is a selection, see `shuffle`. Negative integers count from the end. An integer that is out of range raises
        `RangeError`, as in a list; a slice that is out of range is cut, as in a list. A mask has a bool for each sample.
        Arrays and series of pyarrow, Polars and pandas are accepted too, without nulls.
        """
        if isinstance(index, str):
            return self._column(index)
        number = single_index(index)
        if number is None:
            return self._chosen(index)
        pipeline = self._node.pipeline
        if not 0 <= number < 1 << 63:
            count = pipeline.count or 0
            if not -count <= number < 0:
                raise RangeError(f"index {number} is out of range ({-count}..<{count})")
            number += count
        return pipeline.get(number)

    def _column(self, key: str) -> Array:
        keys = self.keys()
        check.require_key(keys, key)
        if None not in self.schema[key].shape:
            return self._node.pipeline.column(keys.index(key))
        values = np.empty(len(self), dtype=object)
        # An assignment of the list would make an array of values that happen to have one shape.
        for row, sample in enumerate(self.select(key)):
            values[row] = sample[key]
        return values

    def _chosen(self, index: Any) -> Self:
        if not isinstance(index, slice):
            return self._apply("reorder", indices=checked_indices(index, len(self)))
        count = len(self)
        start, stop, step = index.indices(count)
        if step < 0:
            return self._apply("reorder", indices=np.arange(start, stop, max(step, -count - 1), dtype=np.int64))
        chosen = self if start == 0 else self.skip(start)
        # Also the slice of all samples is a selection.
        chosen = chosen if stop >= count and chosen is not self else chosen.take(max(stop - start, 0))
        return chosen if step == 1 else chosen.partition(min(step, count + 1), 0)

    def __iter__(self) -> Iterator[Sample]:
        """Iterates over all samples; each iteration begins with the first one."""
        return iter(self._node.pipeline.begin())

    def __repr__(self) -> str:
        keys = "{" + ", ".join(map(repr, self.keys())) + "}"
        return f"Buffer(size={self.size()}, keys={keys})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._node,)

    def __copy__(self) -> Self:
        return type(self)(self._node)

    def __deepcopy__(self, memo: object) -> Self:
        # Immutable, down to the functions that it was given.
        return type(self)(self._node)

    def to_stream(self) -> Stream:
        """Returns a stream of the samples in order. The streams of two calls advance independently.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(5)]).to_stream().batch(2)
        >>> [batch["x"].tolist() for batch in stream]
        [[0, 1], [2, 3], [4]]
        """
        from ._stream import Stream

        return Stream(self._node.apply("stream"))

    def ordered_prefetch(self, prefetch_size: int, num_thread: int) -> Stream:
        """Returns a stream whose samples `num_thread` threads prepare in order, up to `prefetch_size` ahead.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(5)]).ordered_prefetch(4, 2)
        >>> [int(sample["x"]) for sample in stream]
        [0, 1, 2, 3, 4]

        The result is that of `to_stream` followed by `Stream.prefetch`.
        """
        return self.to_stream().prefetch(prefetch_size, num_thread)

    # Order

    def shuffle(
        self,
        seed: int | None = None,
        *,
        blocks: int | None = None,
        block_rows: int | None = None,
        lanes: int | None = None,
    ) -> Self:
        """Puts the samples, or after `batch` the batches, into a random order.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(1000)]).shuffle(seed=1).to_stream()
        >>> first = [int(s["x"]) for s in stream]
        >>> stream.reset()
        >>> second = [int(s["x"]) for s in stream]
        >>> first != second, sorted(first) == sorted(second) == list(range(1000))
        (True, True)

        The buffer has one order. A stream made of it has another order after each `reset`. Both depend on the seed
        alone. Without `seed`, this call draws one (see `colonnade.core.set_state`). From 1,000 samples on the
        order needs no table.

        A shuffle before a selection decides which samples are selected. Colonnade evaluates it once, for epoch 0, and
        the selection never changes: only shuffles after the last selection follow the epoch. So two parts of one
        shuffled buffer never share a sample. Shuffle a part again to get another order in each epoch:

        >>> samples = dx.buffer_from_vector([{"x": i} for i in range(1000)]).shuffle(seed=1)
        >>> train, held = samples.skip(100).shuffle(seed=2).to_stream(), samples.take(100).to_stream()
        >>> [{int(s["x"]) for s in train.epoch(n)} & {int(s["x"]) for s in held.epoch(n)} for n in range(3)]
        [set(), set(), set()]

        Selections are `take`, `skip`, `partition`, `perm`, `filter`, `filter_by_shape`, `batch` with a list of sizes,
        `dynamic_batch`, and `zip` with a shorter buffer. `shard` is no selection, since ranks share the order of each
        epoch. `Stream.filter` looks at each sample separately, so that shuffles before it follow the epoch. `explain`
        says for each shuffle whether it follows the epoch.

        **Files larger than memory** are read slowly in this order, since each sample is at another place of the file. With
        `blocks`, the order reads blocks of consecutive samples as a whole. That number of blocks is open at a time, and must
        stay in memory; the order takes their samples in turn.

        >>> samples = dx.buffer_from_vector([{"x": i} for i in range(1000)]).shuffle(seed=1, blocks=10, block_rows=20)
        >>> [int(s["x"]) // 20 for s in samples.take(10)]
        [49, 2, 37, 12, 23, 39, 16, 17, 47, 40]
        >>> len(set(int(s["x"]) for s in samples))
        1000

        `blocks=True` stands for 768 blocks. `block_rows` is the number of samples of a block. Without it, a block has about
        1 MiB of the columns in use in the file (a power of two of samples), or 1,024 samples of other data. The order depends on
        it: give a number if the order must stay the same for a file that is written again, or with other columns. If the open
        blocks hold all samples, the order is that without `blocks`. `explain` says how many blocks a batch has, and how often a
        block is read.

        Batches are nearly as well mixed as without `blocks` if `blocks` is at least the number of samples in a batch, or in the
        batches of all ranks together, and the data have many more blocks. But batches that follow each other are of the same
        blocks. `batch` and `shard` raise an error for larger batches. They do not check a batch of all samples, batches after
        `perm`, `filter` or `sort_by`, batches of listed sizes and of `dynamic_batch`, and batches that a stage of a stream makes,
        or a buffer that is appended or zipped.

        Write `shard` before `batch`: ranks that share batches read nearly all blocks each. `lanes` must divide `blocks`. If the
        number of ranks divides `lanes`, each block is read by one rank. By default it is the largest number that divides
        `blocks` and 192, and leaves each lane at least four blocks: 192 for 768 blocks. See "Data larger than memory" in the
        cookbook for what this order costs, and for the steps after which rows are read one by one.
        """
        if blocks is None or blocks is False:
            if block_rows is not None or lanes is not None:
                raise TypeError("block_rows and lanes belong to blocks: give blocks=True, or a number of open blocks")
            return self._apply("shuffle", seed=draw_seed(seed))
        return self._apply(
            "shuffle",
            seed=draw_seed(seed),
            blocks=_OPEN_BLOCKS if blocks is True else check.positive(blocks, "blocks"),
            block_rows=None if block_rows is None else check.positive(block_rows, "block_rows"),
            lanes=None if lanes is None else check.positive(lanes, "lanes"),
        )

    def shuffle_if(
        self,
        cond: bool,
        seed: int | None = None,
        *,
        blocks: int | None = None,
        block_rows: int | None = None,
        lanes: int | None = None,
    ) -> Self:
        """Applies `shuffle(…)` if `cond` is true, and changes nothing otherwise."""
        return self.shuffle(seed, blocks=blocks, block_rows=block_rows, lanes=lanes) if cond else self

    def perm(self, perm: Iterable[SupportsIndex]) -> Self:
        """Chooses the samples at these indices, in this order. An index may occur several times.

        >>> import colonnade as dx
        >>> [int(s["x"]) for s in dx.buffer_from_vector([{"x": i} for i in range(5)]).perm([3, 3, 0])]
        [3, 3, 0]

        This is a selection: a shuffle before it has the order of epoch 0 in every epoch, see `shuffle`.
        """
        if check.is_one(perm):
            raise TypeError("perm must be a list of indices, not one index")
        return self._apply("reorder", indices=check.integers(perm, "perm"))

    def append(self, buffer: Buffer, *, labels: LabelRule = "same") -> Self:
        """Appends the samples of another buffer, which must have the same keys with the same data types.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": i} for i in range(2)])
        >>> [int(s["x"]) for s in samples.append(samples)]
        [0, 1, 0, 1]

        Class names must be the same in the same order. Otherwise `labels="by_name"` maps the labels of both buffers to
        one list of names: those of this buffer, then those that only the other one has. `labels="drop"` keeps the
        numbers and drops the names.
        """
        return self._apply("append", others=[node_of(buffer)], labels=check.choice(labels, LabelRule, "labels"))

    def zip(self, *buffers: Buffer) -> Self:
        """Joins samples of several buffers into one sample each, which has the keys of all. No key may occur twice.

        >>> import colonnade as dx
        >>> left, right = (dx.buffer_from_vector([{key: 1}, {key: 2}]) for key in "ab")
        >>> {key: int(value) for key, value in left.zip(right)[1].items()}
        {'a': 2, 'b': 2}

        The result is as long as the shortest buffer. For longer buffers this is a selection, see `shuffle`.
        """
        return self._apply("zip", others=[node_of(buffer) for buffer in buffers])

    def concretize(self) -> Self:
        """Makes all samples or batches now, once, and keeps them in memory.

        >>> import colonnade as dx
        >>> calls = []
        >>> samples = dx.buffer_from_vector([{"x": 1}]).key_transform("x", lambda x: calls.append(1) or x)
        >>> samples = samples.concretize()
        >>> before = len(calls)
        >>> _ = samples[0], samples[0]
        >>> len(calls) == before
        True
        """
        # The core then holds all samples: the functions and files before this step are released.
        return self._apply("materialize")

    # Batches

    def batch(
        self,
        batch_size: int | Sequence[int],
        pad: Mapping[str, float] | None = None,
        dim: Mapping[str, int] | None = None,
        *,
        drop_last: bool = False,
    ) -> Self:
        """Stacks consecutive samples along a new first dimension, `batch_size` in each batch. A list gives the size of
        each batch.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [1]}, {"x": [2, 3]}, {"x": [4]}])
        >>> [b["x"].tolist() for b in samples.batch(2, pad={"x": -1})]
        [[[1, -1], [2, 3]], [[4]]]
        >>> samples.batch([3], dim={"x": 0})[0]["x"].tolist()
        [1, 2, 3, 4]

        Where shapes differ, each dimension gets the largest size in the batch, and `pad[key]` (by default 0) fills the
        rest. A key in `dim` is joined along that dimension instead. The last batch may be shorter, unless `drop_last`
        is true. A list of sizes drops the samples after its last batch.
        """
        arguments = self._batch_arguments(pad, dim)
        if check.is_one(batch_size):
            return self._apply(
                "batch", size=check.integer(batch_size, "batch_size"), drop_last=bool(drop_last), **arguments
            )
        if drop_last:
            raise Error("drop_last belongs to batches of one size: leave the last of the sizes out of the list")
        return self._apply("batch_sizes", sizes=check.integers(batch_size, "batch_size"), **arguments)

    def dynamic_batch(
        self,
        key: str,
        *,
        size_buffer: Buffer | None = None,
        min_data_size: int = -1,
        max_data_size: int = -1,
        pad: Mapping[str, float] | None = None,
        dim: Mapping[str, int] | None = None,
        drop_outliers: bool = False,
    ) -> Self:
        """Makes batches of samples of similar size: each has as many samples as `max_data_size` elements of `key`
        permit.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [0] * n} for n in (3, 1, 2, 4, 1, 2)])
        >>> [batch["x"].shape for batch in samples.dynamic_batch("x", max_data_size=6)]
        [(3, 2), (2, 3), (1, 4)]

        Samples are sorted by size first, and samples of one size keep their order. A batch is padded in each dimension
        to the largest size, or joined along `dim[key]`. A sample that exceeds the maximum alone is a batch of its own;
        `drop_outliers` drops it. With `min_data_size`, a batch ends as soon as it has that many elements, and samples
        that do not fill a batch are dropped. Without a maximum, all samples are one batch in their order. `size_buffer`
        has shapes to count with instead, as int64 under the same key.
        """
        arguments = self._batch_arguments(pad, dim)
        maximum, minimum = check.integer(max_data_size, "max_data_size"), check.integer(min_data_size, "min_data_size")
        if maximum <= 0 and minimum <= 0:
            check.require_key(self.keys(), key)
            return self._apply("batch", size=max(self.size(), 1), **arguments)
        return self._apply(
            "batch_by_size",
            key=check.key_name(key),
            maximum=maximum if maximum > 0 else 1 << 62,
            minimum=minimum if minimum > 0 else None,
            drop_outliers=bool(drop_outliers),
            **({} if size_buffer is None else _sizes(size_buffer, key, self.size())),
            **arguments,
        )


def node_of(buffer: object) -> Node:
    if not isinstance(buffer, Buffer):
        raise TypeError(f"a Buffer is needed, not {type(buffer).__name__}")
    return buffer._node


def _sizes(buffer: Buffer, key: str, count: int) -> dict[str, Any]:
    node_of(buffer)
    if len(buffer) != count:
        raise Error(f"size_buffer has {len(buffer)} samples, but the buffer has {count}: both need the same number")
    shapes = buffer.select(key)
    if shapes.schema[key].dtype != "int64":
        raise Error(f'"{key}" of size_buffer is {shapes.schema[key].dtype}: shapes are int64')
    found = [[int(size) for size in sample[key].ravel()] or [1] for sample in shapes]
    if len(set(map(len, found))) > 1:
        raise Error(f'the shapes under "{key}" of size_buffer differ in their number of dimensions')
    return {"sizes": [size for shape in found for size in shape], "size_rank": len(found[0]) if found else 1}
