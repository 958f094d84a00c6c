# SPDX-License-Identifier: Apache-2.0
"""Batches as tensors of other libraries."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import colonnade as dx
import numpy as np
import pytest

ADAPTERS = {"torch": dx.to_torch, "mlx.core": dx.to_mlx, "jax": dx.to_jax}
DTYPES = "bool int8 uint8 int16 int32 float16 float32".split()


@pytest.fixture
def buffer() -> dx.Buffer:
    return dx.buffer_from_vector(
        [{"x": np.full((2, 2), i, np.float32), "label": i, "text": np.array(str(i).encode())} for i in range(10)]
    )


def numpy_of(tensor: Any) -> np.ndarray:
    return np.asarray(tensor)


@pytest.mark.parametrize("name", ADAPTERS)
def test_each_library(name: str, buffer: dx.Buffer) -> None:
    module = pytest.importorskip(name)
    kind = {"torch": "Tensor", "mlx.core": "array", "jax": "Array"}[name]
    stream = ADAPTERS[name](buffer.shuffle(seed=1).to_stream().batch(4))
    first = list(stream)
    assert [len(batch["label"]) for batch in first] == [4, 4, 2]
    assert isinstance(first[0]["x"], getattr(module, kind))
    assert sorted(int(label) for batch in first for label in batch["label"]) == list(range(10))
    assert all((numpy_of(batch["x"])[:, 0, 0] == numpy_of(batch["label"])).all() for batch in first)
    stream.reset()
    second = list(stream)
    assert [numpy_of(b["label"]).tolist() for b in first] != [numpy_of(b["label"]).tolist() for b in second]
    assert [numpy_of(b["label"]).tolist() for b in stream.epoch(0)] == [numpy_of(b["label"]).tolist() for b in first]


@pytest.mark.parametrize("name", ADAPTERS)
def test_resuming(name: str, buffer: dx.Buffer) -> None:
    pytest.importorskip(name)

    def make() -> Any:
        return ADAPTERS[name](buffer.shuffle(seed=1).to_stream().batch(3).prefetch(2, 1))

    stream = make()
    next(stream)
    again = make().resume(json.loads(json.dumps(stream.state())))
    assert [numpy_of(b["label"]).tolist() for b in again] == [numpy_of(b["label"]).tolist() for b in stream]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ADAPTERS)
def test_data_types(name: str, dtype: str) -> None:
    pytest.importorskip(name)
    data = np.array([[0, 1], [1, 0]], dtype)
    for batch in ADAPTERS[name](dx.buffer_from_vector([{"x": row} for row in data]).batch(2)):
        assert str(batch["x"].dtype).rpartition(".")[2].replace("bool_", "bool") == dtype
        assert (numpy_of(batch["x"]) == data).all()


@pytest.mark.parametrize("name", ADAPTERS)
def test_bfloat16(name: str) -> None:
    pytest.importorskip(name)
    ml_dtypes = pytest.importorskip("ml_dtypes")
    buffer = dx.buffer_from_vector([{"x": np.array([1.5, -2], ml_dtypes.bfloat16)}] * 2)
    (batch,) = ADAPTERS[name](buffer.batch(2))
    assert str(batch["x"].dtype).rpartition(".")[2] == "bfloat16"
    assert [[float(x) for x in row] for row in batch["x"]] == [[1.5, -2]] * 2


def test_text_stays_text(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("torch")
    buffer = dx.ingest([{"t": "a"}, {"t": "bb"}], tmp_path / "t.colonnade")
    assert [sample["t"] for sample in dx.to_torch(buffer)] == ["a", "bb"]
    (batch,) = dx.to_torch(buffer.batch(2))
    assert list(batch["t"]) == ["a", "bb"]


@pytest.mark.filterwarnings("error")
def test_memory_is_shared_unless_it_is_the_files(tmp_path: pathlib.Path) -> None:
    torch = pytest.importorskip("torch")
    buffer = dx.ingest({"x": np.arange(4096, dtype=np.float32).reshape(-1, 4)}, tmp_path / "x.colonnade")
    in_order = buffer.to_stream().batch(256)
    array = next(in_order)["x"]
    in_order.reset()
    if array.flags.writeable:
        pytest.skip("batches in the order of the file are copied here")
    tensor = next(dx.to_torch(in_order))["x"]
    tensor.fill_(0)  # would end the process if it were the file
    assert buffer[0]["x"].tolist() == [0, 1, 2, 3] and (dx.open(tmp_path / "x.colonnade")[1]["x"] == [4, 5, 6, 7]).all()

    stream = buffer.shuffle(seed=1).to_stream().batch(256)
    array = next(stream)["x"]
    from colonnade._adapters import array_to_torch

    assert array.flags.writeable and array_to_torch(array).data_ptr() == array.ctypes.data
    assert torch.from_dlpack(array).data_ptr() == array.ctypes.data


def test_dlpack_of_read_only_arrays(tmp_path: pathlib.Path) -> None:
    buffer = dx.ingest({"x": np.arange(1024.0)}, tmp_path / "x.colonnade")
    array = next(buffer.to_stream().batch(512))["x"]
    assert (np.from_dlpack(array) == np.arange(512)).all()
    # JAX requests a version of the protocol without that flag, and its adapter does not use it.
    pytest.importorskip("jax")
    assert (np.asarray(next(iter(dx.to_jax(buffer.to_stream().batch(512))))["x"]) == np.arange(512)).all()


def test_a_tensor_outlives_everything(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("torch")
    dx.ingest({"x": np.arange(100_000).reshape(-1, 10)}, tmp_path / "x.colonnade")
    stream = dx.open(tmp_path / "x.colonnade").shuffle(seed=1).to_stream().batch(100).prefetch(4, 2)
    tensors = [batch["x"] for batch in dx.to_torch(stream)]
    del stream
    (tmp_path / "x.colonnade").unlink()
    assert sum(int(tensor.sum()) for tensor in tensors) == sum(range(100_000))


def test_other_objects_are_not_streams() -> None:
    pytest.importorskip("torch")
    with pytest.raises(TypeError, match="to_torch takes a Stream or a Buffer, not list"):
        dx.to_torch([])  # type: ignore[arg-type]


def test_a_library_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match="pip install jax"):
        dx.to_jax(dx.buffer_from_vector([{"x": 1}]))
