# SPDX-License-Identifier: Apache-2.0
"""Describes the measuring machine for reports."""

import os
import platform
from pathlib import Path


def machine():
    model = "unknown"
    if Path("/proc/cpuinfo").exists():
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"system": platform.platform(), "processor": model, "cores": os.cpu_count(), "memory_bytes": memory}
