// SPDX-License-Identifier: Apache-2.0
// Replaces the bytes of pictures by tables, and sharpens pictures, by the definitions of torchvision's functions on tensors.

#include "colonnade_pictures.h"

#include <string.h>

// Every CPU gives the same bits.
#pragma STDC FP_CONTRACT OFF

// A byte for each byte.
typedef uint8_t table[256];

static void count_bytes(const uint8_t *source, size_t count, size_t channels, uint64_t counts[256]) {
    memset(counts, 0, 256 * sizeof *counts);
    for (size_t i = 0; i < count; i++) counts[source[i * channels]]++;
}

// Stretches the range of the bytes to 0 … 255, unless there is only one.
static void stretch(const uint64_t counts[256], table made) {
    size_t least = 0, most = 255;
    while (least < 255 && counts[least] == 0) least++;
    while (most > least && counts[most] == 0) most--;
    float scale = most > least ? 255.0f / (float)(most - least) : 1;
    float start = most > least ? (float)least : 0;
    for (size_t value = 0; value < 256; value++) {
        float stretched = ((float)value - start) * scale;
        made[value] = (uint8_t)(stretched < 0 ? 0 : stretched > 255 ? 255 : stretched);
    }
}

// Makes the bytes about equally frequent.
static void equalize(const uint64_t counts[256], table made) {
    uint64_t sum = 0, last = 0;
    for (size_t value = 0; value < 256; value++) {
        sum += counts[value];
        if (counts[value] > 0) last = counts[value];
    }
    uint64_t step = (sum - last) / 255, below = 0;
    for (size_t value = 0; value < 256; value++) {
        uint64_t equal = step == 0 ? value : (below + step / 2) / step;
        made[value] = (uint8_t)(equal > 255 ? 255 : equal);
        below += counts[value];
    }
}

void colonnade_change_tones(enum colonnade_tones what, float argument, const uint8_t *source, size_t count,
                            size_t channels, uint8_t *target) {
    for (size_t channel = 0; channel < channels; channel++) {
        table made;
        uint64_t counts[256];
        switch (what) {
            case COLONNADE_POSTERIZE:
                for (unsigned value = 0; value < 256; value++) made[value] = (uint8_t)(value & (0xFF00u >> (int)argument));
                break;
            case COLONNADE_SOLARIZE:
                for (unsigned value = 0; value < 256; value++) {
                    made[value] = (uint8_t)((float)value >= argument ? 255 - value : value);
                }
                break;
            case COLONNADE_AUTOCONTRAST:
                count_bytes(source + channel, count, channels, counts);
                stretch(counts, made);
                break;
            case COLONNADE_EQUALIZE:
                count_bytes(source + channel, count, channels, counts);
                equalize(counts, made);
                break;
        }
        for (size_t i = channel; i < count * channels; i += channels) target[i] = made[source[i]];
    }
}

// Blends a byte with another one, and cuts the result to a whole number.
static inline uint8_t blend(uint8_t byte, float factor, unsigned other, float rest) {
    float value = (float)byte * factor + (float)other * rest;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void colonnade_sharpen(const uint8_t *source, size_t width, size_t height, size_t channels, float factor,
                       float rest, uint8_t *target) {
    size_t row = width * channels;
    if (width <= 2 || height <= 2) {
        memcpy(target, source, row * height);
        return;
    }
    // The outermost pixels have no blur, and are blended with themselves: the rounding of the products may make them less by 1.
    uint8_t still[256];
    for (unsigned value = 0; value < 256; value++) still[value] = blend((uint8_t)value, factor, value, rest);
    for (size_t x = 0; x < row; x++) {
        target[x] = still[source[x]];
        target[(height - 1) * row + x] = still[source[(height - 1) * row + x]];
    }
    for (size_t y = 1; y + 1 < height; y++) {
        const uint8_t *line = source + y * row;
        for (size_t x = 0; x < channels; x++) {
            target[y * row + x] = still[line[x]];
            target[(y + 1) * row - 1 - x] = still[line[row - 1 - x]];
        }
        for (size_t x = channels; x < row - channels; x++) {
            const uint8_t *at = line + x;
            unsigned sum = 4u * at[0];
            for (size_t down = 0; down < 3; down++) {
                const uint8_t *middle = at + down * row - row;
                sum += middle[0] + (middle - channels)[0] + middle[channels];
            }
            // The mean with weights of 1, and of 5 in the middle, rounded. There is no tie, since 13 is odd.
            target[y * row + x] = blend(at[0], factor, (2 * sum + 13) / 26, rest);
        }
    }
}
