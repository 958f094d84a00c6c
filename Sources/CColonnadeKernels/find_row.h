// SPDX-License-Identifier: Apache-2.0
// Finds the addresses of rows by their numbers.

#ifndef COLONNADE_FIND_ROW_H
#define COLONNADE_FIND_ROW_H

#include "colonnade_kernels.h"

// The run of the last row that was found.
struct current_run {
    uint64_t first_row, row_count, mask;
    size_t exponent, stride;
    const void *const *segments;
};

static inline void enter_run(struct current_run *current, const struct colonnade_rows *where,
                             const struct colonnade_run *run) {
    current->first_row = (uint64_t)run->first_row;
    current->row_count = (uint64_t)run->row_count;
    current->exponent = run->exponent;
    current->mask = ((uint64_t)1 << run->exponent) - 1;
    current->segments = where->segments + run->first_segment;
    current->stride = where->stride;
}

static inline struct current_run first_run(const struct colonnade_rows *where) {
    struct current_run current;
    enter_run(&current, where, where->runs.runs);
    return current;
}

static inline const char *find_row(struct current_run *current, const struct colonnade_rows *where, int64_t row) {
    uint64_t local = (uint64_t)row - current->first_row;
    if (__builtin_expect(local >= current->row_count, 0)) {
        enter_run(current, where, colonnade_run_of(&where->runs, row));
        local = (uint64_t)row - current->first_row;
    }
    return (const char *)current->segments[local >> current->exponent] + (local & current->mask) * current->stride;
}

#endif
