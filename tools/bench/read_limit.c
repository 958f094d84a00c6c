// SPDX-License-Identifier: Apache-2.0
// The limit for reading: a plain C program that makes the batches of one kind of work, and does nothing else.
//
//     read_limit --file F --layout L --column NAME --kind copy|f32|norm|i64|ragged|table|texts|cold
//                [--label NAME] [--batch B] [--threads T] [--order file|ready|computed] [--element-bytes 1|2|4]
//                [--delivery none|ordered]
//
// The program maps a Colonnade file, so that it reads the bytes that Colonnade reads, in the same state of the page
// cache; layout.h says where they are. Rows are read in the order of the file, in a shuffled order that is ready before
// the clock starts, or in Colonnade's order (formats/row-order-1.md), which the program then computes batch by batch.
// Batches go into a small ring, so that in the steady state nothing is allocated. With `--delivery ordered` the first
// thread receives all batches in order, and a thread writes over a batch only after that.
//
// The variants differ in the style of requests and stores, the distance of requests, the number of batches in the ring
// and the instruction set, up to the one that COLONNADE_CPU names. Before the first epoch the program measures
// the values of one choice after the other, and keeps the three fastest variants.
//
// The program reads lines, and answers each with a line of JSON (see race/__main__.py for the protocol):
//
//     epoch [SECONDS [VARIANT]]  one epoch of the named variant, or of each of the three best
//     check                      an epoch with the sums of its elements
//     quit

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "read_work.h"

#define MOST_RING 8
#define KEYS (TABLE_COLUMNS + 1)
#define BEST 3

// The delivery of batches to the first thread, which also makes batches while the next one is not ready.
enum { MOST_MADE = 1024 };  // more batches than the rings of all threads have
typedef struct {
    atomic_uint_fast64_t taken;  // the number of batches that the first thread has received
    struct {
        _Alignas(64) _Atomic(const uint8_t *) batch;
    } made[MOST_MADE];  // by the number of a batch: its memory once it is made, until it is received
} Delivery;

typedef struct {
    const Job *job;
    Delivery *delivery;           // NULL if nobody receives the batches
    int receives;                 // whether this is the first thread
    uint64_t written[MOST_RING];  // the number of the batch after the one that was written last, for each slot
    uint64_t received;            // a sum of words of the received batches
    const uint32_t *order;   // NULL if the order is computed
    const Network *network;  // the order to compute
    uint32_t *computed[2];   // the rows of the current and of the next batch
    atomic_uint_fast64_t *next_batch;
    uint8_t *ring;
    double deadline;  // 0 for none
    double *sums;     // sums of each key; NULL while the clock runs
    uint64_t rows, batches;
} Worker;

static void add_sums(Worker *worker, const Batch *batch) {
    const Job *job = worker->job;
    const uint8_t *out = batch->out;
    const float *floats = (const float *)(const void *)out;
    uint64_t rows = batch->count, elements = rows * job->column.size / job->element_bytes;
    double *sums = worker->sums;
    switch (job->kind) {
    case TABLE:
        for (uint64_t c = 0; c < TABLE_COLUMNS; c++) {
            for (uint64_t i = 0; i < rows; i++) sums[c] += floats[c * column_stride(job) + i];
        }
        break;
    case TEXT:
        for (uint64_t c = 0; c < TEXTS; c++) {
            uint64_t bytes = 0;
            for (uint64_t i = 0; i < rows; i++) bytes += ((const uint64_t *)(const void *)out)[i];
            out += 8 * rows;
            for (uint64_t i = 0; i < bytes; i++) sums[c] += out[i];
            out = (const uint8_t *)(((uintptr_t)out + bytes + 63) & ~(uintptr_t)63);
        }
        return;
    case RAGGED:
        for (uint64_t i = 0; i < rows * batch->longest; i++) sums[0] += ((const int32_t *)(const void *)out)[i];
        break;
    case WIDE:
        for (uint64_t i = 0; i < elements; i++) sums[0] += ((const int64_t *)(const void *)out)[i];
        break;
    case FLOATS:
    case NORM:
        for (uint64_t i = 0; i < elements; i++) sums[0] += floats[i];
        break;
    default:
        for (uint64_t i = 0; i < elements; i++) {
            if (job->element_bytes == 1) sums[0] += out[i];
            if (job->element_bytes == 2) sums[0] += ((const uint16_t *)(const void *)out)[i];
            if (job->element_bytes == 4) sums[0] += floats[i];
        }
    }
    const int64_t *labels = (const int64_t *)(const void *)(out + labels_offset(job));
    for (uint64_t i = 0; i < rows && job->labels.count != 0; i++) sums[KEYS - 1] += labels[i];
}

// Returns the row numbers of a batch. Those of the batch before stay valid.
static const uint32_t *rows_of_batch(Worker *worker, uint64_t number) {
    const Job *job = worker->job;
    uint64_t first = number * job->batch, left = first < job->count ? job->count - first : 0;
    if (worker->order != NULL) return worker->order + (left == 0 ? 0 : first);
    uint32_t *rows = worker->computed[0];
    worker->computed[0] = worker->computed[1];
    worker->computed[1] = rows;
    compute_order(job, worker->network, first, left < job->batch ? left : job->batch, rows);
    return rows;
}

// Receives the next batch: reads a word of it. Returns whether it was ready.
static int receive(Worker *worker) {
    Delivery *delivery = worker->delivery;
    uint64_t taken = atomic_load_explicit(&delivery->taken, memory_order_relaxed), word;
    const uint8_t *batch = atomic_load_explicit(&delivery->made[taken % MOST_MADE].batch, memory_order_acquire);
    if (batch == NULL) return 0;
    memcpy(&word, batch, sizeof word);
    worker->received += word;
    atomic_store_explicit(&delivery->made[taken % MOST_MADE].batch, NULL, memory_order_relaxed);
    atomic_store_explicit(&delivery->taken, taken + 1, memory_order_release);
    return 1;
}

// Waits until a number of batches is received. Returns whether that happened before the deadline.
static int wait_for_receipt(Worker *worker, uint64_t count) {
    for (int turn = 1; atomic_load_explicit(&worker->delivery->taken, memory_order_acquire) < count; turn++) {
        if (worker->receives && receive(worker)) continue;
        if (worker->deadline != 0 && now() > worker->deadline) return 0;
        if (turn % 64 == 0) sched_yield();
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
    return 1;
}

static void *run(void *argument) {
    Worker *worker = argument;
    const Job *job = worker->job;
    uint64_t batches = (job->count + job->batch - 1) / job->batch;
    uint64_t current = atomic_fetch_add_explicit(worker->next_batch, 1, memory_order_relaxed);
    const uint32_t *rows = rows_of_batch(worker, current);
    for (uint64_t slot = 0; current < batches; slot = slot + 1 < job->variant.ring ? slot + 1 : 0) {
        // The next batch is claimed first, so that its first rows can be requested.
        uint64_t next = atomic_fetch_add_explicit(worker->next_batch, 1, memory_order_relaxed);
        uint64_t first = current * job->batch, left = job->count - first;
        Batch batch = {
            .rows = rows,
            .following = rows_of_batch(worker, next),
            .count = left < job->batch ? left : job->batch,
            .out = worker->ring + slot * slot_bytes(job),
        };
        if (job->kind == COLD && left > 2 * job->batch) {
            uint64_t later = left - 2 * job->batch;
            will_need(job, rows + 2 * job->batch, later < job->batch ? later : job->batch);
        }
        if (worker->delivery != NULL && !wait_for_receipt(worker, worker->written[slot])) return NULL;
        make_batch(job, &batch);
        __asm__ volatile("" : : "r"(batch.out) : "memory");
        worker->rows += batch.count;
        worker->batches++;
        if (worker->sums != NULL) add_sums(worker, &batch);
        if (worker->delivery != NULL) {
            worker->written[slot] = current + 1;
            atomic_store_explicit(&worker->delivery->made[current % MOST_MADE].batch, batch.out, memory_order_release);
            while (worker->receives && receive(worker)) {}
        }
        if (worker->deadline != 0 && now() > worker->deadline) return NULL;
        current = next;
        rows = batch.following;
    }
    if (worker->receives) wait_for_receipt(worker, batches);
    return NULL;
}

// Runs one epoch from a batch on. It ends early after `limit` seconds unless that is 0. Returns its time in seconds.
static double epoch(Worker *workers, uint64_t threads, uint64_t first, double limit) {
    pthread_t handles[64];
    double start = now();
    atomic_store(workers[0].next_batch, first);
    for (uint64_t i = 0; i < threads; i++) {
        workers[i].rows = workers[i].batches = 0;
        workers[i].deadline = limit > 0 ? start + limit : 0;
        memset(workers[i].written, 0, sizeof workers[i].written);
    }
    Delivery *delivery = workers[0].delivery;
    for (uint64_t i = 0; i < MOST_MADE && delivery != NULL; i++) atomic_store(&delivery->made[i].batch, NULL);
    if (delivery != NULL) atomic_store(&delivery->taken, first);
    const Job *job = workers[0].job;
    if (job->kind == COLD) {
        will_need(job, workers[0].order, job->count < 2 * job->batch ? job->count : 2 * job->batch);
    }
    for (uint64_t i = 1; i < threads; i++) {
        if (pthread_create(&handles[i], NULL, run, &workers[i]) != 0) fail("cannot start", "a thread");
    }
    run(&workers[0]);
    for (uint64_t i = 1; i < threads; i++) pthread_join(handles[i], NULL);
    return now() - start;
}

static uint64_t rows_of(const Worker *workers, uint64_t threads) {
    uint64_t rows = 0;
    for (uint64_t i = 0; i < threads; i++) rows += workers[i].rows;
    return rows;
}

// The choice of variants.

static const char *const style_names[STYLES] = {"plain", "memcpy", "near", "whole", "lines", "claim", "stream"};
static const uint64_t distances[] = {2, 4, 6, 8, 12, 16, 32, 64}, rings[] = {2, 3, 4, MOST_RING};
enum { CHOICES = 5, DISTANCES = sizeof distances / sizeof *distances, RINGS = sizeof rings / sizeof *rings };

static int applies(const Job *job, Style style) {
    int converts = widening(job->kind) > 1;
    switch (style) {
    case CALL: return !converts && job->kind != TABLE;
    case LINES:
    case CLAIM: return job->kind != TABLE && job->kind != RAGGED && job->kind != TEXT;
    case STREAM: return job->kind != TABLE && job->kind != RAGGED && job->kind != TEXT && out_bytes(job) % 64 == 0;
    default: return 1;
    }
}

// Returns the variant with another value of one choice, or an unchanged one if there is no such value.
static Variant changed(const Job *job, Variant variant, int choice, int value, int newest) {
    if (choice == 0 && value < STYLES && applies(job, (Style)value)) variant.style = (Style)value;
    if (choice == 1 && value < DISTANCES) variant.ahead = distances[value];
    if (choice == 2 && value < RINGS) variant.ring = rings[value];
    if (choice == 3 && value <= newest) variant.level = value;
    if (choice == 4 && value <= 1 && job->kind != TABLE && job->labels.count != 0) variant.apart = value;
    return variant;
}

static int is_same(Variant a, Variant b) {
    int same_distance = a.ahead == b.ahead || a.style == PLAIN;
    return a.style == b.style && same_distance && a.ring == b.ring && a.level == b.level && a.apart == b.apart;
}

typedef struct {
    Variant variant;
    double rate;
} Tried;

// Adds a measurement to the best variants, which are sorted.
static void keep(Tried *best, Variant variant, double rate) {
    int at = 0;
    while (at < BEST - 1 && !is_same(best[at].variant, variant)) at++;
    if (is_same(best[at].variant, variant) ? best[at].rate >= rate : best[BEST - 1].rate >= rate) return;
    best[at] = (Tried){variant, rate};
    for (; at > 0 && best[at - 1].rate < best[at].rate; at--) {
        Tried kept = best[at];
        best[at] = best[at - 1];
        best[at - 1] = kept;
    }
}

// Tries the values of one choice after the other, with the best values of the other choices so far.
static void choose_variants(Job *job, Worker *workers, uint64_t threads, Variant *chosen) {
    const int values = DISTANCES > STYLES ? DISTANCES : STYLES, newest = newest_level();
    uint64_t first = 0;
    Variant current = {.style = job->kind == TABLE ? WHOLE : CALL, .ahead = 16, .ring = 2, .level = newest};
    if (widening(job->kind) > 1) current.style = WHOLE;
    Tried best[BEST] = {{current, 0}, {{.style = STYLES}, 0}, {{.style = STYLES}, 0}};
    for (int turn = 0; turn < 2 * CHOICES; turn++) {
        int choice = turn % CHOICES;
        double rates[DISTANCES + STYLES] = {0};
        for (int repeat = 0; repeat < 3; repeat++) {
            for (int value = 0; value < values; value++) {
                Variant variant = changed(job, current, choice, value, newest);
                // Values that change nothing are skipped, except for one measurement of the unchanged variant.
                if (value != 0 && is_same(variant, changed(job, current, choice, value - 1, newest))) continue;
                job->variant = variant;
                double seconds = epoch(workers, threads, first, 0.02), rate = (double)rows_of(workers, threads) / seconds;
                // The next measurement reads other rows, as if the epoch went on, since these are now in a cache.
                first += rows_of(workers, threads) / job->batch;
                if (first >= job->count / job->batch) first = 0;
                rates[value] = rate > rates[value] ? rate : rates[value];
            }
        }
        int fastest = 0;
        for (int value = 0; value < values; value++) {
            if (rates[value] == 0) continue;
            keep(best, changed(job, current, choice, value, newest), rates[value]);
            if (rates[value] > rates[fastest]) fastest = value;
        }
        current = changed(job, current, choice, fastest, newest);
    }
    for (int i = 0; i < BEST; i++) chosen[i] = best[i].rate > 0 ? best[i].variant : current;
}

static void variant_name(Variant variant, char *name, size_t size) {
    const char *level = level_names[variant.level], *labels = variant.apart ? "; labels apart" : "";
    unsigned long long ahead = variant.ahead, ring = variant.ring;
    if (variant.style == PLAIN) {
        snprintf(name, size, "%s; ring of %llu; %s%s", style_names[PLAIN], ring, level, labels);
    } else {
        const char *style = style_names[variant.style];
        snprintf(name, size, "%s, %llu ahead; ring of %llu; %s%s", style, ahead, ring, level, labels);
    }
}

// The answers.

static void run_epoch(Job *job, Worker *workers, uint64_t threads, double limit, const char *only, Variant *chosen) {
    printf("{\"variants\": {");
    int printed = 0;
    for (int i = 0; i < BEST; i++) {
        char name[128];
        variant_name(chosen[i], name, sizeof name);
        int repeats = i > 0 && is_same(chosen[i], chosen[i - 1]);
        if (repeats || (*only != 0 && strcmp(only, name) != 0)) continue;
        job->variant = chosen[i];
        double seconds = epoch(workers, threads, 0, limit);
        uint64_t batches = 0;
        for (uint64_t t = 0; t < threads; t++) batches += workers[t].batches;
        printf("%s\"%s\": {\"seconds\": %.9f, \"rows\": %llu, \"batches\": %llu}", printed++ ? ", " : "", name, seconds,
               (unsigned long long)rows_of(workers, threads), (unsigned long long)batches);
    }
    printf("}}\n");
}

static void run_check(Job *job, Worker *workers, uint64_t threads, const char *key, const char *label) {
    double sums[KEYS] = {0};
    for (uint64_t i = 0; i < threads; i++) workers[i].sums = calloc(KEYS, sizeof(double));
    epoch(workers, threads, 0, 0);
    for (uint64_t i = 0; i < threads; i++) {
        for (int k = 0; k < KEYS; k++) sums[k] += workers[i].sums[k];
        free(workers[i].sums);
        workers[i].sums = NULL;
    }
    printf("{\"rows\": %llu, \"checksums\": {", (unsigned long long)job->count);
    for (int c = 0; c < TABLE_COLUMNS && job->kind == TABLE; c++) printf("%s\"c%d\": %.17g", c ? ", " : "", c, sums[c]);
    for (int c = 0; c < TEXTS && job->kind == TEXT; c++) printf("%s\"%s%d\": %.17g", c ? ", " : "", key, c, sums[c]);
    if (job->kind != TABLE && job->kind != TEXT) printf("\"%s\": %.17g", key, sums[0]);
    if (job->labels.count != 0) printf(", \"%s\": %.17g", label, sums[KEYS - 1]);
    printf("}}\n");
}

static Kind kind_named(const char *name) {
    static const char *const names[] = {"copy", "f32", "norm", "i64", "ragged", "table", "texts", "cold"};
    for (int i = 0; i < 8; i++) {
        if (strcmp(name, names[i]) == 0) return (Kind)i;
    }
    fail("no such kind", name);
}

// Reads where the columns of texts are, and how long their texts can be. The ends of a column become its rows.
static void read_texts(Job *job, const char *layout, const char *key, Mapping file) {
    for (uint64_t c = 0; c < TEXTS; c++) {
        char name[256];
        snprintf(name, sizeof name, "%s%d.values", key, (int)c);
        if (!read_column(layout, name, file, &job->texts[c])) fail("no such column in the layout", name);
        snprintf(name, sizeof name, "%s%d.ends", key, (int)c);
        if (!read_column(layout, name, file, &job->text_ends[c])) fail("no such column in the layout", name);
        uint64_t longest = 0;
        for (uint64_t row = 0; row < job->text_ends[c].count; row++) {
            uint64_t length = ragged_value(&job->texts[c], &job->text_ends[c], row).length;
            longest = length > longest ? length : longest;
        }
        job->text_bytes += longest + 8 + 64;
    }
    job->column = job->text_ends[0];
}

int main(int count, char **arguments) {
    Mapping file = map_file(option(count, arguments, "--file", NULL));
    const char *layout = option(count, arguments, "--layout", NULL), *key = option(count, arguments, "--column", NULL);
    const char *label = option(count, arguments, "--label", "");
    Job job = {
        .kind = kind_named(option(count, arguments, "--kind", "copy")),
        .batch = number(count, arguments, "--batch", "256"),
        .element_bytes = number(count, arguments, "--element-bytes", "1"),
        .numbers = {.scale = 1.0f / 255},
    };
    uint64_t threads = number(count, arguments, "--threads", "1");
    if (threads < 1 || threads > 64 || job.batch < 1) fail("out of range", "--threads or --batch");
    static const float mean[] = {0.4914f, 0.4822f, 0.4465f}, deviation[] = {0.2470f, 0.2435f, 0.2616f};
    for (int i = 0; i < 48; i++) {
        job.numbers.factors[i] = 1.0f / 255 / deviation[i % 3];
        job.numbers.offsets[i] = -mean[i % 3] / deviation[i % 3];
    }
    char name[256];
    snprintf(name, sizeof name, job.kind == RAGGED ? "%s.values" : job.kind == TABLE ? "%s0" : "%s", key);
    if (job.kind == TEXT) {
        read_texts(&job, layout, key, file);
    } else if (!read_column(layout, name, file, &job.column)) {
        fail("no such column in the layout", name);
    }
    snprintf(name, sizeof name, "%s.ends", key);
    if (job.kind == RAGGED && !read_column(layout, name, file, &job.ends)) fail("no such column in the layout", name);
    if (*label != 0 && !read_column(layout, label, file, &job.labels)) fail("no such column in the layout", label);
    job.count = job.column.count;

    const char *order_name = option(count, arguments, "--order", "ready");
    int is_computed = strcmp(order_name, "computed") == 0;
    if (is_computed && job.kind == COLD) fail("needs an order that is ready", "cold");
    if (strcmp(order_name, "file") != 0 && strcmp(order_name, "ready") != 0 && !is_computed) fail("no such order", order_name);
    uint64_t padding = MOST_AHEAD + job.batch;
    uint32_t *order = is_computed ? NULL : own_order(job.count, strcmp(order_name, "ready") == 0, padding);
    Network network = network_of(job.count, 1);
    if (job.kind == COLD) {
        madvise((void *)file.bytes, file.length, MADV_RANDOM);
    } else {
        warm(file);
    }
    const char *delivery_name = option(count, arguments, "--delivery", "none");
    int delivers = strcmp(delivery_name, "ordered") == 0;
    if (!delivers && strcmp(delivery_name, "none") != 0) fail("no such delivery", delivery_name);
    static Delivery delivery;
    atomic_uint_fast64_t next_batch = 0;
    Worker workers[64];
    for (uint64_t i = 0; i < threads; i++) {
        workers[i] = (Worker){.job = &job, .order = order, .network = &network, .next_batch = &next_batch};
        workers[i].delivery = delivers ? &delivery : NULL;
        workers[i].receives = delivers && i == 0;
        workers[i].ring = allocate(MOST_RING * slot_bytes(&job));
        for (int turn = 0; turn < 2 && is_computed; turn++) workers[i].computed[turn] = allocate(padding * sizeof *order);
    }
    printf("{\"name\": \"C\", \"versions\": {\"cc\": \"%s\"}, \"kernels\": \"%s\"}\n", __VERSION__,
           level_names[newest_level()]);
    fflush(stdout);
    char line[256];
    Variant chosen[BEST] = {0};
    while (fgets(line, sizeof line, stdin) != NULL && strncmp(line, "quit", 4) != 0) {
        line[strcspn(line, "\n")] = 0;
        if (chosen[0].ring == 0) {
            if (job.kind == COLD) {
                for (int i = 0; i < BEST; i++) chosen[i] = (Variant){.ring = 2, .level = newest_level()};
            } else {
                choose_variants(&job, workers, threads, chosen);
            }
        }
        if (strncmp(line, "check", 5) == 0) {
            job.variant = chosen[0];
            run_check(&job, workers, threads, key, label);
        }
        if (strncmp(line, "epoch", 5) == 0) {
            char *rest;
            double limit = strtod(line + 5, &rest);
            run_epoch(&job, workers, threads, limit, *rest ? rest + 1 : "", chosen);
        }
        fflush(stdout);
    }
    return 0;
}
