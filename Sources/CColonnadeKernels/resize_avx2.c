// SPDX-License-Identifier: Apache-2.0
// The loops of a change of size for a CPU with AVX2. The products of bytes and weights are exact: the instruction that
// multiplies pairs of 16 bits and adds them runs once for the upper and once for the lower parts of the weights.

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#include "resize_loops.h"

#define LOAD(ADDRESS) _mm_loadu_si128((const __m128i *)(const void *)(ADDRESS))

// Returns the rounded bytes of four sums as 32-bit integers: those of the two halves together, which have different
// weights.
TARGET static inline __m128i rounded(__m256i upper, __m256i lower) {
    __m256i sums = _mm256_add_epi32(_mm256_slli_epi32(upper, LOW_BITS), lower);
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    return _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(1 << (WEIGHT_BITS - 1))), WEIGHT_BITS);
}

// Each step has four pixels of four rows. A half of a register has two pixels, their channels in pairs.
TARGET static inline void across_pairs(const void *const *from, void *const *to, const struct axis *axis,
                                       size_t channels, __m256i order) {
    size_t step = 4 * channels;
    for (size_t x = 0; x < axis->count; x++) {
        __m256i upper[ROWS], lower[ROWS];
        for (int row = 0; row < ROWS; row++) upper[row] = lower[row] = _mm256_setzero_si256();
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
        __m128i first = _mm_packs_epi32(rounded(upper[0], lower[0]), rounded(upper[1], lower[1]));
        __m128i second = _mm_packs_epi32(rounded(upper[2], lower[2]), rounded(upper[3], lower[3]));
        uint32_t bytes[ROWS];
        _mm_storeu_si128((__m128i *)(void *)bytes, _mm_packus_epi16(first, second));
        for (int row = 0; row < ROWS; row++) memcpy((char *)to[row] + x * channels, &bytes[row], 4);
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

// Computes 16 bytes.
TARGET static inline void down_16(const void *const *from, const int32_t *weights, size_t length, size_t at,
                                  uint8_t *out) {
    __m256i upper_0 = _mm256_setzero_si256(), upper_1 = upper_0, lower_0 = upper_0, lower_1 = upper_0;
    for (size_t row = 0; row < length; row += 2) {
        bool has_second = row + 1 < length;
        int32_t second_weight = has_second ? weights[row + 1] : 0;
        __m256i high = _mm256_set1_epi32(pair(upper_part(weights[row]), upper_part(second_weight)));
        __m256i low = _mm256_set1_epi32(pair(lower_part(weights[row]), lower_part(second_weight)));
        __m128i first = LOAD((const char *)from[row] + at);
        __m128i second = LOAD((const char *)from[has_second ? row + 1 : row] + at);
        __m256i pixels_0 = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(first, second));
        __m256i pixels_1 = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(first, second));
        upper_0 = _mm256_add_epi32(upper_0, _mm256_madd_epi16(pixels_0, high));
        upper_1 = _mm256_add_epi32(upper_1, _mm256_madd_epi16(pixels_1, high));
        lower_0 = _mm256_add_epi32(lower_0, _mm256_madd_epi16(pixels_0, low));
        lower_1 = _mm256_add_epi32(lower_1, _mm256_madd_epi16(pixels_1, low));
    }
    const __m256i half = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    __m256i sums_0 = _mm256_add_epi32(_mm256_add_epi32(_mm256_slli_epi32(upper_0, LOW_BITS), lower_0), half);
    __m256i sums_1 = _mm256_add_epi32(_mm256_add_epi32(_mm256_slli_epi32(upper_1, LOW_BITS), lower_1), half);
    __m256i words = _mm256_packs_epi32(_mm256_srai_epi32(sums_0, WEIGHT_BITS), _mm256_srai_epi32(sums_1, WEIGHT_BITS));
    words = _mm256_permute4x64_epi64(words, 0xd8);
    __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128((__m128i *)(void *)out, bytes);
}

TARGET static void down_bytes_avx2(const void *const *from, void *to, const struct axis *axis, size_t index,
                                   size_t elements) {
    if (elements < 16) {
        down_bytes(from, to, axis, index, elements);
        return;
    }
    const int32_t *weights = axis->weights.bytes + index * axis->most;
    size_t length = axis->length[index];
    // The last bytes are computed again together with bytes before them.
    for (size_t at = 0; at < elements; at += 16) {
        at = elements - at < 16 ? elements - 16 : at;
        down_16(from, weights, length, at, (uint8_t *)to + at);
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
