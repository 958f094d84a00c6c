// SPDX-License-Identifier: Apache-2.0
// The network of the row order (formats/row-order-1.md, section 5) for many indexes at once. The loop has no branch, so
// that the compiler can use vector registers; rows beyond the count go through the network again after the loop.

#include "colonnade_kernels.h"

static inline __attribute__((always_inline)) uint64_t mixed(uint64_t value, uint64_t key) {
    uint64_t product = (value + key) * 0x9e3779b97f4a7c15u;
    return (product ^ (product >> 32)) * 0xd6e8feb86659fd93u;
}

static inline __attribute__((always_inline)) uint64_t encrypted(uint64_t value, const struct colonnade_order *order) {
    uint64_t high = value >> order->low_bits, low = value & (((uint64_t)1 << order->low_bits) - 1);
    uint64_t low_shift = 64 - order->low_bits, high_shift = 64 - order->high_bits;
    for (int round = 0; round < 8; round += 2) {
        high ^= mixed(low, order->keys[round]) >> high_shift;
        low ^= mixed(high, order->keys[round + 1]) >> low_shift;
    }
    return high << order->low_bits | low;
}

static inline __attribute__((always_inline)) void fill(const struct colonnade_order *order, uint64_t start,
                                                       size_t count, int64_t *rows) {
    const struct colonnade_order local = *order;
    for (size_t i = 0; i < count; i++) rows[i] = (int64_t)encrypted(start + i, &local);
}

// Applies the network again to each value.
static inline __attribute__((always_inline)) void step(const struct colonnade_order *order, uint64_t *values,
                                                       size_t count) {
    const struct colonnade_order local = *order;
    for (size_t i = 0; i < count; i++) values[i] = encrypted(values[i], &local);
}

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx512f,avx512dq,avx512vl")))
WIDE static void fill_avx512(const struct colonnade_order *order, uint64_t start, size_t count, int64_t *rows) {
    fill(order, start, count, rows);
}
WIDE static void step_avx512(const struct colonnade_order *order, uint64_t *values, size_t count) {
    step(order, values, count);
}
// Only these instruction sets multiply 64-bit elements; a product made of smaller ones is no faster than scalar code.
static int is_wide(void) {
    return __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

static void advance(const struct colonnade_order *order, uint64_t *values, size_t count) {
#if defined(__x86_64__)
    if (count >= 8 && is_wide()) {
        step_avx512(order, values, count);
        return;
    }
#endif
    step(order, values, count);
}

// Rows beyond the count go through the network again until none is left. They are processed together, in a list that
// becomes shorter each time.
static void walk_on(const struct colonnade_order *order, size_t count, int64_t *rows) {
    enum { MOST = 256 };
    uint32_t indexes[MOST];
    uint64_t values[MOST];
    const struct colonnade_order local = *order;
    for (size_t from = 0; from < count; from += MOST) {
        size_t to = count - from < MOST ? count : from + MOST, left = 0;
        for (size_t i = from; i < to; i++) {
            indexes[left] = (uint32_t)(i - from);
            values[left] = (uint64_t)rows[i];
            left += (uint64_t)rows[i] >= local.count;
        }
        while (left > 0) {
            advance(&local, values, left);
            size_t still = 0;
            for (size_t j = 0; j < left; j++) {
                uint64_t value = values[j];
                uint32_t index = indexes[j];
                rows[from + index] = (int64_t)value;
                indexes[still] = index;
                values[still] = value;
                still += value >= local.count;
            }
            left = still;
        }
    }
}

void colonnade_order_rows(const struct colonnade_order *order, uint64_t start, size_t count, int64_t *rows) {
#if defined(__x86_64__)
    if (is_wide()) {
        fill_avx512(order, start, count, rows);
    } else {
        fill(order, start, count, rows);
    }
#else
    fill(order, start, count, rows);
#endif
    walk_on(order, count, rows);
}
