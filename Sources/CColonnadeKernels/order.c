// SPDX-License-Identifier: Apache-2.0
// The network of the row order (formats/row-order-1.md, section 5) for many positions at once. The loop has no branch, so
// that the compiler can use vector registers; rows that must walk on are walked after it.

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

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512dq,avx512vl"))) static void fill_avx512(const struct colonnade_order *order,
                                                                             uint64_t start, size_t count,
                                                                             int64_t *rows) {
    fill(order, start, count, rows);
}
#endif

void colonnade_order_rows(const struct colonnade_order *order, uint64_t start, size_t count, int64_t *rows) {
#if defined(__x86_64__)
    // Only these have a product of 64 bits; made of smaller ones it is no faster than one by one.
    if (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        fill_avx512(order, start, count, rows);
    } else {
        fill(order, start, count, rows);
    }
#else
    fill(order, start, count, rows);
#endif
    for (size_t i = 0; i < count; i++) {
        uint64_t row = (uint64_t)rows[i];
        while (row >= order->count) row = encrypted(row, order);
        rows[i] = (int64_t)row;
    }
}
