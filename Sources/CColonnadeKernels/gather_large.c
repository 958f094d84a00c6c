// SPDX-License-Identifier: Apache-2.0
// Gathers one large column: each row is prefetched some rows before it is copied or converted.

#include "convert_lines.h"
#include "copy.h"
#include "copy_lines.h"
#include "cpu.h"
#include "find_row.h"
#include "gather.h"

// The numbers of bytes and of rows that are prefetched before their use. Fetching one line takes as long as copying dozens, and
// the second-level cache also holds the batches that are written. Images of 784 bytes take 0.9 to 0.95 of the time with 24 KB
// relative to 8 KB where that cache has 2 MB, and 1.05 to 1.19 where it has 512 KB; there they take 0.96 with 4 KB.
#define LEAST_BYTES_AHEAD 8192
#define MOST_BYTES_AHEAD 24576
#define LINES_AHEAD 4096
#define MOST_ROWS_AHEAD 32
#define USUAL_LEVEL2 (1 << 20)

static size_t rows_ahead(size_t size, bool by_lines) {
    size_t level2 = colonnade_level2_bytes();
    if (level2 == 0) level2 = USUAL_LEVEL2;
    size_t bytes = level2 / 64;
    bytes = bytes < LEAST_BYTES_AHEAD ? LEAST_BYTES_AHEAD : bytes > MOST_BYTES_AHEAD ? MOST_BYTES_AHEAD : bytes;
    if (by_lines && level2 <= SMALL_LEVEL2) bytes = LINES_AHEAD;
    size_t rows = bytes / size;
    return rows < 1 ? 1 : rows > MOST_ROWS_AHEAD ? MOST_ROWS_AHEAD : rows;
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

static void gather_rows(const struct row_numbers *numbers, const struct colonnade_group *group,
                        const struct converter *converter) {
    struct colonnade_member *member = group->members;
    struct current_run current = first_run(&group->where);
    size_t size = member->size;
    bool by_lines = goes_by_lines(size, converter);
    size_t ahead = rows_ahead(size, by_lines);
    // The first lines of a huge row are enough: the hardware fetches the rest.
    size_t bytes = size < WHOLE_AGAIN ? size : 1024;
    size_t step = converter ? member->elements * converter->target_size : size;
    const char *found[ROWS + MOST_ROWS_AHEAD];
    size_t have = 0;
    for (size_t start = 0, end; start < numbers->count; start = end, advance(member)) {
        end = end_of_batch(numbers, start);
        char *target = member->target;
        for (size_t at = start, now; at < end; at += now, target += now * step) {
            now = end - at < ROWS ? end - at : ROWS;
            size_t known = numbers->known - at, want = known < now + ahead ? known : now + ahead;
            find_rows(&current, &group->where, numbers->rows + at + have, want - have, member->offset, found + have);
            if (at == 0 && !numbers->continues) {
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
            have = want - now;
            memmove(found, found + now, have * sizeof *found);
        }
    }
}

static void gather_pieces(const struct row_numbers *numbers, const struct colonnade_group *group,
                          const struct converter *converter) {
    const struct colonnade_rows *where = &group->where;
    struct colonnade_member *member = group->members;
    const int64_t *rows = numbers->rows;
    struct current_run current = first_run(where);
    size_t size = member->size, factor = converter ? converter->target_size : 1;
    size_t divisor = converter ? converter->source_size : 1;
    const char *from = find_row(&current, where, rows[0]) + member->offset;
    request(from, PIECE);
    for (size_t start = 0, end; start < numbers->count; start = end, advance(member)) {
        end = end_of_batch(numbers, start);
        char *target = member->target;
        for (size_t row = start; row < end; row++) {
            const char *next =
                row + 1 < numbers->known ? find_row(&current, where, rows[row + 1]) + member->offset : NULL;
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
}

void colonnade_gather_large(const struct row_numbers *numbers, const struct colonnade_group *group,
                            const struct converter *converter) {
    size_t size = group->members->size;
    bool is_pieced = size >= PIECED && size < WHOLE_AGAIN;
    if (is_pieced && (!converter || converter->kind == WHOLE)) {
        gather_pieces(numbers, group, converter);
    } else {
        gather_rows(numbers, group, converter);
    }
}
