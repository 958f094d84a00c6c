// SPDX-License-Identifier: Apache-2.0

#include "fuzz_support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*try)(const uint8_t *bytes, size_t count));

static int arguments;
static char **argument;

// The system hands the command line to initialisers too.
__attribute__((constructor)) static void keep_arguments(int argc, char **argv) {
    arguments = argc;
    argument = argv;
}

void fuzz_run(int (*try)(const uint8_t *bytes, size_t count)) {
    exit(LLVMFuzzerRunDriver(&arguments, &argument, try));
}

static char path[128];

static void remove_file(void) { unlink(path); }

const char *fuzz_file(const void *bytes, size_t count, const char *ending) {
    if (path[0] == 0) {
        const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        snprintf(path, sizeof path, "%s/colonnade-fuzz-%d%s", folder, (int)getpid(), ending);
        atexit(remove_file);
    }
    int descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (descriptor < 0 || write(descriptor, bytes, count) != (ssize_t)count || close(descriptor) != 0) abort();
    return path;
}

static uint32_t crc32c(const uint8_t *bytes, size_t count) {
    static uint32_t table[256];
    if (table[1] == 0) {
        for (uint32_t n = 0; n < 256; n++) {
            uint32_t crc = n;
            for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
            table[n] = crc;
        }
    }
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < count; i++) crc = (crc >> 8) ^ table[(crc ^ bytes[i]) & 0xff];
    return ~crc;
}

static uint64_t load64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

static void seal(uint8_t *at, const uint8_t *bytes, size_t count) {
    uint32_t sum = crc32c(bytes, count);
    memcpy(at, &sum, 4);
}

const char *fuzz_repaired_file(const void *source, size_t count) {
    static const uint8_t magic[8] = {0x89, 'C', 'O', 'L', 'N', 0x0d, 0x0a, 0x1a};
    uint8_t *bytes = malloc(count + 1);
    if (count > 0) memcpy(bytes, source, count);
    if (count >= 128) {
        memcpy(bytes, magic, 8);
        seal(bytes + 60, bytes, 60);
        for (int slot = 64; slot <= 96; slot += 32) {
            uint8_t *at = bytes + slot;
            uint64_t end = load64(at + 8);
            if (load64(at) == 0 || end < 160 || end > count) continue;
            seal(at + 28, at, 28);
            uint8_t *trailer = bytes + end - 32;
            uint64_t length = load64(trailer + 8);
            memcpy(trailer + 24, "COLNFOOT", 8);
            if (length <= end - 160) seal(trailer + 16, trailer - length, length);
            seal(trailer + 20, trailer, 20);
        }
    }
    fuzz_file(bytes, count, ".colonnade");
    free(bytes);
    return path;
}
