// SPDX-License-Identifier: Apache-2.0

/// Lends memory that it may lose meanwhile, as a mapping does whose file is truncated.
package protocol MemoryLender: AnyObject, Sendable {
    /// Throws `corruptFile` if what was read of it until now may have been zeros instead.
    func checkIntact() throws(ColonnadeError)
}

/// The memory behind tensors: owned, or borrowed from an owner that it keeps alive (a mapping, another library's array).
///
/// Written only by whoever created it, before the first tensor over it is handed out, or when all of those are gone again and
/// nobody else refers to it; immutable in between, which is what makes it sendable.
@safe
public final class TensorStorage: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    public let byteCount: Int
    private let capacity: Int
    private let owner: AnyObject?
    private let pool: TensorPool?
    private let lender: (any MemoryLender)?

    /// Page-aligned and padded on every platform we know (Apple silicon has 16 KiB pages), so that frameworks can adopt
    /// the memory of a batch without a copy.
    public static let pageAlignment = 16_384
    private static let smallAlignment = 64

    /// Fresh, uninitialised memory, aligned to 64 bytes.
    public init(byteCount: Int) {
        precondition(byteCount >= 0, "a tensor cannot have a negative size")
        unsafe base = .allocate(byteCount: max(byteCount, 1), alignment: Self.smallAlignment)
        self.byteCount = byteCount
        capacity = byteCount
        owner = nil
        pool = nil
        lender = nil
    }

    /// Memory that belongs to `owner`, which stays alive as long as this storage does.
    public convenience init(borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        unsafe self.init(bytes, owner, nil)
    }

    /// Memory that is lent, and may be lost.
    package convenience init(borrowing bytes: UnsafeRawBufferPointer, lender: any MemoryLender) {
        unsafe self.init(bytes, lender, lender)
    }

    private init(_ bytes: UnsafeRawBufferPointer, _ owner: AnyObject, _ lender: (any MemoryLender)?) {
        // An empty buffer has no address; any non-null one does, since nothing is ever read from it.
        unsafe base = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 64)!)
        byteCount = bytes.count
        capacity = bytes.count
        self.owner = owner
        self.lender = lender
        pool = nil
    }

    fileprivate init(byteCount: Int, recycling block: TensorPool.Block, into pool: TensorPool) {
        unsafe base = block.base
        self.byteCount = byteCount
        capacity = block.capacity
        owner = nil
        lender = nil
        self.pool = pool
    }

    deinit {
        if let pool {
            pool.give(unsafe TensorPool.Block(base: base, capacity: capacity))
        } else if owner == nil {
            unsafe base.deallocate()
        }
    }

    /// Throws `corruptFile` if the memory was lost, and what was read of it may have been zeros. O(1).
    package func checkIntact() throws(ColonnadeError) { try lender?.checkIntact() }

    /// Whether the memory is somebody else's, who may read it too.
    package var isBorrowed: Bool { owner != nil }

    /// Whether it may be lost, as a mapping's.
    package var isLent: Bool { lender != nil }

    /// Whether the byte there has an address that is a multiple of `alignment`.
    func isAligned(_ byteOffset: Int, to alignment: Int) -> Bool {
        unsafe (Int(bitPattern: base) &+ byteOffset) % alignment == 0
    }

    /// The whole memory, for reading.
    @unsafe public var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: byteCount) }

    /// The whole memory, for the creator alone.
    @unsafe public var mutableBytes: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: base, count: byteCount)
    }
}

/// Memory of batches, used again when its last holder lets go: the steady state allocates nothing.
///
/// A block returns when no tensor refers to it any more, never by position, so what a user still holds is never
/// overwritten.
public final class TensorPool: Sendable {
    @safe
    fileprivate struct Block: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let capacity: Int
    }

    private struct State {
        var free: [Block] = []
        var allocations = 0
    }

    /// Blocks kept when nobody uses them; more are given back to the system. With none to keep there is no pool, only
    /// memory, and then single samples, which may be held in large numbers, take no page each.
    private let limit: Int
    private let state = Monitor(State())

    public init(keeping limit: Int = 64) { self.limit = limit }

    deinit {
        state.withLock { state in
            for block in state.free { unsafe block.base.deallocate() }
        }
    }

    /// Whether memory is kept, and comes in whole pages for that.
    package var keepsMemory: Bool { limit > 0 }

    /// How often memory had to be taken from the system.
    public var allocations: Int { state.withLock { $0.allocations } }

    /// Uninitialised memory, page-aligned and padded if the pool keeps any. O(free blocks).
    public func take(byteCount: Int) -> TensorStorage {
        if limit == 0 {
            state.withLock { $0.allocations += 1 }
            return TensorStorage(byteCount: byteCount)
        }
        let wanted = max(byteCount, 1)
        let block = state.withLock { state -> Block in
            // Best fit, but no block of more than twice the size: a label must not sit on an image's memory.
            var best: Int?
            for (index, block) in state.free.enumerated()
            where block.capacity >= wanted && block.capacity / 2 <= max(wanted, TensorStorage.pageAlignment) {
                if best.map({ block.capacity < state.free[$0].capacity }) ?? true { best = index }
            }
            if let best {
                state.free.swapAt(best, state.free.count - 1)
                return state.free.removeLast()
            }
            state.allocations += 1
            let alignment = TensorStorage.pageAlignment
            let capacity = (wanted + alignment - 1) / alignment * alignment
            return unsafe Block(base: .allocate(byteCount: capacity, alignment: alignment), capacity: capacity)
        }
        return TensorStorage(byteCount: byteCount, recycling: block, into: self)
    }

    fileprivate func give(_ block: Block) {
        let surplus = state.withLock { state -> Block? in
            guard state.free.count < limit else { return block }
            state.free.append(block)
            return nil
        }
        if let surplus { unsafe surplus.base.deallocate() }
    }
}
