// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "colonnade_kernels.h"

#include <errno.h>
#include <stdio.h>
#if defined(__linux__)
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

int colonnade_rename_without_replacing(const char *source, const char *target) {
#if defined(__linux__)
    // Some C libraries have no function for this call. The flag is RENAME_NOREPLACE.
    return (int)syscall(SYS_renameat2, AT_FDCWD, source, AT_FDCWD, target, 1);
#elif defined(__APPLE__)
    return renamex_np(source, target, RENAME_EXCL);
#else
    (void)source, (void)target;
    errno = ENOSYS;
    return -1;
#endif
}
