// SPDX-License-Identifier: Apache-2.0
// Gathers one small column that is read alone, such as a label.

#include "find_row.h"
#include "gather.h"

#include <string.h>

// Copies the elements of `size` bytes, a constant, at some addresses.
static inline __attribute__((always_inline)) void copy_found(char *target, const char *const *found, size_t count,
                                                             size_t size) {
    for (size_t row = 0; row < count; row++) memcpy(target + row * size, found[row], size);
}

static void copy_elements(char *target, const char *const *found, size_t count, size_t size) {
    switch (size) {
        case 1: copy_found(target, found, count, 1); break;
        case 2: copy_found(target, found, count, 2); break;
        case 4: copy_found(target, found, count, 4); break;
        case 8: copy_found(target, found, count, 8); break;
    }
}

bool colonnade_is_small(const struct colonnade_member *member, const struct converter *converter) {
    bool has_size = member->size == 1 || member->size == 2 || member->size == 4 || member->size == 8;
    return has_size && (!converter || member->elements % converter->period == 0);
}

// Writes some rows of one batch.
static void write_elements(char *target, const char *const *found, size_t count, const struct colonnade_member *member,
                           const struct converter *converter) {
    if (!converter) {
        copy_elements(target, found, count, member->size);
        return;
    }
    char together[ROWS * 8];
    copy_elements(together, found, count, member->size);
    colonnade_run_converter(converter, target, together, count * member->elements);
}

void colonnade_gather_small(const struct row_numbers *numbers, const struct colonnade_group *group,
                            const struct converter *converter) {
    struct colonnade_member *member = group->members;
    size_t step = converter ? member->elements * converter->target_size : member->size;
    struct current_run current = first_run(&group->where);
    const char *found[2][ROWS];
    size_t now = numbers->count < ROWS ? numbers->count : ROWS, end = end_of_batch(numbers, 0);
    find_rows(&current, &group->where, numbers->rows, now, member->offset, found[0]);
    char *target = member->target;
    for (size_t from = 0, turn = 0; from < numbers->count; turn ^= 1) {
        // The next rows are requested before these are copied.
        size_t left = numbers->known - from - now, next = left < ROWS ? left : ROWS;
        const char **later = found[turn ^ 1];
        find_rows(&current, &group->where, numbers->rows + from + now, next, member->offset, later);
        for (size_t row = 0; row < next; row++) __builtin_prefetch(later[row], 0, 2);
        for (size_t row = 0, few; row < now; row += few, from += few, target += few * step) {
            if (from == end) {
                end = end_of_batch(numbers, from);
                advance(member);
                target = member->target;
            }
            few = end - from < now - row ? end - from : now - row;
            write_elements(target, found[turn] + row, few, member, converter);
        }
        // Rows from `count` on were only requested.
        now = numbers->count - from < next ? numbers->count - from : next;
    }
    advance(member);
}
