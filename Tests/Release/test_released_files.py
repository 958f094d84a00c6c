# SPDX-License-Identifier: Apache-2.0
"""Tests that this version reads the files of all releases unchanged, and detects a file that differs."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("COLONNADE", str(ROOT / ".build/debug/colonnade"))
RELEASED = ROOT / "formats/vectors/released"


def release_files(*arguments):
    words = [sys.executable, ROOT / "tools/release-files", COMMAND, *arguments]
    return subprocess.run([str(word) for word in words], capture_output=True, text=True)


class ReleasedFiles(unittest.TestCase):
    def test_the_files_of_each_release(self):
        for folder in sorted(RELEASED.glob("*/")):
            with self.subTest(release=folder.name):
                done = release_files(folder, "--check")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_this_version_would_pass_and_other_files_would_not(self):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, "files")
            self.assertEqual(release_files(folder).returncode, 0)
            self.assertEqual(release_files(folder, "--check").stdout, "release-files: 0 violations\n")
            self.assertGreater(len(list(folder.glob("*.colonnade"))), 4)

            rows = folder / "table.jsonl"
            rows.write_text(rows.read_text().replace("Adelie", "Gentoo", 1))
            damaged = bytearray((folder / "times.colonnade").read_bytes())
            damaged[len(damaged) // 2] ^= 1
            (folder / "times.colonnade").write_bytes(damaged)
            done = release_files(folder, "--check")
            self.assertEqual(done.returncode, 1)
            self.assertIn("table.colonnade: its rows differ", done.stdout)
            self.assertIn("times.colonnade: ", done.stdout)
            self.assertIn("release-files: 2 violations", done.stdout)


if __name__ == "__main__":
    unittest.main()
