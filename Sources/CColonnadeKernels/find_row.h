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
    uint32_t narrow_stride;  // 0 if the run is not one segment, or a number of its rows or the stride needs more than 32 bits
};

static inline void enter_run(struct current_run *current, const struct colonnade_rows *where,
                             const struct colonnade_run *run) {
    current->first_row = (uint64_t)run->first_row;
    current->row_count = (uint64_t)run->row_count;
    current->exponent = run->exponent;
    current->mask = ((uint64_t)1 << run->exponent) - 1;
    current->segments = where->segments + run->first_segment;
    current->stride = where->strides ? where->strides[run - where->runs.runs] : where->stride;
    const uint64_t last = current->row_count - 1;
    const bool is_narrow = last <= current->mask && (last | current->stride) <= UINT32_MAX;
    current->narrow_stride = is_narrow ? (uint32_t)current->stride : 0;
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

// The number of rows whose runs are searched together.
#define SEARCHED 64

// Finds the addresses of at most `SEARCHED` rows of many runs that are one segment each. Returns the run of the last row.
static inline const struct colonnade_run *find_in_segments(const struct colonnade_rows *where, const int64_t *rows,
                                                           size_t count, size_t offset, const char **found) {
    const struct colonnade_runs runs = where->runs;
    const uint64_t mask = ((uint64_t)1 << runs.shift) - 1;
    uint32_t index[SEARCHED];
    for (size_t i = 0; i < count; i++) {
        uint64_t bound = runs.bounds[(uint64_t)rows[i] >> runs.shift], before = bound >> 32;
        index[i] = (uint32_t)bound + (((uint64_t)rows[i] & mask) >= before);
        if (__builtin_expect(before == UINT32_MAX, 0)) index[i] = (uint32_t)(colonnade_run_of(&runs, rows[i]) - runs.runs);
    }
    for (size_t i = 0; i < count; i++) {
        size_t local = (size_t)(rows[i] - runs.first_rows[index[i]]);
        size_t stride = where->strides ? where->strides[index[i]] : where->stride;
        found[i] = (const char *)where->segments[index[i]] + local * stride + offset;
    }
    return runs.runs + index[count - 1];
}

// Finds the addresses of rows of many runs. The tables of thousands of runs are in no fast cache, and each table says where to
// look in the next one. So a loop reads one table for all rows, and its loads do not wait for each other. A bucket rarely has the
// beginnings of two runs, and one beginning is compared without a branch. Returns the run of the last row.
static inline const struct colonnade_run *find_in_runs(const struct colonnade_rows *where, const int64_t *rows, size_t count,
                                                       size_t offset, const char **found) {
    const struct colonnade_runs runs = where->runs;
    uint32_t low[SEARCHED], high[SEARCHED];
    size_t segments[SEARCHED];
    const struct colonnade_run *run = runs.runs;
    for (size_t start = 0, now; start < count; start += now, rows += now, found += now) {
        now = count - start < SEARCHED ? count - start : SEARCHED;
        if (runs.bounds) {
            run = find_in_segments(where, rows, now, offset, found);
            continue;
        }
        for (size_t i = 0; i < now; i++) {
            const uint32_t *bucket = runs.buckets + ((uint64_t)rows[i] >> runs.shift);
            low[i] = bucket[0];
            high[i] = bucket[1];
        }
        for (size_t i = 0; i < now; i++) {
            uint32_t next = low[i] + (high[i] > low[i]);
            run = &runs.runs[next];
            run -= (next > low[i]) & (run->first_row > rows[i]);
            if (__builtin_expect(high[i] > next, 0)) run = colonnade_run_of(&runs, rows[i]);
            uint64_t local = (uint64_t)(rows[i] - run->first_row), mask = ((uint64_t)1 << run->exponent) - 1;
            size_t stride = where->strides ? where->strides[run - runs.runs] : where->stride;
            segments[i] = run->first_segment + (local >> run->exponent);
            found[i] = (const char *)((local & mask) * stride + offset);
        }
        for (size_t i = 0; i < now; i++) {
            found[i] = (const char *)where->segments[segments[i]] + (size_t)found[i];
        }
    }
    return run;
}

// Finds the addresses of rows of a run that is one segment, without a branch for each row, so that the loop has vectors. Returns
// false if it cannot, as for rows outside the run; the addresses are wrong then.
static inline bool find_in_segment(const struct current_run *run, const int64_t *rows, size_t count, size_t offset,
                                   const char **found) {
    const uint64_t first = run->first_row, last = run->row_count - 1;
    // Where there are many runs, most rows are in others.
    if (run->narrow_stride == 0 || count == 0 || (uint64_t)rows[count - 1] - first > last) return false;
    const uint64_t base = (uint64_t)(uintptr_t)run->segments[0] + offset;
    uint64_t outside = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t local = (uint64_t)rows[i] - first;
        // The highest bit says that the number or the difference is negative.
        outside |= local | (last - local);
        found[i] = (const char *)(uintptr_t)(base + (uint64_t)(uint32_t)local * run->narrow_stride);
    }
    return outside >> 63 == 0;
}

// Finds the addresses of the bytes at `offset` of `count` rows.
static inline void find_rows(struct current_run *current, const struct colonnade_rows *where, const int64_t *rows,
                             size_t count, size_t offset, const char **found) {
    // No store can change the copy, so that it stays in registers.
    const struct current_run run = *current;
    if (find_in_segment(&run, rows, count, offset, found)) return;
    for (size_t i = 0; i < count; i++) {
        uint64_t local = (uint64_t)rows[i] - run.first_row;
        if (__builtin_expect(local >= run.row_count, 0)) {
            enter_run(current, where, find_in_runs(where, rows + i, count - i, offset, found + i));
            return;
        }
        found[i] = (const char *)run.segments[local >> run.exponent] + (local & run.mask) * run.stride + offset;
    }
}

#endif
