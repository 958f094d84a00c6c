# SPDX-License-Identifier: Apache-2.0
"""Samples that are read from front to back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, TypeVar

from ._conditional import Conditional
from ._node import Node
from ._operations import Sample
from ._progress import Progress, State, epoch_number
from ._stream_batches import StreamBatches
from ._stream_operations import StreamOperations

__all__ = ["Stream"]

_S = TypeVar("_S", bound="Stream")
_NONE = object()


class Stream(Conditional, StreamOperations, StreamBatches):
    """Samples that one thread or several pull from front to back, once in each epoch.

    >>> import colonnade as dx
    >>> stream = dx.buffer_from_vector([{"x": i} for i in range(5)]).to_stream().batch(2)
    >>> for epoch in range(2):
    ...     print([batch["x"].tolist() for batch in stream])
    ...     stream.reset()
    [[0, 1], [2, 3], [4]]
    [[0, 1], [2, 3], [4]]

    A stream continues where it is: a loop over it does not start a new pass. Streams that are made from one another
    advance together. A sample that one of them returned does not come from the others again, and `reset` of one resets
    all.
    """

    __slots__ = ("__weakref__", "_pass", "_progress", "_pull")

    def __init__(self, node: Node, progress: Progress | None = None) -> None:
        if not isinstance(node, Node):
            raise TypeError("a Stream is made by to_stream, by a function that returns streams, or by an operation")
        self._node = node
        self._progress = Progress() if progress is None else progress
        self._pass: object = _NONE
        self._pull: Callable[[], Sample] = self._turn

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
        """Returns the first item since another stream of the source, or none, was pulled."""
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
        """Returns the number of samples or batches in a whole pass, also after some were taken.

        >>> import colonnade as dx
        >>> len(dx.buffer_from_vector([{"x": i} for i in range(5)]).to_stream().batch(2))
        3

        Raises TypeError where only reading the samples tells their number.
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
        streams that hold samples back and for sources that are read only from the front.
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

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self._node, self.state())

    def __copy__(self) -> Self:
        return self._with(self._node)

    def __deepcopy__(self, memo: object) -> Self:
        # A copy with a separate state, at the current position.
        return _again(type(self), self._node, self.state())


def _again(kind: type[_S], node: Node, state: State) -> _S:
    return kind(node).resume(state)
