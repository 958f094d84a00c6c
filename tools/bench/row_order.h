// SPDX-License-Identifier: Apache-2.0
// Orders of rows for the limit programs, and memory for them.

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

// Returns the row numbers in order, or shuffled by Fisher and Yates with SplitMix64. Zeros after the last one can be
// read.
static inline uint32_t *own_order(uint64_t count, uint64_t seed, uint64_t zeros) {
    errno = 0;
    if (count > UINT32_MAX) fail("too many rows", "for the limit program");
    uint32_t *order = allocate((count + zeros) * sizeof *order);
    for (uint64_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    for (uint64_t i = seed == 0 ? 0 : count; i > 1; i--) {
        uint64_t z = seed += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        uint64_t j = (uint64_t)((Wide128)(z ^ (z >> 31)) * i >> 64);
        uint32_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
    return order;
}

#endif
