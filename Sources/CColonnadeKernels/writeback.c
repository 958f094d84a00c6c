// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "colonnade_kernels.h"

#include <fcntl.h>
#if defined(__linux__)
#include <sys/xattr.h>
#endif

void colonnade_begin_writeback(int descriptor, int64_t offset, int64_t count) {
#if defined(__linux__)
    (void)sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
#else
    (void)descriptor, (void)offset, (void)count;
#endif
}

void colonnade_release_pages(int descriptor, int64_t offset, int64_t count) {
#if defined(__linux__)
    (void)posix_fadvise(descriptor, offset, count, POSIX_FADV_DONTNEED);
#else
    (void)descriptor, (void)offset, (void)count;
#endif
}

int colonnade_has_access_list(int descriptor) {
#if defined(__linux__)
    return fgetxattr(descriptor, "system.posix_acl_access", NULL, 0) > 0;
#else
    (void)descriptor;
    return 0;
#endif
}
