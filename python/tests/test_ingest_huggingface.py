# SPDX-License-Identifier: Apache-2.0
"""Tests of ingest of data sets of Hugging Face."""

from __future__ import annotations

import io
import pathlib
from typing import Any

import colonnade as dx
import fashion
import numpy as np
import pytest

datasets = pytest.importorskip("datasets")
Image = pytest.importorskip("PIL.Image")

datasets.disable_progress_bars()


@pytest.fixture(scope="module")
def images() -> Any:
    return fashion.dataset("train", 300)


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


def assert_same(buffer: dx.Buffer, dataset: Any) -> None:
    rows = list(dataset)
    assert len(buffer) == len(rows) > 0
    for got, want in zip(buffer, rows):
        assert (got["image"] == np.array(want["image"])).all() and got["label"] == want["label"]


def test_images_are_decoded_and_names_of_classes_kept(images: Any, path: pathlib.Path) -> None:
    buffer = dx.ingest(images, path)
    assert buffer.schema["image"] == dx.Field("tensor", "uint8", (28, 28))
    assert buffer.schema["label"] == dx.Field("tensor", "int64", (), fashion.NAMES)
    assert_same(buffer, images)


def test_images_stay_encoded_on_request(images: Any, path: pathlib.Path) -> None:
    buffer = dx.ingest(images, path, decode_images=False)
    assert buffer.schema["image"].kind == "bytes" and buffer.schema["image"].meaning == "image/png"
    with Image.open(io.BytesIO(buffer[5]["image"].tobytes())) as image:
        assert (np.asarray(image) == np.asarray(images[5]["image"])).all()


def test_filtered_shuffled_and_sorted_data_sets_are_read_in_their_order(images: Any, path: pathlib.Path) -> None:
    for dataset in (
        images.shuffle(seed=1),
        images.select(range(20, 50)),
        images.select([7, 3, 3, 250]),
        images.filter(lambda row: row["label"] == 3, load_from_cache_file=False).shuffle(seed=2),
        images.sort("label"),
        datasets.concatenate_datasets([images.select([1, 0]), images.shuffle(seed=3)]),
    ):
        assert_same(dx.ingest(dataset, path, overwrite=True), dataset)
    shuffled = images.shuffle(seed=1).remove_columns("image")
    buffer = dx.ingest(shuffled, path, overwrite=True)
    assert [int(sample["label"]) for sample in buffer] == list(shuffled["label"])
    assert buffer.schema["label"].meaning == fashion.NAMES


def test_streams(images: Any, path: pathlib.Path) -> None:
    stream = images.to_iterable_dataset(num_shards=3)
    assert_same(dx.ingest(stream, path), images)
    encoded = dx.ingest(stream.take(5), path, overwrite=True, decode_images=False)
    assert encoded.schema["image"].meaning == "image/png" and len(encoded) == 5
    generated = datasets.IterableDataset.from_generator(lambda: ({"x": [i, i], "s": str(i)} for i in range(10)))
    assert [sample["s"] for sample in dx.ingest(generated, path, overwrite=True)] == [str(i) for i in range(10)]
    mapped = stream.map(lambda row: {"double": 2 * row["label"]})
    assert [int(s["double"]) for s in dx.ingest(mapped, path, overwrite=True)] == [2 * y for y in images["label"]]


def test_splits(images: Any, tmp_path: pathlib.Path) -> None:
    splits = datasets.DatasetDict(train=images, test=images.select(range(10)))
    buffers = dx.ingest(splits, tmp_path / "all")
    assert {name: len(buffer) for name, buffer in buffers.items()} == {"train": 300, "test": 10}
    assert sorted(file.name for file in (tmp_path / "all").iterdir()) == ["test.colonnade", "train.colonnade"]
    dx.ingest(splits, tmp_path / "fashion-{split}.dx")
    assert len(dx.open(tmp_path / "fashion-test.dx")) == 10
    with pytest.raises(FileExistsError, match="train.colonnade exists"):
        dx.ingest(splits, tmp_path / "all")
    with pytest.raises(FileExistsError, match="several splits"):
        dx.ingest(splits, tmp_path / "fashion-test.dx")
    with pytest.raises(ValueError, match="no split"):
        dx.ingest(datasets.DatasetDict(), tmp_path / "none")
    streams = datasets.IterableDatasetDict(train=images.to_iterable_dataset())
    assert len(dx.ingest(streams, tmp_path / "streams")["train"]) == 300


def test_columns_of_all_kinds(path: pathlib.Path) -> None:
    features = datasets.Features(
        {
            "id": datasets.Value("int32"), "score": datasets.Value("float16"), "flag": datasets.Value("bool"),
            "text": datasets.Value("string"), "raw": datasets.Value("binary"),
            "grid": datasets.Array2D((2, 2), "uint8"),
            "tokens": datasets.Sequence(datasets.Value("int32")),
            "pair": datasets.Sequence(datasets.Value("int64"), length=2),
            "inner": {"a": datasets.Value("int64"), "b": datasets.Value("string")},
        }
    )  # fmt: skip
    rows = [
        {"id": i, "score": i / 2, "flag": i % 2 == 0, "text": f"t{i}", "raw": bytes([i]), "grid": [[i, 1], [2, 3]],
         "tokens": list(range(i)), "pair": [i, i], "inner": {"a": i, "b": "x"}}
        for i in range(5)
    ]  # fmt: skip
    plain = datasets.Dataset.from_list(rows, features=features)
    picture = [{"bytes": fashion.pngs("train", 1)[0], "path": None}] * 5
    pictured = plain.add_column("image", picture).cast_column("image", datasets.Image())
    turned = datasets.concatenate_datasets([plain.select([4, 3]), plain.select([2, 1, 0])]).select([4, 3, 2, 1, 0])
    for dataset in (plain, turned, pictured, pictured.select(range(5)), plain.to_iterable_dataset()):
        buffer = dx.ingest(dataset, path, overwrite=True)
        schema = buffer.schema
        assert (schema["id"].dtype, schema["score"].dtype, schema["flag"].dtype) == ("int32", "float16", "bool")
        assert schema["grid"] == dx.Field("tensor", "uint8", (2, 2)) and schema["pair"].shape == (2,)
        assert schema["tokens"] == dx.Field("tensor", "int32", (None,))
        for i, sample in enumerate(buffer):
            assert sample["text"] == f"t{i}" and sample["raw"].tobytes() == bytes([i]) and sample["inner.b"] == "x"
            assert sample["tokens"].tolist() == list(range(i)) and sample["grid"].tolist() == [[i, 1], [2, 3]]
            assert float(sample["score"]) == i / 2 and bool(sample["flag"]) == (i % 2 == 0) and sample["inner.a"] == i


def test_options(images: Any, path: pathlib.Path) -> None:
    buffer = dx.ingest(images, path, columns=["y=label", "x=image"], image_mode="RGB", metadata={"from": "here"})
    assert buffer.keys() == ["y", "x"] and buffer.schema["x"].shape == (28, 28, 3)
    assert buffer.schema["y"].meaning == fashion.NAMES and buffer.metadata["from"] == "here"
    named = dx.ingest(images.remove_columns("image"), path, overwrite=True, labels={"label": list("abcdefghij")})
    assert named.schema["label"].meaning == list("abcdefghij")


def test_a_transform_is_part_of_the_data(images: Any, path: pathlib.Path) -> None:
    dataset = images.with_transform(lambda batch: {"double": [2 * label for label in batch["label"]]})
    assert [int(sample["double"]) for sample in dx.ingest(dataset, path)] == [2 * label for label in images["label"]]
    assert_same(dx.ingest(images.with_format("numpy"), path, overwrite=True), images)


def test_missing_and_broken_values(images: Any, path: pathlib.Path) -> None:
    def with_image(value: Any) -> Any:
        features = datasets.Features({"image": datasets.Image()})
        files = [{"bytes": data, "path": None} for data in fashion.pngs("train", 300)[:100]]
        return datasets.Dataset.from_dict({"image": [*files, value]}, features=features)

    for value, message in (
        (None, "the value is missing"),
        ({"bytes": b"nothing", "path": None}, "cannot be decoded"),
        ({"bytes": fashion.pngs("train", 300)[0][:60], "path": None}, "cannot be decoded"),
        ({"bytes": None, "path": "none.png"}, "none.png"),
    ):
        with pytest.raises((ValueError, OSError), match=f'row 100, column "image": .*{message}'):
            dx.ingest(with_image(value), path)
        assert not path.exists()
    gap = datasets.Dataset.from_dict({"x": [1, None, 3]})
    with pytest.raises(ValueError, match='"x"'):
        dx.ingest(gap, path)
    assert [int(sample["x"]) for sample in dx.ingest(gap, path, fill={"x": -1})] == [1, -1, 3]


def test_the_bytes_of_rows_are_known_before_they_are_read() -> None:
    pa = pytest.importorskip("pyarrow")
    from colonnade._ingest.sizes import bounded, row_sizes

    texts = ["", "a" * 100, "b" * 5, "c" * 1000]
    columns = {
        "int64": (pa.array([1, 2, 3, 4]), [8] * 4),
        "bool": (pa.array([True, False, None, True]), [1] * 4),
        "string": (pa.array(texts), [4 + len(text) for text in texts]),
        "large": (pa.array(texts, pa.large_string()), [8 + len(text) for text in texts]),
        "list": (pa.array([[1], [], [1, 2, 3], None], pa.list_(pa.int32())), [8, 4, 16, 4]),
        "lists": (
            pa.array([["x"], [], texts, ["yy"]], pa.list_(pa.string())),
            [4 + 4 + 1, 4, 4 + 4 * 4 + 1105, 4 + 4 + 2],
        ),
        "fixed": (pa.array([[1, 2], [3, 4], [5, 6], [7, 8]], pa.list_(pa.int16(), 2)), [4] * 4),
        "struct": (
            pa.array([{"bytes": text.encode(), "path": None} for text in texts]),
            [4 + len(text) + 1 for text in texts],
        ),
    }
    for name, (array, sizes) in columns.items():
        batch = pa.record_batch({"x": array})
        assert (row_sizes(batch, np.arange(4)) - 8).tolist() == sizes, name
        assert (row_sizes(batch.slice(1, 3), np.array([2, 0, 0])) - 8).tolist() == [sizes[3], sizes[1], sizes[1]], name
    parts = list(bounded(pa.record_batch({"x": texts + [""] * 100}), 50, 200))
    assert [part.num_rows for part in parts] == [3, 1, 16, 16, 16, 16, 16, 16, 4]
    assert pa.Table.from_batches(parts).column("x").to_pylist() == texts + [""] * 100


def test_gathered_blocks_are_bounded_by_the_rows_they_take(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from colonnade._ingest import huggingface

    monkeypatch.setattr(huggingface, "_GATHERED_BYTES", 5000)
    sizes: list[int] = []
    block = huggingface._block

    def noted(*arguments: Any) -> Any:
        for batch in block(*arguments):
            sizes.append(batch.nbytes)
            yield batch

    monkeypatch.setattr(huggingface, "_block", noted)
    # A few rows are much larger than the average of the selected rows.
    texts = ["x" * (4000 if i % 100 == 0 else i % 7) for i in range(1000)]
    dataset = datasets.Dataset.from_dict({"x": texts, "i": list(range(1000))})
    for chosen in (list(range(0, 1000, 100)) * 3, [7, 7, 3], list(range(999, -1, -1))):
        sizes.clear()
        buffer = dx.ingest(dataset.select(chosen), path, overwrite=True)
        assert [int(sample["i"]) for sample in buffer] == chosen
        assert [sample["x"] for sample in buffer] == [texts[i] for i in chosen]
        assert max(sizes) <= 5000 and len(sizes) >= sum(len(texts[i]) for i in chosen) // 5000
    assert len(dx.ingest(dataset.select([]), path, overwrite=True, schema={"x": "string", "i": "int64"})) == 0


@pytest.mark.parametrize("is_streamed", [False, True])
def test_pictures_are_decoded_a_bounded_number_of_bytes_at_a_time(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, is_streamed: bool
) -> None:
    from colonnade._ingest import pixels
    from colonnade._ingest.pictures import Decoder

    monkeypatch.setattr(pixels, "_WINDOW_BYTES", 4 * 100 * 100 * 3)
    windows: list[int] = []
    decoded = Decoder.decoded

    def noted(decoder: Decoder, name: str, column: list[Any], row: int) -> Any:
        windows.append(sum(each.size for each in column))
        return decoded(decoder, name, column, row)

    monkeypatch.setattr(Decoder, "decoded", noted)
    # Pictures of one colour: small as files; large pictures come after many small ones.
    rows = [Image.new("L", (2, 2) if i < 70 else (100, 100), i) for i in range(100)]
    files = []
    for image in rows:
        file = io.BytesIO()
        image.save(file, "PNG")
        files.append({"bytes": file.getvalue(), "path": None})
    dataset: Any = datasets.Dataset.from_dict({"image": files}, features=datasets.Features({"image": datasets.Image()}))
    buffer = dx.ingest(dataset.to_iterable_dataset() if is_streamed else dataset, path)
    assert [int(sample["image"][0, 0]) for sample in buffer] == list(range(100))
    assert [sample["image"].shape for sample in buffer] == [image.size[::-1] for image in rows]
    assert max(windows) <= 4 * 100 * 100 * 3 and len(windows) >= 10


def test_the_first_picture_that_is_wrong_is_reported(path: pathlib.Path) -> None:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (50, 50), np.uint8)).save(file, "PNG")
    good, cut = file.getvalue(), file.getvalue()[:1000]
    files = [{"bytes": data, "path": None} for data in (good, good, cut, good, b"none")]
    dataset = datasets.Dataset.from_dict({"image": files}, features=datasets.Features({"image": datasets.Image()}))
    with pytest.raises(ValueError, match='row 2, column "image": the image cannot be decoded'):
        dx.ingest(dataset, path)
    with pytest.raises(ValueError, match='row 1, column "image": '):
        dx.ingest(dataset.select([0, 4, 2]), path)
