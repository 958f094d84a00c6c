// SPDX-License-Identifier: Apache-2.0
// Every data type to every other, scaled on the way. On x86 the loops are compiled twice, and the CPU decides which runs.

#include "colonnade_kernels.h"
#include "scalars.h"

#include <math.h>
#include <stdbool.h>

#define TO_INTEGER(NAME, T, LOW, HIGH)                                            \
    static inline T NAME(double value) {                                          \
        if (!(value > (double)LOW)) return value != value ? 0 : (T)LOW;           \
        return value >= (double)HIGH ? (T)HIGH : (T)value;                        \
    }
TO_INTEGER(u8_of_double, uint8_t, 0, UINT8_MAX)
TO_INTEGER(i8_of_double, int8_t, INT8_MIN, INT8_MAX)
TO_INTEGER(u16_of_double, uint16_t, 0, UINT16_MAX)
TO_INTEGER(i16_of_double, int16_t, INT16_MIN, INT16_MAX)
TO_INTEGER(u32_of_double, uint32_t, 0, UINT32_MAX)
TO_INTEGER(i32_of_double, int32_t, INT32_MIN, INT32_MAX)
TO_INTEGER(u64_of_double, uint64_t, 0, UINT64_MAX)
TO_INTEGER(i64_of_double, int64_t, INT64_MIN, INT64_MAX)

#define SAME(value) (value)
#define LOOP(TARGET, SOURCE, EXPRESSION)                     \
    do {                                                     \
        TARGET *restrict to = target;                        \
        const SOURCE *restrict from = source;                \
        for (size_t i = 0; i < count; i++) {                 \
            to[i] = (EXPRESSION);                            \
        }                                                    \
    } while (0)

// The product with a scale is computed in double for a target of double, and else in float.
#define FROM(SOURCE, LOAD, INTEGRAL)                                                                           \
    switch (target_dtype) {                                                                                    \
        case U8: if (INTEGRAL) LOOP(uint8_t, SOURCE, (uint8_t)LOAD(from[i]));                                   \
            else LOOP(uint8_t, SOURCE, u8_of_double((double)LOAD(from[i]))); break;                             \
        case I8: if (INTEGRAL) LOOP(int8_t, SOURCE, (int8_t)LOAD(from[i]));                                     \
            else LOOP(int8_t, SOURCE, i8_of_double((double)LOAD(from[i]))); break;                              \
        case U16: if (INTEGRAL) LOOP(uint16_t, SOURCE, (uint16_t)LOAD(from[i]));                                \
            else LOOP(uint16_t, SOURCE, u16_of_double((double)LOAD(from[i]))); break;                           \
        case I16: if (INTEGRAL) LOOP(int16_t, SOURCE, (int16_t)LOAD(from[i]));                                  \
            else LOOP(int16_t, SOURCE, i16_of_double((double)LOAD(from[i]))); break;                            \
        case U32: if (INTEGRAL) LOOP(uint32_t, SOURCE, (uint32_t)LOAD(from[i]));                                \
            else LOOP(uint32_t, SOURCE, u32_of_double((double)LOAD(from[i]))); break;                           \
        case I32: if (INTEGRAL) LOOP(int32_t, SOURCE, (int32_t)LOAD(from[i]));                                  \
            else LOOP(int32_t, SOURCE, i32_of_double((double)LOAD(from[i]))); break;                            \
        case U64: if (INTEGRAL) LOOP(uint64_t, SOURCE, (uint64_t)LOAD(from[i]));                                \
            else LOOP(uint64_t, SOURCE, u64_of_double((double)LOAD(from[i]))); break;                           \
        case I64: if (INTEGRAL) LOOP(int64_t, SOURCE, (int64_t)LOAD(from[i]));                                  \
            else LOOP(int64_t, SOURCE, i64_of_double((double)LOAD(from[i]))); break;                            \
        case F16: LOOP(uint16_t, SOURCE, f16_of_float((float)LOAD(from[i]) * narrow)); break;                   \
        case BF16: LOOP(uint16_t, SOURCE, bf16_of_float((float)LOAD(from[i]) * narrow)); break;                 \
        case F32: LOOP(float, SOURCE, (float)LOAD(from[i]) * narrow); break;                                    \
        case F64: LOOP(double, SOURCE, (double)LOAD(from[i]) * scale); break;                                   \
        case BOOL: LOOP(uint8_t, SOURCE, LOAD(from[i]) != 0); break;                                            \
    }                                                                                                          \
    break;

// Undefined conversions never run: the branch for whole numbers is dead for floating-point sources and the other way round.
static inline __attribute__((always_inline)) void convert(uint8_t target_dtype, void *target, uint8_t source_dtype,
                                                          const void *source, size_t count, double scale) {
    float narrow = (float)scale;
    switch (source_dtype) {
        case U8: FROM(uint8_t, SAME, 1)
        case BOOL: FROM(uint8_t, SAME, 1)
        case I8: FROM(int8_t, SAME, 1)
        case U16: FROM(uint16_t, SAME, 1)
        case I16: FROM(int16_t, SAME, 1)
        case U32: FROM(uint32_t, SAME, 1)
        case I32: FROM(int32_t, SAME, 1)
        case U64: FROM(uint64_t, SAME, 1)
        case I64: FROM(int64_t, SAME, 1)
        case F16: FROM(uint16_t, float_of_f16, 0)
        case BF16: FROM(uint16_t, float_of_bf16, 0)
        case F32: FROM(float, SAME, 0)
        case F64: FROM(double, SAME, 0)
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void convert_avx2(uint8_t target_dtype, void *target,
                                                                   uint8_t source_dtype, const void *source,
                                                                   size_t count, double scale) {
    convert(target_dtype, target, source_dtype, source, count, scale);
}
#endif

void colonnade_convert(uint8_t target_dtype, void *target, uint8_t source_dtype, const void *source, size_t count,
                       double scale) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        convert_avx2(target_dtype, target, source_dtype, source, count, scale);
        return;
    }
#endif
    convert(target_dtype, target, source_dtype, source, count, scale);
}

double colonnade_sum(uint8_t dtype, const void *elements, size_t count) {
    double sum = 0, piece[1024];
    size_t size = dtype <= I8 || dtype == BOOL ? 1 : dtype <= I16 || dtype == F16 || dtype == BF16 ? 2
                : dtype <= I32 || dtype == F32 ? 4 : 8;
    for (size_t start = 0; start < count; start += 1024) {
        size_t n = count - start < 1024 ? count - start : 1024;
        colonnade_convert(F64, piece, dtype, (const char *)elements + start * size, n, 1);
        double lanes[8] = {0};
        for (size_t i = 0; i < n; i++) lanes[i % 8] += piece[i];
        for (int lane = 0; lane < 8; lane++) sum += lanes[lane];
    }
    return sum;
}
