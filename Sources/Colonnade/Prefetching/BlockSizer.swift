// SPDX-License-Identifier: Apache-2.0

/// Decides how many items a block has, and how many items may be claimed or ready at once.
///
/// Blocks whose items are read together have a number of bytes. They begin small and double with each block that the consumer
/// takes, and they shrink and grow with the measured bytes of ragged batches. Other blocks have as many items as make their making
/// last `Self.handOver`.
struct BlockSizer: Sendable {
    /// The number of items to prepare ahead.
    let depth: Int
    /// The number of worker threads.
    let threads: Int
    /// The largest number of items of a block that is read together; nil where items are made one by one.
    let largest: Int?
    /// The number of items of the next block that is read together.
    private(set) var together: Int?
    /// The least number of blocks, where a block has several items.
    private let blockCount: Int
    /// Whether blocks still double with each block that the consumer takes.
    private var isStarting: Bool
    /// The time that the items of a recent block took, each.
    private var cost = Duration.zero

    /// A block that takes this long to make is worth passing between threads.
    static let handOver: Duration = .microseconds(40)
    /// The bytes of a block of batches that are read together: enough to be worth passing on, few enough for the second-level cache.
    static let blockBytes = 1 << 19
    /// The bytes of the first such blocks, so that a pass of which few items are taken holds little memory.
    private static let firstBytes = 1 << 16
    private static let mostTogether = 64
    /// With so many blocks no thread waits for a block whose thread the system has put to sleep.
    private static let leastBlocks = 6
    /// Disks are busy with far fewer threads, and each thread has a stack.
    private static let mostThreads = 256

    /// - Parameters:
    ///   - count: the number of items of the pass; nil if it is not known.
    ///   - itemBytes: the bytes of an item where items are read together; nil where they are made one by one.
    init(_ prefetching: Prefetching?, count: Int?, itemBytes: Int?) {
        // A depth beyond the number of items means all of them, and needs no memory for more.
        depth = min(prefetching?.depth ?? 1, max(count ?? .max, 1), 1 << 20)
        threads = min(prefetching?.threads ?? 0, depth, BlockSizer.mostThreads)
        largest = itemBytes.map { BlockSizer.items($0, in: BlockSizer.blockBytes) }
        together = itemBytes.map { BlockSizer.items($0, in: BlockSizer.firstBytes) }
        isStarting = together != largest
        blockCount = prefetching == nil ? 1 : max(threads + 1, BlockSizer.leastBlocks)
    }

    /// Returns how many items of that many bytes make a block.
    private static func items(_ byteCount: Int, in blockBytes: Int) -> Int {
        min(max(blockBytes / max(byteCount, 1), 1), mostTogether)
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

    /// Notes that the consumer took a block: at the start of a pass the next ones become larger.
    mutating func noteTaken() {
        guard isStarting, let together, let largest else { return }
        self.together = min(2 * together, largest)
        isStarting = 2 * together < largest
    }

    /// Notes that a block was read together. Where some rows are much longer than others, a block may have far more or fewer
    /// bytes than it should: the next ones become smaller or larger.
    mutating func noteMade(_ count: Int, bytes: Int) {
        guard let together, let largest, largest > 1, bytes > 0 else { return }
        if bytes > 2 * BlockSizer.blockBytes {
            self.together = max(1, min(together, count / 2))
            isStarting = false
        } else if !isStarting, bytes < BlockSizer.blockBytes / 2, count >= together {
            self.together = min(2 * together, largest)
        }
    }

    /// Notes the time that items took which were made one by one.
    mutating func noteMade(_ count: Int, in time: Duration) { cost = time / max(count, 1) }
}
