// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "colonnade_kernels.h"

#include <fcntl.h>

void colonnade_begin_writeback(int descriptor, int64_t offset, int64_t count) {
#if defined(__linux__)
    (void)sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
#else
    (void)descriptor, (void)offset, (void)count;
#endif
}
