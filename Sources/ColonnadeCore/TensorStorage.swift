// SPDX-License-Identifier: Apache-2.0

/// The memory of tensors: owned, or borrowed from an owner that it keeps alive (a mapping, an array of another
/// library).
///
/// Only the creator writes to the memory: before it returns the first tensor over it, or after all tensors over it are
/// released and nothing else refers to it. In between the memory is immutable, which makes the class `Sendable`.
@safe
public final class TensorStorage: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    public let byteCount: Int
    private let capacity: Int
    private let owner: AnyObject?
    private let pool: TensorPool?
    private let lender: (any MemoryLender)?

    /// The alignment of memory for batches. It is a multiple of the page size of all supported platforms (Apple silicon
    /// has 16 KiB pages), so that frameworks can adopt the memory of a batch without a copy.
    public static let pageAlignment = 16_384
    static let smallAlignment = 64

    /// Allocates uninitialised memory, aligned to 64 bytes. Traps if there is not enough memory; `TensorPool.take`
    /// throws instead.
    public convenience init(byteCount: Int) {
        guard let memory = unsafe Memory.allocate(byteCount, alignment: Self.smallAlignment) else {
            preconditionFailure("there is no memory for \(byteCount) bytes")
        }
        unsafe self.init(owning: memory, byteCount)
    }

    /// Allocates uninitialised memory, aligned to 64 bytes. Throws `outOfMemory`.
    package static func allocate(byteCount: Int) throws(ColonnadeError) -> TensorStorage {
        guard let memory = unsafe Memory.allocate(byteCount, alignment: smallAlignment) else {
            throw Memory.refusal(byteCount)
        }
        return unsafe TensorStorage(owning: memory, byteCount)
    }

    init(owning memory: UnsafeMutableRawPointer, _ byteCount: Int) {
        unsafe base = memory
        self.byteCount = byteCount
        capacity = byteCount
        owner = nil
        pool = nil
        lender = nil
    }

    /// Makes a storage over memory that belongs to `owner`. The storage keeps the owner alive.
    public convenience init(borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        unsafe self.init(bytes, owner, nil)
    }

    /// Makes a storage over memory of a lender, which can become invalid.
    package convenience init(borrowing bytes: UnsafeRawBufferPointer, lender: any MemoryLender) {
        unsafe self.init(bytes, lender, lender)
    }

    private init(_ bytes: UnsafeRawBufferPointer, _ owner: AnyObject, _ lender: (any MemoryLender)?) {
        // An empty buffer has no address. Any non-null address is correct, since nothing is read from it.
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
            pool.putBack(unsafe TensorPool.Block(base: base, capacity: capacity))
        } else if owner == nil {
            unsafe Memory.free(base)
        }
    }

    /// Throws `corruptFile` if the memory has become invalid, so that bytes read from it may have been zeros. O(1).
    package func checkIntact() throws(ColonnadeError) { try lender?.checkIntact() }

    /// Whether the memory belongs to another owner, which may also read it.
    package var isBorrowed: Bool { owner != nil }

    /// Whether the memory can become invalid, as that of a mapping can.
    package var isLent: Bool { lender != nil }

    /// Returns whether the address of the byte at `byteOffset` is a multiple of `alignment`.
    func isAligned(_ byteOffset: Int, to alignment: Int) -> Bool {
        unsafe (Int(bitPattern: base) &+ byteOffset) % alignment == 0
    }

    /// The whole memory, for reading.
    @unsafe public var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: byteCount) }

    /// The whole memory, for writing. Only the creator may use it.
    @unsafe public var mutableBytes: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: base, count: byteCount)
    }
}
