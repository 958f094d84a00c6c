// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The class numbers in a tensor of integers.
struct ClassNumbers {
    let numbers: [Int64]
    private let elementsPerRow: Int

    init(_ tensor: Tensor, from pool: TensorPool) throws(RowFailure) {
        do throws(ColonnadeError) {
            numbers = try Conversion(from: tensor.dtype, to: .int64)(tensor, from: pool).elements(as: Int64.self)
        } catch {
            throw RowFailure(index: 0, error: error)
        }
        elementsPerRow = max(1, numbers.count / max(1, tensor.shape.first ?? 1))
    }

    /// Returns the failure of the row that contains an element. The tensor's first dimension counts rows.
    func failure(_ element: Int, _ error: ColonnadeError) -> RowFailure {
        RowFailure(index: element / elementsPerRow, error: error)
    }
}
