// SPDX-License-Identifier: Apache-2.0
// The loops that C does better than Swift: checksums, conversions, sums. Each picks the best instructions of the CPU it
// runs on, once; no build flag is needed.

#ifndef COLONNADE_KERNELS_H
#define COLONNADE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// CRC-32C (Castagnoli) of `length` bytes, going on from `crc` (0 to begin).
uint32_t colonnade_crc32c(uint32_t crc, const void *_Nonnull bytes, size_t length);

// The same without special instructions, so that tests can compare the two.
uint32_t colonnade_crc32c_portable(uint32_t crc, const void *_Nonnull bytes, size_t length);

// Asks the system to begin writing these bytes of a file to the disk. A hint; Swift does not see the call it makes.
void colonnade_begin_writeback(int descriptor, int64_t offset, int64_t count);

#endif
