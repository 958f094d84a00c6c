// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeSystem
import Testing

/// Tests the memory that threads use together.
@Suite struct MemoryBudgetTests {
    @Test func `threads keep to the limit together, and a part above it waits until it is alone`() {
        let budget = MemoryBudget(10)
        let used = Monitor((now: 0, most: 0, parts: 0, wereAlone: true))
        let outcomes = ParallelWork.results(60) { (index) throws(ColonnadeError) in
            let bytes = [4, 7, 25, 0, 3][index % 5]
            try budget.spending(bytes) { () throws(ColonnadeError) in
                used.withLock {
                    $0.wereAlone = $0.wereAlone && (bytes <= 10 || $0.now == 0)
                    $0.now += min(bytes, 10)
                    $0.parts += 1
                    $0.most = max($0.most, $0.now)
                }
                for _ in 0..<2000 where used.withLock({ $0.now > 10 }) { break }
                used.withLock { $0.now -= min(bytes, 10) }
                // A thread whose work fails also gives its bytes back.
                if index % 7 == 0 { throw ColonnadeError(.invalidSource, "bad") }
            }
        }
        let (now, most, parts, wereAlone) = used.withLock { $0 }
        #expect((now, parts, wereAlone) == (0, 60, true))
        #expect(most <= 10 && outcomes.count { (try? $0.get()) == nil } == 9)
    }

    @Test func `decoding takes about four times the bytes of the pixels, whatever a header claims`() {
        #expect(MemoryBudget.decodingBytes(of: [2, 3, 4]) == 96)
        #expect(MemoryBudget.decodingBytes(of: [.max, .max, 3]) == .max)
    }
}
