// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Whether all rows of a group decode, have zeros where no column is, and bools that are 0 or 1.
struct GroupContents {
    private let dataset: StoredDataset
    private let group: Int
    private let members: [ColumnReader]
    /// What a byte of a row may be: nothing but zero, 0 or 1, anything.
    private var allowed: [UInt8]

    init(_ dataset: StoredDataset, group: Int, members: [ColumnReader]) {
        self.dataset = dataset
        self.group = group
        self.members = members
        allowed = []
        // A row that is all data has nothing to be looked at, and may be very long.
        let used = members.reduce(0) { $0 + $1.rowBytes }
        let stride = dataset.layout.footer.groups[group].stride
        guard used < stride || members.contains(where: { $0.field.dtype == .bool }) else { return }
        allowed = [UInt8](repeating: 0, count: stride)
        for member in members {
            for byte in member.offset..<member.offset + member.rowBytes {
                allowed[byte] = member.field.dtype == .bool ? 1 : 255
            }
        }
    }

    func run() throws(ColonnadeError) {
        let layout = dataset.layout
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
        guard !allowed.isEmpty else { return }
        var within = start % allowed.count
        for index in 0..<bytes.count {
            if unsafe bytes[index] > allowed[within] {
                let isGap = allowed[within] == 0
                throw .broken(
                    isGap ? 30 : 33,
                    isGap
                        ? "bytes between the columns of a row are not zero"
                        : "an element of a bool column is neither 0 nor 1")
            }
            within += 1
            if within == allowed.count { within = 0 }
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

    func run() throws(ColonnadeError) {
        var reader = RowReader(dataset)
        var dimensions: [Int] = []
        for row in 0..<dataset.rowCount {
            dimensions.removeAll(keepingCapacity: true)
            let found = try reader.variableRow(row, column: column, appendingTo: &dimensions)
            let bytes = unsafe UnsafeRawBufferPointer(start: found.start, count: found.byteCount)
            if column.field.kind == .string, unsafe String(validating: bytes, as: UTF8.self) == nil {
                throw ColonnadeError(
                    .corruptFile, "the file is damaged: a string is not UTF-8",
                    at: .row(row, column: column.field.name),
                    rule: 33)
            }
            if column.field.dtype == .bool, unsafe !bytes.allSatisfy({ $0 <= 1 }) {
                throw ColonnadeError(
                    .corruptFile, "the file is damaged: an element of a bool column is neither 0 nor 1",
                    at: .row(row, column: column.field.name), rule: 33)
            }
        }
        for (run, _) in zip(dataset.layout.footer.runs, 0...) {
            for (index, segment) in run.segments.enumerated() {
                try checkEnd(segment, rows: run.rows(ofSegment: index))
            }
        }
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
