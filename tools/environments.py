# SPDX-License-Identifier: Apache-2.0
"""Makes virtual environments with the Pythons of this machine, and builds the wheel that is installed into them.

    tools/environments.py lint       prints the interpreter of an environment with the programs that check Python code
    tools/environments.py docs       the same with Sphinx and the wheel
    tools/environments.py test       the same with the wheel, and all libraries that it works with
    tools/environments.py wheel      builds the wheel unless it exists, and prints its name
    tools/environments.py headers    prints nothing; exits with 1 if no Python of this machine can compile an extension

Results are kept in .build-python: the wheel until a source changes, an environment until its requirements change.
"""

import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import native

ROOT = native.ROOT
OLDEST = (3, 11)
WHEEL_SOURCES = ["LICENSE", "Package.swift", "README.md", "Sources", "THIRD-PARTY.txt", "pyproject.toml", "python/src"]
WHEEL_SOURCES += ["python/command", "python/extension", "python/hatch_build.py", "tools/native.py"]
BUILT = {"__pycache__", "_bin", "_core.abi3.so", "libcolonnade_core.so", "libcolonnade_core.dylib"}

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
        fits = answer and answer["fits"] and answer["environments"] and not answer["inside"]
        return Python(answer) if fits else None


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
    """A virtual environment under .build-python, which is remade when its requirements change."""

    def __init__(self, name, python, base=None):
        self.name = name
        self.folder = native.SCRATCH / "environments" / name
        self.bin = self.folder / "bin"
        self.python = self.bin / "python"
        self.packages = self.folder / "lib" / f"python{python.name}" / "site-packages"
        self.source = python
        # An environment whose packages are there too, unless this one has them itself.
        self.base = base

    def make(self, required, optional=()):
        """Makes the environment; returns the optional requirements that could not be installed."""
        mark = self.folder / "made-from"
        below = [(self.base.folder / "made-from").read_text(), str(self.base.packages)] if self.base else []
        key = digest(digest(os.path.realpath(self.source.path), self.source.name, *required, *below), *optional)
        if mark.exists() and mark.read_text().split("\n")[0] == key:
            return mark.read_text().split("\n")[1:]
        print(f"making an environment of Python {self.source.name} in {self.folder}", file=sys.stderr, flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        # Making pip takes seconds, and that of the base is there.
        run(self.source.path, "-m", "venv", *(["--without-pip"] if self.base else []), self.folder)
        if self.base:
            (self.packages / "base.pth").write_text(f"{self.base.packages}\n")
        self.install(*required)
        missing = self.install_optional(list(optional))
        mark.write_text("\n".join([key, *missing]))
        return missing

    def install(self, *words):
        # Python compiles a module at its first import; few modules of the large libraries are imported.
        options = ["--quiet", "--disable-pip-version-check", "--no-compile"]
        if words:
            run(self.python, "-m", "pip", "install", *options, *words)

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
                last = str(error).strip().splitlines()[-1]
                print(f"could not install {requirement}: {last}", file=sys.stderr, flush=True)
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

    def install_wheel(self, wheel):
        mark = self.folder / "installed-wheel"
        if not mark.exists() or mark.read_text() != digest(wheel):
            self.install("--no-deps", "--force-reinstall", wheel)
            mark.write_text(digest(wheel))


def requirements(path):
    lines = (line.split("#")[0].strip() for line in (ROOT / path).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def oldest(candidates):
    if not candidates:
        raise native.BuildError("no Python of 3.11 or newer with venv and ensurepip was found")
    return candidates[0]


def build_wheel(candidates):
    """Returns the wheel, built by pip; the existing one if no source has changed."""
    folder = native.SCRATCH / "dist"
    compressor = shutil.which("advzip") or ""
    key = digest(*(ROOT / name for name in WHEEL_SOURCES), os.environ.get(native.WITHOUT_COMMAND, ""), compressor)
    mark = folder / "made-from"
    built = sorted(folder.glob("*.whl"))
    products = [native.CORE, "_core.abi3.so"] + ([] if os.environ.get(native.WITHOUT_COMMAND) else ["bin/colonnade"])
    are_there = all((native.SCRATCH / "wheel" / product).exists() for product in products)
    if built and are_there and mark.exists() and mark.read_text() == key:
        return built[0]
    with_headers = [python for python in candidates if python.headers]
    if not with_headers:
        raise native.BuildError("no Python of 3.11 or newer here has its headers (Debian: python3-dev)")
    environment = Environment("build", with_headers[0])
    environment.make(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"])
    shutil.rmtree(folder, ignore_errors=True)
    print(f"building the wheel with Python {with_headers[0].name}", file=sys.stderr, flush=True)
    run(environment.python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    wheel = sorted(folder.glob("*.whl"))[0]
    compress_again(wheel)
    mark.write_text(key)
    return wheel


def compress_again(wheel):
    """Compresses the files of a wheel with libdeflate, which saves a twenty-fifth; all installers read the result."""
    if shutil.which("advzip"):
        run("advzip", "--recompress", "--shrink-normal", "--quiet", wheel)
    else:
        print("advzip was not found (package advancecomp), so the wheel stays larger", file=sys.stderr, flush=True)


def test_environment(python, wheel, full):
    """Returns an environment for the tests of the package, with all libraries on request, and those that are missing in it."""
    environment = Environment(f"test-{python.name}", python)
    optional = requirements("python/tests/requirements-full.txt") if full else []
    missing = environment.make(requirements("python/tests/requirements.txt"), optional)
    if full:
        environment.install_torch(requirements("python/tests/requirements-torch.txt"))
    environment.install_wheel(wheel)
    return environment, missing


def engine_environments(base):
    """Returns environments with the newest and the oldest engines over that of the tests, and what is missing in each."""
    for age in ("newest", "oldest"):
        environment = Environment(f"engines-{age}", base.source, base)
        yield environment, environment.make([], requirements(f"python/tests/requirements-engines-{age}.txt"))


def docs_environment(python, wheel):
    environment = Environment("docs", python)
    environment.make(requirements("docs/requirements.txt"))
    environment.install_wheel(wheel)
    return environment


def lint_environment(python):
    environment = Environment("lint", python)
    environment.make(requirements("tools/requirements.txt"))
    return environment


def main(arguments):
    candidates = pythons()
    match arguments:
        case ["headers"]:
            return 0 if any(python.headers for python in candidates) else 1
        case ["wheel"]:
            wheel = build_wheel(candidates)
            print(f"{wheel.relative_to(ROOT)}: {wheel.stat().st_size:,} bytes")
        case ["lint"]:
            print(lint_environment(oldest(candidates)).python)
        case ["docs"]:
            print(docs_environment(oldest(candidates), build_wheel(candidates)).python)
        case ["test"]:
            print(test_environment(oldest(candidates), build_wheel(candidates), full=True)[0].python)
        case _:
            sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except native.BuildError as error:
        sys.exit(f"environments.py: {error}")
