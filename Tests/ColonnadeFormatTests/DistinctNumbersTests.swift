// SPDX-License-Identifier: Apache-2.0

import ColonnadeFormat
import Testing

@Suite struct DistinctNumbersTests {
    @Test(arguments: [0, 1, 2, 3, 100, 4_000])
    func `numbers that differ in one half are distinct, and one that occurs twice is found`(count: Int) {
        // Numbers that a hash function without a secret would put at one place.
        let alike: [(Int) -> RandomNumber] = [
            { RandomNumber(first: UInt64($0), last: 7) },
            { RandomNumber(first: 7, last: UInt64($0) << 32) },
            { RandomNumber(first: UInt64($0), last: UInt64($0).byteSwapped) },
        ]
        for number in alike {
            #expect(DistinctNumbers.areDistinct(count, number))
            guard count > 1 else { continue }
            #expect(!DistinctNumbers.areDistinct(count) { number($0 == count - 1 ? 0 : $0) })
            #expect(!DistinctNumbers.areDistinct(count) { number($0 < 2 ? count : $0) })
        }
    }
}
