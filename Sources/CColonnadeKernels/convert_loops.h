// SPDX-License-Identifier: Apache-2.0
// The loops from every data type to every other. A file for one instruction set includes this one after it has defined
// TARGET, the attribute of its functions, FIND, the name of the function at the end, and USE_F16C where the CPU has it.

#include "convert.h"
#include "convert_elements.h"

// Rounds a product before the sum, even if one instruction can do both.
#pragma STDC FP_CONTRACT OFF

// Tells the compiler that a loop makes less than eight steps.
#define FEW _Pragma("clang loop unroll(disable) vectorize(disable)")
// Converts the eight elements that begin at I. The last elements of a row are converted again together with elements
// before them, so that none is converted alone.
#define STEP(SOURCE, SIZE, TARGET_, OUT, I, SCALE, OFFSET) \
    STORE_##TARGET_(to + (I) * OUT, LOAD_##SOURCE(from + (I) * SIZE) * SCALE + OFFSET)

#define FLOAT_BLOCK_LOOP(SOURCE, SIZE, TARGET_, OUT)                                                             \
    TARGET static void SOURCE##_##TARGET_##_block(void *restrict target, const void *restrict source,            \
                                                  size_t count, const void *scales, const void *offsets) {       \
        char *to = target;                                                                                       \
        const char *from = source;                                                                               \
        const float *scale = scales, *offset = offsets;                                                          \
        if (count < 8) {                                                                                         \
            FEW                                                                                                  \
            for (size_t i = 0; i < count; i++) {                                                                 \
                SET_##TARGET_(to + i * OUT, ONE_##SOURCE(from + i * SIZE) * scale[i] + offset[i]);               \
            }                                                                                                    \
            return;                                                                                              \
        }                                                                                                        \
        f32x8 s0 = READ(f32x8, scale), s1 = READ(f32x8, scale + 8), s2 = READ(f32x8, scale + 16);                \
        f32x8 o0 = READ(f32x8, offset), o1 = READ(f32x8, offset + 8), o2 = READ(f32x8, offset + 16);             \
        size_t i = 0;                                                                                            \
        for (; i + BLOCK <= count; i += BLOCK) {                                                                 \
            STEP(SOURCE, SIZE, TARGET_, OUT, i, s0, o0);                                                         \
            STEP(SOURCE, SIZE, TARGET_, OUT, i + 8, s1, o1);                                                     \
            STEP(SOURCE, SIZE, TARGET_, OUT, i + 16, s2, o2);                                                    \
        }                                                                                                        \
        if (count - i >= 8) STEP(SOURCE, SIZE, TARGET_, OUT, i, s0, o0);                                         \
        if (count - i >= 16) STEP(SOURCE, SIZE, TARGET_, OUT, i + 8, s1, o1);                                    \
        if ((count - i) % 8 != 0) {                                                                              \
            size_t last = count - 8, at = last % BLOCK;                                                          \
            STEP(SOURCE, SIZE, TARGET_, OUT, last, READ(f32x8, scale + at), READ(f32x8, offset + at));           \
        }                                                                                                        \
    }
// Multiplies all elements by one scale, without a sum: the additional instruction would slow a loop that only scales.
#define FLOAT_SCALE_LOOP(SOURCE, SIZE, TARGET_, OUT)                                                             \
    TARGET static void SOURCE##_##TARGET_##_scale(void *restrict target, const void *restrict source,            \
                                                  size_t count, const void *scales, const void *offsets) {       \
        (void)offsets;                                                                                           \
        char *to = target;                                                                                       \
        const char *from = source;                                                                               \
        const float *scale = scales;                                                                             \
        if (count < 8) {                                                                                         \
            FEW                                                                                                  \
            for (size_t i = 0; i < count; i++) SET_##TARGET_(to + i * OUT, ONE_##SOURCE(from + i * SIZE) * *scale); \
            return;                                                                                              \
        }                                                                                                        \
        f32x8 all = READ(f32x8, scale);                                                                          \
        size_t i = 0;                                                                                            \
        for (; i + 32 <= count; i += 32) {                                                                       \
            STORE_##TARGET_(to + i * OUT, LOAD_##SOURCE(from + i * SIZE) * all);                                 \
            STORE_##TARGET_(to + (i + 8) * OUT, LOAD_##SOURCE(from + (i + 8) * SIZE) * all);                     \
            STORE_##TARGET_(to + (i + 16) * OUT, LOAD_##SOURCE(from + (i + 16) * SIZE) * all);                   \
            STORE_##TARGET_(to + (i + 24) * OUT, LOAD_##SOURCE(from + (i + 24) * SIZE) * all);                   \
        }                                                                                                        \
        for (; i < count; i += 8) {                                                                              \
            i = count - i < 8 ? count - 8 : i;                                                                   \
            STORE_##TARGET_(to + i * OUT, LOAD_##SOURCE(from + i * SIZE) * all);                                 \
        }                                                                                                        \
    }
#define FLOAT_TABLE_LOOP(SOURCE, SIZE, TARGET_, OUT)                                                             \
    TARGET static void SOURCE##_##TARGET_##_table(void *restrict target, const void *restrict source,            \
                                                  size_t count, const void *scales, const void *offsets) {       \
        char *to = target;                                                                                       \
        const char *from = source;                                                                               \
        const float *scale = scales, *offset = offsets;                                                          \
        const f32x8 none = {-0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f, -0.0f};                             \
        if (count < 8) {                                                                                         \
            FEW                                                                                                  \
            for (size_t i = 0; i < count; i++) {                                                                 \
                float product = ONE_##SOURCE(from + i * SIZE) * scale[i];                                        \
                SET_##TARGET_(to + i * OUT, product + (offset ? offset[i] : -0.0f));                             \
            }                                                                                                    \
            return;                                                                                              \
        }                                                                                                        \
        for (size_t i = 0; i < count; i += 8) {                                                                  \
            i = count - i < 8 ? count - 8 : i;                                                                   \
            f32x8 sum = offset ? READ(f32x8, offset + i) : none;                                                 \
            STEP(SOURCE, SIZE, TARGET_, OUT, i, READ(f32x8, scale + i), sum);                                    \
        }                                                                                                        \
    }

#define FLOAT_LOOPS(SOURCE, SIZE, TARGET_, OUT)                                                                  \
    FLOAT_SCALE_LOOP(SOURCE, SIZE, TARGET_, OUT)                                                                 \
    FLOAT_BLOCK_LOOP(SOURCE, SIZE, TARGET_, OUT)                                                                 \
    FLOAT_TABLE_LOOP(SOURCE, SIZE, TARGET_, OUT)

#define SAME(VALUE) (VALUE)
#define INTEGER_LOOP(SOURCE, T, TARGET_, OUT, EXPRESSION)                                                        \
    TARGET static void SOURCE##_##TARGET_(void *restrict target, const void *restrict source, size_t count,      \
                                          const void *scales, const void *offsets) {                             \
        (void)scales, (void)offsets;                                                                             \
        typedef OUT UNALIGNED to_type;                                                                           \
        typedef T UNALIGNED from_type;                                                                           \
        to_type *restrict to = target;                                                                           \
        const from_type *restrict from = source;                                                                 \
        for (size_t i = 0; i < count; i++) to[i] = (EXPRESSION);                                                 \
    }

#define DOUBLE_LOOPS(SOURCE, T, READ_ONE)                                                                        \
    TARGET static void SOURCE##_F64_block(void *restrict target, const void *restrict source, size_t count,      \
                                          const void *scales, const void *offsets) {                             \
        typedef double UNALIGNED to_type;                                                                        \
        typedef T UNALIGNED from_type;                                                                           \
        to_type *restrict to = target;                                                                           \
        const from_type *restrict from = source;                                                                 \
        double scale = *(const double *)scales, offset = *(const double *)offsets;                               \
        for (size_t i = 0; i < count; i++) to[i] = (double)READ_ONE(from[i]) * scale + offset;                   \
    }                                                                                                            \
    TARGET static void SOURCE##_F64_table(void *restrict target, const void *restrict source, size_t count,      \
                                          const void *scales, const void *offsets) {                             \
        typedef double UNALIGNED to_type;                                                                        \
        typedef T UNALIGNED from_type;                                                                           \
        to_type *restrict to = target;                                                                           \
        const from_type *restrict from = source;                                                                 \
        const double *restrict scale = scales, *restrict offset = offsets;                                       \
        if (offset) {                                                                                            \
            for (size_t i = 0; i < count; i++) to[i] = (double)READ_ONE(from[i]) * scale[i] + offset[i];         \
        } else {                                                                                                 \
            for (size_t i = 0; i < count; i++) to[i] = (double)READ_ONE(from[i]) * scale[i];                     \
        }                                                                                                        \
    }

#define LOOPS_OF(SOURCE, T, SIZE, READ_ONE)               \
    FLOAT_LOOPS(SOURCE, SIZE, F32, 4)                     \
    FLOAT_LOOPS(SOURCE, SIZE, F16, 2)                     \
    FLOAT_LOOPS(SOURCE, SIZE, BF16, 2)                    \
    DOUBLE_LOOPS(SOURCE, T, READ_ONE)                     \
    INTEGER_LOOP(SOURCE, T, BOOL, uint8_t, READ_ONE(from[i]) != 0)
#define INTEGERS_OF_INTEGER(SOURCE, T)                    \
    INTEGER_LOOP(SOURCE, T, U8, uint8_t, (uint8_t)from[i])       \
    INTEGER_LOOP(SOURCE, T, U16, uint16_t, (uint16_t)from[i])    \
    INTEGER_LOOP(SOURCE, T, U32, uint32_t, (uint32_t)from[i])    \
    INTEGER_LOOP(SOURCE, T, U64, uint64_t, (uint64_t)from[i])
#define INTEGER_SOURCE(SOURCE, T, SIZE)                          \
    LOOPS_OF(SOURCE, T, SIZE, SAME)                              \
    INTEGERS_OF_INTEGER(SOURCE, T)
#define INTEGERS_OF_FLOAT(SOURCE, T, READ_ONE)                                         \
    INTEGER_LOOP(SOURCE, T, U8, uint8_t, u8_of_double((double)READ_ONE(from[i])))      \
    INTEGER_LOOP(SOURCE, T, I8, int8_t, i8_of_double((double)READ_ONE(from[i])))       \
    INTEGER_LOOP(SOURCE, T, U16, uint16_t, u16_of_double((double)READ_ONE(from[i])))   \
    INTEGER_LOOP(SOURCE, T, I16, int16_t, i16_of_double((double)READ_ONE(from[i])))    \
    INTEGER_LOOP(SOURCE, T, U32, uint32_t, u32_of_double((double)READ_ONE(from[i])))   \
    INTEGER_LOOP(SOURCE, T, I32, int32_t, i32_of_double((double)READ_ONE(from[i])))    \
    INTEGER_LOOP(SOURCE, T, U64, uint64_t, u64_of_double((double)READ_ONE(from[i])))   \
    INTEGER_LOOP(SOURCE, T, I64, int64_t, i64_of_double((double)READ_ONE(from[i])))
#define FLOAT_SOURCE(SOURCE, T, SIZE, READ_ONE)                  \
    LOOPS_OF(SOURCE, T, SIZE, READ_ONE)                          \
    INTEGERS_OF_FLOAT(SOURCE, T, READ_ONE)

INTEGER_SOURCE(U8, uint8_t, 1)
INTEGER_SOURCE(I8, int8_t, 1)
INTEGER_SOURCE(U16, uint16_t, 2)
INTEGER_SOURCE(I16, int16_t, 2)
INTEGER_SOURCE(U32, uint32_t, 4)
INTEGER_SOURCE(I32, int32_t, 4)
INTEGER_SOURCE(U64, uint64_t, 8)
INTEGER_SOURCE(I64, int64_t, 8)
FLOAT_SOURCE(F16, uint16_t, 2, float_of_f16)
FLOAT_SOURCE(BF16, uint16_t, 2, float_of_bf16)
FLOAT_SOURCE(F32, float, 4, SAME)
FLOAT_SOURCE(F64, double, 8, SAME)
FLOAT_SCALE_LOOP(ODD, 8, F16, 2)
FLOAT_SCALE_LOOP(ODD, 8, BF16, 2)

#define PICK(NAME) return form == TABLED ? NAME##_table : form == SCALED ? NAME##_scale : NAME##_block;
#define OF_FLOATS(SOURCE)                                                            \
    case F32: PICK(SOURCE##_F32) \
    case F16: PICK(SOURCE##_F16) \
    case BF16: PICK(SOURCE##_BF16) \
    case F64: return form == TABLED ? SOURCE##_F64_table : SOURCE##_F64_block;            \
    default: return SOURCE##_BOOL;
// Truncation keeps the same bits for signed and unsigned types.
#define FIND_INTEGER_SOURCE(SOURCE)                 \
    switch (target) {                               \
        case U8: case I8: return SOURCE##_U8;       \
        case U16: case I16: return SOURCE##_U16;    \
        case U32: case I32: return SOURCE##_U32;    \
        case U64: case I64: return SOURCE##_U64;    \
        OF_FLOATS(SOURCE)                           \
    }
#define FIND_FLOAT_SOURCE(SOURCE)                   \
    switch (target) {                               \
        case U8: return SOURCE##_U8;                \
        case I8: return SOURCE##_I8;                \
        case U16: return SOURCE##_U16;              \
        case I16: return SOURCE##_I16;              \
        case U32: return SOURCE##_U32;              \
        case I32: return SOURCE##_I32;              \
        case U64: return SOURCE##_U64;              \
        case I64: return SOURCE##_I64;              \
        OF_FLOATS(SOURCE)                           \
    }

convert_loop FIND(uint8_t source, uint8_t target, enum convert_form form, bool is_cast) {
    switch (source) {
        case I8: FIND_INTEGER_SOURCE(I8)
        case U16: FIND_INTEGER_SOURCE(U16)
        case I16: FIND_INTEGER_SOURCE(I16)
        case U32: FIND_INTEGER_SOURCE(U32)
        case I32: FIND_INTEGER_SOURCE(I32)
        case U64: FIND_INTEGER_SOURCE(U64)
        case I64: FIND_INTEGER_SOURCE(I64)
        case F16: FIND_FLOAT_SOURCE(F16)
        case BF16: FIND_FLOAT_SOURCE(BF16)
        case F32: FIND_FLOAT_SOURCE(F32)
        case F64:
            if (is_cast && target == F16) return ODD_F16_scale;
            if (is_cast && target == BF16) return ODD_BF16_scale;
            FIND_FLOAT_SOURCE(F64)
        // Bytes and bools.
        default: FIND_INTEGER_SOURCE(U8)
    }
}
