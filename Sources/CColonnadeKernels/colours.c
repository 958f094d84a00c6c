// SPDX-License-Identifier: Apache-2.0
// Changes the colours of pictures, by the definitions of torchvision's functions on tensors.

#include "colonnade_pictures.h"

#include <math.h>

// Every CPU gives the same bits.
#pragma STDC FP_CONTRACT OFF

static inline float bounded(float value, float most) { return value < 0 ? 0 : value > most ? most : value; }
static inline float grey(float red, float green, float blue) { return 0.2989f * red + 0.587f * green + 0.114f * blue; }

// Returns the mean of the grey values, which of bytes are bytes too.
static float mean_of_bytes(const uint8_t *pixels, size_t count, size_t channels) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++, pixels += channels) {
        sum += channels < 3 ? pixels[0] : (uint8_t)grey(pixels[0], pixels[1], pixels[2]);
    }
    return (float)((double)sum / (double)count);
}

static float mean_of_floats(const float *pixels, size_t count, size_t channels) {
    double sum = 0;
    for (size_t i = 0; i < count; i++, pixels += channels) {
        sum += (double)(channels < 3 ? pixels[0] : grey(pixels[0], pixels[1], pixels[2]));
    }
    return (float)(sum / (double)count);
}

// Moves the hue of a colour of numbers from 0 to 1 by a part of the circle.
static void move_hue(const float *from, float *to, float part) {
    float red = from[0], green = from[1], blue = from[2];
    float most = fmaxf(fmaxf(red, green), blue), least = fminf(fminf(red, green), blue);
    float range = most - least, divisor = most == least ? 1 : range;
    float saturation = range / (most == least ? 1 : most);
    float reds = (most - red) / divisor, greens = (most - green) / divisor, blues = (most - blue) / divisor;
    float hue = most == red ? blues - greens : most == green ? 2 + reds - blues : 4 + greens - reds;
    hue = fmodf(hue / 6 + 1, 1) + part;
    hue -= floorf(hue);
    float sixth = floorf(hue * 6), rest = hue * 6 - sixth;
    float p = bounded(most * (1 - saturation), 1), q = bounded(most * (1 - saturation * rest), 1);
    float t = bounded(most * (1 - saturation * (1 - rest)), 1);
    // Of NaN there is no sixth.
    switch (sixth >= 0 && sixth < 6 ? (int)sixth : 0) {
        case 0: to[0] = most, to[1] = t, to[2] = p; break;
        case 1: to[0] = q, to[1] = most, to[2] = p; break;
        case 2: to[0] = p, to[1] = most, to[2] = t; break;
        case 3: to[0] = p, to[1] = q, to[2] = most; break;
        case 4: to[0] = t, to[1] = p, to[2] = most; break;
        default: to[0] = most, to[1] = p, to[2] = q; break;
    }
}

#define BLEND(TYPE, MOST, GREY, MEAN)                                                                    \
    const TYPE *from = source;                                                                           \
    TYPE *to = target;                                                                                   \
    float other = 0;                                                                                     \
    if (what == COLONNADE_CONTRAST) other = MEAN(from, count, channels) * rest;                          \
    if (what == COLONNADE_SATURATION) {                                                                  \
        for (size_t i = 0; i < count; i++, from += channels, to += channels) {                           \
            other = (float)(GREY)grey(from[0], from[1], from[2]) * rest;                                 \
            for (size_t c = 0; c < 3; c++) to[c] = (TYPE)bounded((float)from[c] * factor + other, MOST); \
        }                                                                                                \
        return;                                                                                          \
    }                                                                                                    \
    for (size_t i = 0; i < count * channels; i++) to[i] = (TYPE)bounded((float)from[i] * factor + other, MOST);

static void adjust_bytes(enum colonnade_adjustment what, float factor, float rest, const void *source, size_t count,
                         size_t channels, void *target) {
    BLEND(uint8_t, 255, uint8_t, mean_of_bytes)
}

static void adjust_floats(enum colonnade_adjustment what, float factor, float rest, const void *source, size_t count,
                          size_t channels, void *target) {
    BLEND(float, 1, float, mean_of_floats)
}

static void move_hues(float part, bool is_float, const void *source, size_t count, void *target) {
    const float *floats = source;
    const uint8_t *bytes = source;
    for (size_t i = 0; i < count; i++) {
        if (is_float) {
            move_hue(floats + 3 * i, (float *)target + 3 * i, part);
            continue;
        }
        float colour[3];
        for (size_t c = 0; c < 3; c++) colour[c] = (float)bytes[3 * i + c] / 255;
        move_hue(colour, colour, part);
        for (size_t c = 0; c < 3; c++) ((uint8_t *)target)[3 * i + c] = (uint8_t)(colour[c] * 255.999f);
    }
}

void colonnade_adjust(enum colonnade_adjustment what, float factor, float rest, bool is_float, const void *source,
                      size_t count, size_t channels, void *target) {
    if (what == COLONNADE_HUE) move_hues(factor, is_float, source, count, target);
    else if (is_float) adjust_floats(what, factor, rest, source, count, channels, target);
    else adjust_bytes(what, factor, rest, source, count, channels, target);
}
