// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

extension RowReader {
    /// A fixed column of a compressed group: rows in file order, so that each block is decoded once.
    mutating func gatherCompressed(
        _ rows: [Int], _ column: ColumnReader, _ request: ColumnRequest, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        let size = column.rowBytes
        let storage = try pool.take(byteCount: try column.byteCount(ofRows: rows.count, column.field.dtype))
        let memory = unsafe storage.mutableBytes
        var meter = InterruptMeter()
        for index in rows.indices.sorted(by: { rows[$0] < rows[$1] }) {
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[index * size..<(index + 1) * size])
            try unsafe decodeRow(rows[index], column: column, into: target)
            try meter.advance(by: size)
        }
        let tensor = Tensor(
            dtype: column.field.dtype, shape: [rows.count] + (column.field.fixedShape ?? []), storage: storage)
        return try request.conversion?.callAsFunction(tensor, from: pool) ?? tensor
    }

    /// A variable column, padded.
    mutating func gatherVariable(
        _ rows: [Int], _ column: ColumnReader, _ request: ColumnRequest, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        if let output = SpanOutput(column, request) {
            var scratch = BatchScratch()
            if case .made = try output.gather(
                rows[...], of: rows.count, dataset.table, self, pool, into: &scratch)
            {
                return scratch.padded[0]
            }
        }
        var values: [Tensor] = []
        values.reserveCapacity(rows.count)
        var meter = InterruptMeter()
        for row in rows {
            values.append(try variableValue(row, column, pool))
            try meter.advance(by: values[values.count - 1].count * column.field.dtype.size)
        }
        return try PaddedRows(values, request.conversion, as: column.field).stacked(
            padding: request.padding, from: pool)
    }

    /// One row of a variable column: where it is mapped if it can be seen there, and else a copy.
    mutating func variableValue(
        _ row: Int, _ column: ColumnReader, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        var dimensions: [Int] = []
        let bytes = try variableRow(row, column: column, appendingTo: &dimensions)
        if column.field.kind == .string, unsafe SpanOutput.endsInPadding(bytes.start, bytes.byteCount) {
            throw ColonnadeError(
                .corruptFile,
                "this string is not UTF-8: it ends with the byte 255. `colonnade verify` lists what is damaged, in "
                    + dataset.path,
                at: .row(row, column: column.field.name), rule: 33)
        }
        let shape = column.shape(varying: dimensions[...])
        let dtype = column.field.dtype
        if bytes.isMapped, let tensor = unsafe dataset.view(bytes.start, bytes.byteCount, dtype, shape) {
            return tensor
        }
        let storage = try pool.take(byteCount: bytes.byteCount)
        unsafe storage.mutableBytes.copyMemory(
            from: UnsafeRawBufferPointer(start: bytes.start, count: bytes.byteCount))
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }
}
