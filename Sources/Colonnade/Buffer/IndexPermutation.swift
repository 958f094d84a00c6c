// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A random order of 0 ..< count that is computed, not stored: position → row, for any count, in constant memory.
///
/// The published row order (`formats/row-order-1.md`), which is the same in every release and language: up to 65,536 rows a
/// table by Fisher and Yates (at most 128 KiB), beyond it a Feistel network of eight rounds with cycle walking, whose state
/// is eight keys. Luby and Rackoff 1988; Black and Rogaway 2002.
public struct IndexPermutation: Sendable {
    /// Up to here a table is made; below it a network of eight rounds is not uniform enough.
    static let tableLimit = 65_536

    public let count: Int
    private let table: [UInt16]
    private let keys: Keys
    private let lowBits: UInt64
    private let lowMask: UInt64
    private let lowShift: UInt64
    private let highShift: UInt64

    /// The eight round keys, not in an array: that would cost a bounds check and an indirection a round.
    private struct Keys {
        var k0, k1, k2, k3, k4, k5, k6, k7: UInt64
    }

    /// The order of one epoch. O(1), or O(count) up to 65,536 rows: half a millisecond at most.
    public init(count: Int, seed: UInt64, epoch: UInt64) {
        precondition(count >= 0, "an order has no negative count")
        self.count = count
        var random = SplitMix64(state: SplitMix64.mix(SplitMix64.mix(seed) &+ epoch))
        if count <= IndexPermutation.tableLimit {
            var table = (0..<count).map { UInt16($0) }
            for last in stride(from: count - 1, to: 0, by: -1) {
                table.swapAt(last, Int(random.next().multipliedFullWidth(by: UInt64(last) + 1).high))
            }
            self.table = table
            keys = Keys(k0: 0, k1: 0, k2: 0, k3: 0, k4: 0, k5: 0, k6: 0, k7: 0)
            (lowBits, lowMask, lowShift, highShift) = (0, 0, 0, 0)
            return
        }
        let bits = UInt64(Int.bitWidth - (count - 1).leadingZeroBitCount)
        table = []
        lowBits = bits / 2
        lowMask = 1 << lowBits - 1
        lowShift = 64 - lowBits
        highShift = 64 - (bits - lowBits)
        keys = Keys(
            k0: random.next(), k1: random.next(), k2: random.next(), k3: random.next(),
            k4: random.next(), k5: random.next(), k6: random.next(), k7: random.next())
    }

    /// The row at that position. Traps past the end. O(1) on average.
    public subscript(position: Int) -> Int {
        precondition(position >= 0 && position < count, "position \(position) of \(count)")
        if count <= IndexPermutation.tableLimit { return Int(table[position]) }
        var row = encrypt(UInt64(position))
        while row >= UInt64(count) { row = encrypt(row) }
        return Int(row)
    }

    /// The rows at these positions: the same as one by one, several times faster. Traps past the end. O(n) on average.
    public func rows(at positions: Range<Int>) -> [Int] {
        precondition(positions.lowerBound >= 0 && positions.upperBound <= count, "positions \(positions) of \(count)")
        if count <= IndexPermutation.tableLimit { return table[positions].map { Int($0) } }
        // Without a branch in the loop the CPU works on several rows at once; the few that must walk on come after.
        var rows = positions.map { Int(encrypt(UInt64($0))) }
        for index in rows.indices {
            while rows[index] >= count { rows[index] = Int(encrypt(UInt64(rows[index]))) }
        }
        return rows
    }

    @inline(__always)
    private func encrypt(_ value: UInt64) -> UInt64 {
        var high = value >> lowBits
        var low = value & lowMask
        func mix(_ value: UInt64, _ key: UInt64) -> UInt64 {
            let product = (value &+ key) &* 0x9E37_79B9_7F4A_7C15
            return (product ^ (product >> 32)) &* 0xD6E8_FEB8_6659_FD93
        }
        high ^= mix(low, keys.k0) &>> highShift
        low ^= mix(high, keys.k1) &>> lowShift
        high ^= mix(low, keys.k2) &>> highShift
        low ^= mix(high, keys.k3) &>> lowShift
        high ^= mix(low, keys.k4) &>> highShift
        low ^= mix(high, keys.k5) &>> lowShift
        high ^= mix(low, keys.k6) &>> highShift
        low ^= mix(high, keys.k7) &>> lowShift
        return high &<< lowBits | low
    }
}
