# SPDX-License-Identifier: Apache-2.0
"""Builds the wheel, installs it into a separate environment for each Python, and runs its tests there.

    tools/python_package.py --list       prints the Pythons of this machine on which the tests would run
    tools/python_package.py --headers    prints nothing; exits with 1 if none of them can compile an extension
    tools/python_package.py --wheel      builds the wheel unless it exists, and prints its name
    tools/python_package.py --python     prints the interpreter of an environment with the wheel and all optional libraries

Results are kept in .build-python: the wheel until a source changes, an environment until its requirements change.
"""

import contextlib
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import native

ROOT = native.ROOT
OLDEST = (3, 11)
TESTS = ROOT / "python/tests"
WHEEL_SOURCES = ["LICENSE", "Package.swift", "README.md", "Sources", "pyproject.toml", "python/src"]
WHEEL_SOURCES += ["python/extension", "python/hatch_build.py", "tools/native.py"]
BUILT = {"__pycache__", "_bin", "_core.abi3.so"}

PYTHON_PLACES = [
    "/usr/bin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/opt/python/*/bin",
    "~/.pyenv/versions/*/bin",
    "~/.local/share/uv/python/*/bin",
]

PROBE = """
import importlib.util, json, os, sys, sysconfig
print(json.dumps({
    "version": list(sys.version_info[:2]),
    "fits": sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED"),
    "environments": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
    "headers": os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")),
    "path": sys.executable,
    "inside": sys.prefix != sys.base_prefix,
}))
"""


class Python:
    """An interpreter of this machine."""

    def __init__(self, answer):
        self.path, self.headers = answer["path"], answer["headers"]
        self.version = tuple(answer["version"])
        self.name = ".".join(map(str, self.version))

    @staticmethod
    def at(path):
        try:
            done = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, timeout=20)
            answer = json.loads(done.stdout) if done.returncode == 0 else None
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None
        if not answer or not answer["fits"] or not answer["environments"] or answer["inside"]:
            return None
        return Python(answer)


def pythons():
    """Returns one interpreter of each supported version, the oldest first; interpreters with headers are preferred."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    folders += [folder for place in PYTHON_PLACES for folder in sorted(glob.glob(os.path.expanduser(place)))]
    names = ["python3", "python"] + [f"python3.{minor}" for minor in range(OLDEST[1], 31)]
    found, seen = {}, set()
    for folder in folders:
        for name in names:
            path = os.path.join(folder, name)
            if not os.access(path, os.X_OK) or os.path.realpath(path) in seen:
                continue
            seen.add(os.path.realpath(path))
            python = Python.at(path)
            if python and python.version >= OLDEST:
                known = found.get(python.version)
                if not known or (python.headers and not known.headers):
                    found[python.version] = python
    return [found[version] for version in sorted(found)]


def digest(*parts):
    """Returns a digest of texts, and of the files at paths and below them."""
    sum = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            sum.update(part.encode())
            continue
        for path in sorted(part.rglob("*")) if part.is_dir() else [part]:
            if path.is_file() and not BUILT.intersection(path.parts):
                sum.update(f"{path.relative_to(ROOT)} {path.stat().st_size}\n".encode() + path.read_bytes())
    return sum.hexdigest()[:16]


def run(*command, **options):
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise native.BuildError(f"{' '.join(words)[:300]}\n{done.stdout[-6000:]}")
    return done.stdout


class Environment:
    """A virtual environment under .build-python, which is remade when its contents should change."""

    def __init__(self, name, python, requirements):
        self.folder = native.SCRATCH / "environments" / name
        self.bin = self.folder / "bin"
        self.python = self.bin / "python"
        self.mark = self.folder / "made-from"
        self.source = python
        self.key = digest(os.path.realpath(python.path), python.name, *map(str, requirements))
        self.requirements = requirements

    def make(self, optional=()):
        """Makes the environment; returns the optional requirements that could not be installed."""
        key = digest(self.key, *optional)
        if self.mark.exists() and self.mark.read_text().split("\n")[0] == key:
            return self.mark.read_text().split("\n")[1:]
        print(f"making an environment of Python {self.source.name} in {self.folder.relative_to(ROOT)}", flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        run(self.source.path, "-m", "venv", self.folder)
        self.install(*self.requirements)
        missing = self.install_optional(list(optional))
        self.mark.write_text("\n".join([key, *missing]))
        return missing

    def install(self, *words):
        run(self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *words)

    def install_optional(self, requirements):
        try:
            if requirements:
                self.install(*requirements)
            return []
        except native.BuildError:
            missing = []
        for requirement in requirements:
            try:
                self.install(requirement)
            except native.BuildError as error:
                print(f"could not install {requirement}: {str(error).strip().splitlines()[-1]}", flush=True)
                missing.append(requirement)
        return missing

    def install_torch(self, companions):
        """Installs PyTorch, once, from pip's additional sources only: that of the index has gigabytes for a GPU."""
        asked = self.folder / "asked-for-torch"
        if asked.exists() and asked.read_text() == digest(*companions):
            return
        try:
            self.install("--no-index", "--no-deps", "torch")
        except native.BuildError:
            pass
        else:
            version = re.search(r"^Version: (\S+)", run(self.python, "-m", "pip", "show", "torch"), re.MULTILINE)[1]
            # With its version, so that its dependencies are installed and the version does not change.
            self.install_optional([f"torch=={version}", *companions])
        asked.write_text(digest(*companions))


def read_requirements(path):
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def build_requirements():
    """Returns the requirements in pyproject.toml. (The module that reads such files came with Python 3.11.)"""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.findall(r'"([^"]+)"', re.search(r"^requires = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)[1])


def build_wheel(candidates):
    """Returns the wheel, built by pip; the existing one if no source has changed."""
    folder = native.SCRATCH / "dist"
    key = digest(*(ROOT / name for name in WHEEL_SOURCES), os.environ.get(native.WITHOUT_COMMAND, ""))
    mark = folder / "made-from"
    built = sorted(folder.glob("*.whl"))
    if built and mark.exists() and mark.read_text() == key:
        return built[0]
    with_headers = [python for python in candidates if python.headers]
    if not with_headers:
        raise native.BuildError("no Python of 3.11 or newer here has its headers (Debian: python3-dev)")
    environment = Environment("build", with_headers[0], build_requirements())
    environment.make()
    shutil.rmtree(folder, ignore_errors=True)
    print(f"building the wheel with Python {with_headers[0].name}", flush=True)
    run(environment.python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    mark.write_text(key)
    return sorted(folder.glob("*.whl"))[0]


def without_swift(path):
    """Returns the folders of a PATH without a Swift toolchain."""
    folders = [folder for folder in path.split(os.pathsep) if folder and not os.path.exists(f"{folder}/swiftc")]
    return os.pathsep.join(folders)


class PackageTests:
    """The tests of the package on one Python."""

    def __init__(self, python, full):
        self.name = f"python/tests on {python.name}"
        required = read_requirements(TESTS / "requirements.txt")
        self.optional = read_requirements(TESTS / "requirements-full.txt") if full else []
        self.environment = Environment(f"test-{python.name}", python, required)

    def prepare(self, wheel):
        missing = self.environment.make(self.optional)
        if self.optional:
            self.environment.install_torch(read_requirements(TESTS / "requirements-torch.txt"))
        installed = self.environment.folder / "installed-wheel"
        key = digest(wheel)
        if not installed.exists() or installed.read_text() != key:
            self.environment.install("--no-deps", "--force-reinstall", wheel)
            installed.write_text(key)
        return missing

    def run(self, wheel, report, options):
        """Runs pytest and returns its exit code; the report is in JUnit's format."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LD_"))}
        environment["PATH"] = os.pathsep.join([str(self.environment.bin), without_swift(os.environ["PATH"])])
        environment["COLONNADE_WHEEL"] = str(wheel)
        command = [self.environment.python, "-P", "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", ROOT]
        # Arguments for pytest select single tests, possibly with a debugger, so these run in one process.
        processes = [] if options else ["-n", str(os.cpu_count() or 1), "--dist", "worksteal"]
        command += ["-q", "-rfE", "--junitxml", report, *processes, *options, TESTS, "--pyargs", "colonnade"]
        scratch = native.SCRATCH / "run"
        scratch.mkdir(parents=True, exist_ok=True)
        return subprocess.run([str(word) for word in command], cwd=scratch, env=environment).returncode


def main(arguments):
    candidates = pythons()
    if arguments == ["--headers"]:
        return 0 if any(python.headers for python in candidates) else 1
    if arguments == ["--wheel"]:
        wheel = build_wheel(candidates)
        print(f"{wheel.relative_to(ROOT)}: {wheel.stat().st_size:,} bytes")
        return 0
    if arguments == ["--python"]:
        if not candidates:
            raise native.BuildError("no Python 3.11 or newer with venv and ensurepip was found")
        tests = PackageTests(candidates[0], full=True)
        with contextlib.redirect_stdout(sys.stderr):
            tests.prepare(build_wheel(candidates))
        print(tests.environment.python)
        return 0
    if arguments == ["--list"]:
        for python in candidates:
            print(f"Python {python.name}: {python.path}{'' if python.headers else ', without headers'}")
        return 0
    sys.exit(__doc__)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except native.BuildError as error:
        sys.exit(f"python_package.py: {error}")
