// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Several sources with the same number of records, side by side: the columns of all of them make one record.
public final class ZippedSource: RecordSource {
    public let name: String
    public let schema: Schema
    public let rowCount: Int?
    public let reasons: [String]
    private let sources: [any RecordSource]
    /// Rows that a source has given and that are not used yet.
    private var pending: [RecordChunk]
    /// For each source, the first pending row that is not used yet.
    private var starts: [Int]
    private var nextRow = 0

    /// Throws `invalidSource` for sources of different lengths, and `invalidArgument` for those with columns of the same name. There is at least one.
    public init(_ sources: [any RecordSource]) throws(ColonnadeError) {
        precondition(!sources.isEmpty, "there must be a source")
        // The length of a source that does not know it is checked at the end.
        let known = sources.compactMap { source in source.rowCount.map { (name: source.name, count: $0) } }
        if let first = known.first, let other = known.first(where: { $0.count != first.count }) {
            throw ColonnadeError(
                .invalidSource,
                "\(first.name) has \(first.count) rows and \(other.name) has \(other.count): only sources of the same "
                    + "length can become columns of the same records")
        }
        name = sources.map(\.name).joined(separator: " + ")
        schema = try Schema(sources.flatMap(\.schema.fields))
        rowCount = known.first?.count
        reasons = sources.flatMap(\.reasons)
        self.sources = sources
        pending = sources.map { source in RecordChunk(rowCount: 0, columns: source.schema.map { _ in ColumnChunk() }) }
        starts = sources.map { _ in 0 }
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        var rows = max(1, rowLimit)
        // If all rows have one size, every source returns the same number of rows, and no row must be kept for the next chunk.
        let rowBytes = schema.reduce(Optional(0)) { sum, field in
            sum.flatMap { sum in field.fixedByteCount.map { sum + $0 } }
        }
        if let rowBytes { rows = max(1, min(rows, byteLimit / max(rowBytes, 1))) }
        let share = rowBytes == nil ? max(1, byteLimit / sources.count) : Int.max
        for index in sources.indices {
            if starts[index] == pending[index].rowCount,
                let chunk = try sources[index].nextChunk(rowLimit: rows, byteLimit: share)
            {
                pending[index] = chunk
                starts[index] = 0
            }
            rows = min(rows, pending[index].rowCount - starts[index])
        }
        guard rows > 0 else {
            try checkEnd()
            return nil
        }
        if rowBytes == nil { rows = fitting(rows, byteLimit) }
        var columns: [ColumnChunk] = []
        for (index, source) in sources.enumerated() {
            columns += pending[index].rows(starts[index]..<starts[index] + rows, of: source.schema).columns
            starts[index] += rows
        }
        nextRow += rows
        return RecordChunk(rowCount: rows, columns: columns)
    }

    /// Returns the number of `rows` that fit in the limit: the pending rows were measured against another limit.
    private func fitting(_ rows: Int, _ byteLimit: Int) -> Int {
        var count = 0
        var bytes = 0
        while count < rows {
            for index in sources.indices {
                let row = starts[index] + count
                for (field, column) in zip(sources[index].schema, pending[index].columns) {
                    bytes += field.fixedByteCount ?? column.ends[row] - (row == 0 ? 0 : column.ends[row - 1])
                }
            }
            if count > 0, bytes > byteLimit { break }
            count += 1
        }
        return count
    }

    private func checkEnd() throws(ColonnadeError) {
        if let rowCount, nextRow != rowCount {
            throw ColonnadeError(
                .invalidSource, "its rows ended after \(nextRow) of \(rowCount): a source has changed meanwhile",
                at: .record(source: name, record: nextRow + 1, column: nil))
        }
        if let longer = sources.indices.first(where: { starts[$0] < pending[$0].rowCount }) {
            throw ColonnadeError(
                .invalidSource,
                "\(sources[longer].name) has more rows than the \(nextRow) of another: only sources of the same length can "
                    + "become columns of the same records",
                at: .record(source: name, record: nextRow + 1, column: nil))
        }
    }
}
