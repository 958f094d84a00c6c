// SPDX-License-Identifier: Apache-2.0
// Gathers one large column: each row is prefetched some rows before it is copied or converted.

#include "convert_lines.h"
#include "copy.h"
#include "copy_lines.h"
#include "cpu.h"
#include "find_row.h"
#include "gather.h"

// The numbers of bytes and of rows that are prefetched before their use. Fetching one line takes as long as copying dozens, and
// the second-level cache also holds the batches that are written. Relative to 8 KB, images of 784 bytes take 0.9 to 0.95 of the
// time with 24 KB where that cache has 2 MB, and 1.05 to 1.19 where it has 512 KB.
#define LEAST_BYTES_AHEAD 8192
#define MOST_BYTES_AHEAD 24576
#define MOST_ROWS_AHEAD 32

static size_t bytes_ahead(void) {
    size_t bytes = colonnade_level2_bytes() / 64;
    return bytes < LEAST_BYTES_AHEAD ? LEAST_BYTES_AHEAD : bytes > MOST_BYTES_AHEAD ? MOST_BYTES_AHEAD : bytes;
}

// Rows between these sizes are prefetched and copied in pieces, since the hardware's own prefetching ends at each page.
// Larger rows are copied at once, since one long copy is faster. The size of a piece is a multiple of every data type's
// block.
#define PIECED 6144
#define WHOLE_AGAIN 65536
#define PIECE 3072

static inline void write_row(char *target, const char *from, const struct colonnade_member *member, size_t size,
                             const struct converter *converter) {
    if (!converter) {
        copy_bytes(target, from, size);
    } else if (converter->kind == WHOLE) {
        converter->loop(target, from, size / converter->source_size, converter->scales, converter->offsets);
    } else {
        colonnade_run_converter(converter, target, from, member->elements);
    }
}

// Returns whether rows are copied or converted line by line.
static bool goes_by_lines(size_t size, const struct converter *converter) {
    if (size < LEAST_LINES || size > MOST_LINES) return false;
    return converter ? colonnade_can_convert_lines(converter) : colonnade_can_copy_lines();
}

static void gather_rows(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                        bool continues, const struct colonnade_member *member, const struct converter *converter) {
    struct current_run current = first_run(where);
    size_t size = member->size, ahead = bytes_ahead() / size;
    ahead = ahead < 1 ? 1 : ahead > MOST_ROWS_AHEAD ? MOST_ROWS_AHEAD : ahead;
    // The first lines of a huge row are enough: the hardware fetches the rest.
    size_t bytes = size < WHOLE_AGAIN ? size : 1024;
    size_t step = converter ? member->elements * converter->target_size : size;
    bool by_lines = goes_by_lines(size, converter);
    char *target = member->target;
    const char *found[ROWS + MOST_ROWS_AHEAD];
    size_t have = 0;
    for (size_t start = 0; start < count; start += ROWS) {
        size_t now = count - start < ROWS ? count - start : ROWS;
        size_t want = known - start < now + ahead ? known - start : now + ahead;
        for (; have < want; have++) found[have] = find_row(&current, where, rows[start + have]) + member->offset;
        if (start == 0 && !continues) {
            for (size_t row = 0; row < ahead && row < want; row++) request(found[row], bytes);
        }
        if (by_lines && converter) {
            colonnade_convert_lines(converter, target, found, now, want, ahead, size);
        } else if (by_lines) {
            colonnade_copy_lines(target, found, now, want, ahead, size);
        } else {
            for (size_t row = 0; row < now; row++) {
                if (row + ahead < want) request(found[row + ahead], bytes);
                write_row(target + row * step, found[row], member, size, converter);
            }
        }
        target += now * step;
        have = want - now;
        memmove(found, found + now, have * sizeof *found);
    }
}

static void gather_pieces(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                          const struct colonnade_member *member, const struct converter *converter) {
    struct current_run current = first_run(where);
    size_t size = member->size, factor = converter ? converter->target_size : 1;
    size_t divisor = converter ? converter->source_size : 1;
    char *target = member->target;
    const char *from = find_row(&current, where, rows[0]) + member->offset;
    request(from, PIECE);
    for (size_t row = 0; row < count; row++) {
        const char *next = row + 1 < known ? find_row(&current, where, rows[row + 1]) + member->offset : NULL;
        for (size_t at = 0; at < size; at += PIECE) {
            size_t bytes = size - at < PIECE ? size - at : PIECE, left = size - at - bytes;
            size_t own = left < PIECE ? left : PIECE;
            request(from + at + bytes, own);
            if (next && own < PIECE) request(next, PIECE - own);
            write_row(target, from + at, member, bytes, converter);
            target += bytes / divisor * factor;
        }
        from = next;
    }
}

void colonnade_gather_large(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                            bool continues, const struct colonnade_member *member, const struct converter *converter) {
    bool is_pieced = member->size >= PIECED && member->size < WHOLE_AGAIN;
    if (is_pieced && (!converter || converter->kind == WHOLE)) {
        gather_pieces(where, rows, count, known, member, converter);
    } else {
        gather_rows(where, rows, count, known, continues, member, converter);
    }
}
