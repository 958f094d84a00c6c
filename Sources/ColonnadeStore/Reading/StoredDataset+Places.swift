// SPDX-License-Identifier: Apache-2.0

import ColonnadeFormat

extension StoredDataset {
    /// The run that a row is in. O(log runs), and there is one run unless rows were appended. Traps past the end.
    func run(ofRow row: Int) -> Int {
        precondition(row >= 0 && row < rowCount, "row \(row) of \(rowCount)")
        return table.runs.index(ofRow: row)
    }

    /// Where that row is. O(log runs). Traps past the end.
    func place(ofRow row: Int) -> ColumnReader.Place {
        let index = run(ofRow: row)
        let run = rowRuns[index]
        let local = row - run.rows.lowerBound
        return ColumnReader.Place(run: index, segment: local >> run.exponent, row: local & (1 << run.exponent - 1))
    }

    func segment(at place: ColumnReader.Place) -> SegmentDescriptor {
        layout.footer.runs[place.run].segments[place.segment]
    }

    /// The number of the segment in the data set.
    func segmentNumber(at place: ColumnReader.Place) -> Int { rowRuns[place.run].firstSegment + place.segment }

    /// Rows from `row` to the end of its segment.
    func rowsLeftInSegment(at place: ColumnReader.Place) -> Int {
        layout.footer.runs[place.run].rows(ofSegment: place.segment) - place.row
    }
}
