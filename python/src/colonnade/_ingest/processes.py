# SPDX-License-Identifier: Apache-2.0
"""Ingests by several processes: each does one task of a job, and the process that started them commits."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any

from .. import _arguments as check
from .. import _core
from .._errors import Error, ExistingFileError, OperatingSystemError
from .files import CoreFiles, run_core
from .options import checked_target

__all__ = ["checked_processes", "folder_target", "run_processes", "work"]

#: As many as `colonnade ingest --processes` takes.
_MOST = 1024
#: The seconds after which a process that does not stop is killed.
_PATIENCE = 30
_CODE = "import sys; sys.path[:] = {path!a}; from colonnade._ingest.processes import work; work({descriptor})"


class _Stopped(Exception):
    """The process that started this one stops it, or has ended."""


def checked_processes(processes: int, paths: list[str] | None, source: object) -> int:
    """Returns the number of processes; raises TypeError for a source that they cannot share, and for other numbers ValueError."""
    count = check.positive(processes, "processes")
    if count > _MOST:
        raise Error(f"processes is {count}, which is out of range (1...{_MOST})")
    if paths is None:
        raise TypeError(
            "processes is for files and folders that are given by their paths, and the source is of the type "
            f"{type(source).__name__}: leave processes out, or call write_fragment in processes of your own, and then commit"
        )
    return count


def folder_target(path: str | os.PathLike[str], overwrite: bool) -> str:
    """Returns the folder in which the processes write a data set of many files, checked before a long source is read."""
    if overwrite:
        raise Error(
            "overwrite is for a file, and several processes write a data set of many files, which is never replaced: leave it out"
        )
    if os.path.exists(path) and not os.path.isdir(path):
        raise ExistingFileError(
            f"{os.fsdecode(path)} is a file, and several processes write a data set of many files: name a folder"
        )
    return checked_target(os.path.join(path, "") if path else path, False)


def run_processes(
    files: CoreFiles, path: str, count: int, arguments: dict[str, Any], show: Callable[[int, int], None] | None
) -> dict[str, Any]:
    """Ingests files by `count` processes. Returns the rows and a text about files that were left out, as the core does."""
    if count > 1 and len(files.paths) == 1 and not os.path.isdir(files.paths[0]):
        raise _is_one_file(files)
    is_new = not os.path.lexists(path)
    job = f"processes-{secrets.randbits(64)}"
    try:
        shared = run_core(path, job=job, tasks=count, **arguments)["rows"]
        if count > 1 and shared == 1:
            raise _is_one_file(files)
        count = max(1, min(count, shared))
        with _started(path, job, count, arguments) as workers:
            _follow(workers, show)
        rows = _core.commit_new(path, job, count)
    except BaseException:
        _core.discard_job(path, job, is_new)
        raise
    return {"rows": rows, "skipped": "\n".join(worker.skipped for worker in workers if worker.skipped) or None}


def _is_one_file(files: CoreFiles) -> Error:
    return Error(
        f"{files.paths[0]} is one file, which several processes cannot share: name several files or a folder, or leave "
        "processes out"
    )


@contextmanager
def _blocking_interrupts() -> Iterator[None]:
    """Blocks SIGINT, also in processes that are started meanwhile, from their first instruction on.

    A terminal sends Ctrl-C to all of them, and the starting process stops the others. This process gets the signal afterwards.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """A process that does a task."""

    def __init__(self) -> None:
        if not sys.executable:
            raise Error(
                "the path of Python's interpreter is not known (sys.executable), so that processes cannot be started"
            )
        self.rows = self.size = 0
        self.skipped: str | None = None
        self.error: Exception | None = None
        self.is_running = True
        self.connection, other = Pipe()
        try:
            code = _CODE.format(path=sys.path, descriptor=other.fileno())
            self._process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.DEVNULL, pass_fds=[other.fileno()]
            )
        except BaseException:
            self.connection.close()
            raise
        finally:
            other.close()

    def send(self, path: str, arguments: dict[str, Any]) -> None:
        """Gives the process its task. It waits until the process runs if the names of the files are long."""
        try:
            self.connection.send((path, arguments))
        except OSError:
            pass  # it has ended, which `receive` reports

    def receive(self) -> None:
        """Takes the next message of the process, or notes that it ended without its last one."""
        try:
            kind, value = self.connection.recv()
        except (EOFError, OSError):
            status = self._process.wait()
            how = f"signal {-status} ended a process" if status < 0 else f"a process ended with the status {status}"
            kind, value = "error", OperatingSystemError(f"{how} that wrote a part of the rows; nothing was written")
        if kind == "error":
            self.error = value
        else:
            self.rows, self.size, self.skipped = value
        self.is_running = kind == "progress"

    def stop(self) -> None:
        """Asks the process to end: it sees that the connection is closed."""
        self.is_running = False
        self.connection.close()

    def wait(self, deadline: float) -> None:
        """Waits until the process has ended, at most until the deadline."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))

    def kill(self) -> None:
        """Ends the process, unless it has ended."""
        self._process.kill()
        self._process.wait()


def _end(workers: list[_Worker]) -> None:
    """Ends all processes: they stop, or are killed after a while, or at once if Ctrl-C is pressed again."""
    try:
        for worker in workers:
            worker.stop()
        deadline = time.monotonic() + _PATIENCE
        for worker in workers:
            worker.wait(deadline)
    finally:
        with _blocking_interrupts():
            for worker in workers:
                worker.kill()


@contextmanager
def _started(path: str, job: str, count: int, arguments: dict[str, Any]) -> Iterator[list[_Worker]]:
    """Starts a process for each task. None of them runs any more when the context ends."""
    workers: list[_Worker] = []
    try:
        for task in range(count):
            with _blocking_interrupts():
                workers.append(_Worker())
            workers[-1].send(path, {**arguments, "job": job, "task": task, "tasks": count})
        yield workers
    finally:
        _end(workers)


def _follow(workers: list[_Worker], show: Callable[[int, int], None] | None) -> None:
    """Waits for all tasks. Raises the error of the first part of the sources that has one, as one process would."""
    while running := {worker.connection: worker for worker in workers if worker.is_running}:
        for connection in wait(list(running)):
            running[connection].receive()  # type: ignore[index]
        failed = next((index for index, worker in enumerate(workers) if worker.error is not None), len(workers))
        for worker in workers[failed + 1 :]:
            worker.stop()
        if show is not None:
            show(sum(worker.rows for worker in workers), sum(worker.size for worker in workers))
    for worker in workers:
        if worker.error is not None:
            raise worker.error


# --- In the processes


def work(descriptor: int) -> None:
    """Does the task that the starting process sends, and sends it the result."""
    connection = Connection(descriptor)
    try:
        path, arguments = connection.recv()
        stopped = threading.Event()
        threading.Thread(target=_watch, args=(connection, stopped), daemon=True).start()
        due, last = 0.0, (0, 0)

        def show(rows: int, size: int) -> None:
            nonlocal due, last
            if stopped.is_set():
                raise _Stopped
            last = rows, size
            if time.monotonic() >= due:
                due = time.monotonic() + 0.1
                connection.send(("progress", (rows, size, None)))

        try:
            done = run_core(path, progress=show, **arguments)
        except (_Stopped, BrokenPipeError):
            raise
        except Exception as error:
            connection.send(("error", error))
        else:
            connection.send(("done", (done["rows"], last[1], done["skipped"])))
    except (_Stopped, EOFError, OSError):
        sys.exit(1)  # nobody waits for the result


def _watch(connection: Connection, stopped: threading.Event) -> None:
    """Waits until the starting process closes the connection, or ends; then ends this process if it does not end itself."""
    try:
        connection.recv()
    except (EOFError, OSError):
        stopped.set()
        time.sleep(_PATIENCE)
        os._exit(1)
