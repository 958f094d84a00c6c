# SPDX-License-Identifier: Apache-2.0
"""Tests that the installed package and uses of it pass mypy's strict checks, and that the stubs match the module."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")

CONFIGURATION = Path(__file__).parents[2] / "pyproject.toml"


def mypy(folder, module, *arguments):
    options = ["--config-file", CONFIGURATION, "--cache-dir", folder]
    if module == "mypy.stubtest":
        options = ["--mypy-config-file", CONFIGURATION]
    command = [sys.executable, "-P", "-m", module, *options, *arguments]
    return subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("mypy")


def test_the_package_is_typed(folder):
    done = mypy(folder, "mypy", "-p", "colonnade")
    assert done.returncode == 0, done.stdout + done.stderr


def test_uses_are_typed(folder):
    done = mypy(folder, "mypy", *sorted((Path(__file__).parent / "typed").glob("*.py")))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stub_of_the_extension_is_what_is_there(folder):
    done = mypy(folder, "mypy.stubtest", "colonnade._core")
    assert done.returncode == 0, done.stdout + done.stderr
