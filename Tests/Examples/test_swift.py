# SPDX-License-Identifier: Apache-2.0
"""Tests that the program of Examples/Swift learns: it classifies rows that are not in its training data."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "Tests/Fixtures/fashion-1k"
PROGRAM = Path(os.environ.get("COLONNADE", ROOT / ".build/debug/colonnade")).with_name("TrainFashionMNIST")


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=300)


class SwiftExample(unittest.TestCase):
    def test_it_learns(self):
        sources = [FIXTURE / "train-images-idx3-ubyte.gz", FIXTURE / "train-labels-idx1-ubyte"]
        with tempfile.TemporaryDirectory() as folder:
            done = run(*sources, Path(folder, "fashion.colonnade"), 3)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        losses = [float(number) for number in re.findall(r"loss ([\d.]+)", done.stdout)]
        accuracies = [float(number) for number in re.findall(r"accuracy ([\d.]+)", done.stdout)]
        self.assertIn("fashion.colonnade: 1000 rows\n", done.stdout)
        self.assertEqual(len(losses), 3)
        self.assertEqual(losses, sorted(losses, reverse=True))
        self.assertGreater(accuracies[-1], 0.6)

    def test_it_says_how_it_is_used(self):
        for arguments in ([], ["images", "labels", "out.colonnade"], ["images", "labels", "out.colonnade", "none"]):
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 64)
                self.assertIn("usage", done.stderr)

    def test_a_missing_source_is_an_error(self):
        done = run("there-is-none.gz", "labels", "out.colonnade", 1)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("there-is-none.gz", done.stderr)


if __name__ == "__main__":
    unittest.main()
