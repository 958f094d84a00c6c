// SPDX-License-Identifier: Apache-2.0

#ifndef FUZZ_SUPPORT_H
#define FUZZ_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

// Gives the fuzzer's command line and `try` to its driver, and ends the process when it does. (SwiftPM makes the program's
// own `main` the one that starts, and not the fuzzer's.)
_Noreturn void fuzz_run(int (*_Nonnull try)(const uint8_t *_Nullable bytes, size_t count));

// Writes the bytes to a file of this process, in memory where the system has such a folder, and returns its path. `ending`
// is put behind the name.
const char *_Nonnull fuzz_file(const void *_Nullable bytes, size_t count, const char *_Nonnull ending);

// The same, with every checksum of the metadata of a Colonnade file made right first, so that what lies behind them is
// reached.
const char *_Nonnull fuzz_repaired_file(const void *_Nullable bytes, size_t count);

#endif
