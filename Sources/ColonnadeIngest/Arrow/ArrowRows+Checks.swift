// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

extension ArrowRows {
    /// Throws `invalidSource` with row and column for text that is not UTF-8, numbers without a label, and files of another
    /// media type than the first ones.
    func check(_ chunk: ColumnChunk, _ rows: Range<Int>) throws(ColonnadeError) {
        if column.field.kind == .string, let row = chunk.firstRowNotUTF8 {
            throw column.fault(
                "the text is not UTF-8: cast the column to binary first", source: source,
                row: firstRow + rows.lowerBound + row)
        }
        if let classes = column.classCount, let bad = chunk.firstOutside(classes, column.field) {
            throw column.fault(
                column.field.noLabelMessage(for: bad.value),
                source: source, row: firstRow + rows.lowerBound + bad.row)
        }
        if column.findsMedia, case .media(let expected)? = column.field.meaning, !expected.hasSuffix("/*") {
            for (row, type) in chunk.mediaTypes.enumerated() where type != expected {
                throw column.fault(
                    "the value is \(type ?? "of no media type that is known"), and earlier ones are \(expected): say what "
                        + "holds for all, such as \(expected.prefix { $0 != "/" })/*",
                    source: source, row: firstRow + rows.lowerBound + row)
            }
        }
    }
}
