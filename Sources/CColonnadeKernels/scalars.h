// SPDX-License-Identifier: Apache-2.0
// The data types by their numbers in the format, and conversions of half precision without special instructions.

#ifndef COLONNADE_SCALARS_H
#define COLONNADE_SCALARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { U8 = 1, I8, U16, I16, U32, I32, U64, I64, F16, BF16, F32, F64, BOOL };

static inline float float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static inline uint32_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

static inline float float_of_bf16(uint16_t bits) { return float_of_bits((uint32_t)bits << 16); }

static inline uint16_t bf16_of_float(float value) {
    uint32_t bits = bits_of_float(value);
    if (value != value) return (uint16_t)(bits >> 16) | 0x40;
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// Without branches, so that loops of it use vector registers.
static inline float float_of_f16(uint16_t bits) {
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, exponent = bits & 0x7c00, magnitude = (uint32_t)(bits & 0x7fff) << 13;
    uint32_t normal = magnitude + (exponent == 0x7c00 ? 0x70000000 : 0x38000000);
    uint32_t subnormal = bits_of_float((float)(int32_t)(bits & 0x3ff) * 0x1p-24f);
    return float_of_bits(sign | (exponent == 0 ? subnormal : normal));
}

static inline uint16_t f16_of_float(float value) {
    uint32_t bits = bits_of_float(value), magnitude = bits & 0x7fffffff;
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    // Gives the result of the instruction: a quiet NaN with the first bits of the payload.
    if (magnitude > 0x7f800000) return sign | 0x7e00 | (uint16_t)(magnitude >> 13 & 0x1ff);
    if (magnitude >= 0x47800000) return sign | 0x7c00;
    if (magnitude < 0x38800000) {
        return sign | (uint16_t)(bits_of_float(float_of_bits(magnitude) + 0.5f) - 0x3f000000);
    }
    return sign | (uint16_t)((magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13);
}

// Returns a float next to a double: the exact one, or else the neighbour whose last bit is one. Rounding it to a half
// gives the same result as rounding the double: the bit prevents a value near a tie from becoming a tie.
static inline float odd_float_of_double(double value) {
    float near = (float)value;
    double back = (double)near;
    if (value != value || back == value) return near;
    uint32_t bits = bits_of_float(near);
    bool is_beyond = value < 0 ? back < value : back > value;
    return float_of_bits((bits - (is_beyond ? 1 : 0)) | 1);
}

static inline size_t element_size(uint8_t dtype) {
    switch (dtype) {
        case U8: case I8: case BOOL: return 1;
        case U16: case I16: case F16: case BF16: return 2;
        case U32: case I32: case F32: return 4;
        default: return 8;
    }
}

// Rounds towards zero and clamps; NaN becomes zero.
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

#endif
