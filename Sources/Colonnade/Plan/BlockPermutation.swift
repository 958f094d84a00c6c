// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore

/// A random order of 0 ..< count that reads blocks of consecutive rows as a whole: index → row, in constant memory.
///
/// It implements the published block order (`formats/row-order-2.md`), for more rows than the open blocks hold. A fixed
/// number of blocks is open at a time, and rounds take a row of each.
package struct BlockPermutation: Sendable {
    let count: Int
    let shape: BlockShape
    /// The order of the blocks, without a shorter last one.
    let blocks: IndexPermutation
    let order: colonnade_block_order
    private let tables: [UInt16]

    /// Makes the order of one epoch. Traps if the open blocks hold all rows, since such an order is an `IndexPermutation`.
    /// O(1): microseconds.
    package init(count: Int, _ shape: BlockShape, seed: UInt64, epoch: UInt64) {
        precondition(!shape.holds(count), "an order that the open blocks hold is that of single rows")
        self.count = count
        self.shape = shape
        let (blockCount, lastRows) = (count / shape.rows, count % shape.rows)
        let rounds = count / shape.open
        var random = IndexPermutation.generator(seed: seed, epoch: epoch)
        var tables: [UInt16] = []
        func permutation(_ count: Int, _ state: UInt64) -> colonnade_permutation {
            IndexPermutation(count: count, SplitMix64(state: state)).permutation(in: &tables)
        }
        let rotation = random.next().multipliedFullWidth(by: UInt64(count)).high
        blocks = IndexPermutation(count: blockCount, SplitMix64(state: random.next()))
        let blockOrder = blocks.permutation(in: &tables)
        let rowState = random.next()
        let slots = permutation(shape.open / shape.lanes, random.next())
        let (rowKey, slotKey) = (random.next(), random.next())
        let distance = (rounds % shape.rows + 1) % shape.rows * shape.open
        var factor = (distance + shape.rows - 1) / shape.rows
        while factor.greatestCommonDivisor(with: shape.open) != 1 { factor += 1 }
        order = colonnade_block_order(
            slots: slots, blocks: blockOrder, rows: permutation(shape.rows, rowState),
            last_rows: permutation(lastRows, rowState), count: UInt64(count), rotation: rotation, slot_key: slotKey,
            row_key: rowKey, rounds: UInt64(rounds), extra: UInt64(count % shape.open),
            step: UInt64(shape.rows * factor - distance + shape.open), block_rows: colonnade_divisor(shape.rows),
            open_blocks: colonnade_divisor(shape.open), lanes: colonnade_divisor(shape.lanes))
        self.tables = tables
    }

    /// The row at an index. Traps if the index is out of range. O(1) on average.
    package subscript(index: Int) -> Int {
        precondition(index >= 0 && index < count, "index \(index) is out of range (0..<\(count))")
        var row = Int64(index)
        unsafe map(&row, 1)
        return Int(row)
    }

    /// Replaces the elements of an array, except the first ones, which are indices, by their rows: consecutive indices in
    /// the least time. Traps if an index is out of range. O(n) on average.
    ///
    /// - Parameter kept: the number of elements that stay.
    package func map(_ indices: inout [Int], after kept: Int = 0) {
        indices.checkIndices(after: kept, of: count)
        unsafe indices.withKernelRows(after: kept) { unsafe map($0, $1) }
    }

    @unsafe private func map(_ rows: UnsafeMutablePointer<Int64>, _ count: Int) {
        unsafe tables.withUnsafeBufferPointer { tables in
            guard let tables = tables.baseAddress else { preconditionFailure("an order of slots has a table or keys") }
            unsafe withUnsafePointer(to: order) { unsafe colonnade_block_order_map($0, tables, rows, count) }
        }
    }
}

extension colonnade_divisor {
    fileprivate init(_ value: Int) { self.init(value: UInt64(value), reciprocal: .max / UInt64(value)) }
}
