// SPDX-License-Identifier: Apache-2.0
// The limit for shuffled epochs: copies rows of a warm mapped file, in a given order, into a small ring of batches.
//
//     gather_limit --file F --row-bytes R [--stride S] (--rows N --offset O | --layout L) [--order FILE | --seed X]
//                  [--batch B] [--threads T] [--kind copy|f32] [--scale X] [--passes P]
//
// Row i begins at `offset + i × stride`. For a file with segments the layout gives the addresses: a text file with a
// line `first_row rows offset stride` for each segment. The order is a file of little-endian uint64 row numbers, or a
// shuffle by the program. The program computes the address of each row before the clock starts, so that only copying is
// timed.
//
// `copy` copies the bytes; `f32` multiplies each byte, as a float, by the scale. Each runs without prefetching, and
// with prefetching of the row 4 or 8 rows later. Prints the best pass of every variant, and the best variant, as JSON.
// The checksum, from a pass that is not timed, is the sum of the bytes or floats written.

#include <pthread.h>
#include <stdatomic.h>

#include "kernels.h"
#include "limit.h"
#include "row_order.h"

#define RING 4

typedef void (*RowWriter)(uint8_t *to, const uint8_t *from, uint64_t bytes, float scale);

typedef struct {
    const uint8_t *const *rows;  // the address of each row, in order
    uint64_t count, row_bytes, batch, threads;
    uint64_t element_size;  // of the output: 1 for copy, 4 for f32
    uint64_t ahead;         // the number of rows between prefetching and copying
    float scale;
    RowWriter write;
    atomic_uint_fast64_t next_batch;
    int sums;  // whether to sum the written elements
} Job;

typedef struct {
    Job *job;
    uint8_t *ring;
    double sum;
} Worker;

static void copy_row(uint8_t *to, const uint8_t *from, uint64_t bytes, float scale) {
    (void)scale;
    memcpy(to, from, bytes);
}

static void float_row(uint8_t *to, const uint8_t *from, uint64_t bytes, float scale) {
    floats_plain((float *)(void *)to, from, bytes, scale);
}

#if defined(__x86_64__)
AVX2 static void float_row_avx2(uint8_t *to, const uint8_t *from, uint64_t bytes, float scale) {
    floats_avx2((float *)(void *)to, from, bytes, scale, 0);
}
#endif

static RowWriter floats_writer(void) {
#if defined(__x86_64__)
    if (has_avx2()) return float_row_avx2;
#endif
    return float_row;
}

static double sum_written(const Job *job, const uint8_t *batch, uint64_t elements) {
    double sum = 0;
    for (uint64_t i = 0; i < elements; i++) sum += job->element_size == 1 ? batch[i] : ((const float *)batch)[i];
    return sum;
}

static void *work(void *argument) {
    Worker *worker = argument;
    Job *job = worker->job;
    uint64_t bytes = job->row_bytes, ahead = job->ahead, written = bytes * job->element_size;
    uint64_t slot = 0;
    for (;;) {
        uint64_t first = atomic_fetch_add_explicit(&job->next_batch, 1, memory_order_relaxed) * job->batch;
        if (first >= job->count) return NULL;
        uint64_t end = first + job->batch < job->count ? first + job->batch : job->count;
        uint8_t *batch = worker->ring + slot * job->batch * written;
        for (uint64_t row = first; row < end; row++) {
            if (ahead != 0 && row + ahead < job->count) prefetch_row(job->rows[row + ahead], bytes);
            job->write(batch + (row - first) * written, job->rows[row], bytes, job->scale);
        }
        __asm__ volatile("" : : "r"(batch) : "memory");
        if (job->sums) worker->sum += sum_written(job, batch, (end - first) * bytes);
        slot = (slot + 1) % RING;
    }
}

// Makes one pass over all rows. Returns its time in seconds, and adds the sums of the workers to `sum`.
static double pass(Job *job, Worker *workers, double *sum) {
    pthread_t threads[256];
    atomic_store(&job->next_batch, 0);
    double start = now();
    for (uint64_t i = 1; i < job->threads; i++) {
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0) fail("cannot start", "a thread");
    }
    work(&workers[0]);
    for (uint64_t i = 1; i < job->threads; i++) pthread_join(threads[i], NULL);
    double seconds = now() - start;
    for (uint64_t i = 0; i < job->threads; i++) {
        *sum += workers[i].sum;
        workers[i].sum = 0;
    }
    return seconds;
}

typedef struct {
    uint64_t first_row, rows, offset, stride;
} Segment;

static Segment *read_layout(const char *path, uint64_t *count) {
    FILE *file = fopen(path, "r");
    if (file == NULL) fail("cannot open", path);
    Segment *segments = NULL;
    unsigned long long a, b, c, d;
    *count = 0;
    while (fscanf(file, "%llu %llu %llu %llu", &a, &b, &c, &d) == 4) {
        segments = realloc(segments, (*count + 1) * sizeof(Segment));
        if (segments == NULL) fail("cannot allocate", "memory");
        segments[(*count)++] = (Segment){a, b, c, d};
    }
    fclose(file);
    errno = 0;
    if (*count == 0) fail("no segment in", path);
    return segments;
}

static uint64_t *read_order(const char *path, uint64_t *count) {
    Mapping mapping = map_file(path);
    *count = mapping.length / 8;
    uint64_t *order = allocate(mapping.length);
    memcpy(order, mapping.bytes, mapping.length);
    munmap((void *)mapping.bytes, mapping.length);
    return order;
}

static const uint8_t *row_start(Mapping file, const Segment *segments, uint64_t count, uint64_t row, uint64_t bytes) {
    uint64_t low = 0, high = count;  // the last segment that begins at or before the row
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;
        if (segments[middle].first_row <= row) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const Segment *segment = &segments[low];
    errno = 0;
    if (row < segment->first_row || row - segment->first_row >= segment->rows) fail("no such row", "in the layout");
    uint64_t start = segment->offset + (row - segment->first_row) * segment->stride;
    if (start + bytes > file.length) fail("a row lies past the end", "of the file");
    return file.bytes + start;
}

int main(int count, char **arguments) {
    Mapping file = map_file(option(count, arguments, "--file", NULL));
    uint64_t row_bytes = number(count, arguments, "--row-bytes", NULL);
    const char *layout = option(count, arguments, "--layout", "");
    const char *order_file = option(count, arguments, "--order", "");
    int floats = strcmp(option(count, arguments, "--kind", "copy"), "f32") == 0;
    uint64_t passes = number(count, arguments, "--passes", "1");

    uint64_t segment_count = 1;
    Segment whole, *segments = &whole;
    if (*layout != 0) {
        segments = read_layout(layout, &segment_count);
    } else {
        char stride[24];
        snprintf(stride, sizeof stride, "%llu", (unsigned long long)row_bytes);
        whole = (Segment){0, number(count, arguments, "--rows", NULL), number(count, arguments, "--offset", "0"),
                          number(count, arguments, "--stride", stride)};
    }
    uint64_t rows = segments[segment_count - 1].first_row + segments[segment_count - 1].rows;
    uint64_t seed = number(count, arguments, "--seed", "1");
    uint64_t *order = *order_file != 0 ? read_order(order_file, &rows) : own_order(rows, seed);
    const uint8_t **starts = allocate(rows * sizeof *starts);
    for (uint64_t i = 0; i < rows; i++) starts[i] = row_start(file, segments, segment_count, order[i], row_bytes);
    free(order);
    warm(file);

    Job job = {
        .rows = starts,
        .count = rows,
        .row_bytes = row_bytes,
        .batch = number(count, arguments, "--batch", "256"),
        .threads = number(count, arguments, "--threads", "1"),
        .element_size = floats ? 4 : 1,
        .scale = strtof(option(count, arguments, "--scale", "1"), NULL),
        .write = floats ? floats_writer() : copy_row,
    };
    if (job.threads < 1 || job.threads > 256 || job.batch < 1) fail("out of range", "--threads or --batch");
    Worker workers[256];
    for (uint64_t i = 0; i < job.threads; i++) {
        uint64_t ring = RING * job.batch * row_bytes * job.element_size;
        workers[i] = (Worker){&job, allocate(ring), 0};
        memset(workers[i].ring, 0, ring);
    }

    static const uint64_t aheads[] = {0, 4, 8};
    static const char *const names[] = {"plain", "prefetch4", "prefetch8"};
    double best[3] = {0, 0, 0}, sum = 0;
    for (uint64_t i = 0; i < passes * 3; i++) {
        uint64_t variant = i % 3;
        job.ahead = aheads[variant];
        double seconds = pass(&job, workers, &sum);
        if (best[variant] == 0 || seconds < best[variant]) best[variant] = seconds;
    }
    job.sums = 1;
    pass(&job, workers, &sum);

    uint64_t fastest = 0;
    printf("{\"kind\": \"%s\", \"rows\": %llu, \"row_bytes\": %llu, ", floats ? "f32" : "copy", (unsigned long long)rows,
           (unsigned long long)row_bytes);
    printf("\"batch\": %llu, \"threads\": %llu, \"variants\": {", (unsigned long long)job.batch,
           (unsigned long long)job.threads);
    for (uint64_t i = 0; i < 3; i++) {
        if (best[i] < best[fastest]) fastest = i;
        printf("%s\"%s\": %.1f", i ? ", " : "", names[i], (double)rows / best[i]);
    }
    printf("}, \"best\": \"%s\", \"rows_per_second\": %.1f, \"checksum\": %.17g}\n", names[fastest],
           (double)rows / best[fastest], sum);
    return 0;
}
