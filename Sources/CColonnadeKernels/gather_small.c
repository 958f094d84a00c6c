// SPDX-License-Identifier: Apache-2.0
// Gathers one small column that is read alone, such as a label.

#include "find_row.h"
#include "gather.h"

#include <string.h>

// The number of small rows that are requested before their use. A small row takes so few instructions that fewer would
// not reach the memory in time.
#define SMALL_AHEAD 64

// Copies one small column of `size` bytes, a constant, row by row. Each row is found twice: its address can be computed
// in less time than it can be kept.
static inline __attribute__((always_inline)) void copy_small(struct current_run *current,
                                                             const struct colonnade_rows *where, const int64_t *rows,
                                                             size_t count, size_t known, size_t offset, char *target,
                                                             size_t size) {
    size_t rest = known > SMALL_AHEAD ? known - SMALL_AHEAD : 0, requested = rest < count ? rest : count, row = 0;
    for (; row < requested; row++) {
        __builtin_prefetch(find_row(current, where, rows[row + SMALL_AHEAD]) + offset, 0, 2);
        memcpy(target + row * size, find_row(current, where, rows[row]) + offset, size);
    }
    for (; row < count; row++) memcpy(target + row * size, find_row(current, where, rows[row]) + offset, size);
}

static void copy_small_rows(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                            size_t offset, char *target, size_t size) {
    struct current_run current = first_run(where);
    switch (size) {
        case 1: copy_small(&current, where, rows, count, known, offset, target, 1); break;
        case 2: copy_small(&current, where, rows, count, known, offset, target, 2); break;
        case 4: copy_small(&current, where, rows, count, known, offset, target, 4); break;
        case 8: copy_small(&current, where, rows, count, known, offset, target, 8); break;
    }
}

bool colonnade_is_small(const struct colonnade_member *member, const struct converter *converter) {
    bool has_size = member->size == 1 || member->size == 2 || member->size == 4 || member->size == 8;
    return has_size && (!converter || member->elements % converter->period == 0);
}

void colonnade_gather_small(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                            const struct colonnade_member *member, const struct converter *converter) {
    char *target = member->target;
    if (!converter) {
        copy_small_rows(where, rows, count, known, member->offset, target, member->size);
        return;
    }
    for (size_t from = 0; from < count; from += ROWS) {
        char together[ROWS * 8];
        size_t now = count - from < ROWS ? count - from : ROWS, elements = now * member->elements;
        copy_small_rows(where, rows + from, now, known - from, member->offset, together, member->size);
        colonnade_run_converter(converter, target, together, elements);
        target += elements * converter->target_size;
    }
}
