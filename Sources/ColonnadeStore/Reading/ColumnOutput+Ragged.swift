// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// Columns that vary only in their first dimension.
extension ColumnOutput {
    /// The maximum number of bytes of several batches that are made together.
    static let mostBytes = 1 << 23
    /// Batches of at most this many bytes together have one storage, since a small batch alone would take a whole page.
    private static let mostSharedBytes = 1 << 20

    /// Returns the bytes of a batch whose longest row is twice the average.
    func typicalByteCount(ofRows count: Int, _ stored: Int, of field: Field, _ rowCount: Int) -> Int {
        let row = max(stored / max(rowCount, 1) - 8, 1) / field.dtype.size * dtype.size
        return count.saturatingProduct(2 * max(row, 1))
    }

    /// Returns the bytes of the rows of a block, as if the column were plain, in memory of the scratch, and the size of the longest
    /// row; nil if a row breaks a rule, or if there are no rows. Throws `corruptFile` if the checks of `reader` find damage.
    ///
    /// - Parameters:
    ///   - table: the table that locates the rows.
    ///   - reader: the reader that checks blocks of the file, if that is necessary.
    @unsafe func spans(
        of block: BlockGather.Block, _ column: ColumnReader, _ table: RowTable, _ reader: RowReader,
        _ pool: TensorPool, _ scratch: inout BatchScratch
    ) throws(ColonnadeError) -> (UnsafeMutablePointer<colonnade_span>, longest: Int)? {
        let count = block.rowCount
        guard count > 0 else { return nil }
        let endBytes = unsafe count * MemoryLayout<colonnade_end>.stride
        let spanBytes = unsafe count * MemoryLayout<colonnade_span>.stride
        let spanStorage = try scratch.take(byteCount: endBytes + spanBytes, orMore: true, from: pool)
        guard let base = unsafe spanStorage.mutableBytes.baseAddress else {
            preconditionFailure("storage has an address")
        }
        let ends = unsafe base.bindMemory(to: colonnade_end.self, capacity: count)
        let spans = unsafe (base + endBytes).bindMemory(to: colonnade_span.self, capacity: count)
        var longest = 0
        let rows = scratch.rows[..<count]
        try reader.checkEnds(of: rows, column)
        guard unsafe table.write(endsOf: rows, self.column, to: ends),
            unsafe colonnade_find_spans(ends, count, column.stepBytes, FormatLimits.stride, spans, &longest) == count
        else { return nil }
        if kind == .ragged { try unsafe reader.checkValues(of: rows, column, spans) }
        return unsafe (spans, longest)
    }

    /// Appends batches of the rows that the spans locate. Returns and throws as `gatherRagged` does.
    ///
    /// - Parameter decodedBytes: the bytes of the decoded copy of the rows, which is in memory too.
    @unsafe func stack(
        _ spans: UnsafePointer<colonnade_span>, _ rows: ArraySlice<Int>, of size: Int, longest: Int,
        _ column: ColumnReader, _ pool: TensorPool, beside decodedBytes: Int, into scratch: inout BatchScratch
    ) throws(ColonnadeError) -> BlockGather.Outcome {
        let most = ColumnOutput.mostBytes - decodedBytes
        var total = 0
        if rows.count > size, unpadsTexts || longest / column.stepBytes > 0 {
            for start in stride(from: 0, to: rows.count, by: size) where total <= most {
                let count = min(size, rows.count - start)
                let bytes = unsafe byteCount(of: spans + start, count, column)
                total = total.saturatingSum(ColumnOutput.distance(betweenBatchesOf: bytes))
            }
            if total > most { return .tooLarge }
        }
        let isShared = rows.count > size && total <= ColumnOutput.mostSharedBytes
        let shared = isShared ? try scratch.take(byteCount: total, orMore: true, from: pool) : nil
        var offset = 0
        for start in stride(from: 0, to: rows.count, by: size) {
            let count = min(size, rows.count - start)
            guard
                let batch = try unsafe gather(
                    spans + start, count, known: rows.count - start, column, pool, shared, at: offset, into: &scratch)
            else { return .oneByOne }
            if isShared { offset += ColumnOutput.distance(betweenBatchesOf: batch.byteCount) }
            scratch.append(batch)
        }
        return .made
    }

    /// Returns whether bytes end in the padding of strings in a batch, so that a batch would not show where they end.
    @unsafe static func endsInPadding(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        unsafe count > 0 && start.load(fromByteOffset: count - 1, as: UInt8.self) == 0xFF
    }

    /// Returns the bytes of the longest row, and of all rows.
    @unsafe private func extent(of spans: UnsafePointer<colonnade_span>, _ count: Int) -> (longest: Int, sum: Int) {
        var (longest, sum) = (0, 0)
        for index in 0..<count {
            let bytes = unsafe spans[index].bytes
            longest = max(longest, bytes)
            // Rows that occur several times may be larger together than the file.
            sum = sum.saturatingSum(bytes)
        }
        return (longest, sum)
    }

    /// Returns the bytes of a batch; `Int.max` if they are too many for an `Int`.
    @unsafe private func byteCount(
        of spans: UnsafePointer<colonnade_span>, _ count: Int, _ column: ColumnReader
    ) -> Int {
        if unpadsTexts { return unsafe colonnade_texts_size(spans, count) }
        // A row has at most as many bytes as the format allows, and the batch of a data set fits in an Int.
        return unsafe (extent(of: spans, count).longest / column.stepBytes * rowBytes).saturatingProduct(count)
    }

    /// Returns one batch in a storage that several batches share, or in its own; nil if a string ends in padding. Reading one by one
    /// then names the row.
    @unsafe private func gather(
        _ spans: UnsafePointer<colonnade_span>, _ count: Int, known: Int, _ column: ColumnReader, _ pool: TensorPool,
        _ shared: TensorStorage?, at offset: Int, into scratch: inout BatchScratch
    ) throws(ColonnadeError) -> Tensor? {
        let byteCount: Int
        let shape: [Int]
        var rowBytes = 0
        if unpadsTexts {
            byteCount = unsafe colonnade_texts_size(spans, count)
            guard byteCount <= Padding.limit else { throw ColumnOutput.refusal(column, rows: count) }
            shape = scratch.shape(byteCount, nil, [])
        } else {
            let (longest, sum) = unsafe extent(of: spans, count)
            let steps = longest / column.stepBytes
            shape = scratch.shape(count, steps, self.shape)
            byteCount = try Padding.byteCount(shape, dtype, column.field.name, of: sum)
            rowBytes = steps * self.rowBytes
        }
        let storage: TensorStorage
        if let shared {
            storage = shared
        } else {
            storage = try scratch.take(byteCount: byteCount, orMore: true, from: pool)
        }
        guard let target = unsafe storage.mutableBytes.baseAddress.map({ unsafe $0 + offset }) else {
            preconditionFailure("storage has an address")
        }
        let piece = max(InterruptMeter.period / max(unpadsTexts ? byteCount / max(count, 1) : rowBytes, 1), 1)
        var meter = InterruptMeter()
        var texts = unpadsTexts ? unsafe UnpaddedTexts(target, count: count) : nil
        for start in stride(from: 0, to: count, by: piece) {
            let pieceCount = min(piece, count - start)
            let isAppended = unsafe texts?.append(spans + start, pieceCount, known: known - start)
            if isAppended == false { return nil }
            if isAppended == nil {
                unsafe padding.withElement { element in
                    unsafe colonnade_gather_spans(
                        spans + start, pieceCount, known - start, conversion?.pointer, column.field.dtype.size,
                        rowBytes / dtype.size, target + start * rowBytes, element, dtype.size)
                }
                // The bytes were just read, and are in a cache.
                if column.field.kind == .string {
                    for index in start..<start + pieceCount
                    where unsafe ColumnOutput.endsInPadding(spans[index].start, spans[index].bytes) { return nil }
                }
            }
            if pieceCount < count { try meter.advance(by: InterruptMeter.period) }
        }
        return Tensor(dtype: dtype, shape: shape, storage: storage, byteOffset: offset)
    }
}

extension RowReader {
    /// Checks the blocks that contain the ends of rows, if verification requires it. Throws `corruptFile` (R29).
    fileprivate func checkEnds(of rows: ArraySlice<Int>, _ column: ColumnReader) throws(ColonnadeError) {
        guard let blocks, blocks.needsCheck(region: column.endsRegion) else { return }
        for row in rows {
            let place = dataset.place(ofRow: row)
            let end = dataset.segment(at: place).regions[column.endsRegion].offset + 8 * place.row
            try dataset.check(
                dataset.segmentNumber(at: place), (place.row == 0 ? end : end - 8)..<end + 8, blocks)
        }
    }

    /// Checks the blocks that contain the values of rows, if verification requires it. Throws `corruptFile` (R29).
    @unsafe fileprivate func checkValues(
        of rows: ArraySlice<Int>, _ column: ColumnReader, _ spans: UnsafePointer<colonnade_span>
    ) throws(ColonnadeError) {
        guard let blocks, blocks.needsCheck(region: column.valuesRegion) else { return }
        for (index, row) in rows.enumerated() {
            let place = dataset.place(ofRow: row)
            let span = unsafe spans[index]
            let start = unsafe span.start - base - dataset.segment(at: place).offset
            try unsafe dataset.check(dataset.segmentNumber(at: place), start..<start + span.bytes, blocks)
        }
    }
}
