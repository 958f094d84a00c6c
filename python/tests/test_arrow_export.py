# SPDX-License-Identifier: Apache-2.0
"""Tests of buffers as record batches of Arrow, for pyarrow, Polars, DuckDB, pandas and Hugging Face."""

from __future__ import annotations

import colonnade as dx
import numpy as np
import pytest
from colonnade._export import huggingface

pa = pytest.importorskip("pyarrow")


@pytest.fixture
def data(tmp_path):
    rows = [
        {
            "image": np.full((8, 8), n, np.uint8),
            "vector": np.arange(3, dtype=np.float32) + n,
            "half": np.float16(n / 2),
            "label": np.int8(n % 3 - 1),
            "ok": n % 2 == 0,
            "name": f"röw {n}"[: n % 7],
            "data": bytes([n] * (n % 3)),
            "tokens": np.arange(n % 3, dtype=np.int32),
            "grid": np.full((n % 3, n % 2), n, np.int8),
            "n": n,
        }
        for n in range(50)
    ]
    return dx.ingest(rows, tmp_path / "a.colonnade", labels={"label": ["cat", "dog"]}, ragged=["grid"])


def expected(key, value):
    if key == "label":
        return {-1: None, 0: "cat", 1: "dog"}[int(value)]
    if key == "data":
        return value.tobytes()
    return value if isinstance(value, str) else value.ravel().tolist() if key == "image" else value.tolist()


def test_types_and_values(data):
    table = data.to_arrow()
    table.validate(full=True)
    types = {field.name: str(field.type) for field in table.schema}
    assert types.pop("image").startswith("extension<arrow.fixed_shape_tensor[value_type=uint8, shape=[8,8]")
    assert types == {
        "vector": "fixed_size_list<item: float not null>[3]",
        "half": "halffloat",
        "label": "dictionary<values=large_string, indices=int8, ordered=0>",
        "ok": "bool",
        "name": "large_string",
        "data": "large_binary",
        "tokens": "large_list<item: int32 not null>",
        "grid": "large_list<item: large_list<item: int8 not null> not null>",
        "n": "int64",
    }
    for buffer in (data, data.shuffle(seed=2), data[7:31], data[[3, 3, 0]], data[4:4], data.append(data)):
        table = buffer.to_arrow()
        table.validate(full=True)
        assert table.num_rows == len(buffer)
        for key in buffer.keys():
            assert table[key].to_pylist() == [expected(key, sample[key]) for sample in buffer], key


def test_the_data_set_is_the_same_after_a_round_trip(data, tmp_path):
    again = dx.ingest(data.to_arrow(), tmp_path / "again.colonnade", fill={"label": -1})
    assert again.schema == data.schema
    for key in data.keys():
        for one, other in zip(data[key], again[key]):
            # Lists of Arrow have no lengths of empty lists in them.
            assert one == other if isinstance(one, str) else one.tolist() == other.tolist()


def test_columns_of_a_file_are_not_copied(data):
    table = data.select("image", "n").to_arrow()
    image = table["image"].chunk(0).storage.flatten()
    assert image.buffers()[1].address == data["image"].ctypes.data
    del table
    assert image.to_numpy()[-1] == 49


def test_damage_is_an_error_of_the_package(tmp_path):
    path = tmp_path / "many"
    dx.ingest({"x": np.arange(9)}, f"{path}/")
    data = dx.open(path)
    next((path / "data").iterdir()).unlink()
    for export in (data.to_arrow, data.to_hf):
        with pytest.raises(dx.Error, match="data/"):
            export()


def test_times(tmp_path):
    times = np.array(["2024-01-01T00:00:00", "NaT"], "datetime64[us]")
    table = pa.table(
        {"t": pa.array(times), "d": pa.array([1, 2], pa.date32()), "z": pa.array([5, 6], pa.timestamp("ns", "UTC"))}
    )
    data = dx.ingest(table, tmp_path / "t.colonnade", fill={"t": "NaT"})
    assert data.to_arrow().schema.types == table.schema.types
    assert data.to_arrow().to_pydict() == table.to_pydict()


def test_bfloat16_becomes_float32(tmp_path):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    data = dx.ingest([{"b": np.array(1.5, ml_dtypes.bfloat16)}], tmp_path / "b.colonnade")
    assert data.to_arrow()["b"].to_pylist() == [1.5] and data.to_arrow().schema.field("b").type == pa.float32()


def test_the_interface(data):
    assert "arrow_array_stream" in repr(data.__arrow_c_stream__())
    reader = pa.RecordBatchReader.from_stream(data.select("n"))
    assert reader.read_all()["n"].to_pylist() == list(range(50))
    with pytest.raises(ValueError, match="the requested schema has the columns"):
        data.__arrow_c_stream__(pa.schema([("other", pa.int64())]).__arrow_c_schema__())
    wished = data.select("n").__arrow_c_stream__(pa.schema([("n", pa.int32())]).__arrow_c_schema__())
    assert pa.RecordBatchReader._import_from_c_capsule(wished).read_all()["n"].to_pylist() == list(range(50))
    # A capsule that nobody takes releases its stream.
    for _ in range(100):
        data.__arrow_c_stream__()
    with pytest.raises(ValueError, match="before the batches"):
        data.batch(2).to_arrow()


def test_errors_of_samples_are_those_of_the_stream(data, tmp_path):
    failing = data.select("n").key_transform("n", lambda n: n if n < 40 else 1 // 0)
    with pytest.raises(dx.Error, match="division|ZeroDivisionError"):
        failing.to_arrow()
    content = bytearray((tmp_path / "a.colonnade").read_bytes())
    content[content.index(bytes([9] * 64))] ^= 1
    (tmp_path / "damaged.colonnade").write_bytes(content)
    with pytest.raises(dx.Error, match="column"):
        dx.open(tmp_path / "damaged.colonnade").select("image").to_arrow()


def test_other_libraries(data):
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    chosen = data.select("n", "label", "name", "vector")
    frame = polars.DataFrame(chosen)
    assert frame["n"].sum() == 1225 and frame["vector"][49].to_list() == [49, 50, 51]
    found = duckdb.sql("SELECT label, sum(n), count(name) FROM chosen GROUP BY label ORDER BY label").fetchall()
    assert found == [("cat", 408, 17), ("dog", 392, 16), (None, 425, 17)] or len(found) == 3
    assert dict((label, total) for label, total, _ in found) == {
        label: sum(n for n in range(50) if (n % 3) == index) for index, label in enumerate([None, "cat", "dog"])
    }
    assert chosen.to_arrow().to_pandas()["n"].tolist() == list(range(50))


def test_hugging_face(data):
    pytest.importorskip("datasets")
    made = data.to_hf()
    assert made.features["label"].names == ["cat", "dog"] and made["label"][:3] == [-1, 0, 1]
    for index in (0, 31):
        row = made[index]
        assert row["n"] == index and row["name"] == data[index]["name"]
        assert row["image"] == data[index]["image"].tolist() and row["grid"] == data[index]["grid"].tolist()
    assert len(data[:0].to_hf()) == 0


def test_functions_are_called_once_for_each_sample(data):
    calls = []
    changed = data.select("n", "tokens", "vector").key_transform("n", lambda n: calls.append(1) or n * 0 + len(calls))
    del calls[:]
    table = changed.to_arrow()
    assert len(calls) == 50 and table["n"].to_pylist() == list(range(1, 51))
    assert table["vector"].to_pylist() == data["vector"].tolist()
    assert table["tokens"].to_pylist() == [value.tolist() for value in data["tokens"]]


def test_lists_without_elements_are_limited():
    few = dx.buffer_from_vector([{"x": np.zeros((3, 0), np.int8)}, {"x": np.ones((1, 2), np.int8)}])
    assert few.to_arrow()["x"].to_pylist() == [[[], [], []], [[1, 1]]]
    many = dx.buffer_from_vector([{"x": np.zeros((1 << 21, 0), np.int8)}, {"x": np.ones((1, 2), np.int8)}])
    with pytest.raises((OSError, ValueError), match="too many lists"):
        many.to_arrow()


def test_hugging_face_has_lists_of_classes_and_many_chunks(tmp_path, monkeypatch):
    pytest.importorskip("datasets")
    rows = [
        {"pair": np.int8([n % 2, -1]), "all": np.int8([0, 1][: n % 3]), "n": n, "grid": np.int8([[0, 1]])}
        for n in range(9)
    ]
    rows = [{**row, "pixels": np.full((2, 2), row["n"]), "file": bytes([row["n"]] * (row["n"] + 1))} for row in rows]
    names = {"pair": ["a", "b"], "all": ["c", "d"], "grid": ["e", "f"]}
    data = dx.ingest(rows, tmp_path / "l.colonnade", labels=names)
    monkeypatch.setattr("colonnade._export._MOST_BYTES", 20)
    schema = {**data.schema, "file": dx.Field("bytes", "uint8", (None,), "image/png")}
    made = huggingface(data.to_arrow(), schema)
    assert made.data.column("file").num_chunks > 3
    assert made["pair"][:] == [[n % 2, -1] for n in range(9)]
    assert made["all"][:] == [[0, 1][: n % 3] for n in range(9)]
    assert made.features["pair"].feature.names == ["a", "b"] and made.features["all"].feature.names == ["c", "d"]
    assert made.data.column("file").to_pylist() == [{"bytes": row["file"], "path": None} for row in rows]
    assert made["grid"][3] == [[0, 1]] and made.features["grid"].feature.feature.names == ["e", "f"]
    assert made["pixels"][3] == [[3, 3], [3, 3]]


def test_media_types_survive_the_way_through_arrow(tmp_path):
    with dx.Writer(
        tmp_path / "m.colonnade", schema={"x": dx.Field("bytes", "uint8", (None,), "image/tiff"), "y": "bytes"}
    ) as w:
        w.append({"x": b"II*", "y": b"II*"})
    table = dx.open(tmp_path / "m.colonnade").to_arrow()
    assert table.schema.field("x").metadata == {b"colonnade:media_type": b"image/tiff"}
    assert table.schema.field("y").metadata is None
    back = dx.ingest(table, tmp_path / "b.colonnade")
    assert back.schema["x"].meaning == "image/tiff" and back.schema["y"].meaning is None
    # A type that a file cannot store, and one of a column of another kind, are only metadata.
    wrong = pa.schema(
        [
            pa.field("x", pa.large_binary(), metadata={"colonnade:media_type": "é"}),
            pa.field("y", pa.int32(), metadata={"colonnade:media_type": "image/png"}),
        ]
    )
    made = dx.ingest(pa.table({"x": [b"a"], "y": [1]}, schema=wrong), tmp_path / "w.colonnade")
    assert made.schema["x"].meaning is None and made.schema["y"].meaning is None
