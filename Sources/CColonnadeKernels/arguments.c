// SPDX-License-Identifier: Apache-2.0

#include "colonnade_kernels.h"

// Remembers the arguments of the process. Swift reads them from /proc, which a container may lack; the loaders of glibc
// and of Darwin pass them to each constructor. The loader of musl does not, and there the caller must use Swift's.
#if defined(__GLIBC__) || defined(__APPLE__)
static int count;
static const char *const *arguments;

__attribute__((constructor)) static void note(int argc, const char *const *argv) {
    count = argc;
    arguments = argv;
}

int colonnade_argument_count(void) { return count; }
const char *colonnade_argument(int index) { return index >= 0 && index < count ? arguments[index] : 0; }
#else
int colonnade_argument_count(void) { return 0; }
const char *colonnade_argument(int index) {
    (void)index;
    return 0;
}
#endif
