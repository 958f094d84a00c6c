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

    /// Returns the blocks of a map, unless all of them are open at once; nil for other maps.
    func openBlocks(ofMap index: Int) -> BlockShape? {
        maps[index].shuffle?.blocks.flatMap { $0.holds(counts[index]) ? nil : $0 }
    }

    /// Returns who shares the samples of the last random order.
    ///
    /// - Parameter isFixed: whether the order is that of epoch 0 in all epochs. `partition` fixes it, and the workers of a process
    ///   do not.
    func sharing(isFixed: Bool) -> SampleSharing {
        var sharing = SampleSharing()
        for map in maps[(lastRandom ?? 0)...] {
            switch map {
            case .sharded(let plan): sharing.add(plan.worldSize, "ranks")
            case .strided(_, let step): sharing.add(step, isFixed ? "partitions" : "workers")
            case .shuffled, .frozen, .range, .table, .drawn: break
            }
        }
        return sharing
    }
}
