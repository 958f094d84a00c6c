// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The check of values that functions of users return, against the declared field.
extension Field {
    /// Returns whether a value has the data type and shape of the field.
    func admits(_ tensor: Tensor) -> Bool { admits(tensor.dtype, rank: tensor.shape.count) { tensor.shape[$0] } }

    /// Returns whether all values of another field have the data type and shape of this one.
    func admits(_ field: Field) -> Bool { admits(field.dtype, rank: field.shape.count) { field.shape[$0] } }

    /// Returns whether values of data type `given` with `rank` dimensions have the data type and shape of the field.
    /// `size` returns the size of a dimension, or nil if it varies.
    func admits(_ given: DType, rank: Int, _ size: (Int) -> Int?) -> Bool {
        given == dtype && rank == shape.count && shape.indices.allSatisfy { shape[$0] == nil || shape[$0] == size($0) }
    }
}
