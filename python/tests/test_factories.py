# SPDX-License-Identifier: Apache-2.0
"""Tests of the functions that make buffers and streams."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
from typing import Any

import colonnade as dx
import numpy as np
import pytest
from conftest import values


def text(samples, key):
    return [sample[key].tobytes().decode() for sample in samples]


def test_buffer_from_vector_takes_a_list_of_dicts():
    assert len(dx.buffer_from_vector([])) == 0
    assert list(dx.buffer_from_vector([])) == []
    for wrong in (({"x": 1},), ({"x": i} for i in range(2)), {"x": 1}, None, "x"):
        with pytest.raises(TypeError):
            dx.buffer_from_vector(wrong)
    for wrong in (1, None, [1], "x"):
        with pytest.raises(TypeError):
            dx.buffer_from_vector([wrong])
    with pytest.raises(RuntimeError):
        dx.buffer_from_vector([{}])
    with pytest.raises((TypeError, RuntimeError)):
        dx.buffer_from_vector([{1: 1}])


@pytest.mark.parametrize(
    "samples",
    [
        [{"a": 1}, {"b": 1}],
        [{"a": 1}, {"a": 1, "b": 1}],
        [{"a": 1, "b": 2}, {"a": 1}],
        [{"a": 1}, {"a": 1.5}],
        [{"a": 1}, {"a": [1]}],
        [{"a": 1}, {"a": b"x"}],
        [{"a": 1}, {}],
    ],
)
def test_samples_that_do_not_fit_each_other_are_refused_with_key_and_row(samples):
    with pytest.raises(ValueError) as caught:
        dx.buffer_from_vector(samples)
    assert "1" in str(caught.value)


def test_shapes_may_differ():
    assert values(dx.buffer_from_vector([{"x": [1]}, {"x": [1, 2]}])) == [[1], [1, 2]]


def test_csv_gives_bytes_under_the_names_of_the_header():
    stream = dx.stream_csv_reader_from_string('a,b\r\n1,"x ""y"", z"\n2,"two\nlines"\n3,\n')
    rows = list(stream)
    assert text(rows, "a") == ["1", "2", "3"]
    assert text(rows, "b") == ['x "y", z', "two\nlines", ""]
    assert all(row["a"].dtype == np.int8 for row in rows)
    stream.reset()
    assert text(stream, "a") == ["1", "2", "3"]


def test_csv_separators_and_errors():
    assert text(dx.stream_csv_reader_from_string("a;b\n1;'2;3'\n", sep=";", quote="'"), "b") == ["2;3"]
    for wrong in ("", ",,", "é"):
        with pytest.raises(ValueError):
            dx.stream_csv_reader_from_string("a,b\n", sep=wrong)
    with pytest.raises(TypeError):
        dx.stream_csv_reader_from_string(5)
    for wrong in ("a,b\n1\n", "a,b\n1,2,3\n", 'a\n"x\n'):
        with pytest.raises(RuntimeError):
            list(dx.stream_csv_reader_from_string(wrong))


CSV = b"a,b\n1,2\n3,4\n"


def zstd(data):
    return pytest.importorskip("zstandard").compress(data)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstd])
def test_files_by_path_and_as_objects(tmp_path, pack):
    path = tmp_path / "t.csv"
    path.write_bytes(pack(CSV))
    for file in (str(path), path, io.BytesIO(pack(CSV)), path.open("rb")):
        stream = dx.stream_csv_reader(file)
        assert text(stream, "b") == ["2", "4"]
        stream.reset()
        assert text(stream, "b") == ["2", "4"]
        lines = dx.stream_line_reader(file, "line", unzip=True)
        assert text(lines, "line") == ["a,b", "1,2", "3,4"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_packed_parts_follow_each_other_and_damage_is_said(tmp_path, pack):
    path = tmp_path / "t.csv"
    path.write_bytes(pack(CSV[:6]) + pack(CSV[6:]))
    assert text(dx.stream_csv_reader(path), "a") == ["1", "3"]
    packed = pack(CSV * 1000)
    for damaged in (packed[: len(packed) // 2], packed[:14], packed[:20] + b"damage" + packed[26:]):
        path.write_bytes(damaged)
        for file in (path, io.BytesIO(damaged)):
            with pytest.raises(ValueError, match="damage|trunc|cut|end|anew"):
                list(dx.stream_line_reader(file, "line"))
    assert text(dx.stream_csv_reader_from_string(pack(CSV)), "b") == ["2", "4"]


def test_text_that_begins_like_a_packed_file_is_text():
    for start in ("BZh9,", "\x28", "7zXZ"):
        assert text(dx.stream_line_reader(io.StringIO(start + "\n"), "line"), "line") == [start]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstd])
@pytest.mark.parametrize("threads", [0, 3])
def test_files_that_samples_name_or_have_are_unpacked(tmp_path, pack, threads):
    for number in range(3):
        (tmp_path / f"ü{number}").write_bytes(pack(b"a,b\n%d,2\n" % number))
    (tmp_path / "empty").write_bytes(pack(b""))
    names = ["ü0", "empty", "ü1", "ü2"]
    files = dx.buffer_from_vector([{"file": name.encode()} for name in names])
    texts = dx.buffer_from_vector([{"file": (tmp_path / name).read_bytes()} for name in names])
    for buffer, options in ((files, {"local_prefix": tmp_path}), (texts, {"from_memory": True})):
        stream = buffer.to_stream()
        rows = pickle.loads(pickle.dumps(stream.csv_reader_from_key("file", **options)))
        lines = stream.line_reader_from_key("file", "line", **options)
        if threads:
            rows, lines = rows.prefetch(4, threads), lines.prefetch(4, threads)
        assert text(rows, "a") == ["0", "1", "2"]
        stream.reset()
        assert text(lines, "line") == ["a,b", "0,2", "a,b", "1,2", "a,b", "2,2"]


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, zstd])
def test_damaged_files_that_samples_name_are_an_error_and_the_next_ones_are_read(tmp_path, pack):
    packed = pack(CSV * 1000)
    (tmp_path / "damaged").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "whole").write_bytes(pack(CSV))
    files = dx.buffer_from_vector([{"file": name} for name in (b"whole", b"damaged", b"whole")])
    stream = files.to_stream().line_reader_from_key("file", "line", local_prefix=tmp_path)
    assert [next(stream)["line"].tobytes() for _ in range(3)] == CSV.split()
    with pytest.raises(dx.CorruptFileError, match="damaged.* again"):
        next(stream)
    assert text(stream, "line") == CSV.decode().split()


def test_local_prefix(tmp_path):
    (tmp_path / "t.csv").write_bytes(CSV)
    assert text(dx.stream_csv_reader("t.csv", local_prefix=tmp_path), "a") == ["1", "3"]
    assert len(list(dx.stream_line_reader("t.csv", "x", local_prefix=str(tmp_path)))) == 3


def test_lines():
    stream = dx.stream_line_reader(io.BytesIO(b"one\r\n\nthree"), "line")
    assert [sample["line"].tobytes() for sample in stream] == [b"one\r", b"", b"three"]
    assert list(dx.stream_line_reader(io.BytesIO(b""), "line")) == []
    assert text(dx.stream_line_reader(io.StringIO("é\n"), "line"), "line") == ["é"]


def test_missing_files_and_what_is_no_file():
    for make in (dx.stream_csv_reader, lambda file: dx.stream_line_reader(file, "x")):
        with pytest.raises(FileNotFoundError) as caught:
            next(make("/nonexistent/file"))
        assert isinstance(caught.value, RuntimeError)
        with pytest.raises(ValueError):
            make(5)


def test_an_iterable_is_called_now_and_for_each_pass_after_the_first():
    calls = []

    def factory():
        calls.append(1)
        return ({"x": i} for i in range(3))

    stream = dx.stream_python_iterable(factory)
    assert len(calls) == 1
    assert values(stream) == [0, 1, 2]
    assert stream.next() == {} and len(calls) == 1
    stream.reset()
    assert values(stream) == [0, 1, 2]
    assert len(calls) == 2


def test_an_iterable_is_pulled_as_it_is_needed():
    pulled = []

    def factory():
        for i in range(10):
            pulled.append(i)
            yield {"x": i}

    stream = dx.stream_python_iterable(factory)
    next(stream)
    assert len(pulled) <= 2


@pytest.mark.parametrize("wrong", [[{"x": 1}], ({"x": i} for i in range(2)), None])
def test_an_iterable_itself_is_a_type_error(wrong):
    with pytest.raises(TypeError):
        dx.stream_python_iterable(wrong)


def test_exceptions_of_an_iterable_are_unchanged():
    class Own(Exception):
        pass

    def factory():
        yield {"x": 1}
        raise Own("reason")

    stream = dx.stream_python_iterable(factory)
    assert next(stream)["x"] == 1
    with pytest.raises(Own, match="reason") as caught:
        next(stream)
    assert any(entry.name == "factory" for entry in caught.traceback)
    assert stream.next() == {}


@pytest.mark.parametrize("bad", [{"x": 1.5}, {"y": 1}, {"x": "text"}, 5, {"x": [1]}])
def test_a_later_sample_that_does_not_fit_is_an_error(bad):
    stream = dx.stream_python_iterable(lambda: [{"x": 1}, bad])
    next(stream)
    with pytest.raises((ValueError, TypeError)):
        next(stream)


def test_an_empty_iterable():
    stream = dx.stream_python_iterable(lambda: [])
    assert list(stream) == [] and stream.next() == {}


def test_csv_with_an_index_of_pandas() -> None:
    pd = pytest.importorskip("pandas")
    written = pd.DataFrame({"a": [1, 2]}, index=["x", "y"]).to_csv()
    rows = list(dx.stream_csv_reader_from_string(written))
    assert [{key: bytes(value) for key, value in row.items()} for row in rows] == [
        {"unnamed_0": b"x", "a": b"1"},
        {"unnamed_0": b"y", "a": b"2"},
    ]
    with pytest.raises(dx.Error, match="the header names no column"):
        dx.stream_csv_reader_from_string(",\n1,2\n")


@pytest.mark.parametrize(
    ("rows", "schema", "shapes"),
    [
        ([[[1.0, 2.0, 3.0, 4.0]], []], "float64[?,4]", [(1, 4), (0, 4)]),
        ([[], [[1, 2, 3, 4]], np.array([])], "int64[?,4]", [(0, 4), (1, 4), (0, 4)]),
        ([np.zeros((2, 4), np.float32), np.zeros(0)], "float32[?,4]", [(2, 4), (0, 4)]),
        ([[1, 2], []], "int64[?]", [(2,), (0,)]),
        ([[], []], "float64[0]", [(0,), (0,)]),
    ],
)
def test_empty_lists_are_rows_of_any_shape(rows: list[Any], schema: str, shapes: list[tuple[int, ...]]) -> None:
    samples = dx.buffer_from_vector([{"b": row} for row in rows])
    assert str(samples.schema) == f"b  {schema}" and [sample["b"].shape for sample in samples] == shapes
    batch = samples.batch(9)[0]["b"]
    assert batch.shape == (len(rows), *map(max, zip(*shapes)))


@pytest.mark.parametrize("rows", [[[1, 2], b""], [b"", [1, 2]], ["", []], [1, []], [[], 1], [[], "a"]])
def test_empty_lists_are_no_other_values(rows: list[Any]) -> None:
    with pytest.raises(dx.Error, match="row 1, key 'b'"):
        dx.buffer_from_vector([{"b": row} for row in rows])


def test_files_that_samples_name_lie_in_the_folder(tmp_path):
    inside = tmp_path / "in"
    inside.mkdir()
    for place in (inside / "a.csv", tmp_path / "secret.csv", tmp_path / "in.csv"):
        place.write_bytes(CSV)
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    (inside / "up").symlink_to(tmp_path)
    (inside / "same.csv").symlink_to("a.csv")

    def read(name, **options):
        stream = dx.buffer_from_vector([{"f": str(name)}]).to_stream()
        lines = len(list(stream.line_reader_from_key("f", "l", **options)))
        stream.reset()
        assert text(stream.csv_reader_from_key("f", columns=["a"], **options), "a") == ["1", "3"]
        return lines

    for name in ("a.csv", inside / "a.csv", "same.csv", "./a.csv", "../in/a.csv"):
        assert read(name, local_prefix=inside) == read(inside / name) == 3
    for name in ("../secret.csv", tmp_path / "secret.csv", "link.csv", "up/secret.csv", "../in.csv"):
        with pytest.raises(dx.Error, match='"f" names it, and it is outside of the folder'):
            read(name, local_prefix=inside)
    assert read(tmp_path / "secret.csv") == 3
