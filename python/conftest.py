# SPDX-License-Identifier: Apache-2.0
"""Fixtures for testing the installed package: a test that needs a missing library is skipped."""

import importlib.util
import re

import pytest

IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)


def is_missing(module):
    try:
        return importlib.util.find_spec(module) is None
    except ValueError:  # a partly imported package in sys.modules
        return False


def pytest_collection_modifyitems(items):
    """Skips examples of the documentation that import libraries which are not installed."""
    for item in items:
        if isinstance(item, pytest.DoctestItem):
            text = "".join(example.source for example in item.dtest.examples)
            missing = sorted({module for module in IMPORT.findall(text) if is_missing(module)})
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"needs {', '.join(missing)}"))
