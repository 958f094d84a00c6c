// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore

/// Makes arrays of `.npy` files: those that values name, or the values themselves.
struct ArrayLoader: Sendable {
    /// Nil if the values are the contents.
    let files: NamedFiles?

    /// Returns the array of a value. Throws the errors of reading the file, with its path in the message, and `invalidSource` if the
    /// array has another data type or number of dimensions than the expected field.
    func array(_ value: Tensor, _ pool: TensorPool, expected: Field? = nil) throws(ColonnadeError) -> Tensor {
        guard let files else { return try array(in: value, expected) }
        let contents = try files.contents(value, from: pool)
        do throws(ColonnadeError) {
            return try array(in: contents, expected)
        } catch {
            throw error.located(in: try files.path(value)).namingFile
        }
    }

    private func array(in contents: Tensor, _ expected: Field?) throws(ColonnadeError) -> Tensor {
        let file = try ArrayFile(contents)
        if let expected, file.dtype != expected.dtype || file.shape.count != expected.shape.count {
            throw ColonnadeError(
                .invalidSource,
                "its array is \(file.dtype.name)\(file.shape), and those of other samples are \(expected.dtype.name) with "
                    + "\(expected.shape.count) dimensions: all need the same")
        }
        return try file.tensor()
    }
}
