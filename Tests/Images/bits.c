// SPDX-License-Identifier: Apache-2.0
// Compares the reader of bits for entry points with a list of bits: random bytes, among them many of 0xFF, up to a marker, fill bytes
// or the end of memory; and its numbers and codes with those of the standard. Writes the number of bits.

#include <stdio.h>
#include <stdlib.h>

#include "jpeg_bits.h"

static uint64_t state = 11;

static uint32_t below(uint32_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % limit);
}

static void expect(bool holds, const char *message, long first, long second) {
    if (holds) return;
    fprintf(stderr, "%s: %ld, %ld\n", message, first, second);
    exit(1);
}

enum { MOST_BYTES = 60, MOST_BITS = 8 * MOST_BYTES };
enum end { MEMORY, MARKER, FILL_BYTES, LONE_FF, ENDS };

// The bits of a stream, after which there are zeros.
struct list {
    uint8_t bits[MOST_BITS + 64];
    int count;
};

// Writes random data and their end. Returns the number of bytes.
static size_t make(uint8_t *bytes, struct list *list, enum end end) {
    size_t length = 0;
    memset(list, 0, sizeof *list);
    for (uint32_t left = below(MOST_BYTES / 2); left > 0; left--) {
        const uint8_t byte = below(4) ? (uint8_t)below(256) : 0xFF;
        bytes[length++] = byte;
        if (byte == 0xFF) bytes[length++] = 0;
        for (int bit = 7; bit >= 0; bit--) list->bits[list->count++] = byte >> bit & 1;
    }
    if (end != MEMORY) bytes[length++] = 0xFF;
    if (end == MARKER) bytes[length++] = (uint8_t)(below(2) ? 0xD9 : 1 + below(3));
    if (end == FILL_BYTES) bytes[length++] = 0xFF;
    // What follows is no part of the data.
    while (end != MEMORY && end != LONE_FF && length < MOST_BYTES && below(3)) bytes[length++] = (uint8_t)below(256);
    return length;
}

static int check_stream(enum end end) {
    uint8_t bytes[2 * MOST_BYTES];
    struct list list;
    const size_t length = make(bytes, &list, end);
    uint8_t *exact = malloc(length ? length : 1);
    memcpy(exact, bytes, length);
    struct bits bits = {exact, exact + length, 0, 0, 0};
    int place = 0;
    while (place <= list.count) {
        fill_bits(&bits);
        expect(bits.count >= 56 && bits.count <= 63, "bits in the buffer", bits.count, place);
        // Several numbers from one buffer.
        for (uint32_t uses = 1 + below(3); uses > 0 && place <= list.count; uses--) {
            const int size = 1 + (int)below(15);
            uint32_t expected = 0;
            for (int i = 0; i < size; i++) expected = expected << 1 | list.bits[place + i];
            expect(bits.buffer >> (64 - size) == expected, "other bits", place, end);
            skip_bits(&bits, size);
            place += size;
            expect(is_beyond_end(&bits) == (place > list.count), "the end of the data", place, list.count);
        }
    }
    free(exact);
    return place;
}

static void check_numbers(void) {
    for (int size = 1; size <= 15; size++) {
        for (int code = 0; code < 1 << size; code++) {
            const int expected = code >= 1 << (size - 1) ? code : code - (1 << size) + 1;
            const uint64_t rest = (uint64_t)below(1 << 16) << 20;
            const uint64_t buffer = (uint64_t)code << (64 - size) | rest >> 10;
            expect(number_of(buffer, size) == expected, "a number", size, code);
            struct bits bits = {NULL, NULL, buffer, 60, 0};
            expect(next_number(&bits, size) == expected && bits.count == 60 - size, "a number that is taken", size, code);
        }
    }
}

// A code of one symbol of each length from 11 to 16, all of which a lookup does not have: the first one is 11 zeros, and each later one
// a one more and a zero more.
static void check_long_codes(void) {
    struct code code;
    memset(&code, 0, sizeof code);
    for (int length = 0; length <= 16; length++) code.largest[length] = -1;
    int32_t value = 0;
    for (int length = LOOKUP_BITS + 1, index = 0; length <= 16; length++, index++, value = (value + 1) << 1) {
        code.largest[length] = value;
        code.offset[length] = index - value;
        code.symbols[index] = (uint8_t)(0x10 * (index + 1) + 5);
    }
    value = 0;
    for (int length = LOOKUP_BITS + 1, index = 0; length <= 16; length++, index++, value = (value + 1) << 1) {
        // The symbol of a value: a run of index + 1 zeros, and a value of 5 bits.
        struct bits bits = {NULL, NULL, (uint64_t)value << (64 - length) | (uint64_t)0x13 << (59 - length), 60, 0};
        int step = 0, number = 0;
        expect(take_value(&bits, &code, false, &step, &number), "a long code", length, value);
        expect(step == index + 2 && number == 0x13, "the value of a long code", step, number);
        expect(bits.count == 60 - length - 5, "the bits of a long code", bits.count, length);
    }
    struct bits bits = {NULL, NULL, UINT64_MAX << 4, 60, 0};
    int step, number;
    expect(!take_value(&bits, &code, false, &step, &number), "bits that are no code", 0, 0);
    expect(!take_value(&bits, &code, true, &step, &number), "bits that are no code of a mean", 0, 0);
    // A mean has at most 15 bits.
    code.symbols[0] = 16;
    bits = (struct bits){NULL, NULL, 0, 60, 0};
    expect(!take_value(&bits, &code, true, &step, &number), "a mean of 16 bits", 0, 0);
}

int main(void) {
    long read = 0;
    for (int round = 0; round < 20000; round++) read += check_stream((enum end)(round % ENDS));
    check_numbers();
    check_long_codes();
    printf("%ld\n", read);
    return 0;
}
