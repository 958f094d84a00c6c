// SPDX-License-Identifier: Apache-2.0
// The loops of a change of size in C. A file for one instruction set includes this one after it has defined TARGET, the
// attribute of its functions.

#include "resize.h"

#include <string.h>

// Rounds a product before the sum, even if one instruction can do both.
#pragma STDC FP_CONTRACT OFF

typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef uint8_t u8x4 __attribute__((vector_size(4)));
typedef float f32x4 __attribute__((vector_size(16)));
typedef float f32x8 __attribute__((vector_size(32)));

static inline uint8_t clip(int32_t sum) {
    int32_t value = sum >> WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

// One or two channels.
#define ACROSS_SCALARS(CHANNELS)                                                                           \
    TARGET static void across_bytes_##CHANNELS(const void *const *from, void *const *to, const struct axis *axis,  \
                                               size_t channels) {                                          \
        (void)channels;                                                                                    \
        for (size_t row = 0; row < ROWS; row++) {                                                          \
            const int32_t *weights = axis->weights.bytes;                                                  \
            uint8_t *out = to[row];                                                                        \
            for (size_t x = 0; x < axis->count; x++, weights += axis->most) {                              \
                const uint8_t *in = (const uint8_t *)from[row] + (size_t)axis->first[x] * CHANNELS;        \
                int32_t sums[CHANNELS];                                                                    \
                for (int c = 0; c < CHANNELS; c++) sums[c] = 1 << (WEIGHT_BITS - 1);                       \
                for (size_t i = 0; i < axis->length[x]; i++) {                                             \
                    for (int c = 0; c < CHANNELS; c++) sums[c] += in[i * CHANNELS + (size_t)c] * weights[i]; \
                }                                                                                          \
                for (int c = 0; c < CHANNELS; c++) *out++ = clip(sums[c]);                                 \
            }                                                                                              \
        }                                                                                                  \
    }                                                                                                      \
    TARGET static void across_floats_##CHANNELS(const void *const *from, void *const *to, const struct axis *axis, \
                                                size_t channels) {                                         \
        (void)channels;                                                                                    \
        for (size_t row = 0; row < ROWS; row++) {                                                          \
            const float *weights = axis->weights.floats;                                                   \
            float *out = to[row];                                                                          \
            for (size_t x = 0; x < axis->count; x++, weights += axis->most) {                              \
                const float *in = (const float *)from[row] + (size_t)axis->first[x] * CHANNELS;            \
                float sums[CHANNELS] = {0};                                                                \
                for (size_t i = 0; i < axis->length[x]; i++) {                                             \
                    for (int c = 0; c < CHANNELS; c++) sums[c] += in[i * CHANNELS + (size_t)c] * weights[i]; \
                }                                                                                          \
                for (int c = 0; c < CHANNELS; c++) *out++ = sums[c];                                       \
            }                                                                                              \
        }                                                                                                  \
    }

ACROSS_SCALARS(1)
ACROSS_SCALARS(2)

// Three or four channels in a vector of four. Of three, the fourth is part of the next pixel, which is written later, or
// of the slack.
__attribute__((unused)) TARGET static void across_bytes_wide(const void *const *from, void *const *to,
                                                             const struct axis *axis, size_t channels) {
    for (size_t row = 0; row < ROWS; row++) {
        const int32_t *weights = axis->weights.bytes;
        uint8_t *out = to[row];
        for (size_t x = 0; x < axis->count; x++, weights += axis->most, out += channels) {
            const uint8_t *in = (const uint8_t *)from[row] + axis->first[x] * channels;
            i32x4 sums = {1 << (WEIGHT_BITS - 1), 1 << (WEIGHT_BITS - 1), 1 << (WEIGHT_BITS - 1), 1 << (WEIGHT_BITS - 1)};
            for (size_t i = 0; i < axis->length[x]; i++, in += channels) {
                u8x4 pixel;
                memcpy(&pixel, in, 4);
                sums += __builtin_convertvector(pixel, i32x4) * weights[i];
            }
            for (int c = 0; c < 4; c++) out[c] = clip(sums[c]);
        }
    }
}

TARGET static void across_floats_wide(const void *const *from, void *const *to, const struct axis *axis,
                                      size_t channels) {
    for (size_t row = 0; row < ROWS; row++) {
        const float *weights = axis->weights.floats;
        float *out = to[row];
        for (size_t x = 0; x < axis->count; x++, weights += axis->most, out += channels) {
            const float *in = (const float *)from[row] + axis->first[x] * channels;
            f32x4 sums = {0};
            for (size_t i = 0; i < axis->length[x]; i++, in += channels) {
                f32x4 pixel;
                memcpy(&pixel, in, sizeof pixel);
                sums += pixel * weights[i];
            }
            memcpy(out, &sums, sizeof sums);
        }
    }
}

TARGET static void down_bytes(const void *const *from, void *to, const struct axis *axis, size_t index,
                              size_t elements) {
    enum { BLOCK = 32 };
    const int32_t *weights = axis->weights.bytes + index * axis->most;
    size_t length = axis->length[index];
    uint8_t *out = to;
    for (size_t at = 0; at < elements; at += BLOCK) {
        int32_t sums[BLOCK];
        size_t count = elements - at < BLOCK ? elements - at : BLOCK;
        for (size_t i = 0; i < BLOCK; i++) sums[i] = 1 << (WEIGHT_BITS - 1);
        for (size_t row = 0; row < length; row++) {
            const uint8_t *in = (const uint8_t *)from[row] + at;
            int32_t weight = weights[row];
            if (count == BLOCK) {
                for (size_t i = 0; i < BLOCK; i++) sums[i] += in[i] * weight;
            } else {
                for (size_t i = 0; i < count; i++) sums[i] += in[i] * weight;
            }
        }
        for (size_t i = 0; i < count; i++) out[at + i] = clip(sums[i]);
    }
}

TARGET static void down_floats(const void *const *from, void *to, const struct axis *axis, size_t index,
                               size_t elements) {
    const float *weights = axis->weights.floats + index * axis->most;
    size_t length = axis->length[index], at = 0;
    float *out = to;
    for (; at + 16 <= elements; at += 16) {
        f32x8 low = {0}, high = {0};
        for (size_t row = 0; row < length; row++) {
            const float *in = (const float *)from[row] + at;
            f32x8 a, b;
            memcpy(&a, in, sizeof a);
            memcpy(&b, in + 8, sizeof b);
            low += a * weights[row];
            high += b * weights[row];
        }
        memcpy(out + at, &low, sizeof low);
        memcpy(out + at + 8, &high, sizeof high);
    }
    for (; at < elements; at++) {
        float sum = 0;
        for (size_t row = 0; row < length; row++) sum += ((const float *)from[row])[at] * weights[row];
        out[at] = sum;
    }
}
