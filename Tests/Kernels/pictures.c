// SPDX-License-Identifier: Apache-2.0
// Compares the kernels for pictures with plain loops, and with themselves without special instructions.

#include "checks.h"
#include "colonnade_pictures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Weights such as 9/16 are exact without fused products. With them, a sum of half a number could round to the other side.
#pragma STDC FP_CONTRACT OFF

enum { SIDE = 40, LARGEST = 97 };

// Copies to exactly as much memory as there is, so that a sanitizer finds each access outside it.
static void *exactly(const void *bytes, size_t count) {
    void *copy = malloc(count ? count : 1);
    if (copy && bytes) memcpy(copy, bytes, count);
    expect(copy != NULL, "the memory of a picture", count, 0);
    return copy;
}

static void check_region(size_t pixel, const struct colonnade_region *region) {
    static uint8_t bytes[SIDE * SIDE * 16];
    size_t width = 1 + next() % 33, height = 1 + next() % 5, stride = width * pixel + next() % 3;
    size_t total = (height - 1) * stride + width * pixel, count = region->width * region->height * pixel;
    fill(bytes, total);
    void *source = exactly(bytes, total);
    struct colonnade_picture picture = {source, stride, width, height, pixel};
    uint8_t *found = exactly(NULL, count), *portable = exactly(NULL, count);
    colonnade_copy_region(&picture, region, found);
    colonnade_copy_region_portable(&picture, region, portable);
    for (size_t row = 0; row < region->height; row++) {
        for (size_t column = 0; column < region->width; column++) {
            int64_t x = region->x + (int64_t)(region->is_mirrored ? region->width - 1 - column : column);
            int64_t y = region->y + (int64_t)(region->is_upside_down ? region->height - 1 - row : row);
            bool is_inside = x >= 0 && y >= 0 && x < (int64_t)width && y < (int64_t)height;
            for (size_t byte = 0; byte < pixel; byte++) {
                uint8_t value = is_inside ? bytes[(size_t)y * stride + (size_t)x * pixel + byte] : 0;
                size_t at = (row * region->width + column) * pixel + byte;
                expect(found[at] == value && portable[at] == value, "a region", pixel, at);
            }
        }
    }
    free(source);
    free(found);
    free(portable);
}

// One weight of a pixel at a distance, as the page of a filter has it.
static double weight_at(int filter, double x) {
    x = fabs(x);
    if (filter == COLONNADE_TRIANGLE) return x < 1 ? 1 - x : 0;
    if (x < 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
    return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

// Makes a line of `length` pixels from `start` on of a line of `count` pixels.
static void resize_line(const double *from, size_t step, size_t count, double start, double length, double *to, size_t result,
                        int filter, bool is_antialiased) {
    double ratio = length / (double)result, scale = is_antialiased && ratio > 1 ? ratio : 1;
    for (size_t i = 0; i < result; i++) {
        double sum = 0, total = 0;
        for (size_t at = 0; at < count; at++) {
            double weight = weight_at(filter, ((double)at + 0.5 - ((double)i + 0.5) * ratio - start) / scale);
            sum += weight;
            total += weight * from[at * step];
        }
        to[i] = total / sum;
    }
}

static double rounded(double value) { return fmin(fmax(floor(value + 0.5), 0), 255); }

// Compares the result of a change of size and conversion with the conversion of the bytes of the result.
static void check_conversion(struct colonnade_resize *what, const uint8_t *bytes, size_t count) {
    float scales[4], offsets[4];
    for (int i = 0; i < 4; i++) {
        scales[i] = (float)(1 + next() % 9) / 255;
        offsets[i] = (float)(next() % 9) - 4;
    }
    // The numbers and sizes of float32, float16, float64 and int16.
    static const uint8_t targets[] = {11, 9, 12, 4}, sizes[] = {4, 2, 8, 2};
    const size_t target = next() % 2 ? 0 : next() % 4, size = sizes[target];
    const struct colonnade_conversion conversion = {
        .source = 1, .target = targets[target],
        .channels = target == 3 ? 0 : next() % 2 ? what->channels : next() % 2,
        .inner = 1, .scales = scales, .offsets = next() % 2 ? offsets : NULL,
        .wide_scales = (const double[]){1, 2, 3, 4}, .wide_offsets = (const double[]){5, 6, 7, 8},
    };
    what->conversion = &conversion;
    // With so many results the stores bypass the caches.
    what->result_count = next() % 2 ? 1 : (size_t)1 << 24;
    const size_t scratch_bytes = colonnade_resize_scratch(what);
    void *scratch = NULL, *found = NULL;
    expect(posix_memalign(&scratch, 64, scratch_bytes) == 0, "the scratch memory", scratch_bytes, 0);
    expect(posix_memalign(&found, 64, count * size) == 0, "memory", count, size);
    void *expected = exactly(NULL, count * size);
    colonnade_convert_elements(&conversion, expected, bytes, count);
    colonnade_resize(what, scratch, found);
    expect(memcmp(found, expected, count * size) == 0, "a change of size with a conversion", what->channels, conversion.target);
    colonnade_resize_portable(what, scratch, found);
    expect(memcmp(found, expected, count * size) == 0, "the same without special instructions", what->channels,
           conversion.target);
    free(scratch);
    free(found);
    free(expected);
}

static void check_resize(int filter, bool is_float, size_t channels) {
    static uint8_t bytes[SIDE * SIDE * 4];
    static float floats[SIDE * SIDE * 4];
    static double lines[LARGEST * SIDE], column[LARGEST];
    size_t width = 1 + next() % SIDE, height = 1 + next() % SIDE, element = is_float ? 4 : 1;
    size_t new_width = next() % 3 ? 1 + next() % LARGEST : width, new_height = next() % 3 ? 1 + next() % LARGEST : height;
    size_t total = width * height * channels;
    fill(bytes, total);
    for (size_t i = 0; i < total; i++) floats[i] = bytes[i];
    void *source = exactly(is_float ? (void *)floats : (void *)bytes, total * element);
    struct colonnade_resize what = {
        .source = {source, width * channels * element, width, height, channels * element},
        .end = (char *)source + total * element,
        .width = new_width,
        .height = new_height,
        .window = {0, 0, 1 + next() % new_width, 1 + next() % new_height, next() & 1, next() & 1},
        .channels = (uint8_t)channels,
        .is_float = is_float,
        .filter = (uint8_t)filter,
        .is_antialiased = next() % 4 != 0,
    };
    what.window.x = (int64_t)(next() % (new_width - what.window.width + 1));
    what.window.y = (int64_t)(next() % (new_height - what.window.height + 1));
    struct colonnade_box box = {0, 0, (double)width, (double)height};
    if (filter != COLONNADE_NEAREST && width > 2 && height > 2 && next() % 4 == 0) {
        box.x = (double)(next() % 8) / 8;
        box.y = (double)(next() % 8) / 8;
        box.width -= box.x + (double)(next() % 8) / 8;
        box.height -= box.y + (double)(next() % 8) / 8;
        what.box = box;
    }
    size_t count = what.window.width * what.window.height * channels;
    // The kernels may use less scratch memory than they ask for, but not more.
    size_t scratch_bytes = colonnade_resize_scratch(&what);
    void *scratch = NULL;
    expect(posix_memalign(&scratch, 64, scratch_bytes) == 0, "the scratch memory", scratch_bytes, 0);
    memset(scratch, 0xee, scratch_bytes);
    void *found = exactly(NULL, count * element), *portable = exactly(NULL, count * element);
    colonnade_resize(&what, scratch, found);
    memset(scratch, 0x11, scratch_bytes);
    colonnade_resize_portable(&what, scratch, portable);
    expect(memcmp(found, portable, count * element) == 0, "a change of size without special instructions", channels,
           (size_t)filter);
    if (!is_float && filter != COLONNADE_NEAREST) check_conversion(&what, found, count);
    for (size_t channel = 0; channel < channels; channel++) {
        for (size_t y = 0; y < height; y++) {
            double line[SIDE], *to = lines + y * new_width;
            for (size_t x = 0; x < width; x++) line[x] = bytes[(y * width + x) * channels + channel];
            if (filter == COLONNADE_NEAREST) {
                for (size_t x = 0; x < new_width; x++) to[x] = line[(2 * x + 1) * width / (2 * new_width)];
            } else {
                resize_line(line, 1, width, box.x, box.width, to, new_width, filter, what.is_antialiased);
            }
            for (size_t x = 0; x < new_width && !is_float; x++) to[x] = rounded(to[x]);
        }
        for (size_t x = 0; x < what.window.width; x++) {
            size_t from = (size_t)what.window.x + (what.window.is_mirrored ? what.window.width - 1 - x : x);
            if (filter != COLONNADE_NEAREST) {
                resize_line(lines + from, new_width, height, box.y, box.height, column, new_height, filter, what.is_antialiased);
            }
            for (size_t y = 0; y < what.window.height; y++) {
                size_t row = (size_t)what.window.y + (what.window.is_upside_down ? what.window.height - 1 - y : y);
                size_t at = (y * what.window.width + x) * channels + channel;
                double value = is_float ? ((float *)found)[at] : ((uint8_t *)found)[at];
                double expected = is_float ? column[row] : rounded(column[row]);
                if (filter == COLONNADE_NEAREST) {
                    expected = lines[(2 * row + 1) * height / (2 * new_height) * new_width + from];
                    expect(value == expected, "a nearest pixel", at, channels);
                }
                // Where a sum is nearly half a number, the weights of 22 bits may round to the other side, across
                // and then down.
                double limit = is_float ? 0.01 : 2;
                expect(fabs(value - expected) < limit, "a change of size", at, channels);
            }
        }
    }
    free(scratch);
    free(source);
    free(found);
    free(portable);
}

static void check_channels(size_t pixels, size_t channels, size_t size) {
    const size_t count = pixels * channels * size;
    uint8_t bytes[100 * 4 * 8];
    fill(bytes, count);
    uint8_t *source = exactly(bytes, count), *split = exactly(NULL, count), *joined = exactly(NULL, count);
    colonnade_split_channels(source, pixels, channels, size, split);
    for (size_t i = 0; i < count; i++) {
        const size_t pixel = i / size / channels, channel = i / size % channels;
        expect(split[(channel * pixels + pixel) * size + i % size] == bytes[i], "a channel of its own", channels, i);
    }
    colonnade_join_channels(split, pixels, channels, size, joined);
    expect(memcmp(joined, bytes, count) == 0, "channels together again", channels, size);
    free(source);
    free(split);
    free(joined);
}

void check_pictures(void) {
    for (int i = 0; i < 600; i++) {
        const size_t channels = next() % 2 ? 3 : 1 + next() % 4, size = next() % 2 ? 1 : (size_t)1 << next() % 4;
        check_channels(next() % 100, channels, size);
    }
    for (int i = 0; i < 800; i++) {
        struct colonnade_region region = {
            (int64_t)(next() % 50) - 10, (int64_t)(next() % 12) - 4, 1 + next() % 40, 1 + next() % 6, next() & 1, next() & 1,
        };
        check_region(1 + next() % 16, &region);
    }
    for (int i = 0; i < 400; i++) {
        check_resize((int)(next() % 3), next() % 3 == 0, 1 + next() % 4);
    }
}
