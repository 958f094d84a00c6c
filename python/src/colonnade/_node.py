# SPDX-License-Identifier: Apache-2.0
"""A description of a pipeline from which it can be made again: in another process, and in a forked child.

A `_core.Pipeline` has locks and may have threads, which neither a pickle nor a fork carries over. A `Node` holds the
operation and its arguments beside it.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from . import _core
from ._convert import Converter, convert
from ._errors import Error

_core.set_convert(convert)

__all__ = ["Node"]

Arguments = dict[str, Any]


def _open(path: str, verify: str, copy: bool, identity: str | None = None) -> _core.Pipeline:
    pipeline = _core.open(path, verify, copy)
    if identity is not None and identity != pipeline.position(0, 0):
        raise Error(f"{path} is not the file that this buffer opened: open it again")
    return pipeline


#: The sources of pipelines, by name.
_SOURCES: dict[str, Callable[..., _core.Pipeline]] = {
    "open": _open,
    "samples": lambda data: _core.samples(data, Converter()),
    "columns": _core.columns,
    "iterable": lambda factory: _core.iterable(factory, Converter()),
    "csv": lambda path, data, name, separator, quote: _core.csv(path, data, name, separator, quote),
    "lines": lambda path, data, name, key: _core.lines(path, data, name, key),
}

#: Sources that hold their data and need no threads, so that a child can use them.
_IN_MEMORY = frozenset({"samples", "columns", "pipeline"})


class Node:
    """An operation on a pipeline, or a source. It is immutable, except for its pipeline, which is made at the first use."""

    __slots__ = ("__weakref__", "_pipeline", "arguments", "operation", "parent")

    def __init__(
        self, operation: str, parent: Node | None, arguments: Arguments, pipeline: _core.Pipeline | None = None
    ) -> None:
        self.operation = operation
        self.parent = parent
        self.arguments = arguments
        self._pipeline = pipeline
        if pipeline is None:
            self._make()
        _nodes.add(self)

    @classmethod
    def source(cls, kind: str, **arguments: Any) -> Node:
        """Opens a source now, so that wrong arguments are reported by the call that has them."""
        node = cls(kind, None, arguments)
        if kind == "samples":
            # The core has the samples: the list and its dictionaries can be released.
            node.arguments = {}
        return node

    @classmethod
    def opened(cls, path: str | os.PathLike[str], verify: str = "auto", copy: bool = False) -> Node:
        """Opens a data set in a file."""
        return cls.source("open", path=os.path.abspath(os.fspath(path)), verify=verify, copy=copy)

    @classmethod
    def of(cls, pipeline: _core.Pipeline) -> Node:
        """Wraps a pipeline that the core made."""
        return cls("pipeline", None, {}, pipeline)

    @property
    def pipeline(self) -> _core.Pipeline:
        pipeline = self._pipeline
        return self._make() if pipeline is None else pipeline

    def _make(self) -> _core.Pipeline:
        # Begins at the nearest existing pipeline, without recursion, since a chain may be longer than the stack is deep.
        missing = []
        node: Node | None = self
        while node is not None and node._pipeline is None:
            missing.append(node)
            node = node.parent
        pipeline = node._pipeline if node is not None else None
        for node in reversed(missing):
            if pipeline is None:
                pipeline = _SOURCES[node.operation](**node.arguments)
            else:
                pipeline = pipeline.apply(node.operation, **_for_core(node.arguments))
            node._pipeline = pipeline
        assert pipeline is not None
        return pipeline

    def apply(self, operation: str, **arguments: Any) -> Node:
        """Returns the node of an operation on this one; arguments that are None are left out."""
        return Node(operation, self, {name: value for name, value in arguments.items() if value is not None})

    def ancestors(self) -> Iterator[Node]:
        """Yields this node, then its ancestors up to the source."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def without_first(self, depth: int, count: int) -> Node:
        """Returns the same chain, but the ancestor `steps` above begins `count` items later."""
        chain = list(zip(range(depth), self.ancestors()))
        node = next(node for place, node in enumerate(self.ancestors()) if place == depth)
        node = node.apply("drop_first", length=count, follows_epoch=True)
        for _, step in reversed(chain):
            node = Node(step.operation, node, step.arguments)
        return node

    def __reduce__(self) -> tuple[Any, ...]:
        steps = [(node.operation, node._pickled_arguments()) for node in self.ancestors()]
        return _again, (steps[::-1],)

    def _pickled_arguments(self) -> Arguments:
        if self.operation == "open":
            return {**self.arguments, "identity": self.pipeline.position(0, 0)}
        if self.operation not in ("samples", "pipeline"):
            return self.arguments
        pipeline = self.pipeline
        if pipeline.is_stream or pipeline.count is None:
            raise TypeError("this stream was made by the core alone, and cannot be pickled")
        return {"data": [pipeline.get(place) for place in range(pipeline.count)]}


def _for_core(arguments: Arguments) -> Arguments:
    others = arguments.get("others")
    if others is None:
        return arguments
    return {**arguments, "others": [other.pipeline for other in others]}


def _again(steps: list[tuple[str, Arguments]]) -> Node:
    node: Node | None = None
    for operation, arguments in steps:
        if node is None:
            node = Node.source("samples" if operation == "pipeline" else operation, **arguments)
        else:
            node = Node(operation, node, arguments)
    assert node is not None
    return node


_nodes: weakref.WeakSet[Node] = weakref.WeakSet()
#: Objects that a forked child must not release, since that would wait for threads that it does not have.
_left: list[object] = []


def leave(thing: object) -> None:
    """Keeps an object of the parent process forever in a forked child."""
    _left.append(thing)


def _after_fork() -> None:
    for node in list(_nodes):
        if node.operation not in _IN_MEMORY:
            leave(node._pipeline)
            node._pipeline = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
