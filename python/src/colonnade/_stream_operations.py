# SPDX-License-Identifier: Apache-2.0
"""Operations that only streams have: order, several streams, prefetching, samples out of samples."""

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
    __slots__ = ()

    def _join(self, operation: str, **arguments: Any) -> Self:
        raise NotImplementedError

    def prefetch(self, prefetch_size: int | None = None, num_threads: int | None = None) -> Self:
        """The same, prepared ahead: `num_threads` threads keep up to `prefetch_size` items ready. The order stays.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(6)]).to_stream().batch(2).prefetch(4, 2)
        >>> [batch["x"].tolist() for batch in stream]
        [[0, 1], [2, 3], [4, 5]]

        The threads start with the first `next`, and end with the stream. Numbers that are not given are chosen by the
        size of the items and the processors there are.
        """
        return self._apply(
            "prefetch",
            depth=None if prefetch_size is None else check.positive(prefetch_size, "prefetch_size"),
            threads=None if num_threads is None else check.positive(num_threads, "num_threads"),
        )

    def prefetch_if(self, cond: bool, prefetch_size: int | None = None, num_threads: int | None = None) -> Self:
        """`prefetch(…)` if `cond` is true; else this one, unchanged."""
        return self.prefetch(prefetch_size, num_threads) if cond else self

    def shuffle(self, buffer_size: int, *, seed: int | None = None) -> Self:
        """The samples in a random order within a window: none comes more than `buffer_size` places early.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(100)]).to_stream().shuffle(10)
        >>> sorted(int(s["x"]) for s in stream) == list(range(100))
        True

        Another order in each epoch; without `seed`, it is drawn once. `Buffer.shuffle` shuffles all at once, for
        less.
        """
        return self._apply("shuffle_window", window=check.positive(buffer_size, "buffer_size"), seed=draw_seed(seed))

    def shuffle_if(self, cond: bool, buffer_size: int, *, seed: int | None = None) -> Self:
        """`shuffle(…)` if `cond` is true; else this one, unchanged."""
        return self.shuffle(buffer_size, seed=seed) if cond else self

    def repeat(self, num_time: int) -> Self:
        """The samples `num_time` times more, each as another epoch; for ever if it is 0 or negative.

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
        """The samples in buffers of `buffer_size`, each changed by `on_refill` as buffers can be.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": i} for i in range(5)]).to_stream()
        >>> [int(s["x"]) for s in stream.buffered(2, lambda buffer: buffer.perm(range(len(buffer))[::-1]))]
        [1, 0, 3, 2, 4]

        `on_refill` is called once with an empty buffer, which tells the fields.
        """
        check.positive(num_threads, "num_threads")
        function = None if on_refill is None else Refill(check.function(on_refill, "on_refill"))
        return self._apply("buffered", size=check.positive(buffer_size, "buffer_size"), function=function)

    def sliding_window(self, key: str, size: int, stride: int, dim: int = -1, index_key: str = "") -> Self:
        """Each sample as windows of `size` over dimension `dim` of `key`, every `stride` elements; the last may be
        shorter.

        >>> import colonnade as dx
        >>> stream = dx.buffer_from_vector([{"x": [1, 2, 3]}]).to_stream()
        >>> [s["x"].tolist() for s in stream.sliding_window("x", 2, 1)]
        [[1, 2], [2, 3], [3]]

        Other keys are repeated; `index_key` gets the number of the window.
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
        """Samples of this stream and others at random, as often as their weights say: this one's first, then theirs.

        >>> import colonnade as dx
        >>> ones, twos = (dx.buffer_from_vector([{"x": n}] * 10).to_stream() for n in (1, 2))
        >>> mixed = ones.mix(twos, weights=[3, 1], seed=0, exhaustion="leave_out")
        >>> sorted(int(s["x"]) for s in mixed) == [1] * 10 + [2] * 10
        True

        A stream that ends begins anew, so that the mixture has no end; or is left out (`"leave_out"`); or ends the
        mixture (`"stop"`). Without weights, all are alike. The choice depends on seed, epoch and step. All are
        taken from their front, and the result has a place of its own: what it gives, these streams still have.

        Class names that differ are an error, unless `labels="by_name"` maps the labels to one list of names, or
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
        """Samples of this stream and others in turn, `length` of each; see `mix`.

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
        """Samples with the keys of all of them, until one ends; no key may be in two. See `mix` for what they
        share.
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
        """The rows of the CSV file that each sample names, or of the text that it has itself (`from_memory`).

        >>> import colonnade as dx
        >>> files = dx.buffer_from_vector([{"text": b"a,b\\n1,2\\n3,4\\n"}]).to_stream()
        >>> [row["b"].tobytes() for row in files.csv_reader_from_key("text", from_memory=True)]
        [b'2', b'4']

        Only the fields of the rows come out, as bytes. Compressed files are recognised: gzip is unpacked on the way,
        bzip2, xz and zstd as a whole. All files have the same header; it is that of the first one,
        unless `columns` names the fields.
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
        """The lines of the file that each sample names, or of the text that it has itself, under `dst_key`.

        >>> import colonnade as dx
        >>> files = dx.buffer_from_vector([{"text": b"one\\ntwo\\n"}]).to_stream()
        >>> [row["line"].tobytes() for row in files.line_reader_from_key("text", "line", from_memory=True)]
        [b'one', b'two']

        Compressed files are recognised as by `csv_reader_from_key`; `unzip` changes nothing.
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
        """What is left, pulled now, as a buffer in memory; class names, units of time and metadata stay."""
        from ._buffer import Buffer

        samples: list[Any] = list(self)  # type: ignore[call-overload]
        if not samples:
            # It keeps the fields of the stream.
            return Buffer(Node.of(self._node.apply("prefix", length=0).apply("materialize").pipeline))
        pulled = Node.source("samples", data=samples)
        return Buffer(Node.of(self._node.pipeline.apply("pulled", others=[pulled.pipeline])))


class Refill:
    """`on_refill` as the core calls it; an object, so that it pickles if the function does."""

    def __init__(self, function: Callable[[Buffer], Buffer]) -> None:
        self.function = function

    def __call__(self, pipeline: _core.Pipeline) -> _core.Pipeline:
        from ._buffer import Buffer

        result = self.function(Buffer(Node.of(pipeline)))
        if not isinstance(result, Buffer):
            raise TypeError(f"on_refill has to give a Buffer, not {type(result).__name__}")
        return result._node.pipeline


def _nodes(streams: Iterable[Stream]) -> list[Node]:
    from ._stream import Stream

    for stream in streams:
        if not isinstance(stream, Stream):
            raise TypeError(f"a Stream is needed, not {type(stream).__name__}: a buffer becomes one by to_stream()")
    return [stream._node for stream in streams]


def _known(exhaustion: str) -> str:
    if exhaustion not in ("leave_out", "begin_anew", "stop"):
        raise Error(f'exhaustion is "leave_out", "begin_anew" or "stop", not {exhaustion!r}')
    return exhaustion
