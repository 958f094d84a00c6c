# SPDX-License-Identifier: Apache-2.0
"""Builds what of the Python package is not Python: the extension, and the command.

    python3 python/native.py FOLDER              leaves _core.abi3.so and bin/colonnade there
    python3 python/native.py --c-library FOLDER  leaves lib/libcolonnade.so, the header and a pkg-config file there

The Swift targets are linked with Swift's own runtime into each of these files, so none of them needs a Swift
installation where it is used. What is built in between stays in .build-python, so that the next time is quick.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = ROOT / ".build-python"
MAC = sys.platform == "darwin"
SWIFT_VERSION = (6, 3)  # the first with @c

# Set to 1, this leaves the command out of the wheel, and no Swift package from elsewhere is needed.
WITHOUT_COMMAND = "COLONNADE_WITHOUT_COMMAND"

# The oldest Python whose stable interface has all that the extension calls.
LIMITED_API = "0x030B0000"

SWIFT_PLACES = [
    "/opt/swift/usr/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/local/swift/usr/bin",
    "/usr/libexec/swift/bin",
    "~/.swiftly/bin",
    "~/.local/share/swiftly/bin",
]

FLAGS = ["-std=gnu11", "-O2", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections", "-pthread"]
FLAGS += ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


class BuildError(Exception):
    """What is wrong, and what to do."""


def run(command, quiet=False):
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as error:
        raise BuildError(f"cannot run {words[0]}: {error}") from error
    if done.returncode != 0:
        raise BuildError(f"{' '.join(words)[:400]}\n{done.stdout[-8000:]}")
    if not quiet:
        print(done.stdout, end="", flush=True)
    return done.stdout


def find_swift():
    """The folder of a compiler that is new enough. A client of OpenStack is called swift as well."""
    found = []
    for folder in [*os.environ.get("PATH", "").split(os.pathsep), *SWIFT_PLACES]:
        swift = Path(folder or ".").expanduser() / "swift"
        if not os.access(swift, os.X_OK):
            continue
        answer = subprocess.run([swift, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        version = re.search(r"Swift version (\d+)\.(\d+)", answer.stdout)
        if version and (int(version[1]), int(version[2])) >= SWIFT_VERSION:
            return swift.parent
        if version:
            found.append(f"{swift} is of {version[1]}.{version[2]}")
    raise BuildError(
        f"Colonnade's core is written in Swift, and building it needs a toolchain of {SWIFT_VERSION[0]}."
        f"{SWIFT_VERSION[1]} or newer (https://www.swift.org/install) with its folder on PATH"
        + (f"; {', '.join(found)}" if found else "")
    )


class Build:
    def __init__(self, command=True):
        self.tools = find_swift()
        self.command = command
        os.environ["COLONNADE_PACKAGE"] = "all" if command else "library"

    def swift(self, product, *options):
        command = [self.tools / "swift", "build", "-c", "release", "--scratch-path", SCRATCH, "--product", product]
        if not MAC:  # where Swift is part of the system, and cannot be linked into a file
            command.append("--static-swift-stdlib")
        run([*command, *options])
        return SCRATCH / "release" / product

    def library(self):
        """The archive with all of our Swift targets."""
        return self.swift("ColonnadeC").parent / "libColonnadeC.a"

    def build_command(self):
        strip = [] if MAC else ["-Xlinker", "--gc-sections", "-Xlinker", "-s"]
        try:
            return self.swift("colonnade", *strip)
        except BuildError as error:
            raise BuildError(
                f"{error}\nThe command colonnade could not be built. It needs the package swift-argument-parser, which"
                f" SwiftPM fetches from GitHub unless it has it in {SCRATCH} or in its cache. To build the Python"
                f" package without the command, set {WITHOUT_COMMAND}=1."
            ) from error

    def compiler(self):
        return os.environ.get("CC") or self.tools / "clang"

    def extension(self, output):
        headers = Path(sysconfig.get_path("include"))
        if not (headers / "Python.h").is_file():
            raise BuildError(
                f"no {headers}/Python.h: install the headers of Python {platform.python_version()}"
                f" (Debian: python3-dev), or build with another Python"
            )
        archive = self.library()
        objects = []
        folder = SCRATCH / "extension"
        folder.mkdir(parents=True, exist_ok=True)
        for source in sorted((ROOT / "python/src/_core").glob("*.c")):
            objects.append(folder / f"{source.stem}.o")
            include = ["-I", ROOT / "Sources/CColonnade/include", "-isystem", headers]
            limited = [f"-DPy_LIMITED_API={LIMITED_API}"]
            run([self.compiler(), *FLAGS, *limited, *include, "-c", source, "-o", objects[-1]])
        undefined = ["-undefined", "dynamic_lookup"] if MAC else []
        self.link(output, objects, archive, "PyInit__core", undefined)

    def link(self, output, objects, archive, exported, linker_options=()):
        """One shared library of these objects, and of what of the archive and of Swift's runtime they need."""
        options = list(linker_options)
        output.parent.mkdir(parents=True, exist_ok=True)
        if MAC:
            static = []
            options += ["-dead_strip", "-x", "-exported_symbol", f"_{exported}"]
        else:
            static = ["-static-stdlib"]
            script = SCRATCH / f"{output.name}.exports"
            script.write_text(f"{{ global: {exported}; local: *; }};\n")
            options += ["--gc-sections", "-s", f"--version-script={script}"]
        words = [word for option in options for word in ("-Xlinker", option)]
        run([self.tools / "swiftc", "-emit-library", *static, "-o", output, *objects, archive, "-lz", *words])


def build_package(folder, command=True):
    """The files for the wheel: where each is, and the path that it gets in the package."""
    build = Build(command)
    files = {folder / "_core.abi3.so": "colonnade/_core.abi3.so"}
    build.extension(folder / "_core.abi3.so")
    if command:
        target = folder / "bin/colonnade"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(build.build_command(), target)
        files[target] = "colonnade/_bin/colonnade"
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    for file in build_package(arguments.folder.resolve(), os.environ.get(WITHOUT_COMMAND) != "1"):
        print(file)


if __name__ == "__main__":
    try:
        main()
    except BuildError as error:
        sys.exit(f"native.py: {error}")
