// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The second pass over a CSV file, which converts its values and returns them in chunks.
struct CSVPass: ~Copyable {
    private var reader: CSVReader
    private let targets: [Int]
    private var builders: [ColumnBuilder]
    private let rowCount: Int
    /// Bytes of a row; nil if rows differ.
    private let rowBytes: Int?
    private var scratch: [UInt8] = []

    init(_ reader: consuming CSVReader, _ targets: [Int], _ builders: [ColumnBuilder], rowCount: Int) {
        self.reader = reader
        self.targets = targets
        self.builders = builders
        self.rowCount = rowCount
        rowBytes = builders.reduce(Optional(0)) { sum, builder in
            builder.field.fixedByteCount.flatMap { bytes in sum.map { $0 + bytes + (builder.isMasked ? 1 : 0) } }
        }
    }

    mutating func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        let fixedLimit = rowBytes.map { max(1, byteLimit / max($0, 1)) } ?? Int.max
        let limit = max(1, min(rowLimit, fixedLimit))
        let hasFixedRows = rowBytes != nil
        var rows = 0
        var byteCount = 0
        var isAtEnd = false
        while rows < limit {
            guard try reader.next() else {
                isAtEnd = true
                break
            }
            if !hasFixedRows { for index in builders.indices { builders[index].mark() } }
            try appendRecord()
            if !hasFixedRows {
                for builder in builders { byteCount += builder.byteCountSinceMark }
                if byteCount > byteLimit, rows > 0 {
                    for index in builders.indices { builders[index].rollBack() }
                    reader.unread()
                    break
                }
            }
            rows += 1
        }
        guard reader.recordCount <= rowCount, !isAtEnd || reader.recordCount == rowCount else {
            throw ColonnadeError(
                .invalidSource,
                "it had \(rowCount) records when it was opened, and now has others; leave it alone meanwhile",
                at: .file(reader.name))
        }
        guard rows > 0 else { return nil }
        var columns: [ColumnChunk] = []
        for index in builders.indices { columns += builders[index].take() }
        return RecordChunk(rowCount: rows, columns: columns)
    }

    /// Converts the last record. Throws `invalidSource` for a value that is not of the type of its column.
    @inline(__always)
    private mutating func appendRecord() throws(ColonnadeError) {
        for column in 0..<reader.fieldCount {
            let target = targets[column]
            let misfit = reader.withText(of: column, &scratch) { builders[target].append($0) }
            if let misfit { throw reader.error(misfit, column, builders[target].field) }
        }
        for index in builders.indices { builders[index].endRecord() }
    }
}
