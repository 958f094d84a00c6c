// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Writes segments one after another, with the checksums of their blocks.
struct SegmentWriter {
    let file: WritableFile
    private let kinds: [RegionKind]
    private let blockExponent: Int
    /// The offset of the next structure.
    private(set) var end: Int

    init(file: WritableFile, kinds: [RegionKind], blockExponent: Int, at end: Int) {
        self.file = file
        self.kinds = kinds
        self.blockExponent = blockExponent
        self.end = end
    }

    /// Writes the first `rows` rows of `builder` as a segment, and removes them from it.
    mutating func write(_ builder: inout SegmentBuilder, rows: Int) throws(ColonnadeError) -> SegmentDescriptor {
        let start = end
        let exponent = blockExponent
        let kinds = kinds
        let file = file
        var sums = BlockSums(blockSize: 1 << exponent)
        var regions: [RegionDescriptor] = []
        var position = 0
        try unsafe builder.takeRows(rows) { (region, bytes) throws(ColonnadeError) in
            let length = bytes.count
            switch kinds[region].codec {
            case .plain:
                try unsafe SegmentWriter.write(bytes, to: file, at: start + position, &sums)
                regions.append(RegionDescriptor(offset: position, storedLength: length, length: length))
            case .zlib:
                let stored = unsafe BlockedRegion.encode(
                    bytes.bytes, blockSize: ForeverConstants.codecBlockSize, with: ZlibCodec())
                try SegmentWriter.write(stored, to: file, at: start + position, &sums)
                regions.append(RegionDescriptor(offset: position, storedLength: stored.count, length: length))
            }
            position += regions[regions.count - 1].storedLength
            let padding = [UInt8](repeating: 0, count: -position & (ForeverConstants.alignment - 1))
            try SegmentWriter.write(padding, to: file, at: start + position, &sums)
            position += padding.count
        }
        let table = sums.finish()
        try file.write(table, at: start + position)
        end = try alignedEnd(start + position + table.count)
        return SegmentDescriptor(
            offset: start, dataLength: position, sumsChecksum: Checksum.of(table), regions: regions)
    }

    /// Writes bytes that are not a segment, such as the footer, at the end. Returns their range in the file.
    mutating func write(_ bytes: [UInt8]) throws(ColonnadeError) -> Range<Int> {
        let start = end
        try file.write(bytes, at: start)
        end = start + bytes.count
        return start..<end
    }

    private static func write(
        _ bytes: [UInt8], to file: WritableFile, at offset: Int, _ sums: inout BlockSums
    ) throws(ColonnadeError) {
        try file.write(bytes, at: offset)
        unsafe sums.append(bytes.span.bytes)
    }

    @unsafe private static func write(
        _ bytes: UnsafeRawBufferPointer, to file: WritableFile, at offset: Int, _ sums: inout BlockSums
    ) throws(ColonnadeError) {
        try unsafe file.write(bytes, at: offset)
        unsafe sums.append(bytes.bytes)
    }

    private func alignedEnd(_ position: Int) throws(ColonnadeError) -> Int {
        guard let aligned = aligned(position) else {
            throw ColonnadeError(.system, "the file would be larger than files can be", at: .file(file.path))
        }
        return aligned
    }
}

/// The checksums of the blocks of a range of bytes that is added in pieces.
private struct BlockSums {
    private let blockSize: Int
    private var table: [UInt8] = []
    private var current: UInt32 = 0
    private var filled = 0

    init(blockSize: Int) { self.blockSize = blockSize }

    mutating func append(_ bytes: RawSpan) {
        var start = 0
        while start < bytes.byteCount {
            let count = min(blockSize - filled, bytes.byteCount - start)
            current = Checksum.of(bytes.extracting(start..<start + count), after: current)
            start += count
            filled += count
            if filled == blockSize { close() }
        }
    }

    mutating func finish() -> [UInt8] {
        if filled > 0 { close() }
        return table
    }

    private mutating func close() {
        for shift in [0, 8, 16, 24] as [UInt32] { table.append(UInt8(truncatingIfNeeded: current >> shift)) }
        current = 0
        filled = 0
    }
}
