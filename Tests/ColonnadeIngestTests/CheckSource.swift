// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore

/// Checks the promises of a record source: its rows do not depend on the limits of a chunk, their number is the
/// promised one, chunks are within the limits, and ends and lengths in a chunk agree with the schema.
///
/// `open` is called for each way of reading. Returns the violations as sentences. A test expects none.
func checkSource(_ open: () throws -> any RecordSource) throws -> [String] {
    var problems: [String] = []
    let whole = try rows(of: try open(), rowLimit: Int.max, byteLimit: Int.max, &problems)
    for (rowLimit, byteLimit) in [(1, Int.max), (7, Int.max), (Int.max, 1), (Int.max, 100), (1_000, 4_096)] {
        let pieces = try rows(of: try open(), rowLimit: rowLimit, byteLimit: byteLimit, &problems)
        if pieces != whole {
            problems.append("with at most \(rowLimit) rows and \(byteLimit) bytes the rows are others")
        }
    }
    return problems
}

/// Returns all rows of a source, value by value. The source must fit in memory.
func rows(of source: any RecordSource) throws -> [[SourceValue]] {
    var problems: [String] = []
    return try rows(of: source, rowLimit: 1_000, byteLimit: 1 << 20, &problems)
}

private func rows(
    of source: any RecordSource, rowLimit: Int, byteLimit: Int, _ problems: inout [String]
) throws -> [[SourceValue]] {
    var rows: [[SourceValue]] = []
    let limits = "a chunk of at most \(rowLimit) rows and \(byteLimit) bytes"
    while let chunk = try source.nextChunk(rowLimit: rowLimit, byteLimit: byteLimit) {
        if chunk.rowCount < 1 || chunk.rowCount > rowLimit { problems.append("\(limits) has \(chunk.rowCount) rows") }
        let byteCount = chunk.columns.reduce(0) { $0 + $1.byteCount }
        if chunk.rowCount > 1, byteCount > byteLimit { problems.append("\(limits) has \(byteCount) bytes") }
        let columns = zip(source.schema, chunk.columns).map { values(of: $0, $1, chunk.rowCount, &problems) }
        guard columns.count == source.schema.count, columns.allSatisfy({ $0.count == chunk.rowCount }) else {
            problems.append("\(limits) has columns or rows that are not those of the schema")
            return rows
        }
        for row in 0..<chunk.rowCount { rows.append(columns.map { $0[row] }) }
    }
    if try source.nextChunk(rowLimit: 1, byteLimit: 1) != nil { problems.append("rows come after the end") }
    if let announced = source.rowCount, rows.count != announced {
        problems.append("\(rows.count) rows came, \(announced) were announced")
    }
    return rows
}

/// Returns the rows of one column, or fewer than `rowCount` if the parts of the column do not agree.
private func values(
    of field: Field, _ column: ColumnChunk, _ rowCount: Int, _ problems: inout [String]
) -> [SourceValue] {
    if let size = field.fixedByteCount {
        guard column.values.count == size * rowCount, column.ends.isEmpty, column.dimensions.isEmpty else {
            problems.append(
                "\(field): \(column.values.count) bytes for \(rowCount) rows, or ends that a fixed column lacks")
            return []
        }
        return (0..<rowCount).map { SourceValue(bytes: Array(column.values[$0 * size..<($0 + 1) * size])) }
    }
    let varying = field.varyingCount > 1 ? field.varyingCount : 0
    guard column.ends.count == rowCount, column.dimensions.count == rowCount * varying,
        column.ends.last ?? 0 == column.values.count, zip([0] + column.ends, column.ends).allSatisfy({ $0 <= $1 })
    else {
        problems.append("\(field): ends \(column.ends.prefix(5)) do not describe \(column.values.count) bytes")
        return []
    }
    var start = 0
    return column.ends.enumerated().map { row, end in
        let dimensions = Array(column.dimensions[row * varying..<(row + 1) * varying])
        let bytes = Array(column.values[start..<end])
        let elements = field.fixedElementCount * dimensions.reduce(1, *) * field.dtype.size
        if varying > 0 ? bytes.count != elements : bytes.count % elements != 0 {
            problems.append(
                "\(field): row \(row) has \(bytes.count) bytes, which its dimensions \(dimensions) do not give")
        }
        start = end
        return SourceValue(bytes: bytes, dimensions: dimensions)
    }
}
