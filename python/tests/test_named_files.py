# SPDX-License-Identifier: Apache-2.0
"""Tests of files that rows and splits name: only files that the user allows are read or written."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import colonnade as dx
import numpy as np
import pytest

datasets = pytest.importorskip("datasets")
Image = pytest.importorskip("PIL.Image")

PIXELS = np.arange(6, dtype=np.uint8).reshape(2, 3)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """Makes pictures inside and outside of `pictures`, links between them, and objects that are not files."""
    root = tmp_path / "pictures"
    (root / "inner").mkdir(parents=True)
    for place in (root / "a.png", root / "inner" / "b.png", tmp_path / "secret.png"):
        Image.fromarray(PIXELS).save(place)
    (root / "out.png").symlink_to(tmp_path / "secret.png")
    (root / "in.png").symlink_to("inner/b.png")
    (root / "up").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.png")
    (root / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "pictures-of-others").mkdir()
    Image.fromarray(PIXELS).save(tmp_path / "pictures-of-others" / "c.png")
    return root


def of_paths(paths: list[str], kind: str) -> Any:
    files = [{"bytes": None, "path": path} for path in paths]
    features = datasets.Features({"image": datasets.Image()})
    dataset = datasets.Dataset.from_dict({"image": files}, features=features)
    if kind == "IterableDataset":
        return dataset.to_iterable_dataset()
    return dataset.with_transform(lambda batch: batch) if kind == "with_transform" else dataset


KINDS = ("Dataset", "IterableDataset", "with_transform")


@pytest.mark.parametrize("kind", KINDS)
def test_rows_name_files_only_where_the_user_allows_it(folder: pathlib.Path, kind: str) -> None:
    target = folder.parent / "x.colonnade"
    inside = [str(folder / "a.png"), str(folder / "in.png"), str(folder / "inner" / ".." / "a.png")]
    with pytest.raises(ValueError, match='row 0, column "image": the row names the file .*image_root='):
        dx.ingest(of_paths(inside, kind), target)
    buffer = dx.ingest(of_paths(inside, kind), target, image_root=folder)
    assert [sample["image"].tolist() for sample in buffer] == [PIXELS.tolist()] * 3
    outside = ["out.png", "up/secret.png", "../secret.png", "/dev/zero", "zero.png", "/etc/passwd", "..",
               "../pictures-of-others/c.png"]  # fmt: skip
    for name in outside:
        with pytest.raises(ValueError, match='row 1, column "image": .*outside of image_root'):
            dx.ingest(of_paths([inside[0], str(folder / name)], kind), target, image_root=str(folder), overwrite=True)
    for name in ("https://example.org/a.png", "zip://a.png::b.zip"):
        with pytest.raises(ValueError, match='row 0, column "image": .*is not here'):
            dx.ingest(of_paths([name], kind), target, image_root=folder, overwrite=True)


def doubled(row: dict[str, Any]) -> dict[str, Any]:
    return {"pixels": np.asarray(row["image"])}


#: Functions of the user for which the library decodes files.
FUNCTIONS: dict[str, Any] = {
    "map": lambda stream: stream.map(doubled, remove_columns=["image"]),
    "map, features": lambda stream: stream.map(
        doubled, features=datasets.Features({"image": datasets.Image(), "pixels": datasets.Array2D((2, 3), "uint8")})
    ),
    "map of a selection": lambda stream: stream.skip(0).take(9).shuffle(1).map(doubled, remove_columns=["image"]),
    "filter": lambda stream: stream.filter(lambda row: np.asarray(row["image"]).any()).rename_column("image", "pixels"),
    "batched": lambda stream: stream.map(
        lambda rows: {"pixels": [np.asarray(image) for image in rows["image"]]}, batched=True, remove_columns=["image"]
    ),
    "map of two": lambda stream: datasets.concatenate_datasets([stream, stream.take(0)]).map(
        doubled, remove_columns=["image"]
    ),
    "interleaved": lambda stream: datasets.interleave_datasets(
        [stream, stream.take(0)], stopping_strategy="all_exhausted"
    ).map(doubled, remove_columns=["image"]),
    "decode": lambda stream: stream.decode(num_threads=2).map(doubled, remove_columns=["image"]),
    "cast": lambda stream: stream.cast_column("image", datasets.Image(mode="L")).map(doubled, remove_columns=["image"]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_streams_see_no_other_files(
    folder: pathlib.Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = folder.parent / "x.colonnade"
    inside, secret = str(folder / "a.png"), str(folder.parent / "secret.png")
    made = FUNCTIONS[name](of_paths([inside, "inner/b.png"], "IterableDataset"))
    buffer = dx.ingest(made, target, image_root=folder)
    assert [sample["pixels"].tolist() for sample in buffer] == [PIXELS.tolist()] * 2
    opened: list[Any] = []
    open_image = Image.open
    monkeypatch.setattr(Image, "open", lambda file, *others: opened.append(file) or open_image(file, *others))
    for root, path in ((None, inside), (None, secret), (folder, secret), (folder, str(folder / "up" / "secret.png"))):
        made = FUNCTIONS[name](of_paths([path], "IterableDataset"))
        with pytest.raises(ValueError, match="the row names the file .*image_root="):
            dx.ingest(made, target, image_root=root, overwrite=True)
        for remote in ("file://" + secret, "zip://a.png::file://" + secret, "zip://secret.png::" + secret):
            with pytest.raises(ValueError, match="is not here|image_root="):
                dx.ingest(
                    FUNCTIONS[name](of_paths([remote], "IterableDataset")), target, image_root=root, overwrite=True
                )
    assert not any(isinstance(file, (str, os.PathLike)) for file in opened)


def test_functions_of_streams_see_the_bytes_of_rows(folder: pathlib.Path) -> None:
    rows = {"image": [Image.fromarray(PIXELS + i) for i in range(3)]}
    dataset = datasets.Dataset.from_dict(rows, features=datasets.Features({"image": datasets.Image()}))
    for name, made in FUNCTIONS.items():
        buffer = dx.ingest(made(dataset.to_iterable_dataset()), folder.parent / "x.colonnade", overwrite=True)
        got = sorted(sample["pixels"].tolist() for sample in buffer)
        assert got == [(PIXELS + i).tolist() for i in range(3)], name
    nested = datasets.Features({"a": {"clip": datasets.Sequence(datasets.Image())}})
    files = {"a": [{"clip": [{"bytes": None, "path": str(folder.parent / "secret.png")}]}]}
    named = datasets.Dataset.from_dict(files, features=nested)
    for each in (named.with_transform(lambda rows: rows), named.to_iterable_dataset().map(lambda row: row)):
        with pytest.raises(ValueError, match='column "a.clip": the row names the file'):
            dx.ingest(each, folder.parent / "x.colonnade", overwrite=True)


@pytest.mark.parametrize("kind", KINDS[:2])
def test_only_regular_files_are_read(folder: pathlib.Path, kind: str) -> None:
    target = folder.parent / "x.colonnade"
    assert len(dx.ingest(of_paths(["a.png", "inner/b.png"], kind), target, image_root=folder)) == 2
    for name, message in (
        ("pipe.png", "not a regular file"),
        ("inner", "not a regular file"),
        ("none.png", "none.png"),
    ):
        with pytest.raises((ValueError, OSError), match=f'row 0, column "image": .*{message}'):
            dx.ingest(of_paths([name], kind), target, image_root=folder, overwrite=True)


def test_files_in_lists_are_not_opened(folder: pathlib.Path) -> None:
    features = datasets.Features({"clip": datasets.Sequence(datasets.Image()), "n": datasets.Value("int64")})
    rows = {"clip": [[{"bytes": None, "path": str(folder / "pipe.png")}]], "n": [1]}
    dataset = datasets.Dataset.from_dict(rows, features=features)
    for each in (dataset, dataset.to_iterable_dataset()):
        with pytest.raises(ValueError):
            dx.ingest(each, folder.parent / "x.colonnade")
        assert len(dx.ingest(each, folder.parent / "n.colonnade", columns=["n"], overwrite=True)) == 1


@pytest.mark.parametrize("root", ["none", 3, b"."])
def test_roots_that_cannot_be(tmp_path: pathlib.Path, root: Any) -> None:
    with pytest.raises((TypeError, FileNotFoundError), match="image_root"):
        dx.ingest([{"x": 1}], tmp_path / "x.colonnade", image_root=root)


@pytest.mark.parametrize("name", ["../evil", "../../evil", "a/b", "/etc/evil", "..", ".", "", "a\\b", "a\0b", "a\nb"])
def test_splits_are_written_nowhere_else(tmp_path: pathlib.Path, name: str) -> None:
    splits = datasets.DatasetDict({"train": datasets.Dataset.from_dict({"x": [1]})})
    dict.__setitem__(splits, name, splits["train"])
    for target in (tmp_path / "inner" / "out", tmp_path / "inner-{split}.colonnade"):
        with pytest.raises(ValueError, match="cannot be part of a file's name"):
            dx.ingest(splits, target)
    assert {place.name for place in tmp_path.rglob("*")} <= {"inner", "out"}
