// SPDX-License-Identifier: Apache-2.0
// Orders of rows for the limit program, and memory for them.

#ifndef ROW_ORDER_H
#define ROW_ORDER_H

#include "limit.h"

// Returns zeroed memory, in large pages where the system has them.
static inline void *allocate(uint64_t bytes) {
    enum { LARGE_PAGE = 1 << 21 };
    void *memory = NULL;
    if (posix_memalign(&memory, LARGE_PAGE, bytes ? bytes : 1) != 0) fail("cannot allocate", "memory");
#ifdef MADV_HUGEPAGE
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    memset(memory, 0, bytes);
    return memory;
}

__extension__ typedef unsigned __int128 Wide128;

static inline uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

// Returns the row numbers in order, or shuffled by Fisher and Yates with SplitMix64. Zeros after the last one can be
// read.
static inline uint32_t *own_order(uint64_t count, uint64_t seed, uint64_t zeros) {
    errno = 0;
    if (count > UINT32_MAX) fail("too many rows", "for the limit program");
    uint32_t *order = allocate((count + zeros) * sizeof *order);
    for (uint64_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    for (uint64_t i = seed == 0 ? 0 : count; i > 1; i--) {
        uint64_t j = (uint64_t)((Wide128)next_random(&seed) * i >> 64);
        uint32_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
    return order;
}

// The network of formats/row-order-1.md, section 5, for fewer than 2^32 rows. Its keys are arbitrary.
typedef struct {
    uint32_t keys[8], count, low, columns;
} Network;

static inline Network network_of(uint64_t count, uint64_t seed) {
    Network network = {.count = (uint32_t)count};
    uint32_t bits = 0;
    while (UINT64_C(1) << bits < count) bits++;
    network.low = bits < 2 ? 1 : (bits + 1) / 2;
    network.columns = (uint32_t)((count + (UINT64_C(1) << network.low) - 1) >> network.low);
    for (int i = 0; i < 8; i++) network.keys[i] = (uint32_t)(next_random(&seed) >> 32);
    return network;
}

// The function f of the network, of numbers or of vectors.
#define HASHED(VALUE, KEY) HASHED_END(((VALUE) + (KEY)) * 0x9e3779b1u)
#define HASHED_END(HASH) (((HASH) ^ (HASH) >> 15) * 0x85ebca77u)

static inline uint32_t encrypted(uint32_t value, const Network *network) {
    uint32_t column = value >> network->low, row = value & ((1u << network->low) - 1);
    for (int i = 0; i < 8; i += 2) {
        row ^= HASHED(column, network->keys[i]) >> (32 - network->low);
        column += (uint32_t)((uint64_t)HASHED(row, network->keys[i + 1]) * network->columns >> 32);
        column -= column >= network->columns ? network->columns : 0;
    }
    return column << network->low | row;
}

#endif
