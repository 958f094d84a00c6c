// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Rows into a batch.
enum Stacking {
    /// One tensor with a leading dimension; shorter rows are padded with zeros at the end of each dimension. All rows have
    /// one data type and rank, and there is at least one.
    static func stack(_ rows: [Tensor], from pool: TensorPool) -> Tensor {
        var shape = rows[0].shape
        for row in rows.dropFirst() {
            for dimension in shape.indices { shape[dimension] = max(shape[dimension], row.shape[dimension]) }
        }
        let rowBytes = shape.reduce(rows[0].dtype.size, *)
        let storage = pool.take(byteCount: rowBytes * rows.count)
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
