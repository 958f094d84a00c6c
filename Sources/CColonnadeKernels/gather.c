// SPDX-License-Identifier: Apache-2.0

#include "colonnade_kernels.h"

#include <string.h>

#define LINE 64
// Rows requested ahead, in bytes: enough to hide a miss, few enough to stay in the first cache.
#define AHEAD 4096
// A column from this size on is requested row by row.
#define LARGE 128

static inline void request(const void *const *rows, size_t from, size_t to, size_t stride) {
    // Of a large row the first lines are enough: the hardware sees the pattern and fetches the rest.
    size_t bytes = stride < 2048 ? stride : 2048;
    for (size_t row = from; row < to; row++) {
        const char *start = rows[row];
        for (size_t at = 0; at < bytes; at += LINE) __builtin_prefetch(start + at);
        if (bytes > 0) __builtin_prefetch(start + bytes - 1);
    }
}

#define COPY(SIZE)                                                                            \
    case SIZE:                                                                                \
        for (size_t row = from; row < to; row++) {                                            \
            memcpy(target + row * SIZE, (const char *)rows[row] + member->offset, SIZE);      \
        }                                                                                     \
        break;

static inline void copy(const void *const *rows, size_t from, size_t to, const struct colonnade_member *member) {
    char *target = member->target;
    switch (member->size) {
        COPY(1)
        COPY(2)
        COPY(4)
        COPY(8)
        COPY(16)
        default:
            for (size_t row = from; row < to; row++) {
                memcpy(target + row * member->size, (const char *)rows[row] + member->offset, member->size);
            }
    }
}

// One large column: a request and a copy in turn keep the memory busy all the time.
static void gather_large(const void *const *rows, size_t count, const struct colonnade_member *member) {
    size_t size = member->size, ahead = size <= 1024 ? 8 : 4;
    const char *const *from = (const char *const *)rows;
    char *target = member->target;
    size_t lines = size < 2048 ? size : 2048;
    for (size_t row = 0; row < ahead && row < count; row++) {
        for (size_t at = 0; at < lines; at += LINE) __builtin_prefetch(from[row] + member->offset + at);
    }
    for (size_t row = 0; row < count; row++) {
        if (row + ahead < count) {
            const char *next = from[row + ahead] + member->offset;
            for (size_t at = 0; at < lines; at += LINE) __builtin_prefetch(next + at);
            __builtin_prefetch(next + lines - 1);
        }
        memcpy(target + row * size, from[row] + member->offset, size);
    }
}

void colonnade_gather(const void *const *rows, size_t count, size_t stride, const struct colonnade_member *members,
                      size_t member_count) {
    if (member_count == 1 && members->size >= LARGE) {
        gather_large(rows, count, members);
        return;
    }
    size_t step = stride > 0 ? AHEAD / stride : 64;
    step = step < 4 ? 4 : step > 64 ? 64 : step;
    request(rows, 0, step < count ? step : count, stride);
    for (size_t from = 0; from < count; from += step) {
        size_t to = count - from < step ? count : from + step;
        size_t next = count - to < step ? count : to + step;
        request(rows, to, next, stride);
        for (size_t member = 0; member < member_count; member++) copy(rows, from, to, &members[member]);
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
