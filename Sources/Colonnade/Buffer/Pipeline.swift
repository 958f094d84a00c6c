// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// What a buffer is: rows of a data set, their order, batches, and transforms. A value that nobody has executed yet.
struct Pipeline: Sendable {
    /// A transform, and whether it was written after `batched`.
    struct Step: Sendable {
        /// Of the file. Names would not do: two that are different may be equal strings.
        let column: Int
        let transform: any Transform
        let isOnBatch: Bool
        /// What must come out of it.
        let output: Field
    }

    let dataset: StoredDataset
    /// Columns of the file that are read, in the order of the schema.
    private(set) var columns: [Int]
    private(set) var schema: Schema
    private(set) var rowOrder: RowOrder
    private(set) var batches: BatchPlan?
    private(set) var batchOrder: RowOrder
    private(set) var steps: [Step] = []

    init(_ dataset: StoredDataset) {
        self.dataset = dataset
        columns = Array(0..<dataset.schema.count)
        schema = dataset.schema
        rowOrder = RowOrder(count: dataset.rowCount)
        batchOrder = RowOrder(count: 0)
    }

    /// Samples, or batches once there are batches.
    var count: Int { batches?.batchCount(of: dataset.rowCount) ?? dataset.rowCount }

    // MARK: Building

    func selecting(_ keys: [String]) throws(ColonnadeError) -> Pipeline {
        var copy = self
        copy.schema = try schema.selecting(keys)
        copy.columns = try keys.map { (key) throws(ColonnadeError) in columns[try schema.position(of: key)] }
        copy.steps = steps.filter { copy.columns.contains($0.column) }
        return copy
    }

    func shuffled(seed: UInt64) -> Pipeline {
        var copy = self
        if batches == nil {
            copy.rowOrder = RowOrder(count: dataset.rowCount, seed: seed)
        } else {
            copy.batchOrder = RowOrder(count: count, seed: seed)
        }
        return copy
    }

    func batched(by size: Int, droppingLast: Bool) throws(ColonnadeError) -> Pipeline {
        guard size >= 1 else {
            throw ColonnadeError(.invalidArgument, "a batch has at least one sample, not \(size)")
        }
        guard batches == nil else {
            throw ColonnadeError(.invalidArgument, "these are batches already: batch once")
        }
        var copy = self
        let plan = BatchPlan(size: size, droppingLast: droppingLast)
        copy.batches = plan
        copy.schema = try Schema(schema.map { plan.field($0) })
        copy.batchOrder = RowOrder(count: copy.count)
        return copy
    }

    func adding(_ transform: any Transform) throws(ColonnadeError) -> Pipeline {
        let position = try schema.position(of: transform.key)
        let output = try transform.output(of: schema[position])
        var copy = self
        copy.schema = schema.replacing(position, with: output)
        copy.steps.append(
            Step(column: columns[position], transform: transform, isOnBatch: batches != nil, output: output))
        return copy
    }

    /// The steps of one column of the file in order, neighbours fused where one can do the work of both.
    func steps(ofColumn column: Int) -> [Step] {
        var result: [Step] = []
        for step in steps where step.column == column {
            if let last = result.last, let fused = last.transform.fused(with: step.transform) {
                result[result.count - 1] = Step(
                    column: column, transform: fused, isOnBatch: last.isOnBatch, output: step.output)
            } else {
                result.append(step)
            }
        }
        return result
    }
}
