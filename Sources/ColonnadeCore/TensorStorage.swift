// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Lends memory that it may lose meanwhile, as a mapping does whose file is truncated.
package protocol MemoryLender: AnyObject, Sendable {
    /// Throws `corruptFile` if what was read of it until now may have been zeros instead.
    func checkIntact() throws(ColonnadeError)
}

/// The memory behind tensors: owned, or borrowed from an owner that it keeps alive (a mapping, another library's array).
///
/// Written only by whoever created it, before the first tensor over it is handed out, or when all of those are gone again and
/// nothing else refers to it; immutable in between, which is what makes it sendable.
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
    fileprivate static let smallAlignment = 64

    /// Fresh, uninitialised memory, aligned to 64 bytes. Traps where there is none: `TensorPool.take` throws then.
    public convenience init(byteCount: Int) {
        guard let memory = unsafe Memory.allocate(byteCount, alignment: Self.smallAlignment) else {
            preconditionFailure("there is no memory for \(byteCount) bytes")
        }
        unsafe self.init(owning: memory, byteCount)
    }

    fileprivate init(owning memory: UnsafeMutableRawPointer, _ byteCount: Int) {
        unsafe base = memory
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
            unsafe Memory.free(base)
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

/// Memory of the C library, which says when it has none.
private enum Memory {
    static func allocate(_ byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        precondition(byteCount >= 0, "memory cannot have a negative size")
        var memory: UnsafeMutableRawPointer?
        guard unsafe posix_memalign(&memory, alignment, max(byteCount, 1)) == 0 else { return nil }
        return unsafe memory
    }

    static func free(_ memory: UnsafeMutableRawPointer) {
        #if canImport(Darwin)
            unsafe Darwin.free(memory)
        #elseif canImport(Musl)
            unsafe Musl.free(memory)
        #else
            unsafe Glibc.free(memory)
        #endif
    }

    static func refusal(_ byteCount: Int) -> ColonnadeError {
        ColonnadeError(
            .outOfMemory,
            "there is no memory for \(byteCount) bytes: use smaller batches, or prefetch fewer of them")
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

    /// How often memory had to be taken from the system.
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

    fileprivate func give(_ block: Block) {
        let surplus = state.withLock { state -> Block? in
            guard state.free.count < limit else { return block }
            state.free.append(block)
            return nil
        }
        if let surplus { unsafe Memory.free(surplus.base) }
    }
}
