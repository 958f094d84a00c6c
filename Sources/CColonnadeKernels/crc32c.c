// SPDX-License-Identifier: Apache-2.0
// CRC-32C. The crc32 instruction takes three cycles and can start every cycle, so the loop sums three stretches at
// once. A table that advances a checksum over a stretch of zeros joins them (Gopal et al., Intel, 2011).

#include "colonnade_kernels.h"
#include "cpu.h"

#include <pthread.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78u  // reversed
// Long stretches cost least per byte; short ones cover the remainder.
#define LONG 4096
#define SHORT 256

static uint32_t table[8][256];
// Tables that advance a checksum over that many zero bytes, one table per byte of the checksum.
static uint32_t skip_long[4][256], skip_short[4][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill_skip(uint32_t skip[4][256], int stretch) {
    // The checksum is linear, so advancing each bit by itself is enough.
    uint32_t bits[32];
    for (int bit = 0; bit < 32; bit++) {
        uint32_t crc = 1u << bit;
        for (int k = 0; k < stretch; k++) crc = (crc >> 8) ^ table[0][crc & 0xff];
        bits[bit] = crc;
    }
    for (int byte = 0; byte < 4; byte++) {
        for (uint32_t n = 0; n < 256; n++) {
            uint32_t crc = 0;
            for (int bit = 0; bit < 8; bit++) {
                if (n >> bit & 1) crc ^= bits[byte * 8 + bit];
            }
            skip[byte][n] = crc;
        }
    }
}

static void fill_tables(void) {
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t crc = n;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
        table[0][n] = crc;
    }
    for (uint32_t n = 0; n < 256; n++) {
        for (int k = 1; k < 8; k++) table[k][n] = (table[k - 1][n] >> 8) ^ table[0][table[k - 1][n] & 0xff];
    }
    fill_skip(skip_long, LONG);
    fill_skip(skip_short, SHORT);
}

static uint64_t load64(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return word;
}

static uint32_t portable(uint32_t crc, const uint8_t *bytes, size_t length) {
    crc = ~crc;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word = load64(bytes) ^ crc;
        crc = table[7][word & 0xff] ^ table[6][word >> 8 & 0xff] ^ table[5][word >> 16 & 0xff] ^
              table[4][word >> 24 & 0xff] ^ table[3][word >> 32 & 0xff] ^ table[2][word >> 40 & 0xff] ^
              table[1][word >> 48 & 0xff] ^ table[0][word >> 56];
    }
#endif
    for (; length > 0; bytes++, length--) crc = (crc >> 8) ^ table[0][(crc ^ *bytes) & 0xff];
    return ~crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>
#define HARDWARE __attribute__((target("sse4.2")))
#define STEP8(crc, word) ((uint32_t)_mm_crc32_u64(crc, word))
#define STEP1(crc, byte) _mm_crc32_u8(crc, byte)
#elif defined(__aarch64__) && (defined(__APPLE__) || defined(__ARM_FEATURE_CRC32))
#include <arm_acle.h>
#define HARDWARE __attribute__((target("crc")))
#define STEP8(crc, word) __crc32cd(crc, word)
#define STEP1(crc, byte) __crc32cb(crc, byte)
#endif

#ifdef HARDWARE
static inline uint32_t skipped(uint32_t crc, const uint32_t skip[4][256]) {
    return skip[0][crc & 0xff] ^ skip[1][crc >> 8 & 0xff] ^ skip[2][crc >> 16 & 0xff] ^ skip[3][crc >> 24];
}

// Sums three stretches and prefetches the next ones. The CPU's own prefetching loses a stream at each page; these
// requests double the speed from memory.
#define THREE_AT_ONCE(STRETCH, SKIP)                                          \
    for (; length >= 3 * STRETCH; bytes += 3 * STRETCH, length -= 3 * STRETCH) { \
        uint32_t second = 0, third = 0;                                       \
        for (size_t line = 0; line < STRETCH; line += 64) {                   \
            __builtin_prefetch(bytes + line + 3 * LONG);                      \
            __builtin_prefetch(bytes + line + STRETCH + 3 * LONG);            \
            __builtin_prefetch(bytes + line + 2 * STRETCH + 3 * LONG);        \
            for (size_t at = line; at < line + 64; at += 8) {                 \
                crc = STEP8(crc, load64(bytes + at));                         \
                second = STEP8(second, load64(bytes + at + STRETCH));         \
                third = STEP8(third, load64(bytes + at + 2 * STRETCH));       \
            }                                                                 \
        }                                                                     \
        crc = skipped(skipped(crc, SKIP) ^ second, SKIP) ^ third;             \
    }

HARDWARE static uint32_t hardware(uint32_t crc, const uint8_t *bytes, size_t length) {
    crc = ~crc;
    THREE_AT_ONCE(LONG, skip_long)
    THREE_AT_ONCE(SHORT, skip_short)
    for (; length >= 8; bytes += 8, length -= 8) crc = STEP8(crc, load64(bytes));
    for (; length > 0; bytes++, length--) crc = STEP1(crc, *bytes);
    return ~crc;
}
#endif

uint32_t colonnade_crc32c_portable(uint32_t crc, const void *bytes, size_t length) {
    pthread_once(&once, fill_tables);
    return portable(crc, bytes, length);
}

uint32_t colonnade_crc32c(uint32_t crc, const void *bytes, size_t length) {
    pthread_once(&once, fill_tables);
#ifdef HARDWARE
    if (colonnade_cpu_level() > CPU_PORTABLE) return hardware(crc, bytes, length);
#endif
    return portable(crc, bytes, length);
}
