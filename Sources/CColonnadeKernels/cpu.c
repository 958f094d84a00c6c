// SPDX-License-Identifier: Apache-2.0
// Selects the instruction set of the kernels.

#include "cpu.h"
#include "colonnade_kernels.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The levels for this kind of CPU, the best one first.
static const struct {
    const char *name;
    enum cpu_level level;
} levels[] = {
#if defined(__x86_64__)
    {"avx512", CPU_AVX512},
    {"avx2", CPU_AVX2},
    {"sse4", CPU_SSE4},
#elif defined(__aarch64__)
    {"neon", CPU_NEON},
#endif
    {"portable", CPU_PORTABLE},
};
enum { LEVELS = sizeof levels / sizeof levels[0] };

static enum cpu_level best_level(void) {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("sse4.2")) return CPU_PORTABLE;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("f16c")) return CPU_SSE4;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw")) return CPU_AVX2;
    if (!__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) return CPU_AVX2;
    return CPU_AVX512;
#elif defined(__aarch64__)
    return CPU_NEON;
#else
    return CPU_PORTABLE;
#endif
}

static const char *name_of(enum cpu_level level) {
    for (int i = 0; i < LEVELS; i++) {
        if (levels[i].level == level) return levels[i].name;
    }
    return "portable";
}

// Writes one line to standard error. A library has no other way to report a variable that it cannot obey.
static void complain(const char *value, enum cpu_level best) {
    char names[64] = "";
    for (int i = 0; i < LEVELS; i++) {
        if (levels[i].level > best) continue;
        if (names[0]) strcat(names, ", ");
        strcat(names, levels[i].name);
    }
    fprintf(stderr, "colonnade: COLONNADE_CPU is \"%.40s\", and this CPU has %s; the kernels are those for %s\n", value,
            names, name_of(best));
}

// Returns the level that has a name, or 0 if this CPU has none of that name.
static enum cpu_level level_named(const char *name, enum cpu_level best) {
    for (int i = 0; i < LEVELS; i++) {
        if (strcmp(name, levels[i].name) == 0 && levels[i].level <= best) return levels[i].level;
    }
    return 0;
}

enum cpu_level colonnade_cpu_level(void) {
    static atomic_int known;
    int level = atomic_load_explicit(&known, memory_order_relaxed);
    if (level != 0) return (enum cpu_level)level;
    enum cpu_level best = best_level();
    const char *value = getenv("COLONNADE_CPU");
    bool has_value = value && value[0];
    enum cpu_level named = has_value ? level_named(value, best) : best;
    // The first of several threads reports a wrong value.
    bool is_first = atomic_compare_exchange_strong(&known, &level, (int)(named ? named : best));
    if (is_first && !named) complain(value, best);
    return named ? named : best;
}

const char *colonnade_cpu_name(void) { return name_of(colonnade_cpu_level()); }

size_t colonnade_level2_bytes(void) {
    static atomic_long known = -1;
    long bytes = atomic_load_explicit(&known, memory_order_relaxed);
    if (bytes >= 0) return (size_t)bytes;
    bytes = 0;
#if defined(_SC_LEVEL2_CACHE_SIZE)
    bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    if (bytes < 0) bytes = 0;
#endif
    atomic_store_explicit(&known, bytes, memory_order_relaxed);
    return (size_t)bytes;
}
