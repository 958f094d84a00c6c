// SPDX-License-Identifier: Apache-2.0
// Converts rows of a few hundred bytes while later rows are prefetched.

#ifndef COLONNADE_CONVERT_LINES_H
#define COLONNADE_CONVERT_LINES_H

#include "convert.h"

// Returns whether this CPU has the instructions to convert rows in this way, and the conversion is that of bytes to
// floats by one scale.
bool colonnade_can_convert_lines(const struct converter *converter);

// Converts `count` rows of `size` bytes, at least `LEAST_LINES`, which do not overlap `target`, to consecutive rows.
// `rows` has `known` addresses: while row i is converted, the lines of row i + `ahead` are prefetched if that is below
// `known`.
void colonnade_convert_lines(const struct converter *converter, char *target, const char *const *rows, size_t count,
                             size_t known, size_t ahead, size_t size);

#endif
