// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE
#include "colonnade_kernels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

enum { MOST = 1024 };

// The descriptors to close in children, each plus 1; 0 marks a free entry. A child closes them between fork and its
// first instruction, where only calls that are safe in signal handlers are allowed.
static atomic_int held[MOST];

static _Atomic uint64_t forks;

static void close_all(void) {
    atomic_fetch_add(&forks, 1);
    for (int index = 0; index < MOST; index++) {
        int descriptor = atomic_exchange(&held[index], 0) - 1;
        if (descriptor >= 0) close(descriptor);
    }
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void begin(void) { (void)pthread_atfork(NULL, NULL, close_all); }

uint64_t colonnade_fork_count(void) {
    (void)pthread_once(&once, begin);
    return atomic_load(&forks);
}

int32_t colonnade_close_in_children(int descriptor) {
    (void)pthread_once(&once, begin);
    for (int32_t index = 0; index < MOST; index++) {
        int free_entry = 0;
        if (atomic_compare_exchange_strong(&held[index], &free_entry, descriptor + 1)) return index;
    }
    return -1;
}

void colonnade_keep_in_children(int32_t number) {
    if (number >= 0) atomic_store(&held[number], 0);
}

int64_t colonnade_thread_number(void) {
#if defined(__linux__)
    return syscall(SYS_gettid);
#else
    return 0;
#endif
}
