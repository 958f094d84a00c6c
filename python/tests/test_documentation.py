# SPDX-License-Identifier: Apache-2.0
"""Documentation: examples that run, and nothing without one word."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import colonnade
import pytest

MODULES = [name for _, name, _ in pkgutil.iter_modules(colonnade.__path__, "colonnade.") if not name.endswith("_core")]


#: What examples of a module need besides.
NEEDED = {"colonnade.torch": ["torch"], "colonnade._adapters": ["torch", "mlx.core", "jax"]}


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    for module in NEEDED.get(name, []):
        pytest.importorskip(module)
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


@pytest.mark.parametrize("kind", [colonnade.Buffer, colonnade.Stream])
def test_everything_public_is_documented(kind):
    for name in dir(kind):
        if not name.startswith("_"):
            assert getattr(kind, name).__doc__, name
