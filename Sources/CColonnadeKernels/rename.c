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

// The flags of Linux and of Apple's systems.
enum { LINUX_NOREPLACE = 1, LINUX_EXCHANGE = 2 };
#if defined(__APPLE__)
enum { APPLE_NOREPLACE = RENAME_EXCL, APPLE_EXCHANGE = RENAME_SWAP };
#else
enum { APPLE_NOREPLACE, APPLE_EXCHANGE };
#endif

static int rename_with(const char *source, const char *target, unsigned linux_flag, unsigned apple_flag) {
#if defined(__linux__)
    (void)apple_flag;
    // Some C libraries have no function for this call.
    return (int)syscall(SYS_renameat2, AT_FDCWD, source, AT_FDCWD, target, linux_flag);
#elif defined(__APPLE__)
    (void)linux_flag;
    return renamex_np(source, target, apple_flag);
#else
    (void)source, (void)target, (void)linux_flag, (void)apple_flag;
    errno = ENOSYS;
    return -1;
#endif
}

int colonnade_rename_without_replacing(const char *source, const char *target) {
    return rename_with(source, target, LINUX_NOREPLACE, APPLE_NOREPLACE);
}

int colonnade_exchange_names(const char *first, const char *second) {
    return rename_with(first, second, LINUX_EXCHANGE, APPLE_EXCHANGE);
}
