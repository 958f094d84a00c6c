// SPDX-License-Identifier: Apache-2.0

/// Finds duplicates among the random numbers of a manifest.
///
/// A table of indices takes a fifth of the time of a `Set`. Its hash function is a full product of the halves of a number with two
/// secrets of the process, so that a manifest cannot be made whose numbers collide.
package struct DistinctNumbers {
    /// One more than the index of each number, at the place of its hash or after it; 0 for none.
    private var table: [UInt32]
    private let shift: UInt64
    /// The places that were looked at. A test compares it with the count of numbers.
    package private(set) var probeCount = 0
    private static let secrets = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))

    /// - Parameter count: the number of numbers that will be inserted.
    package init(count: Int) {
        // At most half of the places are taken.
        let bits = UInt64(max(4, Int.bitWidth - count.leadingZeroBitCount + 1))
        table = [UInt32](repeating: 0, count: 1 << Int(bits))
        shift = 64 - bits
    }

    /// Returns whether all numbers are different. O(count).
    package static func areDistinct(_ count: Int, _ number: (Int) -> RandomNumber) -> Bool {
        var numbers = DistinctNumbers(count: count)
        for index in 0..<count {
            guard numbers.insert(index, number) else { return false }
        }
        return true
    }

    /// Adds the number with an index. Returns whether it is a new one.
    package mutating func insert(_ index: Int, _ number: (Int) -> RandomNumber) -> Bool {
        let new = number(index)
        let secrets = DistinctNumbers.secrets
        let product = (new.first ^ secrets.0).multipliedFullWidth(by: new.last ^ secrets.1)
        // The highest bits of the last product depend on all bits.
        let hash = (product.high ^ product.low) &* 0x9e37_79b9_7f4a_7c15
        var place = Int(truncatingIfNeeded: hash >> shift)
        probeCount += 1
        while table[place] != 0 {
            guard number(Int(table[place]) - 1) != new else { return false }
            place = (place + 1) & (table.count - 1)
            probeCount += 1
        }
        table[place] = UInt32(index + 1)
        return true
    }
}
