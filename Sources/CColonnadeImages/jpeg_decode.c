// SPDX-License-Identifier: Apache-2.0
#include <stdbool.h>
#include <string.h>

#include "jpeg_entries.h"
#include "jpeg_errors.h"

// Rows that are asked for at once. libjpeg returns at most the rows of one MCU.
enum { ROWS = 16 };

void colonnade_jpeg_check_scans(j_common_ptr any) {
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

// The pixels beyond a part that fancy upsampling needs on its left and right, so that the pixels of the part are correct.
enum { MARGIN = 2 };

bool colonnade_jpeg_is_smoothed(const struct jpeg_decompress_struct *info) {
    if (!info->progressive_mode || !info->coef_bits) return false;
    for (int component = 0; component < info->num_components; ++component) {
        for (int index = 1; index < DCTSIZE2; ++index) {
            if (info->coef_bits[component][index] != 0) return true;
        }
    }
    return false;
}

// Returns whether the end of the picture follows at `at` or after it. The data of pixels have no marker but those of restarts.
static bool has_end(const uint8_t *at, const uint8_t *end) {
    // Nothing follows the end of most files.
    if (end - at > 1 && end[-2] == 0xFF && end[-1] == JPEG_EOI) return true;
    while (end - at > 1 && (at = memchr(at, 0xFF, (size_t)(end - at - 1)))) {
        if (at[1] == JPEG_EOI) return true;
        ++at;
    }
    return false;
}

size_t colonnade_jpeg_next_marker(const uint8_t *bytes, size_t length, size_t start) {
    while (length - start > 1) {
        const uint8_t *at = memchr(bytes + start, 0xFF, length - start - 1);
        if (!at) break;
        start = (size_t)(at - bytes) + 1;
        const uint8_t code = bytes[start];
        // A zero follows a byte 255 of pixels, and another 255 fills the space before a marker.
        const bool is_of_data = code == 0 || code == 0xFF || code == 0x01 || (code >= JPEG_RST0 && code <= JPEG_RST0 + 7);
        if (!is_of_data) return start;
    }
    return length;
}

int32_t colonnade_jpeg_decode_part(const uint8_t *bytes, size_t length, uint32_t width, uint32_t height, uint32_t reduction,
                                   const struct colonnade_jpeg_entries *entries, struct colonnade_rectangle *part,
                                   uint8_t *pixels, bool *is_entered, char *message) {
    struct jpeg_decompress_struct info;
    struct colonnade_jpeg_errors errors;
    struct jpeg_progress_mgr progress;
    struct colonnade_jpeg_reader reader;
    *is_entered = false;
    memset(&info, 0, sizeof info);
    memset(&progress, 0, sizeof progress);
    info.err = colonnade_jpeg_errors(&errors, message);
    if (setjmp(errors.jump)) {
        jpeg_destroy_decompress(&info);
        return errors.result;
    }
    jpeg_create_decompress(&info);
    progress.progress_monitor = colonnade_jpeg_check_scans;
    info.progress = &progress;
    jpeg_mem_src(&info, bytes, length);
    jpeg_read_header(&info, TRUE);
    colonnade_jpeg_check_precision(&info);
    if (info.image_width != width || info.image_height != height) {
        colonnade_jpeg_fail((j_common_ptr)&info, COLONNADE_IMAGE_DAMAGED, "it has two headers of different sizes");
    }
    const bool is_cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    info.scale_num = 1;
    info.scale_denom = reduction;
    jpeg_start_decompress(&info);
    width = info.output_width;
    height = info.output_height;
    const bool is_whole = part->width == width && part->height == height;
    if (!is_whole && colonnade_jpeg_is_smoothed(&info)) {
        jpeg_destroy_decompress(&info);
        return COLONNADE_IMAGE_NOT_IN_PARTS;
    }
    JDIMENSION left = part->x < MARGIN ? 0 : part->x - MARGIN;
    JDIMENSION right = width - part->x - part->width < MARGIN ? width : part->x + part->width + MARGIN;
    JDIMENSION across = right - left;
    if (across < width) jpeg_crop_scanline(&info, &left, &across);
    part->x = left;
    part->width = across;
    *is_entered = entries && colonnade_jpeg_enter(&info, &reader, bytes, length, entries, left, across, part);
    if (part->y > 0) jpeg_skip_scanlines(&info, part->y);
    const JDIMENSION end = part->y + part->height;
    const size_t stride = (size_t)across * 3;
    JSAMPARRAY inks = NULL;
    if (is_cmyk) inks = info.mem->alloc_sarray((j_common_ptr)&info, JPOOL_IMAGE, across * 4, 1);
    while (info.output_scanline < end) {
        uint8_t *row = pixels + (info.output_scanline - part->y) * stride;
        if (is_cmyk) {
            if (jpeg_read_scanlines(&info, inks, 1) == 1) convert_cmyk(inks[0], across, row);
            continue;
        }
        JSAMPROW rows[ROWS];
        JDIMENSION count = end - info.output_scanline < ROWS ? end - info.output_scanline : ROWS;
        for (JDIMENSION index = 0; index < count; ++index) rows[index] = row + index * stride;
        jpeg_read_scanlines(&info, rows, count);
    }
    bool is_complete = true;
    if (*is_entered) {
        is_complete = has_end(reader.bits.at, bytes + length);
    } else if (end == height) {
        jpeg_finish_decompress(&info);
    } else if (!jpeg_input_complete(&info) && info.unread_marker != JPEG_EOI) {
        is_complete = has_end(info.src->next_input_byte, bytes + length);
    }
    jpeg_destroy_decompress(&info);
    return is_complete ? COLONNADE_IMAGE_DONE : COLONNADE_IMAGE_NOT_IN_PARTS;
}

int32_t colonnade_jpeg_decode_with(const uint8_t *bytes, size_t length, uint32_t width, uint32_t height, uint32_t reduction,
                                   const struct colonnade_jpeg_entries *entries, struct colonnade_rectangle *part,
                                   uint8_t *pixels, bool *is_entered, char *message) {
    if (entries && colonnade_jpeg_can_enter()) {
        const struct colonnade_rectangle needed = *part;
        const int32_t result =
            colonnade_jpeg_decode_part(bytes, length, width, height, reduction, entries, part, pixels, is_entered, message);
        // Without entries, the code up to the part decides whether the file is damaged, or the entries are wrong.
        const bool is_doubtful = result == COLONNADE_IMAGE_DAMAGED && *is_entered;
        if (result != COLONNADE_IMAGE_NOT_IN_PARTS && !is_doubtful) return result;
        *part = needed;
    }
    return colonnade_jpeg_decode_part(bytes, length, width, height, reduction, NULL, part, pixels, is_entered, message);
}

int32_t colonnade_jpeg_decode(const uint8_t *bytes, size_t length, uint32_t width, uint32_t height, uint32_t reduction,
                              struct colonnade_rectangle *part, uint8_t *pixels, char *message) {
    bool is_entered = false;
    return colonnade_jpeg_decode_part(bytes, length, width, height, reduction, NULL, part, pixels, &is_entered, message);
}
