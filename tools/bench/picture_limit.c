// SPDX-License-Identifier: Apache-2.0
// The limit for pictures: decodes a part of each JPEG file with libjpeg-turbo, changes its size, mirrors every second one, and
// writes pixels or normalised floats into batches. It knows the files and their order before the clock starts, and does nothing
// else.
//
//     picture_limit --list FILE --crop random|centre --filter bilinear|triangle --kind copy|norm [--source files|memory]
//                   [--loops vector|scalar] [--batch ROWS] [--threads COUNT]
//
// The list has a line for each file: its label, a space and its path. With `--source files` each file is opened and read while
// the clock runs, otherwise all are in memory. The program decodes two more pixels on each side of a part, so that the pixels of
// the part are those of the complete picture, and skips the rows above and below them. With `--loops scalar` the margin is left
// out too. The protocol is that of tools/bench/race.

#include <pthread.h>
#include <stdatomic.h>

#include "picture_resize.h"
#include "row_order.h"

#include <jpeglib.h>

enum { PATTERNS = 16 };
enum { MARGIN = 2, MOST_THREADS = 64, ROWS_AT_ONCE = 16, MOST_FILE = 1 << 25 };

typedef struct {
    char *path;
    Mapping bytes;  // empty if the file is read while the clock runs
    int64_t label;
} File;

typedef struct {
    File *files;
    uint32_t *order;
    uint64_t count, batch;
    int is_centre, is_triangle, is_float, is_scalar, is_read;
} Job;

typedef struct {
    const Job *job;
    atomic_uint_fast64_t *next_batch;
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    uint8_t *pixels, *file;
    size_t capacity;
    Scratch scratch;
    void *images;
    int64_t *labels;
    uint64_t seed, rows, batches;
    double deadline;
    double *sums;  // of images and labels; NULL while the clock runs
    double *total;  // of all images, element by element
} Worker;

static double between(uint64_t *seed, double low, double high) {
    return low + (high - low) * (double)(next_random(seed) >> 11) * 0x1p-53;
}

// Draws a part of 8 to 100 % of the area with an aspect ratio of 3:4 to 4:3, as RandomResizedCrop of torchvision does.
static Rectangle random_part(uint64_t *seed, int width, int height) {
    for (int trial = 0; trial < 10; trial++) {
        const double area = width * (double)height * between(seed, 0.08, 1);
        const double ratio = exp(between(seed, log(3.0 / 4), log(4.0 / 3)));
        const int w = (int)lround(sqrt(area * ratio)), h = (int)lround(sqrt(area / ratio));
        if (w < 2 || w > width || h < 2 || h > height) continue;
        const uint64_t x = next_random(seed) % (uint64_t)(width - w + 1), y = next_random(seed) % (uint64_t)(height - h + 1);
        return (Rectangle){(int)x, (int)y, w, h};
    }
    return (Rectangle){0, 0, width, height};
}

// The smaller side becomes 256 pixels, and the middle 224 x 224 pixels are the result.
static Change centre_of(int width, int height) {
    const int least = width < height ? width : height, is_wide = width > height;
    Change change = {.part = {0, 0, width, height}, .width = 256, .height = 256, .is_triangle = 1};
    if (is_wide) change.width = (int)(256LL * width / least);
    else change.height = (int)(256LL * height / least);
    change.x = (change.width - SIDE) / 2;
    change.y = (change.height - SIDE) / 2;
    return change;
}

// The pixels of a picture that the result depends on, or a few more.
static Rectangle needed(const Change *change) {
    if (change->width == SIDE && change->height == SIDE) return change->part;
    const double x_ratio = (double)change->part.width / change->width, y_ratio = (double)change->part.height / change->height;
    const int x_more = (int)ceil(x_ratio) + 1, y_more = (int)ceil(y_ratio) + 1;
    int left = (int)(change->x * x_ratio) - x_more, right = (int)((change->x + SIDE) * x_ratio) + x_more;
    int top = (int)(change->y * y_ratio) - y_more, bottom = (int)((change->y + SIDE) * y_ratio) + y_more;
    if (left < 0) left = 0;
    if (top < 0) top = 0;
    if (right > change->part.width) right = change->part.width;
    if (bottom > change->part.height) bottom = change->part.height;
    return (Rectangle){left, top, right - left, bottom - top};
}

static Decoded decode(Worker *worker, Rectangle part, int margin) {
    struct jpeg_decompress_struct *info = &worker->info;
    const int width = (int)info->output_width, height = (int)info->output_height;
    int left = part.x - margin, right = part.x + part.width + margin;
    if (left < 0) left = 0;
    if (right > width) right = width;
    JDIMENSION start = (JDIMENSION)left, across = (JDIMENSION)(right - left);
    if (right - left < width) jpeg_crop_scanline(info, &start, &across);
    if (part.y > 0) jpeg_skip_scanlines(info, (JDIMENSION)part.y);
    const size_t stride = across * CHANNELS;
    if (stride * (size_t)part.height > worker->capacity) fail("too large for the limit program", "a picture");
    const JDIMENSION end = (JDIMENSION)(part.y + part.height);
    while (info->output_scanline < end) {
        JSAMPROW rows[ROWS_AT_ONCE];
        const JDIMENSION left_over = end - info->output_scanline, count = left_over < ROWS_AT_ONCE ? left_over : ROWS_AT_ONCE;
        for (JDIMENSION i = 0; i < count; i++) {
            rows[i] = worker->pixels + (info->output_scanline - (JDIMENSION)part.y + i) * stride;
        }
        jpeg_read_scanlines(info, rows, count);
    }
    if (end < (JDIMENSION)height) jpeg_abort_decompress(info);
    else jpeg_finish_decompress(info);
    return (Decoded){worker->pixels, stride, (int)start, part.y};
}

static Mapping contents(Worker *worker, const File *file) {
    if (!worker->job->is_read) return file->bytes;
    const int descriptor = open(file->path, O_RDONLY | O_CLOEXEC);
    const ssize_t length = descriptor < 0 ? -1 : read(descriptor, worker->file, MOST_FILE);
    if (length <= 0 || length == MOST_FILE) fail("cannot read", file->path);
    close(descriptor);
    return (Mapping){worker->file, (uint64_t)length};
}

static void make_image(Worker *worker, const File *file, void *target) {
    const Job *job = worker->job;
    struct jpeg_decompress_struct *info = &worker->info;
    const Mapping bytes = contents(worker, file);
    jpeg_mem_src(info, bytes.bytes, (unsigned long)bytes.length);
    jpeg_read_header(info, TRUE);
    info->out_color_space = JCS_RGB;
    jpeg_start_decompress(info);
    const int width = (int)info->output_width, height = (int)info->output_height;
    Change change = {.width = SIDE, .height = SIDE, .is_triangle = job->is_triangle};
    if (job->is_centre) {
        change = centre_of(width, height);
    } else {
        change.part = random_part(&worker->seed, width, height);
        change.is_mirrored = (int)(next_random(&worker->seed) & 1);
    }
    const Decoded source = decode(worker, needed(&change), job->is_scalar ? 0 : MARGIN);
#if defined(__x86_64__)
    if (!job->is_scalar) {
        resize_avx2(&source, &change, &worker->scratch, target);
        return;
    }
#endif
    resize_scalar(&source, &change, &worker->scratch, target);
}

static void add_sums(Worker *worker, uint64_t count) {
    for (uint64_t i = 0; i < count * SIDE * ROW; i++) {
        const double value = worker->job->is_float ? ((float *)worker->images)[i] : ((uint8_t *)worker->images)[i];
        worker->sums[0] += value;
        worker->total[i % (SIDE * ROW)] += value;
    }
    for (uint64_t i = 0; i < count; i++) worker->sums[1] += (double)worker->labels[i];
}

static void *run(void *argument) {
    Worker *worker = argument;
    const Job *job = worker->job;
    const size_t image_bytes = (size_t)SIDE * ROW * (job->is_float ? sizeof(float) : 1);
    const uint64_t batches = (job->count + job->batch - 1) / job->batch;
    for (uint64_t batch; (batch = atomic_fetch_add(worker->next_batch, 1)) < batches;) {
        const uint64_t first = batch * job->batch, count = job->count - first < job->batch ? job->count - first : job->batch;
        for (uint64_t i = 0; i < count; i++) {
            const File *file = &job->files[job->order[first + i]];
            make_image(worker, file, (char *)worker->images + i * image_bytes);
            worker->labels[i] = file->label;
        }
        worker->rows += count;
        worker->batches++;
        if (worker->sums != NULL) add_sums(worker, count);
        if (worker->deadline != 0 && now() > worker->deadline) return NULL;
    }
    return NULL;
}

// Returns the sign of an element of a picture in a pattern, as tools/bench/race/patterns.py has it.
static double sign_of(uint32_t element, uint32_t pattern) {
    uint32_t value = element * PATTERNS + pattern;
    value = (value ^ value >> 16) * 0x7feb352d;
    value = (value ^ value >> 15) * 0x846ca68b;
    return (value ^ value >> 16) >> 31 ? -1 : 1;
}

// Writes the sums by patterns of the images of all workers, without the means of the channels. Clears the sums of the images.
static void print_patterns(Worker *workers, uint64_t threads) {
    double means[CHANNELS] = {0}, *total = workers[0].total;
    for (uint64_t i = 1; i < threads; i++) {
        for (size_t k = 0; k < SIDE * ROW; k++) total[k] += workers[i].total[k];
    }
    for (size_t k = 0; k < SIDE * ROW; k++) means[k % CHANNELS] += total[k] / (SIDE * SIDE);
    printf("\"patterns\": [");
    for (uint32_t pattern = 0; pattern < PATTERNS; pattern++) {
        double sum = 0;
        for (uint32_t k = 0; k < SIDE * ROW; k++) sum += sign_of(k, pattern) * (total[k] - means[k % CHANNELS]);
        printf("%s%.17g", pattern ? ", " : "", sum);
    }
    printf("]");
    for (uint64_t i = 0; i < threads; i++) memset(workers[i].total, 0, SIDE * ROW * sizeof(double));
}

// Runs one epoch, which ends early after `limit` seconds unless that is 0. Returns its time in seconds.
static double epoch(Worker *workers, uint64_t threads, double limit) {
    pthread_t handles[MOST_THREADS];
    const double start = now();
    atomic_store(workers[0].next_batch, 0);
    for (uint64_t i = 0; i < threads; i++) {
        workers[i].rows = workers[i].batches = 0;
        workers[i].deadline = limit > 0 ? start + limit : 0;
    }
    for (uint64_t i = 1; i < threads; i++) {
        if (pthread_create(&handles[i], NULL, run, &workers[i]) != 0) fail("cannot start", "a thread");
    }
    run(&workers[0]);
    for (uint64_t i = 1; i < threads; i++) pthread_join(handles[i], NULL);
    return now() - start;
}

static void read_list(Job *job, const char *path) {
    const Mapping text = map_file(path);
    char *copy = malloc(text.length + 1);
    memcpy(copy, text.bytes, text.length);
    copy[text.length] = 0;
    for (uint64_t i = 0; i < text.length; i++) job->count += copy[i] == '\n';
    job->files = calloc(job->count, sizeof *job->files);
    for (uint64_t i = 0; i < job->count; i++) {
        char *end = strchr(copy, '\n'), *space = strchr(copy, ' ');
        if (space == NULL || space > end) fail("no label and path in a line of", path);
        *end = 0;
        job->files[i] = (File){.path = space + 1, .label = strtoll(copy, NULL, 10)};
        if (!job->is_read) {
            job->files[i].bytes = map_file(space + 1);
            warm(job->files[i].bytes);
        }
        copy = end + 1;
    }
}

static int is_option(int count, char **arguments, const char *name, const char *yes, const char *no) {
    const char *value = option(count, arguments, name, no);
    if (strcmp(value, yes) != 0 && strcmp(value, no) != 0) fail("no such value of the option", name);
    return strcmp(value, yes) == 0;
}

static void start_worker(Worker *worker, const Job *job, atomic_uint_fast64_t *next_batch, uint64_t seed) {
    static const float mean[] = {0.4914f, 0.4822f, 0.4465f, 0}, deviation[] = {0.2470f, 0.2435f, 0.2616f, 1};
    // The last row of a batch may be followed by a few bytes.
    const size_t image_bytes = (size_t)SIDE * ROW * (job->is_float ? sizeof(float) : 1);
    *worker = (Worker){.job = job, .next_batch = next_batch, .seed = seed, .capacity = (size_t)LONGEST * LONGEST * CHANNELS};
    for (int c = 0; c < 4; c++) {
        worker->scratch.factors[c] = 1.0f / 255 / deviation[c];
        worker->scratch.offsets[c] = -mean[c] / deviation[c];
    }
    worker->scratch.is_float = job->is_float;
    worker->pixels = malloc(worker->capacity + 64);
    worker->file = job->is_read ? malloc(MOST_FILE) : NULL;
    worker->images = allocate(job->batch * image_bytes + 64);
    worker->labels = allocate(job->batch * sizeof *worker->labels);
    worker->total = calloc(SIDE * ROW, sizeof *worker->total);
    if (worker->total == NULL) fail("no memory", "for sums");
    worker->info.err = jpeg_std_error(&worker->errors);
    jpeg_create_decompress(&worker->info);
}

int main(int count, char **arguments) {
    Job job = {
        .batch = number(count, arguments, "--batch", "64"),
        .is_centre = is_option(count, arguments, "--crop", "centre", "random"),
        .is_triangle = is_option(count, arguments, "--filter", "triangle", "bilinear"),
        .is_float = is_option(count, arguments, "--kind", "norm", "copy"),
        .is_read = is_option(count, arguments, "--source", "files", "memory"),
        .is_scalar = is_option(count, arguments, "--loops", "scalar", "vector"),
    };
    const uint64_t threads = number(count, arguments, "--threads", "1");
    if (threads < 1 || threads > MOST_THREADS || job.batch < 1) fail("out of range", "--threads or --batch");
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2")) job.is_scalar = 1;
#else
    job.is_scalar = 1;
#endif
    read_list(&job, option(count, arguments, "--list", NULL));
    job.order = own_order(job.count, 1, 0);
    atomic_uint_fast64_t next_batch = 0;
    Worker *workers = allocate(threads * sizeof *workers);
    for (uint64_t i = 0; i < threads; i++) start_worker(&workers[i], &job, &next_batch, i + 1);
    printf("{\"name\": \"C (%s)\", \"versions\": {\"cc\": \"%s\"}}\n", job.is_scalar ? "scalar" : "AVX2", __VERSION__);
    fflush(stdout);
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL && strncmp(line, "quit", 4) != 0) {
        const int is_check = strncmp(line, "check", 5) == 0;
        double sums[MOST_THREADS][2] = {{0}}, total[2] = {0};
        for (uint64_t i = 0; i < threads; i++) workers[i].sums = is_check ? sums[i] : NULL;
        const double seconds = epoch(workers, threads, is_check ? 0 : strtod(line + 5, NULL));
        uint64_t rows = 0, batches = 0;
        for (uint64_t i = 0; i < threads; i++) {
            rows += workers[i].rows;
            batches += workers[i].batches;
            for (int k = 0; k < 2; k++) total[k] += sums[i][k];
        }
        if (is_check) {
            printf("{\"rows\": %llu, \"checksums\": {\"image\": %.17g, \"label\": %.17g}, ", (unsigned long long)rows, total[0],
                   total[1]);
            print_patterns(workers, threads);
            printf("}\n");
        } else {
            printf("{\"seconds\": %.9f, \"rows\": %llu, \"batches\": %llu}\n", seconds, (unsigned long long)rows,
                   (unsigned long long)batches);
        }
        fflush(stdout);
    }
    return 0;
}
