// SPDX-License-Identifier: Apache-2.0

import ColonnadeFormat

/// The part of a run that is needed to locate a row. It has no arrays, so that the loop over rows copies nothing.
struct RowRun: Sendable {
    let rows: Range<Int>
    let exponent: Int
    /// The index of its first segment in the data set.
    let firstSegment: Int

    /// Whether all of its rows, of which there are some, are in one segment.
    var isOneSegment: Bool { (rows.count - 1) >> exponent == 0 }

    /// Returns all runs, in row order. O(runs).
    static func all(_ layout: FileLayout) -> [RowRun] {
        var segment = 0
        return zip(layout.footer.runs, layout.firstRows).map { run, first in
            defer { segment += run.segments.count }
            return RowRun(rows: first..<first + run.rowCount, exponent: run.segmentExponent, firstSegment: segment)
        }
    }
}
