// SPDX-License-Identifier: Apache-2.0
// The loops of a change of size for a CPU with AVX2. The products of bytes and weights are exact: the instruction that
// multiplies pairs of 16 bits and adds them runs once for the upper and once for the lower parts of the weights.

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#include "resize_loops.h"

#define LOAD(ADDRESS) _mm_loadu_si128((const __m128i *)(const void *)(ADDRESS))
#define LOAD_32(ADDRESS) _mm256_loadu_si256((const __m256i *)(const void *)(ADDRESS))
#define INLINE TARGET static inline __attribute__((always_inline))

// Returns sums without the binary digits of the weights. Half of the last digit is in the lower part.
INLINE __m256i rounded(__m256i upper, __m256i lower) {
    return _mm256_srai_epi32(_mm256_add_epi32(_mm256_slli_epi32(upper, LOW_BITS), lower), WEIGHT_BITS);
}

// Computes a pixel of four rows as 32-bit integers: of the first two rows in `sums[0]`, each in a half, and of the others in
// `sums[1]`. `order` moves the channels of two pixels of the source together.
INLINE void across_pixel(const void *const *from, size_t at, const int32_t *pairs, size_t count, size_t step,
                         __m256i order, __m256i sums[2]) {
    __m256i upper[2], lower[2];
    for (int i = 0; i < 2; i++) {
        upper[i] = _mm256_setzero_si256();
        lower[i] = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    }
    for (size_t k = 0; k < count; k++, at += step) {
        const __m256i high = _mm256_set1_epi32(pairs[2 * k]), low = _mm256_set1_epi32(pairs[2 * k + 1]);
        for (int i = 0; i < 2; i++) {
            __m256i pixels = _mm256_castsi128_si256(LOAD((const char *)from[2 * i] + at));
            pixels = _mm256_inserti128_si256(pixels, LOAD((const char *)from[2 * i + 1] + at), 1);
            pixels = _mm256_shuffle_epi8(pixels, order);
            upper[i] = _mm256_add_epi32(upper[i], _mm256_madd_epi16(pixels, high));
            lower[i] = _mm256_add_epi32(lower[i], _mm256_madd_epi16(pixels, low));
        }
    }
    for (int i = 0; i < 2; i++) sums[i] = rounded(upper[i], lower[i]);
}

// Computes two pixels of four rows at a time. `count` is the number of pairs of weights, or 0 if pixels have different numbers.
// `packed` moves the channels of two pixels of the result together.
INLINE void across_pairs(const void *const *from, void *const *to, const struct axis *axis, size_t channels, size_t count,
                         __m256i order, __m256i packed) {
    for (size_t x = 0; x < axis->count; x += 2) {
        __m256i sums[2][2];
        for (size_t i = 0; i < 2; i++) {
            // After the last pixel there is slack.
            const size_t index = x + i < axis->count ? x + i : x;
            const int32_t *pairs = axis->pairs + 2 * index * axis->pair_count;
            const size_t own = count > 0 ? count : (axis->length[index] + 1) / 2;
            across_pixel(from, axis->first[index] * channels, pairs, own, 2 * channels, order, sums[i]);
        }
        const __m256i first = _mm256_packs_epi32(sums[0][0], sums[1][0]), second = _mm256_packs_epi32(sums[0][1], sums[1][1]);
        const __m256i bytes = _mm256_shuffle_epi8(_mm256_packus_epi16(first, second), packed);
        const __m128i even = _mm256_castsi256_si128(bytes), odd = _mm256_extracti128_si256(bytes, 1);
        const int64_t rows[ROWS] = {_mm_cvtsi128_si64(even), _mm_cvtsi128_si64(odd), _mm_extract_epi64(even, 1),
                                    _mm_extract_epi64(odd, 1)};
        for (int row = 0; row < ROWS; row++) memcpy((char *)to[row] + x * channels, &rows[row], sizeof rows[row]);
    }
}

// Few weights have constant loops.
INLINE void across_bytes_avx2(const void *const *from, void *const *to, const struct axis *axis, size_t channels,
                              __m256i order, __m256i packed) {
    switch (axis->pair_count) {
        case 1: across_pairs(from, to, axis, channels, 1, order, packed); break;
        case 2: across_pairs(from, to, axis, channels, 2, order, packed); break;
        default: across_pairs(from, to, axis, channels, 0, order, packed);
    }
}

TARGET static void across_bytes_3_avx2(const void *const *from, void *const *to, const struct axis *axis,
                                       size_t channels) {
    (void)channels;
    const __m128i order = _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
    const __m128i packed = _mm_setr_epi8(0, 1, 2, 4, 5, 6, -1, -1, 8, 9, 10, 12, 13, 14, -1, -1);
    across_bytes_avx2(from, to, axis, 3, _mm256_broadcastsi128_si256(order), _mm256_broadcastsi128_si256(packed));
}

TARGET static void across_bytes_4_avx2(const void *const *from, void *const *to, const struct axis *axis,
                                       size_t channels) {
    (void)channels;
    const __m128i order = _mm_setr_epi8(0, -1, 4, -1, 1, -1, 5, -1, 2, -1, 6, -1, 3, -1, 7, -1);
    const __m128i packed = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    across_bytes_avx2(from, to, axis, 4, _mm256_broadcastsi128_si256(order), _mm256_broadcastsi128_si256(packed));
}

// Computes 32 bytes. Interleaving and packing both work in the halves of a register, so that the bytes keep their order.
INLINE void down_32(const void *const *from, const int32_t *pairs, size_t length, size_t count, size_t at, uint8_t *out) {
    const __m256i zero = _mm256_setzero_si256(), half = _mm256_set1_epi32(1 << (WEIGHT_BITS - 1));
    __m256i upper[4], lower[4];
    for (int i = 0; i < 4; i++) {
        upper[i] = zero;
        lower[i] = half;
    }
    for (size_t k = 0; k < count; k++) {
        const __m256i high = _mm256_set1_epi32(pairs[2 * k]), low = _mm256_set1_epi32(pairs[2 * k + 1]);
        const __m256i first = LOAD_32((const char *)from[2 * k] + at);
        const __m256i second = LOAD_32((const char *)from[2 * k + 1 < length ? 2 * k + 1 : 2 * k] + at);
        const __m256i left = _mm256_unpacklo_epi8(first, second), right = _mm256_unpackhi_epi8(first, second);
        const __m256i words[4] = {_mm256_unpacklo_epi8(left, zero), _mm256_unpackhi_epi8(left, zero),
                                  _mm256_unpacklo_epi8(right, zero), _mm256_unpackhi_epi8(right, zero)};
        for (int i = 0; i < 4; i++) {
            upper[i] = _mm256_add_epi32(upper[i], _mm256_madd_epi16(words[i], high));
            lower[i] = _mm256_add_epi32(lower[i], _mm256_madd_epi16(words[i], low));
        }
    }
    const __m256i first = _mm256_packs_epi32(rounded(upper[0], lower[0]), rounded(upper[1], lower[1]));
    const __m256i second = _mm256_packs_epi32(rounded(upper[2], lower[2]), rounded(upper[3], lower[3]));
    _mm256_storeu_si256((__m256i *)(void *)out, _mm256_packus_epi16(first, second));
}

TARGET static void down_bytes_avx2(const void *const *from, void *to, const struct axis *axis, size_t index,
                                   size_t elements) {
    if (elements < 32) {
        down_bytes(from, to, axis, index, elements);
        return;
    }
    const int32_t *pairs = axis->pairs + 2 * index * axis->pair_count;
    const size_t length = axis->length[index], count = (length + 1) / 2;
    // The last bytes are computed again together with bytes before them.
    for (size_t at = 0; at < elements; at += 32) {
        at = elements - at < 32 ? elements - 32 : at;
        if (count == 1) down_32(from, pairs, length, 1, at, (uint8_t *)to + at);
        else down_32(from, pairs, length, count, at, (uint8_t *)to + at);
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
