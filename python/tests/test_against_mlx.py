# SPDX-License-Identifier: Apache-2.0
"""The same programs with MLX Data, where it is installed."""

from __future__ import annotations

import against_mlx
import colonnade
import pytest

#: Programs whose results differ, and docs/MLX-DATA.md says why.
DIFFERENT = {
    "d.buffer_from_vector(ROWS).squeeze('x')",
    "d.buffer_from_vector(ROWS).to_stream().squeeze('x')",
}


@pytest.mark.parametrize("program", against_mlx.programs())
def test_what_comes_out_is_the_same(program):
    data = pytest.importorskip("mlx.data")
    same = against_mlx.outcome(data, program) == against_mlx.outcome(colonnade, program)
    assert same or program in DIFFERENT
