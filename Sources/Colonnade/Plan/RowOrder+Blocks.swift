// SPDX-License-Identifier: Apache-2.0

/// The blocks of an order that has a block order.
extension RowOrder {
    /// The blocks of the last random order, if it follows the epoch, and the number of indices that it orders; nil for
    /// other orders.
    var openBlocks: (shape: BlockShape, count: Int)? {
        guard let last = maps.lastIndex(where: \.isRandom), case .shuffled(let shuffle) = maps[last] else { return nil }
        return shuffle.blocks.map { ($0, counts[last]) }
    }

    /// The number of ranks and workers that share the samples of the last random order.
    var shareCount: Int {
        let first = maps.lastIndex(where: \.isRandom) ?? 0
        return maps[first...].reduce(1) { count, map in
            switch map {
            case .sharded(let plan): count.saturatingProduct(plan.worldSize)
            case .strided(_, let step): count.saturatingProduct(step)
            case .shuffled, .frozen, .range, .table, .drawn: count
            }
        }
    }
}

extension IndexMap {
    fileprivate var isRandom: Bool {
        switch self {
        case .shuffled, .frozen, .drawn: true
        case .strided, .range, .table, .sharded: false
        }
    }
}

extension RowOrder.Epoch {
    /// The block order among the steps, and the distance from its blocks to those of rows; nil if there is none, or if its
    /// blocks are no consecutive rows.
    var blocks: (step: Int, shape: BlockShape, count: Int, distance: Int)? {
        var distance = 0
        for (index, step) in steps.enumerated() {
            switch step {
            case .shifted(let by): distance += by
            case .blocks(let order): return (index, order.shape, order.count, distance)
            case .permutation, .strided, .table, .drawn, .sharded: return nil
            }
        }
        return nil
    }

    /// Replaces the elements of an array by the rows at consecutive indices, as the block order counts them.
    func write(blockIndicesAt indices: Range<Int>, to rows: inout [Int]) {
        rows.removeAll(keepingCapacity: true)
        rows.append(contentsOf: indices)
        for step in steps[(blocks?.step ?? 0)...].reversed() { step.map(&rows, after: 0) }
    }
}
