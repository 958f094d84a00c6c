# SPDX-License-Identifier: Apache-2.0
"""Builds the products for other languages: Python's extension with the command, and the library for C.

    tools/native.py python FOLDER      writes _core.abi3.so and bin/colonnade to the folder
    tools/native.py c FOLDER           writes lib/libcolonnade.so, include/colonnade*.h and lib/pkgconfig/colonnade.pc
    tools/native.py check FOLDER       writes AllocationCheck, which a developer runs on the same release build

Each product contains Swift's runtime, so it needs no Swift installation at run time. Intermediate files stay in .build-python,
so that the next build is quick. The script uses only the standard library, since it runs inside pip.

On macOS, Swift's runtime is part of the system and is not linked in. The branches for macOS are untested.
"""

import argparse
import hashlib
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

# Set to 1, this variable leaves the command out of the wheel; then the build needs no other Swift package.
WITHOUT_COMMAND = "COLONNADE_WITHOUT_COMMAND"

# The argument parser of the command. One file of it uses Foundation, which would be a quarter of the wheel, for two things
# that the command does not need: errors of Foundation, and --experimental-dump-help.
PARSER = ("https://github.com/apple/swift-argument-parser", "1.8.2")
PARSER_WITHOUT_FOUNDATION = """
extension Error {
  func describe() -> String { String(describing: self) }
}

enum JSONEncoder {
  static func encode<T: Encodable>(_ value: T) -> String { "" }
}
"""

# Compiles the parser for size, like the command.
PARSER_IS_SMALL = """
for target in package.targets where target.type == .regular {
  target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-Osize"])]
}
"""

# The oldest Python whose stable interface has all functions that the extension calls.
LIMITED_API = "0x030B0000"

# The libraries that decode pictures and compress columns, by their names for pkg-config, and the packages of Debian that have them.
LIBRARIES = {
    "libjpeg": "libjpeg62-turbo-dev",
    "libpng": "libpng-dev",
    "libwebp": "libwebp-dev",
    "libzstd": "libzstd-dev",
    "liblz4": "liblz4-dev",
}

# Libraries that every system has, which stay outside.
SYSTEM_LIBRARIES = {"c", "dl", "m", "pthread", "z"}

# Folders to search for a toolchain after PATH. tools/dev searches the same folders.
SWIFT_PLACES = [
    "/opt/swift/usr/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/local/swift/usr/bin",
    "/usr/libexec/swift/bin",
    "~/.swiftly/bin",
    "~/.local/share/swiftly/bin",
]

C_FLAGS = ["-std=gnu11", "-O2", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections", "-pthread"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

# The toolchain always has this linker. Unused sections and symbols are left out.
LINKER = "-use-ld=lld"
DROP_UNUSED = ["-Xlinker", "--gc-sections", "-Xlinker", "-s"]
LINUX_LINK = ["-static-stdlib", LINKER, *DROP_UNUSED]


class BuildError(Exception):
    """A failed build: the cause and the remedy."""


def run(command, **variables):
    words = [str(word) for word in command]
    environment = {**os.environ, **variables}
    try:
        done = subprocess.run(
            words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except OSError as error:
        raise BuildError(f"cannot run {words[0]}: {error}") from error
    if done.returncode != 0:
        raise BuildError(f"{' '.join(words)[:400]}\n{done.stdout[-8000:]}")
    return done.stdout


def mirror(folder):
    """Makes a copy of the package as links, so that SwiftPM does not write its resolved versions where developers build."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("Package.swift", "Sources", "Tests"):
        link = folder / name
        if not link.is_symlink() and (ROOT / name).exists():  # a source distribution has no tests
            link.symlink_to(ROOT / name)


def find_swift():
    """Returns the folder of a compiler that is new enough. (A client of OpenStack is called swift as well.)"""
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
            found.append(f"{swift} has version {version[1]}.{version[2]}")
    raise BuildError(
        f"Colonnade's core is written in Swift, and building it needs a toolchain of {SWIFT_VERSION[0]}."
        f"{SWIFT_VERSION[1]} or newer (https://www.swift.org/install) with its folder on PATH"
        + (f"; {', '.join(found)}" if found else "")
    )


def find_archives():
    """Returns the archives of `LIBRARIES`, and of the libraries that these need."""
    archives = {}
    for library, package in LIBRARIES.items():
        try:
            # Debian's file for zstd states another folder than its own, in which the archive is not.
            folder, own = (
                Path(run(["pkg-config", f"--variable={name}", library]).strip()) for name in ("libdir", "pcfiledir")
            )
            names = re.findall(r"-l(\S+)", run(["pkg-config", "--static", "--libs", library]))
        except BuildError as error:
            raise BuildError(
                f"{error}\n{library} was not found: install {package} (its name in Debian) and pkg-config"
            ) from error
        for name in names:
            archive = folder / f"lib{name}.a"
            if not archive.is_file():
                archive = own.parent / archive.name
            if name in SYSTEM_LIBRARIES or archive in archives:
                continue
            if not archive.is_file():
                raise BuildError(f"{archive} does not exist: install the package with this archive (Debian: {package})")
            archives[archive] = None
    return list(archives)


class Toolchain:
    def __init__(self, command):
        self.tools = find_swift()
        self.root = SCRATCH / "package"
        self.variables = {"COLONNADE_PACKAGE": "all" if command else "library"}  # Package.swift reads these
        mirror(self.root)
        if command:
            self.variables["COLONNADE_PARSER"] = str(self.parser())

    def parser(self):
        """Returns the folder of a swift-argument-parser that does not use Foundation."""
        url, version = PARSER
        changes = hashlib.sha256((PARSER_WITHOUT_FOUNDATION + PARSER_IS_SMALL).encode()).hexdigest()[:8]
        folder = SCRATCH / f"parser-{version}-{changes}" / url.rsplit("/", 1)[1]
        if folder.exists():
            return folder
        fetched = SCRATCH / "fetch"
        fetched.mkdir(parents=True, exist_ok=True)
        (fetched / "Package.swift").write_text(
            "// swift-tools-version: 6.0\nimport PackageDescription\nlet package = Package("
            f'name: "fetch", dependencies: [.package(url: "{url}", exact: "{version}")])\n',
            encoding="utf-8",
        )
        try:
            run([self.tools / "swift", "package", "--package-path", fetched, "resolve"])
        except BuildError as error:
            raise BuildError(
                f"{error}\nThe command colonnade needs the package {url} {version}, which SwiftPM could not get. Try"
                f" again with a network, or set {WITHOUT_COMMAND}=1 to build the Python package without the command."
            ) from error
        copy = folder.parent.with_suffix(".new")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(
            fetched / ".build/checkouts" / folder.name, copy / folder.name, ignore=shutil.ignore_patterns(".*")
        )
        file = copy / folder.name / "Sources/ArgumentParser/Utilities/Foundation.swift"
        file.chmod(0o644)
        file.write_text(PARSER_WITHOUT_FOUNDATION, encoding="utf-8")
        manifest = copy / folder.name / "Package.swift"
        manifest.chmod(0o644)
        with manifest.open("a", encoding="utf-8") as text:
            text.write(PARSER_IS_SMALL)
        copy.rename(folder.parent)
        return folder

    def build(self, product, *options):
        # The same options for all products: others would compile all targets again.
        static = [] if MAC else ["--static-swift-stdlib", "-Xswiftc", LINKER]
        swift = [self.tools / "swift", "build", "-c", "release", "--package-path", self.root, "--scratch-path", SCRATCH]
        run([*swift, *static, "--product", product, *options], **self.variables)
        return SCRATCH / "release"

    def archive(self):
        """Builds an archive of all Swift targets except the programs."""
        # SwiftPM only adds to an archive, and would keep objects of deleted files.
        (SCRATCH / "release/libColonnadeC.a").unlink(missing_ok=True)
        return self.build("ColonnadeC") / "libColonnadeC.a"

    def program_objects(self):
        """Builds the objects of the command, whose main function is `ColonnadeCLI_main`."""
        release = self.build("colonnade")
        targets = ["ColonnadeCLI", "ArgumentParser", "ArgumentParserToolInfo"]
        sources = [*(ROOT / "Sources/ColonnadeCLI").glob("*.swift")]
        for target in targets[1:]:
            sources += (Path(self.variables["COLONNADE_PARSER"]) / "Sources" / target).rglob("*.swift")
        # Objects of deleted sources stay in the folder.
        names = {f"{source.name}.o" for source in sources}
        return [
            path
            for target in targets
            for path in sorted((release / f"{target}.build").glob("*.o"))
            if path.name in names
        ]

    @property
    def compiler(self):
        return os.environ.get("CC") or self.tools / "clang"

    def compile(self, sources, flags):
        folder = SCRATCH / "extension"
        folder.mkdir(parents=True, exist_ok=True)
        objects = [folder / f"{source.stem}.o" for source in sources]
        for source, output in zip(sources, objects):
            run([self.compiler, *C_FLAGS, *WARNINGS, *flags, "-c", source, "-o", output])
        return objects

    def link_to_core(self, output, core, inputs, up, *options):
        """Links objects of C to the core, which is found in the folder `up` from the result."""
        output.parent.mkdir(parents=True, exist_ok=True)
        place = f"{'@loader_path' if MAC else '$ORIGIN'}{up}"
        strip = ["-Wl,-x"] if MAC else ["-fuse-ld=lld", "-Wl,-s", "-Wl,--gc-sections"]
        run([self.compiler, *options, "-o", output, *inputs, core, f"-Wl,-rpath,{place}", *strip])

    def archives(self):
        """Returns the archives of `LIBRARIES`. The products contain them, so that they run where other versions are installed."""
        folder = SCRATCH / "libraries"
        folder.mkdir(parents=True, exist_ok=True)
        copies = []
        for archive in find_archives():
            copy = folder / archive.name
            if MAC:
                shutil.copy2(archive, copy)
            else:
                # Debian's libpng reaches this variable of another library by a fixed distance, which only programs can do.
                renaming = "--redefine-sym=stderr=colonnade_standard_error"
                run([self.tools / "llvm-objcopy", renaming, archive, copy])
            copies.append(copy)
        return [*([] if MAC else self.without_old_frames(copies)), *copies]

    def without_old_frames(self, archives):
        """Returns objects that take the place of the decoders of zstd's frames before version 0.8. They are never called, since
        `ZstdCodec` refuses such frames, and their code would be 36 KB of the wheel.
        """
        archive = next(archive for archive in archives if archive.name == "libzstd.a")
        names = sorted(set(re.findall(r" U (\w+v0[0-7]_\w+)", run([self.tools / "llvm-nm", archive]))))
        functions = [f"void {name}(void);\nvoid {name}(void) {{ __builtin_trap(); }}\n" for name in names]
        source = SCRATCH / "old_frames.c"
        source.write_text("".join(functions), encoding="utf-8")
        return self.compile([source], []) if names else []

    def link(self, output, exported, inputs):
        """Links the inputs, Swift's runtime and `LIBRARIES` into one shared library that exports only `exported`."""
        output.parent.mkdir(parents=True, exist_ok=True)
        if MAC:
            flags = []
            options = ["-dead_strip", "-x", "-install_name", f"@rpath/{output.name}"]
            options += [word for name in exported for word in ("-exported_symbol", f"_{name}")]
        else:
            flags = LINUX_LINK
            script = SCRATCH / f"{output.name}.exports"
            script.write_text(
                f"{{ global: {' '.join(f'{name};' for name in exported)} local: *; }};\n", encoding="utf-8"
            )
            options = [f"--version-script={script}", "-soname", output.name]
        words = [word for option in options for word in ("-Xlinker", option)]
        # Swift modules ask for the libraries by name too. In this folder the linker finds the archives, and not shared libraries.
        inputs = [*inputs, *self.archives(), "-L", SCRATCH / "libraries"]
        run([self.tools / "swiftc", "-emit-library", "-o", output, *inputs, "-lz", "-lm", *flags, *words])

    def drop_unwind_tables(self, library):
        """Removes the tables for C++ exceptions, which pass through no code of the library: a twelfth of the wheel. A thread that
        Python ends with `pthread_exit` needs none: without tables the C library stops unwinding and ends it.
        """
        if not MAC:
            sections = (".eh_frame", ".eh_frame_hdr", ".gcc_except_table")
            run([self.tools / "llvm-objcopy", *(f"--remove-section={name}" for name in sections), library])


def python_headers():
    folder = Path(sysconfig.get_path("include"))
    if not (folder / "Python.h").is_file():
        raise BuildError(
            f"{folder / 'Python.h'} does not exist: install the headers of Python {platform.python_version()}"
            f" (Debian: python3-dev), or build with another Python"
        )
    return folder


# The library with the code of the Python package's extension and command.
CORE = "libcolonnade_core.dylib" if MAC else "libcolonnade_core.so"

# The command of the Python package: its code is in the core.
MAIN = """
int ColonnadeCLI_main(int count, char **arguments);
int main(int count, char **arguments) { return ColonnadeCLI_main(count, arguments); }
"""


def core_objects(archive):
    """Returns the archive, and before it the objects with the C interface, which a linker does not export out of an archive."""
    sources = sorted((ROOT / "Sources/ColonnadeC").rglob("*.swift"))
    return [*(archive.parent / "ColonnadeC.build" / f"{source.name}.o" for source in sources), archive]


def build_for_python(folder, command=True):
    """Writes the compiled files of the package to the folder; returns {file: path in the wheel}.

    The core is one library, to which the extension and the command are linked.
    """
    headers = python_headers()
    toolchain = Toolchain(command)
    objects = core_objects(toolchain.archive()) + (toolchain.program_objects() if command else [])
    core = folder / CORE
    toolchain.link(core, ["colonnade_*", *(["ColonnadeCLI_main"] if command else [])], objects)
    toolchain.drop_unwind_tables(core)
    flags = [f"-DPy_LIMITED_API={LIMITED_API}", "-I", ROOT / "Sources/CColonnade/include", "-isystem", headers]
    extension = folder / "_core.abi3.so"
    bundle = ["-bundle", "-undefined", "dynamic_lookup"] if MAC else ["-shared"]
    sources = sorted((ROOT / "python/extension").glob("*.c"))
    toolchain.link_to_core(extension, core, toolchain.compile(sources, flags), "", *bundle)
    files = {core: f"colonnade/{core.name}", extension: "colonnade/_core.abi3.so"}
    if command:
        program = folder / "bin/colonnade"
        source = SCRATCH / "main.c"
        source.write_text(MAIN, encoding="utf-8")
        toolchain.link_to_core(program, core, toolchain.compile([source], []), "/..")
        files[program] = "colonnade/_bin/colonnade"
    return files


def platform_tag(files):
    """Returns the platform of a wheel with the files: on Linux the oldest glibc that has all symbols that they need (PEP 600)."""
    system = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    if MAC or platform.libc_ver()[0] != "glibc":
        return system
    tools = find_swift()
    needed = "".join(run([tools / "llvm-objdump", "-p", file]) for file in files)
    major, minor = max((int(major), int(minor)) for major, minor in re.findall(r"GLIBC_(\d+)\.(\d+)", needed))
    return system.replace("linux", f"manylinux_{major}_{minor}", 1)


def release():
    """Returns the version of the release and of the C interface. The second is in the file name that programs link."""
    version = (ROOT / "Sources/ColonnadeCore/Release.swift").read_text(encoding="utf-8")
    header = (ROOT / "Sources/CColonnade/include/colonnade.h").read_text(encoding="utf-8")
    interface = re.search(r"#define COLONNADE_ABI_VERSION (\d+)", header)
    return re.search(r'releaseVersion: StaticString = "([^"]+)"', version)[1], interface[1]


def build_for_c(folder, command=True):
    version, interface = release()
    include, libraries = folder / "include", folder / "lib"
    for made in (include, libraries / "pkgconfig"):
        made.mkdir(parents=True, exist_ok=True)
    plain = "libcolonnade.dylib" if MAC else "libcolonnade.so"
    named = f"libcolonnade.{interface}.dylib" if MAC else f"libcolonnade.so.{interface}"
    toolchain = Toolchain(command)
    toolchain.link(libraries / named, ["colonnade_*"], core_objects(toolchain.archive()))
    (libraries / plain).unlink(missing_ok=True)
    (libraries / plain).symlink_to(named)
    headers = sorted((ROOT / "Sources/CColonnade/include").glob("*.h"))
    for header in headers:
        shutil.copy2(header, include)
    (libraries / "pkgconfig/colonnade.pc").write_text(
        f"prefix={folder}\nName: colonnade\nDescription: Memory-mapped data sets, and pipelines over them\n"
        f"Version: {version}\nCflags: -I${{prefix}}/include\nLibs: -L${{prefix}}/lib -lcolonnade\n",
        encoding="utf-8",
    )
    return [libraries / named, *(include / header.name for header in headers), libraries / "pkgconfig/colonnade.pc"]


def build_for_check(folder, command=True):
    toolchain = Toolchain(command)
    toolchain.variables["COLONNADE_PACKAGE"] = "check"
    folder.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copy2(toolchain.build("AllocationCheck") / "AllocationCheck", folder))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    builds = {"python": build_for_python, "c": build_for_c, "check": build_for_check}
    parser.add_argument("product", choices=builds)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    build = builds[arguments.product]
    for file in build(folder, command=os.environ.get(WITHOUT_COMMAND) != "1"):
        print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    try:
        main()
    except BuildError as error:
        sys.exit(f"native.py: {error}")
