// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Rows into a batch.
enum Stacking {
    /// One tensor with a leading dimension; shorter rows are padded with zeros at the end of each dimension. All rows have
    /// one data type and rank, and there is at least one.
    ///
    /// Throws `invalidArgument` where the result would be out of all proportion to the rows.
    static func stack(_ rows: [Tensor], from pool: TensorPool, key: String) throws(ColonnadeError) -> Tensor {
        var shape = rows[0].shape
        for row in rows.dropFirst() {
            for dimension in shape.indices { shape[dimension] = max(shape[dimension], row.shape[dimension]) }
        }
        let total = try PaddedCopy.byteCount(
            [rows.count] + shape, rows[0].dtype, key, of: rows.reduce(0) { $0 + $1.byteCount })
        let rowBytes = total / rows.count
        let storage = pool.take(byteCount: total)
        let memory = unsafe storage.mutableBytes
        for (index, row) in rows.enumerated() {
            unsafe row.withUnsafeBytes { source in
                unsafe PaddedCopy.copy(
                    source, shape: row.shape,
                    to: UnsafeMutableRawBufferPointer(rebasing: memory[index * rowBytes..<(index + 1) * rowBytes]),
                    shape: shape, elementSize: row.dtype.size)
            }
        }
        return Tensor(dtype: rows[0].dtype, shape: [rows.count] + shape, storage: storage)
    }
}
