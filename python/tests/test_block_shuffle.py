# SPDX-License-Identifier: Apache-2.0
"""Shuffles in blocks: the order of formats/row-order-2.md."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import colonnade as dx
import numpy as np
import pytest

VECTORS = Path(__file__).parents[2] / "formats/vectors/row-order-2.json"

#: An order of 50 samples in 17 blocks, of which 8 are open.
BLOCKS: dict[str, Any] = {"blocks": 8, "block_rows": 3}


def numbers(count: int = 50) -> dx.Buffer:
    return dx.buffer_from_vector([{"x": i} for i in range(count)])


def rows(samples: Any) -> list[int]:
    return [int(sample["x"]) for sample in samples]


def test_the_order_is_the_published_one():
    if not VECTORS.exists():
        pytest.skip("only beside the sources")
    vectors = [v for v in json.loads(VECTORS.read_text()) if v["n"] < 10_000 and v["epoch"] == 0]
    assert len(vectors) >= 9
    for vector in vectors:
        shuffled = numbers(vector["n"]).shuffle(
            vector["seed"], blocks=vector["openBlocks"], block_rows=vector["blockRows"], lanes=vector["lanes"]
        )
        assert rows(shuffled.take(16)) == vector["first"]
        assert [[index, int(shuffled[index]["x"])] for index, _ in vector["later"]] == vector["later"]


def test_epochs_selections_pickles_and_plans(tmp_path):
    shuffled = numbers().shuffle(1, **BLOCKS)
    epochs = [rows(shuffled.to_stream().epoch(epoch)) for epoch in range(3)]
    assert epochs[0] == rows(shuffled) and epochs[0] != epochs[1] != epochs[2]
    assert all(sorted(epoch) == list(range(50)) for epoch in epochs)
    assert [rows(shuffled.take(9).to_stream().epoch(n)) for n in range(3)] == [epochs[0][:9]] * 3
    assert rows(pickle.loads(pickle.dumps(shuffled))) == epochs[0]
    stored = dx.ingest([{"x": i} for i in range(50)], tmp_path / "fifty.colonnade").shuffle(1, **BLOCKS)
    assert rows(dx.from_plan(stored.plan())) == rows(stored) == epochs[0]
    assert ".shuffle(seed=1, blocks=8, block_rows=3)" in str(shuffled)
    assert sum((rows(shuffled.shard(rank, 2)) for rank in range(2)), []) == epochs[0][::2] + epochs[0][1::2]
    assert rows(shuffled.shuffle_if(False, 2, **BLOCKS)) == epochs[0]
    assert rows(numbers().shuffle_if(True, 1, **BLOCKS)) == epochs[0]
    assert rows(numbers().shuffle(1, blocks=8, block_rows=3, lanes=8)) != epochs[0]
    with_default = numbers(2000).shuffle(1, blocks=True, block_rows=2)
    assert rows(with_default) == rows(numbers(2000).shuffle(1, blocks=768, block_rows=2, lanes=192))
    assert "in blocks of 2, seed 1: 768 of 1000 are open at once" in with_default.explain()
    # The default of Swift.
    assert "768 suit most data" in dx._core.operations_document()


def test_a_state_of_another_order_is_refused():
    stream = numbers().shuffle(1, **BLOCKS).to_stream().batch(4)
    next(stream)
    state = json.loads(json.dumps(stream.state()))
    resumed = numbers().shuffle(1, **BLOCKS).to_stream().batch(3).resume(state)
    assert sum(([int(x) for x in batch["x"]] for batch in resumed), []) == rows(numbers().shuffle(1, **BLOCKS))[4:]
    with pytest.raises(ValueError, match="saved with shuffle in 8 blocks of 3, where this pipeline has shuffle;"):
        numbers().shuffle(1).to_stream().resume(state)
    with pytest.raises(ValueError, match="has shuffle in 4 blocks of 3;"):
        numbers().shuffle(1, blocks=4, block_rows=3).to_stream().resume(state)
    with pytest.raises(ValueError, match="shuffle in 8 blocks of 3 has other arguments here"):
        numbers().shuffle(2, **BLOCKS).to_stream().resume(state)


def test_wrong_arguments_and_batches_that_are_too_large():
    buffer = numbers()
    for options in ({"block_rows": 3}, {"lanes": 1}, {"blocks": False, "lanes": 1}):
        with pytest.raises(TypeError, match="block_rows and lanes belong to blocks"):
            buffer.shuffle(1, **options)
    for name in ("blocks", "block_rows", "lanes"):
        for wrong in (0, -1):
            with pytest.raises(ValueError, match=f"{name} must be at least 1, not {wrong}"):
                buffer.shuffle(1, **{**BLOCKS, name: wrong})
        for wrong in ("8", 8.0):
            with pytest.raises(TypeError, match=f"{name} must be an integer"):
                buffer.shuffle(1, **{**BLOCKS, name: wrong})
        with pytest.raises(ValueError, match=f"^{name} is 9223372036854775807, "):
            buffer.shuffle(1, **{**BLOCKS, name: 2**63 - 1})
    with pytest.raises(ValueError, match=r"blocks is 1048577, out of range \(1\.\.\.1048576\)"):
        buffer.shuffle(1, blocks=2**20 + 1)
    with pytest.raises(ValueError, match=r"block_rows is 2147483649, out of range \(1\.\.\.2147483648\)"):
        buffer.shuffle(1, blocks=4, block_rows=2**31 + 1)
    with pytest.raises(ValueError, match="lanes is 3, and must be a number that divides blocks, which is 8"):
        buffer.shuffle(1, **BLOCKS, lanes=3)
    shuffled = buffer.shuffle(1, **BLOCKS)
    with pytest.raises(ValueError, match="a batch of 9 would have several samples of one block, since only 8 blocks"):
        shuffled.to_stream().batch(9)
    with pytest.raises(ValueError, match="for each of 3 ranks would .* shuffle with at least 12 blocks"):
        shuffled.shard(0, 3).batch(4)
    with pytest.raises(ValueError, match="a batch of 3 for each of 3 partitions would have"):
        shuffled.partition(3, 0).batch(3)
    pipeline = buffer._node.pipeline
    with pytest.raises(ValueError, match="block_rows and lanes need blocks: give blocks too, or leave them out"):
        pipeline.apply("shuffle", seed=1, lanes=1)


def test_data_sets_of_many_files_are_one_order(tmp_path):
    root = tmp_path / "many.colonnade"
    for task, part in enumerate((range(7), range(7, 30), range(30, 50))):
        dx.write_fragment(root, [{"x": i} for i in part], job="parts", task=task)
    dx.commit(root, "parts")
    shuffled = dx.open(root).shuffle(1, **BLOCKS)
    assert rows(shuffled) == rows(numbers().shuffle(1, **BLOCKS))
    batches = shuffled.to_stream().batch(8).prefetch(4, 2)
    assert sum(([int(x) for x in batch["x"]] for batch in batches), []) == rows(shuffled)


def test_explain_says_where_rows_are_read_one_by_one():
    shuffled = numbers(3000).shuffle(1, blocks=48, block_rows=7)
    single = "but other steps choose, order, join or batch the samples, so that they are read one by one"
    for pipeline in (
        shuffled.batch([10, 20]),
        shuffled.batch(4).shuffle(1),
        shuffled.batch(4).batch(2),
        shuffled.append(numbers()),
        shuffled.to_stream().filter(lambda sample: True),
    ):
        assert single in pipeline.explain() and "each block is read" not in pipeline.explain()
    for pipeline in (shuffled.batch(4).take(9), shuffled.to_stream().prefetch(4, 1).filter(lambda sample: True)):
        assert "each block is read 1.11 times" in pipeline.explain() and single not in pipeline.explain()
    folds = dx.concat([numbers(3000).partition(3, fold) for fold in range(2)]).shuffle(1, blocks=48, block_rows=7)
    assert "its rows one by one, since they were chosen, ordered or batched before they were joined" in folds.explain()


def test_columns_and_copies_of_a_shuffled_table(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(70_000) % 1_000)
    table = dx.ingest(tmp_path / "x.npy", tmp_path / "x.colonnade").shuffle(1, **BLOCKS)
    (key,) = table.keys()
    column = table[key]
    assert np.bincount(column).tolist() == [70] * 1_000 and column[:1_000].tolist() != list(range(1_000))
    assert table.unique(key).tolist() == list(range(1_000))
    assert table.take(3).batch(3)[0][key].tolist() == column[:3].tolist()
    assert table.batch(70_000)[0][key].tolist() == column.tolist()
    assert next(table.sort_by(key).to_stream().batch(71))[key].tolist() == [0] * 70 + [1]
    copy = dx.ingest(table.take(5_000), tmp_path / "copy.colonnade")
    assert copy[key].tolist() == column[:5_000].tolist()
    assert sum(len(part) for part in table.split([0.5, 0.5], seed=1)) == 70_000
    for shuffled in (table, table.take(69_000), table.partition(2, 0)):
        with pytest.raises(ValueError, match="a batch of 9 .*would have several samples"):
            shuffled.batch(9)
    assert [len(batch[key]) for batch in table.batch([20, 30])] == [20, 30]
    with pytest.raises(ValueError, match="a batch of 69999 would have"):
        table.batch(69_999)


def test_default_blocks_have_a_mebibyte_of_the_selected_columns(tmp_path):
    many = dx.ingest(
        {"small": np.arange(3_000), "large": np.zeros((3_000, 30_000), np.uint8)}, tmp_path / "two.colonnade"
    )
    rows = [buffer.shuffle(1, blocks=1).explain() for buffer in (many, many.select("small"), many.partition(3, 0))]
    assert ["in blocks of 32, " in text for text in rows] == [True, False, True]
    assert "in blocks of 131072, " in rows[1]
    assert "by each of" not in rows[0]


def test_the_largest_draw_is_shuffled_in_the_smallest_blocks():
    drawn = dx.buffer_from_vector([{"x": 3}]).sample([1], 2**63 - 1, seed=1).shuffle(1, blocks=1, block_rows=1)
    assert int(drawn[2**63 - 2]["x"]) == 3
