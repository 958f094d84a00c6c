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

// Finds the addresses of rows of many runs. The searches of several rows do not wait for each other: a bucket rarely has the
// beginnings of two runs, and one beginning is compared without a branch.
static inline void find_in_runs(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t offset,
                                const char **found) {
    const struct colonnade_runs runs = where->runs;
    const void *const *segments = where->segments;
    size_t stride = where->stride;
    for (size_t i = 0; i < count; i++) {
        const uint32_t *bucket = runs.buckets + ((uint64_t)rows[i] >> runs.shift);
        uint32_t low = bucket[0], next = low + (bucket[1] > low);
        const struct colonnade_run *run = &runs.runs[low + ((next > low) & (runs.runs[next].first_row <= rows[i]))];
        if (__builtin_expect(bucket[1] > next, 0)) run = colonnade_run_of(&runs, rows[i]);
        uint64_t local = (uint64_t)(rows[i] - run->first_row), mask = ((uint64_t)1 << run->exponent) - 1;
        found[i] = (const char *)segments[run->first_segment + (local >> run->exponent)] + (local & mask) * stride + offset;
    }
}

// Finds the addresses of the bytes at `offset` of `count` rows.
static inline void find_rows(struct current_run *current, const struct colonnade_rows *where, const int64_t *rows,
                             size_t count, size_t offset, const char **found) {
    // No store can change the copy, so that it stays in registers.
    const struct current_run run = *current;
    for (size_t i = 0; i < count; i++) {
        uint64_t local = (uint64_t)rows[i] - run.first_row;
        if (__builtin_expect(local >= run.row_count, 0)) {
            find_in_runs(where, rows + i, count - i, offset, found + i);
            enter_run(current, where, colonnade_run_of(&where->runs, rows[count - 1]));
            return;
        }
        found[i] = (const char *)run.segments[local >> run.exponent] + (local & run.mask) * run.stride + offset;
    }
}

#endif
