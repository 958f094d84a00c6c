// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A user's function on one key.
struct MapKey: Transform {
    let key: String
    let dtype: DType?
    let shape: [Int?]?
    let function: @Sendable (Tensor) throws -> Tensor

    func output(of field: Field) throws(ColonnadeError) -> Field {
        if let shape, shape.contains(where: { ($0 ?? 0) < 0 }) {
            throw ColonnadeError(.invalidArgument, "a shape has no negative dimension: \(shape)")
        }
        guard dtype != nil || shape != nil else { return field }
        return Field(key, dtype ?? field.dtype, shape ?? field.shape)
    }

    func apply(_ tensor: Tensor, _ pool: TensorPool) throws(ColonnadeError) -> Tensor {
        do {
            return try function(tensor)
        } catch let error as ColonnadeError {
            throw error
        } catch {
            throw ColonnadeError(.userFunction, "the function of map(\"\(key)\") threw \(error)")
        }
    }
}
