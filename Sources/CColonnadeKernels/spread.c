// SPDX-License-Identifier: Apache-2.0
// Copies interleaved rows to columns. Each row is read once: squares of some rows and columns are transposed in vector
// registers.

#include "spread.h"
#include "cpu.h"

#include <string.h>

// The width of a square: the elements of a vector.
#define SIDE(SIZE) (32 / (SIZE))

static inline char *column(const struct colonnade_member *member, size_t row, size_t size) {
    return (char *)member->target + row * size;
}

#define COPY_SQUARE(SIZE)                                                                         \
    for (size_t i = 0; i < count; i++) {                                                          \
        char *to = column(&members[i], at, SIZE);                                                 \
        for (size_t row = 0; row < rows; row++) {                                                 \
            memcpy(to + row * SIZE, from[row] + members[i].offset, SIZE);                         \
        }                                                                                         \
    }

// Copies any number of rows and members, one element at a time.
static inline void copy_square(const char *const *from, size_t rows, const struct colonnade_member *members,
                               size_t count, size_t at) {
    if (members->size == 4) {
        COPY_SQUARE(4)
    } else {
        COPY_SQUARE(8)
    }
}

void colonnade_spread_portable(const void *const *rows, size_t count, const struct colonnade_member *members,
                               size_t member_count, size_t at) {
    const char *const *from = (const char *const *)rows;
    // The number of rows that are still in the first-level cache when their last member is copied.
    for (size_t row = 0; row < count; row += 8) {
        copy_square(from + row, count - row < 8 ? count - row : 8, members, member_count, at + row);
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))

TARGET static inline void turn_4(const char *const *from, size_t offset, const struct colonnade_member *members,
                                 size_t at) {
    __m256 r[8], a[8], b[8];
    for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps((const float *)(const void *)(from[i] + offset));
    for (int i = 0; i < 8; i += 2) {
        a[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        a[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        b[i] = _mm256_shuffle_ps(a[i], a[i + 2], 0x44);
        b[i + 1] = _mm256_shuffle_ps(a[i], a[i + 2], 0xee);
        b[i + 2] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0x44);
        b[i + 3] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        float *low = (float *)(void *)column(&members[i], at, 4);
        float *high = (float *)(void *)column(&members[i + 4], at, 4);
        _mm256_storeu_ps(low, _mm256_permute2f128_ps(b[i], b[i + 4], 0x20));
        _mm256_storeu_ps(high, _mm256_permute2f128_ps(b[i], b[i + 4], 0x31));
    }
}

TARGET static inline void turn_8(const char *const *from, size_t offset, const struct colonnade_member *members,
                                 size_t at) {
    __m256d r[4], a[4];
    for (int i = 0; i < 4; i++) r[i] = _mm256_loadu_pd((const double *)(const void *)(from[i] + offset));
    for (int i = 0; i < 4; i += 2) {
        a[i] = _mm256_unpacklo_pd(r[i], r[i + 1]);
        a[i + 1] = _mm256_unpackhi_pd(r[i], r[i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        double *low = (double *)(void *)column(&members[i], at, 8);
        double *high = (double *)(void *)column(&members[i + 2], at, 8);
        _mm256_storeu_pd(low, _mm256_permute2f128_pd(a[i], a[i + 2], 0x20));
        _mm256_storeu_pd(high, _mm256_permute2f128_pd(a[i], a[i + 2], 0x31));
    }
}

#define SPREAD(SIZE)                                                                              \
    for (; row + SIDE(SIZE) <= count; row += SIDE(SIZE)) {                                        \
        size_t i = 0;                                                                             \
        for (; i + SIDE(SIZE) <= member_count; i += SIDE(SIZE)) {                                 \
            turn_##SIZE(from + row, members[i].offset, &members[i], at + row);                    \
        }                                                                                         \
        if (i < member_count) {                                                                   \
            copy_square(from + row, SIDE(SIZE), &members[i], member_count - i, at + row);         \
        }                                                                                         \
    }

TARGET static void spread_avx2(const char *const *from, size_t count, const struct colonnade_member *members,
                               size_t member_count, size_t at) {
    size_t row = 0;
    if (members->size == 4) {
        SPREAD(4)
    } else {
        SPREAD(8)
    }
    if (row < count) copy_square(from + row, count - row, members, member_count, at + row);
}
#endif

void colonnade_spread(const void *const *rows, size_t count, const struct colonnade_member *members,
                      size_t member_count, size_t at) {
#if defined(__x86_64__)
    if (colonnade_cpu_level() >= CPU_AVX2) {
        spread_avx2((const char *const *)rows, count, members, member_count, at);
        return;
    }
#endif
    colonnade_spread_portable(rows, count, members, member_count, at);
}
