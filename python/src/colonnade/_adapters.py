# SPDX-License-Identifier: Apache-2.0
"""Functions that hand batches to PyTorch, MLX and JAX."""

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
    """A stream whose batches have arrays of another library. Text is not converted. `to_torch`, `to_mlx` and `to_jax`
    make it.

    >>> import colonnade as dx
    >>> import torch
    >>> adapted = dx.to_torch(dx.buffer_from_vector([{"x": 1.5}, {"x": 2.5}]))
    >>> type(adapted).__name__, [sample["x"].dtype for sample in adapted]
    ('Adapted', [torch.float64, torch.float64])

    It advances together with the stream that it was made of, which is its attribute `stream`.
    """

    def __init__(self, stream: Stream | Buffer, convert: Callable[[Array], T], name: str) -> None:
        if isinstance(stream, Buffer):
            stream = stream.to_stream()
        if not isinstance(stream, Stream):
            raise TypeError(f"{name} takes a Stream or a Buffer, not {type(stream).__name__}")
        #: The stream or buffer that it wraps.
        self.stream = stream
        self._convert = convert
        self._name = name

    def __iter__(self) -> Iterator[dict[str, T]]:
        return self

    def __next__(self) -> dict[str, T]:
        return self.converted(next(self.stream))

    def converted(self, batch: dict[str, Any]) -> dict[str, T]:
        """Converts one batch as the iteration does.

        >>> import colonnade as dx
        >>> import torch
        >>> samples = dx.buffer_from_vector([{"x": [1, 2]}])
        >>> dx.to_torch(samples).converted(samples[0])["x"]
        tensor([1, 2])
        """
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
        """Starts the next epoch from the front, as `Stream.reset` does.

        >>> import colonnade as dx
        >>> import torch
        >>> adapted = dx.to_torch(dx.buffer_from_vector([{"x": 1}]))
        >>> _ = next(adapted)
        >>> adapted.reset()
        >>> next(adapted)["x"]
        tensor(1)
        """
        self.stream.reset()

    def epoch(self, number: int) -> Self:
        """Returns the given epoch from the front, which advances independently of this one.

        >>> import colonnade as dx
        >>> import torch
        >>> adapted = dx.to_torch(dx.buffer_from_vector([{"x": 1}]))
        >>> len(list(adapted.epoch(2))), len(list(adapted.epoch(2)))
        (1, 1)
        """
        return type(self)(self.stream.epoch(number), self._convert, self._name)

    def state(self) -> State:
        """Returns the state of the pass as `Stream.state` does.

        >>> import colonnade as dx
        >>> import torch
        >>> adapted = dx.to_torch(dx.buffer_from_vector([{"x": 1}, {"x": 2}]))
        >>> _ = next(adapted)
        >>> adapted.state() == adapted.stream.state()
        True
        """
        return self.stream.state()

    def resume(self, state: State) -> Self:
        """Continues from the state of a stream that was made in the same way, as `Stream.resume` does, and returns this
        object.

        >>> import colonnade as dx
        >>> import torch
        >>> samples = dx.buffer_from_vector([{"x": 1}, {"x": 2}])
        >>> first = dx.to_torch(samples)
        >>> _ = next(first)
        >>> next(dx.to_torch(samples).resume(first.state()))["x"]
        tensor(2)
        """
        self.stream.resume(state)
        return self

    def __repr__(self) -> str:
        return f"{self._name}({self.stream!r})"


def array_to_torch(array: Array) -> Any:
    """Returns an array as a tensor: over its own memory if that is writable, otherwise over a copy.

    >>> import torch
    >>> array_to_torch(np.ones(3, np.float32))
    tensor([1., 1., 1.])
    """
    import torch

    if not array.flags.writeable:
        # The memory may be a mapped file, where writing would end the process, and a tensor cannot be read-only.
        array = array.copy()
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def to_torch(stream: Stream | Buffer, device: Any = None) -> Adapted[Any]:
    """Returns the batches of a stream as PyTorch tensors over the same memory, or on `device`.

    >>> import colonnade as dx
    >>> import torch
    >>> stream = dx.buffer_from_vector([{"x": [1.0, 2.0]}] * 4).to_stream().batch(2)
    >>> [batch["x"].shape for batch in dx.to_torch(stream)]
    [torch.Size([2, 2]), torch.Size([2, 2])]

    Batches that are read-only views of the file are copied, since PyTorch has no read-only tensors.
    """
    _required("torch", "to_torch")
    if device is None:
        return Adapted(stream, array_to_torch, "to_torch")
    return Adapted(stream, lambda array: array_to_torch(array).to(device, non_blocking=True), "to_torch")


def to_mlx(stream: Stream | Buffer) -> Adapted[Any]:
    """Returns the batches of a stream as MLX arrays. MLX has no float64 on GPUs: such columns become float32.

    >>> import colonnade as dx
    >>> import mlx.core
    >>> stream = dx.buffer_from_vector([{"x": [1, 2]}] * 4).to_stream().batch(4)
    >>> [batch["x"].shape for batch in dx.to_mlx(stream)]
    [(4, 2)]

    Convert in the training loop, as here, and not in a function that the threads of `prefetch` run: MLX is for one
    thread.
    """
    mx = _required("mlx.core", "to_mlx")

    def convert(array: Array) -> Any:
        if array.dtype.name == "bfloat16":
            return mx.array(array.view(np.uint16)).view(mx.bfloat16)
        return mx.array(array)

    return Adapted(stream, convert, "to_mlx")


def to_jax(stream: Stream | Buffer, device: Any = None) -> Adapted[Any]:
    """Returns the batches of a stream as JAX arrays, on `device` or on JAX's default device.

    >>> import colonnade as dx
    >>> import jax
    >>> stream = dx.buffer_from_vector([{"x": [1, 2]}] * 4).to_stream().batch(4)
    >>> [batch["x"].shape for batch in dx.to_jax(stream)]
    [(4, 2)]

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
