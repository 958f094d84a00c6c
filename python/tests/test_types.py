# SPDX-License-Identifier: Apache-2.0
"""Documentation that runs, and types that users' checkers see."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys
import textwrap

import colonnade
import pytest

MODULES = [name for _, name, _ in pkgutil.iter_modules(colonnade.__path__, "colonnade.") if not name.endswith("_core")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


@pytest.mark.parametrize("kind", [colonnade.Buffer, colonnade.Stream])
def test_everything_public_is_documented(kind):
    for name in dir(kind):
        if not name.startswith("_"):
            assert getattr(kind, name).__doc__, name


def test_mypy_is_content_with_programs_and_finds_mistakes(tmp_path):
    pytest.importorskip("mypy")
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            """
            import colonnade as dx

            buffer = dx.buffer_from_vector([{"x": 1}]).shuffle(seed=1).batch(2)
            stream: dx.Stream = buffer.to_stream().key_transform("x", lambda x: x + 1).pad_if(True, "x", 0, 1, 1, 0)
            stream = stream.shard("x", 2).shard("auto").shard(rank=1, of=2).prefetch(4, 2)
            for sample in stream:
                print(sample["x"])
            dx.core.set_state(1)
            """
        )
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    program.write_text("import colonnade as dx\ndx.buffer_from_vector([]).batch('2')\ndx.Stream.nothing\n")
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.count("error:") == 2, done.stdout
