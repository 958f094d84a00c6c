// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore

/// A random order of 0 ..< count that is computed, not stored: index → row, for any count, in constant memory.
///
/// It implements the published row order (`formats/row-order-1.md`), which is identical in every release and language.
/// Up to 65,536 rows it is a table by Fisher and Yates (at most 128 KiB). Beyond that it is a Feistel network of eight
/// rounds with cycle walking, whose state is eight keys. Luby and Rackoff 1988; Black and Rogaway 2002.
package struct IndexPermutation: Sendable {
    /// The largest count for which a table is made: for small counts, a network of eight rounds is not uniform enough.
    static let tableLimit = 65_536

    package let count: Int
    private let table: [UInt16]
    private let network: colonnade_order

    /// Makes the order of one epoch. O(1), or O(count) up to 65,536 rows: half a millisecond at most.
    package init(count: Int, seed: UInt64, epoch: UInt64) {
        precondition(count >= 0, "an order has no negative count")
        self.count = count
        var random = SplitMix64(state: SplitMix64.mix(SplitMix64.mix(seed) &+ epoch))
        if count <= IndexPermutation.tableLimit {
            var table = (0..<count).map { UInt16($0) }
            for last in stride(from: count - 1, to: 0, by: -1) {
                table.swapAt(last, Int(random.next().multipliedFullWidth(by: UInt64(last) + 1).high))
            }
            self.table = table
            network = colonnade_order()
            return
        }
        let bits = UInt64(Int.bitWidth - (count - 1).leadingZeroBitCount)
        table = []
        network = colonnade_order(
            keys: (
                random.next(), random.next(), random.next(), random.next(),
                random.next(), random.next(), random.next(), random.next()
            ), count: UInt64(count), low_bits: bits / 2, high_bits: bits - bits / 2)
    }

    /// The row at an index. Traps if the index is out of range. O(1) on average.
    package subscript(position: Int) -> Int {
        precondition(position >= 0 && position < count, "index \(position) is out of range (0..<\(count))")
        if count <= IndexPermutation.tableLimit { return Int(table[position]) }
        var row: Int64 = 0
        unsafe withUnsafePointer(to: network) { unsafe colonnade_order_rows($0, UInt64(position), 1, &row) }
        return Int(row)
    }

    /// Returns the rows at consecutive indices, several times faster than one by one. Traps if an index is out of
    /// range. O(n) on average.
    package func rows(at positions: Range<Int>) -> [Int] {
        var rows: [Int] = []
        append(rowsAt: positions, to: &rows)
        return rows
    }

    /// Appends the rows at consecutive indices to an array. It allocates nothing if the array has enough capacity.
    func append(rowsAt positions: Range<Int>, to rows: inout [Int]) {
        precondition(positions.lowerBound >= 0 && positions.upperBound <= count, "positions \(positions) of \(count)")
        if count <= IndexPermutation.tableLimit {
            rows.reserveCapacity(rows.count + positions.count)
            for position in positions { rows.append(Int(table[position])) }
            return
        }
        let start = rows.count
        rows.append(contentsOf: repeatElement(0, count: positions.count))
        unsafe rows.withUnsafeMutableBufferPointer { rows in
            guard let first = rows.baseAddress else { return }
            unsafe withUnsafePointer(to: network) { network in
                unsafe (first + start).withMemoryRebound(to: Int64.self, capacity: positions.count) { rows in
                    unsafe colonnade_order_rows(network, UInt64(positions.lowerBound), positions.count, rows)
                }
            }
        }
    }
}
