// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The way in which the items of a pass read the blocks of a block order: nothing but selections of every n-th sample or batch
/// comes after the order.
struct RowBlockReads: Sendable {
    let order: BlockPermutation
    /// The first row of the first block.
    let firstRow: Int
    /// The rows of an index of the order: those of a batch if it is an order of batches.
    let rowsPerIndex: Int
    /// The end of the last block, in rows.
    let rowEnd: Int
    /// From the indices of samples to those of the order.
    let samples: Progression
    /// From items to batches, of `batchSize` of `sampleCount` samples each; or to samples, with a batch size of 1.
    let items: Progression
    let batchSize: Int
    let sampleCount: Int

    /// The indices first, first + step, first + 2 step, ….
    struct Progression: Sendable {
        var first = 0
        var step = 1

        /// The index at an index of the progression.
        subscript(index: Int) -> Int { first.saturatingSum(step.saturatingProduct(index)) }

        /// Adds a change that comes after the others.
        mutating func add(first: Int, step: Int) {
            self = Progression(first: self[first], step: self.step.saturatingProduct(step))
        }
    }

    /// Returns the indices of the order from the first sample of consecutive items to the last, with those of other ranks
    /// between them; nil for no sample.
    func indices(ofItems range: Range<Int>) -> Range<Int>? {
        guard let lastItem = range.last else { return nil }
        let start = items[range.lowerBound].saturatingProduct(batchSize)
        let last = min(items[lastItem].saturatingProduct(batchSize).saturatingSum(batchSize), sampleCount) - 1
        guard start <= last else { return nil }
        let lowest = min(samples[start], order.count - 1)
        return lowest..<max(min(samples[last], order.count - 1), lowest) + 1
    }

    /// Returns the rows of a block.
    func rows(ofBlock block: Int) -> Range<Int> {
        let start = block * order.shape.rows
        let end = start + min(order.shape.rows, order.count - start)
        return firstRow + start
            * rowsPerIndex..<min(firstRow.saturatingSum(end.saturatingProduct(rowsPerIndex)), rowEnd)
    }
}

extension RowOrder.Epoch {
    /// The block order among the steps, the distance from its rows to those of the source, and the indices that remain of
    /// it; nil if there is none, if its blocks are no consecutive rows, or if later steps scatter them.
    var blocks: (order: BlockPermutation, distance: Int, indices: RowBlockReads.Progression)? {
        guard let place = steps.firstIndex(where: { if case .blocks = $0 { true } else { false } }),
            case .blocks(let order) = steps[place],
            let start = RowOrder.Epoch(steps: Array(steps[..<place])).progression,
            start.step == 1, let indices = RowOrder.Epoch(steps: Array(steps[(place + 1)...])).progression
        else { return nil }
        return (order, start.first, indices)
    }

    /// The indices that remain, if they are every n-th one; nil for other orders. At the end of a pass, a rank may have a
    /// sample of another rank in addition.
    var progression: RowBlockReads.Progression? {
        var result = RowBlockReads.Progression()
        for step in steps {
            switch step {
            case .shifted(let distance): result.add(first: distance, step: 1)
            case .strided(let first, let step): result.add(first: first, step: step)
            case .sharded(let plan, _): result.add(first: plan.origin.saturatingSum(plan.rank), step: plan.worldSize)
            case .permutation, .blocks, .table, .drawn: return nil
            }
        }
        return result
    }
}

extension RowExecutor {
    /// The way in which the pass reads blocks of rows as a whole; nil if it does not.
    var blockReads: RowBlockReads? {
        if batches != nil, let (blocks, distance, indices) = batchOrder.blocks {
            // Blocks of batches are blocks of rows if the samples of the batches are in the order of the source.
            guard let size = batches?.uniformSize, let rows = order.range(at: 0..<sampleCount) else { return nil }
            return RowBlockReads(
                order: blocks, firstRow: rows.lowerBound + distance * size, rowsPerIndex: size, rowEnd: rows.upperBound,
                samples: indices, items: RowBlockReads.Progression(), batchSize: 1, sampleCount: count)
        }
        guard let (blocks, distance, indices) = order.blocks, let items = batchOrder.progression,
            let size = batches.map({ $0.uniformSize }) ?? 1
        else { return nil }
        return RowBlockReads(
            order: blocks, firstRow: distance, rowsPerIndex: 1, rowEnd: distance + blocks.count, samples: indices,
            items: items, batchSize: size, sampleCount: sampleCount)
    }
}
