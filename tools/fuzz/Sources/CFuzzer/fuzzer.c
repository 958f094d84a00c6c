// SPDX-License-Identifier: Apache-2.0

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "CFuzzer.h"

int LLVMFuzzerRunDriver(int *count, char ***arguments, FuzzRun run);

void fuzz_main(int count, char **arguments, FuzzRun run) { exit(LLVMFuzzerRunDriver(&count, &arguments, run)); }

int fuzz_write_file(const char *path, const void *bytes, size_t count) {
    // Creates a new file each time, since a mapping of the previous one may still be read.
    unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return -1;
    ssize_t written = count == 0 ? 0 : write(file, bytes, count);
    return close(file) == 0 && written == (ssize_t)count ? 0 : -1;
}

int fuzz_make_folder(const char *path) { return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1; }
