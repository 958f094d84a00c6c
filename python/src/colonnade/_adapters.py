# SPDX-License-Identifier: Apache-2.0
"""Batches as tensors of PyTorch, MLX and JAX."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ._buffer import Buffer
from ._progress import State
from ._stream import Stream

__all__ = ["Adapted", "array_to_torch", "to_jax", "to_mlx", "to_torch"]

Array = NDArray[Any]
T = TypeVar("T")


class Adapted(Generic[T]):
    """A stream whose arrays are those of another library; text stays as it is.

    It is pulled, reset and resumed as the stream is that it was made of, and shares its place.
    """

    def __init__(self, stream: Stream | Buffer, convert: Callable[[Array], T], name: str) -> None:
        if isinstance(stream, Buffer):
            stream = stream.to_stream()
        if not isinstance(stream, Stream):
            raise TypeError(f"{name} takes a Stream or a Buffer, not {type(stream).__name__}")
        #: What it was made of.
        self.stream = stream
        self._convert = convert
        self._name = name

    def __iter__(self) -> Iterator[dict[str, T]]:
        return self

    def __next__(self) -> dict[str, T]:
        return self.converted(next(self.stream))

    def converted(self, batch: dict[str, Any]) -> dict[str, T]:
        """One batch, as the iteration gives it."""
        convert = self._convert
        return {
            key: convert(value) if isinstance(value, np.ndarray) and value.dtype != object else value
            for key, value in batch.items()
        }

    def __len__(self) -> int:
        return len(self.stream)

    def __bool__(self) -> bool:
        return True

    def reset(self) -> None:
        """Begins anew from the front, as the next epoch."""
        self.stream.reset()

    def epoch(self, number: int) -> Self:
        """That epoch from the front, with a place of its own."""
        return type(self)(self.stream.epoch(number), self._convert, self._name)

    def state(self) -> State:
        """Where the stream is, for `resume`."""
        return self.stream.state()

    def resume(self, state: State) -> Self:
        """Goes on from where a stream made in the same way was."""
        self.stream.resume(state)
        return self

    def __repr__(self) -> str:
        return f"{self._name}({self.stream!r})"


def array_to_torch(array: Array) -> Any:
    """An array as a tensor: over the same memory where that may be written to, else a copy.

    >>> import torch
    >>> array_to_torch(np.ones(3, np.float32))
    tensor([1., 1., 1.])
    """
    import torch

    if not array.flags.writeable:
        # The memory may be a mapped file, where writing would end the process; and a tensor cannot be read-only.
        array = array.copy()
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def to_torch(stream: Stream | Buffer, device: Any = None) -> Adapted[Any]:
    """The batches of a stream as PyTorch tensors, over the same memory.

    >>> import colonnade as dx
    >>> import torch
    >>> stream = dx.buffer_from_vector([{"x": [1.0, 2.0]}] * 4).to_stream().batch(2)
    >>> [batch["x"].shape for batch in dx.to_torch(stream)]
    [torch.Size([2, 2]), torch.Size([2, 2])]

    Batches that lie in the file as they are come read-only, and are copied: PyTorch has no tensors that may not be
    written to. With `device` they are moved there.
    """
    _required("torch", "to_torch")
    if device is None:
        return Adapted(stream, array_to_torch, "to_torch")
    return Adapted(stream, lambda array: array_to_torch(array).to(device, non_blocking=True), "to_torch")


def to_mlx(stream: Stream | Buffer) -> Adapted[Any]:
    """The batches of a stream as MLX arrays. MLX has no float64 on GPUs: such columns become float32.

    >>> import colonnade as dx
    >>> import mlx.core
    >>> stream = dx.buffer_from_vector([{"x": [1, 2]}] * 4).to_stream().batch(4)
    >>> [batch["x"].shape for batch in dx.to_mlx(stream)]
    [(4, 2)]

    Convert where batches are used, as here, and not in a function behind `prefetch`: MLX is for one thread.
    """
    mx = _required("mlx.core", "to_mlx")

    def convert(array: Array) -> Any:
        if array.dtype.name == "bfloat16":
            return mx.array(array.view(np.uint16)).view(mx.bfloat16)
        return mx.array(array)

    return Adapted(stream, convert, "to_mlx")


def to_jax(stream: Stream | Buffer, device: Any = None) -> Adapted[Any]:
    """The batches of a stream as JAX arrays, on `device` or JAX's own choice.

    JAX makes 32 bits of 64 unless `jax_enable_x64` is set.
    """
    jax = _required("jax", "to_jax")

    def convert(array: Array) -> Any:
        return jax.device_put(array, device)

    return Adapted(stream, convert, "to_jax")


def _required(module: str, name: str) -> Any:
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f"{name} needs {package}, which is not installed: pip install {package}") from error
