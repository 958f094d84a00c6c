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

extension RowOrder {
    /// A block order among the maps of an order whose blocks stay together.
    struct WholeBlocks {
        /// The index of the map.
        let map: Int
        /// The first row of the source that it orders.
        let firstRow: Int
        /// The indices of the block order that later maps leave.
        let indices: RowBlockReads.Progression
    }

    /// The block order whose blocks are consecutive rows and are not scattered by later maps; nil if there is none.
    var wholeBlocks: WholeBlocks? {
        guard let map = maps.indices.first(where: { openBlocks(ofMap: $0) != nil }),
            let start = RowOrder.progression(of: maps[..<map]), start.step == 1,
            let indices = RowOrder.progression(of: maps[(map + 1)...])
        else { return nil }
        return WholeBlocks(map: map, firstRow: start.first, indices: indices)
    }

    /// Returns the indices that maps leave, if they are every n-th one; nil for other maps. At the end of a pass, a rank may have
    /// a sample of another rank in addition.
    fileprivate static func progression(of maps: ArraySlice<IndexMap>) -> RowBlockReads.Progression? {
        var result = RowBlockReads.Progression()
        for map in maps {
            switch map {
            case .range(let range): result.add(first: range.lowerBound, step: 1)
            case .strided(let first, let step): result.add(first: first, step: step)
            case .sharded(let plan): result.add(first: plan.origin.saturatingSum(plan.rank), step: plan.worldSize)
            case .shuffled, .frozen, .table, .drawn: return nil
            }
        }
        return result
    }
}

extension RowPlan {
    /// The block order whose blocks a pass over the plan reads as a whole.
    struct WholeBlocks {
        let isOfBatches: Bool
        let order: RowOrder.WholeBlocks
        /// The number of samples of a batch; 1 without batches.
        let batchSize: Int
        /// The batches that are left, if the order is one of samples.
        let items: RowBlockReads.Progression
    }

    /// The block order whose blocks a pass reads as a whole; nil if it reads rows one by one. `explain` shows it.
    var wholeBlocks: WholeBlocks? {
        guard let size = batches.map({ $0.uniformSize }) ?? 1 else { return nil }
        // Blocks of batches are blocks of rows if the samples of the batches are in the order of the source.
        if order.isSequential, let blocks = batchOrder.wholeBlocks {
            return WholeBlocks(isOfBatches: true, order: blocks, batchSize: size, items: RowBlockReads.Progression())
        }
        guard let blocks = order.wholeBlocks, let items = RowOrder.progression(of: batchOrder.maps[...]) else {
            return nil
        }
        return WholeBlocks(isOfBatches: false, order: blocks, batchSize: size, items: items)
    }

    /// Whether consecutive items are consecutive rows of files or of memory, so that they can be requested together.
    var hasConsecutiveRows: Bool {
        !isBatched && order.isSequential && source.inputs.allSatisfy(\.hasConsecutiveRows)
    }
}

extension RowExecutor {
    /// The way in which the pass reads blocks of rows as a whole; nil if it does not.
    var blockReads: RowBlockReads? {
        guard let whole = plan.wholeBlocks else { return nil }
        let (blocks, size) = (whole.order, whole.batchSize)
        guard case .blocks(let permutation) = (whole.isOfBatches ? batchOrder : order).steps[blocks.map] else {
            preconditionFailure("an order has a step for each map")
        }
        if whole.isOfBatches {
            guard let rows = order.range(at: 0..<sampleCount) else { return nil }
            return RowBlockReads(
                order: permutation, firstRow: rows.lowerBound + blocks.firstRow * size, rowsPerIndex: size,
                rowEnd: rows.upperBound, samples: blocks.indices, items: whole.items, batchSize: 1, sampleCount: count)
        }
        return RowBlockReads(
            order: permutation, firstRow: blocks.firstRow, rowsPerIndex: 1, rowEnd: blocks.firstRow + permutation.count,
            samples: blocks.indices, items: whole.items, batchSize: size, sampleCount: sampleCount)
    }

    /// Requests a part of a block of rows of the source.
    func request(_ request: RowBlockRequests.Request) {
        source.expect(block: request.rows, loadedColumns, request.part)
    }
}
