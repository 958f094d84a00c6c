// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// A pipeline made ready for one epoch: gives the sample or batch at any position. Any number of threads may ask at once.
final class Executor: Sendable {
    private struct Column: Sendable {
        let index: Int
        let steps: [Pipeline.Step]
        /// A user's function on single samples: it must see each row as it is, before padding.
        let runsPerRow: Bool
    }

    let count: Int
    private let dataset: StoredDataset
    private let schema: Schema
    private let columns: [Column]
    private let batches: BatchPlan?
    private let rowOrder: RowOrder.Epoch
    private let batchOrder: RowOrder.Epoch
    private let isSequential: Bool
    private let pool: TensorPool

    init(_ pipeline: Pipeline, epoch: Int, pool: TensorPool) {
        count = pipeline.count
        dataset = pipeline.dataset
        schema = pipeline.schema
        batches = pipeline.batches
        rowOrder = pipeline.rowOrder.epoch(epoch)
        batchOrder = pipeline.batchOrder.epoch(epoch)
        isSequential = pipeline.rowOrder.isSequential
        self.pool = pool
        columns = pipeline.columns.map { index in
            let steps = pipeline.steps(ofColumn: index)
            return Column(
                index: index, steps: steps,
                runsPerRow: steps.contains { !$0.isOnBatch && !$0.transform.isElementwise })
        }
    }

    /// The sample or batch at that position of the epoch. Throws `corruptFile`, `userFunction`.
    func produce(_ position: Int) throws(ColonnadeError) -> Sample {
        let item = batchOrder[position]
        let positions = batches?.positions(ofBatch: item, of: dataset.rowCount) ?? item..<item + 1
        let rows = rowOrder.rows(at: positions)
        var tensors = try load(rows, positions)
        for (slot, column) in columns.enumerated() {
            if column.runsPerRow {
                tensors[slot] = try runPerRow(column, rows)
            } else {
                for step in column.steps { tensors[slot] = try run(step, on: tensors[slot], rows) }
            }
            if batches == nil { tensors[slot] = tensors[slot][0] }
        }
        return Sample(schema: schema, tensors: tensors)
    }

    /// The columns of these rows with a leading dimension, before any step; a placeholder for those that run row by row.
    private func load(_ rows: [Int], _ positions: Range<Int>) throws(ColonnadeError) -> [Tensor] {
        var tensors = [Tensor?](repeating: nil, count: columns.count)
        var gathered: [Int] = []
        for (slot, column) in columns.enumerated() {
            if column.runsPerRow {
                tensors[slot] = Executor.placeholder
            } else if isSequential, let mapped = try dataset.mappedRows(positions, column: column.index) {
                tensors[slot] = mapped
            } else {
                gathered.append(slot)
            }
        }
        let found = try dataset.gather(rows: rows, columns: gathered.map { columns[$0].index }, from: pool)
        for (slot, tensor) in zip(gathered, found) { tensors[slot] = tensor }
        return tensors.compactMap { $0 }
    }

    private static let placeholder = Tensor([] as [UInt8])

    /// A step on a whole batch. The steps of a single sample see it with a leading dimension of 1, if they are elementwise.
    private func run(_ step: Pipeline.Step, on tensor: Tensor, _ rows: [Int]) throws(ColonnadeError) -> Tensor {
        let result = try located(rows[0], step) { () throws(ColonnadeError) in try step.transform.apply(tensor, pool) }
        if !step.transform.isElementwise { try check(result, step, row: rows[0]) }
        return result
    }

    /// Steps up to the last that runs on single rows, on each row; then stacked, padded to the largest, and the rest.
    private func runPerRow(_ column: Column, _ rows: [Int]) throws(ColonnadeError) -> Tensor {
        let perRow = column.steps.prefix { !$0.isOnBatch }
        var results: [Tensor] = []
        results.reserveCapacity(rows.count)
        for row in rows {
            var tensor = try dataset.row(row, columns: [column.index], from: pool)[0]
            for step in perRow {
                tensor = try located(row, step) { () throws(ColonnadeError) in try step.transform.apply(tensor, pool) }
                if !step.transform.isElementwise { try check(tensor, step, row: row) }
            }
            results.append(tensor)
        }
        var batch = try Stacking.stack(results, from: pool, key: dataset.schema[column.index].name)
        for step in column.steps.dropFirst(perRow.count) { batch = try run(step, on: batch, rows) }
        return batch
    }

    /// What a user's function gave must be what was promised: others were built on that.
    private func check(_ tensor: Tensor, _ step: Pipeline.Step, row: Int) throws(ColonnadeError) {
        let promised = step.output
        let fits =
            tensor.dtype == promised.dtype && tensor.shape.count == promised.shape.count
            && zip(tensor.shape, promised.shape).allSatisfy { $1 == nil || $0 == $1 }
        guard fits else {
            throw ColonnadeError(
                .userFunction,
                "the function of map(\"\(promised.name)\") gave \(tensor), and \(promised.typeDescription) was promised: "
                    + "say what it gives with map(_:to:shape:)", at: .row(row, column: promised.name))
        }
    }

    private func located<Result>(
        _ row: Int, _ step: Pipeline.Step, _ body: () throws(ColonnadeError) -> Result
    ) throws(ColonnadeError) -> Result {
        do throws(ColonnadeError) {
            return try body()
        } catch {
            var placed = error
            if placed.place == nil { placed.place = .row(row, column: step.transform.key) }
            throw placed
        }
    }
}
