// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

extension RecordChunk {
    /// Returns some of the rows. The chunk must match the schema. O(bytes), or O(rows) for lent bytes.
    package func rows(_ range: Range<Int>, _ schema: Schema) -> RecordChunk {
        RecordChunk(
            rowCount: range.count, columns: zip(columns, schema).map { $0.rows(range, $1) })
    }
}

extension ColumnChunk {
    fileprivate func rows(_ range: Range<Int>, _ field: Field) -> ColumnChunk {
        if let size = field.fixedByteCount { return slice(range.lowerBound * size..<range.upperBound * size) }
        let start = range.lowerBound == 0 ? 0 : ends[range.lowerBound - 1]
        let end = range.isEmpty ? start : ends[range.upperBound - 1]
        let varying = field.varyingCount
        return slice(
            start..<end, ends: ends[range].map { $0 - start },
            dimensions: varying > 1
                ? Array(dimensions[range.lowerBound * varying..<range.upperBound * varying]) : [])
    }
}
