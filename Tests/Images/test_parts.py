# SPDX-License-Identifier: Apache-2.0
"""Compares parts of JPEG files of all samplings and codes with the complete pictures, with entry points and without, and the
reader of bits with a list of them, in memory of exactly their size under sanitizers."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "Sources/CColonnadeImages"
OPTIONS = [
    "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
    f"-I{IMAGES / 'include'}", f"-I{IMAGES}",
]  # fmt: skip


def compiler():
    """Returns the clang of the Swift toolchain, which compiles the sources in a build too."""
    swift = shutil.which("swift")
    beside = swift and shutil.which("clang", path=str(Path(swift).resolve().parent))
    return beside or shutil.which("clang")


class Parts(unittest.TestCase):
    def output(self, name, *sources):
        """Compiles a program of this folder with sources, runs it, and returns the numbers that it writes."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = Path(folder.name) / name
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libjpeg"], capture_output=True, text=True)
        linking = ["-fuse-ld=lld"] if shutil.which("ld.lld") else []
        source = Path(__file__).parent / f"{name}.c"
        words = [compiler(), *OPTIONS, "-o", program, source, *sources, *linking, *flags.stdout.split()]
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = subprocess.run([str(program)], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [int(number) for number in done.stdout.split()]

    def test_parts_of_jpeg_files_have_the_pixels_of_the_complete_picture(self):
        parts, indexed, filled = self.output("parts", *sorted(IMAGES.glob("jpeg_[bde]*.c")))
        self.assertGreater(parts, 20_000)
        self.assertGreater(indexed, 100)
        self.assertGreater(filled, 100)

    def test_bits_are_those_before_the_end_of_the_data(self):
        (bits,) = self.output("bits")
        self.assertGreater(bits, 1_000_000)


if __name__ == "__main__":
    unittest.main()
