# SPDX-License-Identifier: Apache-2.0
"""Tests of ingest of objects with Arrow's C stream."""

from __future__ import annotations

import pathlib
from typing import Any

import colonnade as dx
import numpy as np
import pytest

pa = pytest.importorskip("pyarrow")


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


@pytest.fixture
def table() -> Any:
    return pa.table(
        {"x": pa.array(range(1000), pa.int32()), "s": [f"s{i}" for i in range(1000)], "f": np.arange(1000) / 4}
    )


def assert_same(buffer: dx.Buffer, table: Any) -> None:
    assert len(buffer) == table.num_rows and buffer.keys() == table.column_names
    rows = table.to_pylist()
    for i in (0, 1, 500, 999):
        assert {key: value if isinstance(value, str) else value.item() for key, value in buffer[i].items()} == rows[i]


def test_tables_and_readers_of_pyarrow(table: Any, path: pathlib.Path) -> None:
    import pyarrow.dataset

    for source in (
        table,
        table.to_reader(max_chunksize=77),
        table.combine_chunks().to_batches()[0],
        pa.concat_tables([table.slice(0, 10), table.slice(10)]),
        pyarrow.dataset.dataset(table),
        pyarrow.dataset.dataset(table).scanner(),
    ):
        buffer = dx.ingest(source, path, overwrite=True)
        assert_same(buffer, table)
        assert buffer.dtypes["x"] == "int32"


def test_other_libraries(table: Any, path: pathlib.Path) -> None:
    polars = pytest.importorskip("polars")
    assert_same(dx.ingest(polars.from_arrow(table), path), table)
    with pytest.raises(TypeError, match="collect"):
        dx.ingest(polars.from_arrow(table).lazy(), path, overwrite=True)


def test_pandas(table: Any, path: pathlib.Path) -> None:
    pytest.importorskip("pandas")
    frame = table.to_pandas()
    frame.index += 7
    assert_same(dx.ingest(frame, path), table)


def test_duckdb(table: Any, path: pathlib.Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    assert_same(dx.ingest(duckdb.from_arrow(table).filter("x >= 0"), path), table)


def test_shapes_lists_and_nulls(path: pathlib.Path) -> None:
    table = pa.table(
        {
            "ragged": [[1], [], [1, 2, 3]],
            "same": [[1, 2], [3, 4], [5, 6]],
            "fixed": pa.FixedSizeListArray.from_arrays(pa.array(range(6), pa.uint8()), 2),
            "null": [1, None, 3],
            "part": [{"a": 1, "b": "x"}] * 3,
        }
    )
    with pytest.raises(ValueError, match='"null"'):
        dx.ingest(table, path)
    buffer = dx.ingest(table, path, fill={"null": 7}, schema={"same": "int64[2]"})
    assert buffer.schema["ragged"].shape == (None,) and buffer.schema["same"].shape == (2,)
    assert buffer.schema["fixed"] == dx.Field("tensor", "uint8", (2,))
    assert [sample["ragged"].tolist() for sample in buffer] == [[1], [], [1, 2, 3]]
    assert int(buffer[1]["null"]) == 7 and buffer[2]["part.b"] == "x" and buffer[1]["same"].tolist() == [3, 4]


def test_a_shape_that_is_asked_for_is_kept_and_checked(path: pathlib.Path) -> None:
    boxes = pa.table({"b": pa.array([[[1.0, 2.0, 3.0, 4.0]], []], pa.list_(pa.list_(pa.float64())))})
    corners = pa.table({"b": pa.array([[[1.0, 2.0, 3.0]], []], pa.list_(pa.list_(pa.float64())))})
    for convert in (lambda table: table, pa.Table.to_pandas, pa.Table.to_pylist):
        source, other = convert(boxes), convert(corners)
        buffer = dx.ingest(source, str(path), schema={"b": "float32[?,4]"}, overwrite=True)
        assert buffer.schema["b"].shape == (None, 4)
        assert [row["b"].tolist() for row in buffer] == [[[1.0, 2.0, 3.0, 4.0]], []]
        with pytest.raises(dx.Error, match='column "b"'):
            dx.ingest(other, str(path), schema={"b": "float32[?,4]"}, overwrite=True)


def test_invalid_tables_are_errors_of_the_package(path: pathlib.Path) -> None:
    pd = pytest.importorskip("pandas")
    pl = pytest.importorskip("polars")
    for source in (pd.Series([1]), pl.Series("a", [1])):
        with pytest.raises(dx.Error, match="cannot become a table of columns"):
            dx.ingest(source, str(path))


def test_wide_integers_of_polars_are_named(path: pathlib.Path) -> None:
    pl = pytest.importorskip("polars")
    for kind in (pl.Int128, pl.List(pl.Int128)):
        wide = pl.Series([1] if kind == pl.Int128 else [[1]], dtype=kind)
        frame = pl.DataFrame({"a": wide, "b": [7]})
        with pytest.raises(dx.Error, match='column "a" is of the Polars type .*Int128.*cast it to Int64'):
            dx.ingest(frame, path, overwrite=True)
        assert dx.ingest(frame, path, columns=["b"], overwrite=True)[0]["b"] == 7


def test_options(table: Any, path: pathlib.Path) -> None:
    buffer = dx.ingest(
        table,
        path,
        columns=["f", "y=x"],
        schema={"y": "int64", "f": "float32"},
        metadata={"a": "b"},
        grouping="separate",
    )
    assert (
        buffer.keys() == ["f", "y"] and buffer.dtypes == {"f": "float32", "y": "int64"} and buffer.metadata["a"] == "b"
    )
    labels = {"x": [f"class {i}" for i in range(1000)]}
    assert dx.ingest(table, path, overwrite=True, labels=labels).schema["x"].meaning == labels["x"]
    with pytest.raises(KeyError, match='no column "z"'):
        dx.ingest(table, path, overwrite=True, schema={"z": "int64"})
    with pytest.raises((KeyError, ValueError), match="z"):
        dx.ingest(table, path, overwrite=True, columns=["z"])
    assert len(dx.open(path)) == 1000


def test_an_error_of_the_source_leaves_nothing(table: Any, path: pathlib.Path) -> None:
    def batches() -> Any:
        yield from table.to_batches()
        raise ValueError("the source broke")

    with pytest.raises((ValueError, OSError, RuntimeError), match="the source broke"):
        dx.ingest(pa.RecordBatchReader.from_batches(table.schema, batches()), path)
    assert list(path.parent.iterdir()) == []


def test_progress(table: Any, path: pathlib.Path) -> None:
    calls: list[tuple[int, int, int | None]] = []
    dx.ingest(table, path, progress=lambda *arguments: calls.append(arguments))
    assert calls[-1][0] == calls[-1][2] == 1000


def test_columns_whose_storage_is_not_their_value_are_refused(path: pathlib.Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1, 2], "o": polars.Series([object(), object()], dtype=polars.Object)})
    with pytest.raises(ValueError, match='"o".*Object'):
        dx.ingest(frame, path)
    assert dx.ingest(frame, path, columns=["a"]).keys() == ["a"]
    pandas = pytest.importorskip("pandas")
    periods = pandas.DataFrame({"p": pandas.period_range("2020", periods=2, freq="D")})
    with pytest.raises(ValueError, match='"p".*pandas.period'):
        dx.ingest(periods, path, overwrite=True)

    class Point(pa.ExtensionType):
        def __init__(self) -> None:
            super().__init__(pa.int64(), "some.point")

        def __arrow_ext_serialize__(self) -> bytes:
            return b""

    points = pa.ExtensionArray.from_storage(Point(), pa.array([1, 2]))
    for options in ({}, {"schema": {"p": "int32"}}):
        with pytest.raises(ValueError, match='"p".*some.point'):
            dx.ingest(pa.table({"p": points}), path, overwrite=True, **options)  # type: ignore[arg-type]
