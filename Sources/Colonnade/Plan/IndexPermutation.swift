// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore

/// A random order of 0 ..< count that is computed, not stored: index → row, for any count, in constant memory.
///
/// It implements the published row order (`formats/row-order-1.md`), which is identical in every release and language.
/// Below 1,000 rows it is a table by Fisher and Yates. From there on it is a Feistel network of eight rounds on a mixed
/// radix, whose state is eight keys. Luby and Rackoff 1988; Black and Rogaway 2002.
package struct IndexPermutation: Sendable {
    /// The count from which the order is a network: on few rows, eight rounds are not uniform enough.
    static let networkThreshold = 1_000

    package let count: Int
    private let table: [UInt16]
    private let network: colonnade_order

    private var isTable: Bool { count < IndexPermutation.networkThreshold }

    /// Makes the order of one epoch. O(1): below 1,000 rows, microseconds.
    package init(count: Int, seed: UInt64, epoch: UInt64) {
        precondition(count >= 0, "an order has no negative count")
        self.count = count
        var random = SplitMix64(state: SplitMix64.mix(SplitMix64.mix(seed) &+ epoch))
        if count < IndexPermutation.networkThreshold {
            var table = (0..<count).map { UInt16($0) }
            for last in stride(from: count - 1, to: 0, by: -1) {
                table.swapAt(last, Int(random.next().multipliedFullWidth(by: UInt64(last) + 1).high))
            }
            self.table = table
            network = colonnade_order()
            return
        }
        func key() -> UInt32 { UInt32(random.next() >> 32) }
        let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
        let lowBits = (bits + 1) / 2
        table = []
        network = colonnade_order(
            keys: (key(), key(), key(), key(), key(), key(), key(), key()), count: UInt64(count),
            low_bits: UInt32(lowBits), columns: UInt32((count - 1) >> lowBits + 1))
    }

    /// The row at an index. Traps if the index is out of range. O(1) on average.
    package subscript(index: Int) -> Int {
        precondition(index >= 0 && index < count, "index \(index) is out of range (0..<\(count))")
        if isTable { return Int(table[index]) }
        var row: Int64 = 0
        unsafe withUnsafePointer(to: network) { unsafe colonnade_order_rows($0, UInt64(index), 1, &row) }
        return Int(row)
    }

    /// Returns the rows at consecutive indices, several times faster than one by one. Traps if an index is out of
    /// range. O(n) on average.
    package func rows(at indices: Range<Int>) -> [Int] {
        var rows: [Int] = []
        write(rowsAt: indices, to: &rows)
        return rows
    }

    /// Replaces the elements of an array, except the first ones, by the rows at consecutive indices. It allocates nothing
    /// if the array has enough capacity.
    ///
    /// - Parameter kept: the number of elements that stay.
    package func write(rowsAt indices: Range<Int>, to rows: inout [Int], after kept: Int = 0) {
        precondition(indices.lowerBound >= 0 && indices.upperBound <= count, "indices \(indices) of \(count)")
        if isTable {
            rows.removeLast(rows.count - kept)
            rows.reserveCapacity(kept + indices.count)
            for index in indices { rows.append(Int(table[index])) }
            return
        }
        // The elements that the array has already are not written twice.
        let count = kept + indices.count
        if rows.count > count {
            rows.removeLast(rows.count - count)
        } else if rows.count < count {
            rows.append(contentsOf: repeatElement(0, count: count - rows.count))
        }
        unsafe rows.withUnsafeMutableBufferPointer { rows in
            guard let first = unsafe rows.baseAddress.map({ unsafe $0 + kept }) else { return }
            unsafe withUnsafePointer(to: network) { network in
                unsafe first.withMemoryRebound(to: Int64.self, capacity: indices.count) { rows in
                    unsafe colonnade_order_rows(network, UInt64(indices.lowerBound), indices.count, rows)
                }
            }
        }
    }
}
