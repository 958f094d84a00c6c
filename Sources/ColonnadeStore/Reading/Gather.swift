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

/// Where one column of a gathered group goes: the batches in one block of memory.
struct GroupOutput {
    private let column: ColumnReader
    private let request: ColumnRequest
    private let dtype: DType
    private var storage: TensorStorage?
    /// Where the first batch begins in the storage.
    private var start = 0
    private let batchCount: Int
    /// Bytes from one batch to the next.
    let step: Int
    /// Of a full batch: one array for all of them.
    private let shape: [Int]

    /// Throws `invalidArgument` beyond what a batch may be.
    init(
        _ column: ColumnReader, _ request: ColumnRequest, rows: Int, of size: Int
    ) throws(ColonnadeError) {
        self.column = column
        self.request = request
        dtype = request.conversion?.target ?? column.field.dtype
        batchCount = rows > size ? (rows + size - 1) / size : 1
        let bytes = try column.byteCount(ofRows: min(size, rows), dtype)
        // One batch alone begins where the memory does; several each where a framework can adopt them.
        let alignment = bytes >= TensorStorage.pageAlignment ? TensorStorage.pageAlignment : 64
        step = batchCount > 1 ? (bytes + alignment - 1) / alignment * alignment : bytes
        shape = [min(size, rows)] + (column.field.fixedShape ?? [])
    }

    /// Columns from this number on share one block of memory.
    private static let few = 4

    /// Takes memory for all of them. A few have a block each, so that each may be held for itself; many share one, in which
    /// they lie apart from each other by no power of two: the same row of all is written at once, and would fall into the same
    /// few lines of the cache.
    static func allocate(_ outputs: inout [GroupOutput], _ pool: TensorPool) {
        guard outputs.count > few else {
            for index in outputs.indices {
                outputs[index].storage = pool.take(byteCount: outputs[index].step * outputs[index].batchCount)
            }
            return
        }
        var end = 0
        for index in outputs.indices {
            outputs[index].start = end
            let bytes = outputs[index].step * outputs[index].batchCount
            end += (bytes + 63) / 64 * 64 + (bytes % 4096 < 1024 ? 1088 : 64)
        }
        let storage = pool.take(byteCount: end)
        for index in outputs.indices { outputs[index].storage = storage }
    }

    private var memory: TensorStorage {
        guard let storage else { preconditionFailure("memory is taken before it is written") }
        return storage
    }

    /// Where the rows of the first batch go.
    @unsafe var member: colonnade_member {
        guard let base = unsafe memory.mutableBytes.baseAddress else { preconditionFailure("storage has an address") }
        return unsafe colonnade_member(
            target: base + start, offset: column.offset, elements: column.field.fixedElementCount,
            conversion: request.conversion?.pointer, size: column.rowBytes)
    }

    func tensor(ofBatch index: Int, rows: Int) -> Tensor {
        let shape = rows == shape[0] ? shape : [rows] + shape.dropFirst()
        return Tensor(dtype: dtype, shape: shape, storage: memory, byteOffset: start + index * step)
    }
}

extension ColumnReader {
    /// Bytes of so many rows of a fixed column, as that data type. Throws `invalidArgument` beyond what a batch may be.
    func byteCount(ofRows count: Int, _ dtype: DType) throws(ColonnadeError) -> Int {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: field.fixedElementCount * dtype.size)
        guard !overflow, bytes <= PaddedCopy.limit else {
            throw ColonnadeError(
                .invalidArgument,
                "\(count) rows of column \"\(field.name)\" are too large for a batch: use smaller batches")
        }
        return bytes
    }
}
