// SPDX-License-Identifier: Apache-2.0
// Kernels for pictures: rows of pixels, each pixel with its channels beside each other.

#ifndef COLONNADE_PICTURES_H
#define COLONNADE_PICTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "colonnade_kernels.h"

// A picture, or a rectangle of one, in memory.
struct colonnade_picture {
    const void *_Nonnull pixels;
    size_t stride;  // bytes from the start of a row to the start of the next one
    size_t width;
    size_t height;
    size_t pixel_bytes;
};

// A rectangle of a picture, in pixels, and the mirroring of its copy. The first row and column may be negative.
struct colonnade_region {
    int64_t x;
    int64_t y;
    size_t width;
    size_t height;
    bool is_mirrored;     // left and right change places
    bool is_upside_down;  // top and bottom change places
};

// Copies a region to consecutive rows. Pixels of the region that are outside the picture become zeros.
void colonnade_copy_region(const struct colonnade_picture *_Nonnull picture,
                           const struct colonnade_region *_Nonnull region, void *_Nonnull target);

// Copies as `colonnade_copy_region` does, without special instructions, so that tests can compare the two.
void colonnade_copy_region_portable(const struct colonnade_picture *_Nonnull picture,
                                    const struct colonnade_region *_Nonnull region, void *_Nonnull target);

// The sine and cosine of an angle.
struct colonnade_direction {
    double sine;
    double cosine;
};

// Returns the direction of an angle in degrees, exact for multiples of 90.
struct colonnade_direction colonnade_direction_of(double degrees);

// A linear map of places of a result to places of a picture. Both are relative to the centres, in pixels.
struct colonnade_map {
    double x_across, x_down, x_shift;  // x = x_across * across + x_down * down + x_shift
    double y_across, y_down, y_shift;
};

// Writes `width` × `height` pixels. Each is the pixel of the picture in which the place lies that the map gives for its centre; outside
// the picture it is zeros.
void colonnade_map_picture(const struct colonnade_picture *_Nonnull picture, struct colonnade_map map, size_t width,
                           size_t height, void *_Nonnull target);

// A rectangle of a picture whose sides need not be those of pixels.
struct colonnade_box {
    double x;
    double y;
    double width;
    double height;
};

enum colonnade_filter {
    COLONNADE_NEAREST = 0,
    COLONNADE_TRIANGLE = 1,
    COLONNADE_BICUBIC = 2,
};

// A change of the size of a picture. The pixels that are made are those of `window`, a region of the result.
//
// Bytes are computed as Pillow does in two calls, with the same bits: weights of 22 binary digits, first across and then down, each
// rounded to 8 bits. Floats are summed in the order of the source, and each product is rounded before its sum, so that
// every CPU gives the same bits. Of the source only the rows and columns that the window depends on are read, and at most 64 bytes
// before `end` after them: the others need not be in memory.
struct colonnade_resize {
    struct colonnade_picture source;
    const void *_Nonnull end;  // the end of the memory that may be read: at or after the end of the source
    size_t width;   // of the whole result
    size_t height;
    struct colonnade_region window;
    uint8_t channels;  // 1 to 4
    bool is_float;     // float32; otherwise bytes
    uint8_t filter;    // a colonnade_filter
    bool is_antialiased;  // whether a smaller result averages all pixels of the source
    // The part of the source that becomes the result, at most a pixel smaller on each side. A width of 0 is all of the source, and so is
    // any box for nearest pixels.
    struct colonnade_box box;
    // The conversion of the bytes of the result while they are in a cache; NULL for none, and for floats and nearest pixels.
    const struct colonnade_conversion *_Nullable conversion;
    size_t result_count;  // how many results of this size follow one another in memory, all of them new, if there is a conversion
};

// Returns the bytes of scratch memory that a change of size needs.
size_t colonnade_resize_scratch(const struct colonnade_resize *_Nonnull what);

// Writes the window to consecutive rows at `target`. The scratch memory is aligned to 64 bytes.
void colonnade_resize(const struct colonnade_resize *_Nonnull what, void *_Nonnull scratch, void *_Nonnull target);

// Computes `colonnade_resize` without special instructions, so that tests can compare the two.
void colonnade_resize_portable(const struct colonnade_resize *_Nonnull what, void *_Nonnull scratch,
                               void *_Nonnull target);

// Writes one byte for each of `count` pixels of 3 bytes: the sum of the channels times weights in 1/65,536, truncated.
void colonnade_weigh_channels(const uint8_t *_Nonnull pixels, size_t count, const uint32_t *_Nonnull weights,
                              uint8_t *_Nonnull target);

// Moves the channels of `pixels` pixels from beside each other to one plane after another, or back. Elements have
// `size` bytes, which are 1, 2, 4 or 8.
void colonnade_split_channels(const void *_Nonnull source, size_t pixels, size_t channels, size_t size,
                              void *_Nonnull target);
void colonnade_join_channels(const void *_Nonnull source, size_t pixels, size_t channels, size_t size,
                             void *_Nonnull target);


enum colonnade_adjustment {
    COLONNADE_BRIGHTNESS = 0,
    COLONNADE_CONTRAST = 1,
    COLONNADE_SATURATION = 2,
    COLONNADE_HUE = 3,
};

// Changes the colours of `count` pixels of 1 or 3 channels, of bytes or of floats from 0 to 1. `target` may be `source`.
// Saturation and hue need 3 channels. `rest` is the factor of the values that the picture is blended with: 1 − factor, rounded once.
// The factor of the hue is a part of the circle, and finite.
void colonnade_adjust(enum colonnade_adjustment what, float factor, float rest, bool is_float,
                      const void *_Nonnull source, size_t count, size_t channels, void *_Nonnull target);

enum colonnade_tones {
    COLONNADE_POSTERIZE = 0,     // keeps as many of the highest bits as the argument says, 1 to 8
    COLONNADE_SOLARIZE = 1,      // inverts the bytes that are not below the argument
    COLONNADE_AUTOCONTRAST = 2,  // stretches the range of each channel to 0 … 255
    COLONNADE_EQUALIZE = 3,      // makes the bytes of each channel about equally frequent
};

// Replaces the bytes of `count` pixels of 1 to 4 channels by others that depend on the picture. `target` may be `source`.
void colonnade_change_tones(enum colonnade_tones what, float argument, const uint8_t *_Nonnull source, size_t count,
                            size_t channels, uint8_t *_Nonnull target);

// Blends a picture of bytes with the means of nine pixels: the factor 0 leaves only these, 1 the picture, 2 the opposite of a
// blur. `rest` is 1 − factor, rounded once. The outermost pixels are blended with themselves. `target` must not be `source`.
void colonnade_sharpen(const uint8_t *_Nonnull source, size_t width, size_t height, size_t channels, float factor,
                       float rest, uint8_t *_Nonnull target);

// Writes first × weight + second × (1 − weight).
void colonnade_mix(const float *_Nonnull first, const float *_Nonnull second, size_t count, float weight,
                   float *_Nonnull target);

// Returns a number from 0 to 1 with the distribution Beta(alpha, alpha), which depends on the seed. `alpha` is positive.
double colonnade_beta(double alpha, uint64_t seed);

#endif
