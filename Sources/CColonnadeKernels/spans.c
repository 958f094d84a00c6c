// SPDX-License-Identifier: Apache-2.0
// Ragged rows: finds them by their ends, and copies or converts each to the front of a row of equal length.

#include "colonnade_kernels.h"
#include "convert.h"
#include "copy.h"

#include <stdbool.h>

// The number of entries and rows that are prefetched before their use.
#define ENTRIES_AHEAD 16
#define AHEAD 8
// The maximum number of bytes that are prefetched of a row. The hardware fetches the rest.
#define MOST_BYTES 2048

static inline uint64_t entry(const uint64_t *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

size_t colonnade_find_spans(const struct colonnade_end *ends, size_t count, size_t step_bytes, size_t limit,
                            struct colonnade_span *spans, size_t *longest) {
    size_t most = 0, row = 0;
    // Avoids the division, which takes as long as all other instructions here. With a step of zero bytes every row is
    // empty.
    bool has_mask = step_bytes > 0 && (step_bytes & (step_bytes - 1)) == 0;
    for (size_t ahead = 0; ahead < ENTRIES_AHEAD && ahead < count; ahead++) __builtin_prefetch(ends[ahead].end, 0, 2);
    for (; row < count; row++) {
        if (row + ENTRIES_AHEAD < count) __builtin_prefetch(ends[row + ENTRIES_AHEAD].end, 0, 2);
        const struct colonnade_end *where = &ends[row];
        uint64_t start = where->is_first ? 0 : entry(where->end - 1), end = entry(where->end);
        if (start > end || end > where->length || end - start > limit) break;
        uint64_t bytes = end - start;
        uint64_t rest = has_mask ? bytes & (step_bytes - 1) : step_bytes > 0 ? bytes % step_bytes : bytes;
        if (rest != 0) break;
        spans[row].start = where->values + start;
        spans[row].bytes = (size_t)bytes;
        most = bytes > most ? (size_t)bytes : most;
    }
    *longest = most;
    return row;
}

static inline void request_span(const struct colonnade_span *span) {
    request(span->start, span->bytes < MOST_BYTES ? span->bytes : MOST_BYTES);
}

void colonnade_gather_spans(const struct colonnade_span *spans, size_t count, size_t known,
                            const struct colonnade_conversion *conversion, size_t source_size, size_t row_elements,
                            void *target, const void *padding, size_t target_size) {
    struct converter converter;
    if (conversion) colonnade_prepare(&converter, conversion);
    char *to = target;
    size_t row_bytes = row_elements * target_size;
    for (size_t row = 0; row < AHEAD && row < count; row++) request_span(&spans[row]);
    for (size_t row = 0; row < count; row++, to += row_bytes) {
        if (row + AHEAD < known) request_span(&spans[row + AHEAD]);
        size_t elements = spans[row].bytes / source_size, written = elements * target_size;
        if (conversion) {
            colonnade_run_converter(&converter, to, spans[row].start, elements);
        } else {
            copy_bytes(to, spans[row].start, written);
        }
        if (written == row_bytes) continue;
        if (padding) {
            colonnade_fill(to + written, row_elements - elements, padding, target_size);
        } else {
            memset(to + written, 0, row_bytes - written);
        }
    }
}

static inline size_t aligned_text(size_t bytes) { return (bytes + 7) & ~(size_t)7; }

size_t colonnade_texts_size(const struct colonnade_span *spans, size_t count) {
    size_t size = 8 * (1 + count);
    for (size_t row = 0; row < count; row++) size += aligned_text(spans[row].bytes);
    return size;
}

// Copies a text, most of which are shorter than 16 bytes: as two numbers, the second of which overlaps the first.
static inline void copy_text(char *to, const char *from, size_t bytes) {
    if (bytes >= 16) {
        copy_bytes(to, from, bytes);
    } else if (bytes >= 8) {
        uint64_t first, last;
        memcpy(&first, from, 8);
        memcpy(&last, from + bytes - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + bytes - 8, &last, 8);
    } else if (bytes >= 4) {
        uint32_t first, last;
        memcpy(&first, from, 4);
        memcpy(&last, from + bytes - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + bytes - 4, &last, 4);
    } else if (bytes > 0) {
        to[0] = from[0];
        to[bytes / 2] = from[bytes / 2];
        to[bytes - 1] = from[bytes - 1];
    }
}

void *colonnade_gather_texts(const struct colonnade_span *spans, size_t count, size_t known, int64_t *lengths, void *target) {
    char *to = target;
    for (size_t row = 0; row < AHEAD && row < count; row++) request_span(&spans[row]);
    for (size_t row = 0; row < count; row++) {
        if (row + AHEAD < known) request_span(&spans[row + AHEAD]);
        size_t bytes = spans[row].bytes;
        lengths[row] = (int64_t)bytes;
        if (bytes == 0) continue;
        memset(to + aligned_text(bytes) - 8, 0, 8);
        copy_text(to, spans[row].start, bytes);
        if ((unsigned char)to[bytes - 1] == 0xFF) return NULL;
        to += aligned_text(bytes);
    }
    return to;
}

#define FILL(T)                                                                            \
    {                                                                                      \
        typedef T unaligned __attribute__((aligned(1), may_alias));                        \
        T value;                                                                           \
        memcpy(&value, element, sizeof value);                                             \
        for (size_t i = 0; i < count; i++) ((unaligned *)target)[i] = value;               \
        break;                                                                             \
    }

void colonnade_fill(void *target, size_t count, const void *element, size_t size) {
    switch (size) {
        case 1: memset(target, *(const unsigned char *)element, count); break;
        case 2: FILL(uint16_t)
        case 4: FILL(uint32_t)
        case 8: FILL(uint64_t)
    }
}
