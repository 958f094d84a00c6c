// SPDX-License-Identifier: Apache-2.0
// Where the rows of a column lie in a mapped file. `layout.py` writes the text that this code reads: a line
// `column first_row rows offset stride size` for each segment of each column.

#ifndef LAYOUT_H
#define LAYOUT_H

#include "limit.h"

// All segments but the last have equally many rows, a power of two, so that a row is found without a search.
typedef struct {
    const uint8_t **segments;
    uint64_t exponent, mask, stride, size, count;
} Column;

static inline const uint8_t *row_at(const Column *column, uint64_t row) {
    return column->segments[row >> column->exponent] + (row & column->mask) * column->stride;
}

// Reads the lines of one column. Returns whether there are any.
static inline int read_column(const char *path, const char *name, Mapping file, Column *column) {
    FILE *text = fopen(path, "r");
    if (text == NULL) fail("cannot open", path);
    char found[256];
    unsigned long long first, rows, offset, stride, size;
    uint64_t segments = 0, ended = 0;
    *column = (Column){0};
    while (fscanf(text, "%255s %llu %llu %llu %llu %llu", found, &first, &rows, &offset, &stride, &size) == 6) {
        if (strcmp(found, name) != 0) continue;
        if (segments == 0) {
            while ((UINT64_C(1) << column->exponent) < rows) column->exponent++;
            column->mask = (UINT64_C(1) << column->exponent) - 1;
            column->stride = stride;
            column->size = size;
        }
        errno = 0;
        if (ended || stride != column->stride || first != segments << column->exponent) fail("unequal segments", name);
        if (offset + (rows - 1) * stride + size > file.length) fail("a row lies past the end of the file", name);
        ended = rows != UINT64_C(1) << column->exponent;
        column->segments = realloc(column->segments, (segments + 1) * sizeof *column->segments);
        if (column->segments == NULL) fail("cannot allocate", "memory");
        column->segments[segments++] = file.bytes + offset;
        column->count = first + rows;
    }
    fclose(text);
    return segments != 0;
}

#endif
