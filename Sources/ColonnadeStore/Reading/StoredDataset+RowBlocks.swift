// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

extension StoredDataset {
    /// The bytes before and after the estimated place of compressed rows that are requested with them.
    static let compressedMargin = 1 << 16

    /// Requests a part of consecutive rows of a data set that is larger than memory, all of which will be read soon, in any
    /// order. It makes a few system calls for each region of the columns. For the values of a ragged column it also reads two
    /// ends.
    package func expect(block rows: Range<Int>, columns indices: [Int], _ part: RequestedPart) {
        access.announceRandomAccess()
        for range in ranges(ofBlock: rows, columns: indices, part) { access.request(range) }
    }

    /// Returns the ranges of the file that have a part of consecutive rows. The place of compressed rows is estimated.
    func ranges(ofBlock rows: Range<Int>, columns indices: [Int], _ part: RequestedPart) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        let regions = regions(of: indices).filter { layout.regionKinds[$0].contents.part == part }
        var row = regions.isEmpty ? rows.upperBound : rows.lowerBound
        while row < rows.upperBound {
            let place = place(ofRow: row)
            let rowsInSegment = rowsLeftInSegment(at: place)
            let (count, total) = (min(rows.upperBound - row, rowsInSegment), place.row + rowsInSegment)
            let segment = segment(at: place)
            for region in regions {
                let (kind, stored) = (layout.regionKinds[region], segment.regions[region])
                let start = segment.offset + stored.offset
                if kind.codec != .plain {
                    let rowBytes = Double(stored.storedLength) / Double(total)
                    let first = Int(Double(place.row) * rowBytes) - StoredDataset.compressedMargin
                    let last = Int(Double(place.row + count) * rowBytes) + StoredDataset.compressedMargin
                    ranges.append(start + max(first, 0)..<start + min(last, stored.storedLength))
                } else if let bytes = kind.bytesPerRow {
                    ranges.append(start + place.row * bytes..<start + (place.row + count) * bytes)
                } else if let range = values(ofRows: row..<row + count, columns[kind.index]) {
                    ranges.append(range)
                }
            }
            row += count
        }
        return ranges
    }

    /// Returns the range of the file that has the values of rows of a plain ragged column, which are in one segment.
    private func values(ofRows rows: Range<Int>, _ column: ColumnReader) -> Range<Int>? {
        let reader = RowReader(self)
        // An error of a row is reported when the row is read.
        guard let first = try? reader.range(ofRow: rows.lowerBound, column: column),
            let last = try? reader.range(ofRow: rows.upperBound - 1, column: column),
            first.lowerBound <= last.upperBound
        else { return nil }
        return first.lowerBound..<last.upperBound
    }
}

extension RegionKind.Contents {
    fileprivate var part: RequestedPart {
        switch self {
        case .ends, .dimensions: .ends
        case .rows, .values: .values
        }
    }
}
