# SPDX-License-Identifier: Apache-2.0
"""Plans of pipelines: the text of the core, and the objects of Python that text cannot hold."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import _core
from ._convert import Converter

__all__ = ["Step", "chain", "made_again", "steps"]


@dataclass
class Step:
    """An operation on an earlier step, or a source, with the arguments that `_core.Pipeline.apply` takes."""

    operation: str
    arguments: dict[str, Any]
    #: The index of the step that it is applied to; None for a source.
    on: int | None
    #: The indices of the steps whose pipelines are arguments.
    others: list[int] = field(default_factory=list)


def steps(pipeline: _core.Pipeline) -> list[Step]:
    """Returns the steps of a pipeline, the last one at the end, with functions in the place of their numbers."""
    text, objects = pipeline.plan_with_objects()
    found = []
    for index, step in enumerate(json.loads(text)["steps"]):
        on = step.pop("on", index - 1)
        ((operation, given),) = step.items()
        others = given.pop("others", [])
        if "function" in given:
            given["function"] = objects[given["function"]]
        arguments = _arguments(operation, given)
        if operation == "iterable":
            arguments["factory"] = objects[given["object"]]
        found.append(Step(operation, arguments, on if operation in _operations() else None, others))
    return found


def chain(pipeline: _core.Pipeline) -> Iterator[Step]:
    """Yields the last step of a pipeline, then the steps before it up to the source."""
    found = steps(pipeline)
    on: int | None = len(found) - 1
    while on is not None:
        yield found[on]
        on = found[on].on


def made_again(text: str, objects: list[Any]) -> _core.Pipeline:
    """Makes the pipeline of a plan and its objects. The samples of a source may be a pipeline, or a list of dicts."""

    def make(number: int, given: _core.Pipeline | None, operation: str, arguments: str) -> _core.Pipeline:
        value = objects[number]
        if given is not None:
            return given.apply(operation, function=value, **_arguments(operation, json.loads(arguments)))
        if isinstance(value, _core.Pipeline):
            return value
        return (_core.samples if isinstance(value, list) else _core.iterable)(value, Converter())

    return _core.from_plan(text, make)


def _arguments(operation: str, given: dict[str, Any]) -> dict[str, Any]:
    """Returns the arguments as Python gives them: of a function, the extension finds the fields that it makes."""
    numbers = _numbers()
    arguments = {
        name: _number(value) if (operation, name) in numbers else _value(value)
        for name, value in given.items()
        if name not in ("fields", "object")
    }
    if operation == "map":
        (key,) = arguments.pop("keys")
        arguments = {"key": key, **arguments, "output": _value(given["fields"][0]["name"])}
    return arguments


@functools.cache
def _operations() -> frozenset[str]:
    """Returns the names of the operations. Steps with other names are sources."""
    return frozenset(row["name"] for row in _core.operations())


@functools.cache
def _numbers() -> frozenset[tuple[str, str]]:
    """Returns the operations and arguments that are numbers, of which JSON has some as strings."""
    return frozenset(
        (row["name"], parameter["name"])
        for row in _core.operations()
        for parameter in row["parameters"]
        if parameter["kind"].endswith(("number", "numbers"))
    )


def _number(value: Any) -> Any:
    if isinstance(value, dict):
        return {_value(key): _number(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_number(each) for each in value]
    return float(value.partition("(")[0]) if isinstance(value, str) else value


#: Characters that stand for bytes that are not UTF-8, and those of Python for the same bytes.
_BYTES = {0x10FE00 + byte: 0xDC00 + byte for byte in range(0x80, 0x100)}


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(each) for each in value]
    if not isinstance(value, str):
        return value
    data = value.translate(_BYTES).encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
