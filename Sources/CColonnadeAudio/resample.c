// SPDX-License-Identifier: Apache-2.0

#include "colonnade_audio.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

// A sinc in a window of a squared cosine, at a time in zero crossings from its centre.
static double sinc(double time, int32_t crossings) {
    if (time == 0) return 1;
    if (fabs(time) >= crossings) return 0;
    const double window = cos(time * PI / crossings / 2);
    return sin(time * PI) / (time * PI) * window * window;
}

void colonnade_resampling_weights(const struct colonnade_resampling *resampling, int32_t method, double base, float *weights) {
    const double inputs = (double)resampling->inputs;
    for (int64_t output = 0; output < resampling->outputs; output++) {
        const double fraction = (double)(output * resampling->inputs % resampling->outputs) / (double)resampling->outputs;
        for (int64_t tap = 0; tap < resampling->taps; tap++) {
            const double distance = (double)(tap - resampling->before) - fraction;
            double weight = method == COLONNADE_RESAMPLING_HOLD ? 1 : 1 - fabs(distance);
            if (method > 0) weight = sinc(distance / inputs * base, method) * base / inputs;
            *weights++ = (float)weight;
        }
    }
}

void colonnade_mix_to_mono(const float *input, int64_t frames, int32_t channels, float *output) {
    for (int64_t frame = 0; frame < frames; frame++, input += channels) {
        double sum = 0;
        for (int32_t channel = 0; channel < channels; channel++) sum += (double)input[channel];
        output[frame] = (float)(sum / channels);
    }
}

// The sums of one output frame. Four sums for each channel, since one would wait for each addition.
static void frame(const float *weights, const float *input, int64_t taps, int32_t channels, float *output) {
    if (channels == 1) {
        float sums[4] = {0};
        int64_t tap = 0;
        for (; tap + 4 <= taps; tap += 4)
            for (int lane = 0; lane < 4; lane++) sums[lane] += weights[tap + lane] * input[tap + lane];
        for (; tap < taps; tap++) sums[0] += weights[tap] * input[tap];
        *output = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        return;
    }
    for (int32_t channel = 0; channel < channels; channel++) {
        float even = 0, odd = 0;
        int64_t tap = 0;
        for (; tap + 2 <= taps; tap += 2) {
            even += weights[tap] * input[tap * channels + channel];
            odd += weights[tap + 1] * input[(tap + 1) * channels + channel];
        }
        if (tap < taps) even += weights[tap] * input[tap * channels + channel];
        output[channel] = even + odd;
    }
}

void colonnade_resample(const struct colonnade_resampling *resampling, const float *input, int64_t origin, int64_t frames,
                        int32_t channels, int64_t first, int64_t count, float *output) {
    const int64_t inputs = resampling->inputs, outputs = resampling->outputs;
    for (int64_t index = first; index < first + count; index++, output += channels) {
        const int64_t phase = index % outputs;
        const float *weights = resampling->weights + phase * resampling->taps;
        // A phase is below `outputs`, so that the product needs as many bits as the two rates together.
        int64_t start = index / outputs * inputs + phase * inputs / outputs - resampling->before - origin;
        int64_t end = start + resampling->taps;
        if (start < 0) weights -= start, start = 0;
        if (end > frames) end = frames;
        // Inputs without a value end the table at both ends, so that the sum may have none at all.
        if (end <= start) start = end = 0;
        frame(weights, input + start * channels, end - start, channels, output);
    }
}
