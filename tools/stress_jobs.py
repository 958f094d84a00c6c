#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs jobs whose tasks raise, are run again and twice, and are killed at random moments, and checks the result of each job:

- its rows are there once, in the order of the tasks, after those that were there before
- no version is visible before the commit, which may be killed too, and then runs again
- `colonnade gc` leaves the files of the versions and no others; a buffer that was opened before still reads, and all files verify

    tools/stress_jobs.py                     100 trials by processes
    tools/stress_jobs.py --ray               100 trials by tasks of Ray, which must be installed
    tools/stress_jobs.py --seed 7 --only 12  one trial again: its faults follow from both numbers, but not the moments of kills

Needs the package: run it with an interpreter that has the wheel. The exit code is 1 if a trial failed.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np

JOB = "night"


class Raised(Exception):
    """The error that a task raises."""


def row(number: int) -> dict[str, Any]:
    return {
        "x": number,
        "text": f"row {number} – é",
        "tokens": np.arange(number % 7, dtype=np.int32),
        "image": np.full((8, 8), number % 251, np.uint8),
    }


SCHEMA = {"x": "int64", "text": "string", "tokens": "int32[?]", "image": "uint8[8,8]"}


def check_rows(buffer: dx.Buffer, numbers: list[int]) -> None:
    assert len(buffer) == len(numbers), f"{len(buffer)} rows instead of {len(numbers)}"
    for sample, number in zip(buffer, numbers, strict=True):
        for key, value in row(number).items():
            assert np.array_equal(sample[key], value), f"row {number} has {sample[key]!r} as {key}"


def versions(path: Path) -> int:
    """Returns the newest version; 0 if there is no data set."""
    folder = path / "versions"
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    return max((int(name.split(".")[0]) for name in names if name.split(".")[0].isdecimal()), default=0)


def check_garbage(path: Path, before: dx.Buffer, numbers: list[int], file_count: int) -> None:
    """Removes garbage, and checks that what is left is the data set."""
    command = Path(dx.__file__).parent / "_bin/colonnade"
    subprocess.run([command, "gc", path, "--older", "0s", "--delete"], check=True, capture_output=True)
    files = sorted(file.name for file in (path / "data").iterdir())
    assert len(files) == file_count, f"{len(files)} files of rows instead of {file_count}: {files}"
    assert not list((path / "jobs").iterdir()), "records of jobs are left"
    check_rows(before, numbers)
    check_rows(dx.open(path), numbers)
    subprocess.run([command, "verify", path], check=True, capture_output=True)


# --- Processes


def write(path: Path, task: int, tasks: int, numbers: list[int], fault: tuple[str, int] | None, ready: Any) -> None:
    """Runs one task in a process."""

    def rows() -> Any:
        for index, number in enumerate(numbers):
            if fault is not None and index == fault[1]:
                if fault[0] == "raises":
                    raise Raised
                os.kill(os.getpid(), signal.SIGKILL)
            yield row(number)
        if fault is not None and fault == ("raises", len(numbers)):
            raise Raised

    ready.set()
    try:
        dx.write_fragment(path, rows(), job=JOB, task=task, tasks=tasks, schema=SCHEMA)
    except Raised:
        os._exit(3)


def commit(path: Path, ready: Any) -> None:
    ready.set()
    dx.commit(path, JOB)


class Trial:
    """The work of one trial, and what happened in it."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path, self.chance = path, chance
        self.faults: Counter[str] = Counter()
        self.tasks = chance.randint(2, 4)
        #: The numbers of the rows of each task; one in ten has none.
        self.parts: list[list[int]] = []
        start = 0
        for _ in range(self.tasks):
            count = 0 if chance.random() < 0.1 else chance.randint(1, 300)
            self.parts.append(list(range(start, start + count)))
            start += count
        self.numbers = [number for part in self.parts for number in part]
        self.file_count = sum(1 for part in self.parts if part)
        self.first_version = 0
        if chance.random() < 0.5:
            old = list(range(1000, 1000 + chance.randint(1, 20)))
            dx.write_fragment(path, [row(number) for number in old], job="before", task=0, schema=SCHEMA)
            dx.commit(path, "before")
            self.numbers = old + self.numbers
            self.file_count += 1
            self.first_version = 1

    def check_is_invisible(self) -> None:
        assert versions(self.path) == self.first_version, "a version is visible before the commit"


def by_processes(trial: Trial, context: Any) -> None:
    path, chance = trial.path, trial.chance

    def start(function: Any, *arguments: Any) -> Any:
        ready = context.Event()
        process = context.Process(target=function, args=(path, *arguments, ready))
        process.start()
        ready.wait(60)
        return process

    def run(task: int, fault: tuple[str, int] | None, is_killed: bool) -> bool:
        process = start(write, task, trial.tasks, trial.parts[task], fault)
        if is_killed:
            time.sleep(chance.random() * 0.02)
            process.kill()
        process.join()
        is_expected = process.exitcode in {"raises": (3,), "kills": (-signal.SIGKILL,)}.get(
            fault[0] if fault else "", (0,)
        )
        # A task that is killed may have finished, and one that has finished before does not read its rows.
        assert is_expected or process.exitcode == 0 or (is_killed and process.exitcode == -signal.SIGKILL), (
            process.exitcode
        )
        return process.exitcode == 0

    waiting = {task: chance.randint(0, 3) for task in range(trial.tasks)}
    while waiting:
        task = chance.choice(sorted(waiting))
        if waiting[task]:
            waiting[task] -= 1
            kind = chance.choice(["raises", "kills", "is killed"])
            trial.faults[kind] += 1
            run(
                task,
                None if kind == "is killed" else (kind, chance.randint(0, len(trial.parts[task]))),
                kind == "is killed",
            )
        else:
            # Half of the tasks run twice at once.
            processes = [start(write, task, trial.tasks, trial.parts[task], None) for _ in range(chance.randint(1, 2))]
            trial.faults["twice"] += len(processes) - 1
            for process in processes:
                process.join()
            assert [process.exitcode for process in processes] == [0] * len(processes)
            del waiting[task]
        trial.check_is_invisible()
        if waiting and chance.random() < 0.2:
            try:
                dx.commit(path, JOB)
            except dx.Error:
                trial.check_is_invisible()
            else:
                # Killed tasks may all have finished.
                break
    for _ in range(chance.randint(0, 2)):
        process = start(commit)
        time.sleep(chance.random() * 0.005)
        process.kill()
        process.join()
        trial.faults["commit is killed"] += 1


# --- Ray


def is_first(mark: Path) -> bool:
    """Returns whether this is the first call for a file, in any process."""
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False


def fail(kind: str, seconds: float) -> None:
    """Raises, or kills this process at once or later."""
    if kind == "raises":
        raise Raised
    if kind == "kills":
        os.kill(os.getpid(), signal.SIGKILL)
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()


def by_ray(trial: Trial, _: Any) -> None:
    import ray.data
    from colonnade._engines import EngineJob
    from colonnade._ray.sink import Sink

    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    chance = trial.chance
    count = sum(len(part) for part in trial.parts)
    marks = trial.path.with_name("marks")
    marks.mkdir()
    faults = []
    for number in range(chance.randint(1, 3)):
        kind = chance.choice(["raises", "kills", "is killed"])
        place = chance.choice(["rows", "end"])
        trial.faults[f"{kind}, {place}"] += 1
        # A fault of the driver's run ends the job, which is started again under its name.
        faults.append((marks / f"{number}", kind, place, chance.randrange(max(count, 1)), chance.random() * 0.05))
    is_restarted = chance.random() < 0.25

    def rows(batch: dict[str, Any]) -> dict[str, Any]:
        numbers = batch["id"].tolist()
        for mark, kind, place, where, seconds in faults:
            if place == "rows" and where in numbers and is_first(mark):
                fail(kind, seconds)
        made = [row(number) for number in numbers]
        objects = np.empty(len(made), object)
        objects[:] = [sample["tokens"] for sample in made]
        columns = {key: [sample[key] for sample in made] for key in ("x", "text", "image")}
        columns["image"] = np.stack(columns["image"]) if made else np.zeros((0, 8, 8), np.uint8)
        return {"x": columns["x"], "text": columns["text"], "tokens": objects, "image": columns["image"]}

    class Watched(Sink):  # type: ignore[misc, unused-ignore]
        def write(self, blocks: Any, ctx: Any) -> Any:
            result = super().write(blocks, ctx)
            for mark, kind, place, where, seconds in faults:
                if place == "end" and where % trial.tasks == ctx.task_idx and is_first(mark):
                    fail(kind, seconds)
            return result

        def on_write_complete(self, write_result: Any) -> None:
            trial.check_is_invisible()
            if is_restarted and is_first(marks / "driver"):
                raise Raised
            super().on_write_complete(write_result)
            trial.file_count += self.tasks_with_rows(write_result)

        @staticmethod
        def tasks_with_rows(write_result: Any) -> int:
            return sum(1 for _, rows in write_result.write_returns if rows)

    options = dict.fromkeys(["fill", "labels", "metadata", "grouping", "codec"])
    trial.file_count = trial.first_version
    retries = {"max_retries": 8, "retry_exceptions": True}
    for attempt in range(2):
        job = EngineJob.begun(trial.path, JOB, is_restarted, ragged=(), schema=SCHEMA, **options)
        dataset = ray.data.range(count, override_num_blocks=trial.tasks).map_batches(rows, batch_size=16, **retries)
        try:
            dataset.write_datasink(Watched(job, None), ray_remote_args=retries)
            return
        except Exception:
            if attempt or not is_restarted:
                raise
            trial.check_is_invisible()
            trial.faults["driver fails"] += 1


def started_ray() -> Any:
    import ray

    warnings.filterwarnings("ignore", module=__name__)
    ray.init(
        num_cpus=2, include_dashboard=False, object_store_memory=200 << 20, log_to_driver=False, logging_level="ERROR"
    )
    import ray.data

    # Ray sets the levels of its loggers when it starts.
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    return ray


# --- Trials


def run_trial(method: Any, context: Any, seed: int, number: int) -> Counter[str]:
    folder = Path(tempfile.mkdtemp(prefix="stress-jobs-"))
    try:
        trial = Trial(folder / "train.colonnade", random.Random(f"{seed} {number}"))
        method(trial, context)
        buffer = dx.open(trial.path) if method is by_ray else dx.commit(trial.path, JOB)
        has_rows = any(trial.parts)
        assert versions(trial.path) == trial.first_version + (has_rows or not trial.first_version), versions(trial.path)
        check_rows(buffer, trial.numbers)
        check_garbage(trial.path, buffer, trial.numbers, trial.file_count)
        return trial.faults
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--ray", action="store_true", help="tasks of Ray instead of processes")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--only", type=int, help="the number of the only trial to run")
    asked = parser.parse_args()
    os.environ["RAY_DEDUP_LOGS"] = "0"
    method, context = by_processes, None
    if asked.ray:
        method, context = by_ray, started_ray()
    else:
        # A process that is forked has the package already.
        context = multiprocessing.get_context("fork")
    print(f"seed {asked.seed}", flush=True)
    faults: Counter[str] = Counter()
    failures = 0
    start = time.monotonic()
    trials = range(asked.trials) if asked.only is None else [asked.only]
    for number in trials:
        try:
            faults += run_trial(method, context, asked.seed, number)
        except Exception:
            failures += 1
            traceback.print_exc()
            print(
                f"trial {number} failed: --seed {asked.seed} --only {number}{' --ray' if asked.ray else ''}", flush=True
            )
    happened = ", ".join(f"{name}: {count}" for name, count in sorted(faults.items()))
    print(f"{len(trials) - failures} passed, {failures} failed in {time.monotonic() - start:.0f} s; {happened}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
