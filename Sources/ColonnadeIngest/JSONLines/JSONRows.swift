// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The rows of a chunk while it is made. Each record's values are appended to their columns.
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
            let node = JSONText.withText(of: parser.nodes[key], in: text, &scratch) {
                paths.find($0, in: path, hint: hint)
            }
            guard let child = node else { throw changed() }
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
        // After a missing value, only other missing values are reported.
        guard gaps?.isEmpty == false else { throw error }
    }

    func changed() -> ColonnadeError {
        ColonnadeError(
            .invalidSource, "it has other records than when it was opened; leave it alone meanwhile", at: .file(source))
    }
}
