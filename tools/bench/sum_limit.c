// SPDX-License-Identifier: Apache-2.0
// The limit for `verify`: sums the 64-bit words of a warm mapped file, as plain C at -O3 does it.
//
//     sum_limit --file F [--passes N]
//
// Prints the best pass as JSON.

#include "limit.h"

static uint64_t sum_words(const uint64_t *words, uint64_t count) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i++) sum += words[i];
    return sum;
}

int main(int count, char **arguments) {
    Mapping mapping = map_file(option(count, arguments, "--file", NULL));
    uint64_t passes = number(count, arguments, "--passes", "1");
    warm(mapping);

    double best = 0;
    uint64_t sum = 0;
    for (uint64_t pass = 0; pass < passes; pass++) {
        double start = now();
        sum = sum_words((const uint64_t *)mapping.bytes, mapping.length / 8);
        __asm__ volatile("" : : "r"(sum) : "memory");
        double seconds = now() - start;
        if (pass == 0 || seconds < best) best = seconds;
    }
    uint64_t bytes = mapping.length / 8 * 8;
    printf("{\"bytes\": %llu, \"seconds\": %.9f, \"bytes_per_second\": %.0f, \"sum\": %llu}\n",
           (unsigned long long)bytes, best, (double)bytes / best, (unsigned long long)sum);
    return 0;
}
