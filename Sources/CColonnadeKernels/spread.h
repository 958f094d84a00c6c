// SPDX-License-Identifier: Apache-2.0
// Neighbouring members of interleaved rows, each to a column of its own.

#ifndef COLONNADE_SPREAD_H
#define COLONNADE_SPREAD_H

#include "colonnade_kernels.h"

#include <stdbool.h>

// Members from this number on are spread together; below it they are copied one by one.
#define SPREAD_LEAST 4

// How many members from the first on lie side by side and can be spread together: of one size that is 4 or 8 bytes, and
// not converted.
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
