# SPDX-License-Identifier: Apache-2.0
"""Data sets of many files."""

import json
import pickle
import subprocess

import colonnade as dx
import numpy as np
import pytest


def rows(first, count):
    return [
        {"x": np.float32(i), "name": "a" * (i % 3), "image": np.full((2, 2), i, np.uint8)}
        for i in range(first, first + count)
    ]


@pytest.fixture
def data_set(tmp_path):
    path = tmp_path / "train"
    dx.ingest(rows(0, 5), f"{path}/")
    for first in (5, 9):
        with dx.Writer(path, append=True) as writer:
            writer.extend(rows(first, 4))
    return path


def values(buffer):
    return [int(sample["x"]) for sample in buffer]


def test_versions_and_tags(data_set):
    assert values(dx.open(data_set)) == list(range(13))
    assert values(dx.open(data_set, version=1)) == list(range(5))
    subprocess.run(["colonnade", "tag", data_set, "best", "--version-number", "2"], check=True, capture_output=True)
    assert values(dx.open(data_set, tag="best")) == list(range(9))
    for wrong, error in [
        ({"version": 9}, FileNotFoundError),
        ({"tag": "x"}, FileNotFoundError),
        ({"version": 0}, dx.Error),
        ({"version": 1, "tag": "best"}, dx.Error),
        ({"version": True}, TypeError),
        ({"tag": 1}, TypeError),
    ]:
        with pytest.raises(error):
            dx.open(data_set, **wrong)
    with pytest.raises(dx.Error, match="several paths"):
        dx.open([data_set], version=1)


def test_every_path_of_rows_equals_one_file(data_set, tmp_path):
    dx.ingest(rows(0, 13), tmp_path / "one.colonnade")
    many, one = dx.open(data_set), dx.open(tmp_path / "one.colonnade")
    assert many.schema == one.schema and "version 3" in many.explain()
    for change in [
        lambda buffer: buffer,
        lambda buffer: buffer.shuffle(seed=3).batch(4),
        lambda buffer: buffer.shuffle(seed=3).to_stream().batch(5).prefetch(2, 2),
        lambda buffer: buffer.cast("image", "float32").batch(6),
    ]:
        for found, expected in zip(change(many), change(one), strict=True):
            for key in expected:
                np.testing.assert_array_equal(found[key], expected[key])


def test_positions_pickles_and_plans_name_the_version(data_set):
    stream = dx.open(data_set, version=2).shuffle(seed=1).to_stream()
    expected = [int(sample["x"]) for sample in stream]
    begun = dx.open(data_set, version=2).shuffle(seed=1).to_stream()
    samples = iter(begun)
    for _ in range(3):
        next(samples)
    state = begun.state()
    again = pickle.loads(pickle.dumps(dx.open(data_set, version=2).shuffle(seed=1))).to_stream()
    again.resume(state)
    assert [int(sample["x"]) for sample in again] == expected[3:]
    with pytest.raises(dx.Error):
        dx.open(data_set).shuffle(seed=1).to_stream().resume(state)
    with dx.Writer(data_set, append=True) as writer:
        writer.extend(rows(13, 1))
    assert values(dx.from_plan(dx.open(data_set, version=2).plan())) == list(range(9))
    assert len(pickle.loads(pickle.dumps(dx.open(data_set, version=1)))) == 5


def test_targets_that_are_taken(data_set, tmp_path):
    with pytest.raises(FileExistsError, match="append to it"):
        dx.ingest(rows(0, 1), f"{data_set}/")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("")
    with pytest.raises(FileExistsError, match="other files"):
        dx.ingest(rows(0, 1), tmp_path / "other")
    (tmp_path / "empty").mkdir()
    dx.ingest(rows(0, 1), tmp_path / "empty")
    assert values(dx.open(tmp_path / "empty")) == [0]
    with pytest.raises(FileNotFoundError):
        dx.open(tmp_path)


def test_an_ingest_that_failed_can_be_repeated(tmp_path):
    target = f"{tmp_path}/train/"
    with pytest.raises(dx.Error):
        dx.ingest([{"x": 1}, {"x": "a"}], target)
    # A process that is killed leaves both folders, and a file that no version names.
    for name in ("data", "versions"):
        (tmp_path / "train" / name).mkdir(parents=True, exist_ok=True)
    (tmp_path / "train" / "versions" / ".x.staging-1-0").write_bytes(b"")
    assert values(dx.ingest([{"x": 1}, {"x": 2}], target)) == [1, 2]
    with pytest.raises(FileExistsError, match="append to it"):
        dx.ingest([{"x": 1}], target)


def test_damage_and_missing_files(data_set):
    files = sorted((data_set / "data").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    buffer = dx.open(data_set)
    assert int(buffer[0]["x"]) == 0
    files[1].unlink()
    with pytest.raises(FileNotFoundError, match="version 3"):
        buffer[6]
    assert int(buffer[12]["x"]) == 12


def command(*words, status=0):
    done = subprocess.run(["colonnade", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_command_takes_a_folder(data_set, tmp_path):
    report = json.loads(command("info", data_set, "--json"))
    assert (report["version"], report["rows"], report["files"]) == (3, 13, 3)
    x = report["columns"][0]["statistics"]
    assert (x["count"], x["min"], x["max"], x["mean"]) == (13, 0, 12, 6)
    assert "version 1, 5 rows" in command("info", data_set, "--version-number", 1)
    lines = command("head", data_set, "-n", 99, "--columns", "x", "--json").splitlines()
    assert [json.loads(line)["x"] for line in lines] == list(range(13))
    assert json.loads(command("stats", data_set, "--json"))["rows"] == 13
    for ending in ("jsonl", "npz"):
        command("export", data_set, "-o", tmp_path / f"out.{ending}", "--columns", "x,image")
    assert np.load(tmp_path / "out.npz")["x"].tolist() == list(range(13))
    (tmp_path / "more.jsonl").write_text('{"image": [[1, 2], [3, 4]], "x": 13, "name": "new"}\n')
    command("append", data_set, tmp_path / "more.jsonl")
    assert dx.open(data_set)[13]["image"].tolist() == [[1, 2], [3, 4]]
    log = json.loads(command("log", data_set, "--json"))["versions"]
    assert [(entry["version"], entry["operation"], entry["rows"]) for entry in log] == [
        (4, "append", 14),
        (3, "append", 13),
        (2, "append", 9),
        (1, "create", 5),
    ]
    assert "would remove 3 versions and 0 files" in command("gc", data_set, "--keep", 1, "--older", 0)
    assert len(json.loads(command("log", data_set, "--json"))["versions"]) == 4
    assert "removed 3 versions" in command("gc", data_set, "--keep", 1, "--older", "0s", "--delete")
    assert "no version 1: there is version 4" in command("info", data_set, "--version-number", 1, status=66)
    assert "4 files" in command("verify", data_set)
    (data_set / "data" / ("ab" * 16 + ".colonnade")).write_bytes(b"")
    assert "no version names this file" in command("verify", data_set)
    next((data_set / "data").glob("[!a]*")).write_bytes(b"x")
    assert "(R1)" in command("verify", data_set, status=65)
    for words in (["--keep", "x"], ["--older", "1w"], ["--older", "-1"], ["--keep", 0]):
        command("gc", data_set, *words, status=64)
    assert "is a file" in command("info", tmp_path / "more.jsonl", "--tag", "x", status=64)
    assert "open the folder" in command("info", next((data_set / "versions").iterdir()), status=65)


def test_packing_gives_one_file_and_back(data_set, tmp_path):
    one = dx.pack(data_set, tmp_path / "one.colonnade", version=2)
    assert values(one) == list(range(9)) and one.schema == dx.open(data_set).schema
    with pytest.raises(FileExistsError):
        dx.pack(data_set, tmp_path / "one.colonnade")
    one = dx.pack(data_set, tmp_path / "one.colonnade", overwrite=True)
    assert values(one) == list(range(13))
    many = dx.pack(tmp_path / "one.colonnade", f"{tmp_path}/many/")
    assert "version 1" in many.explain() and values(many) == list(range(13))
    for first, other in zip(dx.open(data_set), many, strict=True):
        np.testing.assert_equal(first, other)
    for wrong, error in [({"tag": 1}, TypeError), ({"version": 0}, dx.Error), ({"version": 1, "tag": "x"}, dx.Error)]:
        with pytest.raises(error):
            dx.pack(data_set, tmp_path / "two.colonnade", **wrong)
    with pytest.raises(FileNotFoundError):
        dx.pack(tmp_path / "nothing", tmp_path / "two.colonnade")
