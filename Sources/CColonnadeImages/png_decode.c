// SPDX-License-Identifier: Apache-2.0

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

#include "colonnade_images.h"

struct reading {
    const uint8_t *bytes;
    size_t length;
    size_t position;
    char *message;
    jmp_buf jump;
};

_Noreturn static void fail(png_structp png, png_const_charp text) {
    struct reading *reading = png_get_error_ptr(png);
    snprintf(reading->message, COLONNADE_IMAGE_MESSAGE, "%s", text);
    longjmp(reading->jump, 1);
}

// Ignores a warning: those about pixels are errors already.
static void ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    struct reading *reading = png_get_io_ptr(png);
    if (count > reading->length - reading->position) png_error(png, "the data end early");
    memcpy(target, reading->bytes + reading->position, count);
    reading->position += count;
}

// Makes libpng skip all chunks that do not change pixels. Some of them are decompressed, and many have harmless mistakes.
static void skip_texts_and_profiles(png_structp png) {
    static const png_byte names[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0"
                                    "sRGB\0tEXt\0tIME\0zTXt";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, sizeof names / 5);
}

// Replaces indices by colors. libpng itself makes black of an index that the palette lacks, with a warning at most.
static void expand_palette(png_structp png, png_infop info, uint32_t width, uint32_t rows, uint32_t channels, uint8_t *pixels) {
    png_colorp colors = NULL;
    png_bytep alphas = NULL;
    int count = 0, alpha_count = 0;
    png_get_PLTE(png, info, &colors, &count);
    png_get_tRNS(png, info, &alphas, &alpha_count, NULL);
    for (uint32_t row = 0; row < rows; ++row) {
        uint8_t *target = pixels + (size_t)row * width * channels;
        const uint8_t *indices = target + (size_t)width * (channels - 1);
        // A pixel ends before the next index begins, so that no index is overwritten before it is read.
        for (uint32_t column = 0; column < width; ++column, target += channels) {
            const int index = indices[column];
            if (index >= count) png_error(png, "a pixel has a color that is not in the palette");
            target[0] = colors[index].red;
            target[1] = colors[index].green;
            target[2] = colors[index].blue;
            if (channels == 4) target[3] = index < alpha_count ? alphas[index] : 255;
        }
    }
}

static uint32_t big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

// Checks the checksum of the chunk that libpng has begun to read. libpng checks that of a chunk when it reads the next one.
static void check_last_chunk(png_structp png, const struct reading *reading) {
    const size_t beside = 12;  // the bytes of a chunk's length, name and checksum
    size_t at = 8;
    while (reading->length - at >= beside) {
        const uint8_t *chunk = reading->bytes + at;
        const uint32_t count = big_endian(chunk);
        if (count > reading->length - at - beside) break;
        at += beside + count;
        if (at < reading->position) continue;
        if (crc32_z(0, chunk + 4, (size_t)count + 4) != big_endian(chunk + 8 + count)) png_error(png, "IDAT: CRC error");
        return;
    }
    if (at < reading->position) png_error(png, "the data end early");
}

int32_t colonnade_png_decode(const uint8_t *bytes, size_t length, uint32_t width, uint32_t height, uint32_t channels,
                             uint32_t first, uint32_t count, uint8_t *pixels, char *message) {
    struct reading reading = {.bytes = bytes, .length = length, .message = message};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return COLONNADE_IMAGE_NO_MEMORY;
    }
    if (setjmp(reading.jump)) {
        png_destroy_read_struct(&png, &info, NULL);
        return COLONNADE_IMAGE_DAMAGED;
    }
    png_set_read_fn(png, &reading, read_bytes);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    skip_texts_and_profiles(png);
    png_read_info(png, info);
    if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) {
        png_error(png, "it has two headers of different sizes");
    }
    const bool has_palette = png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE;
    if (has_palette) {
        png_set_packing(png);
    } else {
        png_set_expand(png);
        png_set_strip_16(png);
        if (channels % 2 == 1) png_set_strip_alpha(png);
    }
    const int passes = png_set_interlace_handling(png);
    if (passes > 1 && count < height) {
        png_destroy_read_struct(&png, &info, NULL);
        return COLONNADE_IMAGE_NOT_IN_PARTS;
    }
    png_read_update_info(png, info);
    const size_t stride = (size_t)width * channels;
    const size_t row_bytes = has_palette ? width : stride;
    if (has_palette ? channels < 3 : png_get_channels(png, info) != channels) {
        png_error(png, "its transparency is described wrongly");
    }
    if (png_get_rowbytes(png, info) != row_bytes) png_error(png, "its rows are described wrongly");
    for (uint32_t row = 0; row < first; ++row) png_read_row(png, NULL, NULL);
    // The rows of an interlaced picture are completed in place. Indices lie at the end of the memory of their row.
    for (int pass = 0; pass < passes; ++pass) {
        for (uint32_t row = 0; row < count; ++row) png_read_row(png, pixels + row * stride + (stride - row_bytes), NULL);
    }
    if (has_palette) expand_palette(png, info, width, count, channels, pixels);
    if (first + count == height) {
        png_read_end(png, NULL);
    } else {
        check_last_chunk(png, &reading);
    }
    png_destroy_read_struct(&png, &info, NULL);
    return COLONNADE_IMAGE_DONE;
}
