// SPDX-License-Identifier: Apache-2.0

/// Memory of batches, used again when its last holder lets go: the steady state allocates nothing.
///
/// A block returns when no tensor refers to it any more, never by position, so what a user still holds is never
/// overwritten.
public final class TensorPool: Sendable {
    @safe
    struct Block: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let capacity: Int
    }

    private struct State {
        var free: [Block] = []
        var allocations = 0

        /// Takes out the block that fits best; none of more than twice the size, so that a label does not sit on an image's
        /// memory.
        mutating func takeFree(_ wanted: Int) -> Block? {
            var best: Int?
            for (index, block) in free.enumerated()
            where block.capacity >= wanted && block.capacity / 2 <= max(wanted, TensorStorage.pageAlignment) {
                if best.map({ block.capacity < free[$0].capacity }) ?? true { best = index }
            }
            guard let best else { return nil }
            free.swapAt(best, free.count - 1)
            return free.removeLast()
        }
    }

    /// Free blocks of pools that are not used any more, for all pools of the process.
    private static let shared = Monitor(State())
    /// Bytes of these, at most.
    private static let sharedLimit = 1 << 26

    /// Blocks kept when nobody uses them; more are given back to the system. With none to keep there is no pool, only
    /// memory, and then single samples, which may be held in large numbers, take no page each.
    private let limit: Int
    private let state = Monitor(State())

    public init(keeping limit: Int = 64) { self.limit = limit }

    deinit {
        state.withLock { state in
            for block in state.free { unsafe Memory.free(block.base) }
        }
    }

    /// Whether memory is kept, and comes in whole pages for that.
    package var keepsMemory: Bool { limit > 0 }

    /// The number of times that the pool took memory from the system.
    public var allocations: Int { state.withLock { $0.allocations } }

    /// Uninitialised memory, page-aligned and padded if the pool keeps any. Throws `outOfMemory`. O(free blocks).
    public func take(byteCount: Int) throws(ColonnadeError) -> TensorStorage {
        if limit == 0 {
            state.withLock { $0.allocations += 1 }
            guard let memory = unsafe Memory.allocate(byteCount, alignment: TensorStorage.smallAlignment) else {
                throw Memory.refusal(byteCount)
            }
            return unsafe TensorStorage(owning: memory, byteCount)
        }
        let wanted = max(byteCount, 1)
        if let block = state.withLock({ $0.takeFree(wanted) }) ?? TensorPool.shared.withLock({ $0.takeFree(wanted) }) {
            return TensorStorage(byteCount: byteCount, recycling: block, into: self)
        }
        state.withLock { $0.allocations += 1 }
        let alignment = TensorStorage.pageAlignment
        let (padded, overflow) = wanted.addingReportingOverflow(alignment - 1)
        let capacity = padded / alignment * alignment
        guard !overflow, let memory = unsafe Memory.allocate(capacity, alignment: alignment) else {
            throw Memory.refusal(byteCount)
        }
        return TensorStorage(
            byteCount: byteCount, recycling: unsafe Block(base: memory, capacity: capacity), into: self)
    }

    /// Keeps at most this many bytes of free blocks, and gives the others to all pools of the process, or to the system where those
    /// have enough: for a stream that is idle.
    package func trim(to byteCount: Int) {
        let surplus = state.withLock { state -> [Block] in
            var kept = 0
            state.free.sort { $0.capacity < $1.capacity }
            let count = state.free.prefix { block in
                kept += block.capacity
                return kept <= byteCount
            }.count
            defer { state.free.removeLast(state.free.count - count) }
            return Array(state.free[count...])
        }
        let refused = TensorPool.shared.withLock { shared -> [Block] in
            var bytes = shared.free.reduce(0) { $0 + $1.capacity }
            var refused: [Block] = []
            for block in surplus {
                if bytes + block.capacity <= TensorPool.sharedLimit {
                    shared.free.append(block)
                    bytes += block.capacity
                } else {
                    refused.append(block)
                }
            }
            return refused
        }
        for block in refused { unsafe Memory.free(block.base) }
    }

    /// Bytes of free blocks.
    package var freeBytes: Int { state.withLock { $0.free.reduce(0) { $0 + $1.capacity } } }

    func give(_ block: Block) {
        let surplus = state.withLock { state -> Block? in
            guard state.free.count < limit else { return block }
            state.free.append(block)
            return nil
        }
        if let surplus { unsafe Memory.free(surplus.base) }
    }
}
