// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include <jerror.h>

#include "jpeg_entries.h"
#include "jpeg_errors.h"

// The memory to release after an error.
struct transcoding {
    struct jpeg_decompress_struct from;
    struct jpeg_compress_struct to;
    struct jpeg_progress_mgr progress;
    struct colonnade_jpeg_errors errors;
    unsigned char *file;
    unsigned long length;
};

static void release(struct transcoding *state) {
    // libjpeg has replaced the memory by larger one, and tells its address only here.
    if (state->to.dest) state->to.dest->term_destination(&state->to);
    jpeg_destroy_compress(&state->to);
    jpeg_destroy_decompress(&state->from);
    free(state->file);
}

// Returns whether one scan can have all components.
static bool can_be_one_scan(const struct jpeg_decompress_struct *info) {
    if (info->num_components > MAX_COMPS_IN_SCAN) return false;
    int blocks = 0;
    for (int i = 0; i < info->num_components; ++i) blocks += info->comp_info[i].h_samp_factor * info->comp_info[i].v_samp_factor;
    return info->num_components == 1 || blocks <= D_MAX_BLOCKS_IN_MCU;
}

// Returns whether libjpeg writes a marker itself.
static bool is_written(const struct jpeg_compress_struct *info, const struct jpeg_marker_struct *marker) {
    const unsigned char *data = marker->data;
    if (info->write_JFIF_header && marker->marker == JPEG_APP0) return marker->data_length >= 5 && memcmp(data, "JFIF", 5) == 0;
    if (info->write_Adobe_marker && marker->marker == JPEG_APP0 + 14) {
        return marker->data_length >= 5 && memcmp(data, "Adobe", 5) == 0;
    }
    return false;
}

int32_t colonnade_jpeg_to_baseline(const uint8_t *bytes, size_t length, uint8_t **file, size_t *made, char *message) {
    struct transcoding *volatile memory = calloc(1, sizeof *memory);
    *file = NULL;
    *made = 0;
    if (!memory) return COLONNADE_IMAGE_NO_MEMORY;
    struct transcoding *state = memory;
    state->from.err = state->to.err = colonnade_jpeg_errors(&state->errors, message);
    if (setjmp(state->errors.jump)) {
        // Scans that redefine a quantization table cannot be one scan.
        const bool differs = memory->errors.manager.msg_code == JERR_MISMATCHED_QUANT_TABLE;
        const int32_t result = differs ? COLONNADE_IMAGE_DONE : memory->errors.result;
        release(memory);
        free(memory);
        return result;
    }
    jpeg_create_decompress(&state->from);
    jpeg_create_compress(&state->to);
    state->progress.progress_monitor = colonnade_jpeg_check_scans;
    state->from.progress = &state->progress;
    jpeg_mem_src(&state->from, bytes, length);
    jpeg_save_markers(&state->from, JPEG_COM, 0xFFFF);
    for (int marker = 0; marker < 16; ++marker) jpeg_save_markers(&state->from, JPEG_APP0 + marker, 0xFFFF);
    jpeg_read_header(&state->from, TRUE);
    colonnade_jpeg_check_precision(&state->from);
    const bool has_scans = state->from.progressive_mode || jpeg_has_multiple_scans(&state->from);
    if (has_scans && !state->from.arith_code && can_be_one_scan(&state->from)) {
        jvirt_barray_ptr *coefficients = jpeg_read_coefficients(&state->from);
        // Without smoothing, such a picture would have other pixels.
        if (!colonnade_jpeg_is_smoothed(&state->from)) {
            jpeg_mem_dest(&state->to, &state->file, &state->length);
            jpeg_copy_critical_parameters(&state->from, &state->to);
            state->to.optimize_coding = TRUE;
            jpeg_write_coefficients(&state->to, coefficients);
            for (jpeg_saved_marker_ptr marker = state->from.marker_list; marker; marker = marker->next) {
                if (!is_written(&state->to, marker)) {
                    jpeg_write_marker(&state->to, marker->marker, marker->data, marker->data_length);
                }
            }
            jpeg_finish_compress(&state->to);
            jpeg_finish_decompress(&state->from);
            *file = state->file;
            *made = state->length;
            state->file = NULL;
            state->to.dest = NULL;
        }
    }
    release(state);
    free(state);
    return COLONNADE_IMAGE_DONE;
}
