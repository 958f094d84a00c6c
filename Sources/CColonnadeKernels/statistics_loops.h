// SPDX-License-Identifier: Apache-2.0
// The loops of statistics.c for each class of data type, and the joining of their results.

#ifndef COLONNADE_STATISTICS_LOOPS_H
#define COLONNADE_STATISTICS_LOOPS_H

#include "colonnade_kernels.h"

#include <math.h>
#include <string.h>

// A product and a sum are rounded separately, so that statistics do not depend on the machine.
#pragma STDC FP_CONTRACT OFF

#define PIECE 8192
#define LANES 8
// The elements that are prefetched, and converted to double, at a time.
#define BLOCK 512

// The count and the mean of the finite elements that are already read, and the sum of their squared distances from the
// mean.
struct moments {
    uint64_t count;
    double mean, squares;
};

static void join(struct moments *all, double mean, double squares, uint64_t count) {
    if (count == 0) return;
    double a = (double)all->count, b = (double)count, difference = mean - all->mean;
    all->squares += squares + difference * difference * a * b / (a + b);
    all->mean += difference * b / (a + b);
    all->count += count;
}

// Prefetches elements that come later. The CPU's own prefetching stops at the end of each page.
#define AHEAD 8192
static inline __attribute__((always_inline)) void prefetch(const void *elements, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch((const char *)elements + AHEAD + at);
}

static void finish(struct colonnade_statistics *result, const struct moments *all, double unit) {
    if (all->count == 0) return;
    result->mean = all->mean * unit;
    result->deviation = sqrt(all->squares / (double)all->count) * unit;
}

// `T` is the type of the elements, `WIDE` the type of the extremes.
#define INTEGERS(NAME, T, WIDE)                                                                                   \
    static inline __attribute__((always_inline)) void NAME(const T *elements, size_t count, struct colonnade_statistics *result) {                      \
        T least = elements[0], most = elements[0];                                                                \
        struct moments all = {0};                                                                                 \
        for (size_t start = 0; start < count; start += PIECE) {                                                   \
            const T *piece = elements + start;                                                                    \
            size_t n = count - start < PIECE ? count - start : PIECE, i = 0;                                      \
            double sums[LANES] = {0}, squares[LANES] = {0}, sum = 0, square = 0;                                  \
            for (size_t from = 0; from < n; from += BLOCK) {                                                      \
                size_t to = n - from < BLOCK ? n : from + BLOCK;                                                  \
                prefetch(piece + from, (to - from) * sizeof(T));                                                  \
                for (size_t k = from; k < to; k++) {                                                              \
                    least = piece[k] < least ? piece[k] : least;                                                  \
                    most = piece[k] > most ? piece[k] : most;                                                     \
                }                                                                                                 \
            }                                                                                                     \
            for (; i + LANES <= n; i += LANES) {                                                                  \
                for (int lane = 0; lane < LANES; lane++) sums[lane] += (double)piece[i + lane];                   \
            }                                                                                                     \
            for (; i < n; i++) sum += (double)piece[i];                                                           \
            for (int lane = 0; lane < LANES; lane++) sum += sums[lane];                                           \
            double mean = sum / (double)n;                                                                        \
            for (i = 0; i + LANES <= n; i += LANES) {                                                             \
                for (int lane = 0; lane < LANES; lane++) {                                                        \
                    double distance = (double)piece[i + lane] - mean;                                             \
                    squares[lane] += distance * distance;                                                         \
                }                                                                                                 \
            }                                                                                                     \
            for (; i < n; i++) square += ((double)piece[i] - mean) * ((double)piece[i] - mean);                   \
            for (int lane = 0; lane < LANES; lane++) square += squares[lane];                                     \
            join(&all, mean, square, n);                                                                          \
        }                                                                                                         \
        finish(result, &all, 1);                                                                                  \
        result->minimum = (uint64_t)(WIDE)least;                                                                  \
        result->maximum = (uint64_t)(WIDE)most;                                                                   \
    }

// For elements of one or two bytes: the sums of a piece are exact in 64 bits, and integers are faster.
#define SMALL_INTEGERS(NAME, T, WIDE)                                                                             \
    static inline __attribute__((always_inline)) void NAME(const T *elements, size_t count, struct colonnade_statistics *result) {                      \
        T least = elements[0], most = elements[0];                                                                \
        struct moments all = {0};                                                                                 \
        for (size_t start = 0; start < count; start += PIECE) {                                                   \
            const T *piece = elements + start;                                                                    \
            size_t n = count - start < PIECE ? count - start : PIECE;                                             \
            int64_t sum = 0;                                                                                      \
            uint64_t square = 0;                                                                                  \
            /* 256 squares of 16 bits exceed 32 bits, so for them only the sum is narrow. */                      \
            for (size_t from = 0; from < n; from += 256) {                                                        \
                size_t to = n - from < 256 ? n : from + 256;                                                      \
                int32_t narrow = 0;                                                                               \
                uint32_t narrow_square = 0;                                                                       \
                uint64_t wide_square = 0;                                                                         \
                prefetch(piece + from, (to - from) * sizeof(T));                                                  \
                for (size_t i = from; i < to; i++) {                                                              \
                    int32_t value = piece[i];                                                                     \
                    least = piece[i] < least ? piece[i] : least;                                                  \
                    most = piece[i] > most ? piece[i] : most;                                                     \
                    narrow += value;                                                                              \
                    if (sizeof(T) == 1) {                                                                         \
                        narrow_square += (uint32_t)(value * value);                                               \
                    } else {                                                                                      \
                        wide_square += (uint64_t)((int64_t)value * value);                                        \
                    }                                                                                             \
                }                                                                                                 \
                sum += narrow;                                                                                    \
                square += narrow_square + wide_square;                                                            \
            }                                                                                                     \
            double mean = (double)sum / (double)n;                                                                \
            /* n * square - sum * sum is exact: below 2^13 * 2^45 and (2^29)^2. */                                \
            double squares = (double)((int64_t)(n * square) - sum * sum) / (double)n;                             \
            join(&all, mean, squares, n);                                                                         \
        }                                                                                                         \
        finish(result, &all, 1);                                                                                  \
        result->minimum = (uint64_t)(WIDE)least;                                                                  \
        result->maximum = (uint64_t)(WIDE)most;                                                                   \
    }

// The sums of a piece of floats.
struct lanes {
    double sums[LANES], low[LANES], high[LANES], squares[LANES];
    uint64_t counts[LANES];
};

// Infinity less infinity, and any sum with NaN, is NaN.
static inline __attribute__((always_inline)) int is_finite(double value) { return value - value == 0; }

static inline __attribute__((always_inline)) void add_value(struct lanes *lanes, int lane, double value) {
    int finite = is_finite(value);
    double low = finite ? value : INFINITY, high = finite ? value : -INFINITY;
    lanes->counts[lane] += (uint64_t)finite;
    lanes->sums[lane] += finite ? value : 0;
    lanes->low[lane] = low < lanes->low[lane] ? low : lanes->low[lane];
    lanes->high[lane] = high > lanes->high[lane] ? high : lanes->high[lane];
}

static inline __attribute__((always_inline)) void add_square(struct lanes *lanes, int lane, double value, double mean) {
    double distance = is_finite(value) ? value - mean : 0;
    lanes->squares[lane] += distance * distance;
}

static inline __attribute__((always_inline)) void add_values(struct lanes *all, const double *values, size_t count) {
    struct lanes lanes = *all;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int lane = 0; lane < LANES; lane++) add_value(&lanes, lane, values[i + lane]);
    }
    for (int lane = 0; i < count; i++, lane++) add_value(&lanes, lane, values[i]);
    *all = lanes;
}

static inline __attribute__((always_inline)) void add_squares(struct lanes *all, const double *values, size_t count, double mean) {
    struct lanes lanes = *all;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int lane = 0; lane < LANES; lane++) add_square(&lanes, lane, values[i + lane], mean);
    }
    for (int lane = 0; i < count; i++, lane++) add_square(&lanes, lane, values[i], mean);
    *all = lanes;
}

#define FLOATS(NAME, T, LOAD)                                                                                     \
    static inline __attribute__((always_inline)) void NAME(const T *elements, size_t count, struct colonnade_statistics *result) {                      \
        double least = INFINITY, most = -INFINITY, values[BLOCK];                                                 \
        struct moments all = {0};                                                                                 \
        for (size_t start = 0; start < count; start += PIECE) {                                                   \
            const T *piece = elements + start;                                                                    \
            size_t n = count - start < PIECE ? count - start : PIECE;                                             \
            double sum = 0, square = 0;                                                                           \
            uint64_t good = 0;                                                                                    \
            struct lanes lanes = {0};                                                                             \
            for (int lane = 0; lane < LANES; lane++) lanes.low[lane] = INFINITY, lanes.high[lane] = -INFINITY;    \
            for (size_t from = 0; from < n; from += BLOCK) {                                                      \
                size_t block = n - from < BLOCK ? n - from : BLOCK;                                               \
                prefetch(piece + from, block * sizeof(T));                                                        \
                for (size_t i = 0; i < block; i++) values[i] = (double)LOAD(piece[from + i]);                     \
                add_values(&lanes, values, block);                                                                \
            }                                                                                                     \
            for (int lane = 0; lane < LANES; lane++) {                                                            \
                sum += lanes.sums[lane];                                                                          \
                good += lanes.counts[lane];                                                                       \
                least = lanes.low[lane] < least ? lanes.low[lane] : least;                                        \
                most = lanes.high[lane] > most ? lanes.high[lane] : most;                                         \
            }                                                                                                     \
            result->non_finite += n - good;                                                                       \
            double mean = good > 0 ? sum / (double)good : 0;                                                      \
            for (size_t from = 0; from < n; from += BLOCK) {                                                      \
                size_t block = n - from < BLOCK ? n - from : BLOCK;                                               \
                for (size_t i = 0; i < block; i++) values[i] = (double)LOAD(piece[from + i]);                     \
                add_squares(&lanes, values, block, mean);                                                         \
            }                                                                                                     \
            for (int lane = 0; lane < LANES; lane++) square += lanes.squares[lane];                               \
            join(&all, mean, square, good);                                                                       \
        }                                                                                                         \
        if (all.count == 0) least = most = 0;                                                                     \
        finish(result, &all, 1);                                                                                  \
        memcpy(&result->minimum, &least, 8);                                                                      \
        memcpy(&result->maximum, &most, 8);                                                                       \
    }

#endif
