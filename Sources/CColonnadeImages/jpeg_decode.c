// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "jpeg_errors.h"

// Rows that are asked for at once. libjpeg returns at most the rows of one MCU.
enum { ROWS = 16 };

static void check_scans(j_common_ptr any) {
    const j_decompress_ptr info = (j_decompress_ptr)any;
    const uint64_t pixels = (uint64_t)info->image_width * info->image_height;
    if (info->input_scan_number > 0 && pixels * (uint64_t)info->input_scan_number > (uint64_t)1 << 31) {
        colonnade_jpeg_fail(any, COLONNADE_IMAGE_UNSUPPORTED, "it has more scans than an ordinary file of its size");
    }
    if (info->input_scan_number > COLONNADE_JPEG_SCANS) {
        colonnade_jpeg_fail(any, COLONNADE_IMAGE_UNSUPPORTED, "it has more than 100 scans, as no ordinary file has");
    }
}

static uint8_t product(uint32_t left, uint32_t right) {
    uint32_t value = left * right + 128;
    return (uint8_t)(((value >> 8) + value) >> 8);
}

// Converts inverted CMYK, which all programs that write CMYK JPEG files store, to RGB as Pillow does.
static void convert_cmyk(const uint8_t *row, uint32_t width, uint8_t *target) {
    for (uint32_t column = 0; column < width; ++column, row += 4, target += 3) {
        uint32_t light = row[3];
        for (int channel = 0; channel < 3; ++channel) {
            target[channel] = (uint8_t)(light - product(255 - row[channel], light));
        }
    }
}

int32_t colonnade_jpeg_decode(const uint8_t *bytes, size_t length, uint32_t width, uint32_t height, uint8_t *pixels,
                              char *message) {
    struct jpeg_decompress_struct info;
    struct colonnade_jpeg_errors errors;
    struct jpeg_progress_mgr progress;
    memset(&info, 0, sizeof info);
    memset(&progress, 0, sizeof progress);
    info.err = colonnade_jpeg_errors(&errors, message);
    if (setjmp(errors.jump)) {
        jpeg_destroy_decompress(&info);
        return errors.result;
    }
    jpeg_create_decompress(&info);
    progress.progress_monitor = check_scans;
    info.progress = &progress;
    jpeg_mem_src(&info, bytes, length);
    jpeg_read_header(&info, TRUE);
    if (info.image_width != width || info.image_height != height) {
        colonnade_jpeg_fail((j_common_ptr)&info, COLONNADE_IMAGE_DAMAGED, "it has two headers of different sizes");
    }
    int is_cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&info);
    size_t stride = (size_t)width * 3;
    JSAMPARRAY inks = NULL;
    if (is_cmyk) inks = info.mem->alloc_sarray((j_common_ptr)&info, JPOOL_IMAGE, width * 4, 1);
    while (info.output_scanline < height) {
        uint8_t *row = pixels + info.output_scanline * stride;
        if (is_cmyk) {
            if (jpeg_read_scanlines(&info, inks, 1) == 1) convert_cmyk(inks[0], width, row);
            continue;
        }
        JSAMPROW rows[ROWS];
        JDIMENSION count = height - info.output_scanline < ROWS ? height - info.output_scanline : ROWS;
        for (JDIMENSION index = 0; index < count; ++index) rows[index] = row + index * stride;
        jpeg_read_scanlines(&info, rows, count);
    }
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    return COLONNADE_IMAGE_DONE;
}
