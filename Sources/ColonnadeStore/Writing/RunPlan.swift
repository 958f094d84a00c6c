// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// Decides how many rows a segment gets, so that memory stays bounded whatever the rows are like.
///
/// All segments of a run have the same power of two of rows. Rows of a fixed size tell it at once; otherwise the first rows
/// do. When later ones turn out much larger or smaller, the run ends and another begins.
struct RunPlan {
    private let segmentBytes: Int
    private let fixedExponent: Int?
    private var exponent: Int?
    private var segments: [SegmentDescriptor] = []
    /// Rows in the segments of the run so far.
    private(set) var rowCount = 0
    private(set) var shouldEnd = false

    init(footer: FileFooter, segmentBytes: Int) {
        self.segmentBytes = segmentBytes
        if footer.columns.contains(where: \.field.isRagged) {
            fixedExponent = nil
        } else {
            let rowBytes = max(1, footer.groups.reduce(0) { $0 + $1.stride })
            fixedExponent = RunPlan.exponent(rows: max(1, segmentBytes / rowBytes))
        }
        exponent = fixedExponent
    }

    /// Returns the number of `available` rows that may join the waiting ones before the writer decides about a segment.
    func rowsToTake(of available: Int, _ builder: SegmentBuilder) -> Int {
        if let exponent { return min(available, max(1, 1 << exponent - builder.rowCount)) }
        // The sizes are not known yet; a few rows at a time keep the surprise small.
        return min(available, 1024)
    }

    /// Rows of the segment to write now; nil if rows should go on waiting.
    mutating func rowsOfFullSegment(_ builder: SegmentBuilder) -> Int? {
        if let exponent {
            if builder.rowCount >= 1 << exponent { return 1 << exponent }
            guard fixedExponent == nil, builder.rowCount > 0, builder.byteCount / 2 >= segmentBytes else { return nil }
            // Rows have become much larger: this is the last, short segment of the run.
            shouldEnd = true
            return builder.rowCount
        }
        guard builder.byteCount >= segmentBytes else { return nil }
        let chosen = RunPlan.exponent(rows: builder.rowCount)
        exponent = chosen
        return 1 << chosen
    }

    /// Rows of the next segment when no more will come.
    mutating func rowsAtEnd(_ builder: SegmentBuilder) -> Int {
        guard let exponent else {
            // Everything fits in one segment: the least power of two that holds it.
            exponent = builder.rowCount <= 1 ? 0 : Int.bitWidth - (builder.rowCount - 1).leadingZeroBitCount
            return builder.rowCount
        }
        return min(builder.rowCount, 1 << exponent)
    }

    mutating func note(_ segment: SegmentDescriptor, rows: Int) {
        segments.append(segment)
        rowCount += rows
        // Rows have become much smaller: larger segments from here on.
        if fixedExponent == nil, segment.dataLength < segmentBytes / 8 { shouldEnd = true }
    }

    /// Ends the run; nil if it has no rows.
    mutating func close() -> RunDescriptor? {
        defer {
            segments = []
            rowCount = 0
            shouldEnd = false
            exponent = fixedExponent
        }
        guard rowCount > 0, let exponent else { return nil }
        return RunDescriptor(rowCount: rowCount, segmentExponent: exponent, segments: segments)
    }

    /// The largest power of two that is at most `rows`.
    private static func exponent(rows: Int) -> Int {
        min(FormatLimits.segmentExponent, Int.bitWidth - 1 - rows.leadingZeroBitCount)
    }
}
