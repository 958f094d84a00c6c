// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// State that a lock protects, with a condition to wait for.
///
/// The lock is the mutex of the C library, because threads can wait for a condition with it, and because the thread
/// sanitizer supports it. On Linux the thread sanitizer does not see `Synchronization.Mutex`, and reports races for
/// state that it protects.
@safe
@usableFromInline
package final class Monitor<State: ~Copyable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    // The lock prevents simultaneous accesses. A second check on each access would cost as much as a small copy.
    @exclusivity(unchecked) @usableFromInline var state: State
    /// The number of calls of `wakeAll`, which a polling thread reads without the lock.
    private let wakeCount = Atomic<Int>(0)

    package init(_ state: consuming State) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        var attributes = pthread_mutexattr_t()
        unsafe pthread_mutexattr_init(&attributes)
        #if canImport(Glibc)
            // A thread that finds the mutex locked tries again before it sleeps, since it is locked only for a short time.
            unsafe pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_ADAPTIVE_NP))
        #endif
        unsafe pthread_mutex_init(mutex, &attributes)
        unsafe pthread_mutexattr_destroy(&attributes)
        unsafe pthread_cond_init(condition, nil)
        unsafe self.state = state
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the lock held. It is inlined, because hot paths call it and the compiler can then optimize
    /// `body`.
    @inlinable package func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try unsafe body(&state)
    }

    /// Waits until `body` returns a value. It calls `body` at once, and again after each `wakeAll`.
    @inlinable package func wait<Result>(until body: (inout State) -> Result?) -> Result {
        lock()
        defer { unlock() }
        while true {
            if let result = unsafe body(&state) { return result }
            waitForWake()
        }
    }

    /// Waits until `body` returns a value or the deadline has passed. Returns nil after the deadline if a last call of
    /// `body` returns nil.
    package func wait<Result>(until deadline: Deadline, _ body: (inout State) -> Result?) -> Result? {
        lock()
        defer { unlock() }
        while true {
            if let result = unsafe body(&state) { return result }
            var time = deadline.time
            if unsafe pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { return unsafe body(&state) }
        }
    }

    /// Polls until `body` returns a value, for waits that are probably shorter than waking a thread takes. Returns nil
    /// after `time`. It calls `body` at once, and again after each `wakeAll`. Each poll lets other threads run.
    package func poll<Result>(for time: Duration, _ body: (inout State) -> Result?) -> Result? {
        let end = ContinuousClock.now + time
        while true {
            let (result, count) = withLock { (body(&$0), wakeCount.load(ordering: .relaxed)) }
            if let result { return result }
            repeat {
                guard ContinuousClock.now < end else { return nil }
                sched_yield()
            } while wakeCount.load(ordering: .relaxed) == count
        }
    }

    /// Wakes all waiting threads, so that each calls its `body` again.
    package func wakeAll() {
        wakeCount.add(1, ordering: .relaxed)
        unsafe _ = pthread_cond_broadcast(condition)
    }

    @usableFromInline func lock() { unsafe _ = pthread_mutex_lock(mutex) }
    @usableFromInline func unlock() { unsafe _ = pthread_mutex_unlock(mutex) }
    @usableFromInline func waitForWake() { unsafe _ = pthread_cond_wait(condition, mutex) }
}
