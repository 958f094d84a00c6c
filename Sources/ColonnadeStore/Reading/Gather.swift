// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
public import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

extension StoredDataset {
    /// Copies rows, in the order given and any of them more than once, into one tensor a column with a leading dimension.
    ///
    /// Ragged rows, bytes and strings are padded with zeros at the end of each dimension to the longest of the rows.
    ///
    /// - Parameters:
    ///   - rows: row numbers; traps for one past the end.
    ///   - columns: positions in the schema.
    ///   - pool: where the memory comes from.
    /// - Throws: `corruptFile` with the row and column, or with the file if it was truncated; `invalidArgument` where a padded
    ///   tensor would be out of all proportion to its rows.
    public func gather(rows: [Int], columns wanted: [Int], from pool: TensorPool) throws(ColonnadeError) -> [Tensor] {
        try gather(rows: rows, wanted.map { ColumnRequest(column: $0) }, from: pool)
    }

    /// The same, converted and padded on the way as the requests say.
    package func gather(
        rows: [Int], _ wanted: [ColumnRequest], from pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        checkNumbers(rows)
        return try file.reading { () throws(ColonnadeError) in try gatherColumns(rows, wanted, pool) }
    }

    private func gatherColumns(
        _ rows: [Int], _ wanted: [ColumnRequest], _ pool: TensorPool
    ) throws(ColonnadeError) -> [Tensor] {
        var reader = RowReader(self)
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
            let slots = isShared[group] ? wanted.indices.filter { columns[wanted[$0].column].group == group } : [slot]
            let outputs = try gatherGroup(rows, rows.count, of: rows.count, slots.map { wanted[$0] }, group, pool)
            for (slot, output) in zip(slots, outputs) { tensors[slot] = output.tensor(ofBatch: 0, rows: rows.count) }
        }
        return tensors.compactMap { $0 }
    }

    /// Several batches of `size` rows at once (the last may have fewer), each a tensor a column; nil where not all columns
    /// are plain and of fixed shape.
    ///
    /// The tensors of a column share one block of memory, each at a place that is aligned as one of its own would be.
    ///
    /// - Parameter count: rows that are wanted. Those behind them in `rows` are what will be wanted next, and are only
    ///   requested from memory.
    package func gatherBatches(
        rows: [Int], count: Int, of size: Int, _ wanted: [ColumnRequest], from pool: TensorPool
    ) throws(ColonnadeError) -> [[Tensor]]? {
        checkNumbers(rows)
        var outputs = [GroupOutput?](repeating: nil, count: wanted.count)
        for slot in wanted.indices where outputs[slot] == nil {
            let column = columns[wanted[slot].column]
            guard let group = column.group, column.codec == .plain else { return nil }
            let slots = isShared[group] ? wanted.indices.filter { columns[wanted[$0].column].group == group } : [slot]
            let found = try file.reading { () throws(ColonnadeError) in
                try gatherGroup(rows, count, of: size, slots.map { wanted[$0] }, group, pool)
            }
            for (slot, output) in zip(slots, found) { outputs[slot] = output }
        }
        let found = outputs.compactMap { $0 }
        return stride(from: 0, to: count, by: size).map { start in
            found.map { $0.tensor(ofBatch: start / size, rows: min(size, count - start)) }
        }
    }

    /// Columns of one plain group, batch by batch, each batch behind the one before.
    private func gatherGroup(
        _ rows: [Int], _ count: Int, of size: Int, _ wanted: [ColumnRequest], _ group: Int, _ pool: TensorPool
    ) throws(ColonnadeError) -> [GroupOutput] {
        try RowReader(self).check(rows[..<count], group: group)
        var outputs: [GroupOutput] = []
        for request in wanted {
            outputs.append(try GroupOutput(columns[request.column], request, rows: count, of: size))
        }
        GroupOutput.allocate(&outputs, pool)
        unsafe rows.withUnsafeBufferPointer { rows in
            guard let first = rows.baseAddress else { return }
            unsafe first.withMemoryRebound(to: Int64.self, capacity: rows.count) { first in
                var places = unsafe table.rows(ofGroup: group)
                var members = unsafe outputs.map { unsafe $0.member }
                for start in stride(from: 0, to: count, by: max(size, 1)) {
                    // The rows of the next batches are known: their first ones are requested with this one's last.
                    unsafe colonnade_gather(
                        &places, first + start, min(size, count - start), rows.count - start, members,
                        members.count)
                    for index in unsafe members.indices { unsafe members[index].target += outputs[index].step }
                }
            }
        }
        return outputs
    }

    private func checkNumbers(_ rows: [Int]) {
        var (low, high) = (0, -1)
        for row in rows {
            low = min(low, row)
            high = max(high, row)
        }
        precondition(low >= 0 && high < rowCount, "a row past the end of \(rowCount)")
    }
}
