// SPDX-License-Identifier: Apache-2.0
// Gathers rows by number: finds them, prefetches them some rows before their use, and copies or converts them.

#include "colonnade_kernels.h"
#include "convert.h"
#include "copy.h"
#include "copy_lines.h"
#include "spread.h"

#include <string.h>

// The run of the last row that was found.
struct current_run {
    uint64_t first_row, row_count, mask;
    size_t exponent, stride;
    const void *const *segments;
};

static void enter(struct current_run *current, const struct colonnade_rows *where, const struct colonnade_run *run) {
    current->first_row = (uint64_t)run->first_row;
    current->row_count = (uint64_t)run->row_count;
    current->exponent = run->exponent;
    current->mask = ((uint64_t)1 << run->exponent) - 1;
    current->segments = where->segments + run->first_segment;
    current->stride = where->stride;
}

static inline const char *find(struct current_run *current, const struct colonnade_rows *where, int64_t row) {
    uint64_t local = (uint64_t)row - current->first_row;
    if (__builtin_expect(local >= current->row_count, 0)) {
        enter(current, where, colonnade_run_of(&where->runs, row));
        local = (uint64_t)row - current->first_row;
    }
    return (const char *)current->segments[local >> current->exponent] + (local & current->mask) * current->stride;
}

// The maximum numbers of bytes and of rows that are prefetched before their use. Fetching one line takes as long as
// copying dozens, and the second-level cache can hold all of them. Large rows are requested one by one, and so more of
// them at a time: images of 784 bytes take 0.9 to 0.95 of the time with 24 KB, relative to 8 KB.
#define AHEAD 8192
#define LARGE_AHEAD 24576
#define MOST_AHEAD 32
// The number of rows that are found at a time.
#define ROWS 64

// A column of at least this size is prefetched and copied row by row, so that memory is always busy.
#define LARGE 96
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

static void gather_large(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                         bool continues, const struct colonnade_member *member, const struct converter *converter) {
    struct current_run current;
    enter(&current, where, where->runs.runs);
    size_t size = member->size, ahead = LARGE_AHEAD / size;
    ahead = ahead < 1 ? 1 : ahead > MOST_AHEAD ? MOST_AHEAD : ahead;
    // The first lines of a huge row are enough: the hardware fetches the rest.
    size_t bytes = size < WHOLE_AGAIN ? size : 1024;
    size_t step = converter ? member->elements * converter->target_size : size;
    bool copies_lines = !converter && size >= LEAST_LINES && size <= MOST_LINES && colonnade_can_copy_lines();
    char *target = member->target;
    const char *found[ROWS + MOST_AHEAD];
    size_t have = 0;
    for (size_t start = 0; start < count; start += ROWS) {
        size_t now = count - start < ROWS ? count - start : ROWS;
        size_t want = known - start < now + ahead ? known - start : now + ahead;
        for (; have < want; have++) found[have] = find(&current, where, rows[start + have]) + member->offset;
        if (start == 0 && !continues) {
            for (size_t row = 0; row < ahead && row < want; row++) request(found[row], bytes);
        }
        if (copies_lines) {
            colonnade_copy_lines(target, found, now, want, ahead, size);
            target += now * size;
        } else {
            for (size_t row = 0; row < now; row++, target += step) {
                if (row + ahead < want) request(found[row + ahead], bytes);
                write_row(target, found[row], member, size, converter);
            }
        }
        have = want - now;
        memmove(found, found + now, have * sizeof *found);
    }
}

static void gather_pieces(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                        const struct colonnade_member *member, const struct converter *converter) {
    struct current_run current;
    enter(&current, where, where->runs.runs);
    size_t size = member->size, factor = converter ? converter->target_size : 1;
    size_t divisor = converter ? converter->source_size : 1;
    char *target = member->target;
    const char *from = find(&current, where, rows[0]) + member->offset;
    request(from, PIECE);
    for (size_t row = 0; row < count; row++) {
        const char *next = row + 1 < known ? find(&current, where, rows[row + 1]) + member->offset : NULL;
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

// Rows of up to this size are first copied next to each other, and then converted in one call.
#define SMALL 64

#define COPY(SIZE)                                                                                      \
    case SIZE:                                                                                          \
        for (size_t row = 0; row < count; row++) memcpy(target + row * SIZE, from[row] + offset, SIZE); \
        break;

static void copy_rows(char *target, const char *const *from, size_t count, size_t offset, size_t size) {
    switch (size) {
        COPY(1)
        COPY(2)
        COPY(4)
        COPY(8)
        COPY(16)
        COPY(32)
        COPY(64)
        default:
            for (size_t row = 0; row < count; row++) copy_bytes(target + row * size, from[row] + offset, size);
    }
}

static void convert_rows(const struct converter *converter, char *target, const char *const *from, size_t count,
                         const struct colonnade_member *member) {
    size_t elements = member->elements;
    if (member->size <= SMALL && elements % converter->period == 0) {
        char together[ROWS * SMALL];
        copy_rows(together, from, count, member->offset, member->size);
        colonnade_run_converter(converter, target, together, count * elements);
        return;
    }
    for (size_t row = 0; row < count; row++, target += elements * converter->target_size) {
        colonnade_run_converter(converter, target, from[row] + member->offset, elements);
    }
}

// The number of small rows that are requested before their use. A small row takes so few instructions that fewer would
// not reach the memory in time.
#define SMALL_AHEAD 64

// Copies one small column of `size` bytes, a constant, row by row. Each row is found twice: its address can be computed
// in less time than it can be kept.
static inline __attribute__((always_inline)) void copy_small(struct current_run *current,
                                                             const struct colonnade_rows *where, const int64_t *rows,
                                                             size_t count, size_t known, size_t offset, char *target,
                                                             size_t size) {
    size_t rest = known > SMALL_AHEAD ? known - SMALL_AHEAD : 0, requested = rest < count ? rest : count, row = 0;
    for (; row < requested; row++) {
        __builtin_prefetch(find(current, where, rows[row + SMALL_AHEAD]) + offset, 0, 2);
        memcpy(target + row * size, find(current, where, rows[row]) + offset, size);
    }
    for (; row < count; row++) memcpy(target + row * size, find(current, where, rows[row]) + offset, size);
}

static void copy_small_rows(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                            size_t offset, char *target, size_t size) {
    struct current_run current;
    enter(&current, where, where->runs.runs);
    switch (size) {
        case 1: copy_small(&current, where, rows, count, known, offset, target, 1); break;
        case 2: copy_small(&current, where, rows, count, known, offset, target, 2); break;
        case 4: copy_small(&current, where, rows, count, known, offset, target, 4); break;
        case 8: copy_small(&current, where, rows, count, known, offset, target, 8); break;
    }
}

// Returns whether `gather_small` can make a column that is read alone.
static inline bool is_small(const struct colonnade_member *member, const struct converter *converter) {
    bool has_size = member->size == 1 || member->size == 2 || member->size == 4 || member->size == 8;
    return has_size && (!converter || member->elements % converter->period == 0);
}

// Gathers one small column, such as a label. The out-of-order execution of the CPU fetches the first rows, which are
// not prefetched.
static void gather_small(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                         const struct colonnade_member *member, const struct converter *converter) {
    char *target = member->target;
    if (!converter) {
        copy_small_rows(where, rows, count, known, member->offset, target, member->size);
        return;
    }
    for (size_t from = 0; from < count; from += ROWS) {
        char together[ROWS * 8];
        size_t now = count - from < ROWS ? count - from : ROWS, elements = now * member->elements;
        copy_small_rows(where, rows + from, now, known - from, member->offset, together, member->size);
        colonnade_run_converter(converter, target, together, elements);
        target += elements * converter->target_size;
    }
}

// The number of conversions that stay prepared. With more columns than that, each conversion is prepared again for
// every few rows.
#define READY 8

// Gathers columns of a shared group, or a column that is too small for `gather_large`.
static void gather_shared(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                          bool continues, const struct colonnade_member *members, size_t member_count,
                          struct converter *ready) {
    size_t low = SIZE_MAX, high = 0, bytes = 0;
    for (size_t i = 0; i < member_count; i++) {
        if (members[i].size == 0) continue;
        size_t end = members[i].offset + members[i].size;
        low = members[i].offset < low ? members[i].offset : low;
        high = end > high ? end : high;
    }
    bytes = high > low ? high - low : 0;
    if (bytes == 0) return;
    struct current_run current;
    enter(&current, where, where->runs.runs);
    size_t step = AHEAD / bytes;
    step = step < 1 ? 1 : step > ROWS ? ROWS : step;
    // A multiple of the squares that `spread` transposes.
    if (step >= 8) step &= ~(size_t)7;
    const char *found[2][ROWS];
    size_t now = count < step ? count : step, seen = 0;
    for (; seen < now; seen++) {
        found[0][seen] = find(&current, where, rows[seen]);
        if (!continues) request(found[0][seen] + low, bytes);
    }
    // The number of rows that are requested already.
    size_t requested = !continues ? now : known < step ? known : step;
    for (size_t from = 0, turn = 0; from < count; turn ^= 1) {
        size_t left = known - from - now, next = left < step ? left : step;
        // The requested rows that this step skips are at or after `count`, and so their addresses are not used.
        for (size_t i = from + now < requested ? requested - from - now : 0; i < next; i++) {
            const char *start = found[turn ^ 1][i] = find(&current, where, rows[from + now + i]);
            request(start + low, bytes);
        }
        for (size_t i = 0, length = 1; i < member_count; i += length) {
            const struct colonnade_member *member = &members[i];
            length = spread_length(member, member_count - i);
            if (length >= SPREAD_LEAST) {
                colonnade_spread((const void *const *)found[turn], now, member, length, from);
                continue;
            }
            length = 1;
            char *target = member->target;
            if (!member->conversion) {
                copy_rows(target + from * member->size, found[turn], now, member->offset, member->size);
                continue;
            }
            bool keeps = member_count <= READY;
            const struct converter *converter = &ready[keeps ? i : 0];
            if (!keeps) colonnade_prepare(&ready[0], member->conversion);
            target += from * member->elements * converter->target_size;
            convert_rows(converter, target, found[turn], now, member);
        }
        from += now;
        // Rows from `count` on were only prefetched.
        now = count - from < next ? count - from : next;
    }
}

void colonnade_gather(const struct colonnade_rows *where, const int64_t *rows, size_t count, size_t known,
                      bool continues, const struct colonnade_member *members, size_t member_count) {
    if (count == 0 || member_count == 0) return;
    struct converter ready[READY];
    for (size_t i = 0; member_count <= READY && i < member_count; i++) {
        if (members[i].conversion) colonnade_prepare(&ready[i], members[i].conversion);
    }
    const struct converter *converter = members->conversion ? ready : NULL;
    if (member_count == 1 && is_small(members, converter)) {
        gather_small(where, rows, count, known, members, converter);
    } else if (member_count == 1 && members->size >= LARGE) {
        if (converter) colonnade_prefer_stream(&ready[0], members->target, count, members->elements);
        bool is_pieced = members->size >= PIECED && members->size < WHOLE_AGAIN;
        if (is_pieced && (!converter || converter->kind == WHOLE)) {
            gather_pieces(where, rows, count, known, members, converter);
        } else {
            gather_large(where, rows, count, known, continues, members, converter);
        }
    } else {
        gather_shared(where, rows, count, known, continues, members, member_count, ready);
    }
}

void colonnade_scatter(void *rows, size_t stride, size_t offset, size_t size, const void *source, size_t count) {
    char *target = (char *)rows + offset;
    const char *from = source;
    switch (size) {
        case 1: for (size_t row = 0; row < count; row++) memcpy(target + row * stride, from + row, 1); break;
        case 2: for (size_t row = 0; row < count; row++) memcpy(target + row * stride, from + row * 2, 2); break;
        case 4: for (size_t row = 0; row < count; row++) memcpy(target + row * stride, from + row * 4, 4); break;
        case 8: for (size_t row = 0; row < count; row++) memcpy(target + row * stride, from + row * 8, 8); break;
        default: for (size_t row = 0; row < count; row++) memcpy(target + row * stride, from + row * size, size);
    }
}
