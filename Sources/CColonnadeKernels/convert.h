// SPDX-License-Identifier: Apache-2.0
// A conversion made ready: which loop, and tables in the form that it reads. Made once for many rows.

#ifndef COLONNADE_CONVERT_H
#define COLONNADE_CONVERT_H

#include "colonnade_kernels.h"

#include <stdbool.h>

// Scales and offsets of a block stay in registers: three of eight floats, and 24 is a multiple of 1, 2, 3, 4, 6, 8 and 12
// channels. One more eight, so that the last elements of a row can be done with the eight that end there.
#define BLOCK 24
#define BLOCK_TABLE (BLOCK + 8)
// Channels that repeat within so many elements are written out until they reach it.
#define TABLE 64

// `offsets` may be NULL only in loops that read a table.
typedef void (*convert_loop)(void *restrict target, const void *restrict source, size_t count, const void *scales,
                             const void *offsets);

enum convert_kind {
    WHOLE,    // one call for all elements
    REPEATS,  // the table begins anew every `table` elements
    CHANNELS  // each channel has `inner` elements, and is done by itself
};

struct converter {
    convert_loop loop;
    enum convert_kind kind;
    uint8_t source, target;
    size_t source_size, target_size;
    size_t period;  // elements after which scales repeat; SIZE_MAX where that is not worth knowing
    size_t table;
    size_t channels, inner;
    const void *scales, *offsets;
    union {
        float narrow[2][TABLE];
        double wide[2][TABLE];
    } own;
};

// Keeps pointers into itself and into the conversion: it stays where it is.
void colonnade_prepare(struct converter *converter, const struct colonnade_conversion *conversion);

// Makes it write past the caches if it can, and if that pays for so many rows of so many elements.
void colonnade_prefer_stream(struct converter *converter, const void *target, size_t rows, size_t elements);

// One row.
void colonnade_run_converter(const struct converter *converter, void *restrict target, const void *restrict source,
                             size_t elements);

// Where a loop to a floating-point type finds what to multiply by and to add.
enum convert_form {
    SCALED,   // one scale, eight times over in floats, and no offset
    BLOCKED,  // tables of a block; a target of double has one scale and offset in this form, and does not have the first
    TABLED    // tables as long as the row
};

// The loop from one data type to another. Integer targets have one, which reads no scales. `is_cast`: the scale is one.
convert_loop colonnade_find_loop_portable(uint8_t source, uint8_t target, enum convert_form form, bool is_cast);
#if defined(__x86_64__)
convert_loop colonnade_find_loop_avx2(uint8_t source, uint8_t target, enum convert_form form, bool is_cast);
// Of bytes to floats, by tables of a block: whole eights to an aligned address.
convert_loop colonnade_find_stream_avx2(void);
#endif

#endif
