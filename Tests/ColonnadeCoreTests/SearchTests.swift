// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

/// Bisection, and arithmetic of counts that stops at the largest integer.
@Suite struct SearchTests {
    @Test func `bisection finds the last number for which a condition holds, and does not ask of the first`() {
        for count in 1..<40 {
            for last in 0..<count {
                let found = (-3..<count - 3).lastByBisection { number in
                    #expect(number > -3 && number < count - 3)
                    return number <= last - 3
                }
                #expect(found == last - 3)
            }
        }
        #expect((0..<Int.max).lastByBisection { $0 <= Int.max - 7 } == Int.max - 7)
    }

    @Test func `sums and products stop at the largest integer`() {
        #expect(3.saturatingSum(4) == 7 && Int.max.saturatingSum(0) == .max && Int.max.saturatingSum(1) == .max)
        #expect(3.saturatingProduct(4) == 12 && Int.max.saturatingProduct(0) == 0)
        #expect(Int.max.saturatingProduct(2) == .max)
        #expect((1 << 32).saturatingProduct(1 << 31) == .max && (1 << 32).saturatingProduct(1 << 30) == 1 << 62)
    }
}
