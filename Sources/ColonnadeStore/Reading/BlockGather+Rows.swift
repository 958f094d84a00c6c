// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// Columns that are in no plain group.
extension BlockGather {
    /// Makes the batches of a column that is not in a plain group, by the index of its output.
    func gather(
        _ index: Int, _ block: Block, _ reader: inout RowReader, _ scratch: inout BatchScratch
    ) throws(ColonnadeError) -> Outcome {
        let output = outputs[index]
        let column = column(of: output)
        if output.kind == .compressed, column.fixedShape != nil {
            try decodeFixed(index, column, block, &reader, &scratch)
            return .made
        }
        if output.kind != .byRow {
            // Rows of several files whose blocks need checks are read one by one.
            let needsChecks = joined?.needsChecks(
                output.column, inOrder: block.areConsecutive, isCheckedMeanwhile: block.isCheckedMeanwhile)
            let outcome = needsChecks ?? false ? .oneByOne : try gatherRagged(output, column, block, &reader, &scratch)
            if outcome != .oneByOne { return outcome }
        }
        guard block.batchCount == 1 else { return .oneByOne }
        let batch = try batchByRow(output, column, block, &reader, &scratch)
        scratch.append(batch)
        return .made
    }

    /// Appends batches of a ragged column, the last with the remaining rows, to the scratch.
    ///
    /// - Returns: `made`; `oneByOne` if a row breaks a rule, or if there are no rows; or `tooLarge`.
    /// - Throws: `invalidArgument` if the padded batch would be far larger than its rows, and `corruptFile` if the
    ///   checks of `reader` or decoding find damage.
    private func gatherRagged(
        _ output: ColumnOutput, _ column: ColumnReader, _ block: Block, _ reader: inout RowReader,
        _ scratch: inout BatchScratch
    ) throws(ColonnadeError) -> Outcome {
        guard let (spans, longest) = try unsafe output.spans(of: block, column, table, reader, pool, &scratch) else {
            return .oneByOne
        }
        var decodedBytes = 0
        if output.kind == .compressed {
            let outcome = try unsafe decodeRagged(spans, output, block, &reader, &scratch, &decodedBytes)
            guard case .made = outcome else { return outcome }
        }
        let rows = scratch.rows[..<block.rowCount]
        return try unsafe output.stack(
            spans, rows, of: block.batchSize, longest: longest, column, pool, beside: decodedBytes, into: &scratch)
    }

    /// Returns a batch of one column whose rows are read one by one: one with several varying dimensions, or one with rows that
    /// the kernel for ragged columns refuses, since reading them one by one names the row.
    private func batchByRow(
        _ output: ColumnOutput, _ column: ColumnReader, _ block: Block, _ reader: inout RowReader,
        _ scratch: inout BatchScratch
    ) throws(ColonnadeError) -> Tensor {
        var values = [Tensor?](repeating: nil, count: block.rowCount)
        var meter = InterruptMeter()
        try forEachRow(output.column, block, &reader, &scratch) { index, row, column, reader throws(ColonnadeError) in
            let value = try reader.variableValue(row, column, pool)
            values[index] = value
            try meter.advance(by: value.byteCount)
        }
        let rows = scratch.rows
        return try PaddedRows(
            values.compactMap { $0 }, output.conversion, as: column.field, number: { rows[$0] }
        ).stacked(output.padding, unpadsTexts: output.unpadsTexts, from: pool)
    }

    /// Calls `body` for each row in the order of the file, so that each compressed block is decoded once: with the index of the
    /// row in the block, its number in its data set, and the column and a reader of that data set.
    func forEachRow(
        _ column: Int, _ block: Block, _ reader: inout RowReader, _ scratch: inout BatchScratch,
        _ body: (Int, Int, ColumnReader, inout RowReader) throws(ColonnadeError) -> Void
    ) throws(ColonnadeError) {
        scratch.sortRows(block.rowCount)
        guard let joined else {
            let column = dataset.columns[column]
            for index in scratch.order { try body(index, scratch.rows[index], column, &reader) }
            return
        }
        var own = RowReader(dataset, inOrder: block.areConsecutive, decoder: reader.decoder)
        var (known, ownColumn) = (0, dataset.columns[joined.number(ofKey: column, in: 0)])
        for index in scratch.order {
            let (number, row) = joined.place(ofRow: scratch.rows[index])
            if known != number {
                own = RowReader(joined.datasets[number], inOrder: block.areConsecutive, decoder: own.decoder)
                (known, ownColumn) = (number, own.dataset.columns[joined.number(ofKey: column, in: number)])
            }
            try body(index, row, ownColumn, &own)
        }
        // The next column uses the decoder too, whose file this block keeps open.
        if reader.decoder == nil { reader.decoder = own.decoder }
    }
}
