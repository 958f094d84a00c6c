# SPDX-License-Identifier: Apache-2.0
"""Tests of resuming: in another process, in another stream."""

from __future__ import annotations

import json

import colonnade as dx
import pytest
from conftest import numbers, values

MAKERS = {
    "plain": lambda: numbers(20).to_stream(),
    "shuffled": lambda: numbers(20).shuffle(seed=1).to_stream().batch(3),
    "window": lambda: numbers(20).to_stream().shuffle(5, seed=1),
    "prefetched": lambda: numbers(20).shuffle(seed=1).to_stream().batch(3).prefetch(4, 2),
    "filtered": lambda: numbers(20).to_stream().filter(lambda s: s["x"] % 3 != 1).batch(2),
    "repeated": lambda: numbers(7).shuffle(seed=4).to_stream().repeat(2).batch(4),
    "buffered": lambda: numbers(20).to_stream().buffered(6, lambda b: b.shuffle(seed=3)),
    "mixed": lambda: numbers(9).to_stream().mix(numbers(11).to_stream(), seed=1, exhaustion="leave_out"),
    "lines": lambda: dx.stream_csv_reader_from_string("x\n" + "\n".join("abcdefghij") + "\n"),
    "dropping": lambda: numbers(20).to_stream().sample_transform(lambda s: s if s["x"] % 2 else {}),
    "dynamic": lambda: numbers(20).to_stream().reshape("x", [1]).dynamic_batch(6, "x", max_data_size=4),
}


@pytest.mark.parametrize("name", MAKERS)
def test_resuming_at_every_place_gives_the_rest(name):
    make = MAKERS[name]
    whole = values(make().epoch(1))
    for place in range(len(whole) + 1):
        stream = make()
        stream.reset()
        assert values(next(stream) for _ in range(place)) == whole[:place]
        state = json.loads(json.dumps(stream.state()))
        assert len(json.dumps(state)) < 2000
        assert values(make().resume(state)) == whole[place:]
        # Reading the state does not change it.
        assert values(stream) == whole[place:]


def test_a_resumed_stream_goes_on_to_the_next_epoch():
    make = MAKERS["shuffled"]
    stream = make()
    next(stream)
    resumed = make().resume(stream.state())
    list(resumed), list(stream)
    resumed.reset(), stream.reset()
    assert values(resumed) == values(stream)


def test_batches_and_ranks_may_differ():
    stream = numbers(20).shuffle(seed=1).to_stream().batch(4)
    next(stream), next(stream)
    rest = sum(values(numbers(20).shuffle(seed=1).to_stream().batch(5).resume(stream.state())), [])
    assert rest == values(numbers(20).shuffle(seed=1))[8:]


def test_other_pipelines_and_nonsense_are_refused():
    stream = numbers(20).shuffle(seed=1).to_stream()
    next(stream)
    with pytest.raises(ValueError):
        numbers(20).shuffle(seed=2).to_stream().resume(stream.state())
    with pytest.raises(ValueError):
        numbers(21).shuffle(seed=1).to_stream().resume(stream.state())
    nonsense = {"version": 1, "epoch": 0, "position": "nonsense"}
    for wrong in ({}, None, {"version": 99}, {"version": 1}, nonsense, "text"):
        with pytest.raises(ValueError):
            stream.resume(wrong)
    assert len(values(stream)) == 19


def test_states_that_were_saved_with_an_older_row_order():
    rows = numbers(2000)
    texts = {
        "p1.95be35d990c039e7.5d51b16f7897c278.1.0.4.~shuffle~xko.AA": rows.shuffle(seed=1).to_stream().batch(4),
        "p1.833998b0b7e5afec.339a3f646e37e9c8.-.0.1.~shuffle-of-epoch-0~9v4,take-or-skip~p90,filter~dsr.CCBAABB": (
            rows.shuffle(seed=1).take(1500).to_stream().filter(lambda s: True)
        ),
    }
    for text, stream in texts.items():
        with pytest.raises(ValueError, match="saved with an older row order.*begin the epoch again"):
            stream.resume({"version": 1, "epoch": 0, "position": text})
    # Without a random order, an older state is as good as a new one.
    state = {"version": 1, "epoch": 0, "position": "p1.95be35d990c039e7.0.-.0.4.~.AA"}
    assert values(rows.to_stream().resume(state)) == list(range(4, 2000))


def test_the_state_of_a_stream_that_took_over():
    def make():
        stream = numbers(20).to_stream()
        next(stream), next(stream)
        return stream, stream.shuffle(5, seed=1)

    _, shuffled = make()
    whole = values(shuffled)
    _, shuffled = make()
    next(shuffled)
    state = json.loads(json.dumps(shuffled.state()))
    fresh = numbers(20).to_stream().shuffle(5, seed=1)
    assert values(fresh.resume(state)) == whole[1:]
    again = numbers(20).to_stream().shuffle(5, seed=1).resume(state)
    assert values(numbers(20).to_stream().shuffle(5, seed=1).resume(again.state())) == whole[1:]


def test_the_state_of_a_relative():
    stream = numbers(10).to_stream()
    batches = stream.batch(2)
    next(batches)
    assert values(numbers(10).to_stream().resume(stream.state())) == list(range(2, 10))
    assert next(batches)["x"].tolist() == [2, 3]


def test_epochs_have_places_of_their_own():
    stream = numbers(5).to_stream()
    other = stream.epoch(3)
    next(other)
    assert next(stream)["x"] == 0
    assert other.state()["epoch"] == 3
    other.reset()
    assert other.state() == {"version": 1, "epoch": 4}


def test_stats():
    stream = numbers(10).to_stream().batch(2)
    assert stream.stats() == {}
    next(stream), next(stream)
    assert stream.stats()["items"] == 2
