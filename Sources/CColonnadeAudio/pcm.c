// SPDX-License-Identifier: Apache-2.0

#include "colonnade_audio.h"

#include <math.h>
#include <string.h>

static uint16_t swapped16(uint16_t value) { return __builtin_bswap16(value); }
static uint32_t swapped32(uint32_t value) { return __builtin_bswap32(value); }
static uint64_t swapped64(uint64_t value) { return __builtin_bswap64(value); }
static uint16_t same16(uint16_t value) { return value; }
static uint32_t same32(uint32_t value) { return value; }
static uint64_t same64(uint64_t value) { return value; }

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LITTLE(bits) same##bits
#define BIG(bits) swapped##bits
#else
#define LITTLE(bits) swapped##bits
#define BIG(bits) same##bits
#endif

// A loop over samples that are read as unsigned numbers of `bits` bits, in the order of the machine after `order`.
#define LOOP(bits, order, expression)                                    \
    for (size_t index = 0; index < count; index++) {                     \
        uint##bits##_t raw;                                              \
        memcpy(&raw, bytes + index * sizeof raw, sizeof raw);            \
        raw = order(raw);                                                \
        samples[index] = (expression);                                   \
    }                                                                    \
    return

static float of_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float of_double(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return (float)value;
}

size_t colonnade_pcm_too_large(const uint8_t *bytes, size_t count, int32_t encoding) {
    const int is_big = encoding == COLONNADE_PCM_DOUBLE_BIG;
    for (size_t index = 0; index < count; index++) {
        uint64_t raw;
        memcpy(&raw, bytes + index * sizeof raw, sizeof raw);
        raw = is_big ? BIG(64)(raw) : LITTLE(64)(raw);
        double value;
        memcpy(&value, &raw, sizeof value);
        if (isfinite(value) && isinf((float)value)) return index;
    }
    return count;
}

// The number whose 24 bits are the high ones of `bits`.
static float of_24(uint32_t bits) { return (float)(int32_t)bits * 0x1p-31f; }

void colonnade_pcm(const uint8_t *bytes, size_t count, int32_t encoding, float *samples) {
    switch (encoding) {
        case COLONNADE_PCM_UNSIGNED_8: LOOP(8, , (float)((int)raw - 128) * 0x1p-7f);
        case COLONNADE_PCM_SIGNED_8: LOOP(8, , (float)(int8_t)raw * 0x1p-7f);
        case COLONNADE_PCM_16_LITTLE: LOOP(16, LITTLE(16), (float)(int16_t)raw * 0x1p-15f);
        case COLONNADE_PCM_16_BIG: LOOP(16, BIG(16), (float)(int16_t)raw * 0x1p-15f);
        case COLONNADE_PCM_32_LITTLE: LOOP(32, LITTLE(32), (float)(int32_t)raw * 0x1p-31f);
        case COLONNADE_PCM_32_BIG: LOOP(32, BIG(32), (float)(int32_t)raw * 0x1p-31f);
        case COLONNADE_PCM_FLOAT_LITTLE: LOOP(32, LITTLE(32), of_float(raw));
        case COLONNADE_PCM_FLOAT_BIG: LOOP(32, BIG(32), of_float(raw));
        case COLONNADE_PCM_DOUBLE_LITTLE: LOOP(64, LITTLE(64), of_double(raw));
        case COLONNADE_PCM_DOUBLE_BIG: LOOP(64, BIG(64), of_double(raw));
        default: break;
    }
    const int isBig = encoding == COLONNADE_PCM_24_BIG;
    for (size_t index = 0; index < count; index++, bytes += 3) {
        const uint32_t low = isBig ? bytes[2] : bytes[0], high = isBig ? bytes[0] : bytes[2];
        samples[index] = of_24(low << 8 | (uint32_t)bytes[1] << 16 | high << 24);
    }
}
