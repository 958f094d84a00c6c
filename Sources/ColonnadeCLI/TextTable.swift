// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Cells in columns, each as wide as its widest cell.
struct TextTable {
    enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// - Parameter alignments: one a column.
    init(_ alignments: [Alignment], header: [String]? = nil) {
        self.alignments = alignments
        if let header { append(header) }
    }

    mutating func append(_ row: [String]) { rows.append(row.map(\.visible)) }

    /// The lines, indented by two spaces, without spaces at their ends.
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
