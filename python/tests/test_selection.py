# SPDX-License-Identifier: Apache-2.0
"""Tests of shuffles below a selection, of steps that follow the epoch, and of equal numbers of batches for ranks."""

from __future__ import annotations

import random

import colonnade as dx
import pytest


def counting(count, first=0):
    return dx.buffer_from_vector([{"x": i, "t": list(range(1 + i % 4))} for i in range(first, first + count)])


def rows(stream, epoch=0):
    return [int(x) for sample in stream.epoch(epoch) for x in sample["x"].ravel()]


SELECTIONS = {
    "take": (lambda b: b.take(30), range(30)),
    "skip": (lambda b: b.skip(30), range(30, 40)),
    "partition": (lambda b: b.partition(3, 1), range(1, 40, 3)),
    "perm": (lambda b: b.perm([3, 1, 1, 39]), [3, 1, 1, 39]),
    "batch": (lambda b: b.batch([3, 4]), range(7)),
    "batches": (lambda b: b.batch(4).take(2), range(8)),
    "append": (lambda b: b.append(counting(3, 50)).take(10), range(10)),
    "zip": (lambda b: b.zip(dx.buffer_from_vector([{"y": 0}] * 5)), range(5)),
    "shard": (lambda b: b.shard(1, 2).take(3), [1, 3, 5]),
}


@pytest.mark.parametrize("name", SELECTIONS)
def test_a_selection_is_the_same_in_every_epoch(name):
    select, positions = SELECTIONS[name]
    shuffled = counting(40).shuffle(seed=1)
    order = [int(s["x"]) for s in shuffled]
    expected = [order[position] for position in positions]
    selected = select(shuffled)
    for epoch in range(4):
        assert rows(selected.to_stream(), epoch) == expected
        assert sorted(rows(selected.shuffle(seed=2).to_stream(), epoch)) == sorted(expected)
    assert "the order of epoch 0 in all epochs" in selected.explain()


def test_filters_of_buffers_keep_their_order_and_filters_of_streams_follow_the_epoch():
    shuffled = counting(40).shuffle(seed=1)
    for chosen in (shuffled.filter(lambda s: s["x"] % 2 == 0), shuffled.filter_by_shape("t", 0, low=2, high=3)):
        first = [int(s["x"]) for s in chosen]
        assert all(rows(chosen.to_stream(), epoch) == first for epoch in range(3))
        assert "the order of epoch 0 in all epochs" in chosen.explain()
    stream = shuffled.to_stream().filter(lambda s: s["x"] % 2 == 0)
    assert len({tuple(rows(stream, epoch)) for epoch in range(3)}) == 3
    assert "another order each epoch" in stream.explain()


def test_validation_data_never_leaks_into_training():
    data = counting(1000).shuffle(seed=1)
    train, held = data.take(900).to_stream(), data.skip(900).to_stream()
    expected = set(rows(held))
    for _ in range(3):
        assert expected.isdisjoint(int(s["x"]) for s in train)
        assert expected == {int(s["x"]) for s in held}
        train.reset()
        held.reset()
    for make in (lambda: data.to_stream(), lambda: data.to_stream().shuffle(20, seed=3)):
        for epoch in range(3):
            assert set(rows(make().skip(900), epoch)) == set(rows(make().skip(900)))
            assert set(rows(make().take(900), epoch)).isdisjoint(rows(make().skip(900), epoch))
    folds = [data.partition(5, fold) for fold in range(5)]
    assert all(rows(fold.to_stream(), 1) == rows(fold.to_stream()) for fold in folds)


def test_random_chains_agree_with_lists():
    for seed in range(60):
        draw = random.Random(seed)
        buffer, lists, last = counting(20), [[[i] for i in range(20)]] * 3, ""
        is_batched = False
        for _ in range(draw.randrange(2, 8)):
            count, kind = (
                len(lists[0]),
                draw.choice(["shuffle", "take", "skip", "perm", "partition", "batch", "filter"]),
            )
            if kind == "shuffle" and last != "shuffle":
                # A buffer of numbers gives the order of a shuffle of this many samples.
                order = dx.buffer_from_vector([{"x": i} for i in range(count)] or [{"x": 0}]).shuffle(seed=seed)
                buffer = buffer.shuffle(seed=seed)
                if count:
                    lists = [[items[i] for i in rows(order.to_stream(), n)] for n, items in enumerate(lists)]
            elif kind in ("take", "skip"):
                number = draw.randrange(count + 3)
                buffer = getattr(buffer, kind)(number)
                lists = [lists[0][:number] if kind == "take" else lists[0][number:]] * 3
            elif kind == "perm" and count:
                positions = [draw.randrange(count) for _ in range(draw.randrange(2 * count))]
                buffer, lists = buffer.perm(positions), [[lists[0][i] for i in positions]] * 3
            elif kind == "partition":
                buffer, lists = buffer.partition(2, 1), [lists[0][1::2]] * 3
            elif kind == "batch" and not is_batched:
                # Batches of batches are padded with zeros.
                is_batched = True
                buffer = buffer.select("x").batch(2)
                lists = [[sum(items[i : i + 2], []) for i in range(0, count, 2)] for items in lists]
            elif kind == "filter":
                buffer = buffer.filter(lambda s: s["x"].ravel()[0] % 3 != 1)
                lists = [[item for item in lists[0] if item[0] % 3 != 1]] * 3
            else:
                continue
            last = kind
        for epoch in range(3):
            assert rows(buffer.to_stream(), epoch) == [x for item in lists[epoch] for x in item], (seed, epoch)


def test_ranks_that_would_have_unequal_numbers_of_batches_are_refused():
    sharded = counting(40).shard(0, 2)
    with pytest.raises(ValueError, match="filter after shard gives ranks unequal numbers.*filter first, then shard"):
        sharded.filter(lambda s: True)
    with pytest.raises(ValueError, match="filter after shard"):
        sharded.filter_by_shape("t", 0, low=2)
    with pytest.raises(ValueError, match="batches by size after shard"):
        sharded.dynamic_batch("t", max_data_size=8)
    stream = sharded.to_stream()
    for refused in (
        lambda: stream.filter(lambda s: True),
        lambda: stream.filter_by_shape("t", 0, low=2),
        lambda: stream.dynamic_batch(8, "t", max_data_size=8),
        lambda: stream.pack("t", 8),
        lambda: stream.sliding_window("t", 2, 1),
        lambda: stream.buffered(8, lambda b: b.filter(lambda s: True)),
    ):
        with pytest.raises(ValueError, match="after shard gives ranks unequal numbers"):
            refused()
    dropping = stream.sample_transform(lambda s: s if s["x"] != 6 else {})
    with pytest.raises(ValueError, match="after shard"):
        list(dropping)
    # Steps that keep the number of samples are allowed, and so is the remedy.
    assert len(list(counting(40).shard(0, 2).to_stream().sample_transform(lambda s: s))) == 20
    counts = {len(list(counting(41).to_stream().pack("t", 8).shard(r, 3).batch(2))) for r in range(3)}
    assert len(counts) == 1
    assert len(counting(40).shard(0, 1).filter(lambda s: s["x"] < 3)) == 3


def test_shard_auto_names_the_launcher(monkeypatch):
    names = ("RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_ID")
    for name in (*names, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "MLX_RANK"):
        monkeypatch.delenv(name, raising=False)

    def shard(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        made = counting(8).shard("auto")
        return len(made), made.explain()

    size, plan = shard(SLURM_PROCID="0", SLURM_NTASKS="4")
    assert size == 8 and "rank 0 of 1 (no launcher found)" in plan
    size, plan = shard(SLURM_STEP_NUM_TASKS="4", SLURM_STEP_ID="0")
    assert size == 2 and "rank 0 of 4 (Slurm)" in plan
    size, plan = shard(RANK="5", WORLD_SIZE="8")
    assert size == 1 and "rank 5 of 8 (torchrun)" in plan


def test_dynamic_batches_count_joined_rows_as_they_are():
    samples = dx.buffer_from_vector([{"x": [0] * n, "i": i} for i, n in enumerate((3, 1, 2, 4, 1, 2))])
    for batches in (
        samples.dynamic_batch("x", max_data_size=6, dim={"x": 0}),
        samples.to_stream().dynamic_batch(6, "x", max_data_size=6, dim={"x": 0}),
    ):
        assert [batch["i"].tolist() for batch in batches] == [[1, 4, 2, 5], [0], [3]]
    boxes = dx.buffer_from_vector([{"x": [[0] * w] * h, "i": i} for i, (h, w) in enumerate([(1, 10), (10, 1), (5, 2)])])
    assert [b["i"].tolist() for b in boxes.dynamic_batch("x", max_data_size=30)] == [[0], [1], [2]]
    shapes = dx.buffer_from_vector([{"x": [1, 10]}, {"x": [10, 1]}, {"x": [5, 2]}])
    joined = boxes.dynamic_batch("x", max_data_size=30, dim={"x": 0}, size_buffer=shapes)
    assert [b["i"].tolist() for b in joined] == [[0], [1, 2]]
