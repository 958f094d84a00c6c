// SPDX-License-Identifier: Apache-2.0

/// The limits of the items that may be ready or in the making at once.
struct Bounds: Sendable {
    /// Items that were asked for ahead.
    let depth: Int
    /// Items of a block that is read at once; nil where blocks grow by what items cost.
    let together: Int?
    /// The number of items of the first such blocks.
    let first: Int?
    /// The least number of blocks, where a block has several items.
    private let blocks: Int

    /// A block this long is handed over; shorter ones grow until they are.
    static let handOver: Duration = .microseconds(40)
    /// Bytes of a block of batches that are read together: enough to be worth a hand-over, few enough for the second cache.
    static let blockBytes = 1 << 19
    /// Bytes of the first such blocks: a pass of which few items are taken holds little memory.
    private static let firstBytes = 1 << 16
    private static let mostTogether = 64
    /// Small blocks may be many: then no thread waits for one that the system has put to sleep.
    private static let smallBlocks = 6

    init(_ prefetching: Prefetching?, _ executor: any Executor) {
        // More than there are is a way to say "all of them", and must not take memory for itself.
        let depth = min(prefetching?.depth ?? 1, max(executor.count ?? .max, 1), 1 << 20)
        self.depth = depth
        together = executor.bytesOfItem.map { Bounds.items($0, in: Bounds.blockBytes) }
        first = executor.bytesOfItem.map { Bounds.items($0, in: Bounds.firstBytes) }
        blocks = prefetching.map { max(min($0.threads, depth) + 1, Bounds.smallBlocks) } ?? 1
    }

    /// Returns how many items of that many bytes make a block.
    private static func items(_ byteCount: Int, in blockBytes: Int) -> Int {
        min(max(blockBytes / max(byteCount, 1), 1), mostTogether)
    }

    /// Returns the number of items that may be claimed and not taken, where a block has `size` items.
    func limit(_ size: Int) -> Int { max(depth, size > 1 ? size * blocks : 1) }

    /// The number of places for blocks. A block of several items may shrink to one item.
    var places: Int { max(limit(together ?? 1) / (together ?? 1), min(depth, Bounds.mostTogether)) + 1 }
}
