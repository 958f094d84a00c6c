// SPDX-License-Identifier: Apache-2.0
// Gathers columns of interleaved rows: some rows at a time, column by column.

#include "copy.h"
#include "find_row.h"
#include "gather.h"
#include "spread.h"

// The maximum number of bytes that are prefetched before their use. Fetching one line takes as long as copying dozens,
// and the second-level cache can hold all of them.
#define AHEAD 8192

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

// Writes `count` rows, at most `ROWS`, to the targets of all members from row `at` of the batch on.
static void write_rows(const char *const *found, size_t count, size_t at, const struct colonnade_group *group,
                       struct converter *ready) {
    const struct colonnade_member *members = group->members;
    size_t member_count = group->member_count;
    for (size_t i = 0, length = 1; i < member_count; i += length) {
        const struct colonnade_member *member = &members[i];
        length = spread_length(member, member_count - i);
        if (length >= SPREAD_LEAST) {
            colonnade_spread((const void *const *)found, count, member, length, at);
            continue;
        }
        length = 1;
        char *target = member->target;
        if (!member->conversion) {
            copy_rows(target + at * member->size, found, count, member->offset, member->size);
            continue;
        }
        bool keeps = member_count <= READY;
        const struct converter *converter = &ready[keeps ? i : 0];
        if (!keeps) colonnade_prepare(&ready[0], member->conversion);
        target += at * member->elements * converter->target_size;
        convert_rows(converter, target, found, count, member);
    }
}

// Returns whether the numbers of all rows follow one another. Comparing the first and the last row rejects most other batches.
static bool are_consecutive(const int64_t *rows, size_t count) {
    if (count < ROWS || rows[count - 1] - rows[0] != (int64_t)count - 1) return false;
    int64_t difference = 0;
    for (size_t row = 0; row < count; row++) difference |= rows[row] - rows[0] - (int64_t)row;
    return difference == 0;
}

// Gathers a batch of consecutive rows, which the CPU itself prefetches.
static void gather_consecutive(const int64_t *rows, size_t count, const struct colonnade_group *group,
                               struct converter *ready) {
    struct current_run current = first_run(&group->where);
    const char *found[ROWS];
    for (size_t at = 0; at < count;) {
        const char *first = find_row(&current, &group->where, rows[at]);
        uint64_t local = (uint64_t)rows[at] - current.first_row;
        uint64_t in_run = current.row_count - local, in_segment = current.mask + 1 - (local & current.mask);
        size_t now = count - at < ROWS ? count - at : ROWS;
        if (in_run < now) now = in_run;
        if (in_segment < now) now = in_segment;
        for (size_t row = 0; row < now; row++) found[row] = first + row * current.stride;
        write_rows(found, now, at, group, ready);
        at += now;
    }
}

// Gathers the batch that begins at row `start`.
static void gather_batch(const struct row_numbers *numbers, size_t start, const struct colonnade_group *group,
                         struct converter *ready) {
    const struct colonnade_rows *where = &group->where;
    const struct colonnade_member *members = group->members;
    const int64_t *rows = numbers->rows + start;
    size_t count = end_of_batch(numbers, start) - start, known = numbers->known - start;
    size_t member_count = group->member_count;
    bool continues = numbers->continues || start > 0;
    size_t low = SIZE_MAX, high = 0, bytes = 0;
    for (size_t i = 0; i < member_count; i++) {
        if (members[i].size == 0) continue;
        size_t end = members[i].offset + members[i].size;
        low = members[i].offset < low ? members[i].offset : low;
        high = end > high ? end : high;
    }
    bytes = high > low ? high - low : 0;
    if (bytes == 0) return;
    if (are_consecutive(rows, count)) {
        gather_consecutive(rows, count, group, ready);
        return;
    }
    struct current_run current = first_run(where);
    size_t step = AHEAD / bytes;
    step = step < 1 ? 1 : step > ROWS ? ROWS : step;
    // A multiple of the squares that `spread` transposes.
    if (step >= 8) step &= ~(size_t)7;
    const char *found[2][ROWS];
    size_t now = count < step ? count : step;
    find_rows(&current, where, rows, now, 0, found[0]);
    for (size_t i = 0; !continues && i < now; i++) request(found[0][i] + low, bytes);
    // The number of rows that are requested already.
    size_t requested = !continues ? now : known < step ? known : step;
    for (size_t from = 0, turn = 0; from < count; turn ^= 1) {
        size_t left = known - from - now, next = left < step ? left : step;
        // The requested rows that this step skips are at or after `count`, and so their addresses are not used.
        size_t skipped = from + now < requested ? requested - from - now : 0;
        const char **later = found[turn ^ 1];
        if (skipped < next) find_rows(&current, where, rows + from + now + skipped, next - skipped, 0, later + skipped);
        for (size_t i = skipped; i < next; i++) request(later[i] + low, bytes);
        write_rows(found[turn], now, from, group, ready);
        from += now;
        // Rows from `count` on were only prefetched.
        now = count - from < next ? count - from : next;
    }
}

void colonnade_gather_shared(const struct row_numbers *numbers, const struct colonnade_group *group,
                             struct converter *ready) {
    for (size_t start = 0; start < numbers->count; start += numbers->batch) {
        gather_batch(numbers, start, group, ready);
        for (size_t i = 0; i < group->member_count; i++) advance(&group->members[i]);
    }
}
