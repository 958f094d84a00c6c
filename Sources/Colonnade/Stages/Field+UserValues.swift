// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The comparison of values that code of the user gives with the field that it promised.
extension Field {
    /// Whether a value is of this data type and shape.
    func admits(_ tensor: Tensor) -> Bool { admits(tensor.dtype, rank: tensor.shape.count) { tensor.shape[$0] } }

    /// Whether all values of another field are of this data type and shape.
    func admits(_ field: Field) -> Bool { admits(field.dtype, rank: field.shape.count) { field.shape[$0] } }

    /// Whether a value of the data type `given`, and of these sizes in `rank` dimensions, is of this data type and shape; nil
    /// stands for a size that varies.
    func admits(_ given: DType, rank: Int, _ size: (Int) -> Int?) -> Bool {
        given == dtype && rank == shape.count && shape.indices.allSatisfy { shape[$0] == nil || shape[$0] == size($0) }
    }
}
