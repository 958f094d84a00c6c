// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Whether all rows of a group decode, have zeros where no column is, and bools that are 0 or 1.
struct GroupContents {
    /// Bytes of a row that may not be anything.
    private struct Stretch {
        var range: Range<Int>
        /// The greatest value that is allowed: 1 in a bool column, 0 between columns.
        var limit: UInt8
    }

    private let dataset: StoredDataset
    private let group: Int
    private let rowBytes: Int
    /// In order. Not a value a byte, since a row may be as long as it likes.
    private var stretches: [Stretch] = []

    init(_ dataset: StoredDataset, group: Int, members: [ColumnReader]) {
        self.dataset = dataset
        self.group = group
        rowBytes = dataset.layout.footer.groups[group].stride
        var end = 0
        for member in members.sorted(by: { $0.offset < $1.offset }) where member.rowBytes > 0 {
            if end < member.offset { stretches.append(Stretch(range: end..<member.offset, limit: 0)) }
            end = member.offset + member.rowBytes
            if member.field.dtype == .bool { stretches.append(Stretch(range: member.offset..<end, limit: 1)) }
        }
        if end < rowBytes { stretches.append(Stretch(range: end..<rowBytes, limit: 0)) }
    }

    func run() throws(ColonnadeError) {
        let layout = dataset.layout
        if stretches.isEmpty, layout.footer.groups[group].codec == .plain { return }
        for segment in layout.footer.runs.flatMap(\.segments) {
            let region = segment.regions[group]
            let stored = unsafe UnsafeRawBufferPointer(
                rebasing: dataset.file.bytes[
                    segment.offset + region.offset..<segment.offset + region.offset + region.storedLength])
            do throws(ColonnadeError) {
                if layout.footer.groups[group].codec == .plain {
                    try unsafe check(stored, from: 0, in: segment)
                    continue
                }
                var reader = unsafe BlockedRegionReader(
                    stored: stored, length: region.length, blockSize: ForeverConstants.codecBlockSize,
                    codec: ZlibCodec())
                try reader.validateIndex()
                let piece = TensorStorage(byteCount: ForeverConstants.codecBlockSize)
                for start in stride(from: 0, to: region.length, by: ForeverConstants.codecBlockSize) {
                    let count = min(ForeverConstants.codecBlockSize, region.length - start)
                    let memory = unsafe UnsafeMutableRawBufferPointer(rebasing: piece.mutableBytes[..<count])
                    try unsafe reader.read(from: start, into: memory)
                    try unsafe check(UnsafeRawBufferPointer(memory), from: start, in: segment)
                }
            } catch {
                var placed = error
                placed.place = .file("", offset: segment.offset + region.offset)
                throw placed
            }
        }
    }

    /// Looks at decoded bytes that begin at `start` of the region.
    private func check(
        _ bytes: UnsafeRawBufferPointer, from start: Int, in segment: SegmentDescriptor
    ) throws(ColonnadeError) {
        guard !stretches.isEmpty else { return }
        let end = start + bytes.count
        // Rows are counted by their bytes, of which they have some, or there would be no stretch.
        for row in stride(from: start - start % rowBytes, to: end, by: rowBytes) {
            for stretch in stretches {
                let lower = max(start, row + stretch.range.lowerBound)
                let upper = min(end, row + stretch.range.upperBound)
                guard lower < upper else { continue }
                for index in lower..<upper where unsafe bytes[index - start] > stretch.limit {
                    throw .broken(
                        stretch.limit == 0 ? 30 : 33,
                        stretch.limit == 0
                            ? "bytes between the columns of a row are not zero"
                            : "an element of a bool column is neither 0 nor 1")
                }
            }
        }
    }
}

/// Whether all rows of a variable column can be read, and strings are UTF-8.
struct VariableContents {
    private let dataset: StoredDataset
    private let column: ColumnReader

    init(_ dataset: StoredDataset, _ column: ColumnReader) {
        self.dataset = dataset
        self.column = column
    }

    /// Memory does not depend on how much rows decode to.
    func run() throws(ColonnadeError) {
        let reader = RowReader(dataset)
        var dimensions: [Int] = []
        for row in 0..<dataset.rowCount {
            dimensions.removeAll(keepingCapacity: true)
            try reader.dimensions(row, column: column, appendingTo: &dimensions)
        }
        var first = 0
        for run in dataset.layout.footer.runs {
            for (index, segment) in run.segments.enumerated() {
                let count = run.rows(ofSegment: index)
                try checkEnd(segment, rows: count)
                try checkValues(segment, reader, rows: first..<first + count)
                first += count
            }
        }
    }

    /// Looks at the values of a segment in pieces. The ends of its rows have been checked.
    private func checkValues(
        _ segment: SegmentDescriptor, _ reader: RowReader, rows: Range<Int>
    ) throws(ColonnadeError) {
        let region = segment.regions[column.valuesRegion]
        let stored = unsafe UnsafeRawBufferPointer(
            rebasing: dataset.file.bytes[
                segment.offset + region.offset..<segment.offset + region.offset + region.storedLength])
        let ends = segment.offset + segment.regions[column.endsRegion].offset
        var check = ValueCheck(column.field)
        var row = rows.lowerBound
        var rowEnd = rows.isEmpty ? 0 : Int(reader.word(ends))
        var blocks = unsafe BlockedRegionReader(
            stored: stored, length: region.length, blockSize: ForeverConstants.codecBlockSize, codec: ZlibCodec())
        let piece = column.codec == .plain ? nil : TensorStorage(byteCount: ForeverConstants.codecBlockSize)
        for start in stride(from: 0, to: region.length, by: ForeverConstants.codecBlockSize) {
            let count = min(ForeverConstants.codecBlockSize, region.length - start)
            let bytes: UnsafeRawBufferPointer
            if let piece {
                let memory = unsafe UnsafeMutableRawBufferPointer(rebasing: piece.mutableBytes[..<count])
                do throws(ColonnadeError) {
                    try unsafe blocks.read(from: start, into: memory)
                } catch {
                    throw ColonnadeError(
                        error.code, "\(error.message), in \(dataset.path)",
                        at: .row(row, column: column.field.name), rule: error.rule)
                }
                unsafe bytes = UnsafeRawBufferPointer(memory)
            } else {
                unsafe bytes = UnsafeRawBufferPointer(rebasing: stored[start..<start + count])
            }
            guard check.looksAtValues else { continue }
            var done = 0
            while done < count {
                while rowEnd <= start + done, row + 1 < rows.upperBound {
                    if let problem = check.endRow() { throw broken(row, problem) }
                    row += 1
                    rowEnd = Int(reader.word(ends + 8 * (row - rows.lowerBound)))
                }
                let end = rowEnd > start + done ? min(rowEnd - start, count) : count
                let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[done..<end])
                if let problem = unsafe check.append(part) { throw broken(row, problem) }
                done = end
            }
        }
        if let problem = check.endRow() { throw broken(row, problem) }
    }

    private func broken(_ row: Int, _ message: String) -> ColonnadeError {
        ColonnadeError(
            .corruptFile, "the file is damaged: \(message), in \(dataset.path)",
            at: .row(row, column: column.field.name), rule: 33)
    }

    /// R34, and the index of a compressed region.
    private func checkEnd(_ segment: SegmentDescriptor, rows: Int) throws(ColonnadeError) {
        let values = segment.regions[column.valuesRegion]
        let last = segment.offset + segment.regions[column.endsRegion].offset + 8 * (rows - 1)
        let end = unsafe UInt64(littleEndian: dataset.file.bytes.loadUnaligned(fromByteOffset: last, as: UInt64.self))
        guard end == UInt64(values.length) else {
            throw .broken(
                34, "the rows of column \"\(column.field.name)\" end at \(end) of \(values.length) bytes", at: last)
        }
        guard column.codec != .plain else { return }
        let start = segment.offset + values.offset
        let stored = unsafe UnsafeRawBufferPointer(rebasing: dataset.file.bytes[start..<start + values.storedLength])
        let reader = unsafe BlockedRegionReader(
            stored: stored, length: values.length, blockSize: ForeverConstants.codecBlockSize, codec: ZlibCodec())
        do throws(ColonnadeError) {
            try reader.validateIndex()
        } catch {
            var placed = error
            placed.place = .file("", offset: start)
            throw placed
        }
    }
}

/// Looks at the values of a variable column piece by piece: whether strings are UTF-8, and bools 0 or 1.
private struct ValueCheck {
    private let isString: Bool
    private let isBool: Bool
    /// The beginning of a character that the next bytes complete.
    private var begun: [UInt8] = []

    init(_ field: Field) {
        isString = field.kind == .string
        isBool = field.dtype == .bool
    }

    var looksAtValues: Bool { isString || isBool }

    /// Looks at more bytes of a row. Returns what is wrong with them.
    @unsafe mutating func append(_ bytes: UnsafeRawBufferPointer) -> String? {
        if isBool, unsafe !bytes.allSatisfy({ $0 <= 1 }) { return "an element of a bool column is neither 0 nor 1" }
        guard isString else { return nil }
        var piece = unsafe begun + Array(bytes)
        let rest = ValueCheck.unfinishedBytes(at: piece)
        begun = Array(piece.suffix(rest))
        piece.removeLast(rest)
        return String(validating: piece, as: UTF8.self) == nil ? "a string is not UTF-8" : nil
    }

    /// Ends a row. Returns what is wrong with its end.
    mutating func endRow() -> String? {
        defer { begun = [] }
        return begun.isEmpty ? nil : "a string is not UTF-8"
    }

    /// Returns the number of bytes at the end that begin an unfinished character.
    private static func unfinishedBytes(at bytes: [UInt8]) -> Int {
        for count in 1...3 where count <= bytes.count {
            let byte = bytes[bytes.count - count]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > count ? count : 0
        }
        return 0
    }
}
