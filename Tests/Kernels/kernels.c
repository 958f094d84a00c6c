// SPDX-License-Identifier: Apache-2.0
// Compares the kernels in C with plain loops. It prints the instructions that ran, or the first difference. It is a
// program of its own so that it can run on an emulated CPU.

#include "checks.h"
#include "colonnade_kernels.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { U8 = 1, I8, U16, I16, U32, I32, U64, I64, F16, BF16, F32, F64, BOOL };

static uint64_t state = 1;

uint64_t next(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void fill(void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) ((uint8_t *)bytes)[i] = (uint8_t)(next() >> 32);
}

void expect(bool holds, const char *what, size_t first, size_t second) {
    if (holds) return;
    printf("%s differs (%zu, %zu) with the instructions %s\n", what, first, second, colonnade_cpu_name());
    exit(1);
}

// The network as formats/row-order-1.md has it, for one row.
static uint64_t row_of(const struct colonnade_order *order, uint64_t position) {
    uint64_t x = position;
    do {
        uint64_t q = x >> order->low_bits, r = x & (((uint64_t)1 << order->low_bits) - 1);
        for (int i = 0; i < 8; i++) {
            uint32_t h = ((uint32_t)(i % 2 == 0 ? q : r) + order->keys[i]) * 0x9e3779b1u;
            h = (h ^ h >> 15) * 0x85ebca77u;
            if (i % 2 == 0) {
                r ^= (uint64_t)h >> (32 - order->low_bits);
            } else {
                q = (q + ((uint64_t)h * order->columns >> 32)) % order->columns;
            }
        }
        x = q << order->low_bits | r;
    } while (x >= order->count);
    return x;
}

static void check_order(void) {
    static const uint64_t counts[] = {1000, 1024, 1025, 4097, 60000, 65537, (uint64_t)1 << 32, ((uint64_t)1 << 32) + 1,
                                      1000000000000, ((uint64_t)1 << 62) + 1, (uint64_t)1 << 63};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        unsigned bits = 0;
        while (bits < 63 && (uint64_t)1 << bits < counts[c]) bits++;
        struct colonnade_order order = {.count = counts[c], .low_bits = (bits + 1) / 2};
        order.columns = (uint32_t)(((counts[c] - 1) >> order.low_bits) + 1);
        for (int i = 0; i < 8; i++) order.keys[i] = (uint32_t)(next() >> 32);
        for (size_t count = 0; count <= 300; count += count < 70 ? 1 : 23) {
            uint64_t starts[] = {0, counts[c] / 3, counts[c] - count};
            for (int s = 0; s < 3; s++) {
                int64_t rows[301];
                rows[count] = -1;
                colonnade_order_rows(&order, starts[s], count, rows);
                expect(rows[count] == -1, "the memory after an order", count, c);
                for (size_t i = 0; i < count; i++) {
                    expect((uint64_t)rows[i] == row_of(&order, starts[s] + i), "the row order", c, count);
                    rows[i] = (int64_t)((starts[s] + 7919 * i) % counts[c]);
                }
                colonnade_order_map(&order, rows, count);
                for (size_t i = 0; i < count; i++) {
                    expect((uint64_t)rows[i] == row_of(&order, (starts[s] + 7919 * i) % counts[c]), "rows by index", c, count);
                }
            }
        }
    }
}

static uint16_t tables[4000];

// A random order of `count` numbers, whose table, if it has one, is the next one of `tables`.
static struct colonnade_permutation permutation_of(uint64_t count, size_t *used) {
    struct colonnade_permutation result = {.network = {.count = count}, .table = *used};
    if (count < 1000) {
        for (size_t i = 0; i < count; i++) tables[(*used)++] = (uint16_t)((i * 7 + 3) % count);
        return result;
    }
    while ((uint64_t)1 << result.network.low_bits < count) result.network.low_bits++;
    result.network.low_bits = (result.network.low_bits + 1) / 2;
    result.network.columns = (uint32_t)(((count - 1) >> result.network.low_bits) + 1);
    for (int i = 0; i < 8; i++) result.network.keys[i] = (uint32_t)(next() >> 32);
    return result;
}

static uint64_t varied(const struct colonnade_permutation *order, uint64_t key, uint64_t number, uint64_t x) {
    uint64_t count = order->network.count, h = key + (number + 1) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 27) * 0x94d049bb133111ebu;
    h ^= h >> 31;
    x = (x + ((h & 0xffffffffu) * count >> 32)) % count;
    x = order->network.columns > 0 ? row_of(&order->network, x) : tables[order->table + x];
    return (x + ((h >> 32) * count >> 32)) % count;
}

// The block order as formats/row-order-2.md has it, for one row.
static uint64_t block_row_of(const struct colonnade_block_order *order, uint64_t position) {
    uint64_t R = order->block_rows.value, K = order->open_blocks.value, L = order->lanes.value;
    uint64_t t = position / K, slot = position % K, B = order->count / R;
    if (t < order->rounds) slot = slot % L + L * varied(&order->slots, order->slot_key, t / 8 * L + slot % L, slot / L);
    uint64_t extra = slot < order->extra ? slot : order->extra, length = order->rounds + (slot < order->extra);
    uint64_t v = slot * order->rounds + extra + (t + slot * order->step / K - extra) % length;
    v = (v + order->rotation) % order->count;
    if (v / R == B) return B * R + varied(&order->last_rows, order->row_key, B, v % R);
    uint64_t block = order->blocks.network.columns > 0 ? row_of(&order->blocks.network, v / R) : tables[order->blocks.table + v / R];
    return block * R + varied(&order->rows, order->row_key, block, v % R);
}

static struct colonnade_divisor divisor(uint64_t value) { return (struct colonnade_divisor){value, UINT64_MAX / value}; }

static void check_block_order(void) {
    // Rows, rows of a block, open blocks and lanes. The factors 7 of the tables share none with the counts below 1,000.
    static const uint64_t cases[][4] = {{1001, 10, 20, 5}, {90003, 100, 48, 12}, {4500001, 1500, 1100, 1}, {50, 1, 1, 1},
                                        {((uint64_t)1 << 40) + 5, 1337, 768, 192}, {(uint64_t)1 << 63, 1024, 768, 192}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const uint64_t n = cases[c][0], R = cases[c][1], K = cases[c][2], L = cases[c][3];
        size_t used = 0;
        struct colonnade_block_order order = {
            .slots = permutation_of(K / L, &used), .blocks = permutation_of(n / R, &used), .rows = permutation_of(R, &used),
            .last_rows = permutation_of(n % R, &used), .count = n, .rotation = next() % n, .slot_key = next(), .row_key = next(),
            .rounds = n / K, .extra = n % K, .step = R + K, .block_rows = divisor(R), .open_blocks = divisor(K), .lanes = divisor(L)};
        for (size_t step = 1; step < 5; step += 3) {
            for (size_t count = 0; count <= 300; count += count < 20 ? 1 : 93) {
                uint64_t starts[] = {0, n / 3, n - (count < n ? count : n)};
                for (int s = 0; s < 3; s++) {
                    int64_t rows[301];
                    for (size_t i = 0; i < count; i++) rows[i] = (int64_t)((starts[s] + step * i) % n);
                    rows[count] = -1;
                    colonnade_block_order_map(&order, tables, rows, count);
                    expect(rows[count] == -1, "the memory after a block order", count, c);
                    for (size_t i = 0; i < count; i++) {
                        expect((uint64_t)rows[i] == block_row_of(&order, (starts[s] + step * i) % n), "the block order", c, count);
                    }
                }
            }
        }
    }
}

static void check_checksums(void) {
    enum { MOST = 3 * 4096 * 2 + 100 };
    static uint8_t bytes[MOST + 8];
    fill(bytes, sizeof bytes);
    expect(colonnade_crc32c(0, "123456789", 9) == 0xe3069283, "the checksum of 123456789", 0, 0);
    for (size_t count = 0; count <= MOST; count += count < 900 ? 1 : 997) {
        uint32_t crc = ~(uint32_t)count;
        for (size_t i = 0; i < count; i++) {
            crc ^= bytes[count % 8 + i];
            for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
        }
        expect(colonnade_crc32c((uint32_t)count, bytes + count % 8, count) == ~crc, "a checksum", count, 0);
    }
}

// The value of an element as a double, which holds all values that occur here.
static double value_at(uint8_t dtype, const void *elements, size_t index) {
    union {
        uint8_t u8;
        int8_t i8;
        uint16_t u16;
        int16_t i16;
        uint32_t u32;
        int32_t i32;
        float f32;
        double f64;
    } element;
    static const size_t sizes[] = {[U8] = 1, [I8] = 1, [U16] = 2, [I16] = 2, [U32] = 4, [I32] = 4, [F16] = 2, [BF16] = 2,
                                   [F32] = 4, [F64] = 8};
    memcpy(&element, (const char *)elements + index * sizes[dtype], sizes[dtype]);
    switch (dtype) {
        case U8: return element.u8;
        case I8: return element.i8;
        case U16: return element.u16;
        case I16: return element.i16;
        case U32: return element.u32;
        case I32: return element.i32;
        case F32: return element.f32;
        case F64: return element.f64;
        case BF16: element.u32 = (uint32_t)element.u16 << 16; return element.f32;
        default: {
            int exponent = element.u16 >> 10 & 31, fraction = element.u16 & 1023;
            double magnitude = exponent == 31 ? (fraction ? NAN : INFINITY)
                                              : ldexp(exponent ? fraction + 1024 : fraction, (exponent ? exponent : 1) - 25);
            return element.u16 & 0x8000 ? -magnitude : magnitude;
        }
    }
}

static bool is_same(double a, double b) { return a == b || (a != a && b != b); }

static void check_conversions(void) {
    enum { MOST = 140, CHANNELS = 3 };
    static const uint8_t sources[] = {U8, I8, U16, I16, U32, I32, F16, BF16, F32};
    static uint8_t bytes[MOST * 8 + 1];
    static float narrow[MOST + 1];
    static double wide[MOST + 1];
    static int32_t integers[MOST + 1];
    const float scales[CHANNELS] = {1 / 255.0f, 0.5f, -3}, offsets[CHANNELS] = {0.25f, -1, 7};
    for (size_t s = 0; s < sizeof sources; s++) {
        uint8_t source = sources[s];
        for (size_t count = 0; count < MOST; count++) {
            fill(bytes, sizeof bytes);
            const void *from = bytes + count % 2;
            struct colonnade_conversion cast = {.source = source, .target = F64};
            wide[count] = narrow[count] = 99;
            integers[count] = 99;
            colonnade_convert_elements(&cast, wide, from, count);
            cast.target = F32;
            colonnade_convert_elements(&cast, narrow, from, count);
            cast.target = I32;
            colonnade_convert_elements(&cast, integers, from, count);
            for (size_t i = 0; i < count; i++) {
                double value = value_at(source, from, i);
                expect(is_same(wide[i], value), "a cast to float64", source, i);
                expect(is_same(narrow[i], (float)value), "a cast to float32", source, i);
                if (source == U32) value = (int32_t)(uint32_t)value;
                int32_t clamped = value != value ? 0 : value >= 2147483648.0 ? INT32_MAX : value < -2147483648.0 ? INT32_MIN
                                                                                                : (int32_t)value;
                expect(integers[i] == clamped, "a cast to int32", source, i);
            }
            for (size_t inner = 1; inner < 40; inner += 19) {
                for (int has_offsets = 0; has_offsets < 2; has_offsets++) {
                    struct colonnade_conversion scaled = {.source = source, .target = F32, .channels = CHANNELS, .inner = inner,
                                                          .scales = scales, .offsets = has_offsets ? offsets : NULL};
                    colonnade_convert_elements(&scaled, narrow, from, count);
                    for (size_t i = 0; i < count; i++) {
                        size_t channel = i / inner % CHANNELS;
                        // The product is rounded before the sum.
                        volatile float product = (float)value_at(source, from, i) * scales[channel];
                        float value = has_offsets ? product + offsets[channel] : product;
                        expect(is_same(narrow[i], value), "a scaled element", source, i);
                    }
                }
            }
            expect(narrow[count] == 99 && wide[count] == 99 && integers[count] == 99, "the memory after elements", source,
                   count);
        }
    }
    // Each half, and the float between it and the next one, which is rounded to the even one of the two.
    for (uint32_t half = 0; half < 0x7c00; half++) {
        uint16_t bits = (uint16_t)half, next_bits = (uint16_t)(half + 1), halves[2];
        float between[2] = {(float)value_at(F16, &bits, 0), (float)value_at(F16, &next_bits, 0)};
        if (half + 1 < 0x7c00) between[1] = (between[0] + between[1]) / 2;
        struct colonnade_conversion cast = {.source = F32, .target = F16};
        colonnade_convert_elements(&cast, halves, between, 2);
        expect(halves[0] == half && halves[1] == half + (half & 1 || half == 0x7bff), "a cast to float16", half, halves[1]);
    }
}

static void check_rows(void) {
    enum { ROWS = 150, SEGMENT = 6, STRIDE = 128 + 32 * 4 };
    static uint8_t memory[ROWS][STRIDE];
    static uint8_t bytes[ROWS * 2][128];
    static float floats[ROWS * 2][128];
    static uint32_t columns[32][ROWS * 2];
    static uint8_t lines[ROWS * 2][127];
    static float converted[ROWS * 2 * 128 + 1];
    static uint32_t labels[ROWS * 2];
    fill(memory, sizeof memory);
    const void *segments[ROWS];
    for (size_t i = 0; i << SEGMENT < ROWS; i++) segments[i] = memory[i << SEGMENT];
    const struct colonnade_run run = {.row_count = ROWS, .exponent = SEGMENT};
    const uint32_t buckets[] = {0, 0};
    const struct colonnade_rows where = {
        .runs = {.runs = &run, .buckets = buckets, .shift = 8}, .segments = segments, .stride = STRIDE};
    const float scale = 1 / 255.0f;
    const struct colonnade_conversion scaled = {.source = U8, .target = F32, .channels = 1, .inner = 1, .scales = &scale};
    for (size_t count = 1; count <= ROWS * 2; count += count < 40 ? 1 : 37) {
        int64_t rows[ROWS * 2];
        for (size_t i = 0; i < count; i++) rows[i] = (int64_t)(next() % ROWS);
        struct colonnade_member members[34] = {
            {.target = bytes, .elements = 128, .size = 128},
            {.target = floats, .elements = 128, .size = 128, .conversion = &scaled},
        };
        for (size_t i = 0; i < 32; i++) {
            members[i + 2] = (struct colonnade_member){
                .target = columns[i], .offset = 128 + i * 4, .elements = 1, .size = 4};
        }
        size_t narrow = 1 + count % 32;
        const struct colonnade_group groups[] = {{where, members, 2}, {where, members + 2, narrow}};
        colonnade_gather(groups, 2, rows, count, count, count, false);
        // Rows of every number of bytes after the last complete line.
        size_t size = 64 + count % 65;
        converted[count * size] = 99;
        // Columns that are read alone, in batches of several sizes, and in two calls: the first one prefetches rows of the second.
        size_t batch = 1 + count % 7 * 9, first = count / 2 / batch * batch;
        for (size_t from = 0, now = first > 0 ? first : count; from < count; from += now, now = count - from) {
            struct colonnade_member row = {.target = lines[from], .step = batch * 127, .offset = 1, .elements = 127, .size = 127};
            struct colonnade_member floats_alone = {.target = converted + from * size, .step = batch * size * sizeof(float),
                                                    .elements = size, .size = size, .conversion = &scaled};
            struct colonnade_member label = {
                .target = labels + from, .step = batch * 4, .offset = 128, .elements = 1, .size = 4};
            const struct colonnade_group alone[] = {{where, &row, 1}, {where, &floats_alone, 1}, {where, &label, 1}};
            colonnade_gather(alone, 3, rows + from, now, count - from, batch, from > 0);
        }
        for (size_t i = 0; i < count; i++) {
            expect(memcmp(bytes[i], memory[rows[i]], 128) == 0, "a gathered row", count, i);
            expect(memcmp(lines[i], memory[rows[i]] + 1, 127) == 0, "a row of a column alone", count, i);
            expect(memcmp(&labels[i], memory[rows[i]] + 128, 4) == 0, "a label", count, i);
            for (size_t j = 0; j < 128; j++) {
                expect(floats[i][j] == (float)memory[rows[i]][j] * scale, "a converted row", count, i);
            }
            for (size_t j = 0; j < size; j++) {
                expect(converted[i * size + j] == (float)memory[rows[i]][j] * scale, "a converted column alone", size, i);
            }
            for (size_t j = 0; j < narrow; j++) {
                expect(memcmp(&columns[j][i], &memory[rows[i]][128 + j * 4], 4) == 0, "an element of a column", j, i);
            }
        }
        expect(converted[count * size] == 99, "the memory after converted rows", size, count);
    }
}

// Columns that are read alone, of all numbers of lines that are copied and converted line by line, and some more.
static void check_lines(void) {
    enum { ROWS = 40, STRIDE = 1200 };
    static uint8_t memory[ROWS][STRIDE], copied[ROWS * STRIDE + 1];
    static float converted[ROWS * STRIDE + 1];
    fill(memory, sizeof memory);
    const void *segment = memory;
    const struct colonnade_run run = {.row_count = ROWS, .exponent = 6};
    const uint32_t buckets[] = {0, 0};
    const struct colonnade_rows where = {
        .runs = {.runs = &run, .buckets = buckets, .shift = 8}, .segments = &segment, .stride = STRIDE};
    const float scale = 0.3f;
    const struct colonnade_conversion scaled = {.source = U8, .target = F32, .channels = 1, .inner = 1, .scales = &scale};
    for (size_t size = 60; size <= STRIDE - 8; size += 1 + size % 12) {
        int64_t rows[ROWS];
        for (size_t i = 0; i < ROWS; i++) rows[i] = (int64_t)(next() % ROWS);
        size_t offset = size % 8;
        struct colonnade_member copy = {.target = copied, .offset = offset, .elements = size, .size = size};
        struct colonnade_member convert = {
            .target = converted, .offset = offset, .elements = size, .size = size, .conversion = &scaled};
        copied[ROWS * size] = 99;
        converted[ROWS * size] = 99;
        const struct colonnade_group groups[] = {{where, &copy, 1}, {where, &convert, 1}};
        colonnade_gather(groups, 2, rows, ROWS, ROWS, ROWS, false);
        for (size_t i = 0; i < ROWS; i++) {
            const uint8_t *row = memory[rows[i]] + offset;
            expect(memcmp(copied + i * size, row, size) == 0, "a copied row of lines", size, i);
            for (size_t j = 0; j < size; j++) {
                expect(converted[i * size + j] == (float)row[j] * scale, "a converted row of lines", size, i);
            }
        }
        expect(copied[ROWS * size] == 99 && converted[ROWS * size] == 99, "the memory after lines", size, 0);
    }
}

// Checks the batches of a group of columns: each batch begins `step` bytes after the one before it, and the bytes between them
// stay.
static void expect_batches(const uint8_t *const *rows, size_t count, size_t batch, const struct colonnade_member *member,
                           const uint8_t *output, const char *name) {
    size_t row_bytes = member->elements * (member->conversion ? sizeof(float) : member->size / member->elements);
    for (size_t row = 0; row < count; row++) {
        const uint8_t *found = output + row / batch * member->step + row % batch * row_bytes;
        const uint8_t *from = rows[row] + member->offset;
        if (!member->conversion) {
            expect(memcmp(found, from, row_bytes) == 0, name, batch, row);
            continue;
        }
        for (size_t i = 0; i < member->elements; i++) {
            float value, expected = (float)from[i] * *(const float *)member->conversion->scales;
            memcpy(&value, found + i * sizeof value, sizeof value);
            expect(value == expected, name, batch, row);
        }
    }
    size_t batches = (count + batch - 1) / batch;
    expect(output + batches * member->step == member->target, "an advanced target", batch, count);
    for (size_t i = 0; i < batches; i++) {
        size_t used = (i + 1 < batches ? batch : count - i * batch) * row_bytes;
        expect(output[i * member->step + used] == 99, "the memory after a batch", batch, i);
    }
}

// Gathers all kinds of columns in one call, in batches around the number of rows that one group gets at a time.
static void check_batches(void) {
    enum { ROWS = 24, STRIDE = 7400, MOST = 700, KINDS = 6 };
    static uint8_t memory[ROWS][STRIDE];
    fill(memory, sizeof memory);
    const void *segments[ROWS];
    for (size_t i = 0; i < ROWS; i++) segments[i] = memory[i];
    // Two runs, whose segments have two rows and one row.
    const struct colonnade_run runs[] = {
        {.row_count = 10, .exponent = 1}, {.first_row = 10, .row_count = 14, .first_segment = 10}};
    for (size_t i = 0; i < 5; i++) segments[i] = memory[2 * i];
    const uint32_t buckets[] = {0, 1, 1};
    const struct colonnade_rows where = {
        .runs = {.runs = runs, .buckets = buckets, .shift = 4}, .segments = segments, .stride = STRIDE};
    // The rows of `where`, in two runs that have one segment each.
    const struct colonnade_run single[] = {
        {.row_count = 10, .exponent = 4}, {.first_row = 10, .row_count = 14, .first_segment = 1, .exponent = 4}};
    const void *firsts[] = {memory[0], memory[10]};
    const uint64_t bounds[] = {(uint64_t)10 << 32, (uint64_t)16 << 32 | 1};
    const int64_t first_rows[] = {0, 10};
    const struct colonnade_runs single_runs = {
        .runs = single, .buckets = buckets, .shift = 4, .bounds = bounds, .first_rows = first_rows};
    // The same rows, where those of the second run are further apart.
    static uint8_t wide[ROWS - 10][STRIDE + 120];
    for (size_t i = 10; i < ROWS; i++) memcpy(wide[i - 10], memory[i], STRIDE);
    const void *wide_segments[] = {memory[0], memory[2], memory[4], memory[6], memory[8], wide[0], wide[4], wide[8], wide[12]};
    const struct colonnade_run wide_runs[] = {
        {.row_count = 10, .exponent = 1}, {.first_row = 10, .row_count = 14, .first_segment = 5, .exponent = 2}};
    const void *wide_firsts[] = {memory[0], wide[0]};
    const size_t strides[] = {STRIDE, STRIDE + 120};
    const struct colonnade_rows places[] = {
        where,
        {.runs = single_runs, .segments = firsts, .stride = STRIDE},
        {.runs = {.runs = wide_runs, .buckets = buckets, .shift = 4}, .segments = wide_segments, .stride = 1, .strides = strides},
        {.runs = single_runs, .segments = wide_firsts, .stride = 1, .strides = strides}};
    const float scale = 0.3f;
    const struct colonnade_conversion scaled = {.source = U8, .target = F32, .channels = 1, .inner = 1, .scales = &scale};
    static const size_t batches[] = {1, 5, 32, 100, 255, 256, 257, 300, MOST};
    uint8_t *outputs[KINDS];
    for (size_t i = 0; i < 4 * sizeof batches / sizeof *batches; i++) {
        const struct colonnade_rows place = places[i % 4];
        size_t batch = batches[i / 4], count = 1 + next() % MOST, known = count + next() % 40;
        if (i / 4 % 2 == 0) count = MOST, known = MOST;
        struct colonnade_member members[KINDS] = {
            {.offset = 1, .elements = 7000, .size = 7000},                        // copied in pieces
            {.offset = 3, .elements = 784, .size = 784, .conversion = &scaled},  // converted by lines
            {.offset = 800, .elements = 1, .size = 8},                           // a label
            {.offset = 808, .elements = 4, .size = 4, .conversion = &scaled},    // small, converted
            {.offset = 820, .elements = 1, .size = 4},                           // two columns of one group
            {.offset = 824, .elements = 40, .size = 40, .conversion = &scaled},
        };
        for (size_t kind = 0; kind < KINDS; kind++) {
            struct colonnade_member *member = &members[kind];
            size_t row_bytes = member->conversion ? member->elements * sizeof(float) : member->size;
            member->step = batch * row_bytes + 4 * (1 + kind);
            size_t bytes = (count + batch - 1) / batch * member->step;
            member->target = outputs[kind] = malloc(bytes);
            memset(outputs[kind], 99, bytes);
        }
        int64_t rows[MOST + 40];
        const uint8_t *addresses[MOST + 40];
        for (size_t row = 0; row < known; row++) {
            rows[row] = (int64_t)(next() % ROWS);
            addresses[row] = memory[rows[row]];
        }
        const struct colonnade_group groups[] = {
            {place, members, 1}, {place, members + 1, 1}, {place, members + 2, 1}, {place, members + 3, 1}, {place, members + 4, 2}};
        colonnade_gather(groups, 5, rows, count, known, batch, i % 3 == 0);
        static const char *const names[KINDS] = {"pieces", "lines", "labels", "small values", "a shared column", "a shared value"};
        for (size_t kind = 0; kind < KINDS; kind++) {
            expect_batches(addresses, count, batch, &members[kind], outputs[kind], names[kind]);
            free(outputs[kind]);
        }
    }
}

static void check_statistics(void) {
    static float floats[20000];
    static uint8_t bytes[20000];
    fill(bytes, sizeof bytes);
    for (size_t count = 1; count <= 20000; count = count * 2 + 1) {
        double sum = 0, byte_sum = 0, least = INFINITY, most = -INFINITY;
        for (size_t i = 0; i < count; i++) {
            floats[i] = (float)((double)(next() >> 40) / 1000 - 5000);
            sum += floats[i];
            byte_sum += bytes[i];
            least = floats[i] < least ? floats[i] : least;
            most = floats[i] > most ? floats[i] : most;
        }
        struct colonnade_statistics result;
        colonnade_statistics(F32, floats, count, &result);
        double minimum, maximum;
        memcpy(&minimum, &result.minimum, 8);
        memcpy(&maximum, &result.maximum, 8);
        expect(minimum == least && maximum == most && result.non_finite == 0, "an extreme", count, 0);
        expect(fabs(result.mean - sum / (double)count) < 1e-9 * fabs(most - least) + 1e-9, "a mean", count, 0);
        expect(colonnade_sum(U8, bytes, count) == byte_sum, "a sum", count, 0);
    }
}

int main(void) {
    check_order();
    check_block_order();
    check_checksums();
    check_conversions();
    check_rows();
    check_batches();
    check_lines();
    check_statistics();
    check_pictures();
    printf("%s\n", colonnade_cpu_name());
    return 0;
}
