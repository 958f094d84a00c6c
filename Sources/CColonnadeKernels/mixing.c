// SPDX-License-Identifier: Apache-2.0
// Mixes samples of a batch.

#include "colonnade_pictures.h"
#include "splitmix.h"

#include <math.h>

// Every CPU gives the same bits.
#pragma STDC FP_CONTRACT OFF

void colonnade_mix(const float *first, const float *second, size_t count, float weight, float *target) {
    float rest = 1 - weight;
    for (size_t i = 0; i < count; i++) target[i] = first[i] * weight + second[i] * rest;
}

static uint64_t next(uint64_t *state) { return splitmix(*state += SPLITMIX_STEP); }

// Returns a number that is above 0 and at most 1.
static double unit(uint64_t *state) { return (double)((next(state) >> 11) + 1) * 0x1p-53; }

// Marsaglia and Tsang 2000: a number with a gamma distribution.
static double gamma_number(double shape, uint64_t *state) {
    if (shape < 1) {
        double boost = pow(unit(state), 1 / shape);
        return gamma_number(shape + 1, state) * boost;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double normal = sqrt(-2 * log(unit(state))) * cos(2 * 3.14159265358979323846 * unit(state));
        double v = 1 + c * normal;
        if (v <= 0) continue;
        v = v * v * v;
        if (log(unit(state)) < 0.5 * normal * normal + d - d * v + d * log(v)) return d * v;
    }
}

double colonnade_beta(double alpha, uint64_t seed) {
    uint64_t state = seed;
    double first = gamma_number(alpha, &state), second = gamma_number(alpha, &state);
    // For a tiny alpha both numbers may be too small for a double; then the result is nearly always 0 or 1.
    if (!(first + second > 0)) return next(&state) >> 63 ? 1 : 0;
    return first / (first + second);
}
