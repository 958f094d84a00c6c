#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The row order of formats/row-order-1.md in Python, written to be read and not to be fast.

    row_order_reference.py SEED EPOCH N [POSITION …]   rows at these positions (default: the first 16)
    row_order_reference.py --vectors                   the test vectors, as JSON
    row_order_reference.py --check [--long]            measures the statistics of section 6; --long takes minutes
"""

import json
import math
import sys
from collections.abc import Sequence
from typing import Any

WORD = 2**64
MASK = WORD - 1
GAMMA = 0x9E3779B97F4A7C15
HALF = 2**32 - 1
FIRST_NETWORK = 1_000


def mix(z: int) -> int:
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


class SplitMix64:
    def __init__(self, state: int) -> None:
        self.state = state

    def next(self) -> int:
        self.state = (self.state + GAMMA) & MASK
        return mix(self.state)

    def bounded(self, largest: int) -> int:
        return self.next() * (largest + 1) >> 64


def first_state(seed: int, epoch: int) -> int:
    """Returns the state of the generator at the start of an order."""
    if not (0 <= seed < WORD and 0 <= epoch < WORD):
        raise ValueError("seed and epoch have 64 bits")
    return mix((mix(seed) + epoch) & MASK)


class RowOrder:
    """The order of `n` rows in one epoch, or the one that a state of the generator gives."""

    def __init__(self, seed: int, epoch: int, n: int, state: int | None = None) -> None:
        if not 1 <= n <= 2**63:
            raise ValueError("n is 1 to 2**63")
        random = SplitMix64(first_state(seed, epoch) if state is None else state)
        self.n = n
        self.table: list[int] = []
        if n < FIRST_NETWORK:
            self.table = list(range(n))
            for i in range(n - 1, 0, -1):
                j = random.bounded(i)
                self.table[i], self.table[j] = self.table[j], self.table[i]
            return
        self.low = ((n - 1).bit_length() + 1) // 2
        self.columns = -(-n // 2**self.low)
        self.keys = [random.next() >> 32 for _ in range(8)]

    def row(self, position: int) -> int:
        if not 0 <= position < self.n:
            raise IndexError(position)
        if self.table:
            return self.table[position]
        x = self._encrypt(position)
        while x >= self.n:
            x = self._encrypt(x)
        return x

    def position(self, row: int) -> int:
        """Returns the position of a row: the inverse of `row`."""
        if not 0 <= row < self.n:
            raise IndexError(row)
        if self.table:
            return self.table.index(row)
        x = self._decrypt(row)
        while x >= self.n:
            x = self._decrypt(x)
        return x

    def rows(self) -> list[int]:
        return self.table or [self.row(position) for position in range(self.n)]

    def _encrypt(self, x: int) -> int:
        q, r = x >> self.low, x & ((1 << self.low) - 1)
        for i in range(0, 8, 2):
            r ^= mixed(q, self.keys[i]) >> (32 - self.low)
            q = (q + (mixed(r, self.keys[i + 1]) * self.columns >> 32)) % self.columns
        return q << self.low | r

    def _decrypt(self, x: int) -> int:
        q, r = x >> self.low, x & ((1 << self.low) - 1)
        for i in range(6, -2, -2):
            q = (q - (mixed(r, self.keys[i + 1]) * self.columns >> 32)) % self.columns
            r ^= mixed(q, self.keys[i]) >> (32 - self.low)
        return q << self.low | r


def mixed(v: int, key: int) -> int:
    h = (v + key) * 0x9E3779B1 & HALF
    return (h ^ (h >> 15)) * 0x85EBCA77 & HALF


# Test vectors

VECTOR_ORDERS = [
    (0, 0, 1), (0, 0, 2), (1, 0, 2), (0, 0, 10), (42, 0, 10), (42, 1, 10), (43, 0, 10), (MASK, MASK, 999),
    (MASK, MASK, 1_000), (42, 0, 1_000), (42, 0, 1_024), (42, 0, 1_025), (7, 3, 4_096), (7, 3, 4_097), (42, 0, 60_000),
    (7, 3, 65_536), (7, 3, 65_537), (42, 0, 100_000), (42, 1, 100_000), (43, 0, 100_000), (MASK, MASK, 100_000),
    (42, 0, 1_000_000), (2**63, 5, 1_000_000), (42, 9, 10**9), (1, 2, 2**31), (1, 2, 2**31 + 1), (1, 2, 2**32),
    (1, 2, 2**32 + 1), (0, 0, 10**12), (42, 100, 10**12), (42, 0, 2**40 + 1), (42, 0, 2**62 + 1), (42, 0, 2**63 - 1),
    (42, 0, 2**63),
]


def vectors() -> list[dict[str, Any]]:
    result = []
    for seed, epoch, n in VECTOR_ORDERS:
        order = RowOrder(seed, epoch, n)
        later = sorted({n // 3, 2 * n // 3, n - 1})
        result.append({
            "seed": seed, "epoch": epoch, "n": n,
            "first": [order.row(position) for position in range(min(n, 16))],
            "later": [[position, order.row(position)] for position in later],
        })
    return result


def vectors_text() -> str:
    return "[\n" + ",\n".join("  " + json.dumps(vector) for vector in vectors()) + "\n]\n"


# Statistics. Each function returns a score whose mean is about 0 and whose deviation is about 1 for random orders.

def correlation_score(a: Sequence[int], b: Sequence[int], n: int) -> float:
    mean = (n - 1) / 2
    total = sum((x - mean) * (y - mean) for x, y in zip(a, b))
    return total / (len(b) * (n * n - 1) / 12) * math.sqrt(len(b))


def block_score(rows: Sequence[int], blocks: int = 64) -> float:
    """Returns chi-square of blocks of positions against blocks of rows."""
    n = len(rows)
    return pair_score(range(n), rows, n, blocks)


def pair_score(a: Sequence[int], b: Sequence[int], n: int, blocks: int = 64) -> float:
    """Returns chi-square of blocks of `a` against blocks of `b`. Both have numbers below `n`."""
    counts = [[0] * blocks for _ in range(blocks)]
    for x, y in zip(a, b):
        counts[x * blocks // n][y * blocks // n] += 1
    down = [sum(line) for line in counts]
    across = [sum(column) for column in zip(*counts)]
    pairs = len(b)
    chi = sum(
        (counts[p][r] - down[p] * across[r] / pairs) ** 2 / (down[p] * across[r] / pairs)
        for p in range(blocks) for r in range(blocks) if down[p] and across[r]) * (pairs - 1) / pairs
    freedom = (blocks - 1) ** 2
    return (chi - freedom) / math.sqrt(2 * freedom)


def difference_score(rows: Sequence[int], bins: int = 1024) -> float:
    n = len(rows)
    counts = [0] * bins
    for first, second in zip(rows, rows[1:]):
        counts[(second - first) % n * bins // n] += 1
    expected = (n - 1) / bins
    chi = sum((count - expected) ** 2 for count in counts) / expected
    return (chi - (bins - 1)) / math.sqrt(2 * (bins - 1))


def scores(seed: int, epoch: int, n: int) -> dict[str, float]:
    rows = RowOrder(seed, epoch, n).rows()
    if sorted(rows) != list(range(n)):
        raise SystemExit(f"seed {seed}, epoch {epoch}, n {n}: not each row once")
    next_epoch = RowOrder(seed, epoch + 1, n).rows()
    next_seed = RowOrder(seed + 1, epoch, n).rows()
    bits = (n - 1).bit_length()
    low = (bits + 1) // 2
    lags = {1, 2, 1 << low, -(-n >> low)}
    result = {f"lag {lag}": correlation_score(rows, rows[lag:], n) for lag in sorted(lags)}
    result["row and position"] = correlation_score(rows, range(n), n)
    result["64 x 64 blocks"] = block_score(rows)
    if n >= 50_000:  # with few rows a bin, the bins are too uneven for this
        result["differences"] = difference_score(rows)
    result["pairs of neighbours"] = pair_score(rows[::2], rows[1::2], n)
    result["next epoch"] = correlation_score(rows, next_epoch, n)
    result["next seed"] = correlation_score(rows, next_seed, n)
    from_epoch_to_epoch = [0] * n
    for first, second in zip(rows, next_epoch):
        from_epoch_to_epoch[first] = second
    result["next epoch, blocks"] = block_score(from_epoch_to_epoch)
    return result


def check(long: bool) -> int:
    """Checks mean, spread and extreme of each score over seeds against those of random orders."""
    for n in [1, 2, 3, 300, *range(995, 1_100, 35 if not long else 1), 4_095, 4_096, 4_097, 5_000]:
        order = RowOrder(n, 1, n)
        rows = order.rows()
        if sorted(rows) != list(range(n)):
            raise SystemExit(f"n {n}: not each row once")
        if any(order.position(rows[p]) != p for p in range(0, n, 1 + n // 64)):
            raise SystemExit(f"n {n}: not the inverse")
    plan = {1_000: 200, 1_025: 200, 10_000: 20, 65_537: 4, 100_000: 4, 131_072: 2}
    if long:
        plan = {1_000: 2_000, 1_024: 2_000, 1_025: 2_000, 4_097: 200, 10_000: 200, 65_536: 20, 65_537: 20,
                100_000: 20, 131_072: 10, 131_073: 10, 1_000_000: 2, 2**20: 2, 2**20 + 1: 2}
    failures = 0
    for n, seeds in plan.items():
        lists: dict[str, list[float]] = {}
        for seed in range(seeds):
            for name, score in scores(seed, seed % 3, n).items():
                lists.setdefault(name, []).append(score)
        for name, values in lists.items():
            mean = sum(values) / seeds
            extreme = max(abs(value) for value in values)
            # 4.4 deviations occur once in 90,000 scores. The seeds are fixed, so the result is always the same.
            good = abs(mean) < 4.4 / math.sqrt(seeds) and extreme < 4.4 + (seeds > 500)
            if name == "lag 1" and n >= 100_000:
                good = good and all(abs(value) / math.sqrt(n) < 0.01 for value in values)
            failures += not good
            print(f"{'ok  ' if good else 'BAD '} n {n:>10,}  {name:<20} seeds {seeds:>5}"
                  f"  mean {mean:+.3f}  extreme {extreme:.2f}")
    return 1 if failures else 0


def main(arguments: list[str]) -> int:
    if arguments == ["--vectors"]:
        sys.stdout.write(vectors_text())
        return 0
    if arguments in (["--check"], ["--check", "--long"]):
        return check("--long" in arguments)
    if len(arguments) < 3 or not all(argument.isdecimal() for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 64
    seed, epoch, n, *positions = map(int, arguments)
    order = RowOrder(seed, epoch, n)
    print(*[order.row(position) for position in positions or range(min(n, 16))])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
