// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Where fixed columns lie together, interleaved by row (section 5.2).
package struct GroupDescriptor: Sendable, Hashable {
    package var stride: Int
    package var codec: CodecID

    package init(stride: Int, codec: CodecID) {
        self.stride = stride
        self.codec = codec
    }

    func encode(_ writer: inout ByteWriter) {
        writer.count(stride)
        writer.integer(codec.rawValue)
        writer.zeros(7)
    }

    /// Rules R15 and R20, as far as one group shows them.
    init(_ reader: inout ByteReader) throws(ColonnadeError) {
        let start = reader.offset
        stride = try reader.count("a stride", rule: 20)
        guard stride <= FormatLimits.stride else { throw .broken(20, "a group has rows of \(stride) bytes", at: start) }
        let number = try reader.integer(UInt8.self, "codec")
        guard let codec = CodecID(rawValue: number) else {
            throw .unknown(15, "a group has the unknown codec \(number)", at: start + 8)
        }
        self.codec = codec
        try reader.zeros(7, rule: 12)
    }
}

/// One stretch of bytes of a segment.
package struct RegionDescriptor: Sendable, Hashable {
    /// From the start of the segment.
    package var offset: Int
    /// Bytes in the file.
    package var storedLength: Int
    /// Bytes when decoded.
    package var length: Int

    package init(offset: Int, storedLength: Int, length: Int) {
        self.offset = offset
        self.storedLength = storedLength
        self.length = length
    }

    static let encodedSize = 24
}

/// What a region holds; the schema gives the list of them, the same for all segments.
package struct RegionKind: Sendable, Hashable {
    package enum Part: Sendable, Hashable { case rows, ends, dimensions, values }

    package var part: Part
    /// The group of `rows`, the column of the others.
    package var index: Int
    package var codec: CodecID
    /// Decoded bytes of one row; nil for values, whose length the rows do not tell.
    package var bytesPerRow: Int?
}

/// A power of two of rows: regions, then the checksums of their blocks.
package struct SegmentDescriptor: Sendable, Hashable {
    package var offset: Int
    package var dataLength: Int
    package var sumsChecksum: UInt32
    package var regions: [RegionDescriptor]

    package init(offset: Int, dataLength: Int, sumsChecksum: UInt32, regions: [RegionDescriptor]) {
        self.offset = offset
        self.dataLength = dataLength
        self.sumsChecksum = sumsChecksum
        self.regions = regions
    }

    package func blockCount(exponent: Int) -> Int {
        // Not rounded up by adding: the length may be any number before R25 has been checked.
        dataLength >> exponent + (dataLength & (1 << exponent - 1) > 0 ? 1 : 0)
    }

    /// The checksum table, in the file.
    package func sumsRange(exponent: Int) -> Range<Int> {
        let start = offset + dataLength
        return start..<start + 4 * blockCount(exponent: exponent)
    }

    func encode(_ writer: inout ByteWriter) {
        writer.count(offset)
        writer.count(dataLength)
        writer.integer(sumsChecksum)
        writer.zeros(4)
        for region in regions {
            writer.count(region.offset)
            writer.count(region.storedLength)
            writer.count(region.length)
        }
    }

    init(_ reader: inout ByteReader, regionCount: Int) throws(ColonnadeError) {
        offset = try reader.count("a segment's offset", rule: 25)
        dataLength = try reader.count("a segment's length", rule: 25)
        sumsChecksum = try reader.integer(UInt32.self, "a segment's checksum")
        try reader.zeros(4, rule: 12)
        regions = []
        regions.reserveCapacity(regionCount)
        for _ in 0..<regionCount {
            regions.append(
                RegionDescriptor(
                    offset: try reader.count("a region's offset", rule: 23),
                    storedLength: try reader.count("a region's stored length", rule: 23),
                    // R24 or R26 limits it, by what the region is; no file has as much as it is clamped to.
                    length: Int(clamping: try reader.integer(UInt64.self, "a region's length"))))
        }
    }

    static func encodedSize(regionCount: Int) -> Int { 24 + RegionDescriptor.encodedSize * regionCount }
}

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

    /// Rows of its segment `index`.
    package func rows(ofSegment index: Int) -> Int {
        min(1 << segmentExponent, rowCount - index << segmentExponent)
    }

    func encode(_ writer: inout ByteWriter) {
        writer.count(rowCount)
        writer.integer(UInt8(segmentExponent))
        writer.zeros(7)
        for segment in segments { segment.encode(&writer) }
    }

    /// Rule R21, as far as one run shows it.
    init(_ reader: inout ByteReader, regionCount: Int) throws(ColonnadeError) {
        let start = reader.offset
        let rows = try reader.integer(UInt64.self, "a run's rows")
        segmentExponent = Int(try reader.integer(UInt8.self, "segment exponent"))
        guard rows > 0, segmentExponent <= FormatLimits.segmentExponent else {
            throw .broken(21, "a run has \(rows) rows in segments of 2^\(segmentExponent)", at: start)
        }
        try reader.zeros(7, rule: 12)
        let last = (rows - 1) >> UInt64(segmentExponent)
        // Before memory is taken for that many.
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

/// A footer, and its trailer, that later ones replaced (section 5.4).
package struct RetiredExtent: Sendable, Hashable {
    package var offset: Int
    package var length: Int
    package var checksum: UInt32

    package init(offset: Int, length: Int, checksum: UInt32) {
        self.offset = offset
        self.length = length
        self.checksum = checksum
    }

    func encode(_ writer: inout ByteWriter) {
        writer.count(offset)
        writer.count(length)
        writer.integer(checksum)
        writer.zeros(4)
    }

    init(_ reader: inout ByteReader) throws(ColonnadeError) {
        offset = try reader.count("a retired extent's offset", rule: 25)
        length = try reader.count("a retired extent's length", rule: 25)
        checksum = try reader.integer(UInt32.self, "a retired extent's checksum")
        try reader.zeros(4, rule: 12)
    }

    static let encodedSize = 24
}
