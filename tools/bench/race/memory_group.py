# SPDX-License-Identifier: Apache-2.0
"""A group of processes whose memory, and whose share of the page cache, the system limits."""

import contextlib
import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


class MemoryGroup:
    def __init__(self, limit):
        """Raises OSError if the system cannot make such a group."""
        old = (ROOT / "memory").is_dir()
        self.folder = (ROOT / "memory" if old else ROOT) / f"colonnade-race-{os.getpid()}"
        if not old:
            (ROOT / "cgroup.subtree_control").write_text("+memory")
        self.folder.mkdir()
        try:
            (self.folder / ("memory.limit_in_bytes" if old else "memory.max")).write_text(str(limit))
        except OSError:
            self.remove()
            raise

    def enter(self):
        """Moves the calling process into the group."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        for _ in range(50):
            with contextlib.suppress(OSError):
                self.folder.rmdir()
                return
            time.sleep(0.1)  # ended processes leave the group a little later


def forget(paths, reading=False):
    """Evicts files from memory, optionally after reading them. No process may have them mapped."""
    os.sync()
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            if file.is_file():
                descriptor = os.open(file, os.O_RDONLY)
                while reading and os.read(descriptor, 1 << 23):
                    pass
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)
