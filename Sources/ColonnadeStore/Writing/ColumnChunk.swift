// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// Consecutive rows of one column, on their way into a data set.
public struct ColumnChunk: Sendable {
    /// The elements, unless they are lent.
    @usableFromInline var owned: [UInt8]
    @usableFromInline var lent: LentBytes?
    /// Of a ragged, bytes or string column: where each row ends in `values`, in bytes. Empty for a fixed column.
    public var ends: [Int]
    /// Of a column with two or more varying dimensions: those dimensions, row after row, outermost first. Else empty.
    public var dimensions: [Int]

    public init(values: [UInt8] = [], ends: [Int] = [], dimensions: [Int] = []) {
        owned = values
        self.ends = ends
        self.dimensions = dimensions
    }

    /// Rows whose elements lie in the memory of somebody else, such as another library's array. They are not copied before
    /// they are written; the storage is held as long as the chunk is.
    public init(lending range: Range<Int>, of storage: TensorStorage, ends: [Int] = [], dimensions: [Int] = []) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= storage.byteCount, "the bytes have to lie in the storage")
        owned = []
        lent = LentBytes(storage: storage, range: range)
        self.ends = ends
        self.dimensions = dimensions
    }

    /// The elements, row after row, little-endian. Of a chunk that lends them, each use makes a copy: `withUnsafeBytes` and
    /// `byteCount` do without.
    @inlinable public var values: [UInt8] {
        get { lent?.copy() ?? owned }
        _modify {
            if let lent {
                owned = lent.copy()
                self.lent = nil
            }
            yield &owned
        }
    }

    /// Bytes of values.
    public var byteCount: Int { lent?.range.count ?? owned.count }

    /// Lends the bytes of `values`, wherever they lie.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if let lent { return try unsafe lent.withUnsafeBytes(body) }
        return try unsafe owned.withUnsafeBufferPointer { (elements) throws(Failure) in
            try unsafe body(UnsafeRawBufferPointer(elements))
        }
    }
}

extension ColumnChunk {
    /// Some of the bytes with ends and dimensions of their own; lent ones stay lent.
    package func part(_ bytes: Range<Int>, ends: [Int] = [], dimensions: [Int] = []) -> ColumnChunk {
        guard let lent else {
            return ColumnChunk(values: Array(owned[bytes]), ends: ends, dimensions: dimensions)
        }
        let start = lent.range.lowerBound
        return ColumnChunk(
            lending: start + bytes.lowerBound..<start + bytes.upperBound, of: lent.storage, ends: ends,
            dimensions: dimensions)
    }
}

extension ColumnChunk: Equatable {
    public static func == (left: ColumnChunk, right: ColumnChunk) -> Bool {
        left.ends == right.ends && left.dimensions == right.dimensions && left.values == right.values
    }
}

/// Part of a memory that belongs to somebody else.
@usableFromInline
struct LentBytes: Sendable {
    let storage: TensorStorage
    let range: Range<Int>

    @usableFromInline
    func copy() -> [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }

    func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try unsafe body(UnsafeRawBufferPointer(rebasing: storage.bytes[range]))
    }
}

/// Consecutive rows of all columns of a schema, in its order.
public struct RecordChunk: Sendable, Equatable {
    public var rowCount: Int
    public var columns: [ColumnChunk]

    public init(rowCount: Int, columns: [ColumnChunk]) {
        self.rowCount = rowCount
        self.columns = columns
    }
}
