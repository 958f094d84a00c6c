// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Writes segments one after another, with the checksums of their blocks. The bytes of a segment come in the order of
/// the format.
struct SegmentWriter {
    private var output: BufferedOutput
    /// The codec of each region of a segment, and the number of bytes before its index; nil for a plain one.
    private let codecs: [(codec: any BlockCodec, headerSize: Int)?]
    private let blockSize: Int
    private var sums: BlockSums
    /// The complete regions of the segment that is being written.
    private var regions: [RegionDescriptor] = []
    /// The offset of that segment.
    private var start: Int
    /// The offset of the region that is being written.
    private var regionStart: Int

    /// - Parameters:
    ///   - options: the options with the levels of the codecs; nil for the default levels.
    init(file: WritableFile, footer: FileFooter, options: WriterOptions?, at end: Int) {
        let blockExponent = footer.blockExponent
        output = BufferedOutput(file, at: end)
        // Regions are written one after another, so that those of one codec and level share its state.
        var shared: [ColumnCodec: any BlockCodec] = [:]
        var firstColumns = [Int?](repeating: nil, count: footer.groups.count)
        for (index, column) in footer.columns.enumerated() {
            if let group = column.group, firstColumns[group] == nil { firstColumns[group] = index }
        }
        codecs = footer.regionKinds.map { kind in
            let column = kind.contents == .rows ? firstColumns[kind.index] : kind.index
            let choice = SegmentWriter.choice(kind.codec, column.map { footer.columns[$0].field.name }, options)
            guard let codec = shared[choice] ?? SegmentWriter.codec(choice) else { return nil }
            shared[choice] = codec
            return (codec, kind.codec.headerSize)
        }
        blockSize = 1 << blockExponent
        sums = BlockSums(blockSize: blockSize)
        start = end
        regionStart = end
    }

    var file: WritableFile { output.file }

    /// Writes bytes that are stored as they are.
    @unsafe mutating func append(_ bytes: UnsafeRawBufferPointer) throws(ColonnadeError) {
        try unsafe output.append(bytes, &sums) { $0.append($1) }
    }

    /// Writes bytes that are stored as they are.
    mutating func append(_ bytes: [UInt8]) throws(ColonnadeError) {
        try unsafe bytes.withUnsafeBufferPointer { (memory) throws(ColonnadeError) in
            try unsafe append(UnsafeRawBufferPointer(memory))
        }
    }

    /// Writes the next region with the codec of its kind.
    @unsafe mutating func writeRegion(_ bytes: UnsafeRawBufferPointer, rows: Int) throws(ColonnadeError) {
        if let (codec, headerSize) = codecs[regions.count] {
            try append(
                unsafe BlockedRegion.encode(
                    bytes.bytes, rowBytes: bytes.count / max(rows, 1), headerSize: headerSize, with: codec))
        } else {
            try unsafe append(bytes)
        }
        try endRegion(length: bytes.count)
    }

    /// Returns the codec of a region, with the level of the options if they are about this codec.
    private static func choice(_ codec: CodecID, _ column: String?, _ options: WriterOptions?) -> ColumnCodec {
        if codec != .plain, let chosen = column.flatMap({ options?.codec(ofColumn: $0) }), chosen.id == codec {
            return chosen
        }
        return ColumnCodec(defaultOf: codec)
    }

    private static func codec(_ choice: ColumnCodec) -> (any BlockCodec)? {
        switch choice.id {
        case .plain: nil
        case .zlib: ZlibCodec(level: choice.level)
        case .zstd: ZstdCodec(level: choice.level)
        case .lz4: LZ4Codec(level: choice.level)
        }
    }

    /// Ends a region. `length` is the number of its bytes before the codec.
    mutating func endRegion(length: Int) throws(ColonnadeError) {
        let stored = output.end - regionStart
        regions.append(RegionDescriptor(offset: regionStart - start, storedLength: stored, length: length))
        try append(padding(at: output.end - start))
        regionStart = output.end
    }

    /// Ends a segment after its regions, and returns its description.
    mutating func endSegment() throws(ColonnadeError) -> SegmentDescriptor {
        let length = output.end - start
        let table = sums.finish()
        let descriptor = SegmentDescriptor(
            offset: start, dataLength: length, sumsChecksum: Checksum.of(table), regions: regions)
        try output.append(table)
        guard aligned(output.end) != nil else {
            throw ColonnadeError(.system, "the file would be larger than files can be", at: .file(file.path))
        }
        try output.append(padding(at: output.end))
        sums = BlockSums(blockSize: blockSize)
        regions = []
        start = output.end
        regionStart = start
        return descriptor
    }

    /// Writes bytes that are not a segment, such as the footer, at the end. Returns their range in the file.
    mutating func write(_ bytes: [UInt8]) throws(ColonnadeError) -> Range<Int> {
        let start = output.end
        try output.append(bytes)
        return start..<output.end
    }

    /// Writes buffered bytes, before the file is published.
    mutating func flush() throws(ColonnadeError) { try output.flush() }

    /// Lets the system read the published file into larger pages, if it could not be written in such pages.
    func releaseSmallPages() { output.releaseSmallPages() }

    private func padding(at offset: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: -offset & (ForeverConstants.alignment - 1))
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
