// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

@Suite struct WorkerThreadTests {
    @Test(.timeLimit(.minutes(15))) func `threads run their bodies, and a monitor counts them`() throws {
        let monitor = Monitor(0)
        for _ in 0..<50 {
            try WorkerThread.start {
                for _ in 0..<100 { monitor.withLock { $0 += 1 } }
                monitor.wakeAll()
            }
        }
        #expect(monitor.wait { $0 == 5000 ? $0 : nil } == 5000)
    }

    @Test(.timeLimit(.minutes(15))) func `two threads take turns`() throws {
        let monitor = Monitor((turn: 0, log: [Int]()))
        for number in 0..<2 {
            try WorkerThread.start {
                for _ in 0..<200 {
                    monitor.wait { state -> Void? in
                        guard state.turn % 2 == number else { return nil }
                        state.log.append(number)
                        state.turn += 1
                        return ()
                    }
                    monitor.wakeAll()
                }
            }
        }
        let log = monitor.wait { $0.turn == 400 ? $0.log : nil }
        #expect(log == (0..<400).map { $0 % 2 })
    }

    @Test func `values that a body captures are released at its end`() throws {
        final class Token: Sendable {}
        weak var weak: Token?
        let done = Monitor(false)
        do {
            let token = Token()
            weak = token
            try WorkerThread.start { [token] in
                withExtendedLifetime(token) {}
                done.withLock { $0 = true }
                done.wakeAll()
            }
        }
        done.wait { $0 ? () : nil }
        // The body is released shortly after it has run.
        for _ in 0..<1_000_000 where weak != nil { continue }
        #expect(weak == nil)
    }

    /// Waits until a number of threads are idle.
    private func wait(for count: Int, _ threads: IdleThreads) async throws {
        while threads.count != count { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test(.timeLimit(.minutes(15))) func `a thread that has run its body runs the next one`() async throws {
        let threads = IdleThreads(idleSeconds: 3600)
        let monitor = Monitor(0)
        for _ in 0..<20 {
            try WorkerThread.start({ monitor.withLock { $0 += 1 } }, reusing: threads)
            // A second thread would also become idle.
            try await wait(for: 1, threads)
        }
        #expect(monitor.withLock { $0 } == 20)
        // While the only thread is busy, another one is started.
        for number in [1, 2, 3] {
            try WorkerThread.start({ monitor.wait { $0 > 20 ? () : nil } }, reusing: threads)
            #expect(threads.count == 0, "\(number)")
        }
        monitor.withLock { $0 += 1 }
        monitor.wakeAll()
        try await wait(for: 3, threads)
    }

    @Test(.timeLimit(.minutes(15))) func `idle threads end after a time, and release their list`() async throws {
        weak var list: IdleThreads?
        do {
            let threads = IdleThreads(idleSeconds: 0.05)
            list = threads
            let monitor = Monitor((ran: 0, isOver: false))
            for round in 1...2 {
                for _ in 0..<3 {
                    try WorkerThread.start(
                        {
                            monitor.wait { $0.isOver ? () : nil }
                            monitor.withLock { $0.ran += 1 }
                        }, reusing: threads)
                }
                monitor.withLock { $0.isOver = true }
                monitor.wakeAll()
                try await wait(for: 0, threads)
                while monitor.withLock({ $0.ran }) != 3 * round || threads.count > 0 {
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
        }
        while list != nil { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test(.timeLimit(.minutes(15))) func `idle threads end on request, and others do not`() async throws {
        let threads = IdleThreads(idleSeconds: 3600)
        let monitor = Monitor((ran: [String](), isOver: false))
        for number in 0..<4 {
            try WorkerThread.start(
                {
                    let name = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")) ?? ""
                    monitor.withLock { $0.ran.append(name) }
                    monitor.wakeAll()
                    monitor.wait { $0.isOver || number > 0 && $0.ran.count == 4 ? () : nil }
                }, reusing: threads)
        }
        try await wait(for: 3, threads)
        threads.endAll()
        #expect(threads.count == 0)
        #if os(Linux)
            // The system no longer has the threads that ended.
            let names = monitor.withLock { $0.ran }
            #expect(Set(names).count == 4)
            #expect(names.count { FileManager.default.fileExists(atPath: "/proc/\($0)") } == 1)
        #endif
        monitor.withLock { $0.isOver = true }
        monitor.wakeAll()
        try await wait(for: 1, threads)
        // The thread that was busy runs further bodies.
        try WorkerThread.start({ monitor.withLock { $0.ran = [] } }, reusing: threads)
        try await wait(for: 1, threads)
        #expect(monitor.withLock { $0.ran } == [])
        threads.endAll()
    }

    /// Starts threads at about the time at which the idle ones end.
    @Test(.timeLimit(.minutes(15))) func `no body is lost while idle threads end`() async throws {
        let threads = IdleThreads(idleSeconds: 0.001)
        let monitor = Monitor(0)
        for number in 0..<500 {
            try WorkerThread.start({ monitor.withLock { $0 += 1 } }, reusing: threads)
            if number % 2 == 0 { try await Task.sleep(for: .microseconds(500 + number * 2)) }
        }
        while monitor.withLock({ $0 }) != 500 { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func `a lock is released if its body throws`() {
        let monitor = Monitor(1)
        for _ in 0..<2 {
            #expect(throws: ColonnadeError.self) {
                try monitor.withLock { _ throws in throw ColonnadeError(.cancelled, "stop") }
            }
        }
        #expect(monitor.withLock { $0 } == 1)
    }
}
