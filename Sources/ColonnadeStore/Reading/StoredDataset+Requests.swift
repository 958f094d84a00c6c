// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

extension StoredDataset {
    /// Requests rows of a data set that is larger than memory, and which will be read soon, in any order. It makes one system
    /// call for each row and column, and a second one for the ends of a ragged row, and for the index of a compressed one, which it
    /// also reads.
    package func expect(rows: [Int], columns indices: [Int]) {
        access.announceRandomAccess()
        visitRequests(rows, indices) { access.request($0) }
    }

    /// Calls `request` with the ranges of the file that have rows. A call may read what was requested before.
    func visitRequests(_ rows: [Int], _ indices: [Int], _ request: (Range<Int>) -> Void) {
        let reader = RowReader(self)
        var groups: Set<Int> = []
        for index in indices {
            let column = columns[index]
            if let group = column.group {
                guard groups.insert(group).inserted else { continue }
                let parts = rows.map { row in
                    let place = place(ofRow: row)
                    return (segment(at: place), place.row * column.stride..<(place.row + 1) * column.stride)
                }
                visitRequests(parts, region: column.rowsRegion, column.codec, reader, request)
            } else {
                visitRequests(rows, column, reader, request)
            }
        }
    }

    private func visitRequests(
        _ rows: [Int], _ column: ColumnReader, _ reader: RowReader, _ request: (Range<Int>) -> Void
    ) {
        for row in rows {
            let place = place(ofRow: row)
            let segment = segment(at: place)
            let ends = segment.offset + segment.regions[column.endsRegion].offset + 8 * place.row
            request((place.row == 0 ? ends : ends - 8)..<ends + 8)
        }
        var parts: [(SegmentDescriptor, Range<Int>)] = []
        for row in rows {
            // An error of a row is reported when the row is read.
            guard let bytes = try? reader.range(ofRow: row, column: column) else { continue }
            let segment = segment(at: place(ofRow: row))
            let start = segment.offset + segment.regions[column.valuesRegion].offset
            parts.append((segment, bytes.lowerBound - start..<bytes.upperBound - start))
        }
        visitRequests(parts, region: column.valuesRegion, column.codec, reader, request)
    }

    /// - Parameter parts: ranges of the region in a segment, as if it were plain.
    private func visitRequests(
        _ parts: [(segment: SegmentDescriptor, range: Range<Int>)], region: Int, _ codec: CodecID, _ reader: RowReader,
        _ request: (Range<Int>) -> Void
    ) {
        guard codec != .plain else {
            for part in parts {
                let start = part.segment.offset + part.segment.regions[region].offset
                request(start + part.range.lowerBound..<start + part.range.upperBound)
            }
            return
        }
        // The index of all parts is requested before it is read.
        for kind in [RequestedPart.ends, .values] {
            for part in parts {
                if let range = try? reader.range(kind, ofDecoded: part.range, part.segment, region: region, codec) {
                    request(range)
                }
            }
        }
    }
}
