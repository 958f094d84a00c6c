// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// State protected by a lock, and a condition to wait on.
///
/// The lock of the C library, since one can wait on it, and since the thread sanitizer sees it: on Linux it does not see
/// `Synchronization.Mutex`, and takes the state that a lock of its own protects for unprotected.
@safe
@usableFromInline
package final class Monitor<State: ~Copyable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    // The lock keeps accesses apart; checking that again each time would cost as much as a small copy.
    @exclusivity(unchecked) @usableFromInline var state: State

    package init(_ state: consuming State) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
        unsafe self.state = state
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the lock held. Inlined, so that the compiler sees what `body` does: hot paths come through here.
    @inlinable package func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try unsafe body(&state)
    }

    /// Waits until `body` gives a value; it is tried at once, and again after each `wakeAll`.
    @inlinable package func wait<Result>(until body: (inout State) -> Result?) -> Result {
        lock()
        defer { unlock() }
        while true {
            if let result = unsafe body(&state) { return result }
            waitForWake()
        }
    }

    /// Waits like `wait`, and gives up at a time of the clock that `deadline` made: returns nil then.
    package func wait<Result>(until deadline: Deadline, _ body: (inout State) -> Result?) -> Result? {
        lock()
        defer { unlock() }
        while true {
            if let result = unsafe body(&state) { return result }
            var time = deadline.time
            if unsafe pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { return unsafe body(&state) }
        }
    }

    package func wakeAll() { unsafe _ = pthread_cond_broadcast(condition) }

    @usableFromInline func lock() { unsafe _ = pthread_mutex_lock(mutex) }
    @usableFromInline func unlock() { unsafe _ = pthread_mutex_unlock(mutex) }
    @usableFromInline func waitForWake() { unsafe _ = pthread_cond_wait(condition, mutex) }
}
