# SPDX-License-Identifier: Apache-2.0
"""The reference is complete, and every public name has an example. That the examples run, the tests of modules show."""

from __future__ import annotations

import doctest
import enum
import importlib
import inspect
import re
from pathlib import Path

import pytest
from colonnade._adapters import Adapted

PAGES = Path(__file__).parents[2] / "docs" / "reference"
#: Modules for libraries that may not be installed.
OPTIONAL = [".daft", ".ray", ".torch"]
#: Kinds of classes whose members are those that Python gives them.
FROM_PYTHON = (BaseException, enum.Enum, tuple, dict)


def modules():
    for name in ["", ".core", ".datasets", ".features", ".tokenizer_helpers", ".grain", *OPTIONAL]:
        try:
            yield importlib.import_module(f"colonnade{name}")
        except ImportError:  # the library is not installed
            continue


def public_names():
    """Returns the public functions, classes, methods and properties by their dotted names."""
    found = {"colonnade.Adapted": (Adapted, None)}
    for module in modules():
        for name in module.__all__:
            value = getattr(module, name)
            if not inspect.ismodule(value) and not isinstance(value, str):
                found.setdefault(f"{module.__name__}.{name}", (value, None))
    for name, (value, _) in list(found.items()):
        if inspect.isclass(value) and not issubclass(value, FROM_PYTHON):
            for member, how in inspect.getmembers(value):
                defined = next((base for base in value.__mro__ if member in vars(base)), object)
                if not member.startswith("_") and defined.__module__.startswith("colonnade"):
                    found[f"{name}.{member}"] = (how, value)
    return found


NAMES = public_names()


def documented():
    """Returns the names that the pages show, and the twins that they show with them."""
    shown = set()
    for page in PAGES.glob("*.rst"):
        for module, names in re.findall(r"\.\. documented::(.*)\n\n((?:   .+\n)+)", page.read_text(encoding="utf-8")):
            module = {"": "colonnade", "colonnade._adapters": "colonnade"}.get(module.strip(), module.strip())
            for name in names.split():
                owned = module != "colonnade" or f"colonnade.{name}" in NAMES
                paths = [name] if owned else [f"Buffer.{name}", f"Stream.{name}"]
                shown.update(f"{module}.{path}" for path in paths)
    return shown


def test_the_reference_has_every_public_name_and_no_other():
    shown = documented()
    for module in OPTIONAL:
        if not any(name.startswith(f"colonnade{module}.") for name in NAMES):  # the library is not installed
            shown = {name for name in shown if not name.startswith(f"colonnade{module}.")}
    twins = {name for name in NAMES if name.endswith("_if") and name.removesuffix("_if") in shown}
    assert sorted(NAMES.keys() - shown - twins) == []
    assert sorted(shown - NAMES.keys()) == []


def examples(value):
    """Returns the statements of the examples of an object."""
    return "".join(example.source for example in doctest.DocTestParser().get_examples(inspect.getdoc(value) or ""))


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("_if")])
def test_every_public_name_has_an_example(name):
    value, owner = NAMES[name]
    if inspect.isclass(value):  # its example may have its instances alone
        assert examples(value)
    else:  # the example of a class may show its methods
        text = examples(value) + ("" if owner is None else examples(owner))
        assert re.search(rf"\b{name.rpartition('.')[2]}\b", text)


@pytest.mark.parametrize("name", NAMES)
def test_a_description_says_something_by_itself(name):
    first = (inspect.getdoc(NAMES[name][0]) or "").partition("\n\n")[0]
    assert first.endswith((".", ":")), first
    assert not re.match(r"(Of|The same|What|How|As|It|Who|Whether)\b", first), first
