// SPDX-License-Identifier: Apache-2.0
// Reading a mapped page that its file does not have any more raises SIGBUS, which ends the process. Here it ends the
// mapping instead: from that page on it becomes zeros, and is noted as damaged. All of it may run in a signal handler, and
// takes no lock.

#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "colonnade_kernels.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { GUARD_COUNT = 4096 };

// What `start` is where there is no mapping: none, or one that is being entered.
enum { FREE = 0, RESERVED = 1 };

struct guard {
    _Atomic uintptr_t start;
    _Atomic size_t length;
    _Atomic int is_damaged;
};

static struct guard guards[GUARD_COUNT];
// No guard from here on was ever in use.
static _Atomic int guards_used;

static struct sigaction previous;
static uintptr_t page_size;
static _Atomic int is_installed;
static pthread_once_t installing = PTHREAD_ONCE_INIT;

// The guard of the mapping with that address, and where the mapping ends; NULL if none of ours.
static struct guard *find_guard(uintptr_t address, uintptr_t *end) {
    int used = atomic_load(&guards_used);
    for (int index = 0; index < used; index++) {
        struct guard *guard = &guards[index];
        uintptr_t start = atomic_load(&guard->start);
        if (start <= RESERVED || address < start) continue;
        size_t length = atomic_load(&guard->length);
        // Another mapping may have come here between these two. One that faults is in memory, and no other lies there.
        if (atomic_load(&guard->start) != start) continue;
        if (address - start >= length) continue;
        *end = start + length;
        return guard;
    }
    return NULL;
}

// Whether the signal says that a page could not be had, and not that somebody sent it, or that memory is broken.
static int is_missing_page(const siginfo_t *info) {
#if defined(__linux__)
    return info->si_code == BUS_ADRERR || info->si_code == BUS_OBJERR;
#else
    return info->si_code != SI_USER && info->si_code != SI_QUEUE;
#endif
}

// To whoever was there before us. Where that is nobody the fault comes again, and ends the process as it always did.
static void hand_on(int number, siginfo_t *info, void *context) {
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(number, info, context);
        return;
    }
    // A fault comes again when this returns; what was sent does not.
#if defined(__linux__)
    int was_sent = info->si_code <= 0;
#else
    int was_sent = !is_missing_page(info);
#endif
    if (previous.sa_handler == SIG_IGN && was_sent) return;
    if (previous.sa_handler != SIG_IGN && previous.sa_handler != SIG_DFL) {
        previous.sa_handler(number);
        return;
    }
    struct sigaction standard = {0};
    standard.sa_handler = SIG_DFL;
    sigemptyset(&standard.sa_mask);
    sigaction(number, &standard, NULL);
    if (was_sent) raise(number);
}

static void handle(int number, siginfo_t *info, void *context) {
    int saved = errno;
    uintptr_t address = (uintptr_t)info->si_addr, end = 0;
    struct guard *guard = is_missing_page(info) ? find_guard(address, &end) : NULL;
    if (guard != NULL) {
        uintptr_t page = address - address % page_size;
        // Before the zeros can be seen.
        atomic_store(&guard->is_damaged, 1);
        void *zeros = mmap((void *)page, end - page, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (zeros != MAP_FAILED) {
            errno = saved;
            return;
        }
    }
    errno = saved;
    hand_on(number, info, context);
}

static void install(void) {
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {0};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigemptyset(&action.sa_mask);
    // What was there is known before ours can be called.
    if (sigaction(SIGBUS, NULL, &previous) == 0 && sigaction(SIGBUS, &action, NULL) == 0) {
        atomic_store(&is_installed, 1);
    }
}

int colonnade_guard_mapping(const void *start, size_t length) {
    pthread_once(&installing, install);
    if (!atomic_load(&is_installed)) return -1;
    for (int index = 0; index < GUARD_COUNT; index++) {
        struct guard *guard = &guards[index];
        uintptr_t expected = FREE;
        if (!atomic_compare_exchange_strong(&guard->start, &expected, RESERVED)) continue;
        int used = atomic_load(&guards_used);
        while (used <= index && !atomic_compare_exchange_weak(&guards_used, &used, index + 1)) {
        }
        atomic_store(&guard->length, length);
        atomic_store(&guard->is_damaged, 0);
        atomic_store(&guard->start, (uintptr_t)start);
        return index;
    }
    return -1;
}

void colonnade_release_mapping(int number) {
    if (number >= 0) atomic_store(&guards[number].start, FREE);
}

int colonnade_is_mapping_damaged(int number) {
    if (number < 0) return 0;
    // Behind all that was read before.
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&guards[number].is_damaged, memory_order_acquire);
}
