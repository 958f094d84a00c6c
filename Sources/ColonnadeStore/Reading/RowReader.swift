// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Locates the bytes of rows, checks them (R27, R29), and decodes compressed ones. Only one thread at a time may use a
/// reader.
///
/// Decoded rows of a variable column, and the addresses of plain rows, are valid until the next call.
@safe
struct RowReader {
    /// The bytes of one row of a variable column.
    @safe
    struct VariableRow {
        let start: UnsafeRawPointer
        let byteCount: Int
        /// Whether the bytes are in the mapped file, where they stay valid.
        let isMapped: Bool
    }

    let dataset: StoredDataset
    let base: UnsafeRawPointer
    /// The checks that rows need before they are read; nil if none.
    let blocks: BlockVerifier?
    /// The decoder of compressed regions; nil before the first one is read.
    var decoder: BlockDecoder?
    /// The memory for rows that are in several compressed blocks; nil before the first one.
    private var decoded: TensorStorage?

    /// - Parameters:
    ///   - inOrder: whether rows are read in the order of the file.
    ///   - isCheckedMeanwhile: whether the rows need no check, since the caller calls `finishChecks` before it is done.
    ///   - decoder: a decoder that no other thread uses, to reuse its memory.
    init(
        _ dataset: StoredDataset, inOrder: Bool = false, isCheckedMeanwhile: Bool = false, decoder: BlockDecoder? = nil
    ) {
        self.decoder = decoder
        self.dataset = dataset
        blocks = isCheckedMeanwhile ? nil : dataset.verifier(inOrder: inOrder)
        // An opened file is never empty.
        guard let base = unsafe dataset.file.bytes.baseAddress else { preconditionFailure("an open file has no bytes") }
        unsafe self.base = unsafe base
    }

    // MARK: Fixed columns

    /// Checks the blocks that contain rows of a plain group, if verification requires it. Throws `corruptFile` (R29).
    func check(_ rows: some Sequence<Int>, group: Int) throws(ColonnadeError) {
        guard let blocks, blocks.needsCheck(region: group), var run = dataset.rowRuns.first else { return }
        let stride = dataset.layout.footer.groups[group].stride
        var meter = InterruptMeter()
        for row in rows {
            try meter.advance(by: stride)
            if !run.rows.contains(row) { run = dataset.rowRuns[dataset.run(ofRow: row)] }
            let local = row - run.rows.lowerBound
            let number = run.firstSegment + local >> run.exponent
            let start =
                dataset.segments[number].regions[group].offset + (local & (1 << run.exponent - 1)) * stride
            try dataset.check(number, start..<start + stride, blocks)
        }
    }

    /// Does the same for consecutive rows. O(blocks), which takes a twentieth of the time of row by row.
    func check(consecutive rows: Range<Int>, group: Int) throws(ColonnadeError) {
        guard let blocks, blocks.needsCheck(region: group) else { return }
        let stride = dataset.layout.footer.groups[group].stride
        // Between two pieces, Ctrl-C is noticed.
        let most = max(1, InterruptMeter.period / max(stride, 1))
        var meter = InterruptMeter()
        var row = rows.lowerBound
        while row < rows.upperBound {
            let place = dataset.place(ofRow: row)
            let count = min(dataset.rowsLeftInSegment(at: place), rows.upperBound - row, most)
            let number = dataset.segmentNumber(at: place)
            let start = dataset.segments[number].regions[group].offset + place.row * stride
            try dataset.check(number, start..<start + count * stride, blocks)
            try meter.advance(by: count * stride)
            row += count
        }
    }

    /// Checks the blocks that contain bytes of a region, if verification requires it. Throws `corruptFile` (R29).
    func check(_ number: Int, _ range: Range<Int>, region: Int) throws(ColonnadeError) {
        guard let blocks, blocks.needsCheck(region: region) else { return }
        try dataset.check(number, range, blocks)
    }

    /// Decodes one row of a compressed column into `output`. Throws `corruptFile` (R28, R29, R37).
    ///
    /// - Parameter address: the location of the row of a ragged column, as if the column were plain; nil for one of fixed shape.
    @unsafe mutating func decodeRow(
        _ row: Int, column: ColumnReader, at address: UnsafeRawPointer? = nil,
        into output: UnsafeMutableRawBufferPointer
    ) throws(ColonnadeError) {
        let place = dataset.place(ofRow: row)
        let segment = dataset.segment(at: place)
        let region = unsafe address == nil ? column.rowsRegion : column.valuesRegion
        let start =
            unsafe address.map { unsafe $0 - base - segment.offset - segment.regions[region].offset }
            ?? place.row * column.stride + column.offset
        do throws(ColonnadeError) {
            try unsafe read(
                segment, dataset.segmentNumber(at: place), region: region, column.codec, from: start, into: output)
        } catch {
            throw error.located(row: row, column.field.name, in: dataset.path)
        }
    }

    // MARK: Variable columns

    /// Returns the bytes of a row, and appends its varying dimensions to `dimensions`. Throws `corruptFile` (R27 to
    /// R29).
    mutating func variableRow(
        _ row: Int, column: ColumnReader, appendingTo dimensions: inout [Int]
    ) throws(ColonnadeError) -> VariableRow {
        do throws(ColonnadeError) {
            return try uncheckedVariableRow(row, column, &dimensions)
        } catch {
            throw error.located(row: row, column.field.name, in: dataset.path)
        }
    }

    private mutating func uncheckedVariableRow(
        _ row: Int, _ column: ColumnReader, _ dimensions: inout [Int]
    ) throws(ColonnadeError) -> VariableRow {
        let (number, segment, range) = try extent(row, column, &dimensions)
        if column.codec == .plain {
            let values = segment.regions[column.valuesRegion]
            try check(
                number, values.offset + range.lowerBound..<values.offset + range.upperBound,
                region: column.valuesRegion)
            return unsafe VariableRow(
                start: base + (segment.offset + values.offset + range.lowerBound), byteCount: range.count,
                isMapped: true)
        }
        return try decodeVariable(number, segment, column, range)
    }

    /// Appends the varying dimensions of a row to `dimensions`, without reading its values. Throws `corruptFile`.
    func dimensions(
        _ row: Int, column: ColumnReader, appendingTo dimensions: inout [Int]
    ) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            _ = try extent(row, column, &dimensions)
        } catch {
            throw error.located(row: row, column.field.name, in: dataset.path)
        }
    }

    /// Returns the range of the file that contains a row of a plain column. Throws `corruptFile`.
    func range(ofRow row: Int, column: ColumnReader) throws(ColonnadeError) -> Range<Int> {
        var dimensions: [Int] = []
        let (_, segment, range) = try extent(row, column, &dimensions)
        let start = segment.offset + segment.regions[column.valuesRegion].offset
        return start + range.lowerBound..<start + range.upperBound
    }

    /// Returns the range of the file with the blocks that store a part of a compressed region, or with their ends in its index; nil for
    /// no bytes. It reads the header of the region, and for blocks the index. Throws `corruptFile` (R28, R37).
    func range(
        _ part: RequestedPart, ofDecoded range: Range<Int>, _ segment: SegmentDescriptor, region index: Int,
        _ codec: CodecID
    ) throws(ColonnadeError) -> Range<Int>? {
        let region = segment.regions[index]
        let start = segment.offset + region.offset
        let blocks = try unsafe BlockedRegion(
            stored: UnsafeRawBufferPointer(start: base + start, count: region.storedLength), length: region.length,
            headerSize: codec.headerSize)
        guard let lastByte = range.last, lastByte < region.length else { return nil }
        let (first, last) = (range.lowerBound / blocks.blockSize, lastByte / blocks.blockSize)
        let (head, tail) =
            part == .ends
            ? (blocks.indexRange(ofBlock: first), blocks.indexRange(ofBlock: last))
            : (try blocks.range(ofBlock: first), try blocks.range(ofBlock: last))
        // The index of a damaged file may decrease, or leave a gap.
        guard head.lowerBound <= tail.upperBound,
            part == .ends || tail.upperBound - head.lowerBound <= (last - first + 1) * blocks.blockSize
        else { return nil }
        return start + head.lowerBound..<start + tail.upperBound
    }

    /// Returns the segment of a row with its number, and the range of the row's bytes among the values of the segment.
    private func extent(
        _ row: Int, _ column: ColumnReader, _ dimensions: inout [Int]
    ) throws(ColonnadeError) -> (Int, SegmentDescriptor, Range<Int>) {
        let place = dataset.place(ofRow: row)
        let number = dataset.segmentNumber(at: place)
        let segment = dataset.segment(at: place)
        let values = segment.regions[column.valuesRegion]
        let ends = segment.regions[column.endsRegion].offset + 8 * place.row
        try check(number, (place.row == 0 ? ends : ends - 8)..<ends + 8, region: column.endsRegion)
        let start = place.row == 0 ? 0 : word(segment.offset + ends - 8)
        let end = word(segment.offset + ends)
        guard start <= end, end <= UInt64(values.length) else {
            throw .broken(27, "a row goes from byte \(start) to \(end) of \(values.length)")
        }
        let range = Int(start)..<Int(end)
        guard range.count % column.stepBytes == 0, range.count <= FormatLimits.stride else {
            throw .broken(27, "a row of \(range.count) bytes is not whole steps of \(column.stepBytes), or too long")
        }
        guard let region = column.dimensionsRegion else {
            dimensions.append(range.count / column.stepBytes)
            return (number, segment, range)
        }
        let offset = segment.regions[region].offset + 8 * column.varying * place.row
        try check(number, offset..<offset + 8 * column.varying, region: region)
        // In `counted` each zero counts as one. Since it is limited, no product overflows.
        var (product, counted) = (column.stepBytes, column.stepBytes)
        for index in 0..<column.varying {
            let word = word(segment.offset + offset + 8 * index)
            guard word <= UInt64(FormatLimits.stride / counted) else {
                throw .broken(27, "a row has a dimension of \(word)")
            }
            product *= Int(word)
            counted *= max(Int(word), 1)
            dimensions.append(Int(word))
        }
        guard product == range.count else {
            throw .broken(27, "the dimensions of a row ask for \(product) bytes, and it has \(range.count)")
        }
        return (number, segment, range)
    }

    private mutating func decodeVariable(
        _ number: Int, _ segment: SegmentDescriptor, _ column: ColumnReader, _ range: Range<Int>
    ) throws(ColonnadeError) -> VariableRow {
        if !range.isEmpty {
            let region = segment.regions[column.valuesRegion]
            let decoder = try openDecoder(segment, number, column.valuesRegion, column.codec)
            let bytes = try unsafe decoder.bytes(range) { (part) throws(ColonnadeError) in
                try check(number, part, of: region, column.valuesRegion)
            }
            if let start = unsafe bytes?.baseAddress {
                return unsafe VariableRow(start: start, byteCount: range.count, isMapped: false)
            }
        }
        let storage: TensorStorage
        if let decoded, decoded.byteCount >= range.count {
            storage = decoded
        } else {
            storage = try TensorStorage.allocate(byteCount: range.count)
        }
        decoded = storage
        let output = unsafe UnsafeMutableRawBufferPointer(rebasing: storage.mutableBytes[..<range.count])
        try unsafe read(
            segment, number, region: column.valuesRegion, column.codec, from: range.lowerBound, into: output)
        guard let start = output.baseAddress else { preconditionFailure("storage has an address") }
        return unsafe VariableRow(start: start, byteCount: range.count, isMapped: false)
    }

    // MARK: Bytes

    /// Decodes bytes of a compressed region.
    @unsafe private mutating func read(
        _ segment: SegmentDescriptor, _ number: Int, region index: Int, _ codec: CodecID, from start: Int,
        into output: UnsafeMutableRawBufferPointer
    ) throws(ColonnadeError) {
        guard output.count > 0 else { return }
        let decoder = try openDecoder(segment, number, index, codec)
        try unsafe decoder.read(from: start, into: output) { (part) throws(ColonnadeError) in
            try check(number, part, of: segment.regions[index], index)
        }
    }

    /// Checks the blocks that contain a part of a region, if verification requires it. Throws `corruptFile` (R29).
    private func check(
        _ number: Int, _ part: Range<Int>, of region: RegionDescriptor, _ index: Int
    ) throws(ColonnadeError) {
        try check(number, region.offset + part.lowerBound..<region.offset + part.upperBound, region: index)
    }

    /// Returns the decoder with a compressed region open.
    private mutating func openDecoder(
        _ segment: SegmentDescriptor, _ number: Int, _ index: Int, _ codec: CodecID
    ) throws(ColonnadeError) -> BlockDecoder {
        let decoder = decoder ?? BlockDecoder()
        self.decoder = decoder
        let key = BlockDecoder.Key(dataset: ObjectIdentifier(dataset), segment: segment.offset, region: index)
        if decoder.isOpen(key) { return decoder }
        let region = segment.regions[index]
        try check(number, 0..<codec.headerSize, of: region, index)
        let stored = unsafe UnsafeRawBufferPointer(
            start: base + (segment.offset + region.offset), count: region.storedLength)
        try unsafe decoder.open(key, stored, length: region.length, codec: codec)
        return decoder
    }

    /// Returns the number that is stored at an offset of the file.
    func word(_ offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension ColonnadeError {
    /// Returns the error with its row and column. The file is in the message, since the location of an error is either
    /// a row or a file.
    fileprivate func located(row: Int, _ column: String, in path: String) -> ColonnadeError {
        if case .file = place, rule == 29 { return self }
        return ColonnadeError(code, "\(message), in \(path)", at: .row(row, column: column), rule: rule)
    }
}
