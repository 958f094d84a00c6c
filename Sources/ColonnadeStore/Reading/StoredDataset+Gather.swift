// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
public import ColonnadeCore
import ColonnadeFormat

extension StoredDataset {
    /// Copies rows, in the order given and any of them more than once, into one tensor a column with a leading dimension.
    ///
    /// Ragged rows, bytes and strings are padded with zeros at the end of each dimension to the longest of the rows.
    ///
    /// - Parameters:
    ///   - rows: row numbers; traps for one past the end.
    ///   - columnIndices: the indices of the columns in the schema.
    ///   - pool: where the memory comes from.
    /// - Throws: `corruptFile` with the row and column, or with the file if it was truncated; `invalidArgument` where a padded
    ///   tensor would be out of all proportion to its rows.
    public func gather(
        rows: [Int], columns columnIndices: [Int], from pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        try gather(rows: rows, columnIndices.map { ColumnRequest(column: $0) }, from: pool)
    }

    /// The same, converted and padded on the way as the requests say.
    package func gather(
        rows: [Int], _ wanted: [ColumnRequest], from pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        StoredDataset.checkNumbers(rows, below: rowCount)
        return try reading { () throws(ColonnadeError) in try gatherColumns(rows, wanted, pool) }
    }

    /// - Parameter inOrder: whether rows are read in the order of the file.
    func gatherColumns(
        _ rows: [Int], _ wanted: [ColumnRequest], _ pool: TensorPool, inOrder: Bool = false
    ) throws(ColonnadeError) -> [Tensor] {
        var reader = RowReader(self, inOrder: inOrder)
        var tensors = [Tensor?](repeating: nil, count: wanted.count)
        for slot in wanted.indices where tensors[slot] == nil {
            let column = columns[wanted[slot].column]
            guard let group = column.group else {
                tensors[slot] = try reader.gatherVariable(rows, column, wanted[slot], pool)
                continue
            }
            if column.codec != .plain {
                tensors[slot] = try reader.gatherCompressed(rows, column, wanted[slot], pool)
                continue
            }
            // All wanted columns of the group in one pass over its rows.
            let slots = slots(of: wanted, inGroup: group, from: slot)
            let outputs = try slots.map { (slot) throws(ColonnadeError) in
                try GroupOutput(columns[wanted[slot].column], wanted[slot], rows: rows.count)
            }
            var scratch = BatchScratch()
            try GroupOutput.allocate(outputs[...], batches: 1, pool, into: &scratch)
            try reader.check(rows[...], group: group)
            try table.gather(rows, rows.count, of: rows.count, group, outputs[...], scratch.outputs[...])
            for (slot, (output, memory)) in zip(slots, zip(outputs, scratch.outputs)) {
                tensors[slot] = output.tensor(memory, batch: 0, rows: rows.count)
            }
        }
        return tensors.compactMap { $0 }
    }

    /// The wanted columns of a group, of which this is the first.
    func slots(of wanted: [ColumnRequest], inGroup group: Int, from first: Int) -> [Int] {
        guard isShared[group] else { return [first] }
        return wanted.indices.filter { columns[wanted[$0].column].group == group }
    }

    /// Traps for a row that is not below `count`.
    static func checkNumbers(_ rows: [Int], below count: Int) {
        var (low, high) = (0, -1)
        for row in rows {
            low = min(low, row)
            high = max(high, row)
        }
        precondition(low >= 0 && high < count, "a row past the end of \(count)")
    }
}
