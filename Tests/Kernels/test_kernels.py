# SPDX-License-Identifier: Apache-2.0
"""Compares the kernels in C with plain loops: with the instructions of each level that this CPU has, and with those of
ARM on an emulated CPU, if `./tools/dev test` could install the cross compiler's files and qemu."""

import os
import platform
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KERNELS = ROOT / "Sources/CColonnadeKernels"
OPTIONS = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", f"-I{KERNELS / 'include'}"]

# The folder of Debian's package libc6-dev-arm64-cross.
ARM = Path("/usr/aarch64-linux-gnu")
ARM_OPTIONS = [
    "--target=aarch64-linux-gnu", "-isystem", ARM / "include", f"-L{ARM / 'lib'}", "-static", "-fuse-ld=lld",
]  # fmt: skip


def run(*command, **variables):
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, env={**os.environ, **variables})


def compiler():
    """Returns the clang of the Swift toolchain, which compiles the kernels in a build too."""
    swift = shutil.which("swift")
    beside = swift and shutil.which("clang", path=str(Path(swift).resolve().parent))
    return beside or shutil.which("clang")


class Kernels(unittest.TestCase):
    def compile(self, *options):
        """Compiles the program with all kernels, and returns its path."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = Path(folder.name) / "kernels"
        sources = [*sorted(Path(__file__).parent.glob("*.c")), *sorted(KERNELS.glob("*.c"))]
        done = run(compiler(), *OPTIONS, *options, "-o", program, *sources, "-lm")
        self.assertEqual(done.returncode, 0, done.stderr)
        return program

    def test_each_level_of_this_cpu(self):
        program = self.compile()
        levels = {"x86_64": ["avx512", "avx2", "sse4"], "aarch64": ["neon"], "arm64": ["neon"]}
        for name in [*levels.get(platform.machine(), []), "portable"]:
            done = run(program, COLONNADE_CPU=name)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            if not done.stderr:  # otherwise this CPU does not have the level
                self.assertEqual(done.stdout, f"{name}\n")
        done = run(program, COLONNADE_CPU="fastest")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(
            done.stderr, r'^colonnade: COLONNADE_CPU is "fastest", and this CPU has .*portable; the kernels'
        )

    def test_arm(self):
        qemu = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
        if not qemu or not (ARM / "lib/libc.a").exists():
            self.skipTest("needs qemu-user, gcc-aarch64-linux-gnu and libc6-dev-arm64-cross (names of Debian)")
        program = self.compile(*ARM_OPTIONS)
        for name in ["neon", "portable"]:
            done = run(qemu, program, COLONNADE_CPU=name)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"{name}\n", ""))


if __name__ == "__main__":
    unittest.main()
