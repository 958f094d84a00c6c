// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat

/// The gather of some columns of a data set, or of joined ones, into batches: a block of several batches at a time, or one batch.
///
/// Everything that does not change from block to block is computed once. Any number of threads may use a gather at the same time.
package final class BlockGather: Sendable {
    /// The outcome of making a block.
    package enum Outcome {
        case made
        /// Nothing was made: the batches must be made one by one, so that the batch that fails gives the error.
        case oneByOne
        /// Nothing was made, since the padded rows take far more memory than the size of the file suggests: the batches should
        /// be made one at a time.
        case tooLarge
    }

    /// Columns that are read in one pass over the rows of their group.
    struct Group {
        let number: Int
        /// The indices of their outputs.
        let outputs: Range<Int>
        /// The bytes of one row of all outputs.
        let rowBytes: Int
        /// The only column, where its rows can be used in the mapped file.
        let mappableColumn: Int?
    }

    /// The rows of a block: the first of the scratch's row numbers, in batches of one size. The last batch may be smaller.
    struct Block {
        let rowCount: Int
        let batchSize: Int
        let areConsecutive: Bool
        let isCheckedMeanwhile: Bool

        var batchCount: Int { rowCount > batchSize ? (rowCount + batchSize - 1) / batchSize : 1 }
    }

    /// The data set, or the first of several joined ones.
    let dataset: StoredDataset
    let joined: JoinedDatasets?
    let pool: TensorPool
    /// The outputs of plain groups, group by group, then those that are made batch by batch.
    let outputs: [ColumnOutput]
    let groups: [Group]
    /// The number of outputs of plain groups.
    private let groupedCount: Int
    /// The index of the output of each request.
    private let order: [Int]
    /// The number of rows of most batches.
    private let size: Int

    /// - Parameter size: the number of rows of most batches; batches of other sizes take slightly longer.
    package convenience init(
        _ dataset: StoredDataset, _ requests: [ColumnRequest], batchesOf size: Int, from pool: TensorPool
    ) {
        self.init(dataset, nil, requests, size, pool)
    }

    /// Makes a gather of rows of several data sets. The columns of the requests are keys, which the data sets can read.
    package convenience init(
        _ joined: JoinedDatasets, _ requests: [ColumnRequest], batchesOf size: Int, from pool: TensorPool
    ) {
        self.init(joined.datasets[0], joined, requests, size, pool)
    }

    private init(
        _ dataset: StoredDataset, _ joined: JoinedDatasets?, _ requests: [ColumnRequest], _ size: Int,
        _ pool: TensorPool
    ) {
        let columns = requests.map { BlockGather.column($0.column, dataset, joined) }
        var outputs: [ColumnOutput] = []
        outputs.reserveCapacity(requests.count)
        var groups: [Group] = []
        var order = [Int?](repeating: nil, count: requests.count)
        for index in requests.indices where order[index] == nil {
            let column = columns[index]
            guard ColumnOutput.Kind(column) == .grouped, let group = column.group else { continue }
            let isShared = joined?.columns.isShared[group] ?? dataset.isShared[group]
            let (first, firstRequest) = (outputs.count, requests[index])
            // All requested columns of the group are read in one pass over its rows.
            for other in isShared ? index..<requests.count : index..<index + 1 {
                let column = columns[other]
                guard column.group == group, ColumnOutput.Kind(column) == .grouped else { continue }
                order[other] = outputs.count
                outputs.append(ColumnOutput(column, requests[other], batchesOf: size))
            }
            // A column alone: columns without bytes may share the rows of another.
            let isMappable = !isShared && firstRequest.conversion == nil
            groups.append(
                Group(
                    number: group, outputs: first..<outputs.count,
                    rowBytes: outputs[first...].reduce(0) { $0 + $1.rowBytes },
                    mappableColumn: isMappable ? firstRequest.column : nil))
        }
        groupedCount = outputs.count
        for index in requests.indices where order[index] == nil {
            order[index] = outputs.count
            outputs.append(ColumnOutput(columns[index], requests[index], batchesOf: size))
        }
        self.dataset = dataset
        self.joined = joined
        self.pool = pool
        self.outputs = outputs
        self.groups = groups
        self.order = order.compactMap { $0 }
        self.size = size
    }

    /// Returns a column by its index, or by its key in joined data sets.
    private static func column(_ index: Int, _ dataset: StoredDataset, _ joined: JoinedDatasets?) -> ColumnReader {
        guard let joined else { return dataset.columns[index] }
        guard let column = joined.columns.readers[index] else { preconditionFailure("a gather reads key \(index)") }
        return column
    }

    func column(of output: ColumnOutput) -> ColumnReader { BlockGather.column(output.column, dataset, joined) }

    /// The approximate number of bytes of a batch; nil where several batches cannot be made at once, since a column is read row by
    /// row, or a batch is too large.
    package var batchByteCount: Int? {
        var sum = 0
        for output in outputs {
            switch output.kind {
            case .grouped,
                .compressed where column(of: output).fixedShape != nil:
                guard let bytes = output.byteCount(ofRows: size) else { return nil }
                sum = sum.saturatingSum(bytes)
            case .ragged, .compressed:
                let number = joined?.number(ofKey: output.column, in: 0) ?? output.column
                let stored = dataset.storage(ofColumn: number).decodedByteCount
                sum = sum.saturatingSum(
                    output.typicalByteCount(ofRows: size, stored, of: dataset.columns[number].field, dataset.rowCount))
            case .byRow: return nil
            }
        }
        return sum
    }

    /// Gives `body` the batches of the first `count` row numbers of the scratch, one after another; the last may have
    /// fewer rows. The batches of a column of fixed shape share one block of memory, each aligned as it would be in
    /// memory of its own, or they are views of the mapped file, if that has the rows in the requested form.
    ///
    /// Allocates nothing if the scratch was used for as many batches before, and no caller holds any of them.
    ///
    /// - Parameters:
    ///   - scratch: the scratch space, with row numbers in it. Those after `count` are read next, and are only requested from
    ///     memory. Traps for one past the end.
    ///   - count: the number of rows.
    ///   - areConsecutive: whether the row numbers are consecutive.
    ///   - isCheckedMeanwhile: whether rows are read without a check of their blocks: the caller calls `finishChecks` before it is
    ///     done.
    ///   - body: called with the tensors of each batch.
    /// - Returns: `made`, or the reason why `body` was not called.
    /// - Throws: `corruptFile`, `invalidArgument` as for one batch, and then `body` was not called.
    package func batches(
        _ scratch: inout BatchScratch, count: Int, areConsecutive: Bool, isCheckedMeanwhile: Bool,
        _ body: (consuming [Tensor]) -> Void
    ) throws(ColonnadeError) -> Outcome {
        let block = Block(
            rowCount: count, batchSize: size, areConsecutive: areConsecutive, isCheckedMeanwhile: isCheckedMeanwhile)
        let outcome = try gather(block, &scratch)
        guard case .made = outcome else { return outcome }
        scratch.trim()
        let batches = block.batchCount
        while scratch.batches.count < batches { scratch.batches.append([]) }
        for index in order {
            if index < groupedCount {
                let memory = scratch.memory[index]
                for batch in 0..<batches {
                    let rows = min(size, count - batch * size)
                    scratch.batches[batch].append(outputs[index].tensor(memory, batch: batch, rows: rows))
                }
            } else {
                for batch in 0..<batches {
                    scratch.batches[batch].append(scratch.made[(index - groupedCount) * batches + batch])
                }
            }
        }
        for batch in 0..<batches { body(scratch.batches[batch]) }
        return .made
    }

    /// Returns one batch of any number of rows. Traps for a row past the end.
    ///
    /// - Parameters:
    ///   - rows: the row numbers, in any order, and any of them more than once.
    ///   - areConsecutive: whether the row numbers are consecutive.
    /// - Throws: `corruptFile` with the row and column, or with the file if it was truncated; `invalidArgument` where a padded
    ///   tensor would be out of all proportion to its rows.
    package func batch(of rows: [Int], areConsecutive: Bool = false) throws(ColonnadeError) -> [Tensor] {
        var scratch = BatchScratch()
        scratch.rows = rows
        let block = Block(
            rowCount: rows.count, batchSize: rows.count, areConsecutive: areConsecutive, isCheckedMeanwhile: false)
        guard case .made = try gather(block, &scratch) else {
            preconditionFailure("a single batch is made, or an error is thrown")
        }
        try joined?.checkIntact(rows)
        var tensors: [Tensor] = []
        tensors.reserveCapacity(order.count)
        for index in order {
            if index < groupedCount {
                tensors.append(outputs[index].tensor(scratch.memory[index], batch: 0, rows: rows.count))
            } else {
                tensors.append(scratch.made[index - groupedCount])
            }
        }
        return tensors
    }

    private func gather(_ block: Block, _ scratch: inout BatchScratch) throws(ColonnadeError) -> Outcome {
        BlockGather.checkNumbers(scratch.rows, below: joined?.rowCount ?? dataset.rowCount)
        scratch.clear()
        return try reading { () throws(ColonnadeError) in
            // Blocks of joined data sets are not checked by the reader of the first one.
            var reader = RowReader(
                dataset, inOrder: block.areConsecutive,
                isCheckedMeanwhile: block.isCheckedMeanwhile || joined != nil, decoder: scratch.decoder)
            scratch.decoder?.close()
            // Groups come last, since the others may have the outcome that nothing is made.
            for index in groupedCount..<outputs.count {
                let outcome = try gather(index, block, &reader, &scratch)
                guard case .made = outcome else { return outcome }
            }
            scratch.decoder = reader.decoder
            try gatherGroups(block, reader, &scratch)
            return .made
        }
    }

    var table: RowTable { joined?.table ?? dataset.table }

    private func reading<Value>(_ body: () throws(ColonnadeError) -> Value) throws(ColonnadeError) -> Value {
        guard let joined else { return try dataset.reading(body) }
        do throws(ColonnadeError) {
            return try joined.reading(body)
        } catch {
            // The error may be about zeros in a file whose end was not compared.
            try joined.checkCompletely()
            throw error
        }
    }

    /// Traps for a row that is not below `count`.
    private static func checkNumbers(_ rows: [Int], below count: Int) {
        // The sign is that of a negative row, or of the difference between the last row and one past the end. Unlike a
        // minimum and a maximum, it can be computed in vector registers on every CPU.
        var signs = 0
        for row in rows { signs |= row | (count - 1 &- row) }
        precondition(signs >= 0, "a row past the end of \(count)")
    }
}
