# SPDX-License-Identifier: Apache-2.0
"""Compiles the libraries with sanitizers, links the Swift tests of a debug build to them, and selects the suites to run.

A sanitizer does not change how functions are called, so the tests are not compiled again. They are safe Swift, and a sanitizer is
to check the memory that the libraries use. For the address sanitizer the libraries are those of the fuzz targets.
"""

import os
import re
import shutil
import sys
from pathlib import Path

import environments
import native

FUZZ, THREAD = native.ROOT / ".build-fuzz", native.ROOT / ".build-tsan"

# The libraries whose code runs on several threads, in dependency order. One thread at a time uses each object of the other ones.
LIBRARIES_WITH_THREADS = [
    "CColonnadeKernels",
    "ColonnadeCore",
    "ColonnadeFormat",
    "ColonnadeCodecs",
    "ColonnadeSystem",
    "ColonnadeStore",
    "Colonnade",
]
LIBRARIES = [
    *LIBRARIES_WITH_THREADS,
    "CArrow",
    "ColonnadeIngest",
    "CColonnadeAudio",
    "CColonnadeImages",
    "ColonnadeMedia",
]

# With optimisation, compiling takes less additional time than the tests take without it. Tests use internal functions of the
# libraries, and system calls that fail on request. Reports need the numbers of lines; compiling takes a tenth less time without the
# other information for a debugger, and without the index for editors.
OPTIONS = ["-c", "release", "-Xswiftc", "-enable-testing", "-Xswiftc", "-DDEBUG", "-Xswiftc", "-gline-tables-only"]
OPTIONS += ["--disable-index-store", "--explicit-target-dependency-import-check", "error"]

# Test targets, or suites of them, for the thread sanitizer: those whose subject is threads, and one suite for each way in which
# threads run other code (rows, stages, functions of the user, sources, checks of files).
WITH_THREADS = [
    "ColonnadeCoreTests",
    "ColonnadeSystemTests",
    "ColonnadeStoreTests.TruncatedFileTests",
    "ColonnadeStoreTests.FirstTouchTests",
    "ColonnadeTests.AllocationTests",
    "ColonnadeTests.BufferTests",
    "ColonnadeTests.ConcatenationTests",
    "ColonnadeTests.ExitTests",
    "ColonnadeTests.InterruptTests",
    "ColonnadeTests.MapRowsTests",
    "ColonnadeTests.MixTests",
    "ColonnadeTests.OrderTests",
    "ColonnadeTests.PrefetcherTests",
    "ColonnadeTests.RandomChainTests",
    "ColonnadeTests.RunTimeErrorTests",
    "ColonnadeTests.SizedBatchTests",
    "ColonnadeTests.SourceKindTests",
    "ColonnadeTests.StageTests",
    "ColonnadeTests.StreamTests",
    "ColonnadeTests.TruncatedFileTests",
    "ColonnadeTests.VerificationTests",
]

# Suites that compare with another program or with arithmetic on indices, or repeat one operation very often: other suites reach
# the same memory by the same code. The command has no unsafe code.
WITHOUT_OTHER_MEMORY = [
    "ColonnadeCLITests",
    "ColonnadeStoreTests.CorruptionTests",  # FuzzDataset changes files in the same way
    "ColonnadeStoreTests.HostileTests",  # 65,535 columns
    "ColonnadeStoreTests.ManyAppendsTests",
    "ColonnadeStoreTests.ReferenceTests",
    "ColonnadeTests.IndexPermutationTests",
    "ColonnadeTests.PackTests",
    "ColonnadeTests.PositionTests",
    "ColonnadeTests.SelectionModelTests",
    "ColonnadeTests.SelectionTests",
    "ColonnadeTests.ShardTests",
]


def build(package, scratch, *options):
    """Builds a package. Returns the folder of its products."""
    command = ["swift", "build", "--package-path", package, "--scratch-path", scratch, *OPTIONS, *options]
    folder = Path(native.run([*command, "--show-bin-path"], COLONNADE_PACKAGE="library").strip())
    sources = [native.ROOT / name for name in ("Package.swift", "Sources", "tools/fuzz")]
    mark, key = scratch / "made-from", environments.digest(*sources)
    # Builds from scratch: an incremental release build once kept a client's outdated size of a class.
    if not mark.exists() or mark.read_text() != key:
        shutil.rmtree(folder, ignore_errors=True)
        native.run(command, COLONNADE_PACKAGE="library")
        mark.write_text(key)
    return folder


def fuzz_targets():
    """Compiles the fuzz targets, and the libraries with the address sanitizer. Returns the folder of their products."""
    options = ["-Xswiftc", "-sanitize=fuzzer,address", "-Xcc", "-fsanitize=fuzzer-no-link,address"]
    if sys.platform == "linux":
        options += ["-Xswiftc", native.LINKER]  # gold fails with an internal error on the instrumented objects
    return build(native.ROOT / "tools/fuzz", FUZZ, *options)


def thread_libraries():
    """Compiles libraries with the thread sanitizer. Returns the folder of their products."""
    native.mirror(THREAD / "package")
    return build(THREAD / "package", THREAD, "--sanitize", "thread", "--target", LIBRARIES_WITH_THREADS[-1])


def link_tests(sanitizer, debug):
    """Returns a program with the tests of a debug build, and libraries that a sanitizer checks.

    - debug: the folder of the products of the debug build, which has all tests."""
    folder = fuzz_targets() if sanitizer == "address" else thread_libraries()
    libraries = LIBRARIES if sanitizer == "address" else LIBRARIES_WITH_THREADS
    listed = (debug / "colonnadePackageTests.product/Objects.LinkFileList").read_text(encoding="utf-8").splitlines()
    objects = []
    for path in listed:
        target, name = path.split(os.sep)[-2:]
        is_checked = target.removesuffix(".build") in libraries and not name.endswith(".swiftmodule.o")
        objects.append(str(folder / target / name) if is_checked else path)
    arguments, program = folder / "tests.objects", folder / "colonnadePackageTests.xctest"
    arguments.write_text("\n".join(objects), encoding="utf-8")
    others = native.run(["pkg-config", "--libs", "zlib", *native.LIBRARIES]).split()
    options = [f"-sanitize={sanitizer}", native.LINKER, "-emit-executable", "-o", program]
    native.run(["swiftc", f"@{arguments}", *others, *options])
    return program


def selection(sanitizer):
    """Returns the arguments with which the tests run those suites that a sanitizer has for its subject. Each must exist."""
    names = WITH_THREADS if sanitizer == "thread" else WITHOUT_OTHER_MEMORY
    for name in names:
        target, _, suite = name.partition(".")
        if not any((native.ROOT / "Tests" / target).rglob(f"{suite or '*'}.swift")):
            raise native.BuildError(f"{name}, which tools/sanitized.py names, does not exist in Tests/")
    option = "--filter" if sanitizer == "thread" else "--skip"
    return [word for name in names for word in (option, f"^{re.escape(name)}[./]")]
