// SPDX-License-Identifier: Apache-2.0
// Changes the size of pictures: first across, then down, each row only when a row of the result needs it.

#include "resize.h"
#include "convert.h"
#include "cpu.h"

#include <math.h>
#include <string.h>

// Weights have the same bits on every CPU.
#pragma STDC FP_CONTRACT OFF

static double triangle(double x) {
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static double bicubic(double x) {
    const double a = -0.5;
    x = fabs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

// The bytes of a part of the scratch memory, so that the next part is aligned.
static size_t padded(size_t bytes) { return (bytes + 63) / 64 * 64; }

// A dimension of a change of size: `length` pixels of the source from `start` on become `result` pixels.
struct side {
    size_t source, result;
    double start, length;
};

static struct side across_side(const struct colonnade_resize *what) {
    const bool has_box = what->box.width > 0;
    const size_t width = what->source.width;
    return (struct side){width, what->width, has_box ? what->box.x : 0, has_box ? what->box.width : (double)width};
}

static struct side down_side(const struct colonnade_resize *what) {
    const bool has_box = what->box.width > 0;
    const size_t height = what->source.height;
    return (struct side){height, what->height, has_box ? what->box.y : 0, has_box ? what->box.height : (double)height};
}

static double support_of(const struct colonnade_resize *what, struct side side, double *scale) {
    double ratio = side.length / (double)side.result;
    *scale = what->is_antialiased && ratio > 1 ? ratio : 1;
    return (what->filter == COLONNADE_BICUBIC ? 2 : 1) * *scale;
}

// The largest number of weights of one pixel.
static size_t most_weights(const struct colonnade_resize *what, struct side side) {
    double scale;
    size_t most = (size_t)ceil(support_of(what, side, &scale)) * 2 + 1;
    return most < side.source ? most : side.source;
}

static size_t axis_bytes(const struct colonnade_resize *what, struct side side, size_t count) {
    size_t most = most_weights(what, side);
    return 2 * padded(count * sizeof(uint32_t)) + padded(count * most * sizeof(int32_t)) + padded(most * sizeof(double)) +
           padded(count * ((most + 1) / 2) * 2 * sizeof(int32_t));
}

// Returns two numbers as the 16-bit pair that the instructions multiply.
static int32_t pair(int32_t first, int32_t second) {
    return (int32_t)((uint32_t)(uint16_t)first | (uint32_t)second << 16);
}

// Writes the parts of weights in the order of the instructions.
static void write_pairs(struct axis *axis) {
    int32_t *to = axis->pairs;
    for (size_t i = 0; i < axis->count; i++) {
        const int32_t *weights = axis->weights.bytes + i * axis->most;
        for (size_t index = 0; index < 2 * axis->pair_count; index += 2, to += 2) {
            int32_t first = index < axis->length[i] ? weights[index] : 0;
            int32_t second = index + 1 < axis->length[i] ? weights[index + 1] : 0;
            to[0] = pair(first >> LOW_BITS, second >> LOW_BITS);
            to[1] = pair(first & ((1 << LOW_BITS) - 1), second & ((1 << LOW_BITS) - 1));
        }
    }
}

// Computes the weights of pixels `start..<start + count` of the result, the last one first if mirrored. Returns the end
// of the used memory.
static char *make_axis(const struct colonnade_resize *what, struct side side, size_t start, size_t count, bool is_mirrored,
                       bool needs_pairs, struct axis *axis, char *memory) {
    const bool is_bicubic = what->filter == COLONNADE_BICUBIC;
    const size_t source = side.source;
    // The box is then the source.
    const bool is_same = source == side.result && side.length == (double)source;
    double ratio = side.length / (double)side.result, scale;
    double support = support_of(what, side, &scale), step = 1 / scale;
    size_t most = most_weights(what, side);
    axis->count = count;
    axis->first = (uint32_t *)(void *)memory;
    memory += padded(count * sizeof(uint32_t));
    axis->length = (uint32_t *)(void *)memory;
    memory += padded(count * sizeof(uint32_t));
    axis->weights.bytes = (int32_t *)(void *)memory;
    memory += padded(count * most * sizeof(int32_t));
    double *values = (double *)(void *)memory;
    memory += padded(most * sizeof(double));
    axis->is_identity = is_same && !is_mirrored;
    axis->most = most;
    axis->begin = source;
    axis->end = 0;
    size_t longest = 1;
    for (size_t i = 0; i < count; i++) {
        size_t index = start + (is_mirrored ? count - 1 - i : i);
        double centre = ((double)index + 0.5) * ratio + side.start;
        double low = centre - support + 0.5, high = centre + support + 0.5;
        size_t first = low > 0 ? (size_t)low : 0;
        size_t last = high < (double)source ? (size_t)high : source;
        if (is_same) {
            first = index;
            last = index + 1;
        }
        double sum = 0;
        size_t length = last - first < most ? last - first : most;
        for (size_t k = 0; k < last - first; k++) {
            double at = ((double)(first + k) - centre + 0.5) * step, value = is_bicubic ? bicubic(at) : triangle(at);
            if (k < length) values[k] = value;
            sum += value;
        }
        for (size_t k = 0; k < length; k++) {
            double weight = sum != 0 ? values[k] / sum : values[k];
            if (what->is_float) {
                axis->weights.floats[i * most + k] = (float)weight;
            } else {
                double fixed = weight * (1 << WEIGHT_BITS);
                axis->weights.bytes[i * most + k] = (int32_t)(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
            }
        }
        while (length > 1 && (what->is_float ? axis->weights.floats[i * most + length - 1] == 0
                                             : axis->weights.bytes[i * most + length - 1] == 0))
            length--;
        axis->first[i] = (uint32_t)first;
        axis->length[i] = (uint32_t)length;
        if (length > longest) longest = length;
        if (first < axis->begin) axis->begin = first;
        if (first + length > axis->end) axis->end = first + length;
    }
    if (needs_pairs) {
        axis->pair_count = (longest + 1) / 2;
        axis->pairs = (int32_t *)(void *)memory;
        write_pairs(axis);
        memory += padded(count * axis->pair_count * 2 * sizeof(int32_t));
    }
    return memory;
}

static size_t element_bytes(const struct colonnade_resize *what) { return what->is_float ? sizeof(float) : 1; }

// Bytes of a row of the source with slack, and of a row of the window with slack.
static size_t source_row(const struct colonnade_resize *what) {
    return padded(what->source.width * what->channels * element_bytes(what) + SLACK);
}
static size_t window_row(const struct colonnade_resize *what) {
    return padded(what->window.width * what->channels * element_bytes(what) + SLACK);
}

// The rows of the source that are kept for the next rows of the result.
static size_t kept_rows(const struct colonnade_resize *what) {
    return most_weights(what, down_side(what)) + ROWS;
}

// Returns the bytes of the rows that are converted at once.
static size_t waiting_bytes(const struct colonnade_resize *what) {
    return what->conversion ? padded(WAITING * what->window.width * what->channels) : 0;
}

size_t colonnade_resize_scratch(const struct colonnade_resize *what) {
    if (what->filter == COLONNADE_NEAREST) return padded(what->window.width * sizeof(uint32_t));
    return waiting_bytes(what) + axis_bytes(what, across_side(what), what->window.width) +
           axis_bytes(what, down_side(what), what->window.height) +
           padded(kept_rows(what) * sizeof(void *)) + kept_rows(what) * window_row(what) + ROWS * source_row(what);
}

#define COPY_PIXELS(SIZE)                                                                                      \
    case SIZE:                                                                                                 \
        for (size_t x = 0; x < width; x++) memcpy(to + x * SIZE, from + (size_t)columns[x] * SIZE, SIZE);      \
        break;

// Returns the pixel of the source in which the centre of a pixel of the result lies.
static size_t nearest(size_t index, size_t source, size_t result) {
    return (2 * index + 1) * source / (2 * result);
}

static void resize_nearest(const struct colonnade_resize *what, void *scratch, char *to) {
    const struct colonnade_picture *source = &what->source;
    const struct colonnade_region *window = &what->window;
    size_t size = source->pixel_bytes, width = window->width;
    uint32_t *columns = scratch;
    for (size_t x = 0; x < width; x++) {
        size_t index = (size_t)window->x + (window->is_mirrored ? width - 1 - x : x);
        columns[x] = (uint32_t)nearest(index, source->width, what->width);
    }
    for (size_t y = 0; y < window->height; y++, to += width * size) {
        size_t index = (size_t)window->y + (window->is_upside_down ? window->height - 1 - y : y);
        const char *from = (const char *)source->pixels + nearest(index, source->height, what->height) * source->stride;
        switch (size) {
            COPY_PIXELS(1)
            COPY_PIXELS(2)
            COPY_PIXELS(3)
            COPY_PIXELS(4)
            COPY_PIXELS(8)
            COPY_PIXELS(12)
            COPY_PIXELS(16)
            default:
                for (size_t x = 0; x < width; x++) memcpy(to + x * size, from + (size_t)columns[x] * size, size);
        }
    }
}

// The rows of the source, across the width of the window, of which the latest ones are kept.
struct rows {
    const struct colonnade_resize *what;
    const struct axis *axis;
    across_loop across;
    char *kept;
    size_t kept_count;
    size_t row_bytes;
    char *copies;   // for rows after which there is too little memory to read
    size_t copy_bytes;
};

static char *kept_row(const struct rows *rows, size_t row) {
    return rows->kept + row % rows->kept_count * rows->row_bytes;
}

// Computes ROWS rows from `row` on, or those before `end` of them.
static void compute_rows(const struct rows *rows, size_t row, size_t end) {
    const struct colonnade_resize *what = rows->what;
    const struct colonnade_picture *source = &what->source;
    const size_t begin = rows->axis->begin * source->pixel_bytes, stop = rows->axis->end * source->pixel_bytes;
    const void *from[ROWS];
    void *to[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        // Where there are fewer rows, the last one is computed several times.
        size_t index = row + i < end ? row + i : end - 1;
        const char *pixels = (const char *)source->pixels + index * source->stride;
        if ((size_t)((const char *)what->end - pixels) < stop + SLACK) {
            char *copy = rows->copies + i * rows->copy_bytes;
            memcpy(copy + begin, pixels + begin, stop - begin);
            pixels = copy;
        }
        from[i] = pixels;
        to[i] = kept_row(rows, index);
    }
    rows->across(from, to, rows->axis, what->channels);
}

static void resize(const struct colonnade_resize *what, char *memory, char *target, const struct resize_loops *loops) {
    const struct colonnade_region *window = &what->window;
    if (what->filter == COLONNADE_NEAREST) {
        resize_nearest(what, memory, target);
        return;
    }
    const bool needs_pairs = loops->needs_pairs && !what->is_float;
    struct axis across, down;
    memory = make_axis(what, across_side(what), (size_t)window->x, window->width, window->is_mirrored, needs_pairs, &across,
                       memory);
    memory = make_axis(what, down_side(what), (size_t)window->y, window->height, false, needs_pairs, &down, memory);
    struct rows rows = {.what = what, .axis = &across, .kept_count = kept_rows(what), .row_bytes = window_row(what)};
    rows.across = (what->is_float ? loops->across_floats : loops->across_bytes)[what->channels - 1];
    const void **from = (const void **)(void *)memory;
    memory += padded(rows.kept_count * sizeof(void *));
    rows.kept = memory;
    rows.copies = memory + rows.kept_count * rows.row_bytes;
    rows.copy_bytes = source_row(what);
    char *waiting = rows.copies + ROWS * rows.copy_bytes;
    struct converter converter;
    size_t waiting_count = 0, waiting_limit = window->is_upside_down ? 1 : WAITING;
    // The slack of the copies is multiplied by zeros, and must be numbers.
    memset(rows.copies, 0, ROWS * rows.copy_bytes);
    size_t elements = window->width * what->channels, row_bytes = elements * element_bytes(what), ready = 0;
    if (what->conversion) {
        colonnade_prepare(&converter, what->conversion);
        colonnade_prefer_stream(&converter, target, what->result_count * window->height, elements);
    }
    for (size_t y = 0; y < window->height; y++) {
        size_t first = down.first[y], last = first + down.length[y];
        size_t row_of_result = window->is_upside_down ? window->height - 1 - y : y;
        char *to = what->conversion ? waiting + waiting_count * row_bytes : target + row_of_result * row_bytes;
        if (ready < first) ready = first;
        for (; ready < last && !across.is_identity; ready += ROWS) compute_rows(&rows, ready, down.end);
        for (size_t row = first; row < last; row++) {
            from[row - first] = across.is_identity
                                    ? (const char *)what->source.pixels + row * what->source.stride +
                                          (size_t)window->x * what->source.pixel_bytes
                                    : kept_row(&rows, row);
        }
        if (down.is_identity) memcpy(to, from[0], row_bytes);
        else (what->is_float ? loops->down_floats : loops->down_bytes)(from, to, &down, y, elements);
        if (what->conversion && (++waiting_count == waiting_limit || y + 1 == window->height)) {
            size_t first_row = row_of_result + 1 - waiting_count;
            colonnade_run_converter(&converter, target + first_row * elements * converter.target_size, waiting,
                                    waiting_count * elements);
            waiting_count = 0;
        }
    }
}

void colonnade_resize(const struct colonnade_resize *what, void *scratch, void *target) {
#if defined(__x86_64__)
    if (colonnade_cpu_level() >= CPU_AVX2) {
        resize(what, scratch, target, &colonnade_resize_loops_avx2);
        return;
    }
#endif
    resize(what, scratch, target, &colonnade_resize_loops_portable);
}

void colonnade_resize_portable(const struct colonnade_resize *what, void *scratch, void *target) {
    resize(what, scratch, target, &colonnade_resize_loops_portable);
}
