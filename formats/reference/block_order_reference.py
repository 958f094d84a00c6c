#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The block order of formats/row-order-2.md in Python, written to be read and not to be fast.

    block_order_reference.py SEED EPOCH N R K L [POSITION …]   rows at these positions (default: the first 16)
    block_order_reference.py --vectors                         the test vectors, as JSON
    block_order_reference.py --check                           measures the statistics of section 6; takes minutes
"""

import json
import math
import sys
from collections.abc import Sequence
from typing import Any

from row_order_reference import GAMMA, MASK, RowOrder, SplitMix64, correlation_score, first_state, mix

LARGEST_BLOCK = 2**31
MOST_OPEN = 2**20
ROUNDS_OF_AN_ORDER = 8


class Varied:
    """An order that is turned before and after, by distances that depend on a number."""

    def __init__(self, order: RowOrder, key: int) -> None:
        self.order = order
        self.key = key

    def _turns(self, i: int) -> tuple[int, int]:
        h = mix((self.key + (i + 1) * GAMMA) & MASK)
        return (h & 0xFFFFFFFF) * self.order.n >> 32, (h >> 32) * self.order.n >> 32

    def at(self, i: int, x: int) -> int:
        before, after = self._turns(i)
        return (self.order.row((x + before) % self.order.n) + after) % self.order.n

    def inverse(self, i: int, y: int) -> int:
        before, after = self._turns(i)
        return (self.order.position((y - after) % self.order.n) - before) % self.order.n


class BlockOrder:
    """The order of `n` rows in one epoch: `size` rows in a block, and as many open blocks and lanes."""

    def __init__(self, seed: int, epoch: int, n: int, size: int, open_blocks: int, lanes: int) -> None:
        if not (1 <= size <= LARGEST_BLOCK and 1 <= open_blocks <= MOST_OPEN):
            raise ValueError("a block has 1 to 2**31 rows, and 1 to 2**20 blocks are open")
        if lanes < 1 or open_blocks % lanes:
            raise ValueError("the number of lanes divides that of open blocks")
        self.n, self.size, self.open, self.lanes = n, size, open_blocks, lanes
        self.global_order = RowOrder(seed, epoch, n) if n <= open_blocks * size else None
        if self.global_order:
            return
        random = SplitMix64(first_state(seed, epoch))
        self.full = n // size
        self.rotation = random.next() * n >> 64
        self.blocks = RowOrder(0, 0, self.full, random.next())
        row_state = random.next()
        slots = RowOrder(0, 0, open_blocks // lanes, random.next())
        row_key = random.next()
        self.rows = Varied(RowOrder(0, 0, size, row_state), row_key)
        self.last_rows = Varied(RowOrder(0, 0, n % size, row_state), row_key) if n % size else None
        self.slots = Varied(slots, random.next())
        self.rounds, self.extra = divmod(n, open_blocks)
        z = (self.rounds + 1) % size * open_blocks
        a = -(-z // size)
        while math.gcd(a, open_blocks) != 1:
            a += 1
        self.step = size * a - z + open_blocks

    def _slot(self, slot: int) -> tuple[int, int, int]:
        """Returns the first virtual number of a slot, their number, and the lead."""
        extra = min(slot, self.extra)
        length = self.rounds + (slot < self.extra)
        return slot * self.rounds + extra, length, slot * self.step // self.open - extra

    def row(self, position: int) -> int:
        if self.global_order:
            return self.global_order.row(position)
        if not 0 <= position < self.n:
            raise IndexError(position)
        t, slot = divmod(position, self.open)
        if t < self.rounds:
            y, lane = divmod(slot, self.lanes)
            slot = lane + self.lanes * self.slots.at(t // ROUNDS_OF_AN_ORDER * self.lanes + lane, y)
        start, length, lead = self._slot(slot)
        q, j = divmod((start + (t + lead) % length + self.rotation) % self.n, self.size)
        if q < self.full:
            block = self.blocks.row(q)
            return block * self.size + self.rows.at(block, j)
        assert self.last_rows
        return self.full * self.size + self.last_rows.at(self.full, j)

    def position(self, row: int) -> int:
        """Returns the position of a row: the inverse of `row`."""
        if self.global_order:
            return self.global_order.position(row)
        if not 0 <= row < self.n:
            raise IndexError(row)
        block, k = divmod(row, self.size)
        if block < self.full:
            v = self.blocks.position(block) * self.size + self.rows.inverse(block, k)
        else:
            assert self.last_rows
            v = self.full * self.size + self.last_rows.inverse(block, k)
        w = (v - self.rotation) % self.n
        longer = self.extra * (self.rounds + 1)
        if w < longer:
            slot, offset = divmod(w, self.rounds + 1)
        else:
            slot, offset = divmod(w - longer, self.rounds)
            slot += self.extra
        _, length, lead = self._slot(slot)
        t = (offset - lead) % length
        if t < self.rounds:
            y, lane = divmod(slot, self.lanes)
            slot = lane + self.lanes * self.slots.inverse(t // ROUNDS_OF_AN_ORDER * self.lanes + lane, y)
        return t * self.open + slot

    def all_rows(self) -> list[int]:
        return [self.row(position) for position in range(self.n)]


# Test vectors: seed, epoch, n, rows of a block, open blocks, lanes

VECTOR_ORDERS = [
    (0, 0, 1, 1, 1, 1), (42, 0, 10, 4, 3, 1), (42, 0, 12, 4, 3, 1), (42, 0, 13, 4, 3, 1), (42, 0, 24, 4, 3, 3),
    (0, 0, 2, 1, 1, 1), (42, 0, 17, 16, 1, 1), (1, 0, 1_000, 7, 8, 2), (MASK, MASK, 1_001, 10, 20, 4),
    (42, 0, 5_000, 1_000, 5, 1), (42, 0, 5_001, 1_000, 5, 1), (42, 0, 100_000, 32, 256, 64),
    (42, 1, 100_000, 32, 256, 64), (43, 0, 100_000, 32, 256, 64), (MASK, MASK, 100_000, 32, 256, 64),
    (7, 3, 60_000, 1, 768, 192), (7, 3, 1_000_000, 349, 768, 192), (7, 3, 3_000_000, 1_500, 1_024, 1),
    (7, 3, 10_000_000, 100_000, 16, 4), (1, 2, 2**32 + 1, 1_024, 768, 192), (42, 9, 10**12, 337, 768, 192),
    (42, 0, 2**62 + 1, 2**31, 2**20, 2**10), (42, 0, 2**63 - 1, 1_337, 768, 192), (42, 0, 2**63, 1_024, 768, 192),
    (42, 0, 2**63 - 1, 1, 1, 1), (42, 0, 2**63, 1, 1, 1), (2**63, 5, 2**63, 2**31, 2**20, 1),
]


def vectors() -> list[dict[str, Any]]:
    result = []
    for seed, epoch, n, size, open_blocks, lanes in VECTOR_ORDERS:
        order = BlockOrder(seed, epoch, n, size, open_blocks, lanes)
        complete = n // open_blocks * open_blocks
        later = {open_blocks, 9 * open_blocks, n // 3, 2 * n // 3, complete - 1, complete, n - 1}
        result.append({
            "seed": seed, "epoch": epoch, "n": n, "blockRows": size, "openBlocks": open_blocks, "lanes": lanes,
            "first": [order.row(position) for position in range(min(n, 16))],
            "later": [[position, order.row(position)] for position in sorted(later) if 0 <= position < n],
        })
    return result


def vectors_text() -> str:
    return "[\n" + ",\n".join("  " + json.dumps(vector) for vector in vectors()) + "\n]\n"


# Statistics

CLASSES = 10


def chi_square(rows: Sequence[int], batch: int) -> float:
    """Returns the mean over batches of chi-square of their classes, divided by its degrees of freedom."""
    n, expected, total = len(rows), batch / CLASSES, 0.0
    count = n // batch
    for start in range(0, count * batch, batch):
        counts = [0] * CLASSES
        for row in rows[start : start + batch]:
            counts[row * CLASSES // n] += 1
        total += sum((number - expected) ** 2 for number in counts) / expected
    return total / count / (CLASSES - 1)


def blocks_read(rows: Sequence[int], order: BlockOrder) -> int:
    """Returns the number of blocks that a reader reads, if it keeps each until its slot opens another.

    A block that another slot reads at the same time is read once. The blocks that were opened last are kept a little longer.
    """
    kept: dict[int, None] = {}
    read = 0
    for row in rows:
        block = row // order.size
        if block in kept:
            del kept[block]
        else:
            read += 1
        kept[block] = None
        # A slot has a row in each 2K - 1 positions, so that the block of an open slot is never the oldest of 2K.
        if len(kept) > 2 * order.open:
            del kept[next(iter(kept))]
    return read


def check() -> int:
    failures = 0

    def report(good: bool, text: str) -> None:
        nonlocal failures
        failures += not good
        print("ok  " if good else "BAD ", text, flush=True)

    for n, size, open_blocks, lanes in [
        (1, 1, 1, 1), (12, 4, 3, 1), (13, 4, 3, 1), (24, 4, 3, 3), (997, 1, 996, 12), (1_001, 1_000, 1, 1),
        (3_001, 3, 1_000, 1), (5_000, 7, 128, 1), (10_007, 64, 48, 4), (12_345, 13, 100, 20), (20_011, 2_000, 10, 5),
    ]:
        order = BlockOrder(n, 1, n, size, open_blocks, lanes)
        rows = order.all_rows()
        good = sorted(rows) == list(range(n)) and all(order.position(row) == p for p, row in enumerate(rows))
        report(good, f"n {n:,}, R {size:,}, K {open_blocks:,}, L {lanes}: each row once, and the inverse")
    seeds = 20
    for n, size, open_blocks, lanes in [
        (100_000, 20, 256, 64), (100_000, 20, 256, 1), (100_000, 8, 768, 192), (120_001, 50, 96, 24)
    ]:
        blocks = n / size
        batches = [open_blocks // 3, open_blocks // 2 + 1, open_blocks * 9 // 10, open_blocks]
        squares = [0.0] * len(batches)
        lag = epochs = worst = 0.0
        for seed in range(seeds):
            order = BlockOrder(seed, seed % 3, n, size, open_blocks, lanes)
            rows = order.all_rows()
            for index, batch in enumerate(batches):
                squares[index] += chi_square(rows, batch) / seeds
            lag += correlation_score(rows, rows[1:], n) / math.sqrt(n) / seeds
            following = BlockOrder(seed, seed % 3 + 1, n, size, open_blocks, lanes).all_rows() if seed < 3 else rows
            epochs = max(epochs, abs(correlation_score(rows, following, n)) / math.sqrt(n) if seed < 3 else 0)
            worst = max(worst, (blocks_read(rows, order) / blocks - 1) * blocks / open_blocks)
            distinct = len({row // size for row in rows[:open_blocks]})
            if distinct < 0.95 * open_blocks:
                report(False, f"seed {seed}: a batch of K rows has {distinct} blocks")
        name = f"n {n:,}, R {size}, K {open_blocks}, L {lanes}"
        for batch, square in zip(batches, squares):
            report(0.6 <= square <= 1.05, f"{name}, batch {batch}: chi-square {square:.3f}")
        report(abs(lag) < 0.01, f"{name}: correlation of neighbours {lag:+.4f}")
        report(epochs < 4.4 / math.sqrt(blocks), f"{name}: correlation with the next epoch at most {epochs:.4f}")
        report(worst <= 1.1, f"{name}: each block is read 1 + {worst:.2f} K/B times")
    return 1 if failures else 0


def main(arguments: list[str]) -> int:
    if arguments == ["--vectors"]:
        sys.stdout.write(vectors_text())
        return 0
    if arguments == ["--check"]:
        return check()
    if len(arguments) < 6 or not all(argument.isdecimal() for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 64
    seed, epoch, n, size, open_blocks, lanes, *positions = map(int, arguments)
    order = BlockOrder(seed, epoch, n, size, open_blocks, lanes)
    print(*[order.row(position) for position in positions or range(min(n, 16))])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
