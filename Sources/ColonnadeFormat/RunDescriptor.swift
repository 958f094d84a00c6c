// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Consecutive rows that one writing session added, in equal segments (section 5.3).
package struct RunDescriptor: Sendable, Hashable {
    package var rowCount: Int
    package var segmentExponent: Int
    package var segments: [SegmentDescriptor]

    package init(rowCount: Int, segmentExponent: Int, segments: [SegmentDescriptor]) {
        self.rowCount = rowCount
        self.segmentExponent = segmentExponent
        self.segments = segments
    }

    /// Returns the number of rows of the run's segment `index`.
    package func rows(ofSegment index: Int) -> Int {
        min(1 << segmentExponent, rowCount - index << segmentExponent)
    }

    func encode(_ writer: inout ByteWriter) {
        writer.count(rowCount)
        writer.integer(UInt8(segmentExponent))
        writer.zeros(7)
        for segment in segments { segment.encode(&writer) }
    }

    /// Reads a descriptor, and checks rule R21 as far as one run shows it.
    init(_ reader: inout ByteReader, regionCount: Int) throws(ColonnadeError) {
        let start = reader.offset
        let rows = try reader.integer(UInt64.self, "a run's rows")
        segmentExponent = Int(try reader.integer(UInt8.self, "segment exponent"))
        guard rows > 0, segmentExponent <= FormatLimits.segmentExponent else {
            throw .broken(21, "a run has \(rows) rows in segments of 2^\(segmentExponent)", at: start)
        }
        try reader.zeros(7, rule: 12)
        let last = (rows - 1) >> UInt64(segmentExponent)
        // The number of segments is checked before memory is allocated for them.
        let possible = reader.remaining / SegmentDescriptor.encodedSize(regionCount: regionCount)
        guard last < UInt64(possible) else {
            throw .broken(11, "the footer is too short for segments up to number \(last)", at: start)
        }
        guard let rowCount = Int(exactly: rows) else {
            throw .broken(21, "a run has \(rows) rows, more than can be counted", at: start)
        }
        self.rowCount = rowCount
        let count = Int(last) + 1
        segments = []
        segments.reserveCapacity(count)
        for _ in 0..<count { segments.append(try SegmentDescriptor(&reader, regionCount: regionCount)) }
    }
}
