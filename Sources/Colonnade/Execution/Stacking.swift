// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Values of several samples into one.
enum Stacking {
    /// One tensor with a leading dimension; shorter rows are padded at the end of each dimension. There is at least one row.
    ///
    /// Throws `invalidArgument` where data types or ranks differ, or the result would be out of all proportion to the rows.
    static func stack(
        _ rows: [Tensor], _ conversion: Conversion? = nil, padding: Double = 0, from pool: TensorPool, key: String
    ) throws(ColonnadeError) -> Tensor {
        try PaddedRows(rows, conversion, as: Field(key, rows[0].dtype)).stacked(padding: padding, from: pool)
    }

    /// One tensor, joined along a dimension that the rows have. Throws as `stack` does.
    static func join(
        _ rows: [Tensor], along dimension: Int, padding: Double, from pool: TensorPool, key: String
    ) throws(ColonnadeError) -> Tensor {
        try PaddedRows(rows, as: Field(key, rows[0].dtype)).joined(along: dimension, padding: padding, from: pool)
    }

    /// Puts rows that were stacked in parts back in their places among `count`.
    static func merge(
        _ parts: [(places: [Int], tensor: Tensor)], count: Int, padding: Double, from pool: TensorPool, key: String
    ) throws(ColonnadeError) -> Tensor {
        var rows = [Tensor?](repeating: nil, count: count)
        for (places, tensor) in parts {
            for (index, place) in places.enumerated() { rows[place] = tensor[index] }
        }
        return try stack(rows.compactMap { $0 }, padding: padding, from: pool, key: key)
    }
}
