// SPDX-License-Identifier: Apache-2.0
// A reader of the bits of a baseline JPEG file, for entry points. It reads nothing outside of the file.

#ifndef COLONNADE_JPEG_BITS_H
#define COLONNADE_JPEG_BITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// The bits that a lookup decides at once.
enum { LOOKUP_BITS = 10 };

// A Huffman code. `lookup` tells the meaning of the next bits, `value << 16 | step << 8 | bits`: a coefficient, the number of
// coefficients from the one before it, and the bits of its code and value. With NEEDS_VALUE the bits are those of the code, and the
// value is the number of bits of the coefficient, which follow. At the end of a block the step is BLOCK_END. 0 is a longer code.
struct code {
    int32_t lookup[1 << LOOKUP_BITS];
    int32_t largest[17];  // by length, the largest code; -1 if there is none
    int32_t offset[17];   // by length, the index of the symbol of a code less the code
    uint8_t symbols[256];
    // For coefficients that are not needed: those whose codes are complete in the next bits, `step << 6 | end << 5 | bits`. The bits
    // are those of all codes and values, the last of which may follow the bits that decide. The step is that of all of them, and `end`
    // tells whether the block ends after them. 0 if no code is complete.
    uint16_t skips[1 << LOOKUP_BITS];
};
enum { NEEDS_VALUE = 0x40, BLOCK_END = 128 };
enum { SKIPPED_BITS = 31, SKIPPED_END = 32, SKIPPED_STEP = 64 };

struct bits {
    const uint8_t *at, *end;
    uint64_t buffer;  // the next bits, the first one uppermost
    int count;        // of bits in the buffer, at most 63; those after them are 0, or the bits of the next byte
    int added;        // of bytes of zeros in the buffer, which follow the end of the data
};

// Returns whether bits after the end of the data were read. Data end at a marker and at fill bytes, two bytes 0xFF, which no
// ordinary encoder writes between codes: libjpeg-turbo itself decodes them to other pixels than the standard.
static inline bool is_beyond_end(const struct bits *bits) { return 8 * bits->added > bits->count; }

// Makes the buffer have at least 56 bits.
static inline void fill_bits(struct bits *bits) {
    if (bits->end - bits->at >= 8) {
        uint64_t word;
        memcpy(&word, bits->at, 8);
        const uint64_t inverse = ~word;
        // All eight bytes are data if none is 0xFF, with which markers begin.
        if (!((inverse - 0x0101010101010101u) & word & 0x8080808080808080u)) {
            word = 0;
            for (int i = 0; i < 8; ++i) word = word << 8 | bits->at[i];
            bits->buffer |= word >> bits->count;
            bits->at += (63 - bits->count) >> 3;
            bits->count |= 56;
            return;
        }
    }
    while (bits->count < 56) {
        uint64_t byte = 0;
        if (bits->at < bits->end && *bits->at != 0xFF) {
            byte = *bits->at++;
        } else if (bits->end - bits->at >= 2 && bits->at[1] == 0) {
            byte = 0xFF;
            bits->at += 2;
        } else {
            ++bits->added;
        }
        bits->buffer |= byte << (56 - bits->count);
        bits->count += 8;
    }
}

static inline void skip_bits(struct bits *bits, int count) {
    bits->buffer <<= count;
    bits->count -= count;
}

// Returns the next symbol, whose code a lookup does not have, or -1 if the bits are no code.
static inline int long_symbol(struct bits *bits, const struct code *code) {
    for (int length = LOOKUP_BITS + 1; length <= 16; ++length) {
        const int32_t value = (int32_t)(bits->buffer >> (64 - length));
        if (value > code->largest[length]) continue;
        skip_bits(bits, length);
        return code->symbols[(value + code->offset[length]) & 255];
    }
    return -1;
}

// Returns a number of `size` bits, 1 to 15, whose upper half is positive.
static inline int number_of(uint64_t buffer, int size) {
    const int value = (int)(buffer >> (64 - size));
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

static inline int next_number(struct bits *bits, int size) {
    const int value = number_of(bits->buffer, size);
    skip_bits(bits, size);
    return value;
}

// The natural places of the coefficients. Damaged files have more than 64, as in libjpeg.
static const uint8_t places[80] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,
    6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31,
    39, 46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
};

// Takes the next value, with `*step` coefficients up to it. Returns whether the bits were a code.
static inline __attribute__((always_inline)) bool take_value(struct bits *bits, const struct code *code, bool is_mean,
                                                             int *step, int *value) {
    const int32_t known = code->lookup[bits->buffer >> (64 - LOOKUP_BITS)];
    int size = known >> 16;
    *step = known >> 8 & 255;
    *value = size;
    skip_bits(bits, known & 63);
    if (!(known & NEEDS_VALUE)) {
        if (known) return true;
        const int symbol = long_symbol(bits, code);
        if (symbol < 0 || (is_mean && symbol > 15)) return false;
        size = symbol & 15;
        *step = size > 0 || symbol == 0xF0 ? (symbol >> 4) + 1 : BLOCK_END;
    }
    *value = size > 0 ? next_number(bits, size) : 0;
    return true;
}

// Reads a block. The code of its first coefficient, the DC value, is the difference from that of the component's block before it,
// which is in `mean` and is replaced. Writes the coefficients to zeros at `block`. Returns whether all bits were codes.
static inline __attribute__((always_inline)) bool next_block(struct bits *bits, const struct code *means,
                                                             const struct code *others, int *mean, int16_t *block) {
    int step, value, index = 0;
    fill_bits(bits);
    if (!take_value(bits, means, true, &step, &value)) return false;
    // Damaged files may count beyond all numbers.
    *mean = (int)((unsigned)*mean + (unsigned)value);
    block[0] = (int16_t)*mean;
    do {
        // A code and its value have up to 31 bits.
        if (bits->count < 31) fill_bits(bits);
        if (!take_value(bits, others, false, &step, &value)) return false;
        index += step;
        if (index >= BLOCK_END) break;
        block[places[index]] = (int16_t)value;
    } while (index < 63);
    return true;
}

// Reads a block as `next_block` does, without its coefficients, and several of them at once.
static inline __attribute__((always_inline)) bool skip_block(struct bits *bits, const struct code *means,
                                                             const struct code *others, int *mean) {
    int step, value, index = 0;
    fill_bits(bits);
    if (!take_value(bits, means, true, &step, &value)) return false;
    *mean = (int)((unsigned)*mean + (unsigned)value);
    do {
        if (bits->count < 31) fill_bits(bits);
        const int known = others->skips[bits->buffer >> (64 - LOOKUP_BITS)], steps = known / SKIPPED_STEP;
        // After coefficient 63 no end of the block follows, so that the codes near it are read one by one.
        if (known && index + steps < 63) {
            skip_bits(bits, known & SKIPPED_BITS);
            if (known & SKIPPED_END) break;
            index += steps;
            continue;
        }
        if (!take_value(bits, others, false, &step, &value)) return false;
        index += step;
    } while (index < 63);
    return true;
}

#endif
