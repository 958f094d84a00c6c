# SPDX-License-Identifier: Apache-2.0
"""Tests that names that are equal texts for Unicode are different names."""

from pathlib import Path

import colonnade as dx
import numpy as np
import pytest

COMPOSED, DECOMPOSED = "\u00e9", "e\u0301"


@pytest.mark.parametrize(
    "source",
    [
        {COMPOSED: np.array([1, 2]), DECOMPOSED: np.array([3, 4])},
        [{COMPOSED: 1, DECOMPOSED: 3}, {COMPOSED: 2, DECOMPOSED: 4}],
    ],
)
def test_columns_and_metadata(tmp_path: Path, source: object) -> None:
    buffer = dx.ingest(
        source, tmp_path / "x.colonnade", metadata={COMPOSED: "a", DECOMPOSED: "b"}, fill={DECOMPOSED: 0}
    )
    assert list(buffer.dtypes) == [COMPOSED, DECOMPOSED]
    assert (buffer[1][COMPOSED], buffer[1][DECOMPOSED]) == (2, 4)
    assert buffer.metadata == {COMPOSED: "a", DECOMPOSED: "b"}
    assert list(buffer.select(COMPOSED).rename_key(COMPOSED, DECOMPOSED).dtypes) == [DECOMPOSED]
    batch = next(iter(buffer.to_stream().batch(2, pad={COMPOSED: 0, DECOMPOSED: 0})))
    assert list(batch[DECOMPOSED]) == [3, 4]


def test_categories(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"x": pandas.Categorical([COMPOSED, DECOMPOSED, COMPOSED])})
    buffer = dx.ingest(frame, tmp_path / "x.colonnade")
    names = buffer.schema["x"].meaning
    assert isinstance(names, list)
    assert [names[int(sample["x"])] for sample in buffer] == [COMPOSED, DECOMPOSED, COMPOSED]


def test_csv() -> None:
    rows = list(dx.stream_csv_reader_from_string(f"{COMPOSED},{DECOMPOSED}\n1,22\n"))
    assert [sorted(map(len, row)) for row in rows] == [[1, 2]] and len(rows[0]) == 2
