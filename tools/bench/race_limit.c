// SPDX-License-Identifier: Apache-2.0
// The limit in the race: each workload, written in plain C for exactly its data. See tools/bench/race for the protocol,
// and race_work.h for the work.
//
//     race_limit --workload W --data DIR [--batch B] [--threads T] [--shuffle 0|1]
//
// The program computes the address of each row before the clock starts (for ragged rows: the order of the rows).
// Batches go into a small ring, so that in the steady state nothing is allocated and written memory is in a cache. Each
// epoch runs in every variant: plain, with prefetching of the row 4 or 8 rows later, and, where bytes become wider,
// with stores that bypass the caches.

#include <pthread.h>
#include <stdatomic.h>

#include "race_work.h"
#include "row_order.h"

#define RING 4
#define KEYS (TABLE_COLUMNS + 1)

typedef struct {
    Job *job;
    atomic_uint_fast64_t *next_batch;
    uint8_t *ring;
    double deadline;  // 0 for none
    double *sums;     // sums of each key; NULL while the clock runs
    uint64_t rows, batches;
} Worker;

static void add_sums(Worker *worker, const uint8_t *out, uint64_t rows, uint64_t longest) {
    const Job *job = worker->job;
    const Workload *work = job->work;
    const float *floats = (const float *)(const void *)out;
    double *sums = worker->sums;
    switch (work->kind) {
    case TABLE:
        for (uint64_t c = 0; c < TABLE_COLUMNS; c++) {
            for (uint64_t i = 0; i < rows; i++) sums[c] += floats[c * column_stride(job) + i];
        }
        break;
    case RAGGED:
        for (uint64_t i = 0; i < rows * longest; i++) sums[0] += ((const int32_t *)(const void *)out)[i];
        break;
    case WIDE:
        for (uint64_t i = 0; i < rows * work->out_bytes / 8; i++) sums[0] += ((const int64_t *)(const void *)out)[i];
        break;
    case FLOATS:
    case NORM:
        for (uint64_t i = 0; i < rows * work->out_bytes / 4; i++) sums[0] += floats[i];
        break;
    default:
        for (uint64_t i = 0; i < rows * work->out_bytes; i++) {
            if (strcmp(work->key, "tokens") != 0) sums[0] += out[i];
            else if (i % 2 == 0) sums[0] += out[i] + 256 * out[i + 1];
        }
    }
    const int64_t *labels = (const int64_t *)(const void *)(out + labels_offset(job));
    for (uint64_t i = 0; i < rows && (job->labels != NULL || work->kind == TABLE); i++) sums[KEYS - 1] += labels[i];
}

static void *run(void *argument) {
    Worker *worker = argument;
    const Job *job = worker->job;
    for (uint64_t slot = 0;; slot = (slot + 1) % RING) {
        uint64_t first = atomic_fetch_add_explicit(worker->next_batch, 1, memory_order_relaxed) * job->batch;
        if (first >= job->count) return NULL;
        uint64_t end = first + job->batch < job->count ? first + job->batch : job->count, longest = 0;
        uint8_t *out = worker->ring + slot * slot_bytes(job);
        switch (job->work->kind) {
        case TABLE: table_batch(job, out, first, end); break;
        case RAGGED: longest = ragged_batch(job, out, first, end); break;
        case COLD: will_need(job, first + 2 * job->batch); fixed_batch(job, out, first, end); break;
        default: fixed_batch(job, out, first, end);
        }
        __asm__ volatile("" : : "r"(out) : "memory");
        worker->rows += end - first;
        worker->batches++;
        if (worker->sums != NULL) add_sums(worker, out, end - first, longest);
        if (worker->deadline != 0 && now() > worker->deadline) return NULL;
    }
}

// Runs one epoch. Returns its time in seconds.
static double epoch(Worker *workers, uint64_t threads, double limit) {
    pthread_t handles[64];
    double start = now();
    atomic_store(workers[0].next_batch, 0);
    for (uint64_t i = 0; i < threads; i++) {
        workers[i].rows = workers[i].batches = 0;
        workers[i].deadline = limit > 0 ? start + limit : 0;
    }
    if (workers[0].job->work->kind == COLD) {
        will_need(workers[0].job, 0);
        will_need(workers[0].job, workers[0].job->batch);
    }
    for (uint64_t i = 1; i < threads; i++) {
        if (pthread_create(&handles[i], NULL, run, &workers[i]) != 0) fail("cannot start", "a thread");
    }
    run(&workers[0]);
    for (uint64_t i = 1; i < threads; i++) pthread_join(handles[i], NULL);
    return now() - start;
}

typedef struct {
    const char *name;
    uint64_t ahead;
    int stream;
} Variant;

static const Variant variants[] = {{"plain", 0, 0}, {"prefetch4", 4, 0}, {"prefetch8", 8, 0}, {"stream", 4, 1}};

static void run_epoch(Job *job, Worker *workers, uint64_t threads, double limit) {
    Kind kind = job->work->kind;
    int count = kind == COLD ? 1 : (kind == FLOATS || kind == NORM || kind == WIDE) && has_avx2() ? 4 : 3;
    printf("{\"variants\": {");
    for (int i = 0; i < count; i++) {
        job->ahead = variants[i].ahead;
        job->stream = variants[i].stream;
        double seconds = epoch(workers, threads, limit);
        uint64_t rows = 0, batches = 0;
        for (uint64_t t = 0; t < threads; t++) {
            rows += workers[t].rows;
            batches += workers[t].batches;
        }
        printf("%s\"%s\": {\"seconds\": %.9f, \"rows\": %llu, \"batches\": %llu}", i ? ", " : "", variants[i].name,
               seconds, (unsigned long long)rows, (unsigned long long)batches);
    }
    printf("}}\n");
}

static void run_check(Job *job, Worker *workers, uint64_t threads) {
    double sums[KEYS] = {0};
    job->ahead = 4;
    for (uint64_t i = 0; i < threads; i++) workers[i].sums = calloc(KEYS, sizeof(double));
    epoch(workers, threads, 0);
    for (uint64_t i = 0; i < threads; i++) {
        for (int k = 0; k < KEYS; k++) sums[k] += workers[i].sums[k];
        free(workers[i].sums);
        workers[i].sums = NULL;
    }
    printf("{\"rows\": %llu, \"checksums\": {", (unsigned long long)job->count);
    if (job->work->kind == TABLE) {
        for (int c = 0; c < TABLE_COLUMNS; c++) printf("\"c%d\": %.17g, ", c, sums[c]);
    } else {
        printf("\"%s\": %.17g%s", job->work->key, sums[0], job->labels != NULL ? ", " : "");
    }
    if (job->labels != NULL || job->work->kind == TABLE) printf("\"label\": %.17g", sums[KEYS - 1]);
    printf("}}\n");
}

static Mapping map_array(const char *folder, const char *set, const char *file) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s/%s", folder, set, file);
    Mapping mapping = map_file(path);
    errno = 0;
    if (mapping.length < 10 || mapping.bytes[6] != 1) fail("not a .npy file of version 1", path);
    uint64_t header = 10 + mapping.bytes[8] + 256u * mapping.bytes[9];
    return (Mapping){mapping.bytes + header, mapping.length - header};
}

int main(int count, char **arguments) {
    const char *name = option(count, arguments, "--workload", NULL), *folder = option(count, arguments, "--data", NULL);
    const Workload *work = NULL;
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
        if (strcmp(workloads[i].name, name) == 0) work = &workloads[i];
    }
    if (work == NULL) fail("no such workload", name);
    uint64_t threads = number(count, arguments, "--threads", "1");
    Job job = {.work = work, .batch = number(count, arguments, "--batch", "256")};
    if (threads < 1 || threads > 64 || job.batch < 1) fail("out of range", "--threads or --batch");
    job.numbers.scale = 1.0f / 255;
    static const float mean[] = {0.4914f, 0.4822f, 0.4465f}, deviation[] = {0.2470f, 0.2435f, 0.2616f};
    for (int c = 0; c < 3; c++) {
        job.numbers.factor[c] = 1.0f / 255 / deviation[c];
        job.numbers.offset[c] = -mean[c] / deviation[c];
    }
    Mapping file = map_array(folder, work->set, work->file), ends = {0}, labels = {0};
    job.bytes = file.bytes;
    job.count = file.length / work->row_bytes;
    if (work->kind == RAGGED) {
        ends = map_array(folder, work->set, "ends.npy");
        job.ends = (const int64_t *)(const void *)ends.bytes;
        job.count = ends.length / 8;
        warm(ends);
    }
    if (work->labels) {
        labels = map_array(folder, work->set, "label.npy");
        job.labels = (const int64_t *)(const void *)labels.bytes;
        warm(labels);
    }
    uint64_t *order = number(count, arguments, "--shuffle", "1") ? own_order(job.count, 1) : plain_order(job.count);
    job.order = order;
    if (work->kind != RAGGED) {
        const uint8_t **rows = allocate(job.count * sizeof *rows);
        for (uint64_t i = 0; i < job.count; i++) rows[i] = file.bytes + order[i] * work->row_bytes;
        job.rows = rows;
    }
    if (work->kind == COLD) {
        madvise((void *)((uintptr_t)file.bytes / 4096 * 4096), file.length, MADV_RANDOM);
    } else {
        warm(file);
    }
    atomic_uint_fast64_t next_batch = 0;
    Worker workers[64];
    for (uint64_t i = 0; i < threads; i++) {
        workers[i] = (Worker){.job = &job, .next_batch = &next_batch, .ring = allocate(RING * slot_bytes(&job))};
        memset(workers[i].ring, 0, RING * slot_bytes(&job));
    }
    printf("{\"name\": \"C\", \"versions\": {\"cc\": \"%s\"}}\n", __VERSION__);
    fflush(stdout);
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL && strncmp(line, "quit", 4) != 0) {
        if (strncmp(line, "check", 5) == 0) run_check(&job, workers, threads);
        if (strncmp(line, "epoch", 5) == 0) run_epoch(&job, workers, threads, strtod(line + 5, NULL));
        fflush(stdout);
    }
    return 0;
}
