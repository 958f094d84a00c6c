// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// Determines the number of rows of each segment, so that memory use is bounded for rows of any size.
///
/// All segments of a run have the same number of rows, a power of two. For rows of a fixed size it is known in advance;
/// otherwise the first rows determine it. If later rows are much larger or smaller, the run ends and another begins.
struct RunPlan {
    private let segmentBytes: Int
    private let fixedExponent: Int?
    private var exponent: Int?
    private var segments: [SegmentDescriptor] = []
    /// The number of rows in the segments of the run.
    private(set) var rowCount = 0
    private(set) var shouldEnd = false

    /// The most bytes of rows that are buffered for a segment, unless the caller gives another number.
    static let bufferedBytes = 32 << 20
    /// The most bytes of a segment whose rows are hardly buffered. Its table of checksums has 4 MiB, which the first
    /// read of the segment checks.
    private static let longestSegment = 1 << 36

    /// - Parameter segmentBytes: the bytes of rows in a segment; nil for as long segments as the buffered rows permit.
    init(footer: FileFooter, segmentBytes: Int?) {
        self.segmentBytes = segmentBytes ?? RunPlan.bufferedBytes
        if footer.columns.contains(where: \.field.isRagged) {
            fixedExponent = nil
        } else {
            let rowBytes = max(1, footer.groups.reduce(0) { $0.saturatingSum($1.stride) })
            let rows = segmentBytes.map { $0 / rowBytes } ?? RunPlan.rows(footer.groups, rowBytes)
            fixedExponent = RunPlan.exponent(rows: max(1, rows))
        }
        exponent = fixedExponent
    }

    /// Returns the most rows of a segment of rows of one size. The rows of a plain first group are not buffered.
    private static func rows(_ groups: [GroupDescriptor], _ rowBytes: Int) -> Int {
        let buffered = groups.first?.codec == .plain ? rowBytes - groups[0].stride : rowBytes
        return min(longestSegment / rowBytes, buffered == 0 ? Int.max : bufferedBytes / buffered)
    }

    /// Returns how many of the `available` rows may be buffered before the writer decides about a segment.
    func rowsToTake(of available: Int, _ builder: SegmentBuilder) -> Int {
        if let exponent { return min(available, max(1, 1 << exponent - builder.rowCount)) }
        // The sizes are not known yet, so only a few rows are taken at a time.
        return min(available, 1024)
    }

    /// Returns the number of rows of the segment to write now, or nil if the writer should buffer more rows.
    mutating func rowsOfFullSegment(_ builder: SegmentBuilder) -> Int? {
        if let exponent {
            if builder.rowCount >= 1 << exponent { return 1 << exponent }
            guard fixedExponent == nil, builder.rowCount > 0, builder.byteCount / 2 >= segmentBytes else { return nil }
            // Rows have become much larger. Therefore this segment is short, and the last of the run.
            shouldEnd = true
            return builder.rowCount
        }
        guard builder.byteCount >= segmentBytes else { return nil }
        let chosen = RunPlan.exponent(rows: builder.rowCount)
        exponent = chosen
        return 1 << chosen
    }

    /// Returns the number of rows of the next segment when all rows are buffered.
    mutating func rowsAtEnd(_ builder: SegmentBuilder) -> Int {
        guard let exponent else {
            // All rows fit in one segment: the smallest power of two that is at least their number.
            exponent = builder.rowCount <= 1 ? 0 : Int.bitWidth - (builder.rowCount - 1).leadingZeroBitCount
            return builder.rowCount
        }
        return min(builder.rowCount, 1 << exponent)
    }

    mutating func note(_ segment: SegmentDescriptor, rows: Int) {
        segments.append(segment)
        rowCount += rows
        // Rows have become much smaller. Therefore the next run gets larger segments.
        if fixedExponent == nil, segment.dataLength < segmentBytes / 8 { shouldEnd = true }
    }

    /// Ends the run and returns its descriptor, or nil if it has no rows.
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

    /// Returns the exponent of the largest power of two that is at most `rows`.
    private static func exponent(rows: Int) -> Int {
        min(FormatLimits.segmentExponent, Int.bitWidth - 1 - rows.leadingZeroBitCount)
    }
}
