// SPDX-License-Identifier: Apache-2.0

import ColonnadeFormat
import Testing

@Suite struct DistinctNumbersTests {
    /// Numbers that collide in hash functions without a secret, or with secret factors.
    private let alike: [(UInt64) -> RandomNumber] = [
        { RandomNumber(first: $0, last: 7) },
        { RandomNumber(first: 7, last: $0 << 32) },
        { RandomNumber(first: $0, last: $0.byteSwapped) },
        { RandomNumber(first: ($0 % 64) << 58, last: ($0 / 64) << 58) },
    ]

    @Test(arguments: [0, 1, 2, 3, 100, 4_096]) func `a number that occurs twice is found`(count: Int) {
        for number in alike {
            #expect(DistinctNumbers.areDistinct(count) { number(UInt64($0)) })
            guard count > 1 else { continue }
            #expect(!DistinctNumbers.areDistinct(count) { number($0 == count - 1 ? 0 : UInt64($0)) })
            #expect(!DistinctNumbers.areDistinct(count) { number($0 < 2 ? 5 : UInt64($0 + 6)) })
        }
    }

    @Test func `numbers cannot be chosen to collide`() {
        for number in alike {
            var numbers = DistinctNumbers(count: 4_096)
            for index in 0..<4_096 { #expect(numbers.insert(index) { number(UInt64($0)) }) }
            // 1.5 on average at half the places; a tenth of a thousandth of all secrets gives more than 3.
            #expect(numbers.probeCount < 3 * 4_096)
        }
    }
}
