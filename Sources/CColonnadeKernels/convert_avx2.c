// SPDX-License-Identifier: Apache-2.0
// The loops for a CPU with AVX2 and F16C. FMA is not used: it rounds once where other CPUs round twice.

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,f16c")))
#define FIND colonnade_find_loop_avx2
#define USE_F16C
#include "convert_loops.h"

// Converts bytes to floats with stores that bypass the caches. Such a store does not read a line before it writes it:
// where the result is larger than the caches, the conversion takes 0.7 to 0.9 of the time. For a smaller result the
// next reader would wait for memory, and both together would take twice the time.
TARGET static void stream(void *restrict target, const void *restrict source, size_t count, const void *scales,
                          const void *offsets) {
    float *to = target;
    const char *from = source;
    const float *scale = scales, *offset = offsets;
    f32x8 s0 = READ(f32x8, scale), s1 = READ(f32x8, scale + 8), s2 = READ(f32x8, scale + 16);
    f32x8 o0 = READ(f32x8, offset), o1 = READ(f32x8, offset + 8), o2 = READ(f32x8, offset + 16);
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK) {
        _mm256_stream_ps(to + i, (__m256)(LOAD_U8(from + i) * s0 + o0));
        _mm256_stream_ps(to + i + 8, (__m256)(LOAD_U8(from + i + 8) * s1 + o1));
        _mm256_stream_ps(to + i + 16, (__m256)(LOAD_U8(from + i + 16) * s2 + o2));
    }
    if (count - i >= 8) _mm256_stream_ps(to + i, (__m256)(LOAD_U8(from + i) * s0 + o0));
    if (count - i >= 16) _mm256_stream_ps(to + i + 8, (__m256)(LOAD_U8(from + i + 8) * s1 + o1));
    // Orders the streaming stores before later stores, since another thread may be told next that the floats are ready.
    _mm_sfence();
}

convert_loop colonnade_find_stream_avx2(void) { return stream; }
#endif
