# SPDX-License-Identifier: Apache-2.0
"""Tests that the version is written only in Release.swift, and that all other files take it from there."""

import os
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "Sources/ColonnadeCore/Release.swift"
VERSION = re.search(r'releaseVersion: StaticString = "([^"]+)"', RELEASE.read_text(encoding="utf-8"))[1]
CHANGELOG = ROOT / "CHANGELOG.md"


class Version(unittest.TestCase):
    def test_it_is_a_version(self):
        self.assertRegex(VERSION, r"^\d+\.\d+\.\d+((a|b|rc)\d+)?$")

    def test_it_is_written_once(self):
        files = [ROOT / "Package.swift", ROOT / "pyproject.toml", ROOT / "docs/conf.py"]
        for folder in ("Examples", "Sources", "python/extension", "python/src"):
            files += [path for path in (ROOT / folder).rglob("*") if path.suffix in {".c", ".h", ".md", ".py", ".swift"}]
        whole = re.compile(rf"(?<![\d.]){re.escape(VERSION)}(?![\d.])")
        found = [path for path in files if whole.search(path.read_text(encoding="utf-8"))]
        self.assertEqual(found, [RELEASE])

    def test_the_command_has_it(self):
        command = os.environ.get("COLONNADE", ROOT / ".build/debug/colonnade")
        done = subprocess.run([command, "--version"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, VERSION))

    def test_the_changelog_ends_with_it(self):
        """The section of unreleased changes comes first, then the section of this version. Before a release, all are unreleased."""
        headings = re.findall(r"^## \[(.+?)\]", CHANGELOG.read_text(encoding="utf-8"), re.MULTILINE)
        self.assertEqual(headings[0], "Unreleased")
        self.assertIn(headings[1:2], ([], [VERSION]))


if __name__ == "__main__":
    unittest.main()
