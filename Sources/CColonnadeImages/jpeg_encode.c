// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "jpeg_errors.h"

// The memory to release after an error.
struct encoding {
    struct jpeg_compress_struct info;
    struct colonnade_jpeg_errors errors;
    unsigned char *file;
    unsigned long length;
};

int32_t colonnade_jpeg_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int32_t quality,
                              uint8_t **file, size_t *length, char *message) {
    struct encoding state;
    memset(&state, 0, sizeof state);
    state.info.err = colonnade_jpeg_errors(&state.errors, message);
    if (setjmp(state.errors.jump)) {
        // libjpeg has replaced the memory by larger one, and tells its address only here.
        if (state.info.dest) state.info.dest->term_destination(&state.info);
        jpeg_destroy_compress(&state.info);
        free(state.file);
        return state.errors.result;
    }
    jpeg_create_compress(&state.info);
    jpeg_mem_dest(&state.info, &state.file, &state.length);
    state.info.image_width = width;
    state.info.image_height = height;
    state.info.input_components = (int)channels;
    state.info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&state.info);
    jpeg_set_quality(&state.info, quality, TRUE);
    jpeg_start_compress(&state.info, TRUE);
    size_t stride = (size_t)width * channels;
    while (state.info.next_scanline < height) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + state.info.next_scanline * stride);
        jpeg_write_scanlines(&state.info, &row, 1);
    }
    jpeg_finish_compress(&state.info);
    jpeg_destroy_compress(&state.info);
    *file = state.file;
    *length = state.length;
    return COLONNADE_IMAGE_DONE;
}

void colonnade_image_free(uint8_t *file) { free(file); }
