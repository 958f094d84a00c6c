// SPDX-License-Identifier: Apache-2.0
// Copies adjacent members of interleaved rows, each to a column of its own.

#ifndef COLONNADE_SPREAD_H
#define COLONNADE_SPREAD_H

#include "colonnade_kernels.h"

#include <stdbool.h>

// The minimum number of members that are spread in one call. Fewer are copied one by one.
#define SPREAD_LEAST 4

// Returns the number of members, counted from the first one, that one call can spread: they are adjacent, all of 4 or
// all of 8 bytes, and not converted.
static inline size_t spread_length(const struct colonnade_member *members, size_t count) {
    size_t size = members->size, length = 1;
    if ((size != 4 && size != 8) || members->conversion) return 1;
    while (length < count && !members[length].conversion && members[length].size == size &&
           members[length].offset == members->offset + length * size) {
        length++;
    }
    return length;
}

#endif
