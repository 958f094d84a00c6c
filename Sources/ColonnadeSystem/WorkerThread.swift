// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A thread of our own. Page faults block, and the cooperative pool of Swift's tasks must not.
package enum WorkerThread {
    /// Runs `body` on a new, detached thread: nobody waits for it, it ends with its body. Throws `system`.
    package static func start(_ body: @escaping @Sendable () -> Void) throws(ColonnadeError) {
        let code = unsafe create(Unmanaged.passRetained(ThreadBody(body)))
        guard code == 0 else {
            throw ColonnadeError(
                .system, "no thread could be started (error \(code)): ask for fewer threads, or raise the limit")
        }
    }

    private static func create(_ body: Unmanaged<ThreadBody>) -> Int32 {
        #if DEBUG
            if let code = FaultInjection.current?.next("pthread_create") {
                unsafe body.release()
                return code
            }
        #endif
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        #if canImport(Darwin)
            var thread: pthread_t?
            let code = unsafe pthread_create(&thread, &attributes, runThread, body.toOpaque())
        #else
            var thread = pthread_t()
            let code = unsafe pthread_create(&thread, &attributes, runThread, body.toOpaque())
        #endif
        if code != 0 { unsafe body.release() }
        return code
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

#if canImport(Darwin)
    private func runThread(_ body: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        unsafe Unmanaged<ThreadBody>.fromOpaque(body).takeRetainedValue().run()
        return nil
    }
#else
    private func runThread(_ body: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let body = unsafe body else { return nil }
        unsafe Unmanaged<ThreadBody>.fromOpaque(body).takeRetainedValue().run()
        return nil
    }
#endif

/// State behind a lock, and a condition to wait on.
@safe
package final class Monitor<State: ~Copyable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    package init(_ state: consuming State) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
        self.state = state
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the lock held.
    package func withLock<Result, Failure: Error>(_ body: (inout State) throws(Failure) -> Result) throws(Failure)
        -> Result
    {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Waits until `body` gives a value; it is tried at once, and again after each `wakeAll`.
    package func wait<Result>(until body: (inout State) -> Result?) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            unsafe pthread_cond_wait(condition, mutex)
        }
    }

    package func wakeAll() { unsafe _ = pthread_cond_broadcast(condition) }
}
