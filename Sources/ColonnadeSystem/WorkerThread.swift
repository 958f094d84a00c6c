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
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a new, detached thread: nobody waits for it, it ends with its body. Throws `system`.
    package static func start(_ body: @escaping @Sendable () -> Void) throws(ColonnadeError) {
        let argument = unsafe Unmanaged.passRetained(Body(body))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let code = unsafe pthread_create(&thread, nil, { unsafe enter($0) }, argument.toOpaque())
        guard code == 0 else {
            unsafe argument.release()
            throw ColonnadeError(
                .system, "no thread could be started (error \(code)): ask for fewer threads, or raise the limit")
        }
        #if canImport(Darwin)
            if let thread = unsafe thread { unsafe pthread_detach(thread) }
        #else
            _ = pthread_detach(thread)
        #endif
    }

    #if canImport(Darwin)
        private static func enter(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
            unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        }
    #else
        private static func enter(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
            if let argument = unsafe argument {
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
            }
            return nil
        }
    #endif
}

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
