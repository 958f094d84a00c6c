// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The second pass over JSON records: their values, in chunks.
struct JSONPass: ~Copyable {
    private var reader: LineReader
    private var rows: JSONRows
    private let recordCount: Int

    init(
        _ input: TextInput, _ paths: JSONPaths, _ settled: [JSONSurvey.Column], _ columns: [JSONColumn],
        _ recordCount: Int, readSize: Int
    ) throws(ColonnadeError) {
        reader = try LineReader(input, readSize: readSize)
        rows = JSONRows(paths, settled, columns, source: input.name)
        self.recordCount = recordCount
    }

    /// Converts all values and keeps none. Missing values without a fill are noted in `gaps`.
    mutating func rehearse(_ gaps: inout TextGaps) throws(ColonnadeError) {
        rows.gaps = gaps
        while try nextChunk(rowLimit: 1_000, byteLimit: 1 << 20) != nil {}
        gaps = rows.gaps ?? gaps
    }

    mutating func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        var count = 0
        var byteCount = 0
        let limit = max(1, rowLimit)
        let recordCount = recordCount
        let isAtEnd = try reader.visit { (text, line) throws(ColonnadeError) in
            guard rows.record < recordCount else { throw rows.changed() }
            byteCount += try rows.append(text, line: line)
            if byteCount > byteLimit, count > 0 {
                rows.rollBack()
                return .undo
            }
            count += 1
            return count < limit ? .next : .stop
        }
        guard !isAtEnd || rows.record == recordCount else { throw rows.changed() }
        return count > 0 ? RecordChunk(rowCount: count, columns: rows.take()) : nil
    }
}

/// Rows in the making: each record's values go to their columns.
struct JSONRows: Sendable {
    /// The last record that was appended.
    private(set) var record = 0
    private let paths: JSONPaths
    /// Node of `paths` → index of its column.
    private let columnOf: [Int?]
    /// Notes missing values on trial; nil where each is an error.
    var gaps: TextGaps?
    private var columns: [JSONColumn]
    private let source: String
    private var parser = JSONParser()
    private var scratch: [UInt8] = []

    init(_ paths: JSONPaths, _ settled: [JSONSurvey.Column], _ columns: [JSONColumn], source: String) {
        var columnOf = [Int?](repeating: nil, count: paths.nodes.count)
        for (index, column) in settled.enumerated() { columnOf[column.node] = index }
        self.paths = paths
        self.columnOf = columnOf
        self.columns = columns
        self.source = source
    }

    /// Appends one record; gives the bytes of its values.
    mutating func append(_ text: Span<UInt8>, line: Int) throws(ColonnadeError) -> Int {
        for index in columns.indices { columns[index].mark() }
        try JSONSurvey.parse(text, with: &parser, source: source, record: record + 1, line: line)
        record += 1
        try append(0, path: 0, text)
        var byteCount = 0
        for index in columns.indices {
            if columns[index].record < record, let fault = columns[index].appendMissing(record: record) {
                try report(fault, index)
            }
            columns[index].endRecord()
            byteCount += columns[index].builder.byteCountSinceMark
        }
        return byteCount
    }

    /// Forgets the last record.
    mutating func rollBack() {
        record -= 1
        for index in columns.indices { columns[index].rollBack(to: record) }
    }

    mutating func take() -> [ColumnChunk] {
        var chunks: [ColumnChunk] = []
        for index in columns.indices { chunks += columns[index].take() }
        return chunks
    }

    private mutating func append(_ object: Int, path: Int, _ text: Span<UInt8>) throws(ColonnadeError) {
        var key = object + 1
        let end = Int(parser.nodes[object].next)
        var hint = 0
        while key < end {
            let paths = paths
            let found = JSONText.withText(of: parser.nodes[key], in: text, &scratch) {
                paths.find($0, in: path, hint: hint)
            }
            guard let child = found else { throw changed() }
            let value = key + 1
            if let column = columnOf[child] {
                if let fault = columns[column].append(value, of: parser, text, record: record) {
                    try report(fault, column)
                }
            } else if parser.nodes[value].kind == .object {
                try append(value, path: child, text)
            } else if parser.nodes[value].kind != .null {
                throw changed()
            }
            key = Int(parser.nodes[value].next)
            hint += 1
        }
    }

    private mutating func report(_ fault: JSONColumn.Fault, _ column: Int) throws(ColonnadeError) {
        let error = columns[column].error(fault, source: source, record: record)
        if case .misfit(.missing, _) = fault { gaps?.note(columns[column].field, record: record, error) }
        // Behind a missing value only others are of interest.
        guard gaps?.isEmpty == false else { throw error }
    }

    func changed() -> ColonnadeError {
        ColonnadeError(
            .invalidSource, "it has other records than when it was opened; leave it alone meanwhile", at: .file(source))
    }
}
