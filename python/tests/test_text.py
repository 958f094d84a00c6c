# SPDX-License-Identifier: Apache-2.0
"""Tests of text as a value: single, in batches, from every source and through every function."""

from __future__ import annotations

import enum
import itertools
import json
import pickle
import subprocess
import sys

import colonnade as dx
import numpy as np
import pytest

TEXTS = ["", "a", "\0", "a\0", "a\0\0", "\0a", "é", "e\u0301", "日本語", "🚀\0", "ÿ", "x" * 300, ""]


def stored(tmp_path, texts):
    return dx.ingest([{"i": i, "s": text} for i, text in enumerate(texts)], tmp_path / "texts.colonnade")


def ways(tmp_path, texts):
    samples = [{"i": i, "s": text} for i, text in enumerate(texts)]
    memory = dx.buffer_from_vector(samples)
    stream = dx.stream_python_iterable(lambda: iter(samples))
    return {
        "file": stored(tmp_path, texts),
        "memory": memory,
        "pickled": pickle.loads(pickle.dumps(memory)),
        "concretized": memory.concretize(),
        "iterable": stream.epoch(0).to_buffer(),
        "identity of a key": memory.key_transform("s", lambda s: s),
        "identity of samples": memory.sample_transform(lambda s: s),
        "appended": memory.take(1).append(memory.skip(1)),
        "stream of samples": memory.to_stream().sample_transform(lambda s: s).to_buffer(),
        "refilled": memory.to_stream().buffered(4, lambda buffer: buffer).to_buffer(),
        "prefetched": memory.to_stream().prefetch(2, 2).to_buffer(),
    }


@pytest.mark.parametrize("size", [1, 2, 5, len(TEXTS)])
def test_samples_and_batches_agree(tmp_path, size):
    for name, buffer in ways(tmp_path, TEXTS).items():
        assert [sample["s"] for sample in buffer] == TEXTS, name
        assert buffer.schema["s"].kind == "string", name
        for batches in (
            buffer.batch(size), buffer.batch(size, pad={"s": 0}), buffer.batch(1).batch(size),
            list(buffer.to_stream().batch(size)), list(buffer.to_stream().batch(size).prefetch(2, 2)),
            buffer.batch(size).key_transform("s", lambda s: s), buffer.batch(size).sample_transform(lambda s: s),
            buffer.batch(size).concretize(),
        ):  # fmt: skip
            found = [text for batch in batches for text in batch["s"].reshape(-1).tolist()]
            assert found == TEXTS, name
        shuffled = buffer.shuffle(seed=1)
        assert [s for batch in shuffled.batch(size) for s in batch["s"]] == [sample["s"] for sample in shuffled]


def test_batches_of_empty_strings(tmp_path):
    for name, buffer in ways(tmp_path, ["", "", ""]).items():
        batch = buffer.batch(2)[0]
        assert batch["s"].tolist() == ["", ""] and batch["s"].dtype == object, name
        assert next(buffer.to_stream().batch(3))["s"].tolist() == ["", "", ""], name


def test_batches_of_sorted_lengths_and_joined_text():
    buffer = dx.buffer_from_vector([{"s": text} for text in ("abc", "", "de\0")])
    assert [b["s"].tolist() for b in buffer.dynamic_batch("s", max_data_size=6)] == [["", "abc"], ["de\0"]]
    assert buffer.batch(3, dim={"s": 0})[0]["s"] == "abcde\0"
    assert buffer.batch(2, pad={"s": 32})[0]["s"].tolist() == ["abc", "   "]
    with pytest.raises(ValueError, match="UTF-8"):
        buffer.batch(2, pad={"s": 200})


def test_lists_and_arrays_of_text():
    samples = [{"t": ["a", "bc"]}, {"t": ["d"]}, {"t": np.array(["e\0", "", "f"], object)}]
    buffer = dx.buffer_from_vector(samples)
    assert [sample["t"].tolist() for sample in buffer] == [["a", "bc"], ["d"], ["e\0", "", "f"]]
    assert buffer.batch(3)[0]["t"].tolist() == [["a", "bc", ""], ["d", "", ""], ["e\0", "", "f"]]
    assert dx.buffer_from_vector([{"t": np.array([["a"], ["é"]])}])[0]["t"].tolist() == [["a"], ["é"]]


@pytest.mark.parametrize("kind", ["buffer", "stream", "batches", "file"])
def test_functions_get_and_give_text(tmp_path, kind):
    texts = ["ab", "c\0", ""]
    samples = stored(tmp_path, texts) if kind == "file" else dx.buffer_from_vector([{"s": text} for text in texts])
    if kind == "batches":
        batches = samples.batch(2)
        upper = batches.key_transform("s", lambda s: np.array([text.upper() for text in s], object))
        assert [b["s"].tolist() for b in upper] == [["AB", "C\0"], [""]]
        assert [b["n"].tolist() for b in batches.sample_transform(lambda b: {"n": [len(s) for s in b["s"]]})] == [
            [2, 2], [0],
        ]  # fmt: skip
        assert [b["s"].tolist() for b in batches.to_stream().filter(lambda b: len(b["s"]) == 1)] == [[""]]
        return

    def made():
        return samples.to_stream() if kind == "stream" else samples

    assert [s["s"] for s in made().key_transform("s", str.upper)] == ["AB", "C\0", ""]
    assert [s["t"] for s in made().key_transform("s", str.upper, "t")] == ["AB", "C\0", ""]
    assert [int(s["s"]) for s in made().key_transform("s", len)] == [2, 2, 0]
    assert [s["s"].tolist() for s in made().key_transform("s", str.encode)] == [[97, 98], [99, 0], []]
    assert [s["t"] for s in made().sample_transform(lambda s: {"t": s["s"] * 2})] == ["abab", "c\0c\0", ""]
    assert [s["s"] for s in made().filter(lambda s: s["s"] > "b")] == ["c\0"]
    assert [s["s"] for s in made().key_transform("s", str.upper).key_transform("s", str.lower)] == texts
    for wrong in (1, b"ab", np.zeros(2, np.uint8)):
        changed = made().key_transform("s", lambda s, wrong=wrong: s if s == "ab" else wrong)
        with pytest.raises(ValueError, match="str in the first"):
            list(changed)
    changed = made().key_transform("s", lambda s: np.zeros(2, np.uint8) if s == "ab" else s)
    with pytest.raises(ValueError, match="is str here"):
        list(changed)


def test_text_is_no_number_and_bytes_are_no_text():
    with pytest.raises(ValueError, match="row 1, key 's'.*str"):
        dx.buffer_from_vector([{"s": np.zeros(2, np.uint8)}, {"s": "ab"}])
    with pytest.raises(ValueError, match="row 1, key 's'.*str"):
        dx.buffer_from_vector([{"s": "ab"}, {"s": b"ab"}])
    mixed = dx.stream_python_iterable(lambda: iter([{"s": "ab"}, {"s": b"ab"}]))
    assert next(mixed)["s"] == "ab"
    with pytest.raises(ValueError, match="str in the first"):
        next(mixed)
    assert dx.buffer_from_vector([{"s": b"a\0"}])[0]["s"].tolist() == [97, 0]


def test_numbers_of_text_in_batches_are_padded_with_zeros():
    buffer = dx.buffer_from_vector([{"s": "ab"}, {"s": "c"}])
    assert buffer.batch(2).cast("s", "int32")[0]["s"].tolist() == [[97, 98], [99, 0]]
    assert buffer.batch(2).cast("s", "float32").scale("s", 2)[0]["s"].tolist() == [[194, 196], [198, 0]]
    assert buffer.batch(2).pad_to_size("s", 1, 4, 0)[0]["s"].tolist() == ["ab", "c"]
    with pytest.raises(ValueError, match="before it is batched"):
        buffer.batch(2).replace("s", "a", "b")
    with pytest.raises(ValueError, match="before it is batched"):
        buffer.batch(2).replace_bytes("s", [b"a"] * 256)


def test_text_that_was_cut_within_a_letter_is_an_error_with_key_and_row():
    cut = dx.buffer_from_vector([{"s": "abc"}, {"s": "aé"}]).slice("s", 0, 0, 2)
    assert cut[0]["s"] == "ab"
    with pytest.raises(ValueError, match=r'index 1: key "s": .*b\'a\\xc3\'.*UTF-8'):
        cut[1]
    with pytest.raises(ValueError, match=r'index 0: key "s", row 1 of the batch'):
        cut.batch(2)[0]
    stream = cut.to_stream()
    assert next(stream)["s"] == "ab"
    with pytest.raises(ValueError, match=r'item 1 of this pass: key "s"'):
        next(stream)


@pytest.mark.parametrize("bad", [b"ab\xff", b"\xff", b"a\xc3", b"\xffab"])
def test_a_damaged_string_is_an_error_in_samples_and_in_batches(tmp_path, bad):
    texts = ["x" * 40, "y" * len(bad), "z"]
    stored(tmp_path, texts)
    path = tmp_path / "texts.colonnade"
    content = path.read_bytes()
    assert content.count(b"y" * len(bad)) == 1
    path.write_bytes(content.replace(b"y" * len(bad), bad))
    buffer = dx.open(path, verify="off")
    assert buffer[0]["s"] == texts[0] and buffer[2]["s"] == "z"
    for read in (
        lambda: buffer[1], lambda: buffer.batch(3)[0], lambda: list(buffer.to_stream().batch(2)),
        lambda: buffer.perm([1, 0]).batch(2)[0], lambda: list(buffer.shuffle(seed=1).to_stream().batch(3).prefetch(2, 2)),
        lambda: list(buffer.key_transform("s", str.upper)),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="s.*UTF-8"):
            read()


def test_batches_with_repeated_and_long_texts(tmp_path):
    random = np.random.default_rng(3)
    words = ["", "a", "CA", "é", "zwölf", "\0", "eight...", "sixteen letters.", "日本" * 5, "x" * 32, "x" * 33]
    words.append("ab\0" * 300)
    texts = [words[random.integers(len(words))] if random.integers(4) else f"{i} unique" for i in range(2000)]
    samples = [{"s": text, "n": f"{i % 3}", "u": str(i)} for i, text in enumerate(texts)]
    buffer = dx.ingest(samples, tmp_path / "texts.colonnade")
    for rows, expected in ((buffer, texts), (buffer.perm(range(1999, -1, -1)), texts[::-1])):
        for size in (1, 7, 256):
            for stream in (rows.to_stream().batch(size), rows.to_stream().batch(size).prefetch(4, 2)):
                batches = list(stream)
                assert [text for batch in batches for text in batch["s"]] == expected
                assert {batch["s"].dtype for batch in batches} == {np.dtype(object)}
                assert all(type(text) is str for text in batches[0]["s"])
                assert [len(batch["s"]) for batch in batches] == [len(batch["u"]) for batch in batches]
                numbers = range(2000) if expected is texts else range(1999, -1, -1)
                assert [text for batch in batches for text in batch["n"]] == [str(i % 3) for i in numbers]
                assert [text for batch in batches for text in batch["u"]] == [str(i) for i in numbers]
    first = buffer.to_stream().batch(4).next()["s"]
    first[0] = "changed"
    assert buffer.to_stream().batch(4).next()["s"].tolist() == texts[:4]


def test_a_damaged_string_of_a_stream_is_named_by_its_row_in_the_batch(tmp_path):
    stored(tmp_path, ["ok", "yyyyyyyyy", "ok"])
    path = tmp_path / "texts.colonnade"
    path.write_bytes(path.read_bytes().replace(b"yyyyyyyyy", b"yyyyyyy\xc3y"))
    stream = dx.open(path, verify="off").to_stream().batch(3)
    with pytest.raises(ValueError, match=r'item 0 of this pass: key "s", row 1 of the batch: .*yyyyyyy\\xc3y.*UTF-8'):
        next(stream)


WITHOUT_INTERFACE = """
import sys
try:
    import numpy._core._multiarray_umath as umath
except ImportError:
    import numpy.core._multiarray_umath as umath
umath._ARRAY_API = None
import colonnade as dx
samples = [{"s": text, "i": i} for i, text in enumerate(["a", "", "a", "z\\u00e9"])]
buffer = dx.ingest(samples, sys.argv[1])
for batches in (buffer.batch(3), buffer.to_stream().batch(3), dx.buffer_from_vector(samples).to_stream().batch(3)):
    found = [(batch["s"].tolist(), batch["s"].dtype.name, batch["i"].tolist()) for batch in batches]
    assert found == [(["a", "", "a"], "object", [0, 1, 2]), (["z\\u00e9"], "object", [3])], found
try:
    dx.buffer_from_vector([{"s": "ab"}, {"s": "a\\u00e9"}]).slice("s", 0, 0, 2).batch(2)[0]
except ValueError as error:
    assert "row 1 of the batch" in str(error)
"""


def test_texts_without_the_interface_of_numpy(tmp_path):
    subprocess.run([sys.executable, "-c", WITHOUT_INTERFACE, tmp_path / "texts.colonnade"], check=True)


def test_torch_gets_text_as_text():
    torch = pytest.importorskip("torch")
    import colonnade.torch

    data = colonnade.torch.Dataset(dx.buffer_from_vector([{"s": "a\0"}, {"s": ""}]))
    loader = torch.utils.data.DataLoader(data, batch_size=2)
    assert next(iter(loader))["s"] == ["a\0", ""]


@pytest.mark.parametrize(
    "value",
    [["a", "bc"], ("a",), [["a"], ["b"]], np.array(["a", "bc"]), np.array(["a", "bc"], object), np.array([["a"]]),
     np.array(["a", "bc"], np.dtypes.StringDType())],
    ids=repr,
)  # fmt: skip
def test_several_texts_in_a_row_are_values_in_memory_and_no_column(tmp_path, value):
    expected = np.array(value, object).tolist()
    samples = dx.buffer_from_vector([{"x": value}, {"x": value}])

    def streamed():
        return dx.stream_python_iterable(lambda: [{"x": value}])

    returned = dx.buffer_from_vector([{"x": "q"}]).key_transform("x", lambda text: value)
    for found in (samples[1]["x"], next(streamed())["x"], returned[0]["x"], samples.batch(2)[0]["x"][1]):
        assert found.tolist() == expected and found.dtype == object
    path = tmp_path / "x.colonnade"
    for schema in (None, {"x": "string"}):
        for source in ([{"x": value}], iter([{"x": value}]), {"x": [value]}, samples, streamed()):
            with pytest.raises(ValueError, match='row 0, column "x": (a list|an array) of str is not a column value'):
                dx.ingest(source, path, schema=schema)
    with dx.Writer(path, {"x": "string"}) as writer:
        with pytest.raises(ValueError, match="of str is not a column value"):
            writer.append({"x": value})
    pyarrow = pytest.importorskip("pyarrow")
    with pytest.raises(ValueError, match='column "x": lists of text cannot be a column'):
        dx.ingest(pyarrow.table({"x": [expected]}), path, overwrite=True)
    (tmp_path / "x.jsonl").write_text(json.dumps({"x": expected}))
    with pytest.raises(ValueError, match='column "x": an array holds "a"'):
        dx.ingest(tmp_path / "x.jsonl", path, overwrite=True)


def test_text_and_bytes_never_mix(tmp_path):
    path = tmp_path / "x.colonnade"
    for values in itertools.permutations(["a", b"b"]):
        for source in ([{"x": value} for value in values], ({"x": value} for value in values), {"x": list(values)},
                       {"x": np.array(values, object)}):  # fmt: skip
            with pytest.raises(ValueError, match='row 1, column "x": the value is (text|bytes) but the column has'):
                dx.ingest(source, path)
        for value in (list(values), np.array(values, object), [list(values)]):
            with pytest.raises(ValueError, match='row 0, column "x"'):
                dx.ingest([{"x": value}], path)
            with pytest.raises(ValueError, match="row 0, key 'x'"):
                dx.buffer_from_vector([{"x": value}])
        with pytest.raises(ValueError, match="row 1, key 'x'"):
            dx.buffer_from_vector([{"x": value} for value in values])
    for texts in (
        np.array(["é", "b\0c"], object),
        [np.str_("é"), "b\0c"],
        np.array(["é", "b\0c"], np.dtypes.StringDType()),
    ):
        assert [row["x"] for row in dx.ingest({"x": texts}, path, overwrite=True)] == ["é", "b\0c"]
        assert [row["x"] for row in dx.ingest([{"x": text} for text in texts], path, overwrite=True)] == ["é", "b\0c"]


def test_replaced_and_squeezed_text_stays_text(tmp_path):
    rows = [{"s": "abcb"}, {"s": ""}, {"s": "grün b"}]
    stored = dx.ingest(rows, tmp_path / "s")
    for buffer in (stored, dx.buffer_from_vector(rows)):
        for source in (buffer, buffer.to_stream()):
            replaced = source.replace("s", "b", "éX")
            assert replaced.schema["s"].kind == "string"
            assert [sample["s"] for sample in replaced] == ["aéXcéX", "", "grün éX"]
        assert [sample["s"] for sample in buffer.replace("s", "ü", "")] == ["abcb", "", "grn b"]
        assert buffer.replace("s", "b", "X").batch(3)[0]["s"].tolist() == ["aXcX", "", "grün X"]
        assert [sample["s"] for sample in buffer.squeeze("s")] == ["abcb", "", "grün b"]
        same = [bytes([byte]) for byte in range(256)]
        upper = [bytes([byte]).upper() for byte in range(128)]
        for byte_map, expected in (
            (upper + same[128:], ["ABCB", "", "GRüN B"]),
            (upper, ["ABCB", "", "GRN B"]),
            ([*same[:98], "<é>", *same[99:]], ["a<é>c<é>", "", "grün <é>"]),
        ):
            mapped = buffer.replace_bytes("s", byte_map)
            assert mapped.schema["s"].kind == "string" and [sample["s"] for sample in mapped] == expected
        # Splitting letters gives bytes.
        for mapped in (buffer.replace_bytes("s", same[:200]), buffer.replace("s", "ü".encode()[:1], "x")):
            assert mapped.schema["s"].kind == "bytes" and isinstance(mapped[0]["s"], np.ndarray)
    data = dx.buffer_from_vector([{"x": b"abc"}]).replace("x", "b", "X")
    assert data.schema["x"].kind != "string" and data[0]["x"].tobytes() == b"aXc"


def test_text_is_not_normalized(tmp_path):
    buffer = dx.ingest([{"s": "abc"}], tmp_path / "s")
    for source in (buffer, buffer.to_stream()):
        with pytest.raises(dx.Error, match='"s" is string, and only numbers are normalized'):
            source.normalize("s")


class Pet(str, enum.Enum):  # noqa: UP042
    CAT = "cat"


class Shouted(str):
    def __str__(self) -> str:
        return self.upper()


@pytest.mark.parametrize("value", [Pet.CAT, Shouted("cat"), np.str_("cat")])
def test_text_of_a_subclass_is_what_it_holds_and_not_what_it_prints(tmp_path, value):
    rows = [{"s": value}, {"s": "owl"}]
    for source in (rows, iter(rows), {"s": [value, "owl"]}, dx.buffer_from_vector(rows)):
        assert [row["s"] for row in dx.ingest(source, tmp_path / "s", overwrite=True)] == ["cat", "owl"]
    with dx.Writer(tmp_path / "w") as writer:
        writer.extend(rows)
    assert [row["s"] for row in dx.open(tmp_path / "w")] == ["cat", "owl"]
    gaps = [{"s": None}, {"s": "owl"}]
    filled = dx.ingest(gaps, tmp_path / "f", fill={"s": value})
    assert filled[0]["s"] == "cat"
    pa = pytest.importorskip("pyarrow")
    assert dx.ingest(pa.Table.from_pylist(gaps), tmp_path / "p", fill={"s": value})[0]["s"] == "cat"
