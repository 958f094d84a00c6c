# SPDX-License-Identifier: Apache-2.0
"""Tables of tensors, digests of rows and tasks of Arrow data, as the modules for engines use them. `engines/` has the engines."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from colonnade._schema import Field

pa = pytest.importorskip("pyarrow")

from colonnade._engines import EngineJob  # noqa: E402 - they need pyarrow
from colonnade._ingest.digests import digest  # noqa: E402
from colonnade._ingest.tensors import with_lists  # noqa: E402


class Shaped(pa.ExtensionType):  # type: ignore[misc, unused-ignore]
    """Tensors of several shapes, as Ray and Daft store them."""

    def __init__(self, leaf: Any) -> None:
        super().__init__(pa.struct([("data", pa.list_(leaf)), ("shape", pa.list_(pa.int64()))]), "test.shaped")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""


def shaped(*arrays: Any, leaf: Any = None) -> Any:
    kind = Shaped(leaf or pa.float32())
    rows = [None if each is None else {"data": each.ravel(), "shape": each.shape} for each in arrays]
    return pa.ExtensionArray.from_storage(kind, pa.array(rows, kind.storage_type))


def lists(*columns: Any, known: dict[str, Field] | None = None, ragged: tuple[str, ...] = ()) -> list[Any]:
    tables = with_lists([pa.table({"x": column}) for column in columns], known or {}, ragged)
    assert len({table.schema for table in tables}) == 1
    return [tables[0].schema.field("x").type, [row.as_py() for table in tables for row in table["x"]]]


def test_tensors_become_lists() -> None:
    a, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.arange(3, dtype=np.float32).reshape(1, 3)
    fixed, varies, leaf = pa.list_(pa.list_(pa.float32(), 3), 2), pa.large_list(pa.list_(pa.float32(), 3)), pa.float32()
    assert lists(shaped(a, a)) == [fixed, [a.tolist()] * 2]
    assert lists(shaped(a, None, b)) == [varies, [a.tolist(), None, b.tolist()]]
    assert lists(shaped(a), shaped(b, b)[1:]) == [varies, [a.tolist(), b.tolist()]]
    assert lists(shaped(a), ragged=("x",)) == [pa.large_list(pa.large_list(leaf)), [a.tolist()]]
    field = Field("tensor", "float32", (None, 3))
    assert lists(shaped(a), known={"x": field}) == [varies, [a.tolist()]]
    # A size of 0 in all rows says nothing, and the others are kept.
    assert lists(shaped(np.zeros((0, 3), np.float32))) == [varies, [[]]]
    tensor = pa.fixed_shape_tensor(leaf, [2, 3])
    array = pa.ExtensionArray.from_storage(tensor, pa.array([list(range(6))], tensor.storage_type))
    assert lists(array, shaped(b)) == [varies, [a.tolist(), b.tolist()]]
    # Lists stand beside tensors of one dimension.
    assert lists(shaped(b[0]), pa.array([[1.0]], pa.list_(leaf))) == [pa.large_list(leaf), [[0.0, 1.0, 2.0], [1.0]]]


def test_tensors_that_lists_cannot_hold_are_errors() -> None:
    two, one = np.zeros((2, 3), np.float32), np.zeros(3, np.float32)
    with pytest.raises(ValueError, match='column "x" has tensors with 1 and 2 dimensions'):
        lists(shaped(two), shaped(one))
    with pytest.raises(ValueError, match='column "x" has tensors with 1 and 2 dimensions'):
        lists(shaped(two, one))
    with pytest.raises(
        ValueError, match=r'row 2, column "x": an array of shape \[0,3\] is empty, so that size 3 would be lost'
    ):
        lists(shaped(two, None, two[:0], two[:, :2]))
    with pytest.raises(
        ValueError, match=r'row 1, column "x": an array of shape \[1,3\] does not fit the shape \[2,3\]'
    ):
        lists(shaped(two), shaped(two[:1]), known={"x": Field("tensor", "float32", (2, 3))})
    with pytest.raises(ValueError, match='column "x" has no tensor'):
        lists(shaped(None))
    permuted = pa.fixed_shape_tensor(pa.float32(), [2, 3], permutation=[1, 0])
    with pytest.raises(ValueError, match="permuted"):
        lists(pa.ExtensionArray.from_storage(permuted, pa.array([list(range(6))], permuted.storage_type)))
    with pytest.raises(ValueError, match="another block"):
        lists(shaped(two), pa.array(["a"]))


def test_digests_depend_on_values_alone() -> None:
    columns = {
        "n": pa.array([1, None, 3, 4], pa.int16()),
        "s": pa.array(["a", "", None, "bc"]),
        "b": pa.array([b"a", b"b", b"", b"c"], pa.large_binary()),
        "l": pa.array([[1], None, [], [2, 3]]),
        "f": pa.array([[1.0, 2.0]] * 4, pa.list_(pa.float32(), 2)),
        "o": pa.array([True, False, None, True]),
        "d": pa.array(["x", "y", None, "x"]).dictionary_encode(),
        "t": pa.array([1, 2, 3, 4], pa.timestamp("us")),
        "g": pa.array([{"a": 1}, {"a": None}, None, {"a": 4}]),
        "z": pa.nulls(4),
        "e": shaped(*[np.ones(2, np.float32)] * 4),
        "w": pa.array([b"ab"] * 4, pa.binary(2)),
    }
    table = pa.table(columns)
    divided = pa.concat_tables([table.slice(0, 1), table.slice(1, 2), table.slice(3)])
    assert digest(table) == digest(divided) == digest(pa.table(dict(columns))) != digest(table.slice(1))
    seen = {digest(table)}
    for name in columns:
        changed = pa.concat_tables([table.slice(1, 1), table.slice(1)]) if name != "z" else table.drop_columns("z")
        other = table.set_column(table.column_names.index(name), name, changed[name]) if name != "z" else changed
        if name not in ("f", "e", "w"):
            seen.add(digest(other))
    assert len(seen) == 1 + len(columns) - 3
    assert digest(table.rename_columns([f"{name}2" for name in columns])) not in seen


def test_a_job_that_is_started_again_needs_rows_in_the_same_tasks(tmp_path: Path) -> None:
    options: dict[str, Any] = dict.fromkeys(["fill", "labels", "metadata", "grouping", "codec"]) | {"ragged": ()}

    def begun(name: str, **more: Any) -> EngineJob:
        return EngineJob.begun(tmp_path / name, "night", True, **{**options, "schema": None, **more})

    table = pa.table({"x": [1, 2]})
    job = begun("rows")
    assert [job.write([table], task) for task in (0, 1)] == [2, 2]
    for _ in range(2):
        # Before and after the commit, by a run without rows, and by one that has fewer tasks.
        for tasks, missing in (([], 0), ([0], 1), ([1], 0)):
            with pytest.raises(ValueError, match=f'job "night" has written rows in task {missing} before, and this'):
                begun("rows").commit(tasks)
        assert len(begun("rows").commit([0, 1])) == 4
    assert [begun("rows").write([table], task) for task in (0, 1)] == [2, 2]
    empty = begun("empty", schema={"x": "int64"})
    assert len(empty.commit([])) == len(empty.commit([])) == 0
    with pytest.raises(ValueError, match="has committed already"):
        empty.write([table], 1)


def test_tasks_of_arrow_data(tmp_path: Path) -> None:
    path = tmp_path / "train.colonnade"
    first = pa.table(
        {
            "x": pa.array([[1, 2], [3]], pa.list_(pa.int32())),
            "s": ["a", "b"],
            "y": pa.array(["cat", "dog"]).dictionary_encode(),
        }
    )
    assert dx.write_fragment(path, first, job="a", task=0) == 2
    # Columns in another order, lists of one length, and numbers in place of names fit.
    second = pa.table({"y": [1, 0, -1], "x": pa.array([[4, 5]] * 3, pa.list_(pa.int32(), 2)), "s": ["c", "d", "e"]})
    second = second.set_column(0, "y", second["y"].cast(pa.int32()))
    assert dx.write_fragment(path, second, job="a", task=1) == 3
    assert dx.write_fragment(path, second, job="a", task=1) == 3
    with pytest.raises(dx.Error, match="x int64"):
        dx.write_fragment(path, first.set_column(0, "x", pa.array([[1], [2]])), job="a", task=2)
    with pytest.raises(dx.Error, match="missing"):
        dx.write_fragment(path, first.set_column(1, "s", pa.array(["a", None])), job="a", task=2)
    assert dx.write_fragment(path, pa.RecordBatchReader.from_stream(first), job="a", task=2) == 2
    assert dx.write_fragment(path, [{"x": [7], "s": "z", "y": 1}], job="a", task=3) == 1
    buffer = dx.commit(path, "a")
    assert [sample["x"].tolist() for sample in buffer] == [[1, 2], [3]] + [[4, 5]] * 3 + [[1, 2], [3], [7]]
    assert [sample["s"] for sample in buffer] == list("abcdeabz") and buffer["y"].tolist() == [0, 1, 1, 0, -1, 0, 1, 1]
    # Encoded files get the media type that the data set has.
    other = tmp_path / "other"
    dx.ingest(first.select(["s"]), other)
    with pytest.raises(FileExistsError):
        dx.write_fragment(other, first.select(["s"]), job="a", task=0)


def test_a_commit_of_some_tasks(tmp_path: Path) -> None:
    path = tmp_path / "train.colonnade"
    for task in (0, 1, 2**40, 7):
        dx.write_fragment(path, [{"x": task}], job="a", task=task)
    for tasks, message in [
        ([1, 3], "task 3 of job .a. is not finished"),
        ([1, 7, 1], "task 1 of job .a. is listed twice"),
    ]:
        with pytest.raises(dx.Error, match=message):
            dx.commit(path, "a", tasks=tasks)
    with pytest.raises(TypeError, match="tasks must be"):
        dx.commit(path, "a", tasks="1")  # type: ignore[arg-type]
    with pytest.raises(dx.Error, match="of the 1099511627777 tasks of job .a. 1099511627773 are not finished: 2, 3, 4"):
        dx.commit(path, "a")
    assert dx.commit(path, "a", tasks=[7, 0, 2**40])["x"].tolist() == [7, 0, 2**40]
    assert len(dx.commit(path, "a", tasks=[2**40, 0, 7])) == 3
    with pytest.raises(dx.Error, match="committed as version 1 with the rows of task 1099511627776 too"):
        dx.commit(path, "a", tasks=[0, 7])
    with pytest.raises(dx.Error, match="before task 1 finished, whose rows are not part of it"):
        dx.commit(path, "a", tasks=[1, 0])


def job(path: Path, name: str = "a", is_restartable: bool = False, **options: Any) -> EngineJob:
    defaults: dict[str, Any] = dict.fromkeys(["schema", "fill", "labels", "metadata", "grouping", "codec"])
    return EngineJob.begun(path, name, is_restartable, **{**defaults, "ragged": (), **options})


def test_jobs_of_engines(tmp_path: Path) -> None:
    path = tmp_path / "train.colonnade"
    named = job(path, is_restartable=True)
    x, y = pa.table({"x": [1, 2]}), pa.table({"x": [3]})
    assert named.write([x, y, y.slice(1)], 5) == 3 and named.write([], 6) == named.write([y.slice(1)], 6) == 0
    # The same rows are there, in whatever blocks; other rows are an error.
    assert named.write([pa.concat_tables([x, y])], 5) == 3
    with pytest.raises(dx.Error, match='job "a" has written other rows in task 5 before'):
        named.write([x], 5)
    with pytest.raises(dx.Error, match="differ in a column or its type"):
        named.write([x, pa.table({"x": [1.5]})], 7)
    assert named.commit([5])["x"].tolist() == [1, 2, 3]
    assert named.write([x, y], 5) == 3 and len(named.commit([5])) == 3
    with pytest.raises(dx.Error, match="has committed already"):
        named.write([x], 6)
    assert len(job(path, "b").commit([])) == 3
    # The first task settles the dimensions, and others are fitted to them.
    ragged = tmp_path / "ragged"
    made = job(ragged)
    two, one = shaped(np.ones((2, 3), np.float32), np.ones((1, 3), np.float32)), shaped(np.ones((4, 3), np.float32))
    made.write([pa.table({"x": two})], 0)
    made.write([pa.table({"x": one})], 1)
    assert [sample["x"].shape for sample in made.commit([0, 1])] == [(2, 3), (1, 3), (4, 3)]
    with pytest.raises(dx.Error, match="declare them with schema="):
        job(tmp_path / "none").commit([])
    assert job(tmp_path / "none", schema={"x": "int32"}).commit([]).dtypes == {"x": "int32"}
    # A job that was begun and not committed is no data set yet.
    job(tmp_path / "begun").write([x], 0)
    assert len(job(tmp_path / "begun", "b", schema={"x": "int64"}).commit([])) == 0


def test_a_job_is_taken_up_with_the_same_options(tmp_path: Path) -> None:
    table = pa.table({"x": [1, None], "text": pa.array(["a", "b"], pa.string_view())})
    for fill, message in [(-1, None), (-9, 'job "a" has written other rows in task 0 before')]:
        taken = job(tmp_path / "train", is_restartable=True, fill={"x": fill})
        if message is None:
            assert taken.write([table], 0) == taken.write([table], 0) == 2
        else:
            with pytest.raises(dx.Error, match=message):
                taken.write([table], 0)
    assert taken.commit([0])["x"].tolist() == [1, -1]


@pytest.mark.parametrize(
    "rows",
    [
        [{"data": [1.0] * 4, "shape": [1, 2]}, {"data": [1.0] * 2, "shape": [2, 2]}],
        [{"data": [1.0] * 2, "shape": [2, 2]}],
        [{"data": [1.0] * 2, "shape": [-1, -2]}],
        [{"data": None, "shape": [1, 1]}],
        [{"data": [1.0], "shape": None}],
        [{"data": [1.0], "shape": [1, None]}],
    ],
)
def test_the_elements_of_a_tensor_fit_its_shape(tmp_path: Path, rows: list[Any]) -> None:
    kind = Shaped(pa.float32())
    column = pa.ExtensionArray.from_storage(kind, pa.array(rows, kind.storage_type))
    with pytest.raises(dx.Error, match='column "x" has a tensor whose shape is not that of its elements'):
        job(tmp_path / "train").write([pa.table({"x": column})], 0)


def test_without_an_engine_the_error_has_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, remedy in [("ray", r'pip install "ray\[data\]"'), ("daft", "pip install daft")]:
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, f"colonnade.{name}", raising=False)
        with pytest.raises(ImportError, match=f"colonnade.{name} needs .* which cannot be imported: {remedy}"):
            importlib.import_module(f"colonnade.{name}")
