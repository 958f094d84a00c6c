// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

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
    fileprivate static let handOver: Duration = .microseconds(40)
    /// Bytes of a block of batches that are read together: enough to be worth a hand-over, few enough for the second cache.
    fileprivate static let blockBytes = 1 << 19
    /// Bytes of the first such blocks: a pass of which few items are taken holds little memory.
    private static let firstBytes = 1 << 16
    private static let mostTogether = 64
    /// Small blocks may be many: then no thread waits for one that the system has put to sleep.
    private static let smallBlocks = 6

    init(_ prefetching: Prefetching?, _ executor: Executor) {
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

extension Prefetcher {
    /// Returns the number of items that may still be claimed.
    func room(_ state: State) -> Int {
        // There is a place for each block, and blocks may have become smaller.
        guard state.claimed - state.taken < state.ready.count else { return 0 }
        return bounds.limit(state.together ?? 1) - state.outstanding
    }

    /// Whether there may be a next block. Those that are read at once are whole, so that their number has a bound.
    func canClaim(_ state: State) -> Bool {
        !state.isStopped && !state.isExhausted && room(state) >= state.together ?? 1
    }

    /// Whether a thread is to make the next block.
    func hasRoom(_ state: State) -> Bool { room(state) >= size(state) }

    /// Items of the next block.
    func size(_ state: State) -> Int {
        if let together = state.together { return together }
        guard threads > 0, state.cost > .zero else { return 1 }
        return max(1, min(bounds.depth / (threads + 1), Int(Bounds.handOver / state.cost)))
    }

    /// Makes the next blocks larger, as the consumer takes the first ones.
    func grow(_ state: inout State) {
        guard state.isStarting, let together = state.together, let most = bounds.together else { return }
        state.together = min(2 * together, most)
        state.isStarting = 2 * together < most
    }

    /// Makes the next blocks smaller than one that became far larger than they should be, as it happens where some rows are
    /// much longer than others, so that fewer of them are held in memory; and larger again after one that is far smaller.
    func adapt(to count: Int, bytes: Int) {
        guard let most = bounds.together, most > 1, bytes > 0 else { return }
        monitor.withLock { state in
            guard let together = state.together else { return }
            if bytes > 2 * Bounds.blockBytes {
                state.together = max(1, min(together, count / 2))
                state.isStarting = false
            } else if !state.isStarting, bytes < Bounds.blockBytes / 2, count >= together {
                state.together = min(2 * together, most)
            }
        }
    }
}
