// SPDX-License-Identifier: Apache-2.0

import ColonnadeSystem
import Testing

@testable import Colonnade

@Suite struct ShortWaitTests {
    @Test func `a thread polls until a wait was long, and again after a short one`() {
        let canPoll = Syscalls.processorCount > 1
        var wait = ShortWait()
        #expect(wait.isLikely == canPoll)
        wait.note(.milliseconds(1))
        #expect(!wait.isLikely)
        wait.note(.microseconds(1))
        #expect(wait.isLikely == canPoll)
        // Waking the thread may have been most of this wait.
        wait.note(ShortWait.limit * 3)
        #expect(wait.isLikely == canPoll)
    }
}
