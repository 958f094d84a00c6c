# SPDX-License-Identifier: Apache-2.0
"""Tests that values that C cannot hold are refused and never truncated, and that failed allocations are errors."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import colonnade as dx
import numpy as np
import pytest


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


def _writer(path: pathlib.Path, **arguments: Any) -> None:
    with dx.Writer(path, **arguments) as writer:
        writer.append({name: 1 for name in arguments.get("schema", ["b"])})


def _arrow(path: pathlib.Path) -> None:
    pa = pytest.importorskip("pyarrow")
    dx.ingest(pa.table({"b": [1], "b\0z": [2]}), path)


def _nested(path: pathlib.Path) -> None:
    pa = pytest.importorskip("pyarrow")
    dx.ingest(pa.table({"s": [{"b\0z": 2}]}), path)


def _frame(path: pathlib.Path) -> None:
    pd = pytest.importorskip("pandas")
    dx.ingest(pd.DataFrame({"b": [1], "b\0z": [2]}), path)


def _polars(path: pathlib.Path) -> None:
    pl = pytest.importorskip("polars")
    dx.ingest(pl.DataFrame({"b": [1], "b\0z": [2]}), path)


NUL: dict[str, Callable[[pathlib.Path], Any]] = {
    "samples": lambda path: dx.ingest([{"b": 1, "b\0z": 2}], path),
    "iterable": lambda path: dx.ingest(({"b": 1, "b\0z": 2} for _ in range(2)), path),
    "arrays": lambda path: dx.ingest({"b": np.arange(2), "b\0z": np.arange(2)}, path),
    "schema": lambda path: dx.ingest([{"b\0z": 1}], path, schema={"b\0z": "int64"}),
    "labels": lambda path: dx.ingest([{"b": 1}], path, labels={"b": ["x", "y\0z"]}),
    "metadata key": lambda path: dx.ingest([{"b": 1}], path, metadata={"k\0l": "v"}),
    "metadata value": lambda path: dx.ingest([{"b": 1}], path, metadata={"k": "v\0w"}),
    "array metadata": lambda path: dx.ingest({"b": np.arange(2)}, path, metadata={"k": "v\0w"}),
    "writer": lambda path: _writer(path, metadata={"k": "v\0w"}),
    "writer schema": lambda path: _writer(path, schema={"b\0z": "int64"}),
    "buffer": lambda path: dx.buffer_from_vector([{"b": 1, "b\0z": 2}]),
    "rename": lambda path: dx.buffer_from_vector([{"b": 1}]).rename_key("b", "b\0z"),
    "function": lambda path: dx.buffer_from_vector([{"b": 1}]).sample_transform(lambda s: {"b\0z": 1}),
    "arrow": _arrow,
    "arrow struct": _nested,
    "pandas": _frame,
    "polars": _polars,
}


@pytest.mark.parametrize("way", NUL)
def test_a_nul_character_is_refused_and_never_cuts(path: pathlib.Path, way: str) -> None:
    with pytest.raises((ValueError, KeyError)) as found:
        NUL[way](path)
    assert "\0" not in str(found.value)
    assert not path.exists()


def test_metadata_has_a_limit(path: pathlib.Path) -> None:
    dx.ingest([{"b": 1}], path, metadata={"k": "v" * ((1 << 24) - 1)})
    assert len(dx.open(path).metadata["k"]) == (1 << 24) - 1
    with pytest.raises(dx.Error, match="too many: a file has at most 65535, of 16777216 bytes"):
        dx.ingest([{"b": 1}], path, metadata={"k": "v" * (1 << 24)}, overwrite=True)
    with pytest.raises(dx.Error, match="65536 metadata entries"):
        dx.ingest([{"b": 1}], path, metadata={str(i): "" for i in range(65_536)}, overwrite=True)


COMMAND = [sys.executable, "-m", "colonnade"]

PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True, timeout=120)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
print(done.stdout + done.stderr)
"""


def peak(*words: str) -> tuple[int, int, str]:
    """Returns the exit code of a command, its peak memory in MiB, and its output."""
    done = subprocess.run([sys.executable, "-c", PEAK, *words], capture_output=True, text=True, timeout=120)
    first, _, rest = done.stdout.partition("\n")
    code, size = map(int, first.split())
    return code, size, rest


def command(*words: str | pathlib.Path) -> tuple[int, int, str]:
    program = pathlib.Path(dx.__file__).parent / "_bin" / "colonnade"
    if not program.exists() or sys.platform == "darwin":
        pytest.skip("this package has no command, or another unit of memory")
    return peak(str(program), *map(str, words))


ROW = 1 << 25
ZEROS: dict[str, Callable[[], Any]] = {
    "uint8[?]": lambda: np.zeros(ROW, "uint8"),
    "bool[?]": lambda: np.zeros(ROW, "bool"),
    "string": lambda: "é" * (ROW // 2),
    "int64[?,2]": lambda: np.zeros((ROW // 16, 2), "int64"),
}


@pytest.mark.parametrize("kind", ZEROS)
def test_verification_takes_no_memory_for_what_a_small_file_decodes_to(path: pathlib.Path, kind: str) -> None:
    with dx.Writer(path, schema={"x": kind}, codec="zlib") as writer:
        writer.append({"x": ZEROS[kind]()})
    assert path.stat().st_size < ROW // 200
    code, size, text = command("verify", path)
    assert code == 0 and size < 40, (size, text)


def test_opening_and_looking_takes_no_memory_for_what_a_small_file_decodes_to(path: pathlib.Path) -> None:
    with dx.Writer(path, schema={"x": "uint8[?]"}, codec="zlib") as writer:
        writer.append({"x": np.zeros(ROW, "uint8")})
    for words in (["info", "--json", "--layout", path], ["stats", "--json", path]):
        code, size, text = command(*words)
        assert code == 0 and size < 40, (words, size, text)
    program = "import sys, colonnade as dx; print(len(dx.open(sys.argv[1], verify='full')))"
    _, before, _ = peak(sys.executable, "-c", "import colonnade")
    code, size, text = peak(sys.executable, "-c", program, str(path))
    assert (code, text.strip()) == (0, "1") and size < before + 24


def test_metadata_takes_memory_in_proportion(path: pathlib.Path) -> None:
    dx.ingest([{"b": 1}], path, metadata={str(i): "" for i in range(3_000)} | {"k": "v" * (1 << 23)})
    for words in (["info", "--json", path], ["verify", path]):
        code, size, text = command(*words)
        assert code == 0 and size < 100, (words, size, text[:500])


def test_rows_without_bytes_are_no_endless_work(path: pathlib.Path) -> None:
    shape = (1 << 40, 0)
    dx.ingest(
        [{"x": np.zeros(shape, dtype="uint8")}, {"x": np.zeros((3, 0), dtype="uint8")}],
        path,
        schema={"x": "uint8[?,?]"},
    )
    assert path.stat().st_size < 1000 and dx.open(path)[0]["x"].shape == shape
    done = subprocess.run([*COMMAND, "head", "--json", str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "65536 empty arrays" in done.stderr and '"x"' in done.stderr
    done = subprocess.run(
        [*COMMAND, "head", "--json", "--skip", "1", str(path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and json.loads(done.stdout)["x"] == [[], [], []]


MEMORY = """
import resource, sys
import numpy as np
import colonnade as dx
buffer = dx.open(sys.argv[1])
limit = 1_500_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
stream = buffer.cast("x", "float64").batch(400)
for _ in range(2):
    try:
        stream[0]
    except MemoryError as error:
        assert isinstance(error, dx.OutOfMemoryError) and "use smaller batches" in str(error), error
    else:
        raise SystemExit("it went well")
assert buffer.batch(2)[0]["x"].shape == (2, 1_000_000)
print("alive")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of the address space is not enforced elsewhere")
def test_memory_that_there_is_not_is_a_memory_error(path: pathlib.Path) -> None:
    with dx.Writer(path) as writer:
        for _ in range(400):
            writer.append({"x": np.zeros(1_000_000, dtype="uint8")})
    done = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout == "alive\n", done.stderr
