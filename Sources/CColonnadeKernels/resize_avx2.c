// SPDX-License-Identifier: Apache-2.0
// The loops of a change of size for a CPU with AVX2. The products of bytes and weights are exact: the instruction that
// multiplies pairs of 16 bits and adds them runs once for the upper and once for the lower parts of the weights.

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#include "resize_loops.h"

#define LOAD(ADDRESS) _mm_loadu_si128((const __m128i *)(const void *)(ADDRESS))

// Returns the sums of two rows as 32-bit integers, each in a half: those of the two halves of a row together, which have
// different weights.
TARGET static inline __m256i sums_of(const __m256i *upper, const __m256i *lower) {
    __m256i first = _mm256_add_epi32(_mm256_slli_epi32(upper[0], LOW_BITS), lower[0]);
    __m256i second = _mm256_add_epi32(_mm256_slli_epi32(upper[1], LOW_BITS), lower[1]);
    __m256i sum = _mm256_add_epi32(_mm256_permute2x128_si256(first, second, 0x20),
                                   _mm256_permute2x128_si256(first, second, 0x31));
    return _mm256_srai_epi32(sum, WEIGHT_BITS);
}

static inline void write_4(char *to, int bytes) { memcpy(to, &bytes, 4); }

// Each step has four pixels of four rows. A half of a register has two pixels, their channels in pairs.
TARGET static inline void across_pairs(const void *const *from, void *const *to, const struct axis *axis,
                                       size_t channels, __m256i order) {
    size_t step = 4 * channels;
    // Half of the last digit, in the half whose sum begins with it.
    const __m256i half = _mm256_set_m128i(_mm_setzero_si128(), _mm_set1_epi32(1 << (WEIGHT_BITS - 1)));
    for (size_t x = 0; x < axis->count; x++) {
        __m256i upper[ROWS], lower[ROWS];
        for (int row = 0; row < ROWS; row++) {
            upper[row] = _mm256_setzero_si256();
            lower[row] = half;
        }
        const int16_t *weights = axis->across + x * axis->groups * 32;
        size_t at = axis->first[x] * channels;
        for (size_t i = 0; i < axis->length[x]; i += 4, at += step, weights += 32) {
            __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)weights);
            __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)(weights + 16));
            for (int row = 0; row < ROWS; row++) {
                __m256i pixels = _mm256_broadcastsi128_si256(LOAD((const char *)from[row] + at));
                pixels = _mm256_shuffle_epi8(pixels, order);
                upper[row] = _mm256_add_epi32(upper[row], _mm256_madd_epi16(pixels, high));
                lower[row] = _mm256_add_epi32(lower[row], _mm256_madd_epi16(pixels, low));
            }
        }
        __m256i words = _mm256_packs_epi32(sums_of(upper, lower), sums_of(upper + 2, lower + 2));
        __m256i bytes = _mm256_packus_epi16(words, words);
        __m128i even = _mm256_castsi256_si128(bytes), odd = _mm256_extracti128_si256(bytes, 1);
        write_4((char *)to[0] + x * channels, _mm_cvtsi128_si32(even));
        write_4((char *)to[1] + x * channels, _mm_cvtsi128_si32(odd));
        write_4((char *)to[2] + x * channels, _mm_extract_epi32(even, 1));
        write_4((char *)to[3] + x * channels, _mm_extract_epi32(odd, 1));
    }
}

TARGET static void across_bytes_3_avx2(const void *const *from, void *const *to, const struct axis *axis,
                                       size_t channels) {
    (void)channels;
    const __m256i order = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,  //
                                           6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    across_pairs(from, to, axis, 3, order);
}

TARGET static void across_bytes_4_avx2(const void *const *from, void *const *to, const struct axis *axis,
                                       size_t channels) {
    (void)channels;
    const __m256i order = _mm256_setr_epi8(0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1,  //
                                           8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1);
    across_pairs(from, to, axis, 4, order);
}

// Returns two weights as the 16-bit pair that each product of two rows needs.
static inline int32_t pair(int32_t first, int32_t second) {
    return (int32_t)((uint32_t)(uint16_t)first | (uint32_t)second << 16);
}
static inline int32_t lower_part(int32_t weight) { return weight & ((1 << LOW_BITS) - 1); }
static inline int32_t upper_part(int32_t weight) { return weight >> LOW_BITS; }

#define LOAD_32(ADDRESS) _mm256_loadu_si256((const __m256i *)(const void *)(ADDRESS))

// Computes 32 bytes. Interleaving and packing both work in the halves of a register, so that the bytes keep their order.
TARGET static inline void down_32(const void *const *from, const int32_t *weights, size_t length, size_t at,
                                  uint8_t *out) {
    const __m256i zero = _mm256_setzero_si256(), half = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    __m256i upper[4], lower[4];
    for (int i = 0; i < 4; i++) upper[i] = lower[i] = zero;
    for (size_t row = 0; row < length; row += 2) {
        bool has_second = row + 1 < length;
        int32_t second_weight = has_second ? weights[row + 1] : 0;
        __m256i high = _mm256_set1_epi32(pair(upper_part(weights[row]), upper_part(second_weight)));
        __m256i low = _mm256_set1_epi32(pair(lower_part(weights[row]), lower_part(second_weight)));
        __m256i first = LOAD_32((const char *)from[row] + at);
        __m256i second = LOAD_32((const char *)from[has_second ? row + 1 : row] + at);
        __m256i left = _mm256_unpacklo_epi8(first, second), right = _mm256_unpackhi_epi8(first, second);
        __m256i pairs[4] = {_mm256_unpacklo_epi8(left, zero), _mm256_unpackhi_epi8(left, zero),
                            _mm256_unpacklo_epi8(right, zero), _mm256_unpackhi_epi8(right, zero)};
        for (int i = 0; i < 4; i++) {
            upper[i] = _mm256_add_epi32(upper[i], _mm256_madd_epi16(pairs[i], high));
            lower[i] = _mm256_add_epi32(lower[i], _mm256_madd_epi16(pairs[i], low));
        }
    }
    for (int i = 0; i < 4; i++) {
        __m256i sum = _mm256_add_epi32(_mm256_add_epi32(_mm256_slli_epi32(upper[i], LOW_BITS), lower[i]), half);
        upper[i] = _mm256_srai_epi32(sum, WEIGHT_BITS);
    }
    __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(upper[0], upper[1]), _mm256_packs_epi32(upper[2], upper[3]));
    _mm256_storeu_si256((__m256i *)(void *)out, bytes);
}

TARGET static void down_bytes_avx2(const void *const *from, void *to, const struct axis *axis, size_t index,
                                   size_t elements) {
    if (elements < 32) {
        down_bytes(from, to, axis, index, elements);
        return;
    }
    const int32_t *weights = axis->weights.bytes + index * axis->most;
    size_t length = axis->length[index];
    // The last bytes are computed again together with bytes before them.
    for (size_t at = 0; at < elements; at += 32) {
        at = elements - at < 32 ? elements - 32 : at;
        down_32(from, weights, length, at, (uint8_t *)to + at);
    }
}

const struct resize_loops colonnade_resize_loops_avx2 = {
    .across_bytes = {across_bytes_1, across_bytes_2, across_bytes_3_avx2, across_bytes_4_avx2},
    .across_floats = {across_floats_1, across_floats_2, across_floats_wide, across_floats_wide},
    .down_bytes = down_bytes_avx2,
    .down_floats = down_floats,
    .needs_pairs = true,
};
#endif
