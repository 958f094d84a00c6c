// SPDX-License-Identifier: Apache-2.0
// The network of the row order (formats/row-order-1.md, section 5). Rows are computed 32 at a time in vectors, which the
// compiler maps to the registers of each instruction set; no step has a branch. Rows beyond the count, which are few,
// go through the network again, one by one.

#include "colonnade_kernels.h"
#include "cpu.h"

#include <stdbool.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

typedef uint32_t u32x8 __attribute__((vector_size(32)));
typedef uint64_t u64x4 __attribute__((vector_size(32)));

enum { ROUNDS = 8, GROUPS = 4, BLOCK = 8 * GROUPS };

// The number of rows that are computed faster one by one than as a block.
enum { FEW = 4 };

#define FIRST_FACTOR 0x9e3779b1u
#define SECOND_FACTOR 0x85ebca77u

// Replaces a value by the hash of it and a key. A macro, since values are numbers or vectors.
#define MIX(VALUE, KEY)                                                   \
    VALUE = (VALUE + KEY) * FIRST_FACTOR;                                 \
    VALUE = (VALUE ^ VALUE >> 15) * SECOND_FACTOR

INLINE uint64_t encrypted(uint64_t value, const struct colonnade_order *order) {
    uint32_t column = (uint32_t)(value >> order->low_bits), mask = 0xffffffffu >> (32 - order->low_bits);
    uint32_t low = (uint32_t)value & mask;
    for (int round = 0; round < ROUNDS; round += 2) {
        uint32_t hash = column;
        MIX(hash, order->keys[round]);
        low ^= hash >> (32 - order->low_bits);
        hash = low;
        MIX(hash, order->keys[round + 1]);
        column += (uint32_t)((uint64_t)hash * order->columns >> 32);
        column -= column >= order->columns ? order->columns : 0;
    }
    return (uint64_t)column << order->low_bits | low;
}

// Writes the rows at BLOCK indexes: those from `start` on, or, if `indexes` is not null, those there. Returns whether some of them
// are beyond the count.
//
// A vector has the values of eight rows: those of rows 0 to 3 in the low halves of its words of 64 bits, those of rows
// 4 to 7 in the high halves. So both halves can be multiplied to 64 bits without moving elements.
INLINE bool fill_block(const struct colonnade_order *order, uint64_t start, const int64_t *indexes, int64_t *rows) {
    const u64x4 halves = (u64x4){} + 0xffffffffu, low_bits = (u64x4){} + order->low_bits;
    const u32x8 mask = (u32x8){} + (0xffffffffu >> (32 - order->low_bits));
    const u32x8 shift = (u32x8){} + (32 - order->low_bits), columns = (u32x8){} + order->columns;
    const u64x4 factor = (u64x4){} + order->columns;
    u32x8 column[GROUPS], low[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
        u64x4 first = (u64x4){0, 1, 2, 3} + (start + 8 * (uint64_t)i), second = first + 4;
        if (indexes) {
            memcpy(&first, indexes + 8 * i, sizeof first);
            memcpy(&second, indexes + 8 * i + 4, sizeof second);
        }
        column[i] = (u32x8)(first >> low_bits | second >> low_bits << 32);
        low[i] = (u32x8)((first & halves) | second << 32) & mask;
    }
    for (int round = 0; round < ROUNDS; round += 2) {
        const u32x8 key = (u32x8){} + order->keys[round], next_key = (u32x8){} + order->keys[round + 1];
        for (int i = 0; i < GROUPS; i++) {
            u32x8 hash = column[i];
            MIX(hash, key);
            low[i] ^= hash >> shift;
            hash = low[i];
            MIX(hash, next_key);
            u64x4 even = ((u64x4)hash & halves) * factor >> 32, odd = ((u64x4)hash >> 32) * factor & ~halves;
            u32x8 sum = column[i] + (u32x8)(even | odd);
            // The sum is less than twice the number of columns; if it is below it, the difference wraps around.
            column[i] = __builtin_elementwise_min(sum, sum - columns);
        }
    }
    u64x4 beyond = {};
    for (int i = 0; i < GROUPS; i++) {
        u64x4 first = ((u64x4)column[i] & halves) << low_bits | ((u64x4)low[i] & halves);
        u64x4 second = (u64x4)column[i] >> 32 << low_bits | (u64x4)low[i] >> 32;
        memcpy(rows + 8 * i, &first, sizeof first);
        memcpy(rows + 8 * i + 4, &second, sizeof second);
        // The sign of the difference: rows have 63 bits.
        beyond |= (order->count - 1 - first) | (order->count - 1 - second);
    }
    return (beyond[0] | beyond[1] | beyond[2] | beyond[3]) >> 63 != 0;
}

INLINE void walk(const struct colonnade_order *order, int64_t *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        while (__builtin_expect((uint64_t)rows[i] >= order->count, 0)) rows[i] = (int64_t)encrypted((uint64_t)rows[i], order);
    }
}

INLINE void fill(const struct colonnade_order *order, uint64_t start, const int64_t *indexes, size_t count, int64_t *rows) {
    // A copy that no store can change, so that its values stay in registers.
    const struct colonnade_order local = *order;
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        if (fill_block(&local, start + i, indexes ? indexes + i : NULL, rows + i)) walk(&local, rows + i, BLOCK);
    }
    if (count - i > FEW) {
        int64_t block[BLOCK] = {0};
        if (indexes) memcpy(block, indexes + i, (count - i) * sizeof *block);
        // Indexes beyond the count give rows that are not used.
        fill_block(&local, start + i, indexes ? block : NULL, block);
        memcpy(rows + i, block, (count - i) * sizeof *rows);
    } else {
        for (size_t j = i; j < count; j++) rows[j] = (int64_t)encrypted(indexes ? (uint64_t)indexes[j] : start + j, &local);
    }
    walk(&local, rows + i, count - i);
}

INLINE void fill_any(const struct colonnade_order *order, uint64_t start, const int64_t *indexes, size_t count, int64_t *rows) {
    // Two loops, so that neither has a branch.
    if (indexes) fill(order, 0, indexes, count, rows);
    else fill(order, start, NULL, count, rows);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void fill_avx2(const struct colonnade_order *order, uint64_t start,
                                                      const int64_t *indexes, size_t count, int64_t *rows) {
    fill_any(order, start, indexes, count, rows);
}
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) static void fill_avx512(
    const struct colonnade_order *order, uint64_t start, const int64_t *indexes, size_t count, int64_t *rows) {
    fill_any(order, start, indexes, count, rows);
}
#endif

static void fill_best(const struct colonnade_order *order, uint64_t start, const int64_t *indexes, size_t count,
                      int64_t *rows) {
    if (count <= FEW) {
        for (size_t i = 0; i < count; i++) rows[i] = (int64_t)encrypted(indexes ? (uint64_t)indexes[i] : start + i, order);
        walk(order, rows, count);
        return;
    }
#if defined(__x86_64__)
    switch (colonnade_cpu_level()) {
        case CPU_AVX512: fill_avx512(order, start, indexes, count, rows); return;
        case CPU_AVX2: fill_avx2(order, start, indexes, count, rows); return;
        default: break;
    }
#endif
    fill_any(order, start, indexes, count, rows);
}

void colonnade_order_rows(const struct colonnade_order *order, uint64_t start, size_t count, int64_t *rows) {
    fill_best(order, start, NULL, count, rows);
}

void colonnade_order_map(const struct colonnade_order *order, int64_t *indexes, size_t count) {
    fill_best(order, 0, indexes, count, indexes);
}
