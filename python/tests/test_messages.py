# SPDX-License-Identifier: Apache-2.0
"""Tests of texts for people: descriptions of buffers and streams, rows in messages, and errors of producers."""

from __future__ import annotations

import functools
import inspect
import io
import pathlib
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import colonnade as dx
import numpy as np
import pytest


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "data.colonnade"


@pytest.fixture
def buffer(path: pathlib.Path) -> dx.Buffer:
    samples = [{"image": np.full((2, 3), i, np.uint8), "label": i % 2, "name": str(i)} for i in range(10)]
    return dx.ingest(samples, path, labels={"label": ["even", "odd"]}, metadata={"licence": "CC0"})


def test_buffers_and_streams_tell_keys_shapes_and_steps(buffer: dx.Buffer, path: pathlib.Path) -> None:
    assert str(buffer).splitlines() == [
        "Buffer of 10 samples",
        "  image  uint8[2,3]",
        "  label  int64, 2 classes: even, odd",
        "  name   string",
        f"made by open({str(path)!r})",
    ]

    def double(image: Any) -> Any:
        return image * 2

    stream = (
        buffer.shuffle(seed=3)
        .take(7)
        .select("image", "name")
        .to_stream()
        .key_transform("image", double)
        .batch(4, pad={"image": 1})
    )
    assert str(stream).splitlines() == [
        "Stream of 2 batches",
        "  image  uint8[?,?,?]",
        "  name   " + str(stream.schema["name"]),
        f"made by open({str(path)!r})",
        "  .shuffle(seed=3)",
        "  .take(count=7)",
        "  .select('image', 'name')",
        "  .to_stream()",
        "  .key_transform(key='image', func=double)",
        "  .batch(batch_size=4, pad={'image': 1.0})",
    ]
    assert str(stream.filter(lambda batch: True)).startswith("Stream of batches\n")
    mixed = str(buffer.to_stream().mix(buffer.to_stream(), seed=1))
    assert "Stream of samples" in mixed and ".mix([1 more], weights=[1.0, 1.0]" in mixed
    assert str(buffer.append(buffer)).startswith("Buffer of 20 samples") and "Buffer of 1 sample\n" in str(
        buffer.take(1)
    )


TRIE = dx.core.CharTrie()
TRIE.insert("a", 0)

STEPS: dict[str, Callable[[dx.Buffer], Any]] = {
    "buffer": lambda b: (
        b.shuffle(seed=1).perm([2, 1, 0, 3]).take(4).skip(1).partition(2, 0).batch(2, pad={"x": 1}, drop_last=True)
    ),
    "sizes": lambda b: b.append(b).zip(b.rename_key("x", "y").select("y")).batch([1, 2], dim={"x": 0}),
    "dynamic": lambda b: b.dynamic_batch("x", min_data_size=1, max_data_size=8, drop_outliers=True),
    "shapes": lambda b: (
        b.reshape("x", (2, -1), "r").squeeze("r").slice("r", 0, 0, 1).random_slice("x", 0, 2, seed=1).shape("x", "s", 0)
    ),
    "pads": lambda b: (
        b.pad("x", 0, 1, 2, -1, "p").pad_to_size("x", 0, 9, 0).pad_to_multiple("x", 0, 4, 0).shard("x", 4)
    ),
    "values": lambda b: b.cast("x", "float32").scale("x", 2, 1).normalize("x", 1, 2).select("x").filter_key("x"),
    "bytes": lambda b: (
        b.replace("b", "a", "c", 1).replace_bytes("b", ["a"] * 128, "c").remove_value("x", "n", 0, 1, pad=-1)
    ),
    "tokens": lambda b: b.tokenize("b", TRIE, dx.Rand, True, [1], "t", seed=1).tokenize_bpe(
        "b", TRIE, dx.core.BPEMerges(), "u"
    ),
    "classes": lambda b: b.one_hot("n", 9, "int8").filter_key("b", remove=True).shard(rank=0, of=2, remainder="repeat"),
    "functions": lambda b: (
        b.key_transform("x", abs, "y").sample_transform(dict).filter(bool).filter_by_shape("x", 0, low=1)
    ),
    "random": lambda b: (
        b.key_transform("x", draw, rng=True, seed=1).sample_transform(draw, rng=True, seed=2).filter(draw, rng=True)
    ),
    "stream": lambda b: (
        b.to_stream().shuffle(9, seed=1).repeat(2).sliding_window("x", 2, 1, index_key="i").prefetch(4, 2)
    ),
    "streams": lambda b: b.to_stream().mix(b.to_stream(), weights=[1, 2], seed=1).interleave(b.to_stream(), length=2),
    "windows": lambda b: (
        b.to_stream().buffered(2, lambda part: part).dynamic_batch(9, "x", max_data_size=8, shuffle=True, seed=1)
    ),
    "packed": lambda b: b.to_stream().pack("x", 8, window=9, overlong="drop", pad={"x": -1}),
    "lines": lambda b: b.to_stream().line_reader_from_key("b", "line", from_memory=True),
    "records": lambda b: b.to_stream().csv_reader_from_key("b", ";", from_memory=True, columns=["a"]),
}


def draw(value: Any, rng: Any) -> Any:
    return value


@pytest.mark.parametrize("name", STEPS)
def test_steps_are_shown_with_the_names_of_python(name: str) -> None:
    rows = [{"x": np.arange(4) + i, "b": b"abc", "n": np.int64(4)} for i in range(4)]
    shown = str(STEPS[name](dx.buffer_from_vector(rows)))
    kind = dx.Buffer
    for method, arguments in re.findall(r"^  \.(\w+)\((.*)\)$", shown, re.MULTILINE):
        parameters = inspect.signature(getattr(kind, method)).parameters
        for argument in re.findall(r"(?:^|, )(\w+)=", arguments):
            assert argument in parameters, f"{method}({arguments})"
        kind = dx.Stream if method == "to_stream" else kind
    assert "colonnade.identity" not in shown and str(1 << 62) not in shown


def names_of(names: list[str]) -> dx.Buffer:
    path = pathlib.Path(tempfile.mkdtemp()) / "names.colonnade"
    return dx.ingest([{"n": 0}], path, labels={"n": names})


#: Calls that the core refuses, with the words of the error that name methods, arguments, keys and bounds.
REFUSED: dict[str, tuple[Callable[[dx.Buffer], Any], str]] = {
    "key": (lambda b: b.rename_key("v", "value").select("valu"), 'there is no key "valu"; did you mean "value"?'),
    "keys": (lambda b: b.select("another"), 'there is no key "another"; there are "x", "n", "v"'),
    "index": (lambda b: b._node.pipeline.get(9), "index 9 is out of range (0..<5)"),
    "perm": (lambda b: b.perm([1, 7]), "index 7, entry 1 of the order, is out of range (0..<5)"),
    "partition": (lambda b: b.partition(2, 5), "partition 5 is out of range for 2 partitions (0...1)"),
    "rank": (lambda b: b.shard(rank=9, of=2), "rank 9 is out of range for 2 ranks (0...1)"),
    "ranks": (lambda b: b.shard(rank=0, of=0), "there are no 0 ranks: give at least 1"),
    "stream of ranks": (lambda b: b.to_stream().shuffle(2).shard(rank=-1, of=2), "rank -1 is out of range for 2 ranks"),
    "mask": (
        lambda b: b.batch(2).shard(rank=0, of=2, remainder="mask"),
        "batches have no mask for each sample: call shard before batch,",
    ),
    "mask of a stream": (
        lambda b: b.to_stream().shuffle(2).batch(2).shard(rank=0, of=2, remainder="mask"),
        "call shard before batch,",
    ),
    "mask key": (
        lambda b: b.shard(rank=0, of=2, remainder="mask", mask_key="x"),
        'the samples already have a key "x": give the mask another key',
    ),
    "mask key of a stream": (
        lambda b: b.to_stream().shuffle(2).shard(rank=0, of=2, remainder="mask", mask_key="x"),
        'already have a key "x"',
    ),
    "depth": (
        lambda b: functools.reduce(lambda made, _: made.shuffle(2), range(70), b.to_stream()),
        "keep one of them in memory (concretize() or to_buffer()), or join many by one call (concat)",
    ),
    "names": (
        lambda b: names_of(["a", "b"]).append(names_of(["c", "b"])),
        'map them by name (labels="by_name"), or keep the bare numbers (labels="drop")',
    ),
    "no names": (lambda b: names_of(["a"]).append(b.select("n")), 'keep the bare numbers of all (labels="drop")'),
    "statistics": (lambda b: b.normalize("x"), "before it is changed: give mean and std"),
    "means": (
        lambda b: b.normalize("x", [1], [1, 2]),
        "mean and std must be equally long and not empty; they have 1 and 2",
    ),
    "scale": (lambda b: b.scale("x", 2), '"x" is int64, but only floating-point numbers can be scaled'),
    "classes": (lambda b: b.one_hot("x"), '"x" has no class names: give the number of its classes'),
    "class": (lambda b: b.one_hot("x", 2)[3], 'row 3, key "x": "x" is 3, which is out of range for 2 classes (0..<2)'),
    "pad": (
        lambda b: b.pad("v", 0, -1, 0, 0),
        '"v" cannot be padded by -1 elements before it and 0 after it: give at least 0',
    ),
    "dimension": (lambda b: b.squeeze("v", 5), 'dimension 5 of "v" is out of range (-1..<1)'),
    "sizes": (
        lambda b: b.dynamic_batch("v", min_data_size=9, max_data_size=2),
        "must be from 1 to its maximum of 2, not 9",
    ),
    "replace": (lambda b: b.replace("v", "", "b"), "the bytes to replace are empty: give at least one"),
    "weights": (lambda b: b.to_stream().mix(b.to_stream(), weights=[1]), "2 streams need 2 weights"),
    "pack": (
        lambda b: list(b.to_stream().pack("v", 2, overlong="refuse")),
        'row 2, key "v": it has 3 elements, but a packed row has 2: make packed rows longer, or let longer rows be split,',
    ),
    "result": (
        lambda b: list(b.key_transform("x", lambda x: 1.5 if x > 2 else 1)),
        'row 3, key "x": the value of "x" is float64[] here, but int64[] in the first sample',
    ),
    "twice": (lambda b: b.zip(b), 'the field name "x" occurs twice: rename one'),
    "empty": (lambda b: b.rename_key("x", ""), "field 0 has an empty name: give it another"),
    "state": (
        lambda b: (
            b.shuffle(seed=1).to_stream().resume({"version": 1, "epoch": 0, "position": b._node.pipeline.position(2)})
        ),
        "this state belongs to another pipeline: ",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_errors_of_the_core_speak_python(name: str) -> None:
    call, words = REFUSED[name]
    with pytest.raises(dx.Error) as caught:
        call(dx.buffer_from_vector([{"x": i, "n": i, "v": [i] * (i + 1)} for i in range(5)]))
    assert words in str(caught.value)
    # Names that only Swift has.
    assert not re.search(
        r"batched|sharded|materialized|concatenating|classNames|prefetched|[a-z]: \.[a-z]", str(caught.value)
    )


def test_the_report_of_a_stream_speaks_python() -> None:
    stream = (
        dx.buffer_from_vector([{"x": i} for i in range(9)])
        .to_stream()
        .key_transform("x", lambda x: sum(range(1000)) + x)
    )
    assert len(list(stream)) == 9 and "prefetching would overlap that" in stream.stats()["report"]


def test_a_schema_prints_one_column_a_line(buffer: dx.Buffer) -> None:
    schema = buffer.schema
    assert str(schema).splitlines() == [
        "image  uint8[2,3]", "label  int64, 2 classes: even, odd", "name   string",
    ]  # fmt: skip
    assert repr(schema).count("\n") == 2 and eval(repr(schema), {"Field": dx.Field}) == schema == dict(schema)
    assert str(dx.Field("bytes", "uint8", (None,), "image/png")) == "bytes, image/png"
    names = [str(number) for number in range(9)]
    assert str(dx.Field("tensor", "int8", (None, 2), names)) == "int8[?,2], 9 classes: 0, 1, 2, 3, …"


def test_metadata_stays_with_what_is_made_of_a_file(buffer: dx.Buffer, tmp_path: pathlib.Path) -> None:
    other = dx.buffer_from_vector([{"z": i} for i in range(10)])
    for made in (
        buffer, buffer.shuffle(seed=1).take(3), buffer.select("name"), buffer.filter(lambda sample: True),
        buffer.zip(other), buffer.concretize(), buffer.to_stream().filter(lambda sample: True),
        buffer.key_transform("label", lambda label: label + 0), buffer.select("image").batch(2),
    ):  # fmt: skip
        assert made.metadata == {"licence": "CC0"}
        copy = dx.ingest(made, tmp_path / "copy.colonnade", overwrite=True, metadata={"by": "me"})
        assert copy.metadata == {"licence": "CC0", "by": "me"}


@pytest.mark.parametrize("kind", ["samples", "columns", "arrow", "writer"])
def test_columns_are_compressed_where_that_is_asked_for(kind: str, path: pathlib.Path) -> None:
    values = {"x": np.zeros(100_000, np.int64), "y": np.zeros(100_000, np.int64)}

    def size(codec: Any) -> int:
        if kind == "writer":
            with dx.Writer(path, {"x": "int64", "y": "int64"}, overwrite=True, codec=codec) as writer:
                for _ in range(1000):
                    writer.append({"x": 0, "y": 0})
        else:
            source: Any = values
            if kind == "samples":
                source = ({"x": 0, "y": 0} for _ in range(1000))
            elif kind == "arrow":
                source = pytest.importorskip("pyarrow").table(values)
            dx.ingest(source, path, overwrite=True, codec=codec)
        assert all(int(sample["x"]) == int(sample["y"]) == 0 for sample in dx.open(path).take(10))
        return path.stat().st_size

    plain = size(None)
    assert plain == size("plain") == size({"x": "plain", "*": "plain"})
    assert size("zlib") < size({"x": "zlib"}) < plain and size({"*": "zlib", "y": "plain"}) > size("zlib")
    for wrong in ("gzip", {"x": "snappy"}):
        with pytest.raises(ValueError, match='codec must be "plain", "zstd", "lz4" or "zlib"'):
            size(wrong)
    with pytest.raises(TypeError, match="codec must be"):
        size(3)
    with pytest.raises(KeyError, match='"q"'):
        size({"q": "zlib"})


def test_arguments_that_belong_in_a_dict(buffer: dx.Buffer) -> None:
    for wrong in (0, 0.0, False, "", 1, []):
        for make in (buffer.batch, buffer.to_stream().batch):
            for name in ("pad", "dim"):
                with pytest.raises(TypeError, match=f"{name} must be a dict from keys to numbers"):
                    make(32, **{name: wrong})  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="pad must be a dict"):
            buffer.to_stream().pack("image", 4, pad=wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="pad must be a dict"):
            buffer.dynamic_batch("image", max_data_size=9, pad=wrong)  # type: ignore[arg-type]


def arrow(values: list[Any]) -> Any:
    return pytest.importorskip("pyarrow").table({"x": values})


SOURCES: dict[str, Callable[[list[Any]], Any]] = {
    "samples": lambda values: [{"x": value} for value in values],
    "iterable": lambda values: ({"x": value} for value in values),
    "lists": lambda values: {"x": values},
    "arrow": arrow,
    "record batch": lambda values: arrow(values).to_batches()[0],
    "hugging face": lambda values: pytest.importorskip("datasets").Dataset.from_dict({"x": values}),
    "polars": lambda values: pytest.importorskip("polars").DataFrame({"x": values}),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_rows_count_from_0_whatever_the_source(kind: str, path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match='row 2, column "x": .*missing') as caught:
        dx.ingest(SOURCES[kind]([1, 2, None, 4]), path)
    assert "record" not in str(caught.value) and "Reader" not in str(caught.value)
    with pytest.raises(ValueError, match='row 3, column "x": '):
        dx.ingest(SOURCES[kind]([1, 2, 3, 300]), path, schema={"x": "uint8"})


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_the_error_of_a_producer_arrives_as_raised_or_in_one_line(
    path: pathlib.Path, is_wrapped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pa = pytest.importorskip("pyarrow")
    schema = pa.schema([("x", pa.int64())])

    def batches(error: BaseException) -> Iterator[Any]:
        yield pa.record_batch([pa.array([1, 2])], schema=schema)
        raise error

    class Producer:
        def __init__(self, reader: Any) -> None:
            self.reader = reader

        def __arrow_c_stream__(self, requested: object = None) -> object:
            return self.reader.__arrow_c_stream__(requested)

    def ingest(error: BaseException) -> None:
        reader = pa.RecordBatchReader.from_batches(schema, batches(error))
        dx.ingest(Producer(reader) if is_wrapped else reader, path)

    for error in (ValueError("no more"), ZeroDivisionError("no more"), OSError("no more"), KeyError("no more")):
        with pytest.raises(ValueError if is_wrapped else type(error)) as caught:
            ingest(error)
        shown = str(caught.value)
        assert "no more" in shown and "\n" not in shown and "Traceback" not in shown
        if is_wrapped:
            assert shown.startswith(f"the Producer: its producer failed: {type(error).__name__}: ")
        else:
            assert caught.value is error
    with pytest.raises(KeyboardInterrupt):
        ingest(KeyboardInterrupt())
    assert not path.exists()
    if is_wrapped:
        # The case of a producer of another library, with pyarrow not imported.
        monkeypatch.delitem(sys.modules, "pyarrow")
        with pytest.raises(KeyboardInterrupt):
            ingest(KeyboardInterrupt())
        with pytest.raises(ValueError, match="the Producer: its producer failed: KeyError: 'KeyboardInterrupt'"):
            ingest(KeyError("KeyboardInterrupt"))
        assert not path.exists()


def test_names_and_labels_are_shown_with_escapes() -> None:
    field = dx.Field("tensor", "int64", (), ["a\x1b[2Jb", "\u202eevil"])
    assert str(field) == "int64, 2 classes: a\\x1b[2Jb, \\u202eevil"
    buffer = dx.buffer_from_vector([{"a\nb\x1b": 1}])
    assert str(buffer.schema) == "a\\nb\\x1b  int64"
    assert str(buffer).splitlines()[1] == "  a\\nb\\x1b  int64"
    assert "\x1b" not in buffer.batch(1).explain()


def png(**options: Any) -> bytes:
    image = pytest.importorskip("PIL.Image").effect_noise((40, 40), 50)
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("cut", "why"),
    [
        (0, "the file is empty"),
        (4, "the file begins as image/png, but is truncated or damaged: it has 4 bytes"),
        (33, "the file begins as image/png, but is truncated or damaged: it has 33 bytes"),
        (200, "image file is truncated"),
    ],
)
def test_a_picture_that_is_cut_short_is_said_to_be(path: pathlib.Path, cut: int, why: str) -> None:
    datasets = pytest.importorskip("datasets")
    rows = datasets.Dataset.from_dict({"i": [{"bytes": data, "path": None} for data in (png(), png()[:cut])]})
    with pytest.raises(ValueError, match=f'row 1, column "i": the image cannot be decoded: {why}') as caught:
        dx.ingest(rows.cast_column("i", datasets.Image()), path)
    assert "decode_images=False" in str(caught.value)


@pytest.mark.parametrize("mode", ["L", "RGB", "1", "I;16", "F"])
def test_a_fill_that_is_advised_for_pictures_is_taken(path: pathlib.Path, mode: str) -> None:
    image = pytest.importorskip("PIL.Image").new(mode, (3, 2))
    whole = np.asarray(image)
    ways: dict[str, Callable[[], Any]] = {
        "list": lambda: [{"i": image}, {"i": None}],
        "generator": lambda: iter([{"i": image}, {"i": None}]),
        "columns": lambda: {"i": [image, None]},
    }
    for name, make in ways.items():
        with pytest.raises(ValueError, match=r'row 1, column "i": the value is missing') as caught:
            dx.ingest(make(), path)
        found = re.search(r"fill=(\{.*\})", str(caught.value))
        assert found is not None
        buffer = dx.ingest(make(), path, fill=eval(found[1], {"nan": float("nan")}), overwrite=True)
        filled = buffer[1]["i"]
        assert filled.dtype == whole.dtype and filled.shape == whole.shape, name
        assert np.isnan(filled).all() if mode == "F" else not filled.any(), name
        path.unlink()


def test_pictures_of_several_sizes_are_filled_with_an_empty_one(path: pathlib.Path) -> None:
    make = pytest.importorskip("PIL.Image").new
    rows = [{"i": make("RGB", (3, 2))}, {"i": make("RGB", (4, 5))}, {"i": None}]
    assert [row["i"].shape for row in dx.ingest(rows, path, fill={"i": 0})] == [(2, 3, 3), (5, 4, 3), (0, 0, 3)]
    with pytest.raises(ValueError, match="the fill does not fit"):
        dx.ingest(rows, path, fill={"i": 300}, overwrite=True)


def test_the_advice_for_a_missing_key_fits_the_column(path: pathlib.Path) -> None:
    for value, advice in (("a", "''"), (1.5, "nan"), (b"a", "b''"), (True, "False")):
        with pytest.raises(ValueError, match=re.escape(f"fill={{'x': {advice}}}")):
            dx.ingest([{"x": value, "y": 1}, {"y": 2}], path)


def test_integers_and_states_out_of_range_are_named():
    buffer = dx.buffer_from_vector([{"x": [1, 2, 3]}])
    with pytest.raises(dx.Error, match=f"pad_multiple is {2**64}, which is out of range"):
        buffer.pad_to_multiple("x", 0, 2**64, 0)
    stream = buffer.to_stream()
    for epoch in (-1, 10**30, 2**63):
        with pytest.raises(dx.Error, match=f"there is no epoch {epoch}"):
            stream.resume({**stream.state(), "epoch": epoch})
        with pytest.raises(dx.Error, match=f"there is no epoch {epoch}"):
            stream.epoch(epoch)
    for epoch in (0.5, "1", None):
        with pytest.raises(dx.Error, match="not the state of a stream"):
            stream.resume({**stream.state(), "epoch": epoch})
    stream.resume({"version": 1, "epoch": 3})
    assert stream.state() == {"version": 1, "epoch": 3}


def test_a_writer_advises_its_own_arguments(tmp_path):
    with dx.Writer(tmp_path / "x") as writer:
        writer.append({"x": 1})
        with pytest.raises(dx.Error, match="give all rows the same keys$"):
            writer.append({"x": 1, "y": 2})
    with pytest.raises(dx.Error, match="take with columns="):
        dx.ingest([{"x": 1}, {"x": 1, "y": 2}], tmp_path / "y")


def test_append_of_parquet_says_what_to_do(tmp_path, capsys):
    from colonnade.__main__ import main

    dx.ingest([{"x": 1}], tmp_path / "x.colonnade")
    (tmp_path / "y.parquet").touch()
    assert main(["append", str(tmp_path / "x.colonnade"), str(tmp_path / "y.parquet")]) == 64
    assert "append does not read this format" in capsys.readouterr().err


def test_types_of_arrow_have_the_names_of_schema(tmp_path):
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"f": [0.5], "l": [[0.5]], "t": pa.array([1], pa.timestamp("us"))})
    for options, words in (
        ({"schema": {"f": "int8"}}, "does not fit int8"), ({"labels": {"l": ["a"]}}, r"is float64\[\?\]"),
        ({"ragged": ["t"]}, r"is timestamp\[us\]"), ({"schema": {"l": "float32[2,2]"}}, r"is float64\[\?\]"),
        ({"schema": {"t": "float64"}}, r"timestamp\[us\] cannot become float64"),
    ):  # fmt: skip
        with pytest.raises(dx.Error, match=words):
            dx.ingest(table, tmp_path / "x", **options)
