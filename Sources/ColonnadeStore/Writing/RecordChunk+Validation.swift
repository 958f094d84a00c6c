// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

extension RecordChunk {
    /// Throws `invalidArgument` unless the columns match the schema. O(rows of variable columns).
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
            let (wanted, overflow) = rowCount.multipliedReportingOverflow(by: bytes)
            guard ends.isEmpty, dimensions.isEmpty, !overflow, byteCount == wanted else {
                throw refuse(nil, "\(byteCount) bytes are not \(rowCount) rows of \(bytes)")
            }
            return
        }
        let varying = field.varyingCount
        guard ends.count == rowCount, dimensions.count == (varying > 1 ? rowCount * varying : 0) else {
            throw refuse(nil, "\(ends.count) ends and \(dimensions.count) dimensions are not those of \(rowCount) rows")
        }
        let step = field.fixedElementCount * field.dtype.size
        let fixed = field.shape.compactMap(\.self)
        var start = 0
        for row in 0..<rowCount {
            let end = ends[row]
            guard end >= start, end <= byteCount, (end - start) % step == 0, end - start <= FormatLimits.stride
            else {
                throw refuse(row, "a row from byte \(start) to \(end) is not whole steps of \(step), or too long")
            }
            if varying > 1 {
                let dims = dimensions[row * varying..<(row + 1) * varying]
                guard FormatLimits.fits(fixed + dims, of: field.dtype) else {
                    throw refuse(row, "dimensions of \(Array(dims)) cannot be")
                }
                guard dims.reduce(step, *) == end - start else {
                    throw refuse(row, "\(end - start) bytes do not fill the row's dimensions")
                }
                if let place = field.channelPlace {
                    var sizes = dims.makeIterator()
                    let other = place.other(in: field.shape.map { $0 ?? sizes.next() })
                    try field.checkChannels(other, at: .row(row, column: field.name))
                }
            }
            start = end
        }
        guard start == byteCount else { throw refuse(nil, "\(byteCount - start) bytes belong to no row") }
        if field.kind == .string { try validateText(field, rowCount) }
    }
    /// Checks that each row is UTF-8: all rows together are, and no character extends across two rows.
    private func validateText(_ field: Field, _ rowCount: Int) throws(ColonnadeError) {
        let wrong: Int? = unsafe withUnsafeBytes { bytes in
            func isContinuation(_ index: Int) -> Bool {
                unsafe index < bytes.count && bytes[index] & 0xC0 == 0x80
            }
            if unsafe String(validating: bytes, as: UTF8.self) != nil, !ends.contains(where: isContinuation) {
                return nil
            }
            var start = 0
            let first = ends.firstIndex { end in
                defer { start = end }
                return unsafe String(validating: bytes[start..<end], as: UTF8.self) == nil
            }
            return first ?? 0
        }
        if let wrong {
            throw ColonnadeError(
                .invalidArgument, "a string must be UTF-8: store other bytes in a column of bytes",
                at: .row(wrong, column: field.name))
        }
    }
}
