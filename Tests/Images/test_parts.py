# SPDX-License-Identifier: Apache-2.0
"""Compares parts of JPEG files of all samplings with the complete pictures, with entry points and without, in memory of exactly
their size under a sanitizer."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "Sources/CColonnadeImages"
OPTIONS = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address", f"-I{IMAGES / 'include'}"]


def compiler():
    """Returns the clang of the Swift toolchain, which compiles the sources in a build too."""
    swift = shutil.which("swift")
    beside = swift and shutil.which("clang", path=str(Path(swift).resolve().parent))
    return beside or shutil.which("clang")


class Parts(unittest.TestCase):
    def test_parts_of_jpeg_files_have_the_pixels_of_the_complete_picture(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = Path(folder.name) / "parts"
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libjpeg"], capture_output=True, text=True)
        sources = [Path(__file__).parent / "parts.c", *sorted(IMAGES.glob("jpeg_[bde]*.c"))]
        linking = ["-fuse-ld=lld"] if shutil.which("ld.lld") else []
        words = [compiler(), *OPTIONS, "-o", program, *sources, *linking, *flags.stdout.split()]
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = subprocess.run([str(program)], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        parts, indexed, filled = map(int, done.stdout.split())
        self.assertGreater(parts, 20_000)
        self.assertGreater(indexed, 100)
        self.assertGreater(filled, 100)


if __name__ == "__main__":
    unittest.main()
