// SPDX-License-Identifier: Apache-2.0

/// One sample: a tensor for each key, in the order of the schema. A batch is a sample whose tensors have one more
/// leading dimension.
public struct Sample: Sendable {
    public let schema: Schema
    public let tensors: [Tensor]

    /// Makes a sample. Traps unless there is one tensor for each field.
    public init(schema: Schema, tensors: [Tensor]) {
        precondition(schema.count == tensors.count, "a sample has one tensor per field")
        self.schema = schema
        self.tensors = tensors
    }

    public var keys: [String] { schema.names }

    /// Returns the tensor of a key. Traps if there is no such key: a chain that names a key is checked when it is
    /// built, so an unknown key here is an error in the program. For keys that come from data, use `tensor(_:)`.
    public subscript(key: String) -> Tensor {
        guard let index = schema.index(named: key) else {
            preconditionFailure("a sample has no key \"\(key)\"; it has \(keys)")
        }
        return tensors[index]
    }

    /// Returns the tensor of a key. Throws `unknownKey` if there is no such key.
    public func tensor(_ key: String) throws(ColonnadeError) -> Tensor {
        tensors[try schema.index(of: key)]
    }
}

extension Sample: CustomStringConvertible {
    /// The keys and types of the sample as text: `image: float32[32, 28, 28], label: int64[32]`.
    public var description: String {
        zip(schema, tensors).map { "\($0.name): \($1)" }.joined(separator: ", ")
    }
}
