# SPDX-License-Identifier: Apache-2.0
"""Tests that each block of Swift in the articles of the documentation is part of a test, which compiles and runs it."""

import re
import textwrap
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "Tests/ColonnadeIngestTests/Articles"
#: #: The manifest of a package is not part of a test. It must be that of the examples.
MANIFEST = ROOT / "Examples/README.md"


def blocks(article):
    return re.findall(r"^```swift\n(.*?)^```$", article.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def unindented(lines):
    return textwrap.dedent("".join(lines)).splitlines()


def stands_in(block, file):
    """Returns whether consecutive lines of the file are equal to the block, at any indentation."""
    wanted = block.splitlines()
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    starts = range(len(lines) - len(wanted) + 1)
    return any(unindented(lines[start : start + len(wanted)]) == wanted for start in starts)


class Articles(unittest.TestCase):
    def test_every_block_is_tested(self):
        articles = sorted(ROOT.glob("Sources/*/*.docc/*.md"))
        files = [*sorted(TESTS.glob("*.swift")), MANIFEST]
        found = 0
        for article in articles:
            for number, block in enumerate(blocks(article)):
                with self.subTest(article=article.name, block=number):
                    self.assertTrue(any(stands_in(block, file) for file in files), f"\n{block}")
                    found += 1
        self.assertGreater(found, 25)


if __name__ == "__main__":
    unittest.main()
