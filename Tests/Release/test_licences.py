# SPDX-License-Identifier: Apache-2.0
"""Tests that THIRD-PARTY.txt has the licence of each library that the wheel contains."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import native  # noqa: E402


def headings():
    """Returns the first line of each part, which names a library."""
    return re.findall(r"^-{100,}\n(.+)$", (ROOT / "THIRD-PARTY.txt").read_text(encoding="utf-8"), re.MULTILINE)


def has_licence(name):
    return any(re.search(rf"\b{re.escape(name)}\b", heading) for heading in headings())


def test_every_archive_that_is_linked_has_its_licence():
    # Debian's archive has the version in its name.
    archives = {path.stem.replace("libpng16", "libpng") for path in native.find_archives()}
    assert archives >= {"libjpeg", "libpng", "libwebp"}
    assert [name for name in sorted(archives) if not has_licence(name)] == []


def test_every_swift_package_of_the_command_has_its_licence():
    manifest = (ROOT / "Package.swift").read_text(encoding="utf-8")
    packages = {
        url.rsplit("/", 1)[1].removesuffix(".git") for url in re.findall(r'\.package\(\s*url: "([^"]+)"', manifest)
    }
    # The plugin for documentation is no part of a product.
    packages -= {"swift-docc-plugin"}
    assert native.PARSER[0].rsplit("/", 1)[1] in packages
    assert [name for name in sorted(packages) if not has_licence(name)] == []
