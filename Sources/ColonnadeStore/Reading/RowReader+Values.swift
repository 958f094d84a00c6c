// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension RowReader {
    /// Returns one row of a variable column: a view of the mapped file where that is possible, and else a copy.
    mutating func variableValue(
        _ row: Int, _ column: ColumnReader, _ pool: TensorPool
    ) throws(ColonnadeError) -> Tensor {
        var dimensions: [Int] = []
        let bytes = try variableRow(row, column: column, appendingTo: &dimensions)
        if column.field.kind == .string, unsafe ColumnOutput.endsInPadding(bytes.start, bytes.byteCount) {
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
