// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Colonnade

@Suite struct WindowReplayTests {
    /// Returns the samples in the entries of a reservoir after each step, computed by executing the steps.
    private func executed(_ replay: WindowReplay, steps: Int) -> [[Int]] {
        var entries = Array(0..<replay.size)
        var states = [entries]
        for step in 0..<steps {
            entries[replay.entry(atStep: step, of: replay.size)] = replay.size + step
            states.append(entries)
        }
        return states
    }

    @Test(arguments: [1, 2, 3, 7, 64], [UInt64(0), 1, 0xDEAD_BEEF])
    func `the contents are those that the executed steps leave`(size: Int, key: UInt64) {
        let replay = WindowReplay(size: size, key: key)
        for (steps, entries) in executed(replay, steps: 5 * size + 3).enumerated() {
            #expect(replay.contents(afterSteps: steps, filled: size) == entries)
        }
    }

    @Test(arguments: [0, 1, 4, 8])
    func `a window that is not full holds the first samples in order`(count: Int) {
        #expect(WindowReplay(size: 8, key: 3).contents(afterSteps: 0, filled: count) == Array(0..<count))
    }

    @Test func `every step draws one of the entries, and all entries are drawn`() {
        let replay = WindowReplay(size: 5, key: 9)
        let drawn = (0..<200).map { replay.entry(atStep: $0, of: replay.size) }
        #expect(Set(drawn) == Set(0..<5))
        #expect((1...5).allSatisfy { count in (0..<50).allSatisfy { replay.entry(atStep: $0, of: count) < count } })
    }

    @Test func `another key draws other entries`() {
        let draws = [UInt64(1), 2].map { key in
            (0..<32).map { WindowReplay(size: 16, key: key).entry(atStep: $0, of: 16) }
        }
        #expect(draws[0] != draws[1])
    }
}
