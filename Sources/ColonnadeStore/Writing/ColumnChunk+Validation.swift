// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension RecordChunk {
    /// Throws `invalidArgument` unless the columns hold what rows of this schema need. O(rows of variable columns).
    func validate(against schema: Schema) throws(ColonnadeError) {
        guard rowCount >= 0, columns.count == schema.count else {
            throw ColonnadeError(
                .invalidArgument, "a chunk has \(columns.count) columns, and the schema \(schema.count)")
        }
        for (field, column) in zip(schema, columns) { try column.validate(field, rowCount) }
    }
}

extension ColumnChunk {
    fileprivate func validate(_ field: Field, _ rowCount: Int) throws(ColonnadeError) {
        func refuse(_ row: Int?, _ message: String) -> ColonnadeError {
            ColonnadeError(
                .invalidArgument, "\(message), as \(field.typeDescription) needs",
                at: row.map { .row($0, column: field.name) }
                    ?? .record(source: "chunk", record: nil, column: field.name))
        }
        if let bytes = field.fixedByteCount {
            guard ends.isEmpty, dimensions.isEmpty, values.count == rowCount * bytes else {
                throw refuse(nil, "\(values.count) bytes are not \(rowCount) rows of \(bytes)")
            }
            return
        }
        let varying = field.varyingCount
        guard ends.count == rowCount, dimensions.count == (varying > 1 ? rowCount * varying : 0) else {
            throw refuse(nil, "\(ends.count) ends and \(dimensions.count) dimensions are not those of \(rowCount) rows")
        }
        let step = field.fixedElementCount * field.dtype.size
        var start = 0
        for row in 0..<rowCount {
            let end = ends[row]
            guard end >= start, end <= values.count, (end - start) % step == 0 else {
                throw refuse(row, "a row from byte \(start) to \(end) is not whole steps of \(step)")
            }
            if varying > 1 {
                var bytes = step
                for dim in dimensions[row * varying..<(row + 1) * varying] {
                    let (product, overflow) = bytes.multipliedReportingOverflow(by: dim)
                    guard dim >= 0, !overflow else { throw refuse(row, "a dimension of \(dim) cannot be") }
                    bytes = product
                }
                guard bytes == end - start else {
                    throw refuse(row, "\(end - start) bytes do not fill the row's dimensions")
                }
            }
            start = end
        }
        guard start == values.count else { throw refuse(nil, "\(values.count - start) bytes belong to no row") }
    }
}
