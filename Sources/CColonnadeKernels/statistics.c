// SPDX-License-Identifier: Apache-2.0
// Count, extremes, mean and squares of consecutive elements, in pieces that stay in the cache: one pass for extremes
// and sum, one for the squares, so that nothing is lost to cancellation. Pieces are joined by the method of Chan, Golub
// and LeVeque (1979). Eight independent sums let the compiler use vector registers without reordering a sum.

#include "colonnade_kernels.h"
#include "cpu.h"
#include "scalars.h"

#include <math.h>

#define PIECE 8192
#define LANES 8

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
            for (size_t k = 0; k < n; k++) {                                                                      \
                least = piece[k] < least ? piece[k] : least;                                                      \
                most = piece[k] > most ? piece[k] : most;                                                         \
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

#define FLOATS(NAME, T, LOAD)                                                                                     \
    static inline __attribute__((always_inline)) void NAME(const T *elements, size_t count, struct colonnade_statistics *result) {                      \
        double least = INFINITY, most = -INFINITY;                                                                \
        struct moments all = {0};                                                                                 \
        for (size_t start = 0; start < count; start += PIECE) {                                                   \
            const T *piece = elements + start;                                                                    \
            size_t n = count - start < PIECE ? count - start : PIECE, i = 0;                                      \
            double sums[LANES] = {0}, squares[LANES] = {0}, low[LANES], high[LANES], sum = 0, square = 0;         \
            uint64_t counts[LANES] = {0}, good = 0;                                                               \
            for (int lane = 0; lane < LANES; lane++) low[lane] = INFINITY, high[lane] = -INFINITY;                \
            for (; i < n; i++) {                                                                                  \
                int lane = (int)(i % LANES);                                                                      \
                double value = (double)LOAD(piece[i]);                                                            \
                int is_finite = value - value == 0;                                                               \
                counts[lane] += (uint64_t)is_finite;                                                              \
                sums[lane] += is_finite ? value : 0;                                                              \
                low[lane] = is_finite && value < low[lane] ? value : low[lane];                                   \
                high[lane] = is_finite && value > high[lane] ? value : high[lane];                                \
            }                                                                                                     \
            for (int lane = 0; lane < LANES; lane++) {                                                            \
                sum += sums[lane];                                                                                \
                good += counts[lane];                                                                             \
                least = low[lane] < least ? low[lane] : least;                                                    \
                most = high[lane] > most ? high[lane] : most;                                                     \
            }                                                                                                     \
            result->non_finite += n - good;                                                                       \
            double mean = good > 0 ? sum / (double)good : 0;                                                      \
            for (i = 0; i < n; i++) {                                                                             \
                double value = (double)LOAD(piece[i]), distance = value - value == 0 ? value - mean : 0;          \
                squares[i % LANES] += distance * distance;                                                        \
            }                                                                                                     \
            for (int lane = 0; lane < LANES; lane++) square += squares[lane];                                     \
            join(&all, mean, square, good);                                                                       \
        }                                                                                                         \
        if (all.count == 0) least = most = 0;                                                                     \
        finish(result, &all, 1);                                                                                  \
        memcpy(&result->minimum, &least, 8);                                                                      \
        memcpy(&result->maximum, &most, 8);                                                                       \
    }

SMALL_INTEGERS(of_u8, uint8_t, uint64_t)
SMALL_INTEGERS(of_i8, int8_t, int64_t)
SMALL_INTEGERS(of_u16, uint16_t, uint64_t)
SMALL_INTEGERS(of_i16, int16_t, int64_t)
INTEGERS(of_u32, uint32_t, uint64_t)
INTEGERS(of_i32, int32_t, int64_t)
INTEGERS(of_u64, uint64_t, uint64_t)
INTEGERS(of_i64, int64_t, int64_t)
FLOATS(of_f16, uint16_t, float_of_f16)
FLOATS(of_bf16, uint16_t, float_of_bf16)
FLOATS(of_f32, float, )
FLOATS(of_f64, double, )

// Sums or squares of large numbers may overflow where mean and deviation do not: then all numbers are scaled down
// first.
static void moments_of_large(const double *elements, size_t count, struct colonnade_statistics *result) {
    const double unit = 0x1p600;
    struct moments all = {0};
    for (size_t i = 0; i < count; i++) {
        if (elements[i] - elements[i] == 0) join(&all, elements[i] / unit, 0, 1);
    }
    finish(result, &all, unit);
}

static inline __attribute__((always_inline)) void statistics(uint8_t dtype, const void *elements, size_t count,
                                                             struct colonnade_statistics *result) {
    switch (dtype) {
        case U8:
        case BOOL: of_u8(elements, count, result); break;
        case I8: of_i8(elements, count, result); break;
        case U16: of_u16(elements, count, result); break;
        case I16: of_i16(elements, count, result); break;
        case U32: of_u32(elements, count, result); break;
        case I32: of_i32(elements, count, result); break;
        case U64: of_u64(elements, count, result); break;
        case I64: of_i64(elements, count, result); break;
        case F16: of_f16(elements, count, result); break;
        case BF16: of_bf16(elements, count, result); break;
        case F32: of_f32(elements, count, result); break;
        case F64:
            of_f64(elements, count, result);
            if (!isfinite(result->mean) || !isfinite(result->deviation)) moments_of_large(elements, count, result);
            break;
    }
}

#if defined(__x86_64__)
// FMA is not used: its rounding would make the statistics in a file depend on the machine that wrote it.
__attribute__((target("avx2"))) static void statistics_avx2(uint8_t dtype, const void *elements, size_t count,
                                                            struct colonnade_statistics *result) {
    statistics(dtype, elements, count, result);
}
#endif

void colonnade_statistics(uint8_t dtype, const void *elements, size_t count, struct colonnade_statistics *result) {
    memset(result, 0, sizeof *result);
    if (count == 0) return;
#if defined(__x86_64__)
    if (colonnade_cpu_level() >= CPU_AVX2) {
        statistics_avx2(dtype, elements, count, result);
        return;
    }
#endif
    statistics(dtype, elements, count, result);
}
