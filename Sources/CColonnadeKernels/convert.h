// SPDX-License-Identifier: Apache-2.0
// A prepared conversion: its loop, and tables in the form that the loop reads. It is prepared once for many rows.

#ifndef COLONNADE_CONVERT_H
#define COLONNADE_CONVERT_H

#include "colonnade_kernels.h"

#include <stdbool.h>

// The number of scales and offsets in a block. They stay in three registers of eight floats, and 24 is a multiple of 1,
// 2, 3, 4, 6, 8 and 12 channels. A table has eight more, so that the last elements of a row can be converted with the
// eight that end there.
#define BLOCK 24
#define BLOCK_TABLE (BLOCK + 8)
// The table length up to which repeating channels are written out.
#define TABLE 64

// A loop over the elements of a row. `offsets` may be NULL only in loops that read a table.
typedef void (*convert_loop)(void *restrict target, const void *restrict source, size_t count, const void *scales,
                             const void *offsets);

enum convert_kind {
    WHOLE,    // one call for all elements
    REPEATS,  // the table repeats every `table` elements
    CHANNELS  // one call for each channel, which has `inner` elements
};

// The form in which a loop to a floating-point type reads its scales and offsets.
enum convert_form {
    SCALED,   // one scale, repeated eight times in floats, and no offset
    BLOCKED,  // tables of a block; a target of double has a single scale and offset in this form too, and never SCALED
    TABLED    // tables of the length of the row
};

struct converter {
    convert_loop loop;
    enum convert_kind kind;
    enum convert_form form;
    uint8_t source, target;
    size_t source_size, target_size;
    size_t period;  // elements after which scales repeat; SIZE_MAX if no loop uses it
    size_t table;
    size_t channels, inner;
    const void *scales, *offsets;
    union {
        float narrow[2][TABLE];
        double wide[2][TABLE];
    } own;
};

// Prepares a converter. It keeps pointers into itself and into the conversion, so neither may be moved.
void colonnade_prepare(struct converter *converter, const struct colonnade_conversion *conversion);

// Makes the converter bypass the caches when it writes, if it can and if that is faster for this number of rows and
// elements.
void colonnade_prefer_stream(struct converter *converter, const void *target, size_t rows, size_t elements);

// Converts one row.
void colonnade_run_converter(const struct converter *converter, void *restrict target, const void *restrict source,
                             size_t elements);

// Returns the loop from one data type to another. Integer targets have one loop, which reads no scales. `is_cast`: the
// scale is one.
convert_loop colonnade_find_loop_portable(uint8_t source, uint8_t target, enum convert_form form, bool is_cast);
#if defined(__x86_64__)
convert_loop colonnade_find_loop_avx2(uint8_t source, uint8_t target, enum convert_form form, bool is_cast);
// Returns the loop from bytes to floats by tables of a block, which writes multiples of eight to an aligned address.
convert_loop colonnade_find_stream_avx2(void);
#endif

#endif
