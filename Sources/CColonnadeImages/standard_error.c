// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

// The archive of libpng uses `stderr` in a way that is possible in programs only. For shared libraries, tools/native.py makes a copy of
// the archive that uses this variable instead.
FILE *colonnade_standard_error;

__attribute__((constructor)) static void begin(void) { colonnade_standard_error = stderr; }
