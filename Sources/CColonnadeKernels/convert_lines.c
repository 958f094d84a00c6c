// SPDX-License-Identifier: Apache-2.0
// Converts rows of bytes to floats line by line, and between two lines it requests a line of a later row to be read, and
// those of the target to be written: see copy_lines.c. A loop that requests complete rows and converts eight floats at a
// time is slower: relative to it, converting images of 784 bytes from the third-level cache takes 0.75 of the time with
// AVX-512, and 0.85 with AVX2.

#include "convert_lines.h"
#include "copy.h"

#if defined(__x86_64__)
#include "cpu.h"
#include "scalars.h"

// The distance in bytes at which the target's lines are requested.
#define TARGET_AHEAD 1024

// Defines the loop for `LANES` floats at a time. The last ones of a row are converted again together with floats before
// them. CPUs without the instruction that requests a line for writing ignore it.
#define CONVERT_LINES(NAME, LANES, FEATURES)                                                                         \
    typedef uint8_t NAME##_bytes __attribute__((vector_size(LANES), aligned(1), may_alias));                         \
    typedef float NAME##_floats __attribute__((vector_size(LANES * 4), aligned(1), may_alias));                      \
    __attribute__((target(FEATURES))) static void NAME(char *restrict to, const char *const *rows, size_t count,     \
                                                       size_t known, size_t ahead, size_t size, float scale) {       \
        for (size_t row = 0; row < count; row++, to += size * 4) {                                                   \
            const char *from = rows[row], *later = row + ahead < known ? rows[row + ahead] : from;                   \
            const char *line = (const char *)((uintptr_t)later & ~(uintptr_t)(LINE - 1));                            \
            size_t at = 0;                                                                                           \
            for (; at + LINE <= size; at += LINE) {                                                                  \
                __builtin_prefetch(line + at, 0, 2);                                                                 \
                for (size_t i = 0; i < 4; i++) {                                                                     \
                    __builtin_prefetch(to + at * 4 + i * LINE + TARGET_AHEAD, 1, 2);                                 \
                }                                                                                                    \
                for (size_t i = at; i < at + LINE; i += LANES) {                                                     \
                    *(NAME##_floats *)(to + i * 4) =                                                                 \
                        __builtin_convertvector(*(const NAME##_bytes *)(from + i), NAME##_floats) * scale;           \
                }                                                                                                    \
            }                                                                                                        \
            for (const char *next = line + at; next < later + size; next += LINE) __builtin_prefetch(next, 0, 2);    \
            for (; at < size; at += LANES) {                                                                         \
                at = size - at < LANES ? size - LANES : at;                                                          \
                *(NAME##_floats *)(to + at * 4) =                                                                    \
                    __builtin_convertvector(*(const NAME##_bytes *)(from + at), NAME##_floats) * scale;              \
            }                                                                                                        \
        }                                                                                                            \
    }

CONVERT_LINES(convert_avx2, 8, "avx2,prfchw")
CONVERT_LINES(convert_avx512, 16, "avx512f,avx512bw,avx512dq,avx512vl,prfchw")

bool colonnade_can_convert_lines(const struct converter *converter) {
    bool is_byte = converter->source == U8 && converter->target == F32;
    return is_byte && converter->form == SCALED && colonnade_cpu_level() >= CPU_AVX2;
}

void colonnade_convert_lines(const struct converter *converter, char *target, const char *const *rows, size_t count,
                             size_t known, size_t ahead, size_t size) {
    float scale;
    memcpy(&scale, converter->scales, sizeof scale);
    bool is_wide = colonnade_cpu_level() >= CPU_AVX512;
    (is_wide ? convert_avx512 : convert_avx2)(target, rows, count, known, ahead, size, scale);
}
#else
bool colonnade_can_convert_lines(const struct converter *converter) {
    (void)converter;
    return false;
}

void colonnade_convert_lines(const struct converter *converter, char *target, const char *const *rows, size_t count,
                             size_t known, size_t ahead, size_t size) {
    (void)known, (void)ahead;
    size_t step = size * converter->target_size;
    for (size_t row = 0; row < count; row++) {
        colonnade_run_converter(converter, target + row * step, rows[row], size);
    }
}
#endif
