// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// Consecutive rows of one column, to be written to a data set.
public struct ColumnChunk: Sendable {
    /// The elements, unless they are lent.
    @usableFromInline var owned: [UInt8]
    @usableFromInline var lent: LentBytes?
    /// The end of each row in `values`, in bytes, for a ragged, bytes or string column. It is empty for a fixed column.
    public var ends: [Int]
    /// The varying dimensions of each row, outermost first, for a column with two or more of them. It is otherwise
    /// empty.
    public var dimensions: [Int]
    /// The entry points of the files of the rows, if the source has found them; nil if the writer must find them.
    private(set) var entryPoints: FoundEntryPoints?

    public init(values: [UInt8] = [], ends: [Int] = [], dimensions: [Int] = []) {
        owned = values
        self.ends = ends
        self.dimensions = dimensions
    }

    /// Makes a chunk of rows whose elements are in memory of another owner, such as an array of another library. The
    /// elements are not copied before they are written. The chunk keeps the storage alive.
    public init(lending range: Range<Int>, of storage: TensorStorage, ends: [Int] = [], dimensions: [Int] = []) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= storage.byteCount, "the bytes have to lie in the storage")
        owned = []
        lent = LentBytes(storage: storage, range: range)
        self.ends = ends
        self.dimensions = dimensions
    }

    /// The elements, row after row, little-endian. A chunk that lends its elements makes a copy on each use;
    /// `withUnsafeBytes` and `byteCount` make none.
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

    /// The number of bytes of `values`.
    public var byteCount: Int { lent?.range.count ?? owned.count }

    /// Calls `body` with the bytes of `values`, whether they are owned or lent.
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
    /// Appends the entry points of the file of the last row. The writer uses them if all rows have them.
    package mutating func appendEntryPoints(_ bytes: [UInt8]) {
        let fileBytes = byteCount
        if entryPoints == nil { entryPoints = FoundEntryPoints() }
        entryPoints?.append(bytes, fileBytes: fileBytes)
    }

    /// Returns a range of the bytes as a chunk with other ends and dimensions. Lent bytes stay lent.
    package func slice(_ bytes: Range<Int>, ends: [Int] = [], dimensions: [Int] = []) -> ColumnChunk {
        guard let lent else {
            return ColumnChunk(values: Array(owned[bytes]), ends: ends, dimensions: dimensions)
        }
        let start = lent.range.lowerBound
        return ColumnChunk(
            lending: start + bytes.lowerBound..<start + bytes.upperBound, of: lent.storage, ends: ends,
            dimensions: dimensions)
    }

    /// Returns the numbers of elements of the shortest and of the longest row. O(rows of a variable column).
    func elementCounts(_ field: Field) -> (shortest: Int, longest: Int) {
        guard field.isRagged else { return (field.fixedElementCount, field.fixedElementCount) }
        var (shortest, longest, start) = (Int.max, 0, 0)
        for end in ends {
            shortest = min(shortest, end - start)
            longest = max(longest, end - start)
            start = end
        }
        return (shortest / field.dtype.size, longest / field.dtype.size)
    }
}

extension ColumnChunk: Equatable {
    public static func == (left: ColumnChunk, right: ColumnChunk) -> Bool {
        left.ends == right.ends && left.dimensions == right.dimensions && left.values == right.values
    }
}
