// SPDX-License-Identifier: Apache-2.0
// Opens files of a folder whose names are not trusted.

#define _GNU_SOURCE
#include "colonnade_kernels.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// A folder that is only a part of a path need not be readable.
#if defined(O_PATH)
#define PASS (O_PATH | O_DIRECTORY | O_CLOEXEC)
#elif defined(O_SEARCH)
#define PASS (O_SEARCH | O_DIRECTORY | O_CLOEXEC)
#else
#define PASS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#endif

enum { LONGEST_NAME = 255 };

int colonnade_open_inside(const char *folder, const char *path) {
    int at = open(folder, PASS);
    while (at >= 0) {
        const char *slash = strchr(path, '/');
        const size_t length = slash ? (size_t)(slash - path) : strlen(path);
        char name[LONGEST_NAME + 1];
        int next = -1;
        if (length > LONGEST_NAME) {
            errno = ENAMETOOLONG;
        } else {
            memcpy(name, path, length);
            name[length] = 0;
            if (length == 0 || strcmp(name, "..") == 0) errno = ELOOP;
            else next = openat(at, name, (slash ? PASS : O_RDONLY | O_NONBLOCK | O_CLOEXEC) | O_NOFOLLOW);
        }
        const int code = errno;
        close(at);
        errno = code;
        if (!slash) return next;
        at = next;
        path = slash + 1;
    }
    return -1;
}
