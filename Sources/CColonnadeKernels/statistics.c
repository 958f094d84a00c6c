// SPDX-License-Identifier: Apache-2.0
// Count, extremes, mean and squares of consecutive elements, in pieces that stay in the cache: one pass for extremes
// and sum, one for the squares, so that nothing is lost to cancellation. Pieces are joined by the method of Chan, Golub
// and LeVeque (1979). Eight independent sums let the compiler use vector registers without reordering a sum.

#include "cpu.h"
#include "scalars.h"
#include "statistics_loops.h"

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
