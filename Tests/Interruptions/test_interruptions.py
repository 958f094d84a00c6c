# SPDX-License-Identifier: Apache-2.0
"""Kills and interrupts the command at random moments of ingest and append, and fills its disk. After each attempt the target is
the old file or the new one.

The environment variable ATTEMPTS is the number of signals of each kind in each command (50). The full disk is a small tmpfs, which
only root can mount. A failure prints the seed of the random moments; the variable SEED repeats them.
"""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("COLONNADE", str(ROOT / ".build/debug/colonnade"))
ATTEMPTS = int(os.environ.get("ATTEMPTS", "50"))
OLD_ROWS, NEW_ROWS, ROW = 1_000, 8_000, 784
INTERRUPTED = (130, -signal.SIGINT)  # the second before the command catches the signal


class Folder:
    """A folder with two sources, and the files that the command makes of them."""

    def __init__(self, path):
        self.path = path
        self.write_npy("few.npy", OLD_ROWS)
        self.write_npy("many.npy", NEW_ROWS)
        self.must("ingest", "few.npy", "-o", "old.colonnade", "--columns", "many=few")
        self.must("ingest", "many.npy", "-o", "new.colonnade")
        self.old, self.new = ((path / name).read_bytes() for name in ("old.colonnade", "new.colonnade"))
        self.target = path / "x.colonnade"
        self.restore()

    def write_npy(self, name, rows):
        header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({rows}, {ROW}), }}".ljust(117) + "\n"
        body = random.Random(rows).randbytes(rows * ROW)
        (self.path / name).write_bytes(
            b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + body
        )

    def start(self, *arguments):
        words = [COMMAND, *map(str, arguments)]
        pipe = subprocess.PIPE
        return subprocess.Popen(words, cwd=self.path, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)

    def run(self, *arguments):
        process = self.start(*arguments)
        output, errors = process.communicate()
        return process.returncode, output, errors

    def must(self, *arguments):
        status, output, errors = self.run(*arguments)
        assert status == 0, f"{arguments}: {output}{errors}"
        return output

    def restore(self):
        self.target.write_bytes(self.old)

    def names(self):
        return {path.name for path in self.path.iterdir()}

    def staging(self):
        return {name for name in self.names() if ".staging-" in name}

    def information(self):
        return json.loads(self.must("info", self.target, "--json"))

    def rows(self):
        """Returns the number of rows of the target, which must verify."""
        self.must("verify", self.target)
        return self.information()["rows"]

    def duration(self, *arguments):
        """Returns the least of three durations, so that a busy moment does not make all signals late."""
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            self.must(*arguments)
            seconds.append(time.perf_counter() - start)
        return min(seconds)

    def disturbed(self, number, seconds, *arguments):
        """Runs the command, sends the signal after a random part of its duration, and returns the exit code."""
        process = self.start(*arguments)
        time.sleep(random.uniform(0, 1.1 * seconds))
        process.send_signal(number)
        process.communicate()
        return process.returncode


@pytest.fixture(autouse=True)
def seed():
    seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
    print(f"SEED={seed}")
    random.seed(seed)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


@pytest.fixture(params=[signal.SIGKILL, signal.SIGINT], ids=lambda number: number.name)
def number(request):
    return request.param


def test_ingest_leaves_the_old_file_or_the_new_one(folder, number):
    arguments = ("ingest", "many.npy", "--output", folder.target, "--force")
    names = folder.names()
    seconds = folder.duration(*arguments)
    old_count = 0
    for _ in range(ATTEMPTS):
        folder.restore()
        status = folder.disturbed(number, seconds, *arguments)
        contents = folder.target.read_bytes()
        assert contents in (folder.old, folder.new)
        old_count += contents == folder.old
        if number == signal.SIGINT:
            assert status in (0, *INTERRUPTED)
            assert status != 0 or contents == folder.new
            assert not folder.staging()
    # Some signal arrives before the end, except by chance a few times in a million.
    assert old_count > 0
    folder.must(*arguments)
    assert folder.names() == names


def test_append_leaves_the_old_rows_or_all_of_the_new_ones(folder, number):
    arguments = ("append", folder.target, "many.npy")
    names = folder.names()
    seconds = folder.duration(*arguments)
    folder.restore()
    rows = OLD_ROWS
    for _ in range(ATTEMPTS):
        if rows > OLD_ROWS + 20 * NEW_ROWS:  # limits the time for verifying
            folder.restore()
            rows = OLD_ROWS
        # Each append uses the file that the last one left: an interrupted append must not obstruct the next one.
        status = folder.disturbed(number, seconds, *arguments)
        before, rows = rows, folder.rows()
        assert rows in (before, before + NEW_ROWS)
        if number == signal.SIGINT:
            assert status in (0, *INTERRUPTED)
            assert (status == 0) == (rows > before)
    folder.must(*arguments)
    after = folder.information()
    assert (after["rows"], after["trailing_bytes"]) == (rows + NEW_ROWS, 0)
    assert folder.names() == names


def test_ctrl_c_in_the_middle_is_130(folder):
    folder.write_npy("more.npy", 20 * NEW_ROWS)
    folder.target.unlink()
    names = folder.names()
    process = folder.start("ingest", "more.npy", "--output", folder.target)
    while not folder.staging() and process.poll() is None:  # from then on the command catches the signal
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert folder.names() == names


def test_readers_keep_the_old_rows_when_a_file_is_replaced(folder):
    with folder.target.open("rb") as reader:
        folder.must("ingest", "many.npy", "--output", folder.target, "--force")
        assert reader.read() == folder.old
    assert folder.target.read_bytes() == folder.new


@pytest.fixture
def small_disk(folder):
    """The same folder, whose target is on a disk with capacity for little more than the old file and the new one."""
    disk = folder.path / "disk"
    disk.mkdir()
    size = len(folder.old) + 2 * len(folder.new)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("this user cannot mount a file system")
    folder.target = disk / "x.colonnade"
    yield folder
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("command", ["ingest", "append"])
def test_a_full_disk_leaves_the_old_file(small_disk, command):
    disk = small_disk.target.parent
    source = small_disk.path / "many.npy"
    arguments = {
        "ingest": ("ingest", source, "--output", small_disk.target, "--force"),
        "append": ("append", small_disk.target, source),
    }[command]
    full_count = 0
    for _ in range(max(5, ATTEMPTS // 5)):
        for path in disk.iterdir():
            path.unlink()
        small_disk.restore()
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        (disk / "ballast").write_bytes(bytes(free - random.randrange(0, len(small_disk.new) * 11 // 10)))
        status, _, errors = small_disk.run(*arguments)
        assert {path.name for path in disk.iterdir()} == {"ballast", "x.colonnade"}
        if status == 0:
            assert small_disk.rows() == {"ingest": NEW_ROWS, "append": OLD_ROWS + NEW_ROWS}[command]
            assert command == "append" or small_disk.target.read_bytes() == small_disk.new
            continue
        full_count += 1
        assert status == 74 and "disk is full" in errors
        assert small_disk.target.read_bytes() == small_disk.old
    assert full_count > 0
