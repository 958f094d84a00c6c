// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeFormat

/// Rows on disk that are open for reading: a file, or a version of a data set of many files.
public protocol OpenDataset: AnyObject, Sendable {
    /// The path of the file, or of the folder.
    var path: String { get }
    var schema: Schema { get }
    var rowCount: Int { get }
    /// The number of bytes of the file, or of all files.
    var byteCount: Int { get }
    /// A number that distinguishes these rows from all others, also from those before or after an append.
    var identity: UInt64 { get }
    /// The texts that the creator of the data set stored with the rows, in the order of their keys.
    var metadata: [(key: String, value: String)] { get }

    /// Returns the statistics of a column, which were computed while it was written.
    func statistics(ofColumn index: Int) -> ColumnStatistics

    /// Returns one row: for each column a tensor without the dimension of rows. Traps if the row is out of range. Throws
    /// `corruptFile`.
    func row(_ row: Int, columns indices: [Int]) throws(ColonnadeError) -> [Tensor]

    /// Returns consecutive rows as a chunk, for a writer. Throws `corruptFile` with the row and column. O(bytes).
    func chunk(rows: Range<Int>, columns indices: [Int]) throws(ColonnadeError) -> RecordChunk

    /// Returns how often each value of a column occurs: see `StoredDataset`.
    func valueCounts(ofColumn index: Int, limit: Int) throws(ColonnadeError) -> [(value: Int, count: Int)]?

    /// Throws `corruptFile` if a file was changed after it was opened, or if a thread found a damaged block.
    func checkIntact() throws(ColonnadeError)
}

extension StoredDataset: OpenDataset {}

extension OpenDataset where Self == StoredDataset {
    /// Opens a file, or a version of a data set of many files if the path leads to a folder: the newest one, or that of
    /// `version` or `tag`. Throws the errors of `StoredDataset` and `DatasetVersion`.
    public static func open(
        _ path: String, version: Int? = nil, tag: String? = nil
    ) throws(ColonnadeError) -> any OpenDataset {
        if let dataset = try DatasetVersion(ifFolder: path, version: version, tag: tag) { return dataset }
        return try StoredDataset(path: path)
    }
}

extension OpenDataset {
    private static var chunkBytes: Int { 4 << 20 }

    /// Calls `body` with chunks of all rows, in order and of about 4 MiB, and with the number of rows up to the end of each, until it
    /// returns false. Throws the errors of `chunk(rows:columns:)` and of `body`.
    package func forEachChunk(
        of columns: [Int], _ body: (RecordChunk, Int) throws(ColonnadeError) -> Bool
    ) throws(ColonnadeError) {
        var row = 0
        // Rows may be of any size: a few tell how large they are, and others may be larger.
        var count = 16
        while row < rowCount {
            let end = min(row + count, rowCount)
            let chunk = try self.chunk(rows: row..<end, columns: columns)
            row = end
            guard try body(chunk, row) else { return }
            let rowBytes = max(1, chunk.columns.reduce(0) { $0 + $1.byteCount + 8 * $1.ends.count } / chunk.rowCount)
            count = max(1, min(count * 4, Self.chunkBytes / rowBytes, 1 << 18))
        }
    }
}
