// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The description of a segment: rows whose number is a power of two, stored as regions and followed by the checksums
/// of their blocks.
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
        // The sum for rounding up could overflow: before R25 is checked, the length may be any number.
        dataLength >> exponent + (dataLength & (1 << exponent - 1) > 0 ? 1 : 0)
    }

    /// Returns the range of the checksum table in the file, in bytes.
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
                    // R24 or R26 limits the length, depending on the kind of region. No file is as long as the number
                    // that it is clamped to.
                    length: Int(clamping: try reader.integer(UInt64.self, "a region's length"))))
        }
    }

    static func encodedSize(regionCount: Int) -> Int { 24 + RegionDescriptor.encodedSize * regionCount }
}
