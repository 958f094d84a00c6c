// SPDX-License-Identifier: Apache-2.0
// The work of race_limit for one batch of each workload: the minimum that any program must do to make that batch.

#ifndef RACE_WORK_H
#define RACE_WORK_H

#include "kernels.h"
#include "limit.h"

enum { TABLE_COLUMNS = 32, LONGEST = 512 };  // float32 columns of a row of the table; most elements of a ragged row

typedef enum { COPY, FLOATS, NORM, WIDE, RAGGED, TABLE, COLD } Kind;

typedef struct {
    const char *name, *set, *file, *key;
    uint64_t row_bytes, out_bytes;  // the size of one row, in the file and in a batch
    Kind kind;
    int labels;  // an int64 for each row, in a file of its own
} Workload;

static const Workload workloads[] = {
    {"rows128", "rows128", "x.npy", "x", 128, 128, COPY, 0},
    {"images784", "images784", "image.npy", "image", 784, 784, COPY, 1},
    {"images784-f32", "images784", "image.npy", "image", 784, 4 * 784, FLOATS, 1},
    {"images3k", "images3k", "image.npy", "image", 3072, 3072, COPY, 0},
    {"images3k-norm", "images3k", "image.npy", "image", 3072, 4 * 3072, NORM, 0},
    {"tokens", "tokens", "tokens.npy", "tokens", 2048, 2048, COPY, 0},
    {"tokens-i64", "tokens", "tokens.npy", "tokens", 2048, 4 * 2048, WIDE, 0},
    {"ragged", "ragged", "values.npy", "tokens", 4, 4 * LONGEST, RAGGED, 0},
    {"table", "table", "rows.npy", NULL, 136, 136, TABLE, 0},
    {"table-seq", "table", "rows.npy", NULL, 136, 136, TABLE, 0},
    {"images150k", "images150k", "image.npy", "image", 150528, 150528, COPY, 0},
    {"cold", "cold", "image.npy", "image", 3072, 3072, COLD, 0},
};

typedef struct {
    const Workload *work;
    const uint8_t *const *rows;  // the address of each row, in order; for ragged rows the row number
    const uint64_t *order;
    const int64_t *labels, *ends;
    const uint8_t *bytes;
    uint64_t count, batch;
    uint64_t ahead;  // rows requested before they are copied
    int stream;      // whether stores bypass the caches
    Numbers numbers;
} Job;

// Columns are padded by 64 bytes: at a distance of a power of two they would all use one set of the cache.
static inline uint64_t column_stride(const Job *job) { return job->batch + 16; }

// The offset of the labels in a slot of the ring, and the size of a slot.
static inline uint64_t labels_offset(const Job *job) {
    if (job->work->kind == TABLE) return column_stride(job) * 4 * TABLE_COLUMNS;
    return (job->batch * job->work->out_bytes + 63) / 64 * 64;
}
static inline uint64_t slot_bytes(const Job *job) { return (labels_offset(job) + job->batch * 8 + 63) / 64 * 64; }

static inline void request(const Job *job, uint64_t position) {
    if (job->ahead == 0 || position + job->ahead >= job->count) return;
    prefetch_row(job->rows[position + job->ahead], job->work->row_bytes);
    if (job->labels != NULL) __builtin_prefetch(&job->labels[job->order[position + job->ahead]], 0, 3);
}

static inline void convert_row(const Job *job, uint8_t *to, const uint8_t *from) {
    uint64_t bytes = job->work->row_bytes;
    const uint16_t *tokens = (const uint16_t *)(const void *)from;
    float *floats = (float *)(void *)to;
    int64_t *wide = (int64_t *)(void *)to;
    Kind kind = job->work->kind;
#if defined(__x86_64__)
    if (has_avx2()) {
        if (kind == FLOATS) {
            floats_avx2(floats, from, bytes, job->numbers.scale, job->stream);
        } else if (kind == NORM) {
            norm_avx2(floats, from, bytes, &job->numbers, job->stream);
        } else if (kind == WIDE) {
            wide_avx2(wide, tokens, bytes / 2, job->stream);
        } else if (bytes <= 256 && bytes % 32 == 0) {
            copy_short(to, from, bytes);
        } else {
            memcpy(to, from, bytes);
        }
        return;
    }
#endif
    if (kind == FLOATS) {
        floats_plain(floats, from, bytes, job->numbers.scale);
    } else if (kind == NORM) {
        norm_plain(floats, from, bytes, &job->numbers);
    } else if (kind == WIDE) {
        wide_plain(wide, tokens, bytes / 2);
    } else {
        memcpy(to, from, bytes);
    }
}

static inline void fixed_batch(const Job *job, uint8_t *out, uint64_t first, uint64_t end) {
    int64_t *labels = (int64_t *)(void *)(out + labels_offset(job));
    for (uint64_t row = first; row < end; row++) {
        request(job, row);
        convert_row(job, out + (row - first) * job->work->out_bytes, job->rows[row]);
        if (job->labels != NULL) labels[row - first] = job->labels[job->order[row]];
    }
}

static inline void table_batch(const Job *job, uint8_t *out, uint64_t first, uint64_t end) {
    float *columns = (float *)(void *)out;
    int64_t *labels = (int64_t *)(void *)(out + labels_offset(job));
    uint64_t stride = column_stride(job), row = first;
#if defined(__x86_64__)
    for (; has_avx2() && row + 8 <= end; row += 8) {
        for (uint64_t i = 0; i < 8; i++) request(job, row + i);
        for (uint64_t c = 0; c < TABLE_COLUMNS; c += 8) {
            transpose8(columns + c * stride + (row - first), stride, job->rows + row, c * 4);
        }
        for (uint64_t i = 0; i < 8; i++) memcpy(&labels[row - first + i], job->rows[row + i] + TABLE_COLUMNS * 4, 8);
    }
#endif
    for (; row < end; row++) {
        for (uint64_t c = 0; c < TABLE_COLUMNS; c++) {
            memcpy(&columns[c * stride + (row - first)], job->rows[row] + c * 4, 4);
        }
        memcpy(&labels[row - first], job->rows[row] + TABLE_COLUMNS * 4, 8);
    }
}

static inline uint64_t ragged_start(const Job *job, uint64_t row) { return row ? (uint64_t)job->ends[row - 1] : 0; }

// Copies rows, padded with zeros to the longest of the batch. Returns the length of the longest row.
static inline uint64_t ragged_batch(const Job *job, uint8_t *out, uint64_t first, uint64_t end) {
    uint64_t longest = 0;
    for (uint64_t at = first; at < end; at++) {
        uint64_t row = job->order[at], length = (uint64_t)job->ends[row] - ragged_start(job, row);
        longest = length > longest ? length : longest;
    }
    for (uint64_t at = first; at < end; at++) {
        if (job->ahead != 0 && at + job->ahead < end) {
            uint64_t coming = job->order[at + job->ahead], start = ragged_start(job, coming);
            prefetch_row(job->bytes + start * 4, ((uint64_t)job->ends[coming] - start) * 4);
        }
        uint64_t row = job->order[at], start = ragged_start(job, row), length = (uint64_t)job->ends[row] - start;
        uint8_t *to = out + (at - first) * longest * 4;
        memcpy(to, job->bytes + start * 4, length * 4);
        memset(to + length * 4, 0, (longest - length) * 4);
    }
    return longest;
}

// Asks the system to read the pages of a later batch; the disk reads them while others are copied.
static inline void will_need(const Job *job, uint64_t first) {
    for (uint64_t at = first; at < first + job->batch && at < job->count; at++) {
        uintptr_t from = (uintptr_t)job->rows[at] / 4096 * 4096;
        madvise((void *)from, (uintptr_t)job->rows[at] + job->work->row_bytes - from, MADV_WILLNEED);
    }
}

#endif
