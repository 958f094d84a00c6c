// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

extension Pipelined {
    /// Adds a value that a function of the library computes from the values of keys and from random numbers, which depend on seed,
    /// epoch and row alone. It replaces a value of the same name.
    ///
    /// - Parameters:
    ///   - keys: the keys of the arguments, in this order.
    ///   - field: the field of the result. The function must keep its data type and number of dimensions.
    ///   - label: a description for people, such as `load audio(path)`.
    ///   - purpose: the purpose of the random numbers. Those for another purpose, or another key of the result, are others.
    ///   - seed: the seed of the random numbers.
    ///   - function: the function, with the pool that has memory for its result, and a function that draws a number from 0 up to
    ///     a limit, which is excluded. Several threads may call it at once.
    /// - Throws: `unknownKey`.
    package func computing(
        _ keys: [String], to field: Field, label: String, drawing purpose: String, randomlyWithSeed seed: UInt64,
        _ function: @escaping RandomValueFunction
    ) throws(ColonnadeError) -> Self {
        let seed = Fingerprint.mix(seed, "\(purpose) \(field.name)")
        return try adding(ComputeRandomValue(keys: keys, field: field, label: label, seed: seed, function: function))
    }
}

/// A function that makes a value of others and of random numbers.
package typealias RandomValueFunction =
    @Sendable (_ values: [Tensor], _ pool: TensorPool, _ below: (Int) -> Int) throws(ColonnadeError) -> Tensor

/// Computes a value of others and of random numbers by a function of the library.
struct ComputeRandomValue: Transform {
    let keys: [String]
    let field: Field
    let label: String
    let seed: UInt64
    let function: RandomValueFunction

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] { [field] }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        var random = context.random(seed)
        return [try function(values, context.pool) { random.below($0) }]
    }
}
