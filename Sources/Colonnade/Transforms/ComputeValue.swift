// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

extension Pipelined {
    /// Adds a value that a function of the library computes from the values of keys, for each sample. It replaces a value of the
    /// same name.
    ///
    /// - Parameters:
    ///   - keys: the keys of the arguments, in this order.
    ///   - field: the field of the result. The function must keep its data type and number of dimensions.
    ///   - label: a description for people, such as `load file(path)`.
    ///   - hasEffects: whether the function is called also if nothing uses its result.
    ///   - function: the function, with the pool that has memory for its result. Several threads may call it at once.
    /// - Throws: `unknownKey`.
    package func computing(
        _ keys: [String], to field: Field, label: String, hasEffects: Bool = false, _ function: @escaping ValueFunction
    ) throws(ColonnadeError) -> Self {
        try computing(keys, toEach: [field], label: label, hasEffects: hasEffects) {
            (values, pool) throws(ColonnadeError) in [try function(values, pool)]
        }
    }

    /// Adds several values that one call of a function makes. Otherwise as `computing(_:to:label:hasEffects:_:)`.
    ///
    /// - Parameter others: what is called where nothing uses the first value: it makes the others with less work.
    package func computing(
        _ keys: [String], toEach fields: [Field], label: String, hasEffects: Bool = false,
        others: LabelledFunction? = nil, _ function: @escaping ValuesFunction
    ) throws(ColonnadeError) -> Self {
        try adding(
            ComputeValue(
                keys: keys, fields: fields, label: label, hasEffects: hasEffects, others: others, function: function))
    }
}

/// A function that makes a value of others.
package typealias ValueFunction = @Sendable (_ values: [Tensor], _ pool: TensorPool) throws(ColonnadeError) -> Tensor

/// A function that makes several values of others.
package typealias ValuesFunction = @Sendable (_ values: [Tensor], _ pool: TensorPool) throws(ColonnadeError) -> [Tensor]

/// A function, and a description of it for people.
package typealias LabelledFunction = (label: String, function: ValuesFunction)

/// Computes values of others by a function of the library.
struct ComputeValue: Transform {
    let keys: [String]
    let fields: [Field]
    let label: String
    var hasEffects = false
    /// Makes all values but the first; nil if that is no less work.
    var others: LabelledFunction?
    let function: ValuesFunction

    var withoutFirst: (any Transform)? {
        others.map {
            ComputeValue(keys: keys, fields: Array(fields.dropFirst()), label: $0.label, function: $0.function)
        }
    }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] { self.fields }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        try function(values, context.pool)
    }
}
