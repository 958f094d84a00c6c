// SPDX-License-Identifier: Apache-2.0

/// A random order of samples: that of single rows, or of blocks of consecutive rows.
struct Shuffle: Sendable {
    let seed: UInt64
    /// The blocks of the order; nil for the order of single rows.
    let blocks: BlockShape?

    init(seed: UInt64, blocks: BlockShape? = nil) {
        self.seed = seed
        self.blocks = blocks
    }

    /// A text that differs between shuffles that give different orders. It has the version of the row order: positions of
    /// another order must not fit.
    var identity: String {
        guard let blocks else { return "by row order 1 \(seed)" }
        return "by row order 2 \(seed) \(blocks.rows) \(blocks.open) \(blocks.lanes)"
    }

    /// Returns the order of one epoch.
    func order(of count: Int, epoch: Int) -> RowOrder.Epoch.Step {
        let number = UInt64(bitPattern: Int64(epoch))
        if let blocks, !blocks.holds(count) {
            return .blocks(BlockPermutation(count: count, blocks, seed: seed, epoch: number))
        }
        return .permutation(IndexPermutation(count: count, seed: seed, epoch: number))
    }
}
