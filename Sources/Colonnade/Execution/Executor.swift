// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem
import Synchronization

/// A pipeline made ready for one epoch: makes its samples or batches. Any number of threads may ask at once.
final class Executor: Sendable {
    let schema: Schema
    let lowering: Lowering
    let batches: BatchPlan?
    /// Samples or batches, where they can be had by number.
    let count: Int?
    let rows: (any BoundRows)?
    let sourceSchema: Schema
    private let sampleCount: Int
    let order: RowOrder.Epoch
    private let batchOrder: RowOrder.Epoch
    let isInOrder: Bool
    let pool: TensorPool
    let epoch: Int
    let times: StepTimes?
    private let gather: BatchGather?
    /// Whether samples are read before their blocks are checked, so that `finishChecks` is called before the end.
    private let readsUnchecked: Bool
    private let warmth = Warmth()
    /// Bytes of an item where several are made at once; nil where they are not.
    let bytesOfItem: Int?

    init(_ pipeline: Pipeline, _ pass: PassContext) throws(ColonnadeError) {
        schema = pipeline.schema
        lowering = Lowering(pipeline.program)
        batches = pipeline.batches
        pool = pass.pool
        epoch = pass.epoch
        times = pass.times
        batchOrder = pipeline.batchOrder.epoch(pass.orderEpoch)
        switch pipeline.feed {
        case .rows(let source, let order):
            let rows = try source.bound(pass)
            self.rows = rows
            sourceSchema = source.schema
            sampleCount = order.count
            self.order = order.epoch(pass.orderEpoch)
            isInOrder = order.isSequential
            count = pipeline.count
            let several = Executor.several(pipeline, lowering, rows, order.count, of: source.count)
            (gather, bytesOfItem) = (several?.gather, several?.bytes)
            readsUnchecked = several?.isCheckedMeanwhile ?? false
        case .stage(let stage):
            rows = nil
            sourceSchema = stage.schema
            sampleCount = 0
            order = RowOrder(count: 0).epoch(0)
            isInOrder = false
            count = nil
            (gather, bytesOfItem) = (nil, nil)
            readsUnchecked = false
        }
    }

    deinit { warmth.stop() }

    // MARK: One item

    /// Throws `corruptFile`, `userFunction`, `invalidArgument`, with the row and key.
    func make(_ work: Work) throws(ColonnadeError) -> Sample {
        switch work {
        case .position(let position):
            let (set, positions) = rowSet(at: position)
            return try produce(set, positions)
        case .recipes(let recipes): return try produce(.recipes(recipes), nil)
        }
    }

    /// The samples of that item, and where they stand in the order.
    func rowSet(at position: Int) -> (RowSet, Range<Int>) {
        guard let rows else { preconditionFailure("a stream has no positions") }
        let positions = batches?.positions(ofBatch: batchOrder[position], of: sampleCount) ?? position..<position + 1
        return (.numbers(order.rows(at: positions), of: rows), positions)
    }

    private func produce(_ set: RowSet, _ positions: Range<Int>?) throws(ColonnadeError) -> Sample {
        var frame = Frame(self, set, at: positions.map { .range($0) })
        let tensors: [Tensor]
        do throws(ColonnadeError) {
            tensors = try batches == nil ? frame.sample(lowering.outputs) : frame.batch(lowering.outputs)
        } catch {
            try set.checkIntact()
            throw error
        }
        // Steps read views of files, which may have become zeros under them.
        try set.checkIntact()
        return Sample(schema: schema, tensors: tensors)
    }

    /// Consecutive rows of a column where they lie in memory as they come in the order.
    func mapped(at positions: Range<Int>, _ column: Int) throws(ColonnadeError) -> Tensor? {
        guard isInOrder, let rows, let range = order.range(at: positions) else { return nil }
        return try rows.mapped(range, column)
    }

    /// Returns whether each of some samples is the rank's own.
    func mask(at indices: OrderIndices) -> Tensor {
        switch indices {
        case .range(let range): Tensor(range.map { order.isOwn($0) })
        case .list(let list): Tensor(list.map { order.isOwn($0) })
        }
    }

    func identity(of work: Work) -> (row: Int, epoch: Int) {
        switch work {
        case .position(let position):
            let (set, _) = rowSet(at: position)
            return set.count > 0 ? set.identity(0, epoch: epoch) : (position, epoch)
        case .recipes(let recipes): return recipes.first?.identity ?? (0, epoch)
        }
    }

    // MARK: Many

    /// A pass over fewer than a quarter of the rows checks their blocks as it reads them; one over more leaves that to a thread,
    /// which checks all.
    private static let partOfWhoReadsMost = 4

    /// Makes several items at once where nothing but reading happens to them, and the bytes of each; nil where they are made
    /// one by one.
    private static func several(
        _ pipeline: Pipeline, _ lowering: Lowering, _ rows: any BoundRows, _ sampleCount: Int, of rowCount: Int
    ) -> (gather: BatchGather, bytes: Int, isCheckedMeanwhile: Bool)? {
        guard let size = pipeline.batches?.uniformSize, lowering.isOnlyReading, pipeline.batchOrder.maps.isEmpty,
            lowering.outputs == lowering.loads.map(\.slot)
        else { return nil }
        let most = max(min(size, sampleCount), 1)
        let requests = lowering.loads.map {
            ColumnRequest(column: $0.column, conversion: $0.conversion, padding: $0.padding)
        }
        // What is wrong with them is said when they are made.
        let readsMost = sampleCount >= rowCount / Executor.partOfWhoReadsMost
        let isCheckedMeanwhile = readsMost && rows.isCheckedMeanwhile
        guard let gather = (try? rows.batches(of: most, requests, isCheckedMeanwhile: isCheckedMeanwhile)) ?? nil
        else { return nil }
        return (gather, gather.byteCount, isCheckedMeanwhile)
    }

    /// Rows of the next block that are requested while the last of this one are copied.
    private static let rowsAhead = 32

    /// Several items at once, in that room, handed to `body` one after another if they can be made so.
    func makeSeveral(
        _ positions: Range<Int>, in room: inout BatchRoom, _ body: (Sample) -> Void
    ) throws(ColonnadeError) -> BatchGather.Result {
        guard let gather, let size = batches?.uniformSize else { return .oneByOne }
        let all = positions.lowerBound * size..<min(positions.upperBound * size, sampleCount)
        let ahead = min(all.upperBound + Executor.rowsAhead, sampleCount)
        order.write(rowsAt: all.lowerBound..<ahead, to: &room.rows)
        return try gather.batches(&room, count: all.count, areConsecutive: isInOrder) {
            body(Sample(schema: schema, tensors: $0))
        }
    }

    /// The rows of these items will be asked for soon.
    func expect(_ work: Work) {
        switch work {
        case .position(let position):
            if case (.numbers(let numbers, let rows), _) = rowSet(at: position) {
                rows.expect(numbers, lowering.loads.map(\.column))
            }
        case .recipes(let recipes):
            if let (executor, positions) = Recipe.common(of: recipes) {
                for position in positions { executor.expect(.position(position)) }
            }
        }
    }

    /// Whether what is read has to be asked for ahead.
    var isLargerThanMemory: Bool { rows?.isLargerThanMemory ?? false }

    /// Brings what is read into the page table, and checks it, on a thread of its own, where that is worth while: rows that come
    /// in the order of the file need no such thread unless they are to be checked. Without a thread, reading does both.
    func warm() {
        guard let rows, !isInOrder || rows.isCheckedMeanwhile else { return }
        let columns = lowering.loads.map(\.column)
        try? WorkerThread.start { [warmth] in rows.warm(columns, while: { !warmth.isStopped }) }
    }

    /// Memory that a stream keeps between its passes.
    private static let idleBytes = 1 << 20

    /// Keeps at most `byteCount` bytes of free memory, and lets other streams have the rest.
    func trimPool(to byteCount: Int = Executor.idleBytes) { pool.trim(to: byteCount) }

    /// Ends the thread of `warm`, if there is one.
    func stopWarming() { warmth.stop() }

    /// Checks what nobody has checked of what is read, where samples are read unchecked; whether that was done within so many
    /// seconds. Throws `corruptFile`.
    func finishChecks(seconds: Double?) throws(ColonnadeError) -> Bool {
        guard readsUnchecked, let rows else { return true }
        let start = ContinuousClock.now
        return try rows.finishChecks(lowering.loads.map(\.column)) {
            seconds.map { ContinuousClock.now - start < .seconds($0) } ?? true
        }
    }
}

/// Tells a thread that warms rows to stop, since the pass has ended.
private final class Warmth: Sendable {
    private let stopped = Atomic<Bool>(false)

    var isStopped: Bool { stopped.load(ordering: .relaxed) }
    func stop() { stopped.store(true, ordering: .relaxed) }
}
