// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// A row plan that is prepared for one epoch: makes its samples or batches by their index.
final class RowExecutor: Sendable {
    let plan: RowPlan
    let maker: ItemMaker
    /// The rows of the source.
    let source: any BoundRows
    let order: RowOrder.Epoch
    let sampleCount: Int
    let batchOrder: RowOrder.Epoch
    private let isInOrder: Bool
    /// The columns that are read in batches, and their gather; nil where there are no batches, or the rows are in no file.
    private let requests: [ColumnRequest]
    private let gather: BlockGather?
    /// The columns of a sample; nil where there are batches, or steps after reading.
    private let readColumns: [Int]?
    /// The conversions of the values of `readColumns`, each with its index.
    private let conversions: [(index: Int, conversion: Conversion)]
    /// The bytes of an item where several items are made at once; nil where each is made by itself.
    let bytesOfItem: Int?
    /// Whether samples are read before their checksum blocks are checked, so that the checks must be finished before the end
    /// of the pass.
    private let isCheckedMeanwhile: Bool
    private let warmth = Warmth()

    /// A pass over at least this part of the rows leaves the checks to a thread, which checks all rows. A pass over fewer rows
    /// checks their checksum blocks as it reads them.
    private static let leastPartForThread = 4
    /// The number of rows of the next block that are requested while the last rows of this one are copied.
    private static let rowsAhead = 32

    init(_ plan: RowPlan, _ pass: PassContext) throws(ColonnadeError) {
        self.plan = plan
        maker = ItemMaker(plan.program, pass)
        source = try plan.source.bound(pass.inner)
        order = plan.order.epoch(pass.orderEpoch)
        sampleCount = plan.order.count
        batchOrder = plan.batchOrder.epoch(pass.orderEpoch)
        isInOrder = plan.order.isSequential
        let (size, lowering) = (plan.batches?.uniformSize, maker.lowering)
        requests = lowering.loads.filter { !$0.asRows }.map(\.request)
        readColumns = !plan.isBatched && lowering.isOnlyReadingSamples ? lowering.loads.map(\.column) : nil
        conversions = lowering.loads.enumerated().compactMap { index, load in load.conversion.map { (index, $0) } }
        gather = plan.isBatched ? source.gather(requests, batchesOf: max(min(size ?? 1, sampleCount), 1)) : nil
        let isOnlyReading = size != nil && lowering.isOnlyReading && plan.batchOrder.maps.isEmpty
        bytesOfItem = isOnlyReading ? gather?.batchByteCount : nil
        let readsMost = sampleCount >= plan.source.count / RowExecutor.leastPartForThread
        isCheckedMeanwhile = bytesOfItem != nil && readsMost && source.isCheckedMeanwhile
    }

    deinit { warmth.stop() }

    var schema: Schema { maker.schema }
    var lowering: Lowering { maker.lowering }
    var batches: BatchPlan? { plan.batches }
    /// The number of samples or batches.
    var count: Int { plan.count }
    var epoch: Int { maker.pass.epoch }
    var pool: TensorPool { maker.pass.pool }

    /// The samples or batches as rows of another source.
    var items: ExecutedRows { ExecutedRows(executor: self) }

    // MARK: One item

    /// Makes the sample or batch at an index.
    ///
    /// Throws `corruptFile`, `userFunction`, `invalidArgument`, with the row and key.
    func item(_ index: Int) throws(ColonnadeError) -> Sample {
        if let readColumns { return try sample(index, readColumns) }
        return try maker.item(samples(ofItem: index))
    }

    /// Makes a sample by reading alone.
    private func sample(_ index: Int, _ columns: [Int]) throws(ColonnadeError) -> Sample {
        let start = maker.pass.times?.start()
        defer { maker.pass.times?.end(start, .reading) }
        let row = order[index]
        var tensors: [Tensor]
        do throws(ColonnadeError) {
            tensors = try source.values(row, columns)
            for (index, conversion) in conversions { tensors[index] = try conversion(tensors[index], from: pool) }
        } catch {
            try source.checkIntact(row)
            throw error
        }
        // Conversions read views of files, which may have become zeros.
        try source.checkIntact(row)
        return Sample(schema: schema, tensors: tensors)
    }

    /// Returns the samples that make an item.
    func samples(ofItem index: Int) -> SampleSet {
        let indices = batches?.indices(ofBatch: batchOrder[index], of: sampleCount) ?? index..<index + 1
        return .rows(order.rows(at: indices), at: .range(indices), of: self)
    }

    /// Returns the row and epoch of an item: of the first sample, where it is a batch.
    func identity(ofItem index: Int) -> (row: Int, epoch: Int) {
        let samples = samples(ofItem: index)
        return samples.count > 0 ? samples.identity(0, epoch: epoch) : (index, epoch)
    }

    /// Returns columns of some rows of the source, each stacked along a new first dimension, ragged ones padded.
    func stacked(_ rows: [Int], _ requests: [ColumnRequest]) throws(ColonnadeError) -> [Tensor] {
        if let gather, requests == self.requests { return try gather.batch(of: rows) }
        return try source.stacked(rows, requests)
    }

    /// Returns a column of some samples where its values lie in memory in the order of the samples.
    func mapped(at indices: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
        guard isInOrder, let range = order.range(at: indices) else { return nil }
        return try source.mapped(range, column)
    }

    /// Returns whether each of some samples is the rank's own.
    func mask(at indices: OrderIndices) -> Tensor {
        switch indices {
        case .range(let range): Tensor(range.map { order.isOwn($0) })
        case .list(let list): Tensor(list.map { order.isOwn($0) })
        }
    }

    // MARK: Several items

    /// Makes several items in one block of scratch memory, and hands them to `body` in order. If one of them fails, the caller
    /// makes each by itself.
    ///
    /// - Parameter next: the index of the item that the calling thread makes next, whose first rows are requested; nil
    ///   if it is not known.
    func makeSeveral(
        _ indices: Range<Int>, before next: Int?, in scratch: inout BatchScratch, _ body: (consuming Sample) -> Void
    ) throws(ColonnadeError) -> BlockGather.Outcome {
        guard let gather, bytesOfItem != nil, let size = batches?.uniformSize else { return .oneByOne }
        let all = indices.lowerBound * size..<min(indices.upperBound * size, sampleCount)
        if let next, next == indices.upperBound, next < count {
            order.write(
                rowsAt: all.lowerBound..<min(all.upperBound + RowExecutor.rowsAhead, sampleCount), to: &scratch.rows)
        } else {
            order.write(rowsAt: all, to: &scratch.rows)
            if let next, next < count {
                let ahead = next * size..<min(next * size + RowExecutor.rowsAhead, sampleCount)
                order.write(rowsAt: ahead, to: &scratch.rows, after: all.count)
            }
        }
        return try gather.batches(
            &scratch, count: all.count, areConsecutive: isInOrder, isCheckedMeanwhile: isCheckedMeanwhile
        ) {
            body(Sample(schema: schema, tensors: $0))
        }
    }

    // MARK: Files

    /// The columns of the source that are read.
    var loadedColumns: [Int] { lowering.loads.map(\.column) }

    /// Announces that the rows of an item will be read soon.
    func expect(_ index: Int) {
        if case .rows(let rows, _, _) = samples(ofItem: index) { source.expect(rows, loadedColumns) }
    }

    /// Whether rows must be requested ahead, since the data do not fit in memory.
    var isLargerThanMemory: Bool { source.isLargerThanMemory }

    /// Starts a thread that maps the pages of the columns in use and checks their blocks, unless an earlier pass did that. Rows in
    /// the order of the file need no such thread unless their blocks must be checked: reading them maps the pages.
    func warm() {
        let columns = loadedColumns
        guard !isInOrder || source.isCheckedMeanwhile, source.needsWarming(columns) else { return }
        try? WorkerThread.start { [warmth, source] in
            source.warm(columns, while: { !warmth.isStopped })
        }
    }

    /// Ends the thread of `warm`, if there is one.
    func stopWarming() { warmth.stop() }

    /// Checks the blocks that no thread has checked yet, where samples are read unchecked, and all files. Returns false if that
    /// takes longer than `seconds`. Throws `corruptFile`.
    func finishChecks(seconds: Double?) throws(ColonnadeError) -> Bool {
        let start = ContinuousClock.now
        if isCheckedMeanwhile {
            let isComplete = try source.finishChecks(loadedColumns) {
                seconds.map { ContinuousClock.now - start < .seconds($0) } ?? true
            }
            guard isComplete else { return false }
        }
        try source.checkCompletely()
        return true
    }

    /// Throws `corruptFile` if the file of a sample was truncated, or is known to be damaged. It may ignore other files.
    func checkIntact(sample index: Int) throws(ColonnadeError) { try source.checkIntact(order[index]) }

    /// Throws `corruptFile` if a file that its samples are in was truncated, or is known to be damaged.
    func checkIntact() throws(ColonnadeError) { try source.checkIntact() }
}
