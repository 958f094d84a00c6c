// SPDX-License-Identifier: Apache-2.0
// The work of read_limit for one batch: the minimum that any program must do to make that batch.

#ifndef READ_WORK_H
#define READ_WORK_H

#include "layout.h"
#include "row_order.h"

enum { TABLE_COLUMNS = 32, LONGEST = 512 };  // float32 columns of a row of the table; most elements of a ragged row
enum { TEXTS = 5 };                           // columns of texts
enum { MOST_AHEAD = 64 };

typedef enum { COPY, FLOATS, NORM, WIDE, RAGGED, TABLE, TEXT, COLD } Kind;

// How rows are requested ahead of their use, and written.
typedef enum {
    PLAIN,   // not requested; copied by memcpy
    CALL,    // the whole row into the second-level cache; copied by memcpy
    NEAR,    // the whole row into the first-level cache; all styles from here on write with inlined vectors
    WHOLE,   // the whole row into the second-level cache
    LINES,   // the same, line by line between the stores of an earlier row
    CLAIM,   // the same, and the lines of the output are requested too, for batches that exceed the second-level cache
    STREAM,  // as LINES, with stores that bypass the caches
    STYLES
} Style;

// The numbers that convert an element: the scale, or the factor and offset of each channel, repeated for three vectors.
typedef struct {
    float scale, factors[48], offsets[48];
} Numbers;

typedef struct {
    Style style;
    uint64_t ahead;  // rows between request and use
    uint64_t ring;   // batches that are written in turn
    int level;       // the instruction set
    int apart;       // whether the labels of a batch are copied after its rows, and not with each row
} Variant;

typedef struct {
    Kind kind;
    Column column, labels, ends;  // labels and ends may be empty
    Column texts[TEXTS], text_ends[TEXTS];
    uint64_t text_bytes;  // of the longest text of each column together, with its length
    uint64_t count, batch, element_bytes;
    Numbers numbers;
    Variant variant;
} Job;

typedef struct {
    const uint32_t *rows;       // the row numbers of the batch
    const uint32_t *following;  // those of the batch that this thread makes next; at least MOST_AHEAD can be read
    uint64_t count;
    uint8_t *out;
    uint64_t longest;  // elements of each padded row of a ragged batch
} Batch;

// The bytes of output for a byte of input.
static inline uint64_t widening(Kind kind) { return kind == FLOATS || kind == NORM || kind == WIDE ? 4 : 1; }

static inline uint64_t out_bytes(const Job *job) {
    if (job->kind == TEXT) return job->text_bytes;
    return job->kind == RAGGED ? 4 * LONGEST : job->column.size * widening(job->kind);
}

// Columns are padded by 64 bytes: at a distance of a power of two they would all use one set of the cache.
static inline uint64_t column_stride(const Job *job) { return job->batch + 16; }

// The offset of the labels in a slot of the ring, and the size of a slot.
static inline uint64_t labels_offset(const Job *job) {
    if (job->kind == TABLE) return column_stride(job) * 4 * TABLE_COLUMNS;
    return (job->batch * out_bytes(job) + 63) / 64 * 64;
}
static inline uint64_t slot_bytes(const Job *job) { return (labels_offset(job) + job->batch * 8 + 63) / 64 * 64; }

#define INLINE static inline __attribute__((always_inline))

static const uint32_t counting[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

// Requests the lines of a row. The first lines of a huge row are enough: the hardware fetches the rest.
INLINE void request(const uint8_t *start, uint64_t bytes, int level) {
    const uint8_t *line = (const uint8_t *)((uintptr_t)start & ~(uintptr_t)63), *end = start + (bytes < 4096 ? bytes : 4096);
    for (; line < end; line += 64) {
        if (level == 3) {
            __builtin_prefetch(line, 0, 3);
        } else {
            __builtin_prefetch(line, 0, 2);
        }
    }
}

INLINE Mapping ragged_value(const Column *values, const Column *ends, uint64_t row) {
    const uint8_t *at = row_at(ends, row);
    uint64_t start = 0, end;
    memcpy(&end, at, 8);
    if ((row & ends->mask) != 0) memcpy(&start, at - 8, 8);
    return (Mapping){values->segments[row >> values->exponent] + start, end - start};
}

INLINE Mapping ragged_row(const Job *job, uint64_t row) { return ragged_value(&job->column, &job->ends, row); }

static inline void label_rows(const Job *job, const Batch *batch, int64_t *label) {
    enum { AHEAD = 32 };
    const Column labels = job->labels;
    for (uint64_t i = 0; i < batch->count; i++) {
        uint64_t later = i + AHEAD < batch->count ? batch->rows[i + AHEAD] : batch->following[i + AHEAD - batch->count];
        __builtin_prefetch(row_at(&labels, later), 0, 3);
        memcpy(&label[i], row_at(&labels, batch->rows[i]), 8);
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

// Transposes eight rows of eight floats to eight columns, `stride` floats apart.
__attribute__((target("avx2"))) INLINE void transpose8(float *to, uint64_t stride, const uint8_t *const *rows, uint64_t at) {
    __m256 r[8], a[8], b[8];
    for (int i = 0; i < 8; i++) r[i] = _mm256_loadu_ps((const float *)(const void *)(rows[i] + at));
    for (int i = 0; i < 8; i += 2) {
        a[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        a[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        b[i] = _mm256_shuffle_ps(a[i], a[i + 2], 0x44);
        b[i + 1] = _mm256_shuffle_ps(a[i], a[i + 2], 0xee);
        b[i + 2] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0x44);
        b[i + 3] = _mm256_shuffle_ps(a[i + 1], a[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(to + (uint64_t)i * stride, _mm256_permute2f128_ps(b[i], b[i + 4], 0x20));
        _mm256_storeu_ps(to + (uint64_t)(i + 4) * stride, _mm256_permute2f128_ps(b[i], b[i + 4], 0x31));
    }
}

#define LEVEL(NAME) NAME##_avx2
#define VECTOR 32
#define TARGET __attribute__((target("avx2,fma,prfchw")))
#include "row_loops.h"

#define LEVEL(NAME) NAME##_avx512
#define VECTOR 64
#define TARGET __attribute__((target("avx2,fma,prfchw,avx512f,avx512bw,avx512dq,avx512vl")))
#include "row_loops.h"
#endif

#define LEVEL(NAME) NAME##_portable
#define VECTOR 16
#define TARGET
#include "row_loops.h"

// The instruction sets, from the oldest to the newest. The first one is what every processor of a kind has: SSE2 or NEON.
static const char *const level_names[] = {"portable", "avx2", "avx512"};

// Returns the newest instruction set that the processor has and that COLONNADE_CPU permits.
static inline int newest_level(void) {
    int level = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) level = 1;
    if (level == 1 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
        level = 2;
    }
#endif
    const char *name = getenv("COLONNADE_CPU");
    if (name == NULL || *name == 0 || strcmp(name, "avx512") == 0) return level;
    return strcmp(name, "avx2") == 0 && level > 0 ? 1 : 0;
}

static inline void compute_order(const Job *job, const Network *network, uint64_t start, uint64_t count, uint32_t *rows) {
    switch (job->variant.level) {
#if defined(__x86_64__)
    case 1: compute_order_avx2(network, start, count, rows); break;
    case 2: compute_order_avx512(network, start, count, rows); break;
#endif
    default: compute_order_portable(network, start, count, rows);
    }
}

static inline void make_batch(const Job *job, Batch *batch) {
    switch (job->variant.level) {
#if defined(__x86_64__)
    case 1: make_batch_avx2(job, batch); break;
    case 2: make_batch_avx512(job, batch); break;
#endif
    default: make_batch_portable(job, batch);
    }
}

// Asks the system to read the pages of a later batch; the disk reads them while others are copied.
static inline void will_need(const Job *job, const uint32_t *rows, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        uintptr_t row = (uintptr_t)row_at(&job->column, rows[i]), from = row / 4096 * 4096;
        madvise((void *)from, row + job->column.size - from, MADV_WILLNEED);
    }
}

#endif
