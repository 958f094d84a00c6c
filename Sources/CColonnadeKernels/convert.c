// SPDX-License-Identifier: Apache-2.0
// Prepares conversions, and runs them over the elements of a row.

#include "convert.h"
#include "cpu.h"
#include "scalars.h"

typedef convert_loop (*finder)(uint8_t source, uint8_t target, enum convert_form form, bool is_cast);

static finder best_finder(void) {
#if defined(__x86_64__)
    if (colonnade_cpu_level() >= CPU_AVX2) return colonnade_find_loop_avx2;
#endif
    return colonnade_find_loop_portable;
}

// Neutral values: a product with one and a sum with minus zero change no number, and zeros keep their sign.
static float scale_of(const struct colonnade_conversion *what, size_t channel) {
    return what->channels > 0 ? what->scales[channel] : 1;
}
static float offset_of(const struct colonnade_conversion *what, size_t channel) {
    return what->channels > 0 && what->offsets ? what->offsets[channel] : -0.0f;
}
static double wide_scale_of(const struct colonnade_conversion *what, size_t channel) {
    return what->channels > 0 ? what->wide_scales[channel] : 1;
}
static double wide_offset_of(const struct colonnade_conversion *what, size_t channel) {
    return what->channels > 0 && what->wide_offsets ? what->wide_offsets[channel] : -0.0;
}

// Writes a table of `length` elements into the converter's own memory.
static void write_table(struct converter *made, const struct colonnade_conversion *what, size_t count) {
    size_t channel = 0, in_channel = 0, channels = made->channels, inner = made->inner;
    for (size_t i = 0; i < count; i++) {
        if (made->target == F64) {
            made->own.wide[0][i] = wide_scale_of(what, channel);
            made->own.wide[1][i] = wide_offset_of(what, channel);
        } else {
            made->own.narrow[0][i] = scale_of(what, channel);
            made->own.narrow[1][i] = offset_of(what, channel);
        }
        if (++in_channel < inner) continue;
        in_channel = 0;
        channel = channel + 1 < channels ? channel + 1 : 0;
    }
    made->scales = made->target == F64 ? (const void *)made->own.wide[0] : made->own.narrow[0];
    made->offsets = made->target == F64 ? (const void *)made->own.wide[1] : made->own.narrow[1];
}

static void prepare(struct converter *made, const struct colonnade_conversion *what, finder find) {
    uint8_t target = what->target;
    bool is_wide = target == F64;
    made->source = what->source;
    made->target = target;
    made->source_size = element_size(what->source);
    made->target_size = element_size(target);
    // A single channel may have any number of elements.
    made->channels = what->channels > 1 ? what->channels : 1;
    made->inner = what->channels > 1 && what->inner > 1 ? what->inner : 1;
    made->kind = WHOLE;
    // Channels that are longer than a table need none.
    size_t period = made->inner > TABLE || made->channels > TABLE ? SIZE_MAX : made->channels * made->inner;
    made->period = period;
    enum convert_form form = BLOCKED;
    if (target < F16 || target == BOOL) {
        made->scales = made->offsets = NULL;
        made->period = 1;
    } else if (period == 1 || (!is_wide && period <= BLOCK && BLOCK % period == 0)) {
        write_table(made, what, is_wide ? 1 : BLOCK_TABLE);
        if (period == 1 && !(what->channels > 0 && what->offsets)) form = SCALED;
    } else if (period <= TABLE) {
        made->kind = REPEATS;
        made->table = TABLE / period * period;
        form = TABLED;
        write_table(made, what, made->table);
    } else if (made->inner == 1) {
        made->kind = REPEATS;
        made->period = made->table = made->channels;
        form = TABLED;
        made->scales = is_wide ? (const void *)what->wide_scales : what->scales;
        made->offsets = is_wide ? (const void *)what->wide_offsets : what->offsets;
    } else {
        made->kind = CHANNELS;
        made->scales = is_wide ? (const void *)what->wide_scales : what->scales;
        made->offsets = is_wide ? (const void *)what->wide_offsets : what->offsets;
    }
    made->form = form;
    made->loop = find(what->source, target, form, what->channels == 0);
}

void colonnade_prepare(struct converter *made, const struct colonnade_conversion *what) {
    prepare(made, what, best_finder());
}

// A result of at least this many bytes is no longer in the caches when it is read.
#define STREAM_BYTES (8 << 20)

void colonnade_prefer_stream(struct converter *made, const void *target, size_t rows, size_t elements) {
#if defined(__x86_64__)
    bool can = made->source == U8 && made->target == F32 && made->kind == WHOLE && elements % 8 == 0 &&
               (uintptr_t)target % 32 == 0 && best_finder() == colonnade_find_loop_avx2;
    if (!can || rows * elements * sizeof(float) < STREAM_BYTES) return;
    made->loop = colonnade_find_stream_avx2();
    made->form = BLOCKED;
#else
    (void)made, (void)target, (void)rows, (void)elements;
#endif
}

static void run_channels(const struct converter *made, char *to, const char *from, size_t elements) {
    for (size_t channel = 0; elements > 0; channel = channel + 1 < made->channels ? channel + 1 : 0) {
        size_t count = elements < made->inner ? elements : made->inner;
        if (made->target == F64) {
            const double *scales = made->scales, *offsets = made->offsets;
            double offset = offsets ? offsets[channel] : -0.0;
            made->loop(to, from, count, &scales[channel], &offset);
        } else {
            const float *scales = made->scales, *offsets = made->offsets;
            float scale[BLOCK_TABLE], offset[BLOCK_TABLE];
            for (size_t i = 0; i < BLOCK_TABLE; i++) {
                scale[i] = scales[channel];
                offset[i] = offsets ? offsets[channel] : -0.0f;
            }
            made->loop(to, from, count, scale, offset);
        }
        to += count * made->target_size;
        from += count * made->source_size;
        elements -= count;
    }
}

void colonnade_run_converter(const struct converter *made, void *restrict target, const void *restrict source,
                             size_t elements) {
    char *to = target;
    const char *from = source;
    switch (made->kind) {
        case WHOLE: made->loop(to, from, elements, made->scales, made->offsets); break;
        case CHANNELS: run_channels(made, to, from, elements); break;
        case REPEATS:
            while (elements > 0) {
                size_t count = elements < made->table ? elements : made->table;
                made->loop(to, from, count, made->scales, made->offsets);
                to += count * made->target_size;
                from += count * made->source_size;
                elements -= count;
            }
    }
}

void colonnade_convert_elements(const struct colonnade_conversion *conversion, void *target, const void *source,
                                size_t elements) {
    struct converter converter;
    colonnade_prepare(&converter, conversion);
    colonnade_run_converter(&converter, target, source, elements);
}

void colonnade_convert_elements_portable(const struct colonnade_conversion *conversion, void *target,
                                         const void *source, size_t elements) {
    struct converter converter;
    prepare(&converter, conversion, colonnade_find_loop_portable);
    colonnade_run_converter(&converter, target, source, elements);
}

double colonnade_sum(uint8_t dtype, const void *elements, size_t count) {
    const struct colonnade_conversion conversion = {.source = dtype, .target = F64};
    struct converter converter;
    colonnade_prepare(&converter, &conversion);
    double sum = 0, piece[1024];
    for (size_t start = 0; start < count; start += 1024) {
        size_t n = count - start < 1024 ? count - start : 1024;
        colonnade_run_converter(&converter, piece, (const char *)elements + start * converter.source_size, n);
        double lanes[8] = {0};
        for (size_t i = 0; i < n; i++) lanes[i % 8] += piece[i];
        for (int lane = 0; lane < 8; lane++) sum += lanes[lane];
    }
    return sum;
}
