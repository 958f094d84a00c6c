// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The second pass over JSON records, which converts their values and returns them in chunks.
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
        var isAtEnd = false
        while count < limit {
            guard try reader.next() else {
                isAtEnd = true
                break
            }
            guard rows.record < recordCount else { throw rows.changed() }
            let line = reader.line
            byteCount += try reader.withText { (text) throws(ColonnadeError) in try rows.append(text, line: line) }
            if byteCount > byteLimit, count > 0 {
                rows.rollBack()
                reader.unread()
                break
            }
            count += 1
        }
        guard !isAtEnd || rows.record == recordCount else { throw rows.changed() }
        return count > 0 ? RecordChunk(rowCount: count, columns: rows.take()) : nil
    }
}
