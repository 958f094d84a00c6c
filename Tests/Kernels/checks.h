// SPDX-License-Identifier: Apache-2.0
// What the checks of one kind of kernels share with the others.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Returns a number of the program's sequence.
uint64_t next(void);
// Fills memory with numbers of the sequence.
void fill(void *bytes, size_t count);
// Ends the program with a message that names two numbers, unless the condition holds.
void expect(bool holds, const char *what, size_t first, size_t second);

void check_pictures(void);
