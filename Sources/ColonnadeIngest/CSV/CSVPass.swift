// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The second pass over a CSV file: its values, in chunks.
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
        let source = reader.name
        var rows = 0
        var byteCount = 0
        let isAtEnd = try reader.visit { (bytes, fields, record) throws(ColonnadeError) in
            if !hasFixedRows { for index in builders.indices { builders[index].mark() } }
            for column in fields.indices {
                let target = targets[column]
                let misfit = CSVReader.withText(of: fields[column], in: bytes, &scratch) { builders[target].append($0) }
                if let misfit {
                    throw CSVSurvey.error(misfit, fields[column], bytes, builders[target].field, source, record)
                }
            }
            for index in builders.indices { builders[index].endRecord() }
            if !hasFixedRows {
                for builder in builders { byteCount += builder.byteCountSinceMark }
                if byteCount > byteLimit, rows > 0 {
                    for index in builders.indices { builders[index].rollBack() }
                    return .undo
                }
            }
            rows += 1
            return rows < limit ? .next : .stop
        }
        guard reader.recordCount <= rowCount, !isAtEnd || reader.recordCount == rowCount else {
            throw ColonnadeError(
                .invalidSource,
                "it had \(rowCount) records when it was opened, and now has others; leave it alone meanwhile",
                at: .file(source))
        }
        guard rows > 0 else { return nil }
        var columns: [ColumnChunk] = []
        for index in builders.indices { columns += builders[index].take() }
        return RecordChunk(rowCount: rows, columns: columns)
    }
}
