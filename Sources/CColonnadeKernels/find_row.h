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

// Finds the addresses of the bytes at `offset` of `count` rows.
static inline void find_rows(struct current_run *current, const struct colonnade_rows *where, const int64_t *rows,
                             size_t count, size_t offset, const char **found) {
    for (size_t i = 0; i < count; i++) {
        // No store can change the copy, so that it stays in registers.
        const struct current_run run = *current;
        for (; i < count; i++) {
            uint64_t local = (uint64_t)rows[i] - run.first_row;
            if (__builtin_expect(local >= run.row_count, 0)) break;
            found[i] = (const char *)run.segments[local >> run.exponent] + (local & run.mask) * run.stride + offset;
        }
        if (i < count) found[i] = find_row(current, where, rows[i]) + offset;
    }
}

#endif
