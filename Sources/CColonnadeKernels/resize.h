// SPDX-License-Identifier: Apache-2.0
// The parts of a change of size: weights of one dimension, and the loops of one instruction set.

#ifndef COLONNADE_RESIZE_H
#define COLONNADE_RESIZE_H

#include "colonnade_pictures.h"

// The binary digits of a weight for bytes.
#define WEIGHT_BITS 22
// The lower digits of a weight, where the instructions multiply 16 bits: a weight is upper × 2^LOW_BITS + lower.
#define LOW_BITS 15
// The bytes that a loop may read or write after the last pixel of a row.
#define SLACK 64
// The rows that are computed across at once.
#define ROWS 4
// The rows of a result that are converted at once, while they are in the first-level cache.
#define WAITING 8

// The pixels of the source that make each pixel of the result, in one dimension.
struct axis {
    size_t count;
    size_t most;           // the largest number of weights of one pixel
    bool is_identity;      // pixel i is made of pixel first[i] alone
    uint32_t *first;       // the first pixel of the source, by pixel of the result
    uint32_t *length;      // the number of weights
    size_t begin;          // the first of all pixels of the source that have weights
    size_t end;            // the end of all pixels of the source that have weights
    union {
        int32_t *bytes;    // the weights of pixel i from i × `most` on
        float *floats;
    } weights;
    int32_t *pairs;        // for AVX2: per two weights of a pixel their upper parts and their lower parts, of 16 bits each
    size_t pair_count;     // pairs of weights for each pixel, of which those after its own are 0
};

// Rows in, rows out. `from` and `to` have ROWS rows.
typedef void (*across_loop)(const void *const *from, void *const *to, const struct axis *axis, size_t channels);
// `from` has a row for each weight, of `elements` elements.
typedef void (*down_loop)(const void *const *from, void *to, const struct axis *axis, size_t index, size_t elements);

struct resize_loops {
    across_loop across_bytes[4];  // by channels - 1
    across_loop across_floats[4];
    down_loop down_bytes;
    down_loop down_floats;
    bool needs_pairs;  // whether the loops need `axis.pairs`
};

extern const struct resize_loops colonnade_resize_loops_portable;
#if defined(__x86_64__)
extern const struct resize_loops colonnade_resize_loops_avx2;
#endif

#endif
