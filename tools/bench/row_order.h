// SPDX-License-Identifier: Apache-2.0
// Orders of rows for the limit programs, and memory for them.

#ifndef ROW_ORDER_H
#define ROW_ORDER_H

#include "limit.h"

static inline void *allocate(uint64_t bytes) {
    void *memory = NULL;
    if (posix_memalign(&memory, 16384, bytes ? bytes : 1) != 0) fail("cannot allocate", "memory");
    return memory;
}

__extension__ typedef unsigned __int128 Wide;

static inline uint64_t *plain_order(uint64_t count) {
    uint64_t *order = allocate(count * 8);
    for (uint64_t i = 0; i < count; i++) order[i] = i;
    return order;
}

// Makes a shuffled order by Fisher and Yates with SplitMix64.
static inline uint64_t *own_order(uint64_t count, uint64_t seed) {
    uint64_t *order = plain_order(count);
    for (uint64_t i = count; i > 1; i--) {
        uint64_t z = seed += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        uint64_t j = (uint64_t)((Wide)(z ^ (z >> 31)) * i >> 64);
        uint64_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
    return order;
}

#endif
