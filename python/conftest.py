# SPDX-License-Identifier: Apache-2.0
"""The package is tested as it is installed; what a test needs besides, it has, or it is skipped."""

import importlib.util
import re

import pytest

IMPORT = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)


def is_missing(module):
    try:
        return importlib.util.find_spec(module) is None
    except ValueError:  # half of a package, left in sys.modules
        return False


def pytest_collection_modifyitems(items):
    """An example of the documentation that imports what is not installed here is not run."""
    for item in items:
        if isinstance(item, pytest.DoctestItem):
            text = "".join(example.source for example in item.dtest.examples)
            missing = sorted({module for module in IMPORT.findall(text) if is_missing(module)})
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"needs {', '.join(missing)}"))
