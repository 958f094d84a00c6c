// SPDX-License-Identifier: Apache-2.0
// SplitMix64, as the core has it.

#ifndef COLONNADE_SPLITMIX_H
#define COLONNADE_SPLITMIX_H

#include <stdint.h>

// The distance between two states.
#define SPLITMIX_STEP 0x9e3779b97f4a7c15u

// Returns the number of a state.
static inline uint64_t splitmix(uint64_t z) {
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

#endif
