# SPDX-License-Identifier: Apache-2.0
"""Tests of columns as arrays, and of buffers of several samples by slices, integers and masks."""

from __future__ import annotations

import pickle

import colonnade as dx
import numpy as np
import pytest
from conftest import values


@pytest.fixture
def table(tmp_path):
    """A file with a large column, two small ones that share rows, and three that vary."""
    path = tmp_path / "table.colonnade"
    rows = [
        {
            "image": np.full((8, 8), row, np.uint8),
            "label": np.uint8(row % 3),
            "id": np.int64(row * 10),
            "name": f"row {row}",
            "data": bytes([row] * (row % 4)),
            "tokens": np.arange(row % 3, dtype=np.int32),
        }
        for row in range(20)
    ]
    return dx.ingest(rows, path)


def test_a_column_is_a_view_of_the_file(table):
    image = table.select("image")["image"]
    assert image.shape == (20, 8, 8) and image.dtype == np.uint8
    np.testing.assert_array_equal(image[:, 0, 0], np.arange(20))
    assert not image.flags.writeable and image.base is not None and not image.flags.owndata
    # Two accesses are views of the same memory, and a slice of the buffer is a slice of it.
    assert np.shares_memory(image, table["image"])
    assert np.shares_memory(table[5:9]["image"], image[5:9])
    np.testing.assert_array_equal(table[5:9]["image"], image[5:9])


def test_columns_that_share_rows_are_strided_views(table):
    label, number = table["label"], table["id"]
    np.testing.assert_array_equal(label, np.arange(20) % 3)
    np.testing.assert_array_equal(number, np.arange(20) * 10)
    assert (label.dtype, number.dtype) == (np.uint8, np.int64)
    assert label.strides == number.strides and number.strides[0] > 8
    assert np.shares_memory(label, table["label"]) and not label.flags.writeable
    assert np.shares_memory(table[3:]["id"], number) and table[3:]["id"][0] == 30


def test_a_view_outlives_its_buffer(table):
    view = table["id"]
    del table
    assert view.sum() == 1900


def test_each_entry_of_a_column_is_the_value_of_a_sample(table):
    for buffer in (table, table.shuffle(seed=1), table.batch(3), table.batch(20), table.perm([3, 3, 0]), table[4:4]):
        for key in table.keys():
            column = buffer[key]
            assert len(column) == len(buffer)
            for row in range(len(buffer)):
                np.testing.assert_array_equal(column[row], buffer[row][key])


def test_values_of_one_shape_by_chance_are_separate_objects():
    column = dx.buffer_from_vector([{"x": [1, 2]}, {"x": [3, 4]}, {"x": [5]}])[:2]["x"]
    assert column.shape == (2,) and column.dtype == object and column[1].tolist() == [3, 4]
    texts = dx.buffer_from_vector([{"t": "a"}, {"t": "ä\0"}])["t"]
    assert texts.tolist() == ["a", "ä\0"]


def test_columns_of_changed_samples(table):
    order = table.shuffle(seed=3)["id"]
    assert order.tolist() != table["id"].tolist() and sorted(order) == table["id"].tolist()
    assert order.tolist() == [int(sample["id"]) for sample in table.shuffle(seed=3)]
    np.testing.assert_array_equal(
        table.cast("id", "float32").scale("id", 0.5)["id"], np.arange(20, dtype=np.float32) * 5
    )
    np.testing.assert_array_equal(table.key_transform("label", lambda x: x + 1)["label"], np.arange(20) % 3 + 1)
    np.testing.assert_array_equal(table.append(table)["id"], np.tile(np.arange(20) * 10, 2))
    np.testing.assert_array_equal(table.shard(rank=1, of=2)["id"], np.arange(20)[1::2] * 10)
    batches = table.batch(8, drop_last=True)["image"]
    assert batches.shape == (2, 8, 8, 8) and batches[1, 0, 0, 0] == 8
    assert order.flags.writeable


def test_columns_that_are_compressed_appended_or_in_memory(tmp_path):
    dx.ingest([{"x": row} for row in range(9)], tmp_path / "z.colonnade", codec="zlib")
    assert dx.open(tmp_path / "z.colonnade")["x"].tolist() == list(range(9))
    with dx.Writer(tmp_path / "two.colonnade") as writer:
        writer.append({"x": 1.5})
    with dx.Writer(tmp_path / "two.colonnade", append=True) as writer:
        writer.append({"x": 2.5})
    assert dx.open(tmp_path / "two.colonnade")["x"].tolist() == [1.5, 2.5]
    assert dx.buffer_from_vector([{"x": True}, {"x": False}])["x"].tolist() == [True, False]
    with dx.Writer(tmp_path / "none.colonnade", schema={"x": "int16[3]"}):
        pass
    empty = dx.open(tmp_path / "none.colonnade")["x"]
    assert empty.shape == (0, 3) and empty.dtype == np.int16


def test_copies_on_request(table, tmp_path):
    copied = dx.open(tmp_path / "table.colonnade", copy=True)
    for key in ("image", "label", "id"):
        array = copied[key]
        assert array.flags.writeable
        array[:] = 0
        assert copied[key].any()


def test_damage_is_noticed(table, tmp_path):
    path = tmp_path / "table.colonnade"
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(bytes([7] * 64))] ^= 1
    (tmp_path / "damaged.colonnade").write_bytes(damaged)
    with pytest.raises(dx.CorruptFileError, match='row.*of column "image"'):
        dx.open(tmp_path / "damaged.colonnade", verify="touch")["image"]
    assert dx.open(tmp_path / "damaged.colonnade", verify="off")["image"][7].sum() in (7 * 64 - 1, 7 * 64 + 1)


def test_unknown_keys(table):
    with pytest.raises(KeyError, match='there is no key "lable"'):
        table["lable"]


def test_slices_are_buffers(table):
    ids = table.select("id")
    for chosen in (
        slice(None), slice(5), slice(5, None), slice(5, 9), slice(-3, None), slice(None, -3), slice(9, 5),
        slice(100), slice(100, 200), slice(-100, 3), slice(None, None, 3), slice(1, 12, 4), slice(None, None, -1),
        slice(15, 3, -5), slice(3, 15, -5), slice(None, None, 10**30), slice(None, None, -(10**30)), slice(0, 0, 2),
    ):  # fmt: skip
        assert isinstance(ids[chosen], dx.Buffer)
        assert [int(s["id"]) for s in ids[chosen]] == list(range(0, 200, 10))[chosen], chosen
    with pytest.raises(ValueError, match="zero"):
        ids[::0]


@pytest.mark.parametrize(
    "index",
    [
        [3, 1, -1],
        np.array([3, 1, -1]),
        np.array([3, 1, 19], np.uint8),
        range(3, 6),
        [],
        np.array([], int),
        [np.int32(2)],
    ],
)
def test_lists_of_integers(table, index):
    ids = table["id"]
    expected = ids[list(index)] if len(index) else ids[:0]
    np.testing.assert_array_equal(table[index]["id"], expected)


def test_masks(table):
    ids = table["id"]
    for mask in (ids > 50, (ids > 50).tolist(), [True] * 20, [False] * 20, list(ids == 30)):
        np.testing.assert_array_equal(table[mask]["id"], ids[np.asarray(mask)])
    for wrong in ([True], [True] * 21, np.zeros(19, bool), np.zeros(0, bool)):
        with pytest.raises(ValueError, match="the mask has"):
            table[wrong]


@pytest.mark.parametrize("library", ["pyarrow", "polars", "pandas"])
def test_masks_and_indices_of_other_libraries(table, library):
    module = pytest.importorskip(library)
    ids = table["id"]

    def made(values):
        return module.array(values) if library == "pyarrow" else module.Series(values)

    mask = [bool(value > 50) for value in ids]
    np.testing.assert_array_equal(table[made(mask)]["id"], ids[np.asarray(mask)])
    np.testing.assert_array_equal(table[made([3, 1, 19])]["id"], ids[[3, 1, 19]])
    if library == "pyarrow":
        chunks = module.chunked_array([mask[:5], mask[5:]])
        np.testing.assert_array_equal(table[chunks]["id"], ids[np.asarray(mask)])
    with pytest.raises(TypeError, match="integers or bools"):
        table[made([True, None] * 10)]
    with pytest.raises(ValueError, match="the mask has 3 bools"):
        table[made([True, False, True])]


def test_wrong_indices(table):
    for wrong in ([20], [-21], np.array([0, 1 << 62]), np.array([1 << 63], np.uint64), [10**30]):
        with pytest.raises((IndexError, TypeError)):
            table[wrong]
    with pytest.raises(dx.RangeError, match=r"index 20 is out of range \(-20..<20\)"):
        table[[1, 20]]
    for wrong in ([0.5], ["id"], [None], [True, 1], [1, False], [[1], [2, 3]]):
        with pytest.raises((TypeError, ValueError)):
            table[wrong]
    with pytest.raises(ValueError, match="one dimension"):
        table[np.zeros((2, 2), int)]
    with pytest.raises(TypeError, match="both bools and other values"):
        table[[True, 2]]


def test_selections_compose_and_are_pickled(table):
    chosen = table.shuffle(seed=1)[::2][[3, 1]].batch(2)
    again = pickle.loads(pickle.dumps(chosen))
    assert again[0]["id"].tolist() == chosen[0]["id"].tolist() == table.shuffle(seed=1)["id"][[6, 2]].tolist()
    assert dx.from_plan(chosen.plan())[0]["id"].tolist() == chosen[0]["id"].tolist()
    # A selection has the samples of epoch 0 in every epoch.
    stream = table.shuffle(seed=1)[:5].to_stream()
    assert values(stream.epoch(0), "id") == values(stream.epoch(3), "id")


def test_values_of_too_many_dimensions_are_an_error():
    # One dimension more than the interface passes on. No dimension may be lost.
    deep = np.arange(4).reshape((2, 2) + (1,) * 30)
    data = dx.buffer_from_vector([{"x": deep, "n": 1}, {"x": deep, "n": 2}])
    assert data[1]["x"].shape == deep.shape and data["n"].tolist() == [1, 2]
    with pytest.raises(ValueError, match="33 dimensions"):
        data["x"]
    with pytest.raises(ValueError, match="33 dimensions"):
        data.batch(2)[0]
