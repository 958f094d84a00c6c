// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A table of cells. Each column is as wide as its widest cell.
struct TextTable {
    enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// Makes a table.
    ///
    /// - Parameter alignments: the alignment of each column.
    init(_ alignments: [Alignment], header: [String]? = nil) {
        self.alignments = alignments
        if let header { append(header) }
    }

    mutating func append(_ row: [String]) { rows.append(row.map(\.visible)) }

    /// The lines of the table, indented by two spaces, without trailing spaces.
    var lines: [String] {
        let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += "  " + (alignments[column] == .left ? cell + space : space + cell)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
