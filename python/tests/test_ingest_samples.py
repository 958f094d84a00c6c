# SPDX-License-Identifier: Apache-2.0
"""Tests of ingest of lists, iterables, dicts of arrays and pipelines, and of errors for bad input."""

from __future__ import annotations

import collections
import itertools
import pathlib
import sys
import tracemalloc
from typing import Any

import colonnade as dx
import numpy as np
import pytest


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


def rows(buffer: dx.Buffer, key: str = "x") -> list[Any]:
    return [sample[key].tolist() if isinstance(sample[key], np.ndarray) else sample[key] for sample in buffer]


def generated(count: int, **values: Any) -> Any:
    return (
        {key: value(i) if callable(value) else value for key, value in values.items()} for i in range(count)
    )  # fmt: skip


def test_values_of_all_kinds_come_back(path: pathlib.Path) -> None:
    sample = {
        "int": 3, "float": 2.5, "bool": True, "bytes": b"abc", "text": "grün", "list": [1, 2], "nested": [[1.0], [2.0]],
        "array": np.arange(6, dtype=np.uint16).reshape(2, 3), "scalar": np.float16(1.5),
        "inner": {"a": {"b": 1}, "c": "x"},
    }  # fmt: skip
    buffer = dx.ingest([sample] * 3, path)
    assert {key: (field.kind, field.dtype, field.shape) for key, field in buffer.schema.items()} == {
        "int": ("tensor", "int64", ()),
        "float": ("tensor", "float64", ()),
        "bool": ("tensor", "bool", ()),
        "bytes": ("bytes", "int8", (None,)),
        "text": ("string", "uint8", (None,)),
        "list": ("tensor", "int64", (2,)),
        "nested": ("tensor", "float64", (2, 1)),
        "array": ("tensor", "uint16", (2, 3)),
        "scalar": ("tensor", "float16", ()),
        "inner.a.b": ("tensor", "int64", ()),
        "inner.c": ("string", "uint8", (None,)),
    }
    got = buffer[1]
    assert got["text"] == "grün" and got["inner.c"] == "x"
    assert got["bytes"].tobytes() == b"abc"
    assert (got["array"] == sample["array"]).all() and got["scalar"] == 1.5 and got["bool"] == np.True_


@pytest.mark.parametrize(
    "dtype", "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64".split()
)
def test_each_data_type(path: pathlib.Path, dtype: str) -> None:
    data = np.array([[0, 1], [1, 1]], dtype)
    buffer = dx.ingest({"x": data}, path)
    assert buffer.dtypes == {"x": dtype} and (buffer[0]["x"] == data[0]).all()


def test_bfloat16(path: pathlib.Path) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    buffer = dx.ingest(generated(5, x=lambda i: np.array([i, 0.5], ml_dtypes.bfloat16)), path)
    assert buffer.dtypes == {"x": "bfloat16"}
    assert rows(buffer) == [[float(i), 0.5] for i in range(5)]
    other = dx.ingest([{"x": 1.5}], path, overwrite=True, schema={"x": "bfloat16"})
    assert float(other[0]["x"]) == 1.5


def test_strided_read_only_and_big_endian_arrays_are_right(path: pathlib.Path) -> None:
    base = np.arange(24, dtype=">i4").reshape(4, 6)
    readonly = base.copy()
    readonly.flags.writeable = False
    for data in (base, base[:, ::2], base.T.copy().T, readonly, np.asfortranarray(base)):
        for source in ([{"x": row} for row in data], {"x": data}):
            buffer = dx.ingest(source, path, overwrite=True)
            assert buffer.dtypes == {"x": "int32"} and rows(buffer) == data.tolist()


def test_one_pass_over_an_iterator_whose_array_is_used_again(path: pathlib.Path) -> None:
    array = np.zeros(3, np.int32)

    def samples() -> Any:
        for i in range(5000):
            array[:] = i
            yield {"x": array}

    buffer = dx.ingest(samples(), path)
    assert rows(buffer) == [[i] * 3 for i in range(5000)]


def test_memory_is_bounded(path: pathlib.Path) -> None:
    tracemalloc.start()
    dx.ingest(generated(4000, x=lambda i: np.full(16384, i, np.int32), name=str), path)
    assert tracemalloc.get_traced_memory()[1] < 100 << 20  # of 262 MB
    tracemalloc.stop()


@pytest.mark.parametrize("as_list", [True, False])
def test_shapes_that_differ_make_a_ragged_column(path: pathlib.Path, as_list: bool) -> None:
    samples = [{"x": list(range(i % 7)), "y": np.zeros((2, i % 3), np.uint8)} for i in range(100)]
    buffer = dx.ingest(samples if as_list else iter(samples), path)
    assert buffer.schema["x"].shape == (None,) and buffer.schema["y"].shape == (2, None)
    assert rows(buffer) == [sample["x"] for sample in samples]
    assert [sample["y"].shape for sample in buffer] == [(2, i % 3) for i in range(100)]


def test_a_list_is_settled_from_all_of_it(path: pathlib.Path) -> None:
    samples = [{"x": [1, 2]}] * 3000 + [{"x": [1, 2, 3]}]
    assert dx.ingest(samples, path).schema["x"].shape == (None,)


def test_a_shape_that_comes_late_is_an_error_with_a_remedy(path: pathlib.Path) -> None:
    def samples() -> Any:
        return generated(3000, x=lambda i: np.zeros(2 + (i == 2500)))

    with pytest.raises(ValueError, match=r'row 2500, column "x": .*ragged=\[\'x\'\]'):
        dx.ingest(samples(), path)
    assert not path.exists() and list(path.parent.iterdir()) == []
    assert dx.ingest(samples(), path, ragged=["x"])[2500]["x"].shape == (3,)


BOXES = [[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], [], [[9.0, 1.0, 2.0, 3.0]], []]


def boxes(kind: str, values: list[Any]) -> Any:
    if kind in ("Dataset", "IterableDataset", "pictures"):
        datasets = pytest.importorskip("datasets")
        columns = {"x": values}
        if kind == "pictures":
            image = pytest.importorskip("PIL.Image").new("L", (2, 2))
            columns["image"] = [image] * len(values)
        dataset = datasets.Dataset.from_dict(columns)
        return dataset.to_iterable_dataset() if kind == "IterableDataset" else dataset
    if kind == "table":
        return pytest.importorskip("pyarrow").table({"x": values})
    samples = [{"x": value} for value in values]
    return {"list": samples, "generator": iter(samples), "dict": {"x": values}}[kind]


@pytest.mark.parametrize("kind", ["list", "generator", "dict", "Dataset", "IterableDataset", "pictures", "table"])
def test_pictures_without_boxes(path: pathlib.Path, kind: str) -> None:
    for values in (BOXES, BOXES[1:], [[]] * 1100 + BOXES if kind in ("list", "dict") else BOXES[1:2] + BOXES):
        for schema in (None, {"x": "float32[?,4]"}, {"x": "float64[?,?]"}):
            buffer = dx.ingest(boxes(kind, values), path, overwrite=True, schema=schema)
            got = buffer.schema["x"]
            assert got.dtype == ("float32" if schema and "32" in str(schema) else "float64") and len(got.shape) == 2
            assert rows(buffer) == values
            inner = got.shape[1]
            assert {sample["x"].shape for sample in buffer if not sample["x"].size} == {(0, inner or 0)}


def empties() -> list[Any]:
    arrays: list[Any] = [np.array([]), np.zeros((0,), np.float32), np.zeros(0, np.int64), np.zeros(0, bool), ()]
    torch = sys.modules.get("torch")
    return arrays if torch is None else [*arrays, torch.empty(0)]


@pytest.mark.parametrize("kind", ["list", "generator", "dict"])
def test_empty_arrays_are_pictures_without_boxes(path: pathlib.Path, kind: str) -> None:
    full = [np.array(value, np.float32) for value in BOXES if value]
    for empty in empties():
        for values in ([full[0], empty, full[1]], [empty, full[0], empty], [full[0].tolist(), empty]):
            for schema in (None, {"x": "float32[?,4]"}):
                buffer = dx.ingest(boxes(kind, values), path, overwrite=True, schema=schema)
                is_list = isinstance(values[0], list) and schema is None
                assert buffer.schema["x"] == dx.Field("tensor", "float64" if is_list else "float32", (None, 4))
                shapes = [(len(value), 4) for value in values]
                assert [sample["x"].shape for sample in buffer] == shapes
                batch = buffer.batch(len(values))[0]["x"]
                assert batch.shape == (len(values), 2, 4)
                for row, value in zip(batch, values):
                    assert row[: len(value)].tolist() == np.reshape(value, (-1, 4)).tolist()
                    assert not row[len(value) :].any()
    with dx.Writer(path, {"x": "float32[?,4]"}, overwrite=True) as writer:
        writer.append({"x": np.array([])})
        with pytest.raises(ValueError, match="the shape is .0, 5"):
            writer.append({"x": np.zeros((0, 5), np.float32)})
    assert dx.open(path)[0]["x"].shape == (0, 4)


def test_empty_arrays_alone_keep_their_type(path: pathlib.Path) -> None:
    for dtype in ("int32", "float16", "bool"):
        buffer = dx.ingest([{"x": np.zeros(0, dtype)}, {"x": []}], path, overwrite=True)
        assert buffer.schema["x"] == dx.Field("tensor", dtype, (0,))
        tokens = dx.ingest([{"x": np.array([])}, {"x": np.ones(2, dtype)}], path, overwrite=True)
        assert tokens.schema["x"] == dx.Field("tensor", dtype, (None,)) and rows(tokens) == [[], [1, 1]]


def test_empty_lists_in_lists(path: pathlib.Path) -> None:
    values = [[[[1, 2]], [[3, 4]]], [[], []], []]
    for samples in itertools.permutations(values):
        buffer = dx.ingest([{"x": value} for value in samples], path, overwrite=True)
        assert buffer.schema["x"] == dx.Field("tensor", "int64", (None, None, 2))
        assert [sample["x"].shape for sample in buffer] == [
            (len(value), 1 if value and value[0] else 0, 2) for value in samples
        ]
    with dx.Writer(path.with_name("boxes.colonnade"), {"x": "float32[?,4]"}) as writer:
        writer.append({"x": []})
        with pytest.raises(ValueError, match="the value has 1 dimensions but the column has 2"):
            writer.append({"x": [1.0]})
    assert dx.open(path.with_name("boxes.colonnade"))[0]["x"].shape == (0, 4)
    filled = dx.ingest([{"x": value} for value in (None, [[1, 2]], [])], path, overwrite=True, fill={"x": []})
    assert [sample["x"].shape for sample in filled] == [(0, 2), (1, 2), (0, 2)]


def test_python_numbers_settle_together(path: pathlib.Path) -> None:
    assert dx.ingest(iter([{"x": 1}, {"x": 2.5}]), path).dtypes == {"x": "float64"}
    buffer = dx.ingest(iter([{"x": 1}, {"x": np.uint8(2)}, {"x": 3}]), path, overwrite=True)
    assert buffer.dtypes == {"x": "uint8"} and rows(buffer) == [1, 2, 3]


def test_a_schema_casts(path: pathlib.Path) -> None:
    samples = [{"x": 1, "y": [1.5, 2], "z": np.arange(2), "w": b"ab"}]
    schema = {"x": "uint8", "y": "float32[?]", "z": np.int16, "w": "bytes"}
    with pytest.raises(ValueError, match='row 0, column "z"'):
        dx.ingest(samples, path, schema=schema)
    schema["z"] = "int16[2]"
    buffer = dx.ingest(samples, path, schema=schema)
    assert buffer.dtypes["x"] == "uint8" and buffer.schema["y"] == dx.Field("tensor", "float32", (None,))
    assert buffer[0]["z"].dtype == np.int16


def test_fill_columns_labels_and_metadata(path: pathlib.Path) -> None:
    samples = [{"x": 1, "y": None, "z": 0}, {"x": 2, "z": 1}]
    buffer = dx.ingest(
        samples,
        path,
        columns=["a=x", "y", "z"],
        fill={"y": 9},
        labels={"z": ["no", "yes"]},
        metadata={"licence": "CC0"},
    )
    assert buffer.keys() == ["a", "y", "z"] and rows(buffer, "y") == [9, 9] and rows(buffer, "a") == [1, 2]
    assert buffer.schema["z"].meaning == ["no", "yes"] and buffer.metadata["licence"] == "CC0"


def test_a_dict_of_arrays_and_lists(path: pathlib.Path) -> None:
    columns = {
        "x": np.arange(10_000).reshape(-1, 2),
        "name": [f"n{i}" for i in range(5000)],
        "y": np.array(["a", "b"] * 2500),
    }
    buffer = dx.ingest(columns, path)
    assert len(buffer) == 5000 and buffer[77]["x"].tolist() == [154, 155]
    assert buffer[4999]["name"] == "n4999" and buffer[1]["y"] == "b"
    assert len(dx.ingest({"x": np.zeros((0, 3), np.uint8)}, path, overwrite=True)) == 0


def test_a_dict_of_ragged_columns(path: pathlib.Path) -> None:
    arrays = [np.zeros((i % 3 + 1, 2), np.float32) + i for i in range(3)]
    for rows_of_ids in ([[1, 2], [3], []], ([1, 2], [3], []), object_array([[1, 2], [3], []])):
        columns = {"ids": rows_of_ids, "boxes": arrays, "n": range(3), "q": collections.deque([1.5, 2, 3])}
        for schema in (None, {"ids": "int32[?]"}):
            buffer = dx.ingest(collections.UserDict(columns), path, overwrite=True, schema=schema)
            assert buffer.schema["ids"] == dx.Field("tensor", "int64" if schema is None else "int32", (None,))
            assert rows(buffer, "ids") == [[1, 2], [3], []] and rows(buffer, "n") == [0, 1, 2]
            assert buffer.schema["boxes"] == dx.Field("tensor", "float32", (None, 2))
            assert rows(buffer, "boxes") == [array.tolist() for array in arrays] and rows(buffer, "q") == [1.5, 2, 3]


def object_array(items: list[Any]) -> Any:
    array = np.empty(len(items), object)
    array[:] = items
    return array


def test_a_dict_of_lists_is_settled_from_all_of_it(path: pathlib.Path) -> None:
    columns = {"x": [1] * 2000 + [2.5], "y": [[1, 2]] * 2000 + [[3]]}
    buffer = dx.ingest(columns, path)
    assert buffer.dtypes["x"] == "float64" and buffer.schema["y"].shape == (None,)
    assert rows(buffer) == columns["x"] and rows(buffer, "y") == columns["y"]


def test_a_list_of_arrays_is_not_copied_whole(path: pathlib.Path) -> None:
    arrays = [np.full(1 << 18, i, np.uint8) for i in range(64)]
    tracemalloc.start()
    buffer = dx.ingest({"x": arrays}, path)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20  # of 16 MB
    tracemalloc.stop()
    assert all((sample["x"] == array).all() for sample, array in zip(buffer, arrays))


def test_a_dict_of_columns_of_other_libraries(path: pathlib.Path) -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    texts, whole, lists = ["x", "y"], [1, 2], [[1], [2, 3]]
    gaps = [pandas.Series([1, None], dtype="Int64"), polars.Series([1, None]), pyarrow.array([1, None]),
            pyarrow.chunked_array([[1], [None]]), pandas.Series(["x", None]),
            pandas.Series([True, None], dtype="boolean")]  # fmt: skip
    for make in (pandas.Series, polars.Series, pyarrow.array):
        buffer = dx.ingest({"s": make(texts), "i": make(whole), "l": make(lists)}, path, overwrite=True)
        assert [sample["s"] for sample in buffer] == texts and rows(buffer, "i") == whole and rows(buffer, "l") == lists
    for column in gaps:
        with pytest.raises(ValueError, match='row 1, column "x": the value is missing'):
            dx.ingest({"x": column}, path, overwrite=True)
    assert rows(dx.ingest({"x": pandas.Series([1.5, None])}, path, overwrite=True))[0] == 1.5


def test_a_pipeline_into_a_file(path: pathlib.Path) -> None:
    labels = {"y": ["even", "odd"]}
    buffer = dx.ingest([{"x": [i] * (i % 3), "y": i % 2, "t": str(i)} for i in range(50)], path, labels=labels)
    copy = dx.ingest(buffer.shuffle(seed=1).take(20), path.with_name("copy.colonnade"))
    assert copy.schema == buffer.schema and len(copy) == 20
    assert rows(copy, "t") == rows(buffer.shuffle(seed=1).take(20), "t")
    third = dx.ingest(buffer.to_stream().skip(40), path.with_name("third.colonnade"))
    assert rows(third, "t") == [str(i) for i in range(40, 50)]


def test_other_mappings_and_libraries(path: pathlib.Path) -> None:
    torch = pytest.importorskip("torch")
    samples = [collections.OrderedDict(x=torch.ones(2, dtype=torch.float32)), collections.UserDict(x=torch.zeros(2))]
    assert rows(dx.ingest(samples, path)) == [[1, 1], [0, 0]]


def test_nothing_is_replaced_unless_asked_for(path: pathlib.Path) -> None:
    dx.ingest([{"x": 1}], path)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        dx.ingest([{"x": 2}], path)
    old = dx.open(path)

    def broken() -> Any:
        yield from [{"x": 2}] * 2000
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        dx.ingest(broken(), path, overwrite=True)
    assert rows(dx.open(path)) == [1]
    assert rows(dx.ingest([{"x": 3}, {"x": 4}], path, overwrite=True)) == [3, 4]
    assert rows(old) == [1]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_progress_is_told(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from colonnade._ingest import bar

    monkeypatch.setattr(bar.time, "monotonic", iter(range(10**6)).__next__)
    calls: list[tuple[int, int, int | None]] = []
    dx.ingest(generated(1000, x=1), path, progress=lambda *arguments: calls.append(arguments))
    assert calls[-1] == (1000, 8000, 1000) and len(calls) > 10 and calls[0][2] is None


BAD: list[tuple[Any, type[Exception], str]] = [
    ([], ValueError, "schema="),
    ([{}], ValueError, "row 0: the sample is empty"),
    ([{"x": 1}, {"y": 1}], ValueError, 'row 1: the key "x" is missing'),
    ([{"x": 1}, {"x": 1, "y": 2}], ValueError, 'row 1: the key "y" is new'),
    ([{"x": b"a"}, {"x": "a"}], ValueError, 'row 1, column "x": .*encode'),
    ([{"x": "a"}, {"x": b"a"}], ValueError, 'row 1, column "x": .*decode'),
    ([{"x": 1}, {"x": "a"}], ValueError, 'row 1, column "x": the value is text'),
    ([{"x": 1}, {"x": None}], ValueError, r'row 1, column "x": .*missing.*fill='),
    ([{"x": np.array([object()])}], ValueError, 'row 0, column "x": .*objects'),
    ([{"x": [1, [2]]}], ValueError, 'row 0, column "x": a ragged list'),
    ([{"x": ["a"]}], ValueError, 'row 0, column "x": a list of str'),
    ([{"x": [None]}], ValueError, 'row 0, column "x": an element is missing'),
    ([{"x": 1}, {"x": True}], ValueError, 'row 1, column "x": .*bool'),
    ([{"x": np.int32(1)}, {"x": np.int64(1)}], ValueError, 'row 1, column "x": .*int64.*schema='),
    ([{"x": np.zeros(1)}, {"x": np.zeros((1, 1))}], ValueError, 'row 1, column "x": .*dimensions'),
    ([{"x": 2**64}], ValueError, 'row 0, column "x": .*64 bits'),
    ([{"x": 1j}], ValueError, 'row 0, column "x"'),
    ([{"x": object()}], ValueError, 'row 0, column "x"'),
    ([{"x": "\ud800"}], ValueError, 'row 0, column "x": .*UTF-8'),
    ([{"a.b": 1, "a": {"b": 2}}], ValueError, 'row 0: .*"a.b" occurs twice'),
    ([{1: 2}], TypeError, "row 0: a key must be a str"),
    ([3], TypeError, "row 0: a sample must be a dict"),
    (3, TypeError, "source must be"),
    (None, TypeError, "source must be"),
    ("missing.parquet", FileNotFoundError, "missing.parquet: no such file"),
    (["missing.csv", "b.csv"], FileNotFoundError, "missing.csv: no such file"),
    ({"x": [1], "y": [1, 2]}, ValueError, 'column "y" has 2 rows, but "x" has 1'),
    ({"x": "abc"}, TypeError, 'column "x" must be an array or a list'),
    ({"x": iter([1])}, TypeError, 'column "x" must be an array or a list.*list_iterator'),
    ({"x": np.float64(3)}, TypeError, 'column "x" must be an array or a list'),
    ({}, ValueError, "no column"),
]


@pytest.mark.parametrize("source, error, message", BAD, ids=[case[2] for case in BAD])
def test_bad_samples(path: pathlib.Path, source: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        dx.ingest(source, path)
    if isinstance(source, list) and source and not isinstance(source[0], str):
        with pytest.raises(error, match=message):
            dx.ingest(iter(source), path)
    assert list(path.parent.iterdir()) == []


OPTIONS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"schema": {"x": "uint8"}}, ValueError, r"a value \(300\) does not fit uint8"),
    ({"schema": {"x": "int64[2]"}}, ValueError, 'row 0, column "x": the value has 0 dimensions but the column has 2|1'),
    ({"schema": {"x": "int64[a]"}}, ValueError, "a dimension is a number"),
    ({"schema": {"x": "complex64"}}, ValueError, "no data type complex64"),
    ({"schema": 3}, TypeError, "schema must be a dict"),
    ({"columns": ["z"]}, ValueError, '"z" is missing, which columns= asks for; the sample has "x"'),
    ({"columns": []}, ValueError, "columns is empty"),
    ({"columns": ["x", "x"]}, ValueError, 'columns has "x" twice'),
    ({"ragged": ["z"]}, KeyError, 'there is no column "z"'),
    ({"ragged": ["x"]}, ValueError, "single numbers"),
    ({"labels": {"z": ["a"]}}, KeyError, 'there is no column "z"'),
    ({"labels": {"x": "a"}}, TypeError, "labels of"),
    ({"fill": [1]}, TypeError, "fill must be a dict"),
    ({"metadata": {"a": 1}}, TypeError, "metadata has text"),
    ({"grouping": "none"}, ValueError, "grouping must be"),
    ({"progress": 3}, TypeError, "progress must be"),
]


@pytest.mark.parametrize("options, error, message", OPTIONS, ids=[case[2] for case in OPTIONS])
def test_bad_options(path: pathlib.Path, options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        dx.ingest([{"x": 300}], path, **options)
    assert list(path.parent.iterdir()) == []


def test_bad_targets(tmp_path: pathlib.Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(FileExistsError, match="is a folder with other files"):
        dx.ingest([{"x": 1}], tmp_path, overwrite=True)
    with pytest.raises(FileNotFoundError, match="no folder"):
        dx.ingest([{"x": 1}], tmp_path / "none" / "x.colonnade")
    with pytest.raises(TypeError):
        dx.ingest([{"x": 1}], 3)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="empty"):
        dx.ingest([{"x": 1}], "")


def test_normalize_by_the_statistics_of_the_file(tmp_path):
    rng = np.random.default_rng(1)
    rows = [{"x": rng.normal(5, 3), "image": rng.integers(0, 256, (4, 4, 3), np.uint8), "i": i} for i in range(50)]
    buffer = dx.ingest(rows, tmp_path / "rows.colonnade")
    for key in ("x", "image", "i"):
        values = np.array([row[key] for row in rows], np.float64)
        expected = (values - values.mean()) / values.std()
        for change in (
            lambda b, key=key: b.normalize(key), lambda b, key=key: b.normalize_if(True, key),
            lambda b, key=key: b.to_stream().normalize(key), lambda b, key=key: b.to_stream().normalize_if(True, key),
            lambda b, key=key: b.to_stream().normalize(key).prefetch(2, 2),
        ):  # fmt: skip
            got = np.array([sample[key] for sample in change(buffer)])
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
        batches = np.concatenate([batch[key] for batch in buffer.shuffle(seed=1).batch(8).normalize(key)])
        assert abs(batches.mean()) < 1e-4 and abs(batches.std() - 1) < 1e-3
        other = buffer.normalize(key, output_key="y")
        assert np.asarray(other[0]["y"]).dtype.kind == "f" and np.array_equal(other[0][key], buffer[0][key])
    with pytest.raises(ValueError, match="statistics"):
        dx.buffer_from_vector([{"x": 1.0}]).normalize("x")
    with pytest.raises(TypeError, match="both"):
        buffer.normalize("x", mean=1)
