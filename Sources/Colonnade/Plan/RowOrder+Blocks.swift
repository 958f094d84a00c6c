// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The blocks of an order that has a block order.
extension RowOrder {
    /// The index of the last random order; nil if there is none.
    var lastRandom: Int? { maps.lastIndex(where: \.isRandom) }

    /// The blocks of the last random order, and the number of indices that it orders; nil for other orders, and for samples that
    /// were chosen one by one from it.
    var openBlocks: (shape: BlockShape, count: Int)? {
        guard let last = lastRandom, let blocks = maps[last].shuffle?.blocks, keepsBlocks(ofMap: last) else {
            return nil
        }
        return (blocks, counts[last])
    }

    /// Whether the maps after one of them keep the order of its samples.
    func keepsBlocks(ofMap index: Int) -> Bool {
        maps[(index + 1)...].allSatisfy { map in
            switch map {
            case .range, .strided, .sharded: true
            case .shuffled, .frozen, .table, .drawn: false
            }
        }
    }

    /// Whether a pass reads the blocks of a map as a whole.
    func readsBlocks(ofMap index: Int) -> Bool {
        keepsBlocks(ofMap: index) && maps[..<index].allSatisfy { if case .range = $0 { true } else { false } }
    }

    /// The number of ranks and workers that share the samples of the last random order.
    var shareCount: Int {
        maps[(lastRandom ?? 0)...].reduce(1) { count, map in
            switch map {
            case .sharded(let plan): count.saturatingProduct(plan.worldSize)
            case .strided(_, let step): count.saturatingProduct(step)
            case .shuffled, .frozen, .range, .table, .drawn: count
            }
        }
    }
}
