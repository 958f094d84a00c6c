# SPDX-License-Identifier: Apache-2.0
"""Tests that the same programs have the same results with MLX Data, if it is installed."""

from __future__ import annotations

import against_mlx
import colonnade
import pytest

#: Programs whose results differ, with the reasons in docs/MLX-DATA.md.
DIFFERENT = {
    "d.buffer_from_vector(ROWS).squeeze('x')",
    "d.buffer_from_vector(ROWS).to_stream().squeeze('x')",
}


@pytest.fixture(scope="module")
def expected():
    pytest.importorskip("mlx.data")
    return against_mlx.outcomes_of_mlx()


@pytest.mark.parametrize("program", against_mlx.programs())
def test_results_are_the_same(program, expected):
    same = expected[program] == against_mlx.outcome(colonnade, program)
    assert same or program in DIFFERENT
