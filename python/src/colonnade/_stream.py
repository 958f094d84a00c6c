# SPDX-License-Identifier: Apache-2.0
"""Samples that are read in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Self, TypeVar

from . import _arguments as check
from . import _core
from ._arguments import LabelRule
from ._buffer import Buffer
from ._conditional import Conditional
from ._fetcher import Fetching, FileFetcher
from ._node import Node
from ._operations import Sample
from ._progress import Progress, State, epoch_number
from ._random import draw_seed
from ._unpack import unpacked

__all__ = ["Exhaustion", "Overlong", "Stream"]

Exhaustion = Literal["leave_out", "begin_anew", "stop"]
Overlong = Literal["split", "truncate", "drop", "refuse"]

_S = TypeVar("_S", bound="Stream")
_NONE = object()


class Stream(Conditional):
    """Samples that one or more threads read in order, once in each epoch.

    >>> import colonnade as dx
    >>> stream = dx.buffer_from_vector([{"x": i} for i in range(5)]).to_stream().batch(2)
    >>> for epoch in range(2):
    ...     print([batch["x"].tolist() for batch in stream])
    ...     stream.reset()
    [[0, 1], [2, 3], [4]]
    [[0, 1], [2, 3], [4]]

    A loop over a stream continues with the next sample; it does not start a new pass. Streams that are made from one
    another advance together. A sample that one of them returned does not come from the others again, and `reset` of
    one resets all.
    """

    __slots__ = ("__weakref__", "_pass", "_progress", "_pull")

    def __init__(self, node: Node, progress: Progress | None = None) -> None:
        if not isinstance(node, Node):
            raise TypeError("a Stream is made by to_stream, by a function that returns streams, or by an operation")
        self._node = node
        self._progress = Progress() if progress is None else progress
        self._pass: object = _NONE
        # Set by `_turn`. If its first value were a method of this stream, the stream would refer to itself, and the memory of
        # its pass would stay until the next garbage collection.
        self._pull: Callable[[], Sample]

    def _with(self, node: Node) -> Self:
        return type(self)(node, self._progress)

    def _join(self, operation: str, **arguments: Any) -> Self:
        return type(self)(self._node.apply(operation, **arguments))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Sample:
        # The path of every sample: two comparisons, and one call of the core.
        if self._progress.current is self._pass:
            return self._pull()
        return self._turn()

    def _turn(self) -> Sample:
        """Returns the first item after a related stream was read, or before any stream was read."""
        progress = self._progress
        with progress.lock:
            current = progress.turn_to(self._node)
            self._pull = current.next
            self._pass = current
        return current.next()

    def next(self) -> Sample:
        """Returns the next sample, or `{}` at the end.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": 1}]).to_stream()
        >>> int(stream.next()["x"]), stream.next()
        (1, {})
        """
        try:
            return self.__next__()
        except StopIteration:
            return {}

    __call__ = next

    def __len__(self) -> int:
        """Returns the number of samples or batches in a complete pass, also after some were read.

        >>> import colonnade as dx
        >>> len(dx.buffer_from_vector([{"x": i} for i in range(5)]).to_stream().batch(2))
        3

        Raises TypeError if only reading the samples can tell their number.
        """
        count = self._node.pipeline.count
        if count is None:
            raise TypeError(
                "the number of samples of this stream is known only when all are read: count them in a loop"
            )
        return count

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"Stream(keys={{{', '.join(map(repr, self.keys()))}}})"

    def reset(self) -> None:
        """Starts the next epoch from the front, in another random order if the stream has one.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(100)]).shuffle(seed=1).to_stream()
        >>> first = [int(s["x"]) for s in stream]
        >>> stream.reset()
        >>> first == [int(s["x"]) for s in stream]
        False
        """
        self._progress.reset(self._progress.epoch + 1)

    def epoch(self, number: int) -> Self:
        """Returns a stream of the given epoch from the front, which advances independently of this one.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(100)]).shuffle(seed=1).to_stream()
        >>> fourth = [int(s["x"]) for s in stream.epoch(3)]
        >>> fourth == [int(s["x"]) for s in stream.epoch(3)] != [int(s["x"]) for s in stream.epoch(4)]
        True
        """
        return type(self)(self._node, Progress(epoch_number(number)))

    def state(self) -> State:
        """Returns the state of the pass as a small dict that JSON can hold, for `resume`.

        >>> import colonnade as dx
        >>> import json
        >>> def make():
        ...     return dx.buffer_from_vector([{"x": i} for i in range(10)]).shuffle(seed=1).to_stream().prefetch(4, 2)
        >>> stream = make()
        >>> _ = next(stream), next(stream)
        >>> saved = json.dumps(stream.state())
        >>> rest = make().resume(json.loads(saved))
        >>> [int(s["x"]) for s in rest] == [int(s["x"]) for s in stream]
        True

        Samples that are prefetched and not yet returned do not count. The cost is constant, except for streams that
        hold samples back.
        """
        return self._progress.state(self._node)

    def resume(self, state: State) -> Self:
        """Continues from the state of a stream that was made in the same way, and returns this stream.

        >>> import colonnade as dx
        >>> numbers = dx.buffer_from_vector([{"x": i} for i in range(10)])
        >>> stream = numbers.to_stream().batch(2)
        >>> _ = next(stream)
        >>> next(numbers.to_stream().batch(4).resume(stream.state()))["x"].tolist()
        [2, 3, 4, 5]

        The data, the order and the seeds must be the same: give `shuffle` a seed, or call `core.set_state` first. The
        batch size, the number of ranks and the operations on values may differ. The cost is constant, except for
        streams that hold samples back and for sources that can only be read in order.
        """
        self._progress.resume(self._node, state)
        return self

    def stats(self) -> dict[str, Any]:
        """Returns statistics of the running pass: items, seconds, which step takes the time, how often the consumer
        waited.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(6)]).to_stream().batch(2)
        >>> stream.stats(), len(list(stream)), stream.stats()["items"]
        ({}, 3, 3)

        The dict is empty before the first item.
        """
        current = self._progress.current
        return {} if current is None else current.statistics()

    def to_buffer(self) -> Buffer:
        """Pulls the remaining samples now, and returns them as a buffer in memory with class names, units of time and
        metadata.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(5)]).to_stream()
        >>> _ = next(stream)
        >>> len(stream.to_buffer())
        4
        """
        samples: list[Any] = list(self)
        if not samples:
            # The empty buffer keeps the fields of the stream.
            return Buffer(self._node.apply("prefix", length=0).apply("materialize"))
        pulled = Node.source("samples", data=samples)
        return Buffer(self._node.apply("pulled", others=[pulled]))

    # Order

    def prefetch(self, prefetch_size: int | None = None, num_threads: int | None = None) -> Self:
        """Prepares items ahead: `num_threads` threads keep up to `prefetch_size` items ready. The order stays the same.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(6)]).to_stream().batch(2).prefetch(4, 2)
        >>> [batch["x"].tolist() for batch in stream]
        [[0, 1], [2, 3], [4, 5]]

        The threads start with the first `next` and end with the stream. Colonnade chooses a number that is not given by
        the size of the items and the number of processors.
        """
        return self._apply(
            "prefetch",
            depth=None if prefetch_size is None else check.positive(prefetch_size, "prefetch_size"),
            threads=None if num_threads is None else check.positive(num_threads, "num_threads"),
        )

    def prefetch_if(self, cond: bool, prefetch_size: int | None = None, num_threads: int | None = None) -> Self:
        """Applies `prefetch(…)` if `cond` is true, and changes nothing otherwise."""
        return self.prefetch(prefetch_size, num_threads) if cond else self

    def shuffle(self, buffer_size: int, *, seed: int | None = None) -> Self:
        """Shuffles the samples within a window: a sample comes at most `buffer_size` samples earlier than before.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(100)]).to_stream().shuffle(10)
        >>> sorted(int(s["x"]) for s in stream) == list(range(100))
        True

        The order differs from epoch to epoch. Without `seed`, this call draws one. `Buffer.shuffle` shuffles all
        samples at once, and costs less.
        """
        return self._apply("shuffle_window", window=check.positive(buffer_size, "buffer_size"), seed=draw_seed(seed))

    def shuffle_if(self, cond: bool, buffer_size: int, *, seed: int | None = None) -> Self:
        """Applies `shuffle(…)` if `cond` is true, and changes nothing otherwise."""
        return self.shuffle(buffer_size, seed=seed) if cond else self

    def repeat(self, num_time: int) -> Self:
        """Appends `num_time` further passes over the samples, each as another epoch; without end if it is 0 or
        negative.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": 1}, {"x": 2}]).to_stream().repeat(1)
        >>> [int(s["x"]) for s in stream]
        [1, 2, 1, 2]
        """
        times = check.integer(num_time, "num_time")
        return self._apply("repeat", times=times + 1 if times > 0 else None)

    def buffered(
        self, buffer_size: int, on_refill: Callable[[Buffer], Buffer] | None = None, num_threads: int = 1
    ) -> Self:
        """Collects `buffer_size` samples at a time in a buffer, and returns the samples of what `on_refill` makes of
        that buffer.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(5)]).to_stream()
        >>> [int(s["x"]) for s in stream.buffered(2, lambda buffer: buffer.perm(range(len(buffer))[::-1]))]
        [1, 0, 3, 2, 4]

        This call runs `on_refill` once with an empty buffer, to learn the fields of its result. `num_threads` is
        ignored: use `prefetch` after this step.
        """
        check.positive(num_threads, "num_threads")
        function = None if on_refill is None else Refill(check.function(on_refill, "on_refill"))
        return self._apply("buffered", size=check.positive(buffer_size, "buffer_size"), function=function)

    # Several streams

    def mix(
        self,
        *streams: Stream,
        weights: Sequence[float] | None = None,
        seed: int | None = None,
        exhaustion: Exhaustion = "begin_anew",
        labels: LabelRule = "same",
    ) -> Self:
        """Draws samples from this stream and others at random, with frequencies given by their weights. This stream
        has the first weight.

        >>> import colonnade as dx
        >>> ones, twos = (dx.buffer_from_vector([{"x": n}] * 10).to_stream() for n in (1, 2))
        >>> mixed = ones.mix(twos, weights=[3, 1], seed=0, exhaustion="leave_out")
        >>> sorted(int(s["x"]) for s in mixed) == [1] * 10 + [2] * 10
        True

        `exhaustion` decides about a stream that ends. With `"begin_anew"` it starts again, so that the mixture has no
        end. With `"leave_out"` the others continue, and with `"stop"` the mixture ends. Without `weights`, all streams
        are equally likely. The choice depends on seed, epoch and step. The mixture reads all streams from their front
        and advances independently: samples that it returns do not count for these streams.

        Different class names are an error, unless `labels="by_name"` maps the labels to one list of names, or
        `labels="drop"` keeps the numbers without names: see `Buffer.append`.
        """
        shares = [1.0] * (len(streams) + 1) if weights is None else check.reals(weights, "weights")
        return self._join(
            "mix",
            others=_nodes(streams),
            weights=shares,
            seed=draw_seed(seed),
            exhaustion=check.choice(exhaustion, Exhaustion, "exhaustion"),
            labels=check.choice(labels, LabelRule, "labels"),
        )

    def interleave(
        self,
        *streams: Stream,
        length: int = 1,
        exhaustion: Exhaustion = "leave_out",
        labels: LabelRule = "same",
    ) -> Self:
        """Takes samples from this stream and others in turn, `length` from each. `mix` describes the other arguments.

        >>> import colonnade as dx
        >>> ones, twos = (dx.buffer_from_vector([{"x": n}] * 2).to_stream() for n in (1, 2))
        >>> [int(s["x"]) for s in ones.interleave(twos)]
        [1, 2, 1, 2]
        """
        return self._join(
            "interleave",
            others=_nodes(streams),
            length=check.positive(length, "length"),
            exhaustion=check.choice(exhaustion, Exhaustion, "exhaustion"),
            labels=check.choice(labels, LabelRule, "labels"),
        )

    def zip(self, *streams: Stream) -> Self:
        """Joins samples of several streams into one sample each, until one stream ends. No key may occur twice.

        >>> import colonnade as dx
        >>> left, right = (dx.buffer_from_vector([{key: 1}, {key: 2}]).to_stream() for key in "ab")
        >>> [{key: int(value) for key, value in sample.items()} for sample in left.zip(right)]
        [{'a': 1, 'b': 1}, {'a': 2, 'b': 2}]

        The result reads all streams from their front and advances independently, as with `mix`.
        """
        return self._join("zip", others=_nodes(streams))

    # Batches, and other groups

    def batch(
        self,
        batch_size: int,
        pad: Mapping[str, float] | None = None,
        dim: Mapping[str, int] | None = None,
        *,
        drop_last: bool = False,
    ) -> Self:
        """Stacks consecutive samples along a new first dimension: see `Buffer.batch`.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": [1]}, {"x": [2, 3]}, {"x": [4]}]).to_stream()
        >>> [b["x"].tolist() for b in stream.batch(2, pad={"x": -1}, drop_last=True)]
        [[[1, -1], [2, 3]]]
        """
        return self._apply(
            "batch",
            size=check.integer(batch_size, "batch_size"),
            drop_last=bool(drop_last),
            **self._batch_arguments(pad, dim),
        )

    def dynamic_batch(
        self,
        buffer_size: int,
        key: str,
        *,
        min_data_size: int = -1,
        max_data_size: int = -1,
        pad: Mapping[str, float] | None = None,
        dim: Mapping[str, int] | None = None,
        shuffle: bool = False,
        drop_outliers: bool = False,
        max_skipped_samples: int = 1000,
        num_threads: int = 1,
        seed: int | None = None,
    ) -> Self:
        """Makes batches of samples of similar size within windows of `buffer_size` samples: see `Buffer.dynamic_batch`.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": [0] * n} for n in (3, 1, 2, 4, 1, 2)]).to_stream()
        >>> [batch["x"].shape for batch in stream.dynamic_batch(6, "x", max_data_size=6)]
        [(3, 2), (2, 3), (1, 4)]

        With `shuffle`, the batches of a window come in a random order. At most `max_skipped_samples` samples that do
        not fill `min_data_size` wait for the next window. `num_threads` is ignored: use `prefetch` after this step.
        """
        arguments = self._batch_arguments(pad, dim)
        window = check.positive(buffer_size, "buffer_size")
        check.positive(num_threads, "num_threads")
        maximum, minimum = check.integer(max_data_size, "max_data_size"), check.integer(min_data_size, "min_data_size")
        if maximum <= 0 and minimum <= 0:
            check.require_key(self.keys(), key)
            return self._apply("batch", size=window, **arguments)
        return self._apply(
            "batch_by_size",
            key=check.key_name(key),
            window=window,
            maximum=maximum if maximum > 0 else 1 << 62,
            minimum=minimum if minimum > 0 else None,
            drop_outliers=bool(drop_outliers),
            shuffle_seed=draw_seed(seed) if shuffle else None,
            max_waiting=max(check.integer(max_skipped_samples, "max_skipped_samples"), 0),
            **arguments,
        )

    def pack(
        self,
        keys: str | Iterable[str],
        length: int,
        *,
        window: int = 1000,
        overlong: Overlong = "split",
        pad: Mapping[str, float] | None = None,
    ) -> Self:
        """Packs rows of different lengths into rows of `length` elements, for language models.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": [1, 2, 3]}, {"x": [4, 5]}, {"x": [6]}]).to_stream()
        >>> [(s["x"].tolist(), s["segment_ids"].tolist(), s["positions"].tolist()) for s in stream.pack("x", 4)]
        [([1, 2, 3, 6], [1, 1, 1, 2], [0, 1, 2, 0]), ([4, 5, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0])]

        `segment_ids` counts the rows in a packed row from 1, and is 0 for padding. `positions` counts from 0 in each
        row. Other keys are dropped. `overlong` decides about rows longer than `length`: they are split, truncated,
        dropped, or refused by a ValueError with their index. The packing considers `window` rows at a time.
        """
        check.choice(overlong, Overlong, "overlong")
        names = check.key_names(keys)
        return self._apply(
            "pack",
            keys=names,
            length=check.positive(length, "length"),
            window=check.positive(window, "window"),
            overlong=overlong,
            padding=check.numbers_by_key({} if pad is None else pad, "pad", names),
        )

    def sliding_window(self, key: str, size: int, stride: int, dim: int = -1, index_key: str = "") -> Self:
        """Splits each sample into windows of `size` elements over dimension `dim` of `key`, one every `stride`
        elements.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": [1, 2, 3]}]).to_stream()
        >>> [s["x"].tolist() for s in stream.sliding_window("x", 2, 1)]
        [[1, 2], [2, 3], [3]]

        The last window may be shorter. The other keys are repeated. `index_key` gets the index of the window.
        """
        return self._apply(
            "sliding_window",
            key=check.key_name(key),
            size=check.positive(size, "size"),
            stride=check.positive(stride, "stride"),
            dimension=check.integer(dim, "dim"),
            index_key=index_key or None,
        )

    # Files that samples name

    def csv_reader_from_key(
        self,
        key: str,
        sep: str = ",",
        quote: str = '"',
        from_memory: bool = False,
        local_prefix: str | os.PathLike[str] = "",
        file_fetcher: FileFetcher | None = None,
        *,
        columns: Iterable[str] | None = None,
    ) -> Self:
        """Reads the rows of the CSV file that each sample names, or with `from_memory` of the text in the sample.

        >>> import colonnade as dx
        >>> files = dx.buffer_from_vector([{"text": b"a,b\\n1,2\\n3,4\\n"}]).to_stream()
        >>> [row["b"].tobytes() for row in files.csv_reader_from_key("text", from_memory=True)]
        [b'2', b'4']

        The result has the fields of the rows, as bytes, and no other keys. Compressed files are recognised: gzip is
        unpacked while it is read; bzip2, xz and zstd files are unpacked whole. All files must have the header of the
        first one, unless `columns` names the fields. With `local_prefix`, paths start in that folder, and a file outside
        of it is an error. `file_fetcher` brings the files to this machine.
        """
        if file_fetcher is not None and not from_memory:
            fetched = self.key_transform(key, Fetching(file_fetcher, local_prefix))
            return fetched.csv_reader_from_key(key, sep, quote, columns=columns)
        return self._apply(
            "csv_rows",
            key=check.key_name(key),
            from_memory=bool(from_memory),
            folder=os.fsencode(local_prefix) or None,
            columns=None if columns is None else check.key_names(columns, "columns"),
            function=unpacked,
            separator=check.character(sep, "sep"),
            quote=check.quote_character(quote),
        )

    def line_reader_from_key(
        self,
        key: str,
        dst_key: str,
        from_memory: bool = False,
        unzip: bool = False,
        local_prefix: str | os.PathLike[str] = "",
        file_fetcher: FileFetcher | None = None,
    ) -> Self:
        """Reads the lines of the file that each sample names, or with `from_memory` of the text in the sample, into
        `dst_key`.

        >>> import colonnade as dx
        >>> files = dx.buffer_from_vector([{"text": b"one\\ntwo\\n"}]).to_stream()
        >>> [row["line"].tobytes() for row in files.line_reader_from_key("text", "line", from_memory=True)]
        [b'one', b'two']

        Compressed files are recognised as by `csv_reader_from_key`, and `local_prefix` and `file_fetcher` have the same
        meaning; `unzip` is ignored.
        """
        if file_fetcher is not None and not from_memory:
            fetched = self.key_transform(key, Fetching(file_fetcher, local_prefix))
            return fetched.line_reader_from_key(key, dst_key)
        return self._apply(
            "lines_of",
            key=check.key_name(key),
            output=check.key_name(dst_key, "dst_key"),
            from_memory=bool(from_memory),
            folder=os.fsencode(local_prefix) or None,
            function=unpacked,
        )

    # Copies

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self._node, self.state())

    def __copy__(self) -> Self:
        return self._with(self._node)

    def __deepcopy__(self, memo: object) -> Self:
        # A copy with a separate state, at the current position.
        return _again(type(self), self._node, self.state())


def _again(kind: type[_S], node: Node, state: State) -> _S:
    return kind(node).resume(state)


class Refill:
    """Calls `on_refill` for the core. It is an object, so that it can be pickled if the function can."""

    def __init__(self, function: Callable[[Buffer], Buffer]) -> None:
        self.function = function

    def __call__(self, pipeline: _core.Pipeline) -> _core.Pipeline:
        result = self.function(Buffer(Node(pipeline)))
        if not isinstance(result, Buffer):
            raise TypeError(f"on_refill must return a Buffer, not {type(result).__name__}")
        return result._node.pipeline


def _nodes(streams: Iterable[Stream]) -> list[Node]:
    for stream in streams:
        if not isinstance(stream, Stream):
            raise TypeError(f"a Stream is needed, not {type(stream).__name__}: a buffer becomes one by to_stream()")
    return [stream._node for stream in streams]
