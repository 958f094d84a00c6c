# SPDX-License-Identifier: Apache-2.0
"""Tests of buffers as tables: conditions, values that occur, orders by value, parts, draws, and HTML."""

from __future__ import annotations

import datetime
import math
import pickle
import re
from pathlib import Path

import colonnade as dx
import numpy as np
import pytest
from colonnade import col
from colonnade._table import _sizes
from conftest import values
from test_tutorial import blocks

NUMBERS = [3, -1, 2**62 + 1, 0, 3, -(2**63)]


def column(key_values, dtype=None):
    array = np.asarray(key_values, dtype)
    return dx.buffer_from_vector([{"k": value, "n": index} for index, value in enumerate(array)])


@pytest.fixture
def named(tmp_path):
    rows = [
        {"label": np.int8(n % 3), "name": f"n{n % 4}", "x": n / 4, "data": bytes([n % 2]), "n": n} for n in range(12)
    ]
    return dx.ingest(rows, tmp_path / "named.colonnade", labels={"label": ["cat", "dog", "fish"]})


@pytest.mark.parametrize("dtype", ["int64", "float64"])
@pytest.mark.parametrize("value", [3, 0, -1, 2**62 + 1, 2.5, -0.5, 3.0, 1e30, -1e30, math.inf, -math.inf, math.nan])
def test_comparisons_are_those_of_python(dtype, value):
    # Python compares integers and floats exactly, and NumPy does not.
    if dtype == "float64" and isinstance(value, int) and abs(value) > 2**53:
        with pytest.raises(ValueError, match="beyond 2"):
            column(NUMBERS, dtype).filter(col("k") == value)
        return
    items = np.asarray(NUMBERS, dtype).tolist()
    samples = column(NUMBERS, dtype)
    for condition, check in (
        (col("k") == value, lambda x: x == value),
        (col("k") != value, lambda x: x != value),
        (col("k") < value, lambda x: x < value),
        (col("k") <= value, lambda x: x <= value),
        (value < col("k"), lambda x: x > value),
        (col("k") >= value, lambda x: x >= value),
    ):
        expected = [n for n, item in enumerate(items) if check(item)]
        assert samples.filter(condition)["n"].tolist() == expected, condition
        assert [int(s["n"]) for s in samples.to_stream().filter(condition)] == expected, condition


def test_conditions_are_combined(named):
    for condition, expected in (
        ((col("label") == "cat") & (col("n") > 2), [3, 6, 9]),
        ((col("label") != "cat") & ~(col("name") == "n1"), [2, 4, 7, 8, 10, 11]),
        ((col("n") < 2) | (col("name") >= "n3"), [0, 1, 3, 7, 11]),
        (col("label").isin(["dog", "fish"]) & col("n").isin([1, 3, 5, 99]), [1, 5]),
        (col("data") == b"\1", [1, 3, 5, 7, 9, 11]),
        (col("label") == 1, [1, 4, 7, 10]),
        (col("n") == 300, []),
        (col("label") < 300, list(range(12))),
    ):
        assert named.filter(condition)["n"].tolist() == expected, condition
        assert [int(s["n"]) for s in named.to_stream().filter(condition)] == expected, condition
    # A float is rounded to the type of the column.
    assert column([0.1, 0.2], "float32").filter(col("k") == 0.1)["n"].tolist() == [0]
    assert repr((col("a") == "x") & ~(col("b") > 1)) == "(col('a') == 'x') & ~(col('b') > 1)"


def test_times_are_compared_with_times(tmp_path):
    times = np.array(["2020-01-01", "2021-06-01T12:00", "NaT"], "datetime64[us]")
    spans = times - times[0]
    columns = {"t": times, "d": times.astype("datetime64[D]"), "s": spans, "n": np.arange(3)}
    data = dx.ingest(columns, tmp_path / "t.colonnade", fill=dict.fromkeys("tds", "NaT"))
    least = np.iinfo(np.int64).min
    for condition, expected in [
        (col("t") >= datetime.datetime(2020, 1, 2), [1]),
        (col("t") < np.datetime64("2020-01-02"), [0]),
        (col("t") == "2020-01-01", [0]),
        (col("t") != np.datetime64("2020-01-01T00:00:00.000"), [1, 2]),
        (col("d") > datetime.date(2020, 1, 1), [1]),
        (col("d").isin(["2021-06-01", "1970-01-01"]), [1]),
        (col("s") > datetime.timedelta(days=1), [1]),
        (col("s") <= np.timedelta64(0, "s"), [0]),
        (col("t") < 0, []),
        (col("t") == least, [2]),
    ]:
        assert data.filter(condition)["n"].tolist() == expected, condition
        assert [int(sample["n"]) for sample in data.to_stream().filter(condition)] == expected, condition
    for condition, message in [
        (col("d") > datetime.datetime(2020, 1, 1, 5), "same kind"),
        (col("t") > datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), "zone"),
        (col("t") > "yesterday", "ISO 8601"),
        (col("t") == np.datetime64("NaT"), "NaT"),
        (col("t") == np.array("NaT", "datetime64[us]"), "NaT"),
        (col("t") > times, "single value"),
        (col("t") > "2020-01-01T00:00:00.000000001", "part of a unit"),
        (col("t") > b"x", "a time, a text or a number"),
    ]:
        with pytest.raises((ValueError, TypeError), match=message):
            data.filter(condition)


def test_a_filter_by_a_condition_has_a_plan(named):
    chosen = named.shuffle(seed=1).filter(col("n") > 5)
    assert dx.from_plan(chosen.plan())["n"].tolist() == chosen["n"].tolist()
    assert pickle.loads(pickle.dumps(chosen))["n"].tolist() == chosen["n"].tolist()
    stream = named.to_stream().filter(pickle.loads(pickle.dumps(col("n") > 5)))
    assert values(stream, "n") == list(range(6, 12))
    with pytest.raises(ValueError, match="unequal numbers"):
        named.shard(rank=0, of=2).filter(col("n") > 5)


def test_wrong_conditions(named):
    for condition, error, words in (
        (col("lable") == 1, KeyError, 'no key "lable"'),
        (col("label") == "cow", ValueError, "has no class 'cow'"),
        (col("label") < "cat", ValueError, "no order"),
        (col("name") == 1, TypeError, "compared with str"),
        (col("data") == "a", TypeError, "compared with bytes"),
        (col("n") == "a", TypeError, "compared with a number"),
        (col("n") == [1], TypeError, "compared with a number"),
    ):
        with pytest.raises(error, match=words):
            named.filter(condition)
    for wrong in (
        lambda: (col("n") > 1) and (col("n") < 3), lambda: 1 < col("n") < 3, lambda: not (col("n") > 1),
        lambda: col("n") > 1 & col("n"), lambda: (col("n") > 1) & True, lambda: bool(col("n")),
        lambda: col("n").isin("abc"), lambda: col(3), lambda: col("n") == col("x"),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(ValueError, match="are batches"):
        named.batch(2).filter(col("n") == 1)
    with pytest.raises(ValueError, match="of shape"):
        dx.buffer_from_vector([{"v": [1, 2]}]).filter(col("v") == 1)
    # Bytes of one shape are a tensor.
    with pytest.raises(ValueError, match="of shape"):
        named.reshape("data", [1]).filter(col("data") == 1)


def test_unique_and_value_counts(named):
    assert named.value_counts("label") == {"cat": 4, "dog": 4, "fish": 4}
    assert named.unique("label").tolist() == [0, 1, 2] and named.unique("label").dtype == np.int8
    assert named[:3].append(named[:1]).value_counts("name") == {"n0": 2, "n1": 1, "n2": 1}
    assert named.unique("name").tolist() == ["n0", "n1", "n2", "n3"]
    assert named.value_counts("data") == {b"\0": 6, b"\1": 6}
    assert list(column([5, 1, 5, 7, 1, 5]).value_counts("k").items()) == [(5, 3), (1, 2), (7, 1)]
    assert column([3, 1, 3], "uint8").value_counts("k") == {3: 2, 1: 1}
    assert column([True, False, True]).value_counts("k") == {True: 2, False: 1}
    nans = column([math.nan, 1.0, math.nan])
    assert nans.unique("k")[0] == 1 and len(nans.unique("k")) == 2 and list(nans.value_counts("k").values()) == [2, 1]
    assert named[:0].value_counts("label") == {} and named[:0].unique("name").tolist() == []
    with pytest.raises(KeyError):
        named.unique("lable")
    with pytest.raises(ValueError, match="of shape"):
        named.batch(2).unique("n")


def test_no_class_is_counted_as_a_number(tmp_path):
    data = dx.ingest([{"l": np.int8(n)} for n in (0, -1, 0)], tmp_path / "l.colonnade", labels={"l": ["a"]})
    assert data.value_counts("l") == {"a": 2, -1: 1}


def test_sort_by(named):
    assert column(NUMBERS).sort_by("k")["n"].tolist() == np.argsort(NUMBERS, kind="stable").tolist()
    mixed = column([math.nan, 1, -0.0, -math.inf, 0, math.inf, -1, 1e-300, 2.0**60])
    assert mixed.sort_by("k")["n"].tolist() == [3, 6, 2, 4, 7, 1, 8, 5, 0]
    assert mixed.sort_by("k", descending=True)["n"].tolist() == [5, 8, 1, 7, 2, 4, 6, 3, 0]
    random = np.random.default_rng(1)
    for dtype in ("int8", "uint64", "int64", "float32"):
        array = random.integers(0, 256, 8 * 300, np.uint8).view(dtype)
        array = np.nan_to_num(array) if dtype == "float32" else array
        assert column(array).sort_by("k")["n"].tolist() == np.argsort(array, kind="stable").tolist()
    assert named.sort_by("name", descending=True)["n"].tolist() == [3, 7, 11, 2, 6, 10, 1, 5, 9, 0, 4, 8]
    ordered = named.shuffle(seed=1).sort_by("label")
    assert ordered["label"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert dx.from_plan(ordered.plan())["n"].tolist() == ordered["n"].tolist()
    assert "sort_by(key='label')" in str(ordered)
    with pytest.raises(KeyError):
        named.sort_by("lable")


def test_split_sizes(ten):
    thousand = dx.buffer_from_vector([{"x": i} for i in range(1000)])
    for parts, sizes in (
        ([0.8, 0.1, 0.1], [800, 100, 100]),
        ([0.29, 0.71], [290, 710]),
        ([1 / 3, 1 / 3, 1 / 3], [334, 333, 333]),
        ([1.0], [1000]),
        ([1000], [1000]),
        ([999, 1], [999, 1]),
        ([0.0, 1.0], [0, 1000]),
        (np.array([0.5, 0.5]), [500, 500]),
    ):
        split = thousand.split(parts, seed=1)
        assert [len(part) for part in split] == sizes
        assert sorted(x for part in split for x in part["x"]) == list(range(1000))
    assert [len(part) for part in ten.split([0.75, 0.25], seed=1)] == [8, 2]
    assert [part["x"].tolist() for part in ten.split([0.5, 0.5], seed=3)] == [
        part["x"].tolist() for part in ten.split([0.5, 0.5], seed=3)
    ]
    stream = ten.split([0.5, 0.5], seed=3)[0].to_stream()
    assert values(stream.epoch(0)) == values(stream.epoch(4))
    for wrong, words in (
        ([0.5, 0.4], "sum of fractions must be 1"),
        ([], "at least one"),
        ([1.5, -0.5], "not negative"),
        ([math.nan, 1], "not negative"),
        ([4, 5], "9 samples together"),
        ([0.99, 0.01], r"parts\[1\] would have no sample"),
    ):
        with pytest.raises(ValueError, match=words):
            ten.split(wrong)
    with pytest.raises(TypeError):
        ten.split("ab")


def test_stratified_split(named):
    data = dx.buffer_from_vector([{"label": "abc"[min(n // 60, 2)], "n": n} for n in range(150)])
    train, test = data.split([0.8, 0.2], seed=5, stratify="label")
    for part, expected in ((train, (48, 48, 24)), (test, (12, 12, 6))):
        assert all(abs(part.value_counts("label")[key] - count) <= 1 for key, count in zip("abc", expected))
    assert sorted([*train["n"], *test["n"]]) == list(range(150))
    # Values that occur once are in all parts.
    each = data.split([0.5, 0.5], seed=5, stratify="n")[0]["n"]
    assert 20 < (each < 75).sum() < 55
    again = dx.from_plan(named.split([0.5, 0.5], seed=2, stratify="label")[1].plan())
    assert again["n"].tolist() == named.split([0.5, 0.5], seed=2, stratify="label")[1]["n"].tolist()


def test_draws(named):
    drawn = named.sample("n", 1000, seed=1)
    counts = drawn.value_counts("n")
    assert 0 not in counts and abs(counts[11] - 1000 * 11 / 66) < 60
    assert drawn["n"].tolist() == named.sample(np.arange(12), 1000, seed=1)["n"].tolist()
    stream = drawn.to_stream()
    first = [next(stream)["n"].item() for _ in range(5)]
    rest = values(drawn.to_stream().resume(stream.state()), "n")
    assert [*first, *rest] == drawn["n"].tolist()
    assert values(drawn.to_stream().epoch(1), "n") != drawn["n"].tolist()
    assert dx.from_plan(drawn.plan())["n"].tolist() == drawn["n"].tolist()
    assert pickle.loads(pickle.dumps(named.sample([1.0] * 12, seed=2)))["n"].tolist() == (
        named.sample([1.0] * 12, seed=2)["n"].tolist()
    )
    assert len(named.balance("label", seed=1)) == 12
    assert all(
        abs(count - 100) < 40 for count in named[:7].balance("label", 300, seed=1).value_counts("label").values()
    )
    for wrong in ([1.0], [-1.0] * 12, [math.nan] * 12, [0.0] * 12):
        with pytest.raises(ValueError):
            named.sample(wrong)
    with pytest.raises(TypeError):
        named.sample(["a"] * 12)
    with pytest.raises(ValueError, match="single numbers"):
        named.sample("name")


def test_html(tmp_path):
    rows = [
        {
            "<script>": "<img src=x onerror=alert(1)>" + "y" * 500,
            "picture": np.full((8, 8, 3), n, np.uint8),
            "label": n % 2,
            "sound": b"RIFF<>",
            "x": n / 2,
        }
        for n in range(50)
    ]
    data = dx.ingest(rows, tmp_path / "h.colonnade", labels={"label": ['"<b>', "dog"]})
    page = data._repr_html_()
    assert "<script" not in page and "<img src=x" not in page and "<b>&quot;" not in page
    assert "&lt;script&gt;" in page and "&quot;&lt;b&gt;" in page and "dog" in page
    assert page.count("data:image/png;base64,") == 5 and page.count("<svg") == 2 and "6 bytes" in page
    assert "0 … 24.5" in page and len(page) < 20_000
    assert set(re.findall(r"<(/?\w+)", page)) <= set(
        "div /div b /b table /table thead /thead tbody /tbody tr /tr th /th td /td br small /small img svg /svg rect".split()
    )
    # A notebook calls no function of the program for the histograms.
    calls = []
    changed = data.key_transform("x", lambda x: calls.append(1) or x)
    del calls[:]
    assert "<svg" not in changed._repr_html_() and len(calls) == 5
    failing = data.key_transform("x", lambda x: x if x < 1 else 1 / 0)
    assert "ZeroDivisionError" in failing._repr_html_()
    assert "3 batches" in data[:6].batch(2)._repr_html_()
    assert "0 samples" in data[:0]._repr_html_()


def test_the_page_about_tables_runs(tmp_path, monkeypatch):
    pytest.importorskip("duckdb"), pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code in blocks((Path(__file__).parents[2] / "docs/table.md").read_text(encoding="utf-8")):
        exec(code, names)
    assert (tmp_path / "table.parquet").exists()


def test_damaged_values_decide_nothing(tmp_path):
    rows = [{"k": 1000 + n, "n": np.full(8, n)} for n in range(500)]
    dx.ingest(rows, tmp_path / "k.colonnade")
    content = bytearray((tmp_path / "k.colonnade").read_bytes())
    place = content.index(np.int64(1433).tobytes())
    content[place + 1] ^= 64
    (tmp_path / "k.colonnade").write_bytes(content)
    for decide in (
        lambda data: data.sort_by("k"),
        lambda data: data.filter(col("k") > 1000),
        lambda data: data.unique("k"),
        lambda data: data.value_counts("k"),
        lambda data: data.sample("k", seed=1),
        lambda data: data.balance("k", seed=1),
        lambda data: data.split([0.5, 0.5], seed=1, stratify="k"),
    ):
        with pytest.raises(dx.CorruptFileError, match='"k"'):
            decide(dx.open(tmp_path / "k.colonnade"))


def test_bfloat16_is_counted_by_value():
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    data = column([math.nan, 1.5, -2, math.nan, 1.5], bfloat16)
    assert data.unique("k").dtype == bfloat16 and data.unique("k")[:2].tolist() == [-2, 1.5]
    assert list(data.value_counts("k").values()) == [2, 2, 1]


def test_sizes_of_parts_are_exact():
    for parts, count, expected in (
        ([0.15, 0.85], 10, [2, 8]),
        ([1 / 3, 1 / 3, 1 / 3], 10**10, [3333333334, 3333333333, 3333333333]),
        ([0.7, 0.1, 0.1, 0.1], 10**18, [7 * 10**17, 10**17, 10**17, 10**17]),
        ([0.5 + 4e-10, 0.5], 10**12, None),
        ([0.5 - 4e-10, 0.5], 10**12, None),
        ([0.1] * 10, 10**15 + 7, None),
    ):
        sizes = _sizes(parts, count)
        assert sum(sizes) == count and (expected is None or sizes == expected)
        assert all(abs(size - part / math.fsum(parts) * count) <= 1 + count * 1e-11 for size, part in zip(sizes, parts))
    # Integers are numbers of samples, whatever their sum.
    assert _sizes([1, 0], 1) == [1, 0]
    for wrong in ([1], [1, 0]):
        with pytest.raises(ValueError, match="fractions as floats"):
            _sizes(wrong, 10)


def test_charts_of_close_and_large_numbers():
    for items, bars in (
        (np.full(30, 1.7e18), [30]),
        (np.arange(30) // 15 + 2**62, [15, 15]),
        (np.array([-(2**63), 2**63 - 1]), [1, 1]),
        (np.array([0, 2**64 - 1], np.uint64), [1, 1]),
        (np.array([0, 5e-324]), [1, 1]),
        (np.array([1.0, np.nextafter(1, 2), math.nan]), [1, 1]),
    ):
        page = column(items)._repr_html_()
        heights = re.findall(r'height="(\d+)"/>', page.split("</svg>")[0])
        assert len(heights) == 20 and sum(height != "0" for height in heights) == len(bars), items
    # Their difference is no float.
    assert column([-1.7e308, 1.7e308])._repr_html_().count("<svg") == 1


def test_the_slice_of_all_samples_is_a_selection():
    shuffled = dx.buffer_from_vector([{"x": i} for i in range(20)]).shuffle(seed=1)
    for chosen in (shuffled[:], shuffled[0:20], shuffled[:19]):
        assert values(chosen.to_stream().epoch(3)) == chosen["x"].tolist() == shuffled["x"].tolist()[: len(chosen)]


def test_a_sample_drawn_twice_changes_alike():
    data = dx.buffer_from_vector([{"x": np.arange(1000), "n": n} for n in range(2)])
    drawn = data.balance("n", 20, seed=1).random_slice("x", 0, 1, seed=2)
    for epoch in range(2):
        found = {(int(s["n"]), int(s["x"][0])) for s in drawn.to_stream().epoch(epoch)}
        assert len(found) == 2
