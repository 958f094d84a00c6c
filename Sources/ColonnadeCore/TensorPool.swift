// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Memory for batches, reused after its last tensor is released: the steady state allocates nothing.
///
/// A block of memory is returned to the pool when no tensor refers to it. Therefore memory that a user still references
/// is never overwritten.
package final class TensorPool: Sendable {
    @safe
    struct Block: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let capacity: Int
    }

    private struct State {
        var free: [Block] = []
        var allocations = 0

        /// Removes the smallest free block that is large enough, or returns nil. Blocks of more than twice the size are
        /// not used, so that a tensor of labels does not occupy the memory of images. Of blocks of one size the pool uses
        /// the one that was returned last, which is most likely in a cache.
        mutating func takeFree(_ byteCount: Int) -> Block? {
            var best: Int?
            for (index, block) in free.enumerated()
            where block.capacity >= byteCount && block.capacity / 2 <= max(byteCount, TensorStorage.pageAlignment) {
                if best.map({ block.capacity <= free[$0].capacity }) ?? true { best = index }
            }
            guard let best else { return nil }
            free.swapAt(best, free.count - 1)
            return free.removeLast()
        }
    }

    /// Free blocks that idle and released pools have returned, for all pools of one process.
    private final class Shared: Sendable {
        let state = Monitor(State())
        let forkCount = Memory.forkCount
    }

    private static let latestShared = unsafe Atomic(Unmanaged.passRetained(Shared()))

    /// The shared blocks of this process. A forked child begins without any, since a thread that exists only in the parent
    /// may have held the lock. The object of the parent is never released.
    private static var shared: Monitor<State> {
        let known = unsafe latestShared.load(ordering: .acquiring)
        let shared = unsafe known.takeUnretainedValue()
        if shared.forkCount == Memory.forkCount { return shared.state }
        let made = unsafe Unmanaged.passRetained(Shared())
        let (isMade, other) = unsafe latestShared.compareExchange(
            expected: known, desired: made, ordering: .acquiringAndReleasing)
        if isMade { return unsafe made.takeUnretainedValue().state }
        unsafe made.release()
        return unsafe other.takeUnretainedValue().state
    }

    /// The maximum number of bytes in `shared`.
    private static let sharedLimit = 1 << 26
    /// The size from which the blocks of a released pool are shared. The system maps larger blocks anew at each allocation,
    /// and a page fault for each page takes longer than filling the page.
    private static let leastShared = 1 << 16

    /// The maximum number of free blocks to keep; further blocks are freed. With a limit of 0 the pool keeps no memory.
    /// It then also does not round sizes up to whole pages, since callers may hold many single samples.
    private let limit: Int
    private let state = Monitor(State())
    private let forkCount = Memory.forkCount

    package init(keeping limit: Int = 64) { self.limit = limit }

    /// Whether this process is a forked child, and the pool one of its parent. A thread of the parent may hold the lock, so the
    /// child leaves the state alone: it allocates and frees each block.
    private var isOfParent: Bool { forkCount != Memory.forkCount }

    deinit {
        guard !isOfParent else { return }
        let free = state.withLock { $0.free }
        TensorPool.share(free.filter { $0.capacity >= TensorPool.leastShared })
        for block in free where block.capacity < TensorPool.leastShared { unsafe Memory.free(block.base) }
    }

    /// Whether the pool keeps free memory. If it does, it allocates whole pages.
    package var keepsMemory: Bool { limit > 0 }

    /// The number of times that the pool allocated memory from the system.
    package var allocations: Int { state.withLock { $0.allocations } }

    /// Returns uninitialised memory, page-aligned and padded if the pool keeps free memory. Throws `outOfMemory`.
    /// O(free blocks).
    package func take(byteCount: Int) throws(ColonnadeError) -> TensorStorage {
        let isOfParent = isOfParent
        if limit == 0 {
            if !isOfParent { state.withLock { $0.allocations += 1 } }
            return try TensorStorage.allocate(byteCount: byteCount)
        }
        let size = max(byteCount, 1)
        if !isOfParent {
            if let block = state.withLock({ $0.takeFree(size) }) ?? TensorPool.shared.withLock({ $0.takeFree(size) }) {
                return TensorStorage(byteCount: byteCount, recycling: block, into: self)
            }
            state.withLock { $0.allocations += 1 }
        }
        let alignment = TensorStorage.pageAlignment
        let (padded, overflow) = size.addingReportingOverflow(alignment - 1)
        let capacity = padded / alignment * alignment
        guard !overflow, let memory = unsafe Memory.allocate(capacity, alignment: alignment) else {
            throw Memory.refusal(byteCount)
        }
        return TensorStorage(
            byteCount: byteCount, recycling: unsafe Block(base: memory, capacity: capacity), into: self)
    }

    /// Reduces the free blocks to at most `byteCount` bytes, for a stream that is idle. The other blocks become
    /// available to all pools of the process.
    package func trim(to byteCount: Int) {
        guard !isOfParent else { return }
        let surplus = state.withLock { state -> [Block] in
            // The array of no blocks would be the memory of `free`, which the thread sanitizer then sees used without the lock.
            if state.free.isEmpty { return [] }
            var kept = 0
            state.free.sort { $0.capacity < $1.capacity }
            let count = state.free.prefix { block in
                kept += block.capacity
                return kept <= byteCount
            }.count
            defer { state.free.removeLast(state.free.count - count) }
            return Array(state.free[count...])
        }
        TensorPool.share(surplus)
    }

    /// Makes blocks available to all pools of the process. Frees the blocks that were shared first, which nobody may be able to
    /// use any more, when there are more than `sharedLimit` bytes.
    private static func share(_ blocks: [Block]) {
        guard !blocks.isEmpty else { return }
        let surplus = shared.withLock { shared -> [Block] in
            shared.free += blocks
            var bytes = shared.free.reduce(0) { $0 + $1.capacity }
            let count = shared.free.prefix { block in
                guard bytes > TensorPool.sharedLimit else { return false }
                bytes -= block.capacity
                return true
            }.count
            defer { shared.free.removeFirst(count) }
            return Array(shared.free[..<count])
        }
        for block in surplus { unsafe Memory.free(block.base) }
    }

    /// The total size of the free blocks, in bytes.
    package var freeBytes: Int { state.withLock { $0.free.reduce(0) { $0 + $1.capacity } } }

    /// Returns a block to the pool, or frees it if the pool has enough free blocks.
    func putBack(_ block: Block) {
        guard !isOfParent else { return unsafe Memory.free(block.base) }
        let surplus = state.withLock { state -> Block? in
            guard state.free.count < limit else { return block }
            state.free.append(block)
            return nil
        }
        if let surplus { unsafe Memory.free(surplus.base) }
    }
}
