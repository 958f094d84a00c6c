// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

extension RecordChunk {
    /// Returns some of the rows of a chunk that has this schema.
    func rows(_ rows: Range<Int>, of schema: Schema) -> RecordChunk {
        if rows == 0..<rowCount { return self }
        return RecordChunk(rowCount: rows.count, columns: zip(columns, schema).map { $0.rows(rows, of: $1) })
    }
}

extension ColumnChunk {
    fileprivate func rows(_ rows: Range<Int>, of field: Field) -> ColumnChunk {
        if let size = field.fixedByteCount {
            return slice(rows.lowerBound * size..<rows.upperBound * size)
        }
        let start = rows.lowerBound == 0 ? 0 : ends[rows.lowerBound - 1]
        let end = rows.isEmpty ? start : ends[rows.upperBound - 1]
        let varying = field.varyingCount > 1 ? field.varyingCount : 0
        return slice(
            start..<end, ends: ends[rows].map { $0 - start },
            dimensions: Array(dimensions[rows.lowerBound * varying..<rows.upperBound * varying]))
    }
}
