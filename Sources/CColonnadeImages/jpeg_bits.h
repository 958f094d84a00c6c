// SPDX-License-Identifier: Apache-2.0
// A reader of the bits of a baseline JPEG file, for entry points. It reads nothing outside of the file.

#ifndef COLONNADE_JPEG_BITS_H
#define COLONNADE_JPEG_BITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// The bits that a lookup decides at once.
enum { LOOKUP_BITS = 10 };

// A Huffman code. `lookup` has the length of a code and its symbol, `length << 8 | symbol`, by the next bits; 0 for longer codes.
struct code {
    uint16_t lookup[1 << LOOKUP_BITS];
    int32_t largest[17];  // by length, the largest code; -1 if there is none
    int32_t offset[17];   // by length, the index of the symbol of a code less the code
    uint8_t symbols[256];
};

struct bits {
    const uint8_t *at, *end;
    uint64_t buffer;  // the next bits, the first one uppermost
    int count;        // of bits in the buffer
    int added;        // of bytes of zeros in the buffer, which follow the end of the data
};

// Returns whether bits after the end of the data were read. Data end at a marker and at fill bytes, two bytes 0xFF, which no
// ordinary encoder writes between codes: libjpeg-turbo itself decodes them to other pixels than the standard.
static inline bool is_beyond_end(const struct bits *bits) { return 8 * bits->added > bits->count; }

static inline void fill_bits(struct bits *bits) {
    if (bits->count > 32) return;
    if (bits->end - bits->at >= 4) {
        uint32_t word;
        memcpy(&word, bits->at, 4);
        const uint32_t inverse = ~word;
        // All four bytes are data if none is 0xFF, with which markers begin.
        if (!((inverse - 0x01010101u) & ~inverse & 0x80808080u)) {
            word = (uint32_t)bits->at[0] << 24 | (uint32_t)bits->at[1] << 16 | (uint32_t)bits->at[2] << 8 | bits->at[3];
            bits->buffer |= (uint64_t)word << (32 - bits->count);
            bits->count += 32;
            bits->at += 4;
            return;
        }
    }
    while (bits->count <= 56) {
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

// Returns the next symbol, or -1 if the bits are no code.
static inline int next_symbol(struct bits *bits, const struct code *code) {
    const uint16_t known = code->lookup[bits->buffer >> (64 - LOOKUP_BITS)];
    if (known) {
        skip_bits(bits, known >> 8);
        return known & 255;
    }
    for (int length = LOOKUP_BITS + 1; length <= 16; ++length) {
        const int32_t value = (int32_t)(bits->buffer >> (64 - length));
        if (value > code->largest[length]) continue;
        skip_bits(bits, length);
        return code->symbols[(value + code->offset[length]) & 255];
    }
    return -1;
}

// Returns a number of `size` bits, 1 to 15, whose upper half is positive.
static inline int next_number(struct bits *bits, int size) {
    const int value = (int)(bits->buffer >> (64 - size));
    skip_bits(bits, size);
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

// The natural places of the coefficients. Damaged files have more than 64, as in libjpeg.
static const uint8_t places[80] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,
    6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31,
    39, 46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
};

// Reads a block. The code of its first coefficient, the DC value, is the difference from that of the component's block before it,
// which is in `mean` and is replaced. Writes the coefficients to zeros at `block`, unless it is NULL. Returns whether all bits were
// codes.
static inline bool next_block(struct bits *bits, const struct code *means, const struct code *others, int *mean,
                              int16_t *block) {
    fill_bits(bits);
    const int size = next_symbol(bits, means);
    if (size < 0 || size > 15) return false;
    // Damaged files may count beyond all numbers.
    if (size > 0) *mean = (int)((unsigned)*mean + (unsigned)next_number(bits, size));
    if (block) block[0] = (int16_t)*mean;
    for (int index = 1; index < 64; ++index) {
        fill_bits(bits);
        const int symbol = next_symbol(bits, others);
        if (symbol < 0) return false;
        const int length = symbol & 15;
        if (length == 0) {
            if (symbol != 0xF0) break;
            index += 15;
            continue;
        }
        index += symbol >> 4;
        const int value = next_number(bits, length);
        if (block) block[places[index]] = (int16_t)value;
    }
    return true;
}

#endif
