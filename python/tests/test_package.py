# SPDX-License-Identifier: Apache-2.0
"""Tests of the contents of the wheel, its requirements, and its import time."""

import importlib.metadata
import os
import re
import resource
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import colonnade
import pytest

WHEEL_BYTES = 6 << 20
IMPORT_SECONDS = 0.100

needs_wheel = pytest.mark.skipif("COLONNADE_WHEEL" not in os.environ, reason="COLONNADE_WHEEL names no wheel")


def files_of_wheel():
    with zipfile.ZipFile(os.environ["COLONNADE_WHEEL"]) as wheel:
        return {entry.filename: entry for entry in wheel.infolist()}


def test_the_installed_package_is_tested_and_not_the_sources():
    assert Path(sys.prefix) in Path(colonnade.__file__).parents
    assert colonnade.__version__ == importlib.metadata.version("colonnade")


def test_no_swift_toolchain_is_on_the_path():
    assert shutil.which("swiftc") is None


@needs_wheel
def test_the_wheel_is_small_enough():
    size = Path(os.environ["COLONNADE_WHEEL"]).stat().st_size
    parts = {name: entry.compress_size for name, entry in files_of_wheel().items() if entry.compress_size > 100_000}
    print(f"{size:,} bytes: {parts}")
    assert size <= WHEEL_BYTES


@needs_wheel
def test_the_wheel_is_for_every_python_from_3_11_and_has_all_parts():
    assert re.search(r"-cp311-abi3-\w+\.whl$", os.environ["COLONNADE_WHEEL"])
    files = files_of_wheel()
    for name in ("__init__.py", "__main__.py", "libcolonnade_core.so", "_core.abi3.so", "_core.pyi", "py.typed"):
        assert f"colonnade/{name}" in files
    assert files[f"colonnade-{colonnade.__version__}.data/scripts/colonnade"].external_attr >> 16 & 0o111 == 0o111
    assert files["colonnade/_bin/colonnade"].external_attr >> 16 & 0o111 == 0o111


def test_only_numpy_is_required():
    required = importlib.metadata.requires("colonnade") or []
    names = [re.match(r"[\w.-]+", line)[0] for line in required if "extra ==" not in line]
    assert names == ["numpy"]


def seconds_of(code):
    """Returns the processor time, which other processes of a busy machine hardly change."""
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime


def test_the_import_is_quick():
    """Measures the time beyond NumPy's import, as the best of several."""
    subprocess.run([sys.executable, "-c", "import colonnade"], check=True)
    times = []
    for _ in range(7):
        base = seconds_of("import numpy")
        times.append(seconds_of("import numpy; import colonnade") - base)
    print(f"import colonnade takes {min(times) * 1000:.1f} ms beyond NumPy")
    assert min(times) < IMPORT_SECONDS


def test_the_import_brings_nothing_that_is_not_needed():
    code = "import sys, colonnade; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"torch", "jax", "mlx", "pyarrow", "datasets", "pandas", "polars", "PIL", "ml_dtypes"} & set(loaded)


def test_the_console_script_is_the_command():
    script = Path(sys.executable).with_name("colonnade")
    for command in ([script], [sys.executable, "-m", "colonnade"]):
        done = subprocess.run([*command, "--version"], capture_output=True, text=True)
        assert (done.returncode, done.stdout.strip()) == (0, colonnade.__version__), done.stderr
        done = subprocess.run([*command, "info", "there-is-none.colonnade"], capture_output=True, text=True)
        assert done.returncode == 66
        assert "there-is-none.colonnade" in done.stderr


@needs_wheel
def test_the_console_script_starts_python_only_for_what_python_reads(tmp_path):
    script = tmp_path / "linked"
    script.symlink_to(Path(sys.executable).with_name("colonnade"))
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b.PARQUET").write_text("x")
    (tmp_path / "folder").mkdir()

    def outcome(*arguments, **variables):
        done = subprocess.run(
            [script, *arguments], capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **variables}
        )
        return done.returncode, done.stdout + done.stderr

    # With this variable, no Python starts.
    without = {"PYTHONHOME": str(tmp_path)}
    assert outcome("--version", **without) == (0, colonnade.__version__ + "\n")
    assert outcome("ingest", "a.csv", "-o", "a.colonnade", **without)[0] == 0
    assert outcome("info", "a.colonnade", **without)[0] == 0
    for arguments in (
        ["help"],
        ["ingest", "--help"],
        ["ingest", "b.PARQUET", "-o", "b.colonnade"],
        ["ingest", "folder"],
    ):
        assert "Fatal Python error" in outcome(*arguments, **without)[1], arguments
    assert "WITH PYTHON" in outcome("help")[1]
    assert outcome("ingest", "b.PARQUET", "-o", "b.colonnade")[0] not in (0, 64, 127)
