# SPDX-License-Identifier: Apache-2.0
"""Daft writes data sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest

pytest.importorskip("daft")
import colonnade.daft  # noqa: E402 - Daft is needed
import daft  # noqa: E402
from daft import DataType  # noqa: E402


def frame(count: int) -> daft.DataFrame:
    ids = range(count)
    made = daft.from_pydict(
        {
            "id": list(ids),
            "text": [f"row {n} – é" for n in ids],
            "data": [b"\0\1"[: n % 3] for n in ids],
            "tokens": [list(range(n % 4)) for n in ids],
            "image": [np.full((2, 3), n, np.uint8) for n in ids],
            "boxes": [np.full((n % 3, 4), n, np.float32) for n in ids],
            "flag": [n % 2 == 0 for n in ids],
        }
    )
    fixed = DataType.tensor(DataType.uint8(), (2, 3))
    return made.with_column("fixed", daft.col("image").cast(fixed)).with_column(
        "half", daft.col("id").cast(DataType.float32())
    )


def is_row(sample: dict[str, Any], n: int) -> bool:
    assert sample["id"] == n and sample["half"] == n and sample["flag"] == (n % 2 == 0)
    assert sample["text"] == f"row {n} – é" and sample["data"].tobytes() == b"\0\1"[: n % 3]
    assert sample["tokens"].tolist() == list(range(n % 4))
    assert all(np.array_equal(sample[key], np.full((2, 3), n, np.uint8)) for key in ("image", "fixed"))
    assert np.array_equal(sample["boxes"], np.full((n % 3, 4), n, np.float32))
    return True


def test_rows_of_all_kinds(path: Path, no_orphans: Callable[[int], None]) -> None:
    buffer = colonnade.daft.write(frame(40), path)
    assert len(buffer) == 40 and all(is_row(sample, n) for n, sample in enumerate(buffer))
    assert {name: (kind.dtype, kind.shape) for name, kind in buffer.schema.items()} == {
        "id": ("int64", ()),
        "text": ("uint8", (None,)),
        "data": ("int8", (None,)),
        "tokens": ("int64", (None,)),
        "image": ("uint8", (2, 3)),
        "boxes": ("float32", (None, 4)),
        "flag": ("bool", ()),
        "fixed": ("uint8", (2, 3)),
        "half": ("float32", ()),
    }
    more = colonnade.daft.write(frame(3), path)
    assert all(is_row(sample, n % 40) for n, sample in enumerate(more)) and len(more) == 43
    no_orphans(2)


def test_several_partitions(path: Path, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    (tmp_path / "raw").mkdir()
    for part in range(4):
        table = pa.table({"x": pa.array(range(part * 1000, part * 1000 + 1000))})
        pyarrow.parquet.write_table(table, tmp_path / f"raw/{part}.parquet")
    buffer = colonnade.daft.write(daft.read_parquet(str(tmp_path / "raw/*.parquet")), path)
    assert sorted(buffer["x"].tolist()) == list(range(4000))


def test_a_write_that_fails_is_not_visible(path: Path, no_orphans: Callable[[int], None]) -> None:
    from colonnade._daft import Sink
    from colonnade._engines import EngineJob

    class Failing(Sink):
        def write(self, micropartitions: Any) -> Any:
            yield from super().write(micropartitions)
            raise RuntimeError("no more")

    options = dict.fromkeys(["schema", "fill", "labels", "metadata", "grouping", "codec"])
    with pytest.raises(Exception, match="no more"):
        frame(10).write_sink(Failing(EngineJob.begun(path, "a", False, ragged=(), **options)))
    with pytest.raises(FileNotFoundError):
        dx.open(path)
    assert len(list((path / "data").iterdir())) == 1
    no_orphans(0)


def test_missing_values_and_types_without_a_column(path: Path) -> None:
    missing = daft.from_pydict({"x": [1, None], "name": [None, "b"]})
    with pytest.raises(Exception, match="missing"):
        colonnade.daft.write(missing, path)
    buffer = colonnade.daft.write(missing, path, fill={"x": -1, "name": "?"})
    assert buffer["x"].tolist() == [1, -1] and buffer["name"].tolist() == ["?", "b"]
    image = daft.from_pydict({"x": [np.zeros((2, 2, 3), np.uint8)]}).with_column(
        "x", daft.col("x").cast(DataType.image("RGB"))
    )
    with pytest.raises(Exception, match='column "x"|"x"'):
        colonnade.daft.write(image, path.with_name("image"))
    with pytest.raises(TypeError, match="daft.DataFrame, not list"):
        colonnade.daft.write([{"x": 1}], path)  # type: ignore[arg-type]
    none = daft.from_pydict({"x": [1]}).where(daft.col("x") > 1)
    with pytest.raises(Exception, match="declare them with schema="):
        colonnade.daft.write(none, path.with_name("none"))
    assert len(colonnade.daft.write(none, path.with_name("none"), schema={"x": "int64"})) == 0
