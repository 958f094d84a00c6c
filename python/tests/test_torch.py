# SPDX-License-Identifier: Apache-2.0
"""Tests of data sets for PyTorch's DataLoader."""

from __future__ import annotations

import json
import pathlib
import pickle
from typing import Any

import colonnade as dx
import numpy as np
import pytest

torch = pytest.importorskip("torch")

import colonnade.torch as cdt  # noqa: E402
from test_tutorial import blocks  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

# Each spawned worker imports PyTorch for two seconds.
METHODS: list[Any] = [(0, None), (2, "fork"), (1, "spawn")]


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "data.colonnade"
    dx.ingest({"image": np.arange(1000 * 6, dtype=np.uint8).reshape(-1, 2, 3), "label": np.arange(1000)}, path)
    return path


def batched(part: dx.Buffer) -> dx.Stream:
    return part.to_stream().batch(10)


def labels(loader: Any) -> list[list[int]]:
    return [batch["label"].tolist() for batch in loader]


@pytest.mark.parametrize("workers, method", METHODS)
def test_rows_by_number(path: pathlib.Path, workers: int, method: str | None) -> None:
    for data in (cdt.Dataset(path), cdt.Dataset(dx.open(path))):
        loader = DataLoader(data, batch_size=64, shuffle=True, num_workers=workers, multiprocessing_context=method)
        batches = list(loader)
        assert [len(batch["label"]) for batch in batches] == [64] * 15 + [40]
        seen = torch.cat([batch["label"] for batch in batches])
        assert seen.tolist() != list(range(1000)) and sorted(seen.tolist()) == list(range(1000))
        images = torch.cat([batch["image"] for batch in batches])
        assert images.shape == (1000, 2, 3) and images.dtype == torch.uint8
        assert (images[:, 0, 0] == (seen * 6) % 256).all()


def test_rows_are_gathered_at_once(path: pathlib.Path) -> None:
    data = cdt.Dataset(path)
    rows = data.__getitems__([5, 3, 3, -1])
    assert len(rows) == 4 and [int(row["label"]) for row in rows] == [5, 3, 3, 999] and int(rows[-1]["label"]) == 999
    batch = torch.utils.data.default_collate(rows)
    assert batch["label"].data_ptr() == rows.batch["label"].data_ptr()  # type: ignore[attr-defined]
    assert torch.utils.data.default_collate(rows[1:3])["label"].tolist() == [3, 3]
    assert torch.utils.data.default_collate(list(rows))["label"].tolist() == [5, 3, 3, 999]
    loader = DataLoader(data, batch_size=4, collate_fn=lambda rows: [int(row["label"]) for row in rows])
    assert next(iter(loader)) == [0, 1, 2, 3]
    with pytest.raises(IndexError):
        data[1000]
    with pytest.raises(IndexError):
        rows[4]


def test_ragged_rows_and_text_are_not_padded(tmp_path: pathlib.Path) -> None:
    buffer = dx.ingest([{"x": [1] * i, "t": str(i)} for i in range(6)], tmp_path / "ragged.colonnade")
    loader = DataLoader(cdt.Dataset(buffer), batch_size=3, collate_fn=list)
    assert [[(len(row["x"]), row["t"]) for row in rows] for rows in loader] == [
        [(0, "0"), (1, "1"), (2, "2")],
        [(3, "3"), (4, "4"), (5, "5")],
    ]


@pytest.mark.parametrize("workers, method", METHODS)
def test_each_row_once_over_workers(path: pathlib.Path, workers: int, method: str | None) -> None:
    data = cdt.IterableDataset(dx.open(path).shuffle(seed=1), batched)
    loader = DataLoader(data, batch_size=None, num_workers=workers, multiprocessing_context=method)
    first, second = labels(loader), labels(loader)
    for epoch in (first, second):
        assert sorted(sum(epoch, [])) == list(range(1000))
    assert first != second
    data.set_epoch(0)
    assert labels(loader) == first and labels(loader) == second


def test_workers_that_stay_go_on_with_the_epochs(path: pathlib.Path) -> None:
    data = cdt.IterableDataset(dx.open(path).shuffle(seed=1), batched)
    loader = DataLoader(data, batch_size=None, num_workers=2, persistent_workers=True)
    first, second = labels(loader), labels(loader)
    data.set_epoch(0)
    assert first != second and labels(loader) == first


def test_torch_collates_samples(path: pathlib.Path) -> None:
    loader = DataLoader(cdt.IterableDataset(path), batch_size=100)
    assert [len(batch) for batch in labels(loader)] == [100] * 10


def test_ranks_have_equal_parts(path: pathlib.Path) -> None:
    buffer = dx.open(path).take(997).shuffle(seed=1)
    seen: list[int] = []
    for rank in range(4):
        loader = DataLoader(cdt.IterableDataset(buffer, rank=rank, of=4), batch_size=None, num_workers=2)
        part = [int(sample["label"]) for sample in loader]
        assert len(part) == 249
        seen += part
    assert len(set(seen)) == len(seen) == 996


@pytest.mark.parametrize("stop", [0, 1, 37, 100])
def test_state(path: pathlib.Path, stop: int) -> None:
    def make() -> Any:
        return cdt.IterableDataset(dx.open(path).shuffle(seed=1), batched)

    data = make()
    whole = [labels(data), labels(data), labels(data)]
    data = make()
    list(data)
    pulled = iter(data)
    for _ in range(stop):
        next(pulled)
    state = json.loads(json.dumps(data.state_dict()))
    again = make()
    again.load_state_dict(state)
    assert again.state_dict()["stream"] == state["stream"]
    assert labels(again) == whole[1][stop:] and labels(again) == whole[2]


def test_state_before_anything(path: pathlib.Path) -> None:
    data = cdt.IterableDataset(dx.open(path).shuffle(seed=1), batched)
    data.set_epoch(3)
    again = cdt.IterableDataset(dx.open(path).shuffle(seed=1), batched)
    again.load_state_dict(data.state_dict())
    assert labels(again) == labels(data)


def test_pickle(path: pathlib.Path) -> None:
    data = pickle.loads(pickle.dumps(cdt.Dataset(dx.open(path).take(10))))
    assert len(data) == 10 and int(data[3]["label"]) == 3 and "Dataset" in repr(data)
    assert len(list(pickle.loads(pickle.dumps(cdt.IterableDataset(path))))) == 1000


def test_bad_arguments(path: pathlib.Path) -> None:
    with pytest.raises(TypeError, match="a Stream cannot be divided"):
        cdt.Dataset(dx.open(path).to_stream())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="rank and of belong together"):
        cdt.IterableDataset(path, rank=1)
    with pytest.raises(TypeError, match="make_stream must be a function"):
        cdt.IterableDataset(path, 3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="make_stream must return a Stream"):
        iter(cdt.IterableDataset(path, lambda part: part))  # type: ignore[arg-type, return-value]
    with pytest.raises(FileNotFoundError):
        cdt.Dataset("none.colonnade")


def test_stateful_data_loader(path: pathlib.Path) -> None:
    loader = pytest.importorskip("torchdata.stateful_dataloader").StatefulDataLoader

    def make() -> Any:
        return loader(cdt.IterableDataset(dx.open(path).shuffle(seed=1), batched), batch_size=None, num_workers=2)

    whole = labels(make())
    stopped = make()
    pulled = iter(stopped)
    for _ in range(31):
        next(pulled)
    again = make()
    again.load_state_dict(stopped.state_dict())
    assert labels(again) == whole[31:]


def test_lightning(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    lightning = pytest.importorskip("lightning.pytorch")

    class Model(lightning.LightningModule):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(6, 1)
            self.seen: list[int] = []

        def training_step(self, batch: Any, index: int) -> Any:
            self.seen += batch["label"].tolist()
            return self.layer(batch["image"].float().flatten(1)).mean()

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=1e-6)

    data = cdt.IterableDataset(dx.open(path).shuffle(seed=1), batched)
    for loader in (DataLoader(cdt.Dataset(path), batch_size=100), DataLoader(data, batch_size=None, num_workers=2)):
        model = Model()
        trainer = lightning.Trainer(
            max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            default_root_dir=tmp_path,
        )  # fmt: skip
        trainer.fit(model, loader)
        assert sorted(model.seen) == sorted(2 * list(range(1000)))


def crops(loader: Any) -> list[list[int]]:
    return sorted(row.tolist() for batch in loader for row in batch["x"])


@pytest.mark.parametrize("workers", [0, 2])
def test_each_epoch_of_a_map_style_data_set_draws_anew(workers: int) -> None:
    buffer = dx.buffer_from_vector([{"x": np.arange(100) + 1000 * i} for i in range(8)]).random_slice("x", 0, 2, seed=1)
    of_epochs = [sorted(s["x"].tolist() for s in buffer.to_stream().epoch(epoch)) for epoch in range(4)]
    data = cdt.Dataset(buffer)
    loader = DataLoader(data, batch_size=3, shuffle=True, num_workers=workers)
    assert [crops(loader) for _ in range(3)] == of_epochs[:3]
    data.set_epoch(3)
    assert crops(loader) == of_epochs[3]
    data.set_epoch(1)
    assert [crops(loader) for _ in range(2)] == of_epochs[1:3]
    # Rows one by one, and rows of several epochs at once.
    data.set_epoch(0)
    assert data[-1]["x"].tolist() == buffer[7]["x"].tolist()
    assert sorted(row["x"].tolist() for row in data.__getitems__(list(range(8)))) == sorted(
        [*of_epochs[0][:7], of_epochs[1][7]]
    )
    with pytest.raises(IndexError):
        data[8]


def test_the_code_of_the_page(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    page = pathlib.Path(__file__).resolve().parents[2] / "docs/pytorch.md"
    for number, block in enumerate(blocks(page.read_text(encoding="utf-8"))):
        exec(compile(block, f"pytorch, block {number}", "exec"), names)
    assert capsys.readouterr().out.split() == ["True"] * 4
    assert sorted(names["orders"][0]) == sorted(row % 3 for row in range(20))
    assert sorted(label for batch in names["loader"] for label in batch["label"].tolist()) == sorted(names["orders"][0])
