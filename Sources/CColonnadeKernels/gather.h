// SPDX-License-Identifier: Apache-2.0
// The loops between which `colonnade_gather` selects. Their parameters are those of `colonnade_gather`, with prepared
// converters.

#ifndef COLONNADE_GATHER_H
#define COLONNADE_GATHER_H

#include "colonnade_kernels.h"
#include "convert.h"

// The number of rows that are found at a time.
#define ROWS 64

// A column of at least this size is prefetched and copied row by row, so that memory is always busy.
#define LARGE 96

// The rows to gather: `count` in batches of `batch`, the last of which may be smaller, and after them rows that are only
// prefetched, up to `known`. The parameters of `colonnade_gather` have the same names.
struct row_numbers {
    const int64_t *rows;
    size_t count, known, batch;
    bool continues;
};

// Returns the row after the batch that begins at `start`.
static inline size_t end_of_batch(const struct row_numbers *numbers, size_t start) {
    return numbers->count - start < numbers->batch ? numbers->count : start + numbers->batch;
}

// Advances the target of a member to the next batch.
static inline void advance(struct colonnade_member *member) { member->target = (char *)member->target + member->step; }

// Each of the functions gathers at least one row in batches of at least one, and advances the targets of the members to the
// batches after them.

// Gathers one column of at least `LARGE` bytes; `converter` is NULL for a copy.
void colonnade_gather_large(const struct row_numbers *numbers, const struct colonnade_group *group,
                            const struct converter *converter);

// Returns whether `colonnade_gather_small` can make a column that is read alone.
bool colonnade_is_small(const struct colonnade_member *member, const struct converter *converter);

// Gathers one small column, such as a label. The out-of-order execution of the CPU fetches the first rows, which are
// not prefetched.
void colonnade_gather_small(const struct row_numbers *numbers, const struct colonnade_group *group,
                            const struct converter *converter);

// The number of conversions that stay prepared. With more columns than that, each conversion is prepared again for
// every few rows.
#define READY 8

// Gathers columns of a shared group, or a column that is too small for `colonnade_gather_large`. `ready` has memory for
// `READY` converters, which are prepared if there are at most that many columns.
void colonnade_gather_shared(const struct row_numbers *numbers, const struct colonnade_group *group,
                             struct converter *ready);

#endif
