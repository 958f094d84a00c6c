// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeFormat

extension RowReader {
    /// A fixed column of a compressed group: rows in file order, so that each block is decoded once.
    mutating func gatherCompressed(
        _ rows: [Int], _ column: ColumnReader, _ request: ColumnRequest, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        let size = column.rowBytes
        let storage = pool.take(byteCount: try column.byteCount(ofRows: rows.count, column.field.dtype))
        let memory = unsafe storage.mutableBytes
        for index in rows.indices.sorted(by: { rows[$0] < rows[$1] }) {
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[index * size..<(index + 1) * size])
            try unsafe decodeRow(rows[index], column: column, into: target)
        }
        let tensor = Tensor(
            dtype: column.field.dtype, shape: [rows.count] + (column.field.fixedShape ?? []), storage: storage)
        return request.conversion.map { $0(tensor, from: pool) } ?? tensor
    }

    /// A variable column, padded.
    mutating func gatherVariable(
        _ rows: [Int], _ column: ColumnReader, _ request: ColumnRequest, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        if column.codec == .plain, column.varying == 1, column.field.shape[0] == nil,
            let tensor = try gatherSpans(rows, column, request, pool)
        {
            return tensor
        }
        var values: [Tensor] = []
        values.reserveCapacity(rows.count)
        for row in rows { values.append(try variableValue(row, column, pool)) }
        return try PaddedRows(values, request.conversion, as: column.field).stacked(
            padding: request.padding, from: pool)
    }

    /// One row of a variable column: where it is mapped if it can be seen there, and else a copy.
    mutating func variableValue(
        _ row: Int, _ column: ColumnReader, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        var dimensions: [Int] = []
        let bytes = try variableRow(row, column: column, appendingTo: &dimensions)
        let shape = column.shape(varying: dimensions[...])
        let dtype = column.field.dtype
        if bytes.isMapped, let tensor = unsafe dataset.view(bytes.start, dtype, shape) { return tensor }
        let storage = pool.take(byteCount: bytes.byteCount)
        unsafe storage.mutableBytes.copyMemory(
            from: UnsafeRawBufferPointer(start: bytes.start, count: bytes.byteCount))
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }

    /// Plain rows that vary in their first dimension alone; nil where the slower way has to say what is wrong.
    private func gatherSpans(
        _ rows: [Int], _ column: ColumnReader, _ request: ColumnRequest, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor? {
        // Blocks of ragged rows are found one by one where they have to be checked.
        guard dataset.blocks == nil, column.stepBytes > 0, !rows.isEmpty else { return nil }
        var spans = unsafe [colonnade_span](repeating: colonnade_span(start: base, bytes: 0), count: rows.count)
        var longest = 0
        let ends = unsafe dataset.table.ends(ofRows: rows, column, dataset)
        let found = unsafe ends.withUnsafeBufferPointer { ends in
            unsafe spans.withUnsafeMutableBufferPointer { spans in
                guard let from = ends.baseAddress, let to = spans.baseAddress else { return 0 }
                return unsafe colonnade_find_spans(
                    from, ends.count, column.stepBytes, FormatLimits.stride, to, &longest)
            }
        }
        guard found == rows.count else { return nil }
        let dtype = request.conversion?.target ?? column.field.dtype
        let steps = longest / column.stepBytes
        let shape = [rows.count, steps] + column.field.shape.dropFirst().map { $0 ?? 0 }
        let own = unsafe spans.reduce(0) { unsafe $0 + $1.bytes }
        let storage = pool.take(byteCount: try PaddedCopy.byteCount(shape, dtype, column.field.name, of: own))
        let filling = Filling(request.padding, as: dtype)
        let memory = unsafe storage.mutableBytes
        unsafe spans.withUnsafeBufferPointer { spans in
            unsafe filling.withElement { element in
                guard let first = spans.baseAddress, let target = memory.baseAddress else { return }
                unsafe colonnade_gather_spans(
                    first, spans.count, request.conversion?.pointer, column.field.dtype.size,
                    steps * column.field.fixedElementCount, target, element, dtype.size)
            }
        }
        return Tensor(dtype: dtype, shape: shape, storage: storage)
    }
}

extension ColumnReader {
    /// The shape of a row with these varying dimensions.
    func shape(varying: ArraySlice<Int>) -> [Int] {
        var rest = varying
        return field.shape.map { $0 ?? rest.removeFirst() }
    }
}
