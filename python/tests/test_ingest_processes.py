# SPDX-License-Identifier: Apache-2.0
"""Tests of `ingest` by several processes: the data set of one process, or nothing."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import warnings
import wave
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from colonnade._ingest import processes
from test_ingest_folders import FIXTURES, tree


def lines(folder: pathlib.Path, counts: list[int]) -> list[pathlib.Path]:
    """Writes files of JSON Lines. Only the first has numbers with a fraction, so that the types come from all files."""
    folder.mkdir(exist_ok=True)
    paths = []
    for number, count in enumerate(counts):
        rows = [{"x": 100 * number + row + (0 if number else 0.5), "t": "a" * row} for row in range(count)]
        paths.append(folder / f"{number}.jsonl")
        paths[-1].write_text("".join(json.dumps(row) + "\n" for row in rows))
    return paths


def check_same(many: dx.Buffer, one: dx.Buffer) -> None:
    assert many.schema == one.schema and many.metadata == one.metadata and len(many) == len(one) > 0
    for first, second in zip(many, one, strict=True):
        for key in one.schema:
            assert np.array_equal(first[key], second[key]), key


def test_text_files_are_those_of_one_process(tmp_path: pathlib.Path) -> None:
    paths = lines(tmp_path / "lines", [2, 4, 5, 1, 3])
    options: dict[str, Any] = {"codec": {"t": "zstd"}, "metadata": {"k": "v"}, "columns": ["y=x", "t"]}
    one = dx.ingest(paths, tmp_path / "one.colonnade", **options)
    told: list[tuple[int, int, int | None]] = []
    many = dx.ingest(paths, tmp_path / "many", processes=3, progress=lambda *all: told.append(all), **options)
    check_same(many, one)
    assert many["y"].tolist() == [0.5, 1.5, *range(100, 104), *range(200, 205), 300, 400, 401, 402]
    assert told[-1][0] == told[-1][2] == 15 and told[-1][1] > 0
    assert len(list((tmp_path / "many/data").iterdir())) == 3 and not (tmp_path / "many/jobs").exists()
    assert dx.open(tmp_path / "many", version=1).metadata == {"k": "v"}
    # More processes than files, and one process, which may read one file. Paths may be relative, bytes, and an empty folder.
    (tmp_path / "five").mkdir()
    check_same(dx.ingest(paths, tmp_path / "five/", processes=9, **options), one)
    assert len(list((tmp_path / "five/data").iterdir())) == 5
    alone = dx.ingest(os.fsencode(paths[2]), f"{tmp_path}/alone/", processes=1)
    assert alone["x"].tolist() == [200, 201, 202, 203, 204]


def test_folders_of_pictures_are_those_of_one_process(tmp_path: pathlib.Path) -> None:
    root = tree(tmp_path / "pets")
    for images in [{}, {"image": "raw"}]:
        name = "raw" if images else "files"
        one = dx.ingest(root, tmp_path / f"{name}.colonnade", images=images)
        many = dx.ingest(root, tmp_path / name, images=images, processes=2)
        check_same(many, one)
        assert many.schema["label"].meaning == ["cat", "dog"]
    # Bad files are left out by one process, and are in the warning of the caller.
    (root / "dog/a.png").write_bytes((FIXTURES / "images/pngsuite/basn2c08.png").read_bytes()[:20])
    with pytest.warns(UserWarning, match="pets: bad files are left out:\n  dog/a.png: ") as caught:
        good = dx.ingest(root, tmp_path / "good", processes=2, skip_bad=True)
    assert caught[0].filename == __file__
    check_same(good, dx.open(tmp_path / "files.colonnade"))
    with pytest.raises(dx.Error, match="skip_bad=True") as error:
        dx.ingest(root, tmp_path / "bad", processes=2)
    with pytest.raises(dx.Error) as same:
        dx.ingest(root, tmp_path / "bad.colonnade")
    assert str(error.value) == str(same.value) and not (tmp_path / "bad").exists()


def test_tasks_whose_files_are_all_left_out(tmp_path: pathlib.Path) -> None:
    """Neighbouring files are those of one task: two that are bad, and two that are sound among pictures."""
    root = tmp_path / "mixed"
    root.mkdir()
    for number in range(8):
        if number in (2, 3):
            (root / f"{number}.png").write_bytes(b"no picture")
        elif number in (6, 7):
            with wave.open(str(root / f"{number}.wav"), "wb") as sound:
                sound.setparams((1, 2, 8000, 0, "NONE", ""))
                sound.writeframes(bytes(200))
        else:
            (root / f"{number}.png").write_bytes((FIXTURES / "images/pngsuite/basn2c08.png").read_bytes())
    for images in [{}, {"image": "raw"}]:
        with pytest.warns(UserWarning, match="bad files are left out"):
            one = dx.ingest(root, tmp_path / f"{len(images)}.colonnade", images=images, skip_bad=True)
        with pytest.warns(UserWarning, match="7.wav: it is sound"):
            many = dx.ingest(root, tmp_path / f"{len(images)}", images=images, skip_bad=True, processes=4)
        check_same(many, one)
        assert len(one) == 4


def test_the_error_is_that_of_one_process(tmp_path: pathlib.Path) -> None:
    paths = lines(tmp_path / "lines", [3, 3, 3, 3])
    options: dict[str, Any] = {"schema": {"x": "uint8"}}
    expected = []
    for place, arguments in [("one.colonnade", {}), ("many", {"processes": 4}), ("many/", {"processes": 2})]:
        with pytest.raises(dx.Error) as caught:
            dx.ingest(paths, f"{tmp_path}/{place}", **options, **arguments)
        expected.append((type(caught.value), str(caught.value)))
        assert not (tmp_path / place).exists()
    assert expected[0] == expected[1] == expected[2] and "0.jsonl" in expected[0][1]
    # Later processes fail at once, and the first one at its end.
    (tmp_path / "names").mkdir()
    csv = [tmp_path / "names" / f"{number}.csv" for number in range(3)]
    for number, path in enumerate(csv):
        path.write_text("y\n" + "0\n" * (300_000 if number == 0 else 1) + f"{7 + number}\n")
    with pytest.raises(dx.Error, match=r"0\.csv, record 300001, column \"y\": .*7 is out of range for 2 labels"):
        dx.ingest(csv, tmp_path / "named", labels={"y": ["a", "b"]}, processes=3)
    assert not (tmp_path / "named").exists()
    with pytest.raises(FileNotFoundError, match="missing.csv"):
        dx.ingest([csv[0], tmp_path / "missing.csv"], tmp_path / "named", processes=2)
    with pytest.raises(KeyError, match="z"):
        dx.ingest(csv, tmp_path / "named", fill={"z": 1}, processes=2)


def test_sources_and_targets_that_processes_cannot_share(tmp_path: pathlib.Path) -> None:
    paths = lines(tmp_path / "lines", [2, 2])
    target = tmp_path / "many"
    for source in [[{"x": 1}], ({"x": row} for row in range(2)), {"x": np.zeros(2)}, dx.buffer_from_vector([{"x": 1}])]:
        with pytest.raises(TypeError, match="write_fragment in processes of your own"):
            dx.ingest(source, target, processes=2)
    for wrong, error in [(0, dx.Error), (1025, dx.Error), (2.0, TypeError), ("2", TypeError)]:
        with pytest.raises(error, match="processes"):
            dx.ingest(paths, target, processes=wrong)  # type: ignore[arg-type, unused-ignore]
    with pytest.raises(dx.Error, match="one file, which several processes cannot share"):
        dx.ingest(paths[0], target, processes=2)
    with pytest.raises(dx.Error, match="overwrite is for a file"):
        dx.ingest(paths, target, processes=2, overwrite=True)
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError, match="file is a file, and several processes write a data set of many files"):
        dx.ingest(paths, tmp_path / "file", processes=2)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        dx.ingest(paths, tmp_path / "missing/many", processes=2)
    assert not target.exists()
    dx.ingest(paths, target, processes=2)
    with pytest.raises(FileExistsError, match="never replaced"):
        dx.ingest(paths, target, processes=2)
    assert len(dx.open(target)) == 4


def test_files_that_libraries_of_python_read(tmp_path: pathlib.Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    with pytest.raises(dx.Error, match="is read by libraries of Python, in one process"):
        dx.ingest([tmp_path / "a.parquet"] * 2, tmp_path / "many", processes=2)
    assert not (tmp_path / "many").exists()


def test_a_data_set_that_another_writer_makes_meanwhile_stays(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = lines(tmp_path / "lines", [2, 2])
    commit = dx._core.commit_new

    def late(*arguments: Any) -> int:
        dx.write_fragment(tmp_path / "many", [{"x": 0.5, "t": "other"}], job="other", task=0)
        dx.commit(tmp_path / "many", "other")
        return commit(*arguments)

    monkeypatch.setattr(dx._core, "commit_new", late)
    with pytest.raises(FileExistsError, match="another writer has made a data set here meanwhile"):
        dx.ingest(paths, tmp_path / "many", processes=2)
    assert dx.open(tmp_path / "many")["t"][0] == "other" and len(list((tmp_path / "many/data").iterdir())) == 1


def test_a_process_that_is_killed_is_an_error(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Killed(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)
            if len(started) == 2:
                self.kill()

    monkeypatch.setattr(processes.subprocess, "Popen", Killed)
    with pytest.raises(OSError, match="signal 9 ended a process that wrote a part of the rows"):
        dx.ingest(lines(tmp_path / "lines", [2, 2, 2]), tmp_path / "many", processes=3)
    assert len(started) == 3 and all(process.returncode is not None for process in started)
    assert not (tmp_path / "many").exists()


SCRIPT = """
import os, signal, sys
# A job in the background of a shell begins with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
import colonnade as dx
def stop(*numbers):
    os.kill(os.getpid(), int(sys.argv[1]))
try:
    dx.ingest(sys.argv[3:], sys.argv[2], processes=2, progress=stop)
except KeyboardInterrupt:
    sys.exit(130)
"""


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@linux
@pytest.mark.parametrize("seconds", [0, 0.05, 0.3])
def test_ctrl_c_in_a_terminal_leaves_no_process(tmp_path: pathlib.Path, seconds: float) -> None:
    """A terminal sends Ctrl-C to all processes, and a user may press it twice."""
    paths = lines(tmp_path / "lines", [1, 1, 1])
    for path in paths:
        path.write_text('{"x": 1.5, "t": "a"}\n' * 900_000)
    mark = f"MARK={tmp_path}"
    command = [sys.executable, "-c", SCRIPT.replace("progress=stop", "progress=None"), "0", tmp_path / "many", *paths]
    process = subprocess.Popen(
        command, env={**os.environ, "MARK": str(tmp_path)}, start_new_session=True, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 40
    while environments().count(mark) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.02)
    try:
        os.killpg(process.pid, signal.SIGINT)
    except ProcessLookupError:
        pass  # it has ended
    assert process.stderr is not None
    assert process.stderr.read() == b""
    # The second one may come when Python has already begun to end.
    assert process.wait() in (130, -signal.SIGINT)
    assert mark not in environments()
    assert not list(tmp_path.glob("many/versions/0*"))


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_the_first_one(tmp_path: pathlib.Path, number: int) -> None:
    paths = lines(tmp_path / "lines", [1, 1])
    for path in paths:
        path.write_text('{"x": 1.5, "t": "a"}\n' * 600_000)
    mark = f"MARK={tmp_path}"
    command = [sys.executable, "-c", SCRIPT, str(int(number)), tmp_path / "many", *paths]
    done = subprocess.run(command, env={**os.environ, "MARK": str(tmp_path)}, check=False)
    assert done.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    deadline = time.monotonic() + 40
    while mark in environments() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mark not in environments()
    assert not list(tmp_path.glob("many/versions/0*"))
    assert (tmp_path / "many").exists() == (number == signal.SIGKILL)
    if number == signal.SIGKILL:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert len(dx.ingest(paths, tmp_path / "many", processes=2)) == 1_200_000


def environments() -> str:
    """Returns the environment variables of all processes of this machine."""
    texts = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            texts.append(path.read_text(errors="replace"))
        except OSError:
            continue
    return "\0".join(texts)
