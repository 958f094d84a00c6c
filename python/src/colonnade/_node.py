# SPDX-License-Identifier: Apache-2.0
"""Pipelines of the core that can be pickled, and used in a forked child."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any

from . import _core
from ._convert import Converter, convert
from ._plan import made_again

_core.set_convert(convert)

__all__ = ["Node"]

#: The sources of pipelines, by name.
_SOURCES: dict[str, Callable[..., _core.Pipeline]] = {
    "samples": lambda data: _core.samples(data, Converter()),
    "iterable": lambda factory: _core.iterable(factory, Converter()),
    "csv": lambda path, data, name, separator, quote: _core.csv(path, data, name, separator, quote),
    "files_of_tar": lambda path, nested: _core.files_of_tar(path, nested),
    "lines": lambda path, data, name, key: _core.lines(path, data, name, key),
}


class Node:
    """A pipeline of the core, which a pickle and a forked child make again from its plan.

    A `_core.Pipeline` has locks and may have threads, which neither a pickle nor a fork carries over. Its plan is text. The
    functions and samples in memory that it needs go beside the text.
    """

    __slots__ = ("__weakref__", "_of_parent", "_pipeline")

    def __init__(self, pipeline: _core.Pipeline) -> None:
        self._pipeline: _core.Pipeline | None = pipeline
        #: In a forked child, the pipeline of the parent process: only its plan may be used.
        self._of_parent: _core.Pipeline | None = None
        _nodes.add(self)

    @classmethod
    def source(cls, kind: str, **arguments: Any) -> Node:
        """Opens a source now, so that wrong arguments are reported by the call that has them."""
        return cls(_SOURCES[kind](**arguments))

    @classmethod
    def opened(
        cls,
        path: str | os.PathLike[str],
        verify: str = "auto",
        copy: bool = False,
        version: int = 0,
        tag: str | None = None,
    ) -> Node:
        """Opens a data set in a file, or a version of one of many files. Version 0 is the newest one."""
        return cls(_core.open(os.path.abspath(os.fspath(path)), verify, copy, version, tag))

    @property
    def pipeline(self) -> _core.Pipeline:
        if self._pipeline is None:
            assert self._of_parent is not None
            self._pipeline = made_again(*self._of_parent.plan_with_objects())
        return self._pipeline

    def apply(self, operation: str, **arguments: Any) -> Node:
        """Returns the node of an operation on this one; arguments that are None are left out."""
        if "others" in arguments:
            arguments["others"] = [other.pipeline for other in arguments["others"]]
        return Node(self.pipeline.apply(operation, **arguments))

    def __reduce__(self) -> tuple[Any, ...]:
        text, objects = self.pipeline.plan_with_objects()
        return _unpickled, (text, [_samples(each) if isinstance(each, _core.Pipeline) else each for each in objects])


def _samples(pipeline: _core.Pipeline) -> list[dict[str, Any]]:
    return [pipeline.get(index) for index in range(pipeline.count or 0)]


def _unpickled(text: str, objects: list[Any]) -> Node:
    return Node(made_again(text, objects))


_nodes: weakref.WeakSet[Node] = weakref.WeakSet()
#: Objects that a forked child must not release, since that would wait for threads that it does not have.
_left: list[object] = []


def leave(thing: object) -> None:
    """Keeps an object of the parent process forever in a forked child."""
    _left.append(thing)


def _after_fork() -> None:
    for node in list(_nodes):
        if node._pipeline is not None:
            leave(node._pipeline)
            node._of_parent, node._pipeline = node._pipeline, None


if hasattr(os, "register_at_fork"):
    # Python warns of a fork while there are threads. Those of a pass that runs are not ended.
    os.register_at_fork(before=_core.end_idle_threads, after_in_child=_after_fork)
