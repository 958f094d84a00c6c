// SPDX-License-Identifier: Apache-2.0
// The change of size of the limit program for pictures: RGB bytes to SIDE x SIDE pixels, as bytes or as normalised floats.

#ifndef PICTURE_RESIZE_H
#define PICTURE_RESIZE_H

#include <math.h>

#include "limit.h"

enum { SIDE = 224, CHANNELS = 3, ROW = SIDE * CHANNELS };
// The most pixels of a picture in one direction, and weights of one pixel of the result.
enum { LONGEST = 4096, MOST_WEIGHTS = 40 };
// Binary digits of a weight: products with bytes and their sums fit the instructions that the loops use.
enum { BILINEAR_BITS = 7, TRIANGLE_BITS = 14 };

typedef struct {
    int x, y, width, height;
} Rectangle;

// Decoded pixels of a picture. The first one is pixel (x, y) of the picture.
typedef struct {
    const uint8_t *pixels;
    size_t stride;
    int x, y;
} Decoded;

// A part of a picture is changed to width x height pixels, of which SIDE x SIDE from (x, y) on are the result.
typedef struct {
    Rectangle part;
    int width, height, x, y;
    int is_mirrored, is_triangle;
} Change;

// The pixels of a part that make each pixel of the result, in one dimension.
typedef struct {
    int first[SIDE], length[SIDE], longest;
    int16_t weights[SIDE][MOST_WEIGHTS];
} Axis;

typedef struct {
    float factors[4], offsets[4];
    int is_float;
    Axis across, down;
    int16_t line[LONGEST * CHANNELS + 64];
} Scratch;

static inline void make_axis(Axis *axis, int source, int result, int start, int is_mirrored, int is_triangle) {
    const int bits = is_triangle ? TRIANGLE_BITS : BILINEAR_BITS;
    const double ratio = (double)source / result, scale = is_triangle && ratio > 1 ? ratio : 1;
    axis->longest = 0;
    for (int i = 0; i < SIDE; i++) {
        const double centre = (start + (is_mirrored ? SIDE - 1 - i : i) + 0.5) * ratio;
        int first = (int)(centre - scale + 0.5), end = (int)(centre + scale + 0.5), most = 0, sum = 0;
        if (centre - scale + 0.5 < 0) first = 0;
        if (end > source) end = source;
        if (end - first > MOST_WEIGHTS) fail("too large for the limit program", "a picture");
        double weights[MOST_WEIGHTS], total = 0;
        for (int at = first; at < end; at++) {
            const double distance = fabs((at + 0.5 - centre) / scale);
            total += weights[at - first] = distance < 1 ? 1 - distance : 0;
        }
        for (int at = 0; at < end - first; at++) {
            axis->weights[i][at] = (int16_t)lround(weights[at] / total * (1 << bits));
            sum += axis->weights[i][at];
            if (axis->weights[i][at] > axis->weights[i][most]) most = at;
        }
        axis->weights[i][most] = (int16_t)(axis->weights[i][most] + (1 << bits) - sum);
        while (end - first > 1 && axis->weights[i][end - first - 1] == 0) end--;
        axis->first[i] = first;
        axis->length[i] = end - first;
        if (end - first > axis->longest) axis->longest = end - first;
        for (int at = end - first; at < MOST_WEIGHTS; at++) axis->weights[i][at] = 0;
    }
}

static inline const uint8_t *row_of(const Decoded *source, const Change *change, int row) {
    return source->pixels + (size_t)(change->part.y + row - source->y) * source->stride +
           (size_t)(change->part.x - source->x) * CHANNELS;
}

// Computes each pixel from four neighbours with weights of 8 bits, in a plain loop.
static inline void resize_scalar(const Decoded *source, const Change *change, Scratch *scratch, void *target) {
    int columns[SIDE], weights[SIDE];
    const Rectangle *part = &change->part;
    for (int x = 0; x < SIDE; x++) {
        double at = (change->x + x + 0.5) * part->width / change->width - 0.5;
        at = at < 0 ? 0 : at > part->width - 1 ? part->width - 1 : at;
        const int column = (int)at < part->width - 2 ? (int)at : part->width - 2, to = change->is_mirrored ? SIDE - 1 - x : x;
        columns[to] = column * CHANNELS;
        weights[to] = (int)((at - column) * 256);
    }
    for (int y = 0; y < SIDE; y++) {
        double at = (change->y + y + 0.5) * part->height / change->height - 0.5;
        at = at < 0 ? 0 : at > part->height - 1 ? part->height - 1 : at;
        const int row = (int)at < part->height - 2 ? (int)at : part->height - 2, down = (int)((at - row) * 256);
        const uint8_t *above = row_of(source, change, row), *below = above + source->stride;
        for (int x = 0; x < SIDE; x++) {
            for (int c = 0; c < CHANNELS; c++) {
                const int i = columns[x] + c, weight = weights[x];
                const int upper = above[i] * (256 - weight) + above[i + CHANNELS] * weight;
                const int lower = below[i] * (256 - weight) + below[i + CHANNELS] * weight;
                const int value = (upper * (256 - down) + lower * down + 32768) >> 16, to = (y * SIDE + x) * CHANNELS + c;
                if (scratch->is_float) ((float *)target)[to] = (float)value * scratch->factors[c] + scratch->offsets[c];
                else ((uint8_t *)target)[to] = (uint8_t)value;
            }
        }
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma"))) static inline
#define LOAD(ADDRESS) _mm_loadu_si128((const __m128i *)(const void *)(ADDRESS))

// Makes a line of the rows that make a row of the result: sums of two rows, with weights of 7 bits.
AVX2 void blend_two(const uint8_t *above, const uint8_t *below, const int16_t *weights, int count, int16_t *line) {
    const __m256i first = _mm256_set1_epi16(weights[0]), second = _mm256_set1_epi16(weights[1]);
    for (int i = 0; i < count; i += 16) {
        const __m256i a = _mm256_cvtepu8_epi16(LOAD(above + i)), b = _mm256_cvtepu8_epi16(LOAD(below + i));
        const __m256i sum = _mm256_add_epi16(_mm256_mullo_epi16(a, first), _mm256_mullo_epi16(b, second));
        _mm256_storeu_si256((__m256i *)(void *)(line + i), sum);
    }
}

// Makes a line of any number of rows that make a row of the result: sums with weights of 14 bits. The line keeps 6 bits after
// the point.
AVX2 void blend_rows(const uint8_t *rows, size_t stride, const int16_t *weights, int length, int count, int16_t *line) {
    for (int i = 0; i < count; i += 16) {
        __m256i low = _mm256_set1_epi32(128), high = low;
        for (int row = 0; row < length; row += 2) {
            const uint8_t *above = rows + (size_t)row * stride + i, *below = row + 1 < length ? above + stride : above;
            const __m256i pair = _mm256_set1_epi32((int32_t)((uint16_t)weights[row] | (uint32_t)weights[row + 1] << 16));
            const __m128i a = LOAD(above), b = LOAD(below);
            low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b)), pair));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b)), pair));
        }
        const __m256i words = _mm256_packs_epi32(_mm256_srai_epi32(low, 8), _mm256_srai_epi32(high, 8));
        _mm256_storeu_si256((__m256i *)(void *)(line + i), _mm256_permute4x64_epi64(words, 0xd8));
    }
}

// Returns a pixel of the result of a line, as three integers.
AVX2 __m128i pixel_of(const int16_t *line, const int32_t *pairs, int count, __m128i half, int shift) {
    const __m128i order = _mm_setr_epi8(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1);
    __m128i sum = half;
    for (int k = 0; k < count; k++) {
        const __m128i two = _mm_shuffle_epi8(LOAD(line + 2 * CHANNELS * k), order);
        sum = _mm_add_epi32(sum, _mm_madd_epi16(two, _mm_set1_epi32(pairs[k])));
    }
    return _mm_srai_epi32(sum, shift);
}

// Makes a row of the result of a line. `count` is a constant where this is inlined.
AVX2 void finish_row(Scratch *scratch, int count, int shift, size_t row, void *target) {
    const Axis *across = &scratch->across;
    const __m128i half = _mm_set1_epi32(1 << (shift - 1));
#define PAIRS(X) (const int32_t *)(const void *)across->weights[X]
#define PIXEL(X) pixel_of(scratch->line + across->first[X] * CHANNELS, PAIRS(X), count, half, shift)
    if (scratch->is_float) {
        const __m128 factors = _mm_loadu_ps(scratch->factors), offsets = _mm_loadu_ps(scratch->offsets);
        float *to = (float *)target + row * ROW;
        for (int x = 0; x < SIDE; x++) {
            _mm_storeu_ps(to + CHANNELS * x, _mm_fmadd_ps(_mm_cvtepi32_ps(PIXEL(x)), factors, offsets));
        }
    } else {
        const __m128i order = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
        uint8_t *to = (uint8_t *)target + row * ROW;
        for (int x = 0; x < SIDE; x += 4) {
            const __m128i left = _mm_packs_epi32(PIXEL(x), PIXEL(x + 1)), right = _mm_packs_epi32(PIXEL(x + 2), PIXEL(x + 3));
            const __m128i bytes = _mm_shuffle_epi8(_mm_packus_epi16(left, right), order);
            _mm_storeu_si128((__m128i *)(void *)(to + CHANNELS * x), bytes);
        }
    }
#undef PIXEL
#undef PAIRS
}

// Makes the pixels of each row of the result: sums its rows of the source, and then the pixels of that line.
__attribute__((target("avx2,fma"))) static void resize_avx2(const Decoded *source, const Change *change, Scratch *scratch,
                                                            void *target) {
    const Axis *down = &scratch->down;
    make_axis(&scratch->across, change->part.width, change->width, change->x, change->is_mirrored, change->is_triangle);
    make_axis(&scratch->down, change->part.height, change->height, change->y, 0, change->is_triangle);
    const int begin = scratch->across.first[change->is_mirrored ? SIDE - 1 : 0];
    const int last = change->is_mirrored ? 0 : SIDE - 1, end = scratch->across.first[last] + scratch->across.length[last];
    const int start = begin * CHANNELS, count = (end - begin) * CHANNELS, pairs = (scratch->across.longest + 1) / 2;
    for (int y = 0; y < SIDE; y++) {
        const uint8_t *rows = row_of(source, change, down->first[y]) + start;
        if (change->is_triangle) {
            blend_rows(rows, source->stride, down->weights[y], down->length[y], count, scratch->line + start);
        } else {
            blend_two(rows, down->length[y] > 1 ? rows + source->stride : rows, down->weights[y], count, scratch->line + start);
        }
        const int shift = change->is_triangle ? TRIANGLE_BITS + 6 : 2 * BILINEAR_BITS;
        switch (pairs) {
        case 1: finish_row(scratch, 1, shift, (size_t)y, target); break;
        case 2: finish_row(scratch, 2, shift, (size_t)y, target); break;
        case 3: finish_row(scratch, 3, shift, (size_t)y, target); break;
        default: finish_row(scratch, pairs, shift, (size_t)y, target);
        }
    }
}
#endif

#endif
