// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

extension StoredDataset {
    /// The bytes before and after the estimated place of compressed rows that are requested with them.
    private static let compressedMargin = 1 << 16

    /// Requests consecutive rows of a data set that is larger than memory, all of which will be read soon, in any order. It
    /// makes a few system calls for each region of the columns, and for ragged columns also reads two ends. The place of
    /// compressed rows is estimated.
    package func expect(block rows: Range<Int>, columns indices: [Int]) {
        access.announceRandomAccess()
        let regions = regions(of: indices)
        var row = rows.lowerBound
        while row < rows.upperBound {
            let place = place(ofRow: row)
            let left = rowsLeftInSegment(at: place)
            let (count, total) = (min(rows.upperBound - row, left), place.row + left)
            let segment = segment(at: place)
            for region in regions {
                let (kind, stored) = (layout.regionKinds[region], segment.regions[region])
                let start = segment.offset + stored.offset
                if kind.codec != .plain {
                    let rowBytes = Double(stored.storedLength) / Double(total)
                    let first = Int(Double(place.row) * rowBytes) - StoredDataset.compressedMargin
                    let last = Int(Double(place.row + count) * rowBytes) + StoredDataset.compressedMargin
                    access.request(start + max(first, 0)..<start + min(last, stored.storedLength))
                } else if let bytes = kind.bytesPerRow {
                    access.request(start + place.row * bytes..<start + (place.row + count) * bytes)
                } else {
                    requestValues(row..<row + count, columns[kind.index])
                }
            }
            row += count
        }
    }

    /// Requests the values of rows of a plain ragged column, which are in one segment.
    private func requestValues(_ rows: Range<Int>, _ column: ColumnReader) {
        let reader = RowReader(self)
        // An error of a row is reported when the row is read.
        guard let first = try? reader.range(ofRow: rows.lowerBound, column: column),
            let last = try? reader.range(ofRow: rows.upperBound - 1, column: column),
            first.lowerBound <= last.upperBound
        else { return }
        access.request(first.lowerBound..<last.upperBound)
    }
}
