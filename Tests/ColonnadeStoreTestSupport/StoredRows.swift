// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// Returns all rows of a data set, column by column.
public func columns(of dataset: any OpenDataset) throws -> [[StoredValue]] {
    try columns(of: dataset, rows: 0..<dataset.rowCount)
}

public func columns(of dataset: any OpenDataset, rows: Range<Int>) throws -> [[StoredValue]] {
    columns(of: try dataset.chunk(rows: rows, columns: Array(dataset.schema.indices)), dataset.schema)
}

/// Returns the values of a chunk, column by column.
public func columns(of chunk: RecordChunk, _ schema: Schema) -> [[StoredValue]] {
    zip(schema, chunk.columns).map { field, column in
        if let size = field.fixedByteCount {
            return (0..<chunk.rowCount).map { StoredValue(bytes: Array(column.values[$0 * size..<($0 + 1) * size])) }
        }
        let varying = field.varyingCount > 1 ? field.varyingCount : 0
        return (0..<chunk.rowCount).map { row in
            let start = row == 0 ? 0 : column.ends[row - 1]
            return StoredValue(
                bytes: Array(column.values[start..<column.ends[row]]),
                dimensions: Array(column.dimensions[row * varying..<(row + 1) * varying]))
        }
    }
}

/// Returns a chunk of values that are given column by column.
public func chunk(of columns: [[StoredValue]], _ schema: Schema) -> RecordChunk {
    var result = RecordChunk(rowCount: columns.first?.count ?? 0, columns: [])
    for (field, values) in zip(schema, columns) {
        var column = ColumnChunk()
        for value in values {
            column.values += value.bytes
            if field.isRagged { column.ends.append(column.values.count) }
            column.dimensions += value.dimensions
        }
        result.columns.append(column)
    }
    return result
}

/// Returns the shape of a value.
public func shape(of value: StoredValue, _ field: Field) -> [Int] {
    var varying = value.dimensions
    if field.varyingCount == 1 { varying = [value.bytes.count / (field.fixedElementCount * field.dtype.size)] }
    return field.shape.map { $0 ?? varying.removeFirst() }
}

/// Writes a data set in chunks of at most `rowsPerChunk` rows.
@discardableResult
public func write(
    _ columns: [[StoredValue]], _ schema: Schema, to path: String, options: WriterOptions = WriterOptions(),
    rowsPerChunk: Int = 1_000
) throws -> DatasetSummary {
    var writer = try DatasetWriter(creating: path, schema: schema, options: options)
    let rowCount = columns.first?.count ?? 0
    for start in stride(from: 0, to: rowCount, by: rowsPerChunk) {
        let rows = start..<min(start + rowsPerChunk, rowCount)
        try writer.append(chunk(of: columns.map { Array($0[rows]) }, schema))
    }
    return try writer.finish()
}

/// Appends rows in chunks of at most `rowsPerChunk` rows.
@discardableResult
public func append(
    _ columns: [[StoredValue]], to path: String, segmentBytes: Int? = nil,
    rowsPerChunk: Int = 1_000
) throws -> DatasetSummary {
    var writer = try DatasetWriter(appendingTo: path, segmentBytes: segmentBytes)
    let rowCount = columns.first?.count ?? 0
    for start in stride(from: 0, to: rowCount, by: rowsPerChunk) {
        let rows = start..<min(start + rowsPerChunk, rowCount)
        try writer.append(chunk(of: columns.map { Array($0[rows]) }, writer.schema))
    }
    return try writer.finish()
}
