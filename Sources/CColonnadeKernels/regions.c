// SPDX-License-Identifier: Apache-2.0
// Copies rectangles of pictures, mirrored where asked.

#include "colonnade_pictures.h"
#include "cpu.h"

#include <string.h>

// Copies pixels in reverse order. `source` is the first of them in memory.
typedef void (*reverser)(char *restrict target, const char *restrict source, size_t count, size_t pixel_bytes);

#define REVERSE(SIZE)                                                                                      \
    case SIZE:                                                                                             \
        for (size_t i = 0; i < count; i++) memcpy(target + i * SIZE, source + (count - 1 - i) * SIZE, SIZE); \
        break;

static void reverse_portable(char *restrict target, const char *restrict source, size_t count, size_t pixel_bytes) {
    switch (pixel_bytes) {
        REVERSE(1)
        REVERSE(2)
        REVERSE(3)
        REVERSE(4)
        REVERSE(8)
        REVERSE(12)
        REVERSE(16)
        default:
            for (size_t i = 0; i < count; i++) {
                memcpy(target + i * pixel_bytes, source + (count - 1 - i) * pixel_bytes, pixel_bytes);
            }
    }
}

#if defined(__x86_64__)
#include <immintrin.h>
#define TARGET __attribute__((target("ssse3")))
#define SHUFFLE(BYTES, INDEXES) _mm_shuffle_epi8(BYTES, INDEXES)
typedef __m128i bytes16;
#define LOAD16(ADDRESS) _mm_loadu_si128((const __m128i *)(const void *)(ADDRESS))
#define STORE16(ADDRESS, BYTES) _mm_storeu_si128((__m128i *)(void *)(ADDRESS), BYTES)
#elif defined(__aarch64__)
#include <arm_neon.h>
#define TARGET
#define SHUFFLE(BYTES, INDEXES) vqtbl1q_u8(BYTES, INDEXES)
typedef uint8x16_t bytes16;
#define LOAD16(ADDRESS) vld1q_u8((const uint8_t *)(const void *)(ADDRESS))
#define STORE16(ADDRESS, BYTES) vst1q_u8((uint8_t *)(void *)(ADDRESS), BYTES)
#endif

#ifdef SHUFFLE
// The indexes of 16 bytes in reverse order, by the bytes of a pixel less one. Of pixels of 3 bytes there are five, after a
// byte that is not used.
static const uint8_t orders[4][16] = {
    {15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
    {14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1},
    {13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, 0},
    {12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3},
};

// Reverses pixels of 1 to 4 bytes, as many as 16 bytes hold at once. Of pixels of 3 bytes these are five: each load
// begins one byte before them and each store writes one byte after them, which the next one overwrites. So the last
// pixels are copied one by one.
TARGET static void reverse_shuffled(char *restrict target, const char *restrict source, size_t count,
                                    size_t pixel_bytes) {
    if (pixel_bytes > 4) {
        reverse_portable(target, source, count, pixel_bytes);
        return;
    }
    size_t at_once = 16 / pixel_bytes, before = pixel_bytes == 3;
    bytes16 order = LOAD16(orders[pixel_bytes - 1]);
    size_t rest = count;
    while (rest > at_once) {
        rest -= at_once;
        STORE16(target, SHUFFLE(LOAD16(source + rest * pixel_bytes - before), order));
        target += at_once * pixel_bytes;
    }
    reverse_portable(target, source, rest, pixel_bytes);
}
#endif

static reverser best_reverser(void) {
#if defined(__x86_64__)
    if (colonnade_cpu_level() >= CPU_SSE4) return reverse_shuffled;
#elif defined(__aarch64__)
    if (colonnade_cpu_level() >= CPU_NEON) return reverse_shuffled;
#endif
    return reverse_portable;
}

// Returns the part of `start..<start + count` that is in `0..<limit`, from the start of the range on.
static void overlap(int64_t start, size_t count, size_t limit, size_t *first, size_t *length) {
    int64_t low = start < 0 ? 0 : start;
    // The counts are those of memory, so the sum does not overflow.
    int64_t high = start + (int64_t)count;
    if (high > (int64_t)limit) high = (int64_t)limit;
    *first = high > low ? (size_t)(low - start) : 0;
    *length = high > low ? (size_t)(high - low) : 0;
}

static void copy_region(const struct colonnade_picture *picture, const struct colonnade_region *region, char *target,
                        reverser reverse) {
    size_t size = picture->pixel_bytes, row_bytes = region->width * size;
    size_t first_row, rows, first_column, columns;
    overlap(region->y, region->height, picture->height, &first_row, &rows);
    overlap(region->x, region->width, picture->width, &first_column, &columns);
    if (columns == 0) rows = 0;
    const char *from = picture->pixels;
    if (rows > 0) {
        from += (size_t)(region->y + (int64_t)first_row) * picture->stride +
                (size_t)(region->x + (int64_t)first_column) * size;
    }
    size_t margin = region->is_mirrored ? region->width - first_column - columns : first_column;
    for (size_t row = 0; row < region->height; row++) {
        char *to = target + (region->is_upside_down ? region->height - 1 - row : row) * row_bytes;
        if (row < first_row || row >= first_row + rows) {
            memset(to, 0, row_bytes);
            continue;
        }
        if (columns < region->width) {
            memset(to, 0, margin * size);
            memset(to + (margin + columns) * size, 0, (region->width - margin - columns) * size);
        }
        if (region->is_mirrored) reverse(to + margin * size, from, columns, size);
        else memcpy(to + margin * size, from, columns * size);
        from += picture->stride;
    }
}

void colonnade_copy_region(const struct colonnade_picture *picture, const struct colonnade_region *region,
                           void *target) {
    copy_region(picture, region, target, best_reverser());
}

void colonnade_copy_region_portable(const struct colonnade_picture *picture, const struct colonnade_region *region,
                                    void *target) {
    copy_region(picture, region, target, reverse_portable);
}
