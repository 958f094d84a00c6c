// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat
import ColonnadeSystem

/// The output of a plain column that varies only in its first dimension: each batch is padded to its longest row.
struct SpanOutput: Sendable {
    private let column: ColumnReader
    private let conversion: Conversion?
    private let dtype: DType
    private let filling: Filling
    private let rest: [Int]

    /// Nil for other columns.
    init?(_ column: ColumnReader, _ request: ColumnRequest) {
        guard column.group == nil, column.codec == .plain, column.varying == 1, column.field.shape[0] == nil,
            column.stepBytes > 0
        else { return nil }
        self.column = column
        conversion = request.conversion
        dtype = request.conversion?.target ?? column.field.dtype
        filling = Filling(request.padding, as: dtype)
        rest = column.field.shape.dropFirst().map { $0 ?? 0 }
    }

    /// The regions of each segment that are read.
    var regions: [Int] { [column.endsRegion, column.valuesRegion] }

    /// Returns about the bytes of a batch of this many rows, if the longest row is twice the average.
    func byteCount(ofRows size: Int, _ stored: StoredDataset.ColumnStorage, of rowCount: Int) -> Int {
        let row = max(stored.byteCount / max(rowCount, 1) - 8, 1) / column.field.dtype.size * dtype.size
        return size.saturatingProduct(2 * max(row, 1))
    }

    /// Appends batches of `size` rows, the last with what is left of them, to the padded ones of that memory; nothing where
    /// the slower way has to say what is wrong, or there are no rows, or several batches would take more than `most` bytes.
    ///
    /// - Parameters:
    ///   - table: where the rows are.
    ///   - reader: checks blocks; nil where they need no check.
    /// - Throws: `invalidArgument` where padding would be out of all proportion, and `corruptFile` where the checks of `reader`
    ///   find something, or a string ends in padding.
    func gather(
        _ rows: ArraySlice<Int>, of size: Int, most: Int = .max, _ table: RowTable,
        _ reader: RowReader?, _ pool: TensorPool, into scratch: inout BatchScratch
    ) throws(ColonnadeError) -> BatchGather.Result {
        guard !rows.isEmpty else { return .oneByOne }
        let endBytes = unsafe rows.count * MemoryLayout<colonnade_end>.stride
        let spanBytes = unsafe rows.count * MemoryLayout<colonnade_span>.stride
        let spanStorage = try scratch.take(byteCount: endBytes + spanBytes, orMore: true, from: pool)
        guard let base = unsafe spanStorage.mutableBytes.baseAddress else {
            preconditionFailure("storage has an address")
        }
        let ends = unsafe base.bindMemory(to: colonnade_end.self, capacity: rows.count)
        let spans = unsafe (base + endBytes).bindMemory(to: colonnade_span.self, capacity: rows.count)
        var longest = 0
        try reader?.checkEnds(of: rows, column)
        guard unsafe table.write(endsOf: rows, column, to: ends),
            unsafe colonnade_find_spans(ends, rows.count, column.stepBytes, FormatLimits.stride, spans, &longest)
                == rows.count
        else { return .oneByOne }
        try unsafe reader?.checkValues(of: rows, column, spans)
        var total = 0
        if rows.count > size, longest / column.stepBytes > 0 {
            for start in stride(from: 0, to: rows.count, by: size) where total <= most {
                let own = min(size, rows.count - start)
                let steps = unsafe extent(of: spans + start, own).longest / column.stepBytes
                // A row has at most as many bytes as the format allows, and the batch of a data set fits in an Int.
                let bytes = (steps * column.field.fixedElementCount * dtype.size).saturatingProduct(own)
                total = total.saturatingSum(SpanOutput.spacing(bytes))
            }
            if total > most { return .tooLarge }
        }
        // Reading one by one names the row.
        if column.field.kind == .string {
            for index in 0..<rows.count
            where unsafe SpanOutput.endsInPadding(spans[index].start, spans[index].bytes) { return .oneByOne }
        }
        let isShared = rows.count > size && total <= SpanOutput.mostShared
        let shared = isShared ? try scratch.take(byteCount: total, orMore: true, from: pool) : nil
        var offset = 0
        for start in stride(from: 0, to: rows.count, by: size) {
            let own = min(size, rows.count - start)
            let bytes = try unsafe gather(
                spans + start, own, known: rows.count - start, pool, shared, at: offset, into: &scratch)
            if isShared { offset += SpanOutput.spacing(bytes) }
        }
        return .made
    }

    /// Batches of at most this many bytes together share one block of memory, since a small batch alone would take a whole page.
    private static let mostShared = 1 << 20

    /// Returns the distance from the start of a batch to the start of the next in the same memory: each is aligned as it would be
    /// in memory of its own.
    private static func spacing(_ byteCount: Int) -> Int {
        let alignment = byteCount >= TensorStorage.pageAlignment ? TensorStorage.pageAlignment : 64
        return byteCount > .max - alignment ? .max : (byteCount + alignment - 1) / alignment * alignment
    }

    /// Whether bytes end in the padding of strings in a batch, which would hide where they end.
    @unsafe static func endsInPadding(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        unsafe count > 0 && start.load(fromByteOffset: count - 1, as: UInt8.self) == 0xFF
    }

    /// Bytes of the longest row, and of all.
    @unsafe private func extent(of spans: UnsafePointer<colonnade_span>, _ count: Int) -> (longest: Int, own: Int) {
        var (longest, own) = (0, 0)
        for index in 0..<count {
            let bytes = unsafe spans[index].bytes
            longest = max(longest, bytes)
            own += bytes
        }
        return (longest, own)
    }

    /// Gathers one batch into memory that several share, or into its own, and returns its bytes.
    @unsafe private func gather(
        _ spans: UnsafePointer<colonnade_span>, _ count: Int, known: Int, _ pool: TensorPool, _ shared: TensorStorage?,
        at offset: Int, into scratch: inout BatchScratch
    ) throws(ColonnadeError) -> Int {
        let (longest, own) = unsafe extent(of: spans, count)
        let steps = longest / column.stepBytes
        let shape = scratch.shape(count, steps, rest)
        let byteCount = try PaddedCopy.byteCount(shape, dtype, column.field.name, of: own)
        let storage: TensorStorage
        if let shared {
            storage = shared
        } else {
            storage = try scratch.take(byteCount: byteCount, orMore: true, from: pool)
        }
        guard let target = unsafe storage.mutableBytes.baseAddress else {
            preconditionFailure("storage has an address")
        }
        let elements = steps * column.field.fixedElementCount
        let piece = max(InterruptMeter.period / max(elements * dtype.size, 1), 1)
        var meter = InterruptMeter()
        for start in stride(from: 0, to: count, by: piece) {
            let own = min(piece, count - start)
            unsafe filling.withElement { element in
                unsafe colonnade_gather_spans(
                    spans + start, own, known - start, conversion?.pointer, column.field.dtype.size, elements,
                    target + offset + start * elements * dtype.size, element, dtype.size)
            }
            if own < count { try meter.advance(by: InterruptMeter.period) }
        }
        scratch.append(Tensor(dtype: dtype, shape: shape, storage: storage, byteOffset: offset))
        return byteCount
    }
}

extension RowReader {
    /// Checks the blocks that the ends of these rows are in, where verification asks for it. Throws `corruptFile` (R29).
    fileprivate func checkEnds(of rows: ArraySlice<Int>, _ column: ColumnReader) throws(ColonnadeError) {
        guard let blocks, blocks.needsCheck(region: column.endsRegion) else { return }
        for row in rows {
            let place = dataset.place(ofRow: row)
            let end = dataset.segment(at: place).regions[column.endsRegion].offset + 8 * place.row
            try dataset.check(
                dataset.segmentNumber(at: place), (place.row == 0 ? end : end - 8)..<end + 8, blocks)
        }
    }

    /// Checks the blocks that the values of these rows are in, in the same way.
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
