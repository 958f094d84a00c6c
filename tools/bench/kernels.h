// SPDX-License-Identifier: Apache-2.0
// The inner loops of the limit programs: they convert rows while they copy them, with AVX2 where the machine has it.
// Each has a plain form for other machines. `stream` selects stores that bypass the caches; `to` must then be aligned
// to 32 bytes.

#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,fma")))
static inline int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#else
static inline int has_avx2(void) { return 0; }
#endif

// The numbers that convert a row: the factor for f32, or the factor and offset of each channel for norm.
typedef struct {
    float scale, factor[3], offset[3];
} Numbers;

static inline void prefetch_row(const uint8_t *row, uint64_t bytes) {
    for (uint64_t at = 0; at < bytes; at += 64) __builtin_prefetch(row + at, 0, 3);
}

static inline void floats_plain(float *to, const uint8_t *from, uint64_t count, float scale) {
    for (uint64_t i = 0; i < count; i++) to[i] = (float)from[i] * scale;
}

// Channels are the last dimension: element i is in channel i % 3.
static inline void norm_plain(float *to, const uint8_t *from, uint64_t count, const Numbers *n) {
    for (uint64_t i = 0; i < count; i++) to[i] = (float)from[i] * n->factor[i % 3] + n->offset[i % 3];
}

static inline void wide_plain(int64_t *to, const uint16_t *from, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) to[i] = from[i];
}

#if defined(__x86_64__)
AVX2 static inline void put(float *to, __m256 value, int stream) {
    if (stream) {
        _mm256_stream_ps(to, value);
    } else {
        _mm256_storeu_ps(to, value);
    }
}

// Copies a row that is too short for a call of memcpy. Its size is a multiple of 32 bytes.
AVX2 static inline void copy_short(uint8_t *to, const uint8_t *from, uint64_t bytes) {
    for (uint64_t at = 0; at < bytes; at += 32) {
        _mm256_storeu_si256((__m256i *)(to + at), _mm256_loadu_si256((const __m256i *)(from + at)));
    }
}

AVX2 static inline __m256 eight_floats(const uint8_t *from) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)from)));
}

AVX2 static inline void floats_avx2(float *to, const uint8_t *from, uint64_t count, float scale, int stream) {
    __m256 factor = _mm256_set1_ps(scale);
    uint64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        put(to + i, _mm256_mul_ps(eight_floats(from + i), factor), stream);
        put(to + i + 8, _mm256_mul_ps(eight_floats(from + i + 8), factor), stream);
    }
    for (; i < count; i++) to[i] = (float)from[i] * scale;
}

// Converts eight floats at a time; three such vectors are a multiple of the channels.
AVX2 static inline void norm_avx2(float *to, const uint8_t *from, uint64_t count, const Numbers *n, int stream) {
    float factors[24], offsets[24];
    for (int i = 0; i < 24; i++) {
        factors[i] = n->factor[i % 3];
        offsets[i] = n->offset[i % 3];
    }
    __m256 f0 = _mm256_loadu_ps(factors), f1 = _mm256_loadu_ps(factors + 8), f2 = _mm256_loadu_ps(factors + 16);
    __m256 o0 = _mm256_loadu_ps(offsets), o1 = _mm256_loadu_ps(offsets + 8), o2 = _mm256_loadu_ps(offsets + 16);
    uint64_t i = 0;
    for (; i + 24 <= count; i += 24) {
        put(to + i, _mm256_fmadd_ps(eight_floats(from + i), f0, o0), stream);
        put(to + i + 8, _mm256_fmadd_ps(eight_floats(from + i + 8), f1, o1), stream);
        put(to + i + 16, _mm256_fmadd_ps(eight_floats(from + i + 16), f2, o2), stream);
    }
    for (; i < count; i++) to[i] = (float)from[i] * n->factor[i % 3] + n->offset[i % 3];
}

AVX2 static inline void wide_avx2(int64_t *to, const uint16_t *from, uint64_t count, int stream) {
    uint64_t i = 0;
    for (; i + 4 <= count; i += 4) {
        __m256i four = _mm256_cvtepu16_epi64(_mm_loadl_epi64((const __m128i *)(from + i)));
        if (stream) {
            _mm256_stream_si256((__m256i *)(to + i), four);
        } else {
            _mm256_storeu_si256((__m256i *)(to + i), four);
        }
    }
    for (; i < count; i++) to[i] = from[i];
}

// Transposes eight rows of eight floats to eight columns, `stride` floats apart.
AVX2 static inline void transpose8(float *to, uint64_t stride, const uint8_t *const *rows, uint64_t at) {
    __m256 r[8], a[8], b[8];
    for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps((const float *)(const void *)(rows[i] + at));
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
        _mm256_storeu_ps(to + (uint64_t)i * stride, _mm256_permute2f128_ps(b[i], b[i + 4], 0x20));
        _mm256_storeu_ps(to + (uint64_t)(i + 4) * stride, _mm256_permute2f128_ps(b[i], b[i + 4], 0x31));
    }
}
#endif

#endif
