// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat

/// The same columns of a data set in batches of the same size, several at a time and again and again: what does not change
/// from one time to the next is worked out once.
package final class BatchGather: Sendable {
    /// The index of a requested column among those of its kind.
    private enum Slot {
        case fixed(Int)
        case ragged(Int)
    }

    private struct Group {
        let number: Int
        let outputs: Range<Int>
        /// The only column, if it can be seen where it is mapped.
        let column: ColumnReader?
    }

    /// The outcome of making several batches.
    package enum Result {
        case made
        /// The batches must be made one by one, so that the one that fails says why.
        case oneByOne
        /// Ragged rows would take far more memory, padded, than the file let expect: they should be made one at a time.
        case tooLarge
    }

    /// Bytes that several batches of ragged rows may take at once.
    private static let mostBytes = 1 << 23

    /// The data set, or the first of those that are joined, in which the columns of all lie alike.
    private let dataset: StoredDataset
    private let joined: JoinedDatasets?
    private let size: Int
    private let pool: TensorPool
    private let isCheckedMeanwhile: Bool
    /// The outputs of columns of fixed shape, group by group.
    private let outputs: [GroupOutput]
    private let groups: [Group]
    private let ragged: [SpanOutput]
    /// The slot of each requested column.
    private let slots: [Slot]
    /// About how many bytes one batch has.
    package let byteCount: Int

    /// Nil unless all columns are plain, and of fixed shape or ragged in the first dimension alone. Throws `invalidArgument`
    /// beyond what a batch may be.
    ///
    /// - Parameter isCheckedMeanwhile: rows are read without a check of their blocks: the caller calls `finishChecks` before it
    ///   is done.
    package convenience init?(
        _ dataset: StoredDataset, batchesOf size: Int, _ wanted: [ColumnRequest], from pool: TensorPool,
        isCheckedMeanwhile: Bool
    ) throws(ColonnadeError) {
        try self.init(dataset, nil, size, wanted, pool, isCheckedMeanwhile)
    }

    /// Makes the gather of rows of several data sets, whose columns lie as those of the first do.
    package convenience init?(
        _ joined: JoinedDatasets, batchesOf size: Int, _ wanted: [ColumnRequest], from pool: TensorPool,
        isCheckedMeanwhile: Bool
    ) throws(ColonnadeError) {
        try self.init(joined.datasets[0], joined, size, wanted, pool, isCheckedMeanwhile)
    }

    private init?(
        _ dataset: StoredDataset, _ joined: JoinedDatasets?, _ size: Int, _ wanted: [ColumnRequest], _ pool: TensorPool,
        _ isCheckedMeanwhile: Bool
    ) throws(ColonnadeError) {
        self.dataset = dataset
        self.joined = joined
        self.isCheckedMeanwhile = isCheckedMeanwhile
        self.size = size
        self.pool = pool
        var outputs: [GroupOutput] = []
        var groups: [Group] = []
        var ragged: [SpanOutput] = []
        var slots = [Slot?](repeating: nil, count: wanted.count)
        var bytes: [Int] = []
        for slot in wanted.indices where slots[slot] == nil {
            let column = dataset.columns[wanted[slot].column]
            guard let group = column.group else {
                guard let output = SpanOutput(column, wanted[slot]) else { return nil }
                slots[slot] = .ragged(ragged.count)
                ragged.append(output)
                let stored = dataset.storage(ofColumn: wanted[slot].column)
                bytes.append(output.byteCount(ofRows: size, stored, of: dataset.rowCount))
                continue
            }
            guard column.codec == .plain else { return nil }
            // All wanted columns of the group in one pass over its rows.
            let first = outputs.count
            for other in dataset.slots(of: wanted, inGroup: group, from: slot) {
                slots[other] = .fixed(outputs.count)
                outputs.append(try GroupOutput(dataset.columns[wanted[other].column], wanted[other], rows: size))
                bytes.append(outputs[outputs.count - 1].byteCount)
            }
            // Alone: columns without bytes may share the rows of another.
            let isMappable = wanted[slot].conversion == nil && !dataset.isShared[group]
            groups.append(
                Group(number: group, outputs: first..<outputs.count, column: isMappable ? column : nil))
        }
        self.outputs = outputs
        self.groups = groups
        self.ragged = ragged
        self.slots = slots.compactMap { $0 }
        byteCount = bytes.reduce(0) { $0.saturatingSum($1) }
    }

    /// Gives `body` the batches of the first `count` of the scratch's rows, one after another; the last may have fewer rows. The
    /// batches of a column of fixed shape share one block of memory, each at a place that is aligned as one of its own would be;
    /// or they lie in the mapped file, where that has them as they are wanted.
    ///
    /// Allocates nothing where the scratch space was used for as many before, and no caller holds any of it.
    ///
    /// - Parameters:
    ///   - scratch: what to use, with row numbers in it. Those after `count` are read next, and are only requested
    ///     from memory. Traps for one past the end.
    ///   - count: how many rows are wanted.
    ///   - areConsecutive: whether the row numbers are consecutive.
    ///   - body: called with the tensors of each batch.
    /// - Returns: `made`, or why it gave nothing.
    /// - Throws: `corruptFile`, `invalidArgument` as for one batch, and then gave nothing.
    package func batches(
        _ scratch: inout BatchScratch, count: Int, areConsecutive: Bool = false, _ body: ([Tensor]) -> Void
    ) throws(ColonnadeError) -> Result {
        StoredDataset.checkNumbers(scratch.rows, below: joined?.rowCount ?? dataset.rowCount)
        scratch.clear()
        let result = try reading { () throws(ColonnadeError) in
            let reader = RowReader(dataset, inOrder: areConsecutive, isCheckedMeanwhile: isCheckedMeanwhile)
            // These first, since they may say no.
            for output in ragged {
                // Rows of several files whose blocks need checks are read one by one.
                let needsChecks = joined?.needsChecks(
                    output.regions, inOrder: areConsecutive, isCheckedMeanwhile: isCheckedMeanwhile)
                if needsChecks ?? false { return Result.oneByOne }
                let result = try output.gather(
                    scratch.rows[..<count], of: size, most: BatchGather.mostBytes, table,
                    joined == nil ? reader : nil, pool, into: &scratch)
                guard case .made = result else { return result }
            }
            for group in groups { try gather(group, &scratch, count, areConsecutive, reader) }
            return Result.made
        }
        guard case .made = result else { return result }
        scratch.trim()
        let batches = (count + size - 1) / size
        for batch in 0..<batches {
            if batch == scratch.tensors.count { scratch.tensors.append([]) }
            let own = min(size, count - batch * size)
            for slot in slots {
                switch slot {
                case .fixed(let index):
                    let memory = scratch.outputs[index]
                    scratch.tensors[batch].append(outputs[index].tensor(memory, batch: batch, rows: own))
                case .ragged(let index):
                    scratch.tensors[batch].append(scratch.padded[index * batches + batch])
                }
            }
            body(scratch.tensors[batch])
        }
        return .made
    }

    private func gather(
        _ group: Group, _ scratch: inout BatchScratch, _ count: Int, _ areConsecutive: Bool, _ reader: RowReader
    ) throws(ColonnadeError) {
        if areConsecutive, let column = group.column, let first = scratch.rows.first {
            let (dataset, row) = joined?.place(ofRow: first) ?? (dataset, first)
            let isChecked = isCheckedMeanwhile && dataset.isCheckedMeanwhile
            let blocks = isChecked ? nil : dataset.verifier(inOrder: true)
            if row + count <= dataset.rowCount,
                let start = try dataset.mappedStart(row..<row + count, column, blocks, isCheckedMeanwhile: isChecked)
            {
                scratch.append(
                    GroupOutput.Memory(storage: dataset.whole, start: start, step: size * column.rowBytes))
                scratch.skip()
                return
            }
        }
        let batches = (count + size - 1) / size
        try GroupOutput.allocate(outputs[group.outputs], batches: batches, pool, into: &scratch)
        if let joined {
            try joined.check(
                scratch.rows[..<count], group: group.number, inOrder: areConsecutive,
                isCheckedMeanwhile: isCheckedMeanwhile)
        } else {
            try reader.check(scratch.rows[..<count], group: group.number)
        }
        try table.gather(
            scratch.rows, count, of: size, group.number, outputs[group.outputs], scratch.outputs[group.outputs])
    }

    private var table: RowTable { joined?.table ?? dataset.table }

    private func reading<Value>(_ body: () throws(ColonnadeError) -> Value) throws(ColonnadeError) -> Value {
        if let joined { return try joined.reading(body) }
        return try dataset.reading(body)
    }
}
