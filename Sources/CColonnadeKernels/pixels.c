// SPDX-License-Identifier: Apache-2.0
// Turns pictures, and changes the channels of pixels.

#include "colonnade_pictures.h"
#include "cpu.h"

#include <math.h>
#include <string.h>

// Coordinates have the same bits on every CPU.
#pragma STDC FP_CONTRACT OFF

struct colonnade_direction colonnade_direction_of(double degrees) {
    static const struct colonnade_direction quarters[] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
    double rest = fmod(degrees, 360);
    if (rest < 0) rest += 360;
    double quarter = rest / 90;
    if (quarter == floor(quarter)) return quarters[(int)quarter % 4];
    double angle = rest * 3.14159265358979323846 / 180;
    struct colonnade_direction direction = {sin(angle), cos(angle)};
    return direction;
}

void colonnade_map_picture(const struct colonnade_picture *picture, struct colonnade_map map, size_t width,
                           size_t height, void *target) {
    char *to = target;
    size_t size = picture->pixel_bytes;
    double middle_x = (double)picture->width / 2 + map.x_shift, middle_y = (double)picture->height / 2 + map.y_shift;
    for (size_t row = 0; row < height; row++) {
        double down = (double)row + 0.5 - (double)height / 2;
        for (size_t column = 0; column < width; column++, to += size) {
            double across = (double)column + 0.5 - (double)width / 2;
            double x = floor(across * map.x_across + down * map.x_down + middle_x);
            double y = floor(down * map.y_down + across * map.y_across + middle_y);
            if (x >= 0 && y >= 0 && x < (double)picture->width && y < (double)picture->height) {
                memcpy(to, (const char *)picture->pixels + (size_t)y * picture->stride + (size_t)x * size, size);
            } else {
                memset(to, 0, size);
            }
        }
    }
}

void colonnade_weigh_channels(const uint8_t *pixels, size_t count, const uint32_t *weights, uint8_t *target) {
    uint32_t red = weights[0], green = weights[1], blue = weights[2];
    for (size_t i = 0; i < count; i++) {
        const uint8_t *pixel = pixels + 3 * i;
        target[i] = (uint8_t)((pixel[0] * red + pixel[1] * green + pixel[2] * blue) >> 16);
    }
}

// Elements of tensors are aligned to their size.
#define MOVE(SIZE, TYPE, TO, FROM)                                                \
    case SIZE: {                                                                  \
        const TYPE *from = source;                                                \
        TYPE *to = target;                                                        \
        for (size_t channel = 0; channel < channels; channel++) {                 \
            for (size_t i = 0; i < pixels; i++) to[TO] = from[FROM];              \
        }                                                                         \
        break;                                                                    \
    }
#define MOVE_ALL(TO, FROM)                 \
    switch (size) {                        \
        MOVE(1, uint8_t, TO, FROM)         \
        MOVE(2, uint16_t, TO, FROM)        \
        MOVE(4, uint32_t, TO, FROM)        \
        default:                           \
        MOVE(8, uint64_t, TO, FROM)        \
    }

#if defined(__x86_64__)
#define SHUFFLING __attribute__((target("ssse3")))
#else
#define SHUFFLING
#endif

typedef uint8_t u8x16 __attribute__((vector_size(16)));

// Moves the channels of 16 pixels of three bytes at a time. Returns the number of these pixels.
SHUFFLING static size_t split_three_bytes(const uint8_t *from, size_t pixels, uint8_t *to) {
    size_t i = 0;
    for (; i + 16 <= pixels; i += 16, from += 48) {
        u8x16 first, second, third;
        memcpy(&first, from, 16);
        memcpy(&second, from + 16, 16);
        memcpy(&third, from + 32, 16);
        const u8x16 red = __builtin_shufflevector(first, second, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
        const u8x16 green = __builtin_shufflevector(first, second, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
        const u8x16 blue = __builtin_shufflevector(first, second, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
        const u8x16 planes[3] = {
            __builtin_shufflevector(red, third, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29),
            __builtin_shufflevector(green, third, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30),
            __builtin_shufflevector(blue, third, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31),
        };
        for (size_t channel = 0; channel < 3; channel++) memcpy(to + channel * pixels + i, &planes[channel], 16);
    }
    return i;
}

static bool can_shuffle(void) {
#if defined(__x86_64__)
    return colonnade_cpu_level() >= CPU_SSE4;
#else
    return true;
#endif
}

void colonnade_split_channels(const void *source, size_t pixels, size_t channels, size_t size, void *target) {
    if (channels == 3 && size == 1 && can_shuffle()) {
        const uint8_t *from = source;
        uint8_t *to = target;
        for (size_t i = split_three_bytes(from, pixels, to); i < pixels; i++) {
            for (size_t channel = 0; channel < 3; channel++) to[channel * pixels + i] = from[i * 3 + channel];
        }
        return;
    }
    MOVE_ALL(channel * pixels + i, i * channels + channel)
}

void colonnade_join_channels(const void *source, size_t pixels, size_t channels, size_t size, void *target) {
    MOVE_ALL(i * channels + channel, channel * pixels + i)
}
