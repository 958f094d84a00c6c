// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Puts the values of several samples together as one tensor.
enum Stacking {
    /// Stacks rows along a new first dimension; shorter rows are padded at the end of each dimension. There is at least one row.
    ///
    /// Throws `invalidArgument` where data types or ranks differ, or the result would be out of all proportion to the rows.
    static func stack(
        _ rows: [Tensor], _ conversion: Conversion? = nil, padding: Double = 0, from pool: TensorPool, key: String
    ) throws(ColonnadeError) -> Tensor {
        try PaddedRows(rows, conversion, as: Field(key, rows[0].dtype)).stacked(padding: padding, from: pool)
    }

    /// Joins rows along a dimension that they have. Throws as `stack` does.
    static func join(
        _ rows: [Tensor], along dimension: Int, padding: Double, from pool: TensorPool, key: String
    ) throws(ColonnadeError) -> Tensor {
        try PaddedRows(rows, as: Field(key, rows[0].dtype)).joined(along: dimension, padding: padding, from: pool)
    }

    /// Stacks `count` rows that are stacked in parts, each with the indices of its rows.
    static func merge(
        _ parts: [(indices: [Int], tensor: Tensor)], count: Int, padding: Double, from pool: TensorPool, key: String
    ) throws(ColonnadeError) -> Tensor {
        var rows = [Tensor?](repeating: nil, count: count)
        for (indices, tensor) in parts {
            for (row, index) in indices.enumerated() { rows[index] = tensor[row] }
        }
        return try stack(rows.compactMap { $0 }, padding: padding, from: pool, key: key)
    }
}
