// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeSystem

/// Compressed columns of fixed shape, and those that vary only in their first dimension. Rows are decoded in the order of the
/// file, so that each compressed block is decoded once.
extension BlockGather {
    /// Appends the batches of a column of fixed shape to the scratch. Throws `corruptFile`, and `invalidArgument` beyond the limit of
    /// a batch.
    func decodeFixed(
        _ index: Int, _ column: ColumnReader, _ block: Block, _ reader: inout RowReader,
        _ scratch: inout BatchScratch
    ) throws(ColonnadeError) {
        let (output, batches) = (outputs[index], block.batchCount)
        let (bytes, step) = try extent(index, block, batches)
        let storage = try scratch.take(byteCount: bytes, from: pool)
        let memory = unsafe storage.mutableBytes
        let row = output.conversion == nil ? nil : try scratch.take(byteCount: column.rowBytes, from: pool)
        var meter = InterruptMeter()
        try forEachRow(output.column, block, &reader, &scratch) {
            index, number, column, reader throws(ColonnadeError) in
            let start = index / block.batchSize * step + index % block.batchSize * output.rowBytes
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + output.rowBytes])
            try unsafe reader.decodeRow(number, column: column, into: row?.mutableBytes ?? target)
            if let row { unsafe output.conversion?.convert(UnsafeRawBufferPointer(row.mutableBytes), to: target) }
            try meter.advance(by: column.rowBytes)
        }
        let batch = ColumnOutput.Memory(storage: storage, start: 0, step: step)
        for index in 0..<batches {
            let rows = min(block.batchSize, block.rowCount - index * block.batchSize)
            scratch.append(output.tensor(batch, batch: index, rows: rows))
        }
    }

    /// Decodes the rows of a ragged column that the spans locate as if they were plain, and lets the spans locate the decoded rows.
    /// Returns `made`, or `tooLarge` if nothing was decoded. Throws `corruptFile`, and `invalidArgument` beyond the limit of a batch.
    ///
    /// - Parameter total: gets the bytes of the decoded rows.
    @unsafe func decodeRagged(
        _ spans: UnsafeMutablePointer<colonnade_span>, _ output: ColumnOutput, _ block: Block,
        _ reader: inout RowReader, _ scratch: inout BatchScratch, _ total: inout Int
    ) throws(ColonnadeError) -> Outcome {
        // A row that occurs several times is decoded once.
        scratch.sortRows(block.rowCount)
        var previous = -1
        for index in scratch.order where scratch.rows[index] != previous {
            total = unsafe total.saturatingSum(spans[index].bytes)
            previous = scratch.rows[index]
        }
        if block.batchCount > 1, total > ColumnOutput.mostBytes { return .tooLarge }
        guard total <= Padding.limit else { throw ColumnOutput.refusal(column(of: output), rows: block.batchSize) }
        let storage = try scratch.take(byteCount: total, orMore: true, from: pool)
        let memory = unsafe storage.mutableBytes
        guard let base = memory.baseAddress else { preconditionFailure("storage has an address") }
        var end = 0
        let rows = scratch.rows
        var last: Int?
        var meter = InterruptMeter()
        try forEachRow(output.column, block, &reader, &scratch) {
            index, number, column, reader throws(ColonnadeError) in
            if let last, rows[last] == rows[index] {
                unsafe spans[index] = spans[last]
                return
            }
            let (start, count) = unsafe (spans[index].start, spans[index].bytes)
            try unsafe reader.decodeRow(
                number, column: column, at: start,
                into: UnsafeMutableRawBufferPointer(rebasing: memory[end..<end + count]))
            unsafe spans[index].start = UnsafeRawPointer(base + end)
            last = index
            end += count
            try meter.advance(by: count)
        }
        return .made
    }
}
