// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Synchronization

/// Threads that have run their body and wait for another one. Waking such a thread costs a fraction of starting one, so
/// the passes of a stream use the same threads. A thread that is idle for `idleSeconds` ends.
package final class IdleThreads: Sendable {
    package typealias Body = @Sendable () -> Void

    private enum Order {
        case run(Body)
        case end
    }

    /// An idle thread. It waits for an order of its own, so that waking it wakes no other thread.
    private final class Waiting: Sendable {
        let order = Monitor<Order?>(nil)
        /// The number by which the system identifies the thread; 0 before it begins.
        let number = Atomic(0)

        func give(_ order: Order) {
            self.order.withLock { $0 = order }
            self.order.wakeAll()
        }
    }

    /// The idle threads, the latest one last.
    private let threads = Monitor<[Waiting]>([])
    private let idleSeconds: Double
    private let forkCount = Syscalls.forkCount

    package init(idleSeconds: Double) { self.idleSeconds = idleSeconds }

    /// The number of idle threads.
    package var count: Int { threads.withLock { $0.count } }

    /// Runs a body on the thread that became idle last. Returns false if no thread is idle.
    func run(_ body: @escaping Body) -> Bool {
        guard let thread = threads.withLock({ $0.popLast() }) else { return false }
        thread.give(.run(body))
        return true
    }

    /// Ends the idle threads, and waits for their end. A program calls it before it forks, since the child would lack the
    /// threads. Threads that run a body are not affected.
    package func endAll() {
        let ended = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in ended { thread.give(.end) }
        for thread in ended { Syscalls.waitForEnd(ofThread: thread.number.load(ordering: .acquiring)) }
    }

    /// Returns the function of a new thread: it runs a body, and then the bodies that `run` passes to the thread, until
    /// the thread was idle for too long. It releases each body after it has run.
    func function(ofThreadWith first: @escaping Body) -> Body {
        let thread = Waiting()
        thread.order.withLock { $0 = .run(first) }
        return {
            thread.number.store(Syscalls.threadNumber, ordering: .releasing)
            while case .run(let body)? = thread.order.withLock({ $0.take() }) ?? self.wait(thread) { body() }
        }
    }

    /// Waits for an order. Returns nil after the time.
    private func wait(_ thread: Waiting) -> Order? {
        // The body may have forked the process: the thread is then the only one of the child.
        guard forkCount == Syscalls.forkCount else { return nil }
        threads.withLock { $0.append(thread) }
        if let order = thread.order.wait(until: Deadline(in: idleSeconds), { $0.take() }) { return order }
        let isRemoved = threads.withLock { threads in
            guard let index = threads.lastIndex(where: { $0 === thread }) else { return false }
            threads.remove(at: index)
            return true
        }
        // Otherwise `run` or `endAll` has just chosen this thread, and is about to give it an order.
        return isRemoved ? nil : thread.order.wait { $0.take() }
    }

    // MARK: The threads of this process

    /// Longer than the time between two epochs, unless a program does much else there.
    private static let idleSeconds = 2.0
    private static let latest = unsafe Atomic(Unmanaged.passRetained(IdleThreads(idleSeconds: idleSeconds)))

    /// The idle threads of this process. A forked child begins without any, since those of its parent do not exist in
    /// it, and one of them may have held the lock. The object of the parent is never released.
    package static var ofProcess: IdleThreads {
        let known = unsafe latest.load(ordering: .acquiring)
        let threads = unsafe known.takeUnretainedValue()
        if threads.forkCount == Syscalls.forkCount { return threads }
        let made = unsafe Unmanaged.passRetained(IdleThreads(idleSeconds: idleSeconds))
        let (isMade, other) = unsafe latest.compareExchange(
            expected: known, desired: made, ordering: .acquiringAndReleasing)
        if isMade { return unsafe made.takeUnretainedValue() }
        unsafe made.release()
        return unsafe other.takeUnretainedValue()
    }
}
