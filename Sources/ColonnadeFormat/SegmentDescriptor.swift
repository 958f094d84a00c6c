// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

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
