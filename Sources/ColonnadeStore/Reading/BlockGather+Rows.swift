// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// Columns that are in no plain group.
extension BlockGather {
    /// Makes the batches of a column that is not in a plain group.
    func gather(
        _ output: ColumnOutput, _ block: Block, _ reader: inout RowReader, _ scratch: inout BatchScratch
    ) throws(ColonnadeError) -> Outcome {
        let column = dataset.columns[output.column]
        let rows = scratch.rows[..<block.rowCount]
        if output.kind == .ragged {
            // Rows of several files whose blocks need checks are read one by one.
            let needsChecks = joined?.needsChecks(
                [column.endsRegion, column.valuesRegion], inOrder: block.areConsecutive,
                isCheckedMeanwhile: block.isCheckedMeanwhile)
            if !(needsChecks ?? false) {
                let outcome = try output.gatherRagged(
                    rows, of: block.batchSize, column, table, reader, pool, into: &scratch)
                if outcome != .oneByOne { return outcome }
            }
        }
        guard block.batchCount == 1 else { return .oneByOne }
        scratch.append(try batchByRow(output, column, rows, block, &reader))
        return .made
    }

    /// Returns a batch of one column whose rows are read one by one: a compressed column, one with several varying dimensions, or
    /// one with rows that the kernel for ragged columns refuses, since reading them one by one names the row.
    private func batchByRow(
        _ output: ColumnOutput, _ column: ColumnReader, _ rows: ArraySlice<Int>, _ block: Block,
        _ reader: inout RowReader
    ) throws(ColonnadeError) -> Tensor {
        if let shape = column.fixedShape {
            let batch = try decoded(column, shape, rows, block, &reader)
            return try output.conversion?.callAsFunction(batch, from: pool) ?? batch
        }
        var values = [Tensor?](repeating: nil, count: rows.count)
        var meter = InterruptMeter()
        try forEachRow(rows, column, block, &reader) { index, row, column, reader throws(ColonnadeError) in
            let value = try reader.variableValue(row, column, pool)
            values[index] = value
            try meter.advance(by: value.byteCount)
        }
        return try PaddedRows(
            values.compactMap { $0 }, output.conversion, as: column.field, number: { rows[rows.startIndex + $0] }
        ).stacked(output.padding, unpadsTexts: output.unpadsTexts, from: pool)
    }

    /// Returns a batch of a column of fixed shape in a compressed group.
    private func decoded(
        _ column: ColumnReader, _ shape: [Int], _ rows: ArraySlice<Int>, _ block: Block, _ reader: inout RowReader
    ) throws(ColonnadeError) -> Tensor {
        let size = column.rowBytes
        let (bytes, overflow) = rows.count.multipliedReportingOverflow(by: size)
        guard !overflow, bytes <= Padding.limit else { throw ColumnOutput.refusal(column, rows: rows.count) }
        let storage = try pool.take(byteCount: bytes)
        let memory = unsafe storage.mutableBytes
        var meter = InterruptMeter()
        try forEachRow(rows, column, block, &reader) { index, row, column, reader throws(ColonnadeError) in
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[index * size..<(index + 1) * size])
            try unsafe reader.decodeRow(row, column: column, into: target)
            try meter.advance(by: size)
        }
        return Tensor(dtype: column.field.dtype, shape: [rows.count] + shape, storage: storage)
    }

    /// Calls `body` for each row in the order of the file, so that each compressed block is decoded once: with the index of the
    /// row in `rows`, its number in its data set, and the column and a reader of that data set.
    private func forEachRow(
        _ rows: ArraySlice<Int>, _ column: ColumnReader, _ block: Block, _ reader: inout RowReader,
        _ body: (Int, Int, ColumnReader, inout RowReader) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) {
        let indices = rows.indices.sorted { rows[$0] < rows[$1] }
        guard let joined else {
            for index in indices { try body(index, rows[index], column, &reader) }
            return
        }
        var (column, own) = (column, RowReader(dataset, inOrder: block.areConsecutive))
        for index in indices {
            let (dataset, row) = joined.place(ofRow: rows[index])
            if own.dataset !== dataset {
                own = RowReader(dataset, inOrder: block.areConsecutive)
                // Errors have the name that the column has in its own file.
                column = dataset.columns.first { $0.liesLike(column) } ?? column
            }
            try body(index, row, column, &own)
        }
    }
}
