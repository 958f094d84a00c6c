// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels

/// The rule for the number of items in a block, and for the number of items that may be claimed or ready at once.
///
/// Blocks whose items are read together have a target size in bytes. The first blocks have one item, and their size
/// doubles with each block that the consumer takes. Later it shrinks and grows with the measured bytes of ragged batches. Other
/// blocks have enough items that making them takes about `Self.handOver`.
struct BlockSizer: Sendable {
    /// The number of items to prepare ahead.
    let depth: Int
    /// The number of worker threads.
    let threads: Int
    /// The number of items of the pass; `Int.max` if it is not known.
    private let count: Int
    /// The target size of a block that is read together.
    private let target: Int
    /// The maximum number of items of a block that is read together; nil if items are made one by one.
    let largest: Int?
    /// The number of items after which a pass warms its files. It does not depend on the number of threads.
    let itemsBeforeWarming: Int
    /// The number of items of the next block that is read together; nil if items are made one by one.
    private(set) var together: Int?
    /// The minimum number of blocks that may be claimed or ready, if a block has several items.
    private let blockCount: Int
    /// Whether the size of blocks still doubles with each block that the consumer takes.
    private var isStarting: Bool
    /// The time for each item of a recent block.
    private var cost = Duration.zero

    /// The time that making a block should take, so that passing it between threads is worthwhile.
    static let handOver: Duration = .microseconds(40)
    /// The target size of a block of batches that are read together: large enough to pass between threads, and small
    /// enough that threads end a pass at about the same time.
    static let blockBytes = 1 << 18
    /// Returns the target size without worker threads for a second-level cache of some bytes; 0 if its size is not known.
    ///
    /// Two blocks are written in turn. Batches take far less time while both stay in the cache: with 2 MB of it, blocks of 256 KB
    /// have 1.3 times the throughput of blocks of 1 MB. A small cache cannot hold them. Then fewer blocks are faster, since the
    /// code between two blocks is in no cache: with 512 KB and batches of 200 KB, blocks of 1 MB have 1.03 to 1.05 times the
    /// throughput of blocks of 256 KB.
    private static func aloneBlockBytes(cache: Int) -> Int { cache < 1 << 20 ? 1 << 20 : min(cache / 8, 1 << 20) }

    private static let mostTogether = 64
    /// The minimum number of blocks. With this many, no thread waits for a block whose thread the system has suspended.
    private static let leastBlocks = 6
    /// The number of blocks of full size that worker threads make before a pass warms its files, since it will probably read most of
    /// them.
    private static let blocksBeforeWarming = 3
    /// The maximum number of threads. Far fewer threads keep a disk busy, and each thread needs a stack.
    private static let mostThreads = 256

    /// - Parameters:
    ///   - count: the number of items of the pass; nil if it is not known.
    ///   - itemBytes: the size of an item if items are read together; nil if they are made one by one.
    ///   - cacheBytes: the size of the second-level cache; 0 if it is not known.
    init(
        _ prefetching: Prefetching?, count: Int?, itemBytes: Int?, cacheBytes: Int = colonnade_level2_bytes()
    ) {
        self.count = count ?? .max
        // A depth beyond the number of items means all of them, and needs no memory for more.
        depth = min(prefetching?.depth ?? 1, max(self.count, 1), 1 << 20)
        threads = min(prefetching?.threads ?? 0, depth, BlockSizer.mostThreads)
        target = threads == 0 ? BlockSizer.aloneBlockBytes(cache: cacheBytes) : BlockSizer.blockBytes
        largest = itemBytes.map { [target] in BlockSizer.items(of: target, each: $0) }
        itemsBeforeWarming =
            BlockSizer.blocksBeforeWarming * BlockSizer.items(of: BlockSizer.blockBytes, each: itemBytes ?? .max)
        // The first batch is ready soon, and a pass of which few items are taken needs little memory.
        together = largest == nil ? nil : 1
        isStarting = together != largest
        blockCount = prefetching == nil ? 1 : max(2 * threads + 1, BlockSizer.leastBlocks)
    }

    /// Returns the number of items of a block.
    private static func items(of target: Int, each itemBytes: Int) -> Int {
        min(max(target / max(itemBytes, 1), 1), BlockSizer.mostTogether)
    }

    /// Returns whether threads may claim a block while they make another one, after `claimed` items of the pass: there is
    /// capacity for two blocks of each thread and one of the consumer, and the pass has more items than these. Otherwise a
    /// claim ahead would leave another thread, or the consumer, without a block to make.
    func allowsClaimsAhead(after claimed: Int) -> Bool {
        guard let together else { return false }
        let blocks = (2 * threads + 1) * together
        return limit >= blocks && count - claimed > blocks
    }

    /// The number of items of the next block.
    var next: Int {
        if let together { return together }
        guard threads > 0, cost > .zero else { return 1 }
        return max(1, min(depth / (threads + 1), Int(BlockSizer.handOver / cost)))
    }

    /// The number of items that may be claimed or ready at once.
    var limit: Int { limit(together ?? 1) }

    /// The number of blocks that may be claimed or ready at once. A block of several items may shrink to one item.
    var mostBlocks: Int { max(limit(largest ?? 1) / (largest ?? 1), min(depth, BlockSizer.mostTogether)) + 1 }

    private func limit(_ size: Int) -> Int { max(depth, size > 1 ? size * blockCount : 1) }

    /// Notes that the consumer took a block. At the start of a pass the next blocks become larger.
    mutating func noteTaken() {
        guard isStarting, let together, let largest else { return }
        self.together = min(2 * together, largest)
        isStarting = 2 * together < largest
    }

    /// Notes the size of a block that was read together. If it is far from the target, since some rows are much longer
    /// than others, the next blocks become smaller or larger.
    mutating func noteMade(_ count: Int, bytes: Int) {
        guard let together, let largest, largest > 1, bytes > 0 else { return }
        if bytes > 2 * target {
            self.together = max(1, min(together, count / 2))
            isStarting = false
        } else if !isStarting, bytes < target / 2, count >= together {
            self.together = min(2 * together, largest)
        }
    }

    /// Notes the time of a block whose items were made one by one.
    mutating func noteMade(_ count: Int, in time: Duration) { cost = time / max(count, 1) }
}
