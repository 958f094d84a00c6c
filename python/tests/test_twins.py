# SPDX-License-Identifier: Apache-2.0
"""Tests of twins: each is its operation if the condition holds, and has no effect otherwise."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import colonnade as dx
import numpy as np
import pytest

# The twins of MLX Data, without those for files of images, sound, video and tar archives.
WANTED = """
    filter_by_shape filter_key key_transform pad pad_to_multiple pad_to_size partition random_slice remove_value
    rename_key replace replace_bytes sample_transform shape shard shuffle slice squeeze
    tokenize tokenize_bpe
    image_center_crop image_channel_reduction image_random_area_crop image_random_crop image_random_h_flip image_resize
    image_resize_smallest_side image_rotate
""".split()


def test_there_are_all_that_mlx_data_has():
    for name in WANTED:
        assert hasattr(dx.Buffer, f"{name}_if") and hasattr(dx.Stream, f"{name}_if")
    assert hasattr(dx.Stream, "prefetch_if")


@pytest.mark.parametrize("kind", [dx.Buffer, dx.Stream])
def test_signatures_are_those_of_the_operations(kind):
    for name, twin in inspect.getmembers(kind, inspect.isfunction):
        if not name.endswith("_if") or name == "shard_if":
            continue
        own = list(inspect.signature(getattr(kind, name[:-3])).parameters.values())
        found = list(inspect.signature(twin).parameters.values())
        assert found[1].name == "cond"
        assert [str(parameter) for parameter in [found[0], *found[2:]]] == [str(parameter) for parameter in own], name
        assert twin.__doc__


def test_false_looks_at_nothing_and_true_does_it():
    buffer = dx.buffer_from_vector([{"x": np.arange(4)}])
    for kind in (buffer, buffer.to_stream()):
        assert kind.key_transform_if(False, 5, "nonsense") is kind
        assert kind.shard_if(False, None, None) is kind
        assert kind.shuffle_if(False, "nonsense") is kind
        assert next(iter(kind.shard_if(True, "x", 2)))["x"].shape == (2, 2)
        kind.reset() if kind is not buffer else None
        assert next(iter(kind.pad_if(True, "x", 0, 1, 0, 0)))["x"].shape == (5,)


def test_the_file_is_as_it_would_be_written():
    script = Path(__file__).parent.parent.parent / "tools/make-twins"
    if not script.exists():
        pytest.skip("only beside the sources")
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
