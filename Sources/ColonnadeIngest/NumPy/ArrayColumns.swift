// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Arrays with the same number of rows, read side by side as the columns of the same records.
final class ArrayColumns {
    let schema: Schema
    let rowCount: Int
    private let readers: [ArrayReader]
    private let rowByteLimit: Int
    private var nextRow = 0

    /// Reads arrays side by side; there is at least one. Throws `invalidSource` if their rows differ in number.
    init(_ readers: [ArrayReader], source: String) throws(ColonnadeError) {
        precondition(!readers.isEmpty, "a record has at least one column")
        let rowCount = readers[0].layout.rowCount
        if let other = readers.first(where: { $0.layout.rowCount != rowCount }) {
            throw ColonnadeError(
                .invalidSource,
                "\"\(readers[0].field.name)\" has \(rowCount) rows (\(readers[0].layout.description)) and "
                    + "\"\(other.field.name)\" has \(other.layout.rowCount) (\(other.layout.description)): "
                    + "choose arrays of the same length (--columns)", at: .file(source))
        }
        schema = try Schema(readers.map(\.field))
        self.rowCount = rowCount
        self.readers = readers
        // Rows of arrays such as float32[3, 0] have no bytes.
        rowByteLimit = max(1, readers.reduce(0) { $0 + $1.rowByteLimit })
        if rowCount == 0 {
            for reader in readers { try reader.checkEnd() }
        }
    }

    func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        guard nextRow < rowCount else { return nil }
        let count = min(rowCount - nextRow, max(1, min(rowLimit, byteLimit / rowByteLimit)))
        var columns: [ColumnChunk] = []
        for reader in readers { columns.append(try reader.read(rows: count)) }
        nextRow += count
        return RecordChunk(rowCount: count, columns: columns)
    }
}
