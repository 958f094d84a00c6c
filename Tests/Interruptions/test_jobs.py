# SPDX-License-Identifier: Apache-2.0
"""Ingests by many processes, of which some are killed: nothing is visible before the commit, and then each row is there once.

The environment variable ATTEMPTS is the number of tasks that are killed (4).
"""

import json
import os
import random
import signal
import subprocess
import time
import zlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("COLONNADE", str(ROOT / ".build/debug/colonnade"))
ATTEMPTS = int(os.environ.get("ATTEMPTS", "4"))


class Folder:
    def __init__(self, path):
        self.path = path
        self.sources = [f"{number}.jsonl" for number in range(5)]
        for number, name in enumerate(self.sources):
            # Only the first file has numbers with a fraction: the types of all tasks come from all files.
            rows = [{"x": 100 * number + row + (0 if number else 0.5), "t": "a" * row} for row in range(number + 2)]
            (path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))

    def start(self, *arguments):
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [COMMAND, *map(str, arguments)], cwd=self.path, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )

    def run(self, *arguments, status=0):
        process = self.start(*arguments)
        output, errors = process.communicate()
        assert process.returncode == status, f"{arguments}: {output}{errors}"
        return output if status == 0 else errors

    def rows(self, name):
        return self.run("head", "-n", "100000", "--json", name)

    def files(self, name):
        return sorted(
            str(file.relative_to(self.path / name)) for file in (self.path / name).rglob("*") if file.is_file()
        )


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def picture(value, size):
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = size.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    pixels = zlib.compress((b"\0" + bytes([value]) * size) * size)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_processes_write_what_one_process_writes(folder):
    for number in range(12):
        place = folder.path / "pictures" / "cat dog owl".split()[number % 3]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.png").write_bytes(picture(number, 4 if number < 7 else 6))
    for sources, options in [
        (folder.sources, ["--codec", "t=zlib", "--metadata", "k=v"]),
        # The pictures of a process have one size, and all together have several.
        (["pictures"], ["--image", "image=raw", "--columns", "picture=image,label"]),
    ]:
        report = json.loads(folder.run("ingest", *sources, "-o", "many/", *options, "--processes", 3, "--json"))
        folder.run("ingest", *sources, "-o", "one.colonnade", *options, "--force")
        assert folder.rows("many") == folder.rows("one.colonnade")
        infos = [json.loads(folder.run("info", name, "--json")) for name in ("many", "one.colonnade")]
        keys = ("name", "dtype", "shape", "codec", "labels", "media")
        columns = [[[column.get(key) for key in keys] for column in info["columns"]] for info in infos]
        assert columns[0] == columns[1] and infos[0]["metadata"] == infos[1]["metadata"]
        assert report["total_rows"] == infos[1]["rows"] and len(folder.files("many")) == 4
        assert json.loads(folder.run("verify", "many", "--media", "--json"))["valid"]
        folder.run("gc", "many", "--older", "0s", "--delete")
        assert len(folder.files("many")) == 4
        subprocess.run(["rm", "-r", folder.path / "many"], check=True)


def test_processes_report_each_bad_file_once(folder):
    for number in range(8):
        place = folder.path / "pictures" / "cat dog".split()[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.png").write_bytes(picture(number, 4))
    (folder.path / "pictures/notes.txt").write_text("beside the folders of the classes")
    (folder.path / "pictures/dog/7.png").write_text("no picture")
    process = folder.start("ingest", "pictures", "-o", "many/", "--processes", 3, "--skip-bad")
    _, errors = process.communicate()
    assert process.returncode == 0 and errors.count("notes.txt") == errors.count("dog/7.png") == 1, errors
    assert len(folder.rows("many").splitlines()) == 7


def test_processes_that_fail_leave_nothing(folder):
    for wrong, status, message in [
        (["0.jsonl", "-o", "many/"], 64, "one file, which several processes cannot share"),
        (["0.jsonl", "missing.jsonl", "-o", "many/"], 66, "missing.jsonl"),
        ([*folder.sources, "-o", "0.jsonl"], 64, "name a folder"),
        ([*folder.sources, "-o", "many/", "--force"], 64, "--force"),
    ]:
        assert message in folder.run("ingest", *wrong, "--processes", 2, status=status)
        assert not (folder.path / "many").exists()
    # A value for which a process fails, after the columns are settled.
    (folder.path / "names.txt").write_text("a\nb\n")
    (folder.path / "5.csv").write_text("y\n0\n1\n")
    (folder.path / "6.csv").write_text("y\n0\n7\n")
    arguments = ["5.csv", "6.csv", "-o", "many/", "--labels", "y=names.txt", "--processes", 2]
    assert "7" in folder.run("ingest", *arguments, status=65)
    assert not (folder.path / "many").exists()


def test_tasks_that_are_killed_and_run_again_and_twice(folder):
    seed = int(os.environ.get("SEED", time.time_ns() % 10_000))
    print("SEED", seed)
    chance = random.Random(seed)

    def task(number, *options):
        return ["ingest", *folder.sources, "-o", "many", "--job", "night", "--task", f"{number}/3", *options]

    for attempt in range(ATTEMPTS):
        process = folder.start(*task(attempt % 3))
        time.sleep(chance.random() * 0.15)
        process.kill()
        process.communicate()
        folder.run("log", "many", status=66) if not (folder.path / "many/versions").exists() else None
        assert not any(
            name.startswith("versions/0") for name in folder.files("many") if (folder.path / "many").exists()
        )
    # Each task twice at once; the last of all commits.
    processes = [folder.start(*task(number, "--commit")) for number in range(3) for _ in range(2)]
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    assert json.loads(folder.run("commit", "many", "--job", "night", "--json"))["version"] == 1
    folder.run("ingest", *folder.sources, "-o", "one.colonnade")
    assert folder.rows("many") == folder.rows("one.colonnade")
    assert "was finished before, 9 rows" in folder.run(*task(1))
    # Other sources, other options and another number of tasks are other work.
    for other in [task(1)[:-1] + ["1/4"], [*task(1), "--codec", "t=zlib"], [*task(1), "--columns", "x"]]:
        assert "committed already, as version 1" in folder.run(*other, status=64)
    folder.run("gc", "many", "--older", "0s", "--delete")
    assert len(folder.files("many")) == 4 and folder.rows("many") == folder.rows("one.colonnade")


def test_sources_that_change_between_tasks_are_an_error(folder):
    task = ["-o", "many", "--job", "night", "--task"]
    folder.run("ingest", *folder.sources, *task, "0/2")
    (folder.path / "5.jsonl").write_text('{"x": 1.5, "t": "new"}\n')
    errors = folder.run("ingest", *folder.sources, "5.jsonl", *task, "1/2", status=64)
    assert 'task 0 of job "night" ran with other sources or options than task 1' in errors
    assert "1 are not finished: 1" in folder.run("commit", "many", "--job", "night", status=64)
    errors = folder.run("ingest", *folder.sources, *task, "1/2", "--codec", "t=zlib", status=64)
    assert "ran with other sources or options than task 1" in errors
    folder.run("ingest", *folder.sources, *task, "1/2")
    folder.run("commit", "many", "--job", "night")
    folder.run("ingest", *folder.sources, *task, "2/2", status=64)
    assert "belong together" in folder.run("ingest", "0.jsonl", "-o", "many", "--job", "night", status=64)


def test_folders_that_change_between_tasks_are_an_error(folder):
    for name in ["a/0.png", "a/1.png", "b/2.png", "b/3.png"]:
        (folder.path / name).parent.mkdir(exist_ok=True)
        (folder.path / name).write_bytes(picture(1, 4))
    (folder.path / "pictures").mkdir()
    for number in range(4):
        (folder.path / f"pictures/{number}.png").write_bytes(picture(number, 4))
    task = ["ingest", "pictures", "-o", "many", "--job", "night", "--task", "0/2"]
    folder.run(*task)
    # A file that is gone again, and another name of the output.
    (folder.path / "pictures/new.tmp").write_bytes(b"")
    (folder.path / "pictures/new.tmp").unlink()
    assert "was finished before, 2 rows" in folder.run(*[word.replace("many", "many/") for word in task])
    (folder.path / "pictures/0.png").write_bytes(picture(1, 40))
    assert "with other sources" in folder.run(*task, status=64)
    # A file is added to a folder that has been read.
    task = ["ingest", "a", "b", "-o", "several", "--job", "night", "--task"]
    folder.run(*task, "0/2")
    (folder.path / "a/4.png").write_bytes(picture(1, 4))
    assert "ran with other sources" in folder.run(*task, "1/2", status=64)


def test_folders_with_files_of_the_same_names_and_sizes_are_two_jobs(folder):
    for name in ("a", "b"):
        (folder.path / name).mkdir()
        for number in range(2):
            (folder.path / name / f"{number}.jsonl").write_text(f'{{"x": {number}, "t": "{name}"}}\n')
    task = ["ingest", "0.jsonl", "1.jsonl", "-o", folder.path / "many", "--job", "night", "--task"]
    for name, number, status in (("a", "0/2", 0), ("b", "1/2", 64)):
        done = subprocess.run([COMMAND, *task, number], cwd=folder.path / name, capture_output=True, text=True)
        assert done.returncode == status, done.stderr
    assert "ran with other sources" in done.stderr


def test_a_record_of_another_number_of_tasks_is_an_error_of_the_next_task(folder):
    task = ["ingest", *folder.sources, "-o", "many", "--job", "night", "--commit", "--task"]
    folder.run(*task, "3/4")
    assert "ran as one of 4 tasks, and task 0 is one of 3" in folder.run(*task, "0/3", status=64)
    assert not list((folder.path / "many/versions").iterdir())


@pytest.mark.parametrize("kind", ["killed", "interrupted"])
def test_processes_end_with_the_first_one(folder, kind):
    for name in folder.sources:
        (folder.path / name).write_text('{"x": 1, "t": "a"}\n' * 20_000)
    process = folder.start("ingest", *folder.sources, "-o", "many/", "--processes", 2)
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL if kind == "killed" else signal.SIGINT)
    process.communicate()
    if kind == "interrupted" and process.returncode == 0:
        return
    deadline = time.monotonic() + 20
    while b"--worker\0%d\0" % process.pid in b"".join(_command_lines()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert b"--worker\0%d\0" % process.pid not in b"".join(_command_lines())
    assert not list((folder.path / "many").glob("versions/0*")) or kind == "killed"


def _command_lines():
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield entry.read_bytes()
        except OSError:
            continue
