// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The check that all rows of a variable column can be read, that strings are UTF-8, and that bools are 0 or 1.
struct VariableContents {
    private let dataset: StoredDataset
    private let column: ColumnReader

    init(_ dataset: StoredDataset, _ column: ColumnReader) {
        self.dataset = dataset
        self.column = column
    }

    /// Runs the check. Its memory does not depend on the size of decoded rows.
    func run() throws(ColonnadeError) {
        let reader = RowReader(dataset)
        var dimensions: [Int] = []
        for row in 0..<dataset.rowCount {
            dimensions.removeAll(keepingCapacity: true)
            try reader.dimensions(row, column: column, appendingTo: &dimensions)
        }
        let decoder = BlockDecoder(isVerifying: true)
        var first = 0
        for run in dataset.layout.footer.runs {
            for (index, segment) in run.segments.enumerated() {
                let count = run.rows(ofSegment: index)
                try checkEnd(segment, rows: count, decoder)
                try checkValues(segment, reader, rows: first..<first + count, decoder)
                first += count
            }
        }
    }

    /// Checks the values of a segment in pieces. The ends of its rows must have been checked, and a compressed region opened.
    private func checkValues(
        _ segment: SegmentDescriptor, _ reader: RowReader, rows: Range<Int>, _ decoder: BlockDecoder
    ) throws(ColonnadeError) {
        let region = segment.regions[column.valuesRegion]
        let stored = unsafe UnsafeRawBufferPointer(
            rebasing: dataset.file.bytes[
                segment.offset + region.offset..<segment.offset + region.offset + region.storedLength])
        let ends = segment.offset + segment.regions[column.endsRegion].offset
        var check = ValueCheck(column.field)
        var row = rows.lowerBound
        var rowEnd = rows.isEmpty ? 0 : Int(reader.word(ends))
        let piece = column.codec == .plain ? nil : TensorStorage(byteCount: ForeverConstants.codecBlockSize)
        for start in stride(from: 0, to: region.length, by: ForeverConstants.codecBlockSize) {
            let count = min(ForeverConstants.codecBlockSize, region.length - start)
            let bytes: UnsafeRawBufferPointer
            if let piece {
                let memory = unsafe UnsafeMutableRawBufferPointer(rebasing: piece.mutableBytes[..<count])
                do throws(ColonnadeError) {
                    try unsafe decoder.read(from: start, into: memory) { _ in }
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

    /// Checks R34, and opens a compressed region and checks its index.
    private func checkEnd(
        _ segment: SegmentDescriptor, rows: Int, _ decoder: BlockDecoder
    ) throws(ColonnadeError) {
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
        let key = BlockDecoder.Key(
            dataset: ObjectIdentifier(dataset), segment: segment.offset, region: column.valuesRegion)
        do throws(ColonnadeError) {
            try unsafe decoder.open(key, stored, length: values.length, codec: column.codec)
            try decoder.validateIndex()
        } catch {
            var placed = error
            placed.place = .file("", offset: start)
            throw placed
        }
    }
}
