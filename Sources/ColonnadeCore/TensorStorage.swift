// SPDX-License-Identifier: Apache-2.0

/// The memory of tensors: owned, or borrowed from an owner that it keeps alive (a mapping, another library's array).
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
    static let smallAlignment = 64

    /// Fresh, uninitialised memory, aligned to 64 bytes. Traps where there is none: `TensorPool.take` throws then.
    public convenience init(byteCount: Int) {
        guard let memory = unsafe Memory.allocate(byteCount, alignment: Self.smallAlignment) else {
            preconditionFailure("there is no memory for \(byteCount) bytes")
        }
        unsafe self.init(owning: memory, byteCount)
    }

    init(owning memory: UnsafeMutableRawPointer, _ byteCount: Int) {
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

    init(byteCount: Int, recycling block: TensorPool.Block, into pool: TensorPool) {
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

    /// Whether the memory belongs to another owner, which may read it too.
    package var isBorrowed: Bool { owner != nil }

    /// Whether the memory may be lost, as that of a mapping may.
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
