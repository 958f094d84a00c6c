# SPDX-License-Identifier: Apache-2.0
"""Data sets for PyTorch's `DataLoader`: one with rows by index, and one that is read in order."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
import torch.utils.data
from torch.utils.data._utils.collate import default_collate_fn_map

from . import _core
from ._adapters import array_to_torch
from ._buffer import Buffer
from ._errors import Error
from ._open import open
from ._plan import steps
from ._progress import State
from ._stream import Stream

if TYPE_CHECKING:
    _MapStyle = torch.utils.data.Dataset[dict[str, Any]]
    _Iterable = torch.utils.data.IterableDataset[dict[str, Any]]
else:
    _MapStyle, _Iterable = torch.utils.data.Dataset, torch.utils.data.IterableDataset

__all__ = ["Dataset", "IterableDataset", "Rows"]


class Dataset(_MapStyle):
    """Rows by index, as dicts of tensors. A `DataLoader` gets the rows of a batch in one gather.

    >>> import colonnade as dx
    >>> import colonnade.torch
    >>> import torch
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = dx.ingest([{"x": [x, x]} for x in range(10)], folder / "rows.colonnade")
    >>> loader = torch.utils.data.DataLoader(colonnade.torch.Dataset(folder / "rows.colonnade"), batch_size=5)
    >>> [batch["x"].shape for batch in loader]
    [torch.Size([5, 2]), torch.Size([5, 2])]

    It can be pickled, and used in workers of any start method: each opens the file itself.

    Random operations such as `random_slice` depend on seed, epoch and row. The first request for a row belongs to epoch
    0, the second to epoch 1, and so on, counted over all workers, so that each pass of a sampler gets other random
    numbers. After `set_epoch`, rows count from that epoch on.
    """

    def __init__(self, data: Buffer | str | os.PathLike[str]) -> None:
        self._buffer = _buffer(data)
        # In shared memory, so that restarted workers continue: the epoch of `set_epoch`, and if needed how often each row was
        # requested since.
        self._asked = torch.zeros(1 + (len(self._buffer) if _draws(self._buffer) else 0), dtype=torch.int32)
        self._asked.share_memory_()  # type: ignore[no-untyped-call, unused-ignore]

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch of the rows that are requested from now on. Rows that are requested again belong to the epochs
        after it.

        >>> import colonnade as dx
        >>> import colonnade.torch
        >>> import torch
        >>> cropped = dx.buffer_from_vector([{"x": list(range(1000))}]).random_slice("x", 0, 1, seed=1)
        >>> data = colonnade.torch.Dataset(cropped)
        >>> first = data[0]["x"], data[0]["x"]
        >>> data.set_epoch(0)
        >>> first == (data[0]["x"], data[0]["x"])
        True
        """
        self._asked.zero_()
        self._asked[0] = epoch

    def _epoch(self, row: int) -> int:
        epoch = int(self._asked[0])
        if len(self._asked) > 1:
            epoch += int(self._asked[1 + row])
            self._asked[1 + row] += 1
        return epoch

    def __len__(self) -> int:
        return len(self._buffer)

    def __getitem__(self, index: int) -> dict[str, Any]:
        count = len(self._buffer)
        row = index + count if index < 0 else index
        epoch = self._epoch(row) if 0 <= row < count else 0
        # Without an epoch, the buffer checks the indices.
        return _tensors(self._buffer[index] if epoch == 0 else _first(self._buffer.perm([row]), epoch))

    def __getitems__(self, indices: list[int]) -> Sequence[dict[str, Any]]:
        """Returns several rows, as `DataLoader` asks for them. Rows of fixed shape are gathered at once."""
        buffer = self._buffer
        if not indices or any(field.kind != "tensor" or None in field.shape for field in buffer.schema.values()):
            return [self[index] for index in indices]
        count = len(buffer)
        places = [index + count if index < 0 else index for index in indices]
        batch = buffer.perm(places).batch(len(indices))
        epochs = [self._epoch(row) for row in places]
        if min(epochs) == max(epochs):
            return Rows(_tensors(batch[0] if epochs[0] == 0 else _first(batch, epochs[0])), len(indices))
        return [_tensors(_first(buffer.perm([row]), epoch)) for row, epoch in zip(places, epochs)]

    def __repr__(self) -> str:
        return f"Dataset({self._buffer!r})"


class _Row(dict[str, Any]):
    """A row of `Rows`, by which the collation recognises them."""


class Rows(Sequence[Any]):
    """Rows that are stored together: a sequence of dicts, which PyTorch's collation takes as the batch that it is.

    >>> import colonnade as dx
    >>> import colonnade.torch
    >>> import torch
    >>> data = colonnade.torch.Dataset(dx.buffer_from_vector([{"x": i} for i in range(5)]))
    >>> rows = data.__getitems__([1, 3])
    >>> isinstance(rows, colonnade.torch.Rows), rows.batch["x"], rows[1]["x"]
    (True, tensor([1, 3]), tensor(3))
    """

    def __init__(self, batch: dict[str, Any], count: int) -> None:
        #: {key: tensor with one entry per row}.
        self.batch = batch
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(self._count))]
        if not -self._count <= index < self._count:
            raise IndexError(f"index {index} is out of range for {self._count} rows")
        return _Row((key, column[index]) for key, column in self.batch.items())


def _collated(rows: Any, *, collate_fn_map: Any = None) -> dict[str, Any]:
    if isinstance(rows, Rows):
        return rows.batch
    return torch.utils.data.default_collate([dict(row) for row in rows])  # type: ignore[no-any-return]


# Registers the collation of the type with PyTorch.
default_collate_fn_map[_Row] = _collated


class IterableDataset(_Iterable):
    """Samples or batches in the order of a stream. All workers and ranks together read each sample once.

    >>> import colonnade as dx
    >>> import colonnade.torch
    >>> import torch
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> buffer = dx.ingest([{"x": x} for x in range(100)], folder / "hundred.colonnade").shuffle(seed=1)
    >>> batches = colonnade.torch.IterableDataset(buffer, make_stream=lambda part: part.to_stream().batch(10))
    >>> loader = torch.utils.data.DataLoader(batches, batch_size=None, num_workers=2)
    >>> sorted(int(x) for batch in loader for x in batch["x"]) == list(range(100))
    True

    `make_stream` makes a stream of the part of the buffer that a worker has. With workers that are spawned, it must be
    a function at the top level of a module. Each rank of a `torch.distributed` group, or rank `rank` of `of` ranks,
    gets as many rows as the others; `remainder` decides about the remaining rows as in `Buffer.shard`. Each pass is the
    next epoch, in a new order if the buffer is shuffled; `set_epoch` sets the next one. A `make_stream` that filters or
    packs would leave ranks with unequal numbers of batches. In that case give `rank=0, of=1`, and let `make_stream`
    call `shard("auto")` last.

    `state_dict` returns the state of the pass, and `load_state_dict` makes the next pass resume there: for this object
    without workers, and for the object of each worker with torchdata's `StatefulDataLoader`.
    """

    _SLOTS = 1024

    def __init__(
        self,
        data: Buffer | str | os.PathLike[str],
        make_stream: Callable[[Buffer], Stream] = Buffer.to_stream,
        *,
        rank: int | None = None,
        of: int | None = None,
        remainder: Literal["drop", "repeat", "mask"] = "drop",
    ) -> None:
        if (rank is None) != (of is None):
            raise Error("rank and of belong together: IterableDataset(buffer, rank=0, of=8)")
        self._buffer = _buffer(data)
        self._make_stream = make_stream
        self._ranks = None if rank is None or of is None else (rank, of)
        self._remainder = remainder
        # In shared memory, so that workers that are restarted each epoch know its number: the epoch of `set_epoch`, and how
        # many passes each worker has begun since.
        self._passes = torch.zeros(self._SLOTS + 1, dtype=torch.int64)
        self._passes.share_memory_()  # type: ignore[no-untyped-call, unused-ignore]
        self._epoch = 0
        self._stream: Stream | None = None
        self._resumed: State | None = None
        if not callable(make_stream):
            raise TypeError(
                f"make_stream must be a function from a Buffer to a Stream, not {type(make_stream).__name__}"
            )

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch of the next pass.

        >>> import colonnade as dx
        >>> import colonnade.torch
        >>> import torch
        >>> buffer = dx.buffer_from_vector([{"x": i} for i in range(100)]).shuffle(seed=1)
        >>> data = colonnade.torch.IterableDataset(buffer)
        >>> first = [int(row["x"]) for row in data]
        >>> data.set_epoch(0)
        >>> first == [int(row["x"]) for row in data]
        True
        """
        self._passes.zero_()
        self._passes[0] = epoch

    def __iter__(self) -> Iterator[dict[str, Any]]:
        worker = torch.utils.data.get_worker_info()
        number, count = (0, 1) if worker is None else (worker.id, worker.num_workers)
        if count > self._SLOTS:
            raise Error(f"there are {count} workers, more than {self._SLOTS}")
        stream = self._make_stream(self._part(number, count))
        if not isinstance(stream, Stream):
            raise TypeError(f"make_stream must return a Stream, not {type(stream).__name__}")
        state, self._resumed = self._resumed, None
        if state is None:
            self._epoch = int(self._passes[0] + self._passes[1 + number])
            stream = stream.epoch(self._epoch)
        else:
            stream = stream.resume(state)
            self._epoch = int(state["epoch"])
            self._passes[1 + number] = self._epoch - self._passes[0]
        self._passes[1 + number] += 1
        self._stream = stream
        return map(_tensors, stream)

    def _part(self, worker: int, workers: int) -> Buffer:
        buffer = self._buffer
        rank, of = self._ranks or _distributed()
        if of > 1:
            buffer = buffer.shard(rank=rank, of=of, remainder=self._remainder)
        if workers == 1:
            return buffer
        # Workers share the order of each epoch, as ranks do, unlike `partition`, which is a selection.
        return buffer._apply("partition", index=worker, count=workers, follows_epoch=True)

    def state_dict(self) -> dict[str, Any]:
        """Returns the state of the last pass that was started: a small dict for JSON.

        >>> import colonnade as dx
        >>> import colonnade.torch
        >>> import torch
        >>> data = colonnade.torch.IterableDataset(dx.buffer_from_vector([{"x": i} for i in range(5)]))
        >>> rows = iter(data)
        >>> _ = next(rows), next(rows)
        >>> saved = data.state_dict()
        >>> data.load_state_dict(saved)
        >>> [int(row["x"]) for row in data]
        [2, 3, 4]
        """
        if self._resumed is not None:
            return {"stream": self._resumed}
        return {"stream": None if self._stream is None else self._stream.state(), "epoch": int(self._passes[0])}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Makes the next pass resume from a state that `state_dict` returned.

        >>> import colonnade as dx
        >>> import colonnade.torch
        >>> import torch
        >>> data = colonnade.torch.IterableDataset(dx.buffer_from_vector([{"x": 1}, {"x": 2}]))
        >>> _ = next(iter(data))
        >>> data.load_state_dict(data.state_dict())
        >>> [int(row["x"]) for row in data]
        [2]
        """
        self._resumed = state["stream"]
        if self._resumed is None:
            self.set_epoch(int(state.get("epoch", 0)))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_stream": None}

    def __repr__(self) -> str:
        return f"IterableDataset({self._buffer!r})"


def _first(buffer: Buffer, epoch: int) -> dict[str, Any]:
    """Returns the first sample or batch of an epoch."""
    return next(buffer.to_stream().epoch(epoch))


def _draws(buffer: Buffer) -> bool:
    """Returns whether values depend on epoch and row."""
    return any(
        step.operation in _drawing() or step.arguments.get("identified") for step in steps(buffer._node.pipeline)
    )


@functools.cache
def _drawing() -> frozenset[str]:
    """Returns the operations that draw values of a key by seed, epoch and row."""
    arguments = {row["name"]: {parameter["name"] for parameter in row["parameters"]} for row in _core.operations()}
    return frozenset(name for name, names in arguments.items() if names >= {"key", "seed"})


def _distributed() -> tuple[int, int]:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1


def _buffer(data: Buffer | str | os.PathLike[str]) -> Buffer:
    if isinstance(data, Stream):
        raise TypeError("a data set takes a Buffer or the path of a file: a Stream cannot be divided among workers")
    return data if isinstance(data, Buffer) else open(data)


def _tensors(sample: dict[str, Any]) -> dict[str, Any]:
    return {
        key: array_to_torch(value) if isinstance(value, np.ndarray) and value.dtype != object else _text(value)
        for key, value in sample.items()
    }


def _text(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
