# SPDX-License-Identifier: Apache-2.0
"""Operations that only streams have: order, several streams, prefetching, samples made of samples."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from . import _arguments as check
from . import _core
from ._errors import Error
from ._node import Node
from ._operations import Pipelined
from ._order import LabelRule, label_rule
from ._random import draw_seed
from ._unpack import unpacked

if TYPE_CHECKING:
    from ._buffer import Buffer
    from ._stream import Stream

__all__ = ["Exhaustion", "StreamOperations"]

Exhaustion = Literal["leave_out", "begin_anew", "stop"]


class StreamOperations(Pipelined):
    """Operations that only streams have."""

    __slots__ = ()

    def _join(self, operation: str, **arguments: Any) -> Self:
        raise NotImplementedError

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
        """Shuffles the samples within a window: no sample comes more than `buffer_size` places early.

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

    def mix(
        self,
        *streams: Stream,
        weights: Sequence[float] | None = None,
        seed: int | None = None,
        exhaustion: Exhaustion = "begin_anew",
        labels: LabelRule = "same",
    ) -> Self:
        """Draws samples from this stream and others at random, as often as their weights say. This stream has the first
        weight.

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
            exhaustion=_known(exhaustion),
            labels=label_rule(labels),
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
            exhaustion=_known(exhaustion),
            labels=label_rule(labels),
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

    def csv_reader_from_key(
        self,
        key: str,
        sep: str = ",",
        quote: str = '"',
        from_memory: bool = False,
        local_prefix: str | os.PathLike[str] = "",
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
        of it is an error.
        """
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
    ) -> Self:
        """Reads the lines of the file that each sample names, or with `from_memory` of the text in the sample, into
        `dst_key`.

        >>> import colonnade as dx
        >>> files = dx.buffer_from_vector([{"text": b"one\\ntwo\\n"}]).to_stream()
        >>> [row["line"].tobytes() for row in files.line_reader_from_key("text", "line", from_memory=True)]
        [b'one', b'two']

        Compressed files are recognised as by `csv_reader_from_key`, and `local_prefix` has the same meaning; `unzip` is
        ignored.
        """
        return self._apply(
            "lines_of",
            key=check.key_name(key),
            output=check.key_name(dst_key, "dst_key"),
            from_memory=bool(from_memory),
            folder=os.fsencode(local_prefix) or None,
            function=unpacked,
        )

    def to_buffer(self) -> Buffer:
        """Pulls the remaining samples now, and returns them as a buffer in memory with class names, units of time and
        metadata.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(5)]).to_stream()
        >>> _ = next(stream)
        >>> len(stream.to_buffer())
        4
        """
        from ._buffer import Buffer

        samples: list[Any] = list(self)  # type: ignore[call-overload]
        if not samples:
            # The empty buffer keeps the fields of the stream.
            return Buffer(Node.of(self._node.apply("prefix", length=0).apply("materialize").pipeline))
        pulled = Node.source("samples", data=samples)
        return Buffer(Node.of(self._node.apply("pulled", others=[pulled]).pipeline))


class Refill:
    """Calls `on_refill` for the core. It is an object, so that it can be pickled if the function can."""

    def __init__(self, function: Callable[[Buffer], Buffer]) -> None:
        self.function = function

    def __call__(self, pipeline: _core.Pipeline) -> _core.Pipeline:
        from ._buffer import Buffer

        result = self.function(Buffer(Node.of(pipeline)))
        if not isinstance(result, Buffer):
            raise TypeError(f"on_refill must return a Buffer, not {type(result).__name__}")
        return result._node.pipeline


def _nodes(streams: Iterable[Stream]) -> list[Node]:
    from ._stream import Stream

    for stream in streams:
        if not isinstance(stream, Stream):
            raise TypeError(f"a Stream is needed, not {type(stream).__name__}: a buffer becomes one by to_stream()")
    return [stream._node for stream in streams]


def _known(exhaustion: str) -> str:
    if exhaustion not in ("leave_out", "begin_anew", "stop"):
        raise Error(f'exhaustion must be "leave_out", "begin_anew" or "stop", not {exhaustion!r}')
    return exhaustion
