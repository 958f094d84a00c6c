// SPDX-License-Identifier: Apache-2.0
// Gathers rows by number, and scatters elements into rows: selects the loop for the columns.

#include "gather.h"

#include <string.h>

void colonnade_gather(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                      bool continues, const struct colonnade_member *members, size_t member_count) {
    if (count == 0 || member_count == 0) return;
    struct converter ready[READY];
    for (size_t i = 0; member_count <= READY && i < member_count; i++) {
        if (members[i].conversion) colonnade_prepare(&ready[i], members[i].conversion);
    }
    struct converter *converter = members->conversion ? ready : NULL;
    if (member_count == 1 && colonnade_is_small(members, converter)) {
        colonnade_gather_small(where, rows, count, known, members, converter);
    } else if (member_count == 1 && members->size >= LARGE) {
        if (converter) colonnade_prefer_stream(converter, members->target, count, members->elements);
        colonnade_gather_large(where, rows, count, known, continues, members, converter);
    } else {
        colonnade_gather_shared(where, rows, count, known, continues, members, member_count, ready);
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
