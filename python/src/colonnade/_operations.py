# SPDX-License-Identifier: Apache-2.0
"""Operations that buffers and streams share: keys, and functions of the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self

from . import _arguments as check
from ._errors import Error
from ._node import Node
from ._overview import overview
from ._random import IDENTITY, Drawing, SampleDrawing, draw_seed, identity
from ._schema import Field, Schema

__all__ = ["Array", "Pipelined", "Sample"]

#: Keys to NumPy arrays; text is `str`, and in batches an array of `str`.
Sample = dict[str, Any]
Array = Any


class Pipelined:
    """The operations that buffers and streams share.

    Each operation returns a new buffer or stream and reads nothing. A call that names an unknown key raises. Before
    `batch`, an operation sees each sample; after it, each batch.
    """

    __slots__ = ("_node",)
    _node: Node

    def _with(self, node: Node) -> Self:
        raise NotImplementedError

    def _apply(self, operation: str, **arguments: Any) -> Self:
        return self._with(self._node.apply(operation, **arguments))

    @property
    def schema(self) -> Schema:
        """The fields of each sample or batch, by key: a dict that prints one column a line. No sample is read.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [1, 2]}])
        >>> samples.batch(2).schema["x"].shape
        (None, 2)
        """
        return Schema({field[0]: Field(*field[1:]) for field in self._node.pipeline.fields})

    @property
    def dtypes(self) -> dict[str, str]:
        """The names of the data types, by key.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"x": 1, "y": 0.5}]).dtypes
        {'x': 'int64', 'y': 'float64'}
        """
        return {field[0]: field[2] for field in self._node.pipeline.fields}

    @property
    def metadata(self) -> dict[str, str]:
        """The metadata of the file that the samples come from; that of the first one, if there are several files.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> dx.ingest([{"x": 1}], folder / "one.colonnade", metadata={"licence": "CC0"}).metadata
        {'licence': 'CC0'}
        """
        return dict(self._node.pipeline.metadata)

    def keys(self) -> list[str]:
        """Returns the keys of each sample, in the order of its columns.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"image": [0], "label": 3}]).keys()
        ['image', 'label']
        """
        return [field[0] for field in self._node.pipeline.fields]

    def check_intact(self) -> None:
        """Raises `CorruptFileError` if a file that the samples are in was truncated or overwritten in place since it
        was opened, if its disk failed, or if a damaged block was found in it.

        >>> import colonnade as dx
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> samples = dx.ingest([{"x": [0.5] * 100}] * 50, folder / "fifty.colonnade")
        >>> view = samples.batch(50)[0]["x"]
        >>> mean = view.mean()
        >>> samples.check_intact()  # the mean is that of the file

        Batches that are views of a file read zeros where the file was truncated after they were returned. Call this
        method after using them: if it raises nothing, the values were those of the file.
        """
        self._node.pipeline.check_intact()

    def __str__(self) -> str:
        """Shows the number of samples, their keys with types and shapes, and the steps that make them."""
        return overview(type(self).__name__, self._node)

    def explain(self) -> str:
        """Describes the plan, one step a line: which steps are fused with reading, which run for each row, which call
        Python.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [1, 2]}] * 4)
        >>> print("\\n".join(samples.to_stream().cast("x", "float32").batch(2).explain().splitlines()[:3]))
        4 samples in memory
          x int64[2]: gathered into the batch, made float32 on the way
          batches of 2
        """
        return self._node.pipeline.explain()

    # Functions

    def key_transform(
        self, key: str, func: Callable[..., Any], output_key: str = "", *, rng: bool = False, seed: int | None = None
    ) -> Self:
        """Replaces the value of `key` by the result of `func`. With `output_key`, the result goes there and `key` keeps
        its value.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": 1}, {"x": 2}])
        >>> [int(s["x"]) for s in samples.key_transform("x", lambda x: x * 10)]
        [10, 20]

        `func` receives an array, which may be a read-only view of the data, or a `str`. It returns anything that can be
        the value of a sample. This call runs `func` on the first sample (on up to 16 samples while it returns empty
        lists), to learn the data type of its result, and raises what `func` raises there. Several threads of a
        prefetching stream call `func`, one at a time because they share the GIL. Exceptions of `func` come out of
        `next` unchanged.

        With `rng`, `func` receives a `numpy.random.Generator` as its second argument. The generator depends on seed,
        epoch and row alone: its numbers are the same for any number of threads, and differ from epoch to epoch. Without
        `seed`, a seed is drawn as for `shuffle`. After `batch`, the generator is that of the batch's first row.

        >>> noisy = samples.key_transform("x", lambda x, rng: x + rng.normal(), rng=True, seed=1).to_stream()
        >>> [float(s["x"]) for s in noisy.epoch(2)] == [float(s["x"]) for s in noisy.epoch(2).prefetch(2, 2)]
        True
        """
        check.function(func)
        if rng:
            return self._apply(
                "map",
                key=check.key_name(key),
                function=Drawing(func, draw_seed(seed)),
                output=output_key or None,
                identified=1,
            )
        _refuse_seed(seed)
        return self._apply("map", key=check.key_name(key), function=func, output=output_key or None)

    def sample_transform(self, func: Callable[..., Sample], *, rng: bool = False, seed: int | None = None) -> Self:
        """Replaces each sample by the result of `func`. An empty dict drops the sample from a stream; on a buffer it is
        an error.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": i} for i in range(4)])
        >>> odd = samples.to_stream().sample_transform(lambda s: s if s["x"] % 2 else {})
        >>> [int(s["x"]) for s in odd]
        [1, 3]

        With `rng`, `func` receives a `numpy.random.Generator` as its second argument, which depends on seed, epoch and
        row as in `key_transform`. So a function can change several keys in the same random way.

        >>> moved = samples.sample_transform(lambda s, rng: {"x": s["x"] + rng.integers(10)}, rng=True, seed=1)
        >>> [int(s["x"]) for s in moved] == [int(s["x"]) for s in moved.to_stream().prefetch(2, 2)]
        True
        """
        check.function(func)
        if not rng:
            _refuse_seed(seed)
            return self._map_samples(func)
        made = self._identified()._map_samples(SampleDrawing(func, draw_seed(seed)))
        # Without a first sample, the result types of the function are unknown.
        return made._apply("remove", keys=[IDENTITY]) if IDENTITY in made.keys() else made

    def _map_samples(self, function: Callable[..., Sample]) -> Self:
        # Of a stream, a function may drop samples.
        return self._apply("compact_map" if self._node.pipeline.is_stream else "map_samples", function=function)

    def _identified(self) -> Self:
        """Returns the samples with their epoch and row, for functions that use a generator."""
        fields = self._node.pipeline.fields
        if any(field[0] == IDENTITY for field in fields):
            raise Error(f'functions with rng=True get epoch and row under the key "{IDENTITY}": rename yours')
        key = min(fields, key=lambda field: len(field[3]))[0]
        return self._apply("map", key=key, function=identity, output=IDENTITY, identified=1)

    def filter(self, func: Callable[..., bool], *, rng: bool = False, seed: int | None = None) -> Self:
        """Keeps the samples for which `func` is true.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": i} for i in range(4)])
        >>> [int(s["x"]) for s in samples.filter(lambda s: s["x"] >= 2)]
        [2, 3]

        On a buffer this call reads all samples and chooses once. A shuffle before it has the order of epoch 0 in every
        epoch, so shuffle after it: see `Buffer.shuffle`.

        With `rng`, `func` receives a `numpy.random.Generator` as its second argument, which depends on seed, epoch and
        row as in `key_transform`. A stream keeps other samples in each epoch, a buffer those of epoch 0.

        >>> half = samples.filter(lambda s, rng: rng.random() < 0.5, rng=True, seed=3)
        >>> [int(s["x"]) for s in half] == [int(s["x"]) for s in half]
        True
        """
        check.function(func)
        if not rng:
            _refuse_seed(seed)
            return self._apply("filter", function=func)
        kept = self._identified()._apply("filter", function=SampleDrawing(func, draw_seed(seed)))
        return kept._apply("remove", keys=[IDENTITY])

    def filter_by_shape(self, key: str, dim: int, low: int = -1, high: int = -1) -> Self:
        """Keeps the samples whose `key` has from `low` to `high` elements in dimension `dim`. A negative bound is no
        bound.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"x": [1]}, {"x": [1, 2]}, {"x": [1, 2, 3]}])
        >>> [s["x"].tolist() for s in samples.to_stream().filter_by_shape("x", 0, low=2)]
        [[1, 2], [1, 2, 3]]
        """
        low, high = check.integer(low, "low"), check.integer(high, "high")
        return self._apply(
            "filter_shape",
            key=check.key_name(key),
            dimension=check.integer(dim, "dim"),
            low=low if low >= 0 else None,
            high=high if high >= 0 else None,
        )

    # Keys

    def select(self, *keys: str | Iterable[str]) -> Self:
        """Keeps only these keys, in this order. Columns that no key needs are not read.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"a": 1, "b": 2, "c": 3}])
        >>> samples.select("c", "a").keys()
        ['c', 'a']
        """
        return self._apply("select", keys=[name for key in keys for name in check.key_names(key)])

    def filter_key(self, key: str, remove: bool = False) -> Self:
        """Keeps only this key, or with `remove=True` all keys but this one.

        >>> import colonnade as dx
        >>> samples = dx.buffer_from_vector([{"a": 1, "b": 2, "c": 3}])
        >>> samples.filter_key("a").keys(), samples.filter_key("a", remove=True).keys()
        (['a'], ['b', 'c'])
        """
        return self._apply("remove" if remove else "select", keys=[check.key_name(key)])

    def rename_key(self, key: str, output_key: str) -> Self:
        """Gives the value of `key` the name `output_key`, and replaces a value that has this name already.

        >>> import colonnade as dx
        >>> dx.buffer_from_vector([{"a": 1, "b": 2}]).rename_key("a", "c").keys()
        ['c', 'b']
        """
        return self._apply("rename", key=check.key_name(key), to=check.key_name(output_key, "output_key"))


def _refuse_seed(seed: int | None) -> None:
    if seed is not None:
        raise TypeError("seed belongs to rng=True, which gives the function a generator")
