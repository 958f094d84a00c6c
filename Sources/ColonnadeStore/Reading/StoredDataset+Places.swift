// SPDX-License-Identifier: Apache-2.0

import ColonnadeFormat

extension StoredDataset {
    /// Returns the index of the run that contains a row. O(log runs); a file without appends usually has one run. Traps
    /// if the row is out of range.
    func run(ofRow row: Int) -> Int {
        precondition(row >= 0 && row < rowCount, "row \(row) of \(rowCount)")
        return table.runs.index(ofRow: row)
    }

    /// Returns the location of a row. O(log runs). Traps if the row is out of range.
    func place(ofRow row: Int) -> ColumnReader.Place {
        let index = run(ofRow: row)
        let run = rowRuns[index]
        let local = row - run.rows.lowerBound
        return ColumnReader.Place(run: index, segment: local >> run.exponent, row: local & (1 << run.exponent - 1))
    }

    func segment(at place: ColumnReader.Place) -> SegmentDescriptor {
        layout.footer.runs[place.run].segments[place.segment]
    }

    /// Returns the index of the segment in the data set.
    func segmentNumber(at place: ColumnReader.Place) -> Int { rowRuns[place.run].firstSegment + place.segment }

    /// Returns the number of rows from a location to the end of its segment.
    func rowsLeftInSegment(at place: ColumnReader.Place) -> Int {
        layout.footer.runs[place.run].rows(ofSegment: place.segment) - place.row
    }
}
