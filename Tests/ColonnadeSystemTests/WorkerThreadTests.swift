// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStoreTestSupport
import ColonnadeSystem
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
