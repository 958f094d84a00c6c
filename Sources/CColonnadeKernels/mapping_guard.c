// SPDX-License-Identifier: Apache-2.0
// Keeps a truncated file from ending the process. Reading a mapped page that the file no longer has raises SIGBUS. The
// handler here replaces the rest of the mapping by zeros and marks it as damaged. All of this code may run in a signal
// handler and takes no lock.

#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "colonnade_kernels.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif
#include <unistd.h>

// Guards are stored in blocks: a number finds a guard, and there may be as many guards as mappings.
enum { BLOCK_GUARDS = 4096, MOST_BLOCKS = 4096 };

// Values of `start` for a guard without a mapping: the guard is free, or is being filled.
enum { FREE = 0, RESERVED = 1 };

struct guard {
    _Atomic uintptr_t start;
    _Atomic size_t length;
    _Atomic int is_damaged;
};

static struct guard first_block[BLOCK_GUARDS];
static struct guard *_Atomic blocks[MOST_BLOCKS] = {first_block};
// No guard with a number of at least `guards_used` was ever in use. The search for a free guard begins at
// `lowest_free`.
static _Atomic int guards_used, lowest_free;
// Whether any mapping was ever damaged. Data sets of many files read this flag instead of one for each mapping.
static _Atomic int has_damage;

// The handler before the first installation, and the latest one that another library installed over this one.
static struct sigaction original, latest;
static _Atomic int has_latest;
static uintptr_t page_size;
static _Atomic int is_installed;
static pthread_once_t installing = PTHREAD_ONCE_INIT;
static pthread_mutex_t reinstalling = PTHREAD_MUTEX_INITIALIZER;

static struct guard *guard_at(int number) {
    struct guard *block = atomic_load_explicit(&blocks[number / BLOCK_GUARDS], memory_order_acquire);
    return &block[number % BLOCK_GUARDS];
}

// Returns the guard of the mapping that contains an address, and the end of the mapping; NULL if it is not guarded.
static struct guard *find_guard(uintptr_t address, uintptr_t *end) {
    int used = atomic_load(&guards_used);
    for (int number = 0; number < used; number++) {
        struct guard *guard = guard_at(number);
        uintptr_t start = atomic_load(&guard->start);
        if (start <= RESERVED || address < start) continue;
        size_t length = atomic_load(&guard->length);
        // The guard may have been reused between the two loads. A mapping that faults is in use, so its own address is
        // unchanged.
        if (atomic_load(&guard->start) != start) continue;
        if (address - start >= length) continue;
        *end = start + length;
        return guard;
    }
    return NULL;
}

// Replaces a mapping by zeros, from the address `page` on, which its file no longer has. Returns 0 on success.
static int abandon(struct guard *guard, uintptr_t page, uintptr_t end) {
    // The mark must be visible before the zeros are.
    atomic_store(&guard->is_damaged, 1);
    atomic_store(&has_damage, 1);
    void *zeros = mmap((void *)page, end - page, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return zeros == MAP_FAILED ? -1 : 0;
}

// Returns whether the signal reports a page that could not be read, and not one sent by a process, or defective memory.
static int is_missing_page(const siginfo_t *info) {
#if defined(__linux__)
    return info->si_code == BUS_ADRERR || info->si_code == BUS_OBJERR;
#else
    return info->si_code != SI_USER && info->si_code != SI_QUEUE;
#endif
}

#if defined(__linux__)
// Returns whether the page at an address can be read, without a fault. The system call copies a signal set from the
// address, before it refuses its first argument.
static int is_readable(uintptr_t address) {
    return !(syscall(SYS_rt_sigprocmask, ~0, (const void *)address, (void *)0, (size_t)8) == -1 && errno == EFAULT);
}

// Abandons all mappings whose files have become shorter. Returns whether there was a new one.
static int abandon_truncated(void) {
    int used = atomic_load(&guards_used), found = 0;
    for (int number = 0; number < used; number++) {
        struct guard *guard = guard_at(number);
        uintptr_t start = atomic_load(&guard->start);
        size_t length = atomic_load(&guard->length);
        if (start <= RESERVED || length == 0 || atomic_load(&guard->start) != start) continue;
        uintptr_t end = start + length;
        uintptr_t low = start / page_size, high = (end - 1) / page_size;
        if (is_readable(high * page_size)) continue;
        // Searches for the first missing page: a shorter file lacks all pages from there on.
        while (low < high) {
            uintptr_t middle = low + (high - low) / 2;
            if (is_readable(middle * page_size)) low = middle + 1;
            else high = middle;
        }
        if (abandon(guard, high * page_size, end) == 0) found = 1;
    }
    return found;
}

// Returns whether this process sent the signal to itself, as a handler does that reports a fault and raises it again.
static int was_raised(const siginfo_t *info) { return info->si_code == SI_TKILL && info->si_pid == getpid(); }
#endif

// Passes a signal to the previous handler. Without one, the default action is restored: the fault repeats and ends the
// process.
static void hand_on(int number, siginfo_t *info, void *context) {
    // A handler may raise the fault again, so that this function is entered a second time: then the older handler is
    // called.
    static _Thread_local int depth;
    int index = depth + (atomic_load(&has_latest) ? 0 : 1);
    const struct sigaction none = {0};
    const struct sigaction *next = index == 0 ? &latest : index == 1 ? &original : &none;
    int is_function = next->sa_flags & SA_SIGINFO || (next->sa_handler != SIG_IGN && next->sa_handler != SIG_DFL);
    if (is_function) {
        depth++;
        if (next->sa_flags & SA_SIGINFO) next->sa_sigaction(number, info, context);
        else next->sa_handler(number);
        depth--;
        return;
    }
    // A fault repeats when this function returns; a signal that was sent does not.
#if defined(__linux__)
    int was_sent = info->si_code <= 0;
#else
    int was_sent = !is_missing_page(info);
#endif
    if (next->sa_handler == SIG_IGN && was_sent) return;
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
    int is_done = guard != NULL && abandon(guard, address - address % page_size, end) == 0;
#if defined(__linux__)
    // A handler installed over this one, such as Python's faulthandler, reports the fault and raises it again, without
    // its address.
    if (!is_done && was_raised(info)) is_done = abandon_truncated();
#endif
    errno = saved;
    if (!is_done) hand_on(number, info, context);
}

static void make_action(struct sigaction *action) {
    *action = (struct sigaction){0};
    action->sa_sigaction = handle;
    // If a handler that this one called raises the signal again, it arrives at once.
    action->sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER;
    sigemptyset(&action->sa_mask);
}

static void install(void) {
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action;
    make_action(&action);
    // The previous handler is stored before this one can be called.
    if (sigaction(SIGBUS, NULL, &original) == 0 && sigaction(SIGBUS, &action, NULL) == 0) {
        atomic_store(&is_installed, 1);
    }
}

void colonnade_keep_guard(void) {
    pthread_once(&installing, install);
    struct sigaction current;
    if (!atomic_load(&is_installed) || sigaction(SIGBUS, NULL, &current) != 0) return;
    if (current.sa_flags & SA_SIGINFO && current.sa_sigaction == handle) return;
    // Returns without waiting: another thread is installing it, or was when this process was forked.
    if (pthread_mutex_trylock(&reinstalling) != 0) return;
    // A library that restores the handler from before its own removes this one: then no handler is over it.
    int is_handler = current.sa_flags & SA_SIGINFO || (current.sa_handler != SIG_DFL && current.sa_handler != SIG_IGN);
    atomic_store(&has_latest, 0);
    latest = current;
    atomic_store(&has_latest, is_handler);
    struct sigaction action;
    make_action(&action);
    sigaction(SIGBUS, &action, NULL);
    pthread_mutex_unlock(&reinstalling);
}

// Returns a block by its number, and allocates it if needed; NULL if there is no memory.
static struct guard *block_at(int number) {
    struct guard *block = atomic_load(&blocks[number]);
    if (block != NULL) return block;
    struct guard *made = calloc(BLOCK_GUARDS, sizeof *made);
    if (made == NULL || atomic_compare_exchange_strong(&blocks[number], &block, made)) return made;
    free(made);
    return block;
}

int colonnade_guard_mapping(const void *start, size_t length) {
    colonnade_keep_guard();
    if (!atomic_load(&is_installed)) return -1;
    int lowest = atomic_load(&lowest_free);
    for (int number = lowest; number < BLOCK_GUARDS * MOST_BLOCKS; number++) {
        if (block_at(number / BLOCK_GUARDS) == NULL) return -1;
        struct guard *guard = guard_at(number);
        uintptr_t expected = FREE;
        if (!atomic_compare_exchange_strong(&guard->start, &expected, RESERVED)) continue;
        int used = atomic_load(&guards_used);
        while (used <= number && !atomic_compare_exchange_weak(&guards_used, &used, number + 1)) {
        }
        atomic_compare_exchange_strong(&lowest_free, &lowest, number + 1);
        atomic_store(&guard->length, length);
        atomic_store(&guard->is_damaged, 0);
        atomic_store(&guard->start, (uintptr_t)start);
        return number;
    }
    return -1;
}

void colonnade_release_mapping(int number) {
    if (number < 0) return;
    atomic_store(&guard_at(number)->start, FREE);
    int lowest = atomic_load(&lowest_free);
    while (number < lowest && !atomic_compare_exchange_weak(&lowest_free, &lowest, number)) {
    }
}

int colonnade_has_damaged_mappings(void) {
    // This load must not move before the reads of the mapping.
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&has_damage, memory_order_acquire);
}

int colonnade_is_mapping_damaged(int number) {
    if (number < 0 || !colonnade_has_damaged_mappings()) return 0;
    return atomic_load_explicit(&guard_at(number)->is_damaged, memory_order_acquire);
}
