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
        self.init(count: count, IndexPermutation.generator(seed: seed, epoch: epoch))
    }

    /// Returns the generator of the random numbers of one epoch.
    static func generator(seed: UInt64, epoch: UInt64) -> SplitMix64 {
        SplitMix64(state: SplitMix64.mix(SplitMix64.mix(seed) &+ epoch))
    }

    /// Makes the order that a generator gives.
    init(count: Int, _ generator: SplitMix64) {
        precondition(count >= 0, "an order has no negative count")
        self.count = count
        var random = generator
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
        unsafe rows.withKernelRows(after: kept) { rows, count in
            unsafe withUnsafePointer(to: network) { network in
                unsafe colonnade_order_rows(network, UInt64(indices.lowerBound), count, rows)
            }
        }
    }

    /// Replaces the elements of an array, except the first ones, which are indices, by their rows. Traps if an index is out of
    /// range.
    ///
    /// - Parameter kept: the number of elements that stay.
    package func map(_ indices: inout [Int], after kept: Int = 0) {
        indices.checkIndices(after: kept, of: count)
        if isTable {
            for place in kept..<indices.count { indices[place] = Int(table[indices[place]]) }
            return
        }
        unsafe indices.withKernelRows(after: kept) { rows, count in
            unsafe withUnsafePointer(to: network) { unsafe colonnade_order_map($0, rows, count) }
        }
    }

    /// Returns the order for a kernel, and appends its table, if it has one, to those of other orders.
    func permutation(in tables: inout [UInt16]) -> colonnade_permutation {
        var network = network
        network.count = UInt64(count)
        defer { tables += table }
        return colonnade_permutation(network: network, table: tables.count)
    }
}

extension [Int] {
    /// Traps unless all elements, except the first ones, are indices of an order.
    func checkIndices(after kept: Int, of count: Int) {
        let largest = self[kept...].reduce(UInt(0)) { Swift.max($0, UInt(bitPattern: $1)) }
        precondition(largest < count || kept == self.count, "index \(largest) is out of range (0..<\(count))")
    }

    /// Calls a function with the address and number of the elements, except the first ones.
    @unsafe mutating func withKernelRows(after kept: Int, _ body: (UnsafeMutablePointer<Int64>, Int) -> Void) {
        unsafe withUnsafeMutableBufferPointer { all in
            guard let first = unsafe all.baseAddress.map({ unsafe $0 + kept }) else { return }
            let count = all.count - kept
            unsafe first.withMemoryRebound(to: Int64.self, capacity: count) { unsafe body($0, count) }
        }
    }
}
