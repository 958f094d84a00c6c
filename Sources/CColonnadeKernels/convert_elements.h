// SPDX-License-Identifier: Apache-2.0
// Converts elements of every data type to floats and back, one or eight at a time, in vectors that the compiler splits
// where registers are narrower. These are macros, since the calling convention of functions with such vectors differs
// between CPUs.

#ifndef COLONNADE_CONVERT_ELEMENTS_H
#define COLONNADE_CONVERT_ELEMENTS_H

#include "scalars.h"

#define UNALIGNED __attribute__((aligned(1), may_alias))
#define VECTOR(NAME, T) typedef T NAME##x8 __attribute__((vector_size(8 * sizeof(T))))
VECTOR(u8, uint8_t);
VECTOR(i8, int8_t);
VECTOR(u16, uint16_t);
VECTOR(i16, int16_t);
VECTOR(u32, uint32_t);
VECTOR(i32, int32_t);
VECTOR(u64, uint64_t);
VECTOR(i64, int64_t);
VECTOR(f32, float);
VECTOR(f64, double);

#define READ(V, FROM) ({ V read_; memcpy(&read_, FROM, sizeof read_); read_; })
#define LOAD_CONVERTED(V, FROM) __builtin_convertvector(READ(V, FROM), f32x8)
#define LOAD_U8(FROM) LOAD_CONVERTED(u8x8, FROM)
#define LOAD_I8(FROM) LOAD_CONVERTED(i8x8, FROM)
#define LOAD_U16(FROM) LOAD_CONVERTED(u16x8, FROM)
#define LOAD_I16(FROM) LOAD_CONVERTED(i16x8, FROM)
#define LOAD_U32(FROM) LOAD_CONVERTED(u32x8, FROM)
#define LOAD_I32(FROM) LOAD_CONVERTED(i32x8, FROM)
#define LOAD_U64(FROM) LOAD_CONVERTED(u64x8, FROM)
#define LOAD_I64(FROM) LOAD_CONVERTED(i64x8, FROM)
#define LOAD_F32(FROM) READ(f32x8, FROM)
#define LOAD_F64(FROM) LOAD_CONVERTED(f64x8, FROM)
#define LOAD_BF16(FROM) ((f32x8)(__builtin_convertvector(READ(u16x8, FROM), u32x8) << 16))
// A loop for elements that the CPU converts one by one. Eight copies of its body in each function would be half of the code.
#define ROLLED _Pragma("clang loop unroll(disable) vectorize(disable)")
// Converts a double that becomes an unscaled half: see `odd_float_of_double`.
#define LOAD_ODD(FROM)                                                                                 \
    ({                                                                                                 \
        float odd_[8];                                                                                 \
        ROLLED for (int k_ = 0; k_ < 8; k_++) odd_[k_] = ONE_ODD((FROM) + 8 * k_);                     \
        READ(f32x8, odd_);                                                                             \
    })

#define STORE_F32(TO, VALUE) ({ f32x8 value_ = (VALUE); memcpy(TO, &value_, 32); })
#define STORE_BF16(TO, VALUE)                                                                          \
    ({                                                                                                 \
        f32x8 value_ = (VALUE);                                                                        \
        u32x8 bits_ = (u32x8)value_, nan_ = (u32x8)(value_ != value_);                                 \
        u32x8 near_ = (bits_ + 0x7fff + (bits_ >> 16 & 1)) >> 16, quiet_ = bits_ >> 16 | 0x40;         \
        u16x8 result_ = __builtin_convertvector((near_ & ~nan_) | (quiet_ & nan_), u16x8);             \
        memcpy(TO, &result_, 16);                                                                      \
    })

#if defined(USE_F16C)
#define LOAD_F16(FROM) ((f32x8)_mm256_cvtph_ps((__m128i)READ(u16x8, FROM)))
#define STORE_F16(TO, VALUE) ({ __m128i half_ = _mm256_cvtps_ph((__m256)(VALUE), 0); memcpy(TO, &half_, 16); })
#elif defined(__aarch64__)
typedef _Float16 f16x8 __attribute__((vector_size(16)));
#define LOAD_F16(FROM) LOAD_CONVERTED(f16x8, FROM)
#define STORE_F16(TO, VALUE) ({ f16x8 half_ = __builtin_convertvector(VALUE, f16x8); memcpy(TO, &half_, 16); })
#else
#define LOAD_F16(FROM)                                                                                 \
    ({                                                                                                 \
        float wide_[8];                                                                                \
        ROLLED for (int k_ = 0; k_ < 8; k_++) wide_[k_] = ONE_F16((FROM) + 2 * k_);                    \
        READ(f32x8, wide_);                                                                            \
    })
#define STORE_F16(TO, VALUE)                                                                           \
    ({                                                                                                 \
        f32x8 value_ = (VALUE);                                                                        \
        ROLLED for (int k_ = 0; k_ < 8; k_++) SET_F16((TO) + 2 * k_, value_[k_]);                      \
    })
#endif

#define ONE(T, FROM) ({ T one_; memcpy(&one_, FROM, sizeof one_); one_; })
#define ONE_U8(FROM) (float)ONE(uint8_t, FROM)
#define ONE_I8(FROM) (float)ONE(int8_t, FROM)
#define ONE_U16(FROM) (float)ONE(uint16_t, FROM)
#define ONE_I16(FROM) (float)ONE(int16_t, FROM)
#define ONE_U32(FROM) (float)ONE(uint32_t, FROM)
#define ONE_I32(FROM) (float)ONE(int32_t, FROM)
#define ONE_U64(FROM) (float)ONE(uint64_t, FROM)
#define ONE_I64(FROM) (float)ONE(int64_t, FROM)
#define ONE_F16(FROM) float_of_f16(ONE(uint16_t, FROM))
#define ONE_BF16(FROM) float_of_bf16(ONE(uint16_t, FROM))
#define ONE_F32(FROM) ONE(float, FROM)
#define ONE_F64(FROM) (float)ONE(double, FROM)
#define ONE_ODD(FROM) odd_float_of_double(ONE(double, FROM))
#define SET_F32(TO, VALUE) ({ float set_ = (VALUE); memcpy(TO, &set_, 4); })
#define SET_F16(TO, VALUE) ({ uint16_t set_ = f16_of_float(VALUE); memcpy(TO, &set_, 2); })
#define SET_BF16(TO, VALUE) ({ uint16_t set_ = bf16_of_float(VALUE); memcpy(TO, &set_, 2); })

#endif
