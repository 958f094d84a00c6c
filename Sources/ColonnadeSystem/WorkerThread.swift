// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A thread of the operating system. Page faults block, and must not block the cooperative pool of Swift's tasks.
package enum WorkerThread {
    /// Runs `body` on an idle thread, or on a new one. Later the thread may run other bodies. Throws `system`.
    package static func start(
        _ body: @escaping @Sendable () -> Void, reusing threads: IdleThreads = .ofProcess
    ) throws(ColonnadeError) {
        #if DEBUG
            if let code = FaultInjection.current?.next("pthread_create") { throw refusal(code) }
        #endif
        if threads.run(body) { return }
        let code = unsafe create(Unmanaged.passRetained(ThreadBody(threads.function(ofThreadWith: body))))
        if code != 0 { throw refusal(code) }
    }

    private static func refusal(_ code: Int32) -> ColonnadeError {
        let reason = unsafe String(cString: strerror(code))
        return ColonnadeError(
            .system, "no thread could be started (\(reason)): ask for fewer threads, or raise the limit")
    }

    private static func create(_ body: Unmanaged<ThreadBody>) -> Int32 {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        // The stack is as large as the main thread's: some systems give other threads far less, and pipelines call one
        // another.
        unsafe pthread_attr_setstacksize(&attributes, 1 << 23)
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
