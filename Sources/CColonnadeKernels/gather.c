// SPDX-License-Identifier: Apache-2.0
// Gathers rows by number, and scatters elements into rows: selects the loop for the columns.

#include "gather.h"

#include <string.h>

// The number of rows, in complete batches, of one group that are gathered before those of the next group. Labels are partly
// still in the second-level cache then: after 1,300 images of 784 bytes they take twice as long.
#define TURN 256

// Gathers batches of the columns of one group, and advances the targets to the batches after them.
static void gather_group(const struct row_numbers *numbers, const struct colonnade_group *group) {
    struct colonnade_member *members = group->members;
    struct converter ready[READY];
    for (size_t i = 0; group->member_count <= READY && i < group->member_count; i++) {
        if (members[i].conversion) colonnade_prepare(&ready[i], members[i].conversion);
    }
    struct converter *converter = members->conversion ? ready : NULL;
    if (group->member_count == 1 && colonnade_is_small(members, converter)) {
        colonnade_gather_small(numbers, group, converter);
    } else if (group->member_count == 1 && members->size >= LARGE) {
        // The stores that bypass the caches need aligned targets.
        bool are_aligned = numbers->count <= numbers->batch || members->step % 32 == 0;
        if (converter && are_aligned) {
            colonnade_prefer_stream(converter, members->target, numbers->batch, members->elements);
        }
        colonnade_gather_large(numbers, group, converter);
    } else {
        colonnade_gather_shared(numbers, group, ready);
    }
}

void colonnade_gather(const struct colonnade_group *groups, size_t group_count, const int64_t *rows, size_t count,
                      size_t known, size_t batch, bool continues) {
    if (count == 0) return;
    size_t turn = batch < TURN ? TURN / batch * batch : batch;
    for (size_t start = 0; start < count; start += turn) {
        size_t now = count - start < turn ? count - start : turn;
        const struct row_numbers numbers = {rows + start, now, known - start, batch, continues || start > 0};
        for (size_t i = 0; i < group_count; i++) {
            if (groups[i].member_count > 0) gather_group(&numbers, &groups[i]);
        }
    }
}

void colonnade_scatter(void *rows, size_t stride, size_t offset, size_t size, const void *source, size_t count) {
    char *target = (char *)rows + offset;
    const char *from = source;
    switch (size) {
        case 1: for (size_t row = 0; row < count; row++) memcpy(target + row * stride, from + row, 1); break;
        case 2: for (size_t row = 0; row < count; row++) memcpy(target + row * stride, from + row * 2, 2); break;
        case 4: for (size_t row = 0; row < count; row++) memcpy(target + row * stride, from + row * 4, 4); break;
        case 8: for (size_t row = 0; row < count; row++) memcpy(target + row * stride, from + row * 8, 8); break;
        default: for (size_t row = 0; row < count; row++) memcpy(target + row * stride, from + row * size, size);
    }
}
