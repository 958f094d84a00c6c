// SPDX-License-Identifier: Apache-2.0
// The block order (formats/row-order-2.md, section 4). The steps of a row are computed for several rows at once, so that the networks
// between them run in vectors, and the multiplications of several rows overlap.

#include "colonnade_kernels.h"
#include "splitmix.h"

#include <stdbool.h>

#define INLINE static inline __attribute__((always_inline))

__extension__ typedef unsigned __int128 Wide;

enum { ROWS = 128, ROUNDS_OF_AN_ORDER = 8 };

// The quotient of any number. The product with the reciprocal is the quotient, or one less.
INLINE uint64_t quotient(uint64_t number, struct colonnade_divisor divisor) {
    uint64_t estimate = (uint64_t)((Wide)number * divisor.reciprocal >> 64);
    return estimate + (number - estimate * divisor.value >= divisor.value);
}

INLINE uint64_t hashed(uint64_t key, uint64_t number) { return splitmix(key + (number + 1) * SPLITMIX_STEP); }

// The sum of two numbers below `count`, modulo `count`.
INLINE uint64_t turned(uint64_t number, uint64_t distance, uint64_t count) {
    uint64_t sum = number + distance;
    return sum >= count ? sum - count : sum;
}

// The distances by which an order is turned before and after.
INLINE uint64_t before(uint64_t hash, uint64_t count) { return (hash & 0xffffffffu) * count >> 32; }
INLINE uint64_t after(uint64_t hash, uint64_t count) { return (hash >> 32) * count >> 32; }

static void permute(const struct colonnade_permutation *permutation, const uint16_t *tables, int64_t *indexes, size_t count) {
    if (permutation->network.columns > 0) {
        colonnade_order_map(&permutation->network, indexes, count);
        return;
    }
    const uint16_t *table = tables + permutation->table;
    for (size_t i = 0; i < count; i++) indexes[i] = table[indexes[i]];
}

// The virtual number of the row that a slot has in a round [v].
INLINE uint64_t virtual_number(const struct colonnade_block_order *order, uint64_t slot, uint64_t round) {
    // Arithmetic, since a branch would be guessed wrongly half of the time.
    const uint64_t is_longer = -(uint64_t)(slot < order->extra), length = order->rounds - is_longer;
    const uint64_t extra = (slot & is_longer) | (order->extra & ~is_longer);
    uint64_t offset = round + quotient(slot * order->step, order->open_blocks) - extra;
    if (offset >= length) offset -= length;
    // Only orders of a few rounds have a lead of more than a slot.
    if (__builtin_expect(offset >= length, 0)) offset %= length;
    uint64_t number = slot * order->rounds + extra + offset + order->rotation;
    return number >= order->count ? number - order->count : number;
}

static void map_rows(const struct colonnade_block_order *order, const uint16_t *tables, int64_t *indexes, size_t count) {
    const uint64_t lanes = order->lanes.value, of_lane = order->slots.network.count;
    const uint64_t block_rows = order->block_rows.value, blocks = order->blocks.network.count;
    uint64_t hashes[ROWS], rounds[ROWS], slots[ROWS];
    int64_t inner[ROWS];
    uint64_t round = 0, place = 0, lane = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (uint64_t)indexes[i] - (uint64_t)indexes[i - 1] == 1) {
            // Most indexes follow each other, and need no division.
            place += ++lane == lanes;
            lane = lane == lanes ? 0 : lane;
            round += place == of_lane;
            place = place == of_lane ? 0 : place;
        } else {
            round = quotient((uint64_t)indexes[i], order->open_blocks);
            uint64_t number = (uint64_t)indexes[i] - round * order->open_blocks.value;
            place = quotient(number, order->lanes);
            lane = number - place * lanes;
        }
        hashes[i] = hashed(order->slot_key, round / ROUNDS_OF_AN_ORDER * lanes + lane);
        inner[i] = (int64_t)turned(place, before(hashes[i], of_lane), of_lane);
        rounds[i] = round;
        // The incomplete round has its slots in order.
        slots[i] = round < order->rounds ? lane : lane + place * lanes;
    }
    permute(&order->slots, tables, inner, count);
    bool has_last_rows = false;
    for (size_t i = 0; i < count; i++) {
        uint64_t slot = slots[i];
        if (rounds[i] < order->rounds) slot += lanes * turned((uint64_t)inner[i], after(hashes[i], of_lane), of_lane);
        uint64_t number = virtual_number(order, slot, rounds[i]), block = quotient(number, order->block_rows);
        inner[i] = (int64_t)(number - block * block_rows);
        slots[i] = block;
        has_last_rows |= block == blocks;
        indexes[i] = (int64_t)(block == blocks ? 0 : block);
    }
    permute(&order->blocks, tables, indexes, count);
    for (size_t i = 0; i < count; i++) {
        if (slots[i] != blocks) {
            hashes[i] = hashed(order->row_key, (uint64_t)indexes[i]);
            inner[i] = (int64_t)turned((uint64_t)inner[i], before(hashes[i], block_rows), block_rows);
        }
    }
    // The rows of a shorter last block have an order of their own.
    int64_t last_rows[ROWS];
    if (__builtin_expect(has_last_rows, 0)) {
        const uint64_t size = order->last_rows.network.count, hash = hashed(order->row_key, blocks);
        for (size_t i = 0; i < count; i++) {
            if (slots[i] != blocks) continue;
            last_rows[i] = (int64_t)turned((uint64_t)inner[i], before(hash, size), size);
            permute(&order->last_rows, tables, &last_rows[i], 1);
            last_rows[i] = (int64_t)(blocks * block_rows + turned((uint64_t)last_rows[i], after(hash, size), size));
            inner[i] = 0;
            hashes[i] = 0;
        }
    }
    permute(&order->rows, tables, inner, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t row = turned((uint64_t)inner[i], after(hashes[i], block_rows), block_rows);
        indexes[i] = (int64_t)((uint64_t)indexes[i] * block_rows + row);
    }
    for (size_t i = 0; has_last_rows && i < count; i++) {
        if (slots[i] == blocks) indexes[i] = last_rows[i];
    }
}

void colonnade_block_order_map(const struct colonnade_block_order *order, const uint16_t *tables, int64_t *indexes,
                               size_t count) {
    for (size_t i = 0; i < count; i += ROWS) map_rows(order, tables, indexes + i, count - i < ROWS ? count - i : ROWS);
}
