# SPDX-License-Identifier: Apache-2.0
"""The progress of a stream, which it shares with all streams of the same source."""

from __future__ import annotations

import operator
import os
import threading
import weakref
from typing import Any

from . import _core
from ._errors import Error
from ._node import Node, leave

__all__ = ["Progress", "State", "epoch_number"]

#: The result of `Stream.state`: a small JSON object.
State = dict[str, Any]

_VERSION = 1


class Progress:
    """The epoch, and the single running pass in it.

    A pass belongs to one of the streams that share this object. When another of them is pulled, it begins a new pass at the
    position of the running one.
    """

    __slots__ = ("__weakref__", "before", "current", "epoch", "lock", "node", "remade_after", "was_forked")

    def __init__(self, epoch: int = 0) -> None:
        self.epoch = epoch
        #: The running pass; None before the first pull of an epoch.
        self.current: _core.Pass | None = None
        #: The node of the stream that the pass belongs to.
        self.node: Node | None = None
        #: Items of this epoch that its stream returned before the pass began; None if only the source knows.
        self.before: int | None = 0
        #: Set if its stream was remade: (steps up to an ancestor, items that the ancestor skips).
        self.remade_after: tuple[int, int] | None = None
        self.was_forked = False
        self.lock = threading.Lock()
        _all.add(self)

    def turn_to(self, node: Node) -> _core.Pass:
        """Returns the pass of this stream: from the front, or from the position of a related stream. The lock must be held."""
        self._check_process()
        last = self.current
        if last is None:
            self._begin(node, node.pipeline.begin(self.epoch), before=0)
        elif self.node is not node:
            self._take_over(node, last)
            last.end()
        assert self.current is not None
        return self.current

    def _take_over(self, node: Node, last: _core.Pass) -> None:
        try:
            # Most related streams share one order of samples, with other batches or values, and can resume anywhere in it.
            self._begin(node, node.pipeline.begin(self.epoch, last.position()))
            return
        except ValueError:
            pass
        earlier = self.node
        depth = None if earlier is None else node.pipeline.operations_since(earlier.pipeline)
        if earlier is None or depth is None or self.before is None:
            raise RuntimeError(
                "another stream of the same source has been pulled, and this one cannot resume at its position: "
                "call reset() first"
            )
        remade_after = (depth, self.before + int(last.statistics()["items"]))
        remade = _remade(node.pipeline, *remade_after, earlier.pipeline)
        self._begin(node, remade.begin(self.epoch), remade_after=remade_after)

    def _begin(
        self, node: Node, current: _core.Pass, *, before: int | None = None, remade_after: tuple[int, int] | None = None
    ) -> None:
        self.current, self.node, self.before, self.remade_after = current, node, before, remade_after

    def reset(self, epoch: int) -> None:
        with self.lock:
            last, self.current, self.node = self.current, None, None
            self.epoch = epoch
            if self.was_forked:
                self.was_forked = False
            elif last is not None:
                last.end()

    def state(self, node: Node) -> State:
        with self.lock:
            self._check_process()
            if self.current is None:
                return {"version": _VERSION, "epoch": self.epoch}
            position = self.turn_to(node).position()
            state: State = {"version": _VERSION, "epoch": self.epoch, "position": position}
            if self.remade_after is not None:
                state["behind"] = list(self.remade_after)
            return state

    def resume(self, node: Node, state: State) -> None:
        epoch, position, remade_after = _checked(state)
        with self.lock:
            if position is None:
                current = None
            else:
                pipeline = node.pipeline if remade_after is None else _remade(node.pipeline, *remade_after)
                current = pipeline.begin(epoch, position)
            last, self.epoch, self.was_forked = self.current, epoch, False
            if current is None:
                self.current = self.node = None
            else:
                self._begin(node, current, remade_after=remade_after)
            if last is not None:
                last.end()

    def _check_process(self) -> None:
        if self.was_forked:
            raise RuntimeError(
                "this stream was running when the process was forked, and its threads stayed in the parent: call "
                "reset() first, or make the stream in the child"
            )


def _remade(pipeline: _core.Pipeline, depth: int, count: int, earlier: _core.Pipeline | None = None) -> _core.Pipeline:
    """Returns the same pipeline, but the earlier one, `depth` operations before, begins `count` items later."""
    start = pipeline.before(depth) if earlier is None else earlier
    return pipeline.reapply(depth, start.apply("drop_first", length=count, follows_epoch=True))


def epoch_number(value: Any) -> int:
    """Returns the number of an epoch; raises ValueError if it is out of range."""
    number = operator.index(value)
    if not 0 <= number < 1 << 63:
        raise Error(f"there is no epoch {number}: epochs count from 0, in 64 bits")
    return number


def _checked(state: State) -> tuple[int, str | None, tuple[int, int] | None]:
    try:
        if state["version"] != _VERSION:
            raise Error(f"this state was saved by another version ({state['version']}), and cannot be resumed")
        remade_after = state.get("behind")
        position = state.get("position")
        if position is not None and not isinstance(position, str):
            raise TypeError("position")
        return (
            epoch_number(state["epoch"]),
            position,
            None if remade_after is None else (int(remade_after[0]), int(remade_after[1])),
        )
    except (KeyError, TypeError, IndexError, AttributeError):
        raise Error(f"this is not the state of a stream: give the result of state(), not {state!r:.60}") from None


_all: weakref.WeakSet[Progress] = weakref.WeakSet()


def _after_fork() -> None:
    for progress in list(_all):
        progress.lock = threading.Lock()
        if progress.current is not None:
            leave(progress.current)
            progress.current = progress.node = None
            progress.was_forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
