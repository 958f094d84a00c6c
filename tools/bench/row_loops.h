// SPDX-License-Identifier: Apache-2.0
// The loops of read_limit for one instruction set. The file is included once for each of them, after these definitions:
//
//     LEVEL(name)  the name with a suffix for the instruction set
//     VECTOR       the bytes of a vector
//     TARGET       the attribute that permits the instructions
//
// Every loop is inlined with constants for the kind of work, the size of a row and the style, so that none of these
// choices is made for each row.

typedef uint32_t LEVEL(Lanes) __attribute__((vector_size(VECTOR), aligned(4), may_alias));
typedef uint64_t LEVEL(Pairs) __attribute__((vector_size(VECTOR), aligned(8), may_alias));

// Computes the rows at consecutive positions of an order: four vectors at a time, since each round waits for the one
// before it.
TARGET static void LEVEL(compute_order)(const Network *network, uint64_t start, uint64_t count, uint32_t *rows) {
    enum { LANES = VECTOR / 4, GROUPS = 4 };
    const Network local = *network;  // no store can change the copy, so that its values stay in registers
    const LEVEL(Pairs) halves = (LEVEL(Pairs)){0} + 0xffffffffu, factor = (LEVEL(Pairs)){0} + local.columns;
    const LEVEL(Lanes) mask = (LEVEL(Lanes)){0} + ((1u << local.low) - 1), columns = (LEVEL(Lanes)){0} + local.columns;
    uint64_t at = 0;
    for (; at + LANES * GROUPS <= count; at += LANES * GROUPS) {
        LEVEL(Lanes) column[GROUPS], row[GROUPS];
        for (int g = 0; g < GROUPS; g++) {
            LEVEL(Lanes) position = *(const LEVEL(Lanes) *)counting + (uint32_t)(start + at + (uint64_t)(g * LANES));
            column[g] = position >> local.low;
            row[g] = position & mask;
        }
        for (int i = 0; i < 8; i += 2) {
            for (int g = 0; g < GROUPS; g++) {
                row[g] ^= HASHED(column[g], local.keys[i]) >> (32 - local.low);
                LEVEL(Pairs) hash = (LEVEL(Pairs))HASHED(row[g], local.keys[i + 1]);
                // The high halves of the products.
                LEVEL(Pairs) even = (hash & halves) * factor >> 32, odd = (hash >> 32) * factor & ~halves;
                column[g] += (LEVEL(Lanes))(even | odd);
                column[g] -= columns & (LEVEL(Lanes))(column[g] >= columns);
            }
        }
        for (int g = 0; g < GROUPS; g++) *(LEVEL(Lanes) *)(rows + at + g * LANES) = column[g] << local.low | row[g];
    }
    for (; at < count; at++) rows[at] = encrypted((uint32_t)(start + at), &local);
    for (at = 0; at < count; at++) {
        while (rows[at] >= local.count) rows[at] = encrypted(rows[at], &local);
    }
}

typedef uint8_t LEVEL(Bytes) __attribute__((vector_size(VECTOR), aligned(1), may_alias));
typedef uint8_t LEVEL(Aligned) __attribute__((vector_size(VECTOR), may_alias));
typedef float LEVEL(Floats) __attribute__((vector_size(VECTOR), aligned(1), may_alias));
typedef int64_t LEVEL(Wide) __attribute__((vector_size(VECTOR), aligned(1), may_alias));
typedef uint8_t LEVEL(Quarter) __attribute__((vector_size(VECTOR / 4), aligned(1), may_alias));
typedef uint16_t LEVEL(Shorts) __attribute__((vector_size(VECTOR / 4), aligned(1), may_alias));

#define FLOAT_LANES (VECTOR / 4)
#define WIDE_LANES (VECTOR / 8)

TARGET INLINE void LEVEL(store)(void *to, LEVEL(Bytes) value, int stream) {
    if (stream) {
        __builtin_nontemporal_store((LEVEL(Aligned))value, (LEVEL(Aligned) *)to);
    } else {
        *(LEVEL(Bytes) *)to = value;
    }
}

TARGET INLINE LEVEL(Floats) LEVEL(floats)(const uint8_t *from) {
    return __builtin_convertvector(*(const LEVEL(Quarter) *)from, LEVEL(Floats));
}

// Writes the output of `bytes` bytes of a row, a constant multiple of the vectors.
TARGET INLINE void LEVEL(piece)(Kind kind, uint8_t *to, const uint8_t *from, uint64_t bytes, int stream,
                                const Numbers *numbers) {
    if (kind == FLOATS) {
        LEVEL(Floats) scale = numbers->scale - (LEVEL(Floats)){0};
#pragma unroll
        for (uint64_t i = 0; i < bytes; i += FLOAT_LANES) {
            LEVEL(store)(to + i * 4, (LEVEL(Bytes))(LEVEL(floats)(from + i) * scale), stream);
        }
    } else if (kind == NORM) {
#pragma unroll
        for (uint64_t i = 0; i < bytes; i += FLOAT_LANES) {
            // Three vectors are a multiple of the channels.
            uint64_t turn = i % (3 * FLOAT_LANES);
            LEVEL(Floats) factor = *(const LEVEL(Floats) *)(numbers->factors + turn);
            LEVEL(Floats) offset = *(const LEVEL(Floats) *)(numbers->offsets + turn);
            LEVEL(store)(to + i * 4, (LEVEL(Bytes))(LEVEL(floats)(from + i) * factor + offset), stream);
        }
    } else if (kind == WIDE) {
#pragma unroll
        for (uint64_t i = 0; i < bytes; i += 2 * WIDE_LANES) {
            LEVEL(Wide) wide = __builtin_convertvector(*(const LEVEL(Shorts) *)(from + i), LEVEL(Wide));
            LEVEL(store)(to + i * 4, (LEVEL(Bytes))wide, stream);
        }
    } else {
#pragma unroll
        for (uint64_t i = 0; i < bytes; i += VECTOR) LEVEL(store)(to + i, *(const LEVEL(Bytes) *)(from + i), stream);
    }
}

// Writes the rest of a row that is shorter than a piece.
TARGET INLINE void LEVEL(rest)(Kind kind, uint8_t *to, const uint8_t *from, uint64_t at, uint64_t bytes,
                               const Numbers *numbers) {
    if (kind == FLOATS) {
        for (; at + FLOAT_LANES <= bytes; at += FLOAT_LANES) {
            LEVEL(piece)(kind, to + at * 4, from + at, FLOAT_LANES, 0, numbers);
        }
        for (; at < bytes; at++) ((float *)(void *)to)[at] = (float)from[at] * numbers->scale;
    } else if (kind == NORM) {
        for (; at < bytes; at++) {
            ((float *)(void *)to)[at] = (float)from[at] * numbers->factors[at % 3] + numbers->offsets[at % 3];
        }
    } else if (kind == WIDE) {
        for (; at < bytes; at += 2) {
            uint16_t token;
            memcpy(&token, from + at, 2);
            ((int64_t *)(void *)to)[at / 2] = token;
        }
    } else {
        for (; at + VECTOR <= bytes; at += VECTOR) LEVEL(store)(to + at, *(const LEVEL(Bytes) *)(from + at), 0);
        if (at < bytes && bytes >= VECTOR) {
            // The last vector overlaps the one before it.
            at = bytes - VECTOR;
            LEVEL(store)(to + at, *(const LEVEL(Bytes) *)(from + at), 0);
        } else {
            for (; at < bytes; at++) to[at] = from[at];
        }
    }
}

// Writes a row. From the style `LINES` on, the lines of a coming row are requested one after the other, between
// the stores, so that neither fills a queue of the processor.
TARGET INLINE void LEVEL(write_row)(Kind kind, uint64_t bytes, Style style, uint8_t *to, const uint8_t *from,
                                    const uint8_t *coming, const Numbers *numbers) {
    if ((kind == COPY || kind == COLD) && (style == PLAIN || style == CALL)) {
        memcpy(to, from, bytes);
        return;
    }
    int by_lines = style >= LINES;
    uint64_t at = 0, unit = kind == NORM ? 192 : 64;
    const uint8_t *line = (const uint8_t *)((uintptr_t)coming & ~(uintptr_t)63);
    for (; at + unit <= bytes; at += unit) {
        LEVEL(piece)(kind, to + at * widening(kind), from + at, unit, style == STREAM, numbers);
        for (uint64_t i = 0; by_lines && i < unit; i += 64) __builtin_prefetch(line + at + i, 0, 2);
        for (uint64_t i = 0; style == CLAIM && i < unit * widening(kind); i += 64) {
            __builtin_prefetch(to + at * widening(kind) + i + 1024, 1, 2);
        }
    }
    LEVEL(rest)(kind, to, from, at, bytes, numbers);
    for (; by_lines && line + at < coming + bytes; at += 64) __builtin_prefetch(line + at, 0, 2);
}

TARGET INLINE void LEVEL(fixed_rows)(const Job *job, const Batch *batch, Kind kind, uint64_t bytes, Style style) {
    const Column column = job->column, labels = job->labels;
    const uint64_t ahead = job->variant.ahead, count = batch->count, out_bytes = bytes * widening(kind);
    const int has_labels = labels.count != 0 && !job->variant.apart;
    const uint32_t *rows = batch->rows;
    const Numbers numbers = job->numbers;
    uint8_t *to = batch->out;
    int64_t *label = (int64_t *)(void *)(batch->out + labels_offset(job));
    for (uint64_t i = 0; i < count; i++, to += out_bytes) {
        const uint8_t *coming = NULL;
        if (style != PLAIN) {
            uint64_t later = i + ahead < count ? rows[i + ahead] : batch->following[i + ahead - count];
            coming = row_at(&column, later);
            if (style == CALL || style == WHOLE) request(coming, bytes, 2);
            if (style == NEAR) request(coming, bytes, 3);
            if (has_labels) __builtin_prefetch(row_at(&labels, later), 0, 3);
        }
        LEVEL(write_row)(kind, bytes, style, to, row_at(&column, rows[i]), coming, &numbers);
        if (has_labels) memcpy(&label[i], row_at(&labels, rows[i]), 8);
    }
    if (labels.count != 0 && job->variant.apart) label_rows(job, batch, label);
}

// Common sizes are constants, so that their loops are unrolled.
TARGET INLINE void LEVEL(sized_rows)(const Job *job, const Batch *batch, Kind kind, Style style) {
    uint64_t bytes = job->column.size;
    if (bytes == 128) {
        LEVEL(fixed_rows)(job, batch, kind, 128, style);
    } else if (bytes == 784) {
        LEVEL(fixed_rows)(job, batch, kind, 784, style);
    } else {
        LEVEL(fixed_rows)(job, batch, kind, bytes, style);
    }
}

// Copies ragged rows, padded with zeros to the longest one.
TARGET INLINE void LEVEL(ragged_rows)(const Job *job, Batch *batch, Style style) {
    uint64_t ahead = job->variant.ahead, longest = 0;
    for (uint64_t i = 0; i < batch->count; i++) {
        uint64_t length = ragged_row(job, batch->rows[i]).length;
        longest = length > longest ? length : longest;
    }
    batch->longest = longest / 4;
    for (uint64_t i = 0; i < batch->count; i++) {
        Mapping row = ragged_row(job, batch->rows[i]);
        if (style != PLAIN) {
            // The ends of the next batch are requested now, since its length must be known before its first copy.
            __builtin_prefetch(row_at(&job->ends, batch->following[i]), 0, 3);
            if (i + ahead < batch->count) {
                Mapping coming = ragged_row(job, batch->rows[i + ahead]);
                request(coming.bytes, coming.length, style == NEAR ? 3 : 2);
            }
        }
        uint8_t *to = batch->out + i * longest;
        LEVEL(write_row)(COPY, row.length, style >= LINES ? WHOLE : style, to, row.bytes, NULL, NULL);
        memset(to + row.length, 0, longest - row.length);
    }
}

// Copies the texts of each column one after another, after their lengths.
TARGET INLINE void LEVEL(text_rows)(const Job *job, const Batch *batch, Style style) {
    uint64_t ahead = job->variant.ahead;
    uint8_t *to = batch->out;
    for (uint64_t c = 0; c < TEXTS; c++) {
        const Column *values = &job->texts[c], *ends = &job->text_ends[c];
        uint64_t *lengths = (uint64_t *)(void *)to;
        to += 8 * batch->count;
        for (uint64_t i = 0; i < batch->count; i++) {
            Mapping text = ragged_value(values, ends, batch->rows[i]);
            if (style != PLAIN) {
                // The ends are requested a batch before the texts, which are found by them.
                __builtin_prefetch(row_at(ends, batch->following[i]), 0, 3);
                if (i + ahead < batch->count) {
                    Mapping coming = ragged_value(values, ends, batch->rows[i + ahead]);
                    request(coming.bytes, coming.length, style == NEAR ? 3 : 2);
                }
            }
            LEVEL(write_row)(COPY, text.length, style, to, text.bytes, NULL, NULL);
            lengths[i] = text.length;
            to += text.length;
        }
        to = (uint8_t *)(((uintptr_t)to + 63) & ~(uintptr_t)63);
    }
}

// Copies the columns of interleaved rows: eight rows at a time, so that their requests and stores come in groups.
TARGET INLINE void LEVEL(table_rows)(const Job *job, const Batch *batch, Style style) {
    float *columns = (float *)(void *)batch->out;
    int64_t *label = (int64_t *)(void *)(batch->out + labels_offset(job));
    uint64_t stride = column_stride(job), ahead = job->variant.ahead, count = batch->count;
    const Column column = job->column, labels = job->labels;
    const uint8_t *rows[8];
    for (uint64_t first = 0; first < count; first += 8) {
        uint64_t now = count - first < 8 ? count - first : 8;
        for (uint64_t i = first; i < first + now; i++) {
            rows[i - first] = row_at(&column, batch->rows[i]);
            if (style == PLAIN) continue;
            uint64_t later = i + ahead < count ? batch->rows[i + ahead] : batch->following[i + ahead - count];
            request(row_at(&column, later), TABLE_COLUMNS * 4, style == NEAR ? 3 : 2);
            request(row_at(&labels, later), 1, style == NEAR ? 3 : 2);
        }
        uint64_t c = 0;
#if VECTOR >= 32
        for (; now == 8 && c < TABLE_COLUMNS; c += 8) transpose8(columns + c * stride + first, stride, rows, c * 4);
#endif
        for (; c < TABLE_COLUMNS; c++) {
            for (uint64_t i = 0; i < now; i++) memcpy(&columns[c * stride + first + i], rows[i] + c * 4, 4);
        }
        for (uint64_t i = first; i < first + now; i++) memcpy(&label[i], row_at(&labels, batch->rows[i]), 8);
    }
}

#define EACH_STYLE(CALL_IT)                  \
    switch (job->variant.style) {            \
    case PLAIN: CALL_IT(PLAIN); break;       \
    case CALL: CALL_IT(CALL); break;         \
    case NEAR: CALL_IT(NEAR); break;         \
    case WHOLE: CALL_IT(WHOLE); break;       \
    case LINES: CALL_IT(LINES); break;       \
    case CLAIM: CALL_IT(CLAIM); break;       \
    case STREAM: CALL_IT(STREAM); break;     \
    default: break;                          \
    }

TARGET static void LEVEL(make_batch)(const Job *job, Batch *batch) {
    switch (job->kind) {
#define COPY_ROWS(STYLE) LEVEL(sized_rows)(job, batch, COPY, STYLE)
    case COPY:
    case COLD: EACH_STYLE(COPY_ROWS) break;
#define FLOAT_ROWS(STYLE) LEVEL(sized_rows)(job, batch, FLOATS, STYLE)
    case FLOATS: EACH_STYLE(FLOAT_ROWS) break;
#define NORM_ROWS(STYLE) LEVEL(fixed_rows)(job, batch, NORM, job->column.size, STYLE)
    case NORM: EACH_STYLE(NORM_ROWS) break;
#define WIDE_ROWS(STYLE) LEVEL(fixed_rows)(job, batch, WIDE, job->column.size, STYLE)
    case WIDE: EACH_STYLE(WIDE_ROWS) break;
#define RAGGED_ROWS(STYLE) LEVEL(ragged_rows)(job, batch, STYLE)
    case RAGGED: EACH_STYLE(RAGGED_ROWS) break;
#define TEXT_ROWS(STYLE) LEVEL(text_rows)(job, batch, STYLE)
    case TEXT: EACH_STYLE(TEXT_ROWS) break;
#define TABLE_ROWS(STYLE) LEVEL(table_rows)(job, batch, STYLE)
    case TABLE: EACH_STYLE(TABLE_ROWS) break;
    }
}

#undef COPY_ROWS
#undef FLOAT_ROWS
#undef NORM_ROWS
#undef WIDE_ROWS
#undef RAGGED_ROWS
#undef TEXT_ROWS
#undef TABLE_ROWS
#undef EACH_STYLE
#undef FLOAT_LANES
#undef WIDE_LANES
#undef LEVEL
#undef VECTOR
#undef TARGET
