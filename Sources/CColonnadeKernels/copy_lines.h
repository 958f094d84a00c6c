// SPDX-License-Identifier: Apache-2.0
// Copies rows of a few hundred bytes while later rows are prefetched.

#ifndef COLONNADE_COPY_LINES_H
#define COLONNADE_COPY_LINES_H

#include <stdbool.h>
#include <stddef.h>

// The sizes, in bytes, of rows that are copied in this way. Larger rows are copied faster by `memcpy` after a request
// for the complete row, since the hardware fetches their lines in order.
#define LEAST_LINES 64
#define MOST_LINES 1024

// Returns whether this CPU has the instructions for `colonnade_copy_lines`.
bool colonnade_can_copy_lines(void);

// Copies `count` rows of `size` bytes, which do not overlap `target`, to consecutive rows. `rows` has `known`
// addresses: while row i is copied, the lines of row i + `ahead` are prefetched if that is below `known`.
void colonnade_copy_lines(char *target, const char *const *rows, size_t count, size_t known, size_t ahead,
                          size_t size);

#endif
