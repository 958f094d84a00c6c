// SPDX-License-Identifier: Apache-2.0

/// Keys to tensors, in the order of the schema. A batch is a sample whose tensors have one more leading dimension.
public struct Sample: Sendable {
    public let schema: Schema
    public let tensors: [Tensor]

    /// Traps unless there is one tensor per field.
    public init(schema: Schema, tensors: [Tensor]) {
        precondition(schema.count == tensors.count, "a sample has one tensor per field")
        self.schema = schema
        self.tensors = tensors
    }

    public var keys: [String] { schema.names }

    /// The tensor of that key. Traps if there is none: a chain that names a key is checked where it is built, so a
    /// wrong one here is a mistake in the program. See `tensor(_:)` for keys that come from data.
    public subscript(key: String) -> Tensor {
        guard let index = schema.index(named: key) else {
            preconditionFailure("a sample has no key \"\(key)\"; it has \(keys)")
        }
        return tensors[index]
    }

    /// The tensor of that key. Throws `unknownKey`.
    public func tensor(_ key: String) throws(ColonnadeError) -> Tensor {
        tensors[try schema.position(of: key)]
    }
}

extension Sample: CustomStringConvertible {
    /// `image: float32[32, 28, 28], label: int64[32]`
    public var description: String {
        zip(schema, tensors).map { "\($0.name): \($1)" }.joined(separator: ", ")
    }
}
