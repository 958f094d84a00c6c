# SPDX-License-Identifier: Apache-2.0
"""Processes that append to one data set of many files at once, of which some are killed at random moments, while another removes
old versions. Rows of a process that succeeded are there once; those of a killed one are there once or not at all.

The environment variable ROUNDS is the number of commits of each process (3).
"""

import json
import os
import random
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("COLONNADE", str(ROOT / ".build/debug/colonnade"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
WRITERS = 8
DATA_SET = "train.colonnade"


def run(folder, *arguments):
    return subprocess.run([COMMAND, *arguments], cwd=folder, capture_output=True, text=True)


def write_source(folder, number):
    (folder / f"{number}.jsonl").write_text("".join(f'{{"x": {number}, "part": {part}}}\n' for part in range(3)))
    return f"{number}.jsonl"


def test_commits_of_processes_that_are_killed(tmp_path):
    seed = int(os.environ.get("SEED", time.time_ns() % 10_000))
    print("SEED", seed)
    assert run(tmp_path, "ingest", write_source(tmp_path, 0), "-o", f"{DATA_SET}/").returncode == 0
    succeeded, killed, failures = {0}, set(), []

    def append(writer):
        chance = random.Random(seed * WRITERS + writer)
        for turn in range(ROUNDS):
            number = 1 + writer * ROUNDS + turn
            words = [COMMAND, "append", DATA_SET, write_source(tmp_path, number)]
            process = subprocess.Popen(
                words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            if chance.random() < 0.4:
                time.sleep(chance.random() * 0.3)
                process.kill()
            _, errors = process.communicate()
            (succeeded if process.returncode == 0 else killed).add(number)
            if process.returncode > 0:
                failures.append(errors)

    writers = [threading.Thread(target=append, args=[writer]) for writer in range(WRITERS)]
    for thread in writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        # Old versions go, and young files stay.
        garbage = subprocess.Popen(
            [COMMAND, "gc", DATA_SET, "--keep", "2", "--older", "1h", "--delete"],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        time.sleep(0.05)
        garbage.kill()
        garbage.communicate()
    for thread in writers:
        thread.join()
    assert failures == []
    report = json.loads(run(tmp_path, "verify", DATA_SET, "--json").stdout)
    assert report["valid"], report
    lines = run(tmp_path, "head", "-n", "100000", "--json", DATA_SET).stdout.splitlines()
    rows = [(row["x"], row["part"]) for row in map(json.loads, lines)]
    numbers = {number for number, _ in rows}
    assert sorted(rows) == [(number, part) for number in sorted(numbers) for part in range(3)]
    assert succeeded <= numbers <= succeeded | killed
    log = json.loads(run(tmp_path, "log", DATA_SET, "--json").stdout)["versions"]
    assert [entry["version"] for entry in log] == list(range(len(numbers), 0, -1))
    assert all(entry["rows"] == 3 * entry["files"] for entry in log)
