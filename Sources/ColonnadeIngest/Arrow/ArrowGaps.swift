// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Columns that have missing values and no fill, and where each has the first one.
final class ArrowGaps {
    private var gaps: [(column: ArrowColumn, row: Int)] = []
    private var first: ColonnadeError?

    /// Rows after the first gap in which others are looked for.
    static let rowLimit = 1 << 22

    func note(_ column: ArrowColumn, row: Int, _ error: ColonnadeError) {
        guard !has(column) else { return }
        if first == nil { first = error }
        gaps.append((column, row))
    }

    func has(_ column: ArrowColumn) -> Bool {
        gaps.contains { $0.column.field.name.utf8.elementsEqual(column.field.name.utf8) }
    }

    /// Notes the first missing value of each column of a batch that had none before.
    func look(in batch: ArrowBatch, _ columns: [ArrowColumn], from row: Int, _ source: String) {
        for column in columns where !has(column) {
            // Other faults are reported when it is their turn.
            _ = try? ArrowRows(column, of: batch, source: source, firstRow: row, gaps: self)
        }
    }

    /// Throws the error about missing values, if there are such: about those of all columns, for which the batches that follow
    /// are looked at too.
    func report(
        _ columns: [ArrowColumn], _ stream: ArrowStream, from firstRow: Int, _ source: String
    ) throws(ColonnadeError) {
        guard first != nil else { return }
        var row = firstRow
        while row - firstRow < Self.rowLimit, let batch = try? stream.next() {
            look(in: batch, columns, from: row, source)
            row += batch.rowCount
        }
        if let error { throw error }
    }

    /// The error that names all gaps, at the place of the first; nil if there are none.
    private var error: ColonnadeError? {
        guard var error = first, gaps.count > 1 else { return first }
        let others = gaps.dropFirst().map { "\"\($0.column.name)\" (first in row \($0.row))" }
        let fills = gaps.map { "\"\($0.column.name)\": \($0.column.fillExample)" }
        error.message =
            "the value is missing (null), and so are values of \(others.joined(separator: ", ")): drop the rows, or say what to put "
            + "there: fill={\(fills.joined(separator: ", "))}, or by kind: "
            + "fill={\"*\": {\"float\": nan, \"int\": -1, \"str\": \"\"}}"
        return error
    }
}
