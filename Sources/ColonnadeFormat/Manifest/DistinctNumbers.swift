// SPDX-License-Identifier: Apache-2.0

/// Random numbers of a manifest, among which one that occurs twice is found.
///
/// A table of indices takes a fifth of the time of a `Set`, whose hash function withstands numbers that were chosen to collide. Here
/// each process multiplies by numbers of its own, which nobody can know.
package struct DistinctNumbers {
    /// One more than the index of each number, at the place that its hash has, or after it; 0 for none.
    private var table: [UInt32]
    private let shift: UInt64
    private static let factors = (UInt64.random(in: 0 ... .max) | 1, UInt64.random(in: 0 ... .max) | 1)

    private init(count: Int) {
        // At most half of the places are taken.
        let bits = UInt64(max(4, Int.bitWidth - count.leadingZeroBitCount + 1))
        table = [UInt32](repeating: 0, count: 1 << Int(bits))
        shift = 64 - bits
    }

    /// Returns whether all numbers are different. O(count) on average.
    package static func areDistinct(_ count: Int, _ number: (Int) -> RandomNumber) -> Bool {
        var numbers = DistinctNumbers(count: count)
        for index in 0..<count {
            guard numbers.insert(index, number) else { return false }
        }
        return true
    }

    /// Adds the number with an index. Returns whether it is a new one.
    private mutating func insert(_ index: Int, _ number: (Int) -> RandomNumber) -> Bool {
        let new = number(index)
        let factors = DistinctNumbers.factors
        var place = Int(truncatingIfNeeded: (new.first &* factors.0 &+ new.last &* factors.1) >> shift)
        while table[place] != 0 {
            guard number(Int(table[place]) - 1) != new else { return false }
            place = (place + 1) & (table.count - 1)
        }
        table[place] = UInt32(index + 1)
        return true
    }
}
