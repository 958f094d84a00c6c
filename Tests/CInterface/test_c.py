# SPDX-License-Identifier: Apache-2.0
"""Tests the C library with the files that its users have (a header, a shared library, a pkg-config file), and its examples."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / ".build-python/c"
HEADERS = ROOT / "Sources/CColonnade/include"
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
VECTORS, INVALID = ROOT / "formats/vectors", ROOT / "formats/invalid"

VERSION = re.search(r'releaseVersion: StaticString = "([^"]+)"', (ROOT / "Sources/ColonnadeCore/Release.swift").read_text())[1]

# The arguments, the exit code, and the text that it must print, for each file of Examples/C.
EXAMPLES = {
    "sum_column.c": [
        ([VECTORS / "scalars.colonnade", "int32"], 0, "4 rows, int32 sums up to -2\n"),
        ([VECTORS / "scalars.colonnade", "float16"], 0, "4 rows, float16 sums up to 94.5\n"),
        ([VECTORS / "ragged.colonnade", "b"], 0, "4 rows, b sums up to 14\n"),
        ([VECTORS / "empty.colonnade", "x"], 0, "0 rows, x sums up to 0\n"),
        ([VECTORS / "scalars.colonnade", "weight"], 1, "weight"),
        ([VECTORS / "there-is-none.colonnade", "x"], 1, "there-is-none.colonnade"),
        ([INVALID / "r01-other-magic.colonnade", "x"], 1, "code 3"),
        ([], 64, "usage"),
    ],
    "version.c": [([], 0, f"colonnade {VERSION}, interface 1 of 1\n")],
}


def compiler(names):
    """Returns the path of the compiler: the one in CC, or that of the system, or that of the Swift toolchain."""
    return next((path for path in map(shutil.which, names) if path), None)


def run(*command, **variables):
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, env={**os.environ, **variables})


class CInterface(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        built = run(sys.executable, ROOT / "tools/native.py", "c", LIBRARY)
        if built.returncode != 0:
            raise AssertionError(built.stdout + built.stderr)
        cls.cc = compiler([os.environ.get("CC", "cc"), "gcc", "clang"])

    def assert_done(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def pkg_config(self, *options):
        found = run("pkg-config", *options, "colonnade", PKG_CONFIG_PATH=str(LIBRARY / "lib/pkgconfig"))
        return self.assert_done(found).split()

    def test_each_header_stands_alone_in_every_c_and_in_cpp(self):
        languages = [("c", "c99"), ("c", "c11"), ("c", "gnu17"), ("c++", "c++11"), ("c++", "c++17")]
        compilers = {"c": ["cc", "gcc", "clang"], "c++": ["c++", "g++", "clang++"]}
        for language, standard in languages:
            for path in sorted({shutil.which(name) for name in compilers[language]} - {None}):
                with self.subTest(standard=standard, compiler=path), tempfile.TemporaryDirectory() as folder:
                    source = Path(folder, "alone.c")
                    options = ["-x", language, f"-std={standard}", *STRICT, "-I", HEADERS, "-fsyntax-only"]
                    for header in sorted(HEADERS.glob("*.h")):
                        source.write_text(f'#include "{header.name}"\nint unused;\n', encoding="utf-8")
                        self.assert_done(run(path, *options, source))

    def test_the_library_exports_what_the_headers_declare(self):
        tool = shutil.which("llvm-nm") or shutil.which("nm")
        if tool is None or sys.platform == "darwin":
            self.skipTest("no nm that shows the dynamic symbols of this system")
        symbols = self.assert_done(run(tool, "-D", "--defined-only", LIBRARY / "lib/libcolonnade.so"))
        exported = {line.split()[-1] for line in symbols.splitlines()}
        declared = set()
        for header in HEADERS.glob("*.h"):
            text = self.assert_done(run(self.cc, "-E", "-P", header))
            declared.update(re.findall(r"\b(colonnade_\w+)\s*\(", text))
        self.assertEqual(exported, declared)

    def test_every_example_runs(self):
        sources = sorted((ROOT / "Examples/C").glob("*.c"))
        self.assertEqual([source.name for source in sources], sorted(EXAMPLES))
        flags = self.pkg_config("--cflags", "--libs")
        search = {"DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH": str(LIBRARY / "lib")}
        for source in sources:
            with self.subTest(example=source.name), tempfile.TemporaryDirectory() as folder:
                program = Path(folder, "program")
                self.assert_done(run(self.cc, "-std=c11", *STRICT, source, *flags, "-o", program))
                for arguments, code, expected in EXAMPLES[source.name]:
                    done = run(program, *arguments, **search)
                    self.assertEqual(done.returncode, code, done.stderr)
                    if code == 0:
                        self.assertEqual((done.stdout, done.stderr), (expected, ""))
                    else:
                        self.assertEqual(done.stdout, "")
                        self.assertIn(expected, done.stderr)

    def test_the_version_is_the_one_of_the_release(self):
        self.assertEqual(self.pkg_config("--modversion"), [VERSION])


if __name__ == "__main__":
    unittest.main()
