// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem
import Testing

@Suite struct MonitorPollTests {
    @Test func `polling returns a value that is there, without waiting`() {
        let monitor = Monitor(7)
        #expect(monitor.poll(for: .zero) { $0 } == 7)
    }

    @Test func `polling ends without a value after its time, and the lock is free`() {
        let monitor = Monitor(0)
        #expect(monitor.poll(for: .microseconds(50)) { $0 == 1 ? 1 : nil } == nil)
        #expect(monitor.withLock { $0 } == 0)
    }

    @Test func `polling sees each change of another thread that wakes it`() throws {
        let monitor = Monitor(0)
        try WorkerThread.start {
            for value in 1...2000 {
                monitor.wait { $0 == -value + 1 || $0 == 0 && value == 1 ? () : nil }
                monitor.withLock { $0 = value }
                monitor.wakeAll()
            }
        }
        for value in 1...2000 {
            let found = monitor.poll(for: .seconds(600)) { $0 == value ? value : nil }
            try #require(found == value)
            monitor.withLock { $0 = -value }
            monitor.wakeAll()
        }
    }
}
