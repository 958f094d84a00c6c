// SPDX-License-Identifier: Apache-2.0
// Entry points of baseline JPEG files: the decoder begins in the middle of the data.

#ifndef COLONNADE_JPEG_ENTRIES_H
#define COLONNADE_JPEG_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

#include "colonnade_images.h"
#include "jpeg_bits.h"

// The state of a decoder that reads blocks by entries, in place of the one of libjpeg.
struct colonnade_jpeg_reader {
    struct code means[4], others[4];
    const uint8_t *bytes;
    size_t length;
    const uint8_t *entries;
    uint32_t every;                  // units between entries
    uint32_t columns, per_row;       // units and entries in a row of units
    uint32_t first, last, seek;      // the units that are decoded, and the one at whose entry reading begins
    uint32_t row, column;            // of the next unit
    struct bits bits;
    int mean[MAX_COMPS_IN_SCAN];
};

// Returns whether the library calls the reader as it should: a small picture is decoded with entries and without, once for each
// process.
bool colonnade_jpeg_can_enter(void);

// Decodes as `colonnade_jpeg_decode_with` does, with entries also if `colonnade_jpeg_can_enter` was not called.
int32_t colonnade_jpeg_decode_part(const uint8_t *bytes, size_t length, uint32_t width, uint32_t height, uint32_t reduction,
                                   const struct colonnade_jpeg_entries *entries, struct colonnade_rectangle *part,
                                   uint8_t *pixels, bool *is_entered, char *message);

// Makes libjpeg read blocks by entries, for columns of pixels from `left` on and the rows of a part, which are those of the reduced
// picture if `info` has a reduction. Returns false, and changes
// nothing, if the file cannot have entries or those that are needed are not in the file.
bool colonnade_jpeg_enter(j_decompress_ptr info, struct colonnade_jpeg_reader *reader, const uint8_t *bytes, size_t length,
                          const struct colonnade_jpeg_entries *entries, uint32_t left, uint32_t across,
                          const struct colonnade_rectangle *part);

// Reports an error for a file with more scans than any ordinary one, as the monitor of progress.
void colonnade_jpeg_check_scans(j_common_ptr any);

// Returns whether a progressive file lacks digits of coefficients. libjpeg then smooths blocks by their neighbours.
bool colonnade_jpeg_is_smoothed(const struct jpeg_decompress_struct *info);

#endif
