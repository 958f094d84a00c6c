// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The bounds of rows among the elements of an array: at equal distances, unless lists give them.
struct RowBounds {
    private var start: Int
    private var step = 1
    private var list: [Int]?

    /// Makes bounds of one element for each row.
    init(from start: Int) { self.start = start }

    /// Makes bounds in which row r ends where row r + 1 begins: `list` has the start of each row, and the end of the last.
    init(_ list: [Int]) {
        start = list[0]
        self.list = list
    }

    /// Returns the beginning of a row, which is the end of the row before it.
    subscript(row: Int) -> Int { list?[row] ?? start + row * step }

    func range(_ rows: Range<Int>) -> Range<Int> { self[rows.lowerBound]..<self[rows.upperBound] }

    /// Returns the bounds of the rows among the children of the elements, of which each has `size`, from `offset` on. Nil on
    /// overflow.
    func scaled(by size: Int, from offset: Int, rows: Int) -> RowBounds? {
        let (end, overflow) = self[rows].multipliedReportingOverflow(by: size)
        guard !overflow, end <= Int.max - offset else { return nil }
        var copy = self
        copy.start = start * size + offset
        copy.step = step * size
        copy.list = list.map { $0.map { $0 * size + offset } }
        return copy
    }

    /// Returns the row of an element, which must be in a row. O(log rows).
    func row(of place: Int, rows: Int) -> Int {
        guard let list else { return (place - start) / max(step, 1) }
        return (0..<rows).lastByBisection { list[$0] <= place }
    }
}
