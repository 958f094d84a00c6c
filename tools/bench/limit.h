// SPDX-License-Identifier: Apache-2.0
// Shared code of the limit programs: options, clock, a mapped file.

#ifndef LIMIT_H
#define LIMIT_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static inline _Noreturn void fail(const char *what, const char *name) {
    fprintf(stderr, "%s: %s%s%s\n", what, name, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static inline double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// Returns the value of `--name VALUE`, or `otherwise` without that option; exits with an error if `otherwise` is NULL.
static inline const char *option(int count, char **arguments, const char *name, const char *otherwise) {
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(arguments[i], name) == 0) return arguments[i + 1];
    }
    if (otherwise == NULL) fail("missing option", name);
    return otherwise;
}

static inline uint64_t number(int count, char **arguments, const char *name, const char *otherwise) {
    const char *text = option(count, arguments, name, otherwise);
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != 0) fail("not a number", name);
    return value;
}

typedef struct {
    const uint8_t *bytes;
    uint64_t length;
} Mapping;

static inline Mapping map_file(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) fail("cannot open", path);
    errno = 0;
    if (status.st_size == 0) fail("empty file", path);
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (bytes == MAP_FAILED) fail("cannot map", path);
    close(file);
    return (Mapping){bytes, (uint64_t)status.st_size};
}

// Reads every page once, so that no timed loop waits for the disk or takes a page fault.
static inline void warm(Mapping mapping) {
    uint64_t sum = 0;
    for (uint64_t at = 0; at < mapping.length; at += 4096) sum += mapping.bytes[at];
    __asm__ volatile("" : : "r"(sum));
}

#endif
