// SPDX-License-Identifier: Apache-2.0
// libFuzzer as a library. The package manager gives a program its own `main`, so libFuzzer's cannot be used.

#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

typedef int (*FuzzRun)(const uint8_t *_Nullable bytes, size_t count);

// Runs libFuzzer with these arguments of the command line, and ends the process.
_Noreturn void fuzz_main(int count, char *_Nullable *_Nonnull arguments, FuzzRun _Nonnull run);

// Writes the bytes to a file at `path`. Returns 0, or -1 with errno.
int fuzz_write_file(const char *_Nonnull path, const void *_Nullable bytes, size_t count);

// Makes a folder at `path`, unless there is one. Returns 0, or -1 with errno.
int fuzz_make_folder(const char *_Nonnull path);

#endif
