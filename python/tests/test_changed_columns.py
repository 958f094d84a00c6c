# SPDX-License-Identifier: Apache-2.0
"""Columns that are added, replaced, dropped and renamed, and class names that are corrected."""

import os
import shutil
import subprocess
from pathlib import Path

import colonnade as dx
import numpy as np
import pytest
from colonnade import _core


def append(path, first, count):
    with dx.Writer(path, append=True) as writer:
        writer.extend({"x": x, "label": x % 2, "name": "a" * (x % 3)} for x in range(first, first + count))


@pytest.fixture
def data_set(tmp_path):
    path = tmp_path / "train"
    rows = [{"x": x, "label": x % 2, "name": "a" * (x % 3)} for x in range(5)]
    dx.ingest(rows, f"{path}/", labels={"label": ["cat", "dgo"]})
    append(path, 5, 3)
    return path


def files(path):
    return {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in (Path(path) / "data").iterdir()}


def column(path, name, **options):
    return [
        sample[name].tolist() if hasattr(sample[name], "tolist") else sample[name]
        for sample in dx.open(path, **options)
    ]


@pytest.mark.parametrize(
    "source",
    [
        {"y": np.arange(8, dtype=np.int16) * 3},
        {"y": [3 * x for x in range(8)]},
        {"y": (3 * x for x in range(8))},
        ({"y": 3 * x} for x in range(8)),
        [{"y": 3 * x} for x in range(8)],
        lambda batch: {"y": batch["x"] * 3},
        lambda batch: {"y": [3 * int(x) for x in batch["x"]]},
    ],
)
def test_columns_are_added_from_every_kind_of_source(data_set, source):
    before = files(data_set)
    buffer = dx.add_columns(data_set, source, **({"inputs": ["x"], "batch_size": 3} if callable(source) else {}))
    assert [int(sample["y"]) for sample in buffer] == [3 * x for x in range(8)]
    after = files(data_set)
    assert len(after) == 4 and before.items() <= after.items()
    assert list(buffer.schema) == ["x", "label", "name", "y"]
    batch = next(iter(buffer.shuffle(seed=1).batch(8)))
    np.testing.assert_array_equal(batch["y"], batch["x"] * 3)
    assert "y" not in dx.open(data_set, version=2).schema


def test_ragged_columns_labels_and_several_at_once(data_set):
    buffer = dx.add_columns(
        data_set,
        lambda batch: {"kind": batch["x"] % 2, "list": [np.arange(x, dtype=np.float32) for x in batch["x"]]},
        labels={"kind": ["even", "odd"]},
        ragged="list",
        batch_size=4,
    )
    assert buffer.schema["kind"].meaning == ["even", "odd"]
    assert [sample["list"].tolist() for sample in buffer] == [list(range(x)) for x in range(8)]


def test_columns_are_replaced_dropped_renamed_and_labelled(data_set):
    buffer = dx.replace_columns(data_set, lambda batch: {"x": batch["x"] / 4})
    assert [float(sample["x"]) for sample in buffer] == [x / 4 for x in range(8)]
    assert [int(x) for x in column(data_set, "x", version=2)] == list(range(8))
    assert list(dx.drop_columns(data_set, "name").schema) == ["x", "label"]
    renamed = dx.rename_columns(data_set, {"x": "label", "label": "x"})
    assert float(renamed[3]["label"]) == 0.75 and int(renamed[3]["x"]) == 1
    assert dx.set_labels(data_set, {"x": ["cat", "dog"]}).schema["x"].meaning == ["cat", "dog"]
    done = subprocess.run(["colonnade", "verify", data_set], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_new_values_keep_class_names_and_units_of_time(tmp_path):
    path = tmp_path / "train"
    times = np.array([1, 2, 3], "datetime64[us]")
    dx.ingest({"label": [0, 1, 0], "t": times}, f"{path}/", labels={"label": ["cat", "dog"]})
    schema = dx.open(path).schema
    assert dx.replace_columns(path, {"label": np.array([1, 1, 0])}).schema == schema
    buffer = dx.replace_columns(path, lambda batch: {"t": batch["t"] + 1}, inputs="t")
    assert buffer.schema == schema and [int(t) for t in buffer["t"]] == [2, 3, 4]
    assert buffer.value_counts("label") == {"cat": 1, "dog": 2}
    with pytest.raises(ValueError, match="2"):
        dx.replace_columns(path, {"label": np.array([1, 2, 0])})
    assert dx.replace_columns(path, {"label": [0, 1, 1]}, schema={"label": "int64"}).schema == schema
    # Another type has no class names.
    assert dx.replace_columns(path, {"label": np.array([0.5, 1, 0])}).schema["label"].meaning is None


def test_columns_of_a_buffer_keep_their_types(data_set, tmp_path):
    rows = [{"file": b"a" * n, "kind": n % 2, "x": n} for n in range(8)]
    source = dx.ingest(rows, tmp_path / "other.colonnade", labels={"kind": ["even", "odd"]}, metadata={"by": "me"})
    buffer = dx.add_columns(data_set, source.select("file", "kind"))
    assert buffer.schema["file"] == source.schema["file"] and buffer.schema["kind"] == source.schema["kind"]
    assert [bytes(sample["file"]) for sample in buffer] == [b"a" * n for n in range(8)] and "by" not in buffer.metadata
    replaced = dx.replace_columns(data_set, source.to_stream().select("x").key_transform("x", lambda x: x + 1))
    assert [int(sample["x"]) for sample in replaced] == list(range(1, 9))
    with pytest.raises(ValueError, match="rows"):
        dx.replace_columns(data_set, source[:3].select("x"))


def test_faults_of_a_function_name_the_column_or_the_rows(data_set):
    with pytest.raises(TypeError, match='float for "g".*one value for each row'):
        dx.add_columns(data_set, lambda batch: {"g": 1.0})
    with pytest.raises(ValueError, match=r"\['h'\] for rows 3 to 5, and \['g'\]"):
        dx.add_columns(data_set, lambda batch: {"g" if batch["x"][0] < 3 else "h": batch["x"]}, batch_size=3)
    assert list(dx.open(data_set).schema) == ["x", "label", "name"]


def test_frames_and_tables_are_no_columns(data_set):
    class Frame:
        def __iter__(self):
            return iter(["x"])

        def __arrow_c_stream__(self, requested_schema=None):
            raise AssertionError("not read")

    with pytest.raises(TypeError, match="dict of its columns"):
        dx.add_columns(data_set, Frame())


def test_a_file_becomes_a_data_set(tmp_path):
    path = tmp_path / "one.colonnade"
    opened = dx.ingest({"x": np.arange(4)}, path)
    inode = os.stat(path).st_ino
    buffer = dx.add_columns(path, {"y": np.arange(4) * 2.5})
    assert [float(sample["y"]) for sample in buffer] == [0, 2.5, 5, 7.5]
    assert inode in {file.stat().st_ino for file in (path / "data").iterdir()}
    assert [int(sample["x"]) for sample in opened] == [0, 1, 2, 3]
    assert os.listdir(tmp_path) == ["one.colonnade"]


def test_a_function_gets_rows_that_are_appended_meanwhile(data_set):
    calls = []

    def square(batch):
        if not calls:
            append(data_set, 8, 2)
        calls.append(len(batch["x"]))
        return {"y": batch["x"] ** 2}

    buffer = dx.add_columns(data_set, square, inputs="x")
    assert calls == [8, 2]
    assert [int(sample["y"]) for sample in buffer] == [x * x for x in range(10)]

    def values():
        append_other = iter(range(10))
        for x in append_other:
            if x == 5:
                with dx.Writer(data_set, append=True) as writer:
                    writer.append({"x": 10, "label": 0, "name": "", "y": 100})
            yield {"z": x}

    with pytest.raises(dx.Error, match="other writers have added rows meanwhile"):
        dx.add_columns(data_set, values())
    assert len(dx.open(data_set)) == 11 and "z" not in dx.open(data_set).schema


def test_rows_that_are_appended_meanwhile_are_not_computed_from_another_column(data_set):
    calls = []

    def square(batch):
        if not calls:
            dx.rename_columns(data_set, {"x": "old"})
            dx.add_columns(data_set, {"x": np.full(8, 1000)})
            with dx.Writer(data_set, append=True) as writer:
                writer.append({"old": 8, "label": 0, "name": "", "x": 1000})
        calls.append(batch["x"].tolist())
        return {"y": batch["x"] ** 2}

    with pytest.raises(dx.Error, match="meanwhile"):
        dx.add_columns(data_set, square, inputs="x")
    assert calls == [list(range(8))]
    assert list(dx.open(data_set).schema) == ["old", "label", "name", "x"] and len(dx.open(data_set)) == 9


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_values_of_a_function_do_not_get_into_a_data_set_that_replaced_the_old_one(tmp_path, kind):
    path = tmp_path / "train"
    target = f"{path}/" if kind == "folder" else path

    def square(batch):
        if kind == "folder":
            shutil.rmtree(path)
        dx.ingest({"x": [10, 11]}, target, overwrite=kind == "file")
        return {"y": batch["x"] ** 2}

    dx.ingest({"x": [1, 2]}, target)
    with pytest.raises(dx.Error, match="another writer changed it while the function ran"):
        dx.add_columns(path, square)
    assert column(path, "x") == [10, 11] and list(dx.open(path).schema) == ["x"]
    assert os.listdir(tmp_path) == ["train"]


def test_the_core_refuses_names_that_are_no_pairs(data_set):
    for names in [["x"], ["x", "z", "label"], []]:
        with pytest.raises(dx.Error, match="name"):
            _core.rename_columns(str(data_set), names)
    with pytest.raises(dx.Error, match="name the columns"):
        _core.drop_columns(str(data_set), [])
    assert list(dx.open(data_set).schema) == ["x", "label", "name"] and len(os.listdir(data_set / "versions")) == 2


def test_errors_change_nothing(data_set):
    before = files(data_set)
    for error, change in [
        (dx.Error, lambda: dx.add_columns(data_set, {"x": np.arange(8)})),
        (dx.Error, lambda: dx.add_columns(data_set, {"y": np.arange(7)})),
        (dx.Error, lambda: dx.add_columns(data_set, {"y": np.arange(9)})),
        (dx.Error, lambda: dx.add_columns(data_set, {"y": iter(range(8)), "z": iter(range(7))})),
        (dx.Error, lambda: dx.add_columns(data_set, {"y": np.arange(8)}, inputs="x")),
        (dx.Error, lambda: dx.add_columns(data_set, lambda batch: {"y": batch["x"][:2]})),
        (TypeError, lambda: dx.add_columns(data_set, lambda batch: batch["x"])),
        (TypeError, lambda: dx.add_columns(data_set, "other.csv")),
        (TypeError, lambda: dx.add_columns(data_set, lambda batch: {"y": batch["x"]}, batch_size=True)),
        (KeyError, lambda: dx.add_columns(data_set, lambda batch: {"y": batch["x"]}, inputs="no")),
        (KeyError, lambda: dx.replace_columns(data_set, {"no": np.arange(8)})),
        (ZeroDivisionError, lambda: dx.add_columns(data_set, lambda batch: {"y": 1 // 0})),
        (KeyError, lambda: dx.drop_columns(data_set, "no")),
        (dx.Error, lambda: dx.drop_columns(data_set)),
        (dx.Error, lambda: dx.drop_columns(data_set, "x", "label", "name")),
        (dx.Error, lambda: dx.rename_columns(data_set, {"x": "name"})),
        (dx.Error, lambda: dx.rename_columns(data_set, {})),
        (TypeError, lambda: dx.rename_columns(data_set, {"x": 1})),
        (dx.Error, lambda: dx.set_labels(data_set, {"label": ["cat"]})),
        (dx.Error, lambda: dx.set_labels(data_set, {"x": ["cat", "dog"]})),
        (TypeError, lambda: dx.drop_columns(3, "x")),
        (FileNotFoundError, lambda: dx.drop_columns(data_set / "no", "x")),
    ]:
        with pytest.raises(error):
            change()
        assert files(data_set) == before
    assert sorted(os.listdir(data_set / "versions")) == [f"{version:020}.colonnade" for version in (1, 2)]


def test_the_command_changes_columns(data_set, tmp_path):
    def run(*arguments):
        return subprocess.run(["colonnade", "columns", *arguments], capture_output=True, text=True)

    np.save(tmp_path / "y.npy", np.arange(8, dtype=np.float32))
    assert run("add", data_set, tmp_path / "y.npy").returncode == 0
    assert [float(sample["y"]) for sample in dx.open(data_set)] == list(range(8))
    np.save(tmp_path / "x.npy", np.arange(8) + 1)
    assert run("add", data_set, tmp_path / "x.npy").returncode == 64
    assert run("add", data_set, tmp_path / "x.npy", "--replace").returncode == 0
    assert run("rename", data_set, "x=z", "y=x").stdout.endswith(": version 5\n")
    assert run("label", data_set, "label", "cat", "dog").returncode == 0
    assert run("drop", data_set, "name", "z").returncode == 0
    buffer = dx.open(data_set)
    assert list(buffer.schema) == ["label", "x"] and buffer.schema["label"].meaning == ["cat", "dog"]
    refused = run("drop", data_set, "no")
    assert refused.returncode != 0 and "no" in refused.stderr
