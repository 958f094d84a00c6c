// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

extension Pipelined {
    /// Adds values that a function of the library computes from the values of keys and from random numbers, which depend on seed,
    /// epoch and row alone. They replace values of the same names.
    ///
    /// - Parameters:
    ///   - keys: the keys of the arguments, in this order.
    ///   - fields: the fields of the results. The function must keep their data types and numbers of dimensions.
    ///   - label: a description for people, such as `load audio(path)`.
    ///   - purpose: the purpose of the random numbers. Those for another purpose, or another key of the first result, are others.
    ///   - seed: the seed of the random numbers.
    ///   - others: what is called where nothing uses the first value, as in `computing(_:toEach:label:hasEffects:others:_:)`.
    ///   - function: the function, with the pool that has memory for its result, and a function that draws a number from 0 up to
    ///     a limit, which is excluded. Several threads may call it at once.
    /// - Throws: `unknownKey`.
    package func computing(
        _ keys: [String], toEach fields: [Field], label: String, drawing purpose: String, randomlyWithSeed seed: UInt64,
        others: LabelledFunction? = nil, _ function: @escaping RandomValueFunction
    ) throws(ColonnadeError) -> Self {
        let seed = Fingerprint.mix(seed, "\(purpose) \(fields[0].name)")
        return try adding(
            ComputeRandomValue(
                keys: keys, fields: fields, label: label, purpose: purpose, seed: seed, others: others,
                function: function))
    }
}

/// A function that makes values of others and of random numbers.
package typealias RandomValueFunction =
    @Sendable (_ values: [Tensor], _ pool: TensorPool, _ below: (Int) -> Int) throws(ColonnadeError) -> [Tensor]

/// Computes values of others and of random numbers by a function of the library.
struct ComputeRandomValue: Transform {
    let keys: [String]
    let fields: [Field]
    let label: String
    let purpose: String
    var seed: UInt64
    let others: LabelledFunction?
    let function: RandomValueFunction

    var draws: RandomDraws? { RandomDraws(name: purpose, seed: seed) }

    func drawing(withSeed seed: UInt64) -> any Transform {
        var copy = self
        copy.seed = seed
        return copy
    }

    var withoutFirst: (any Transform)? {
        others.map {
            ComputeValue(keys: keys, fields: Array(fields.dropFirst()), label: $0.label, function: $0.function)
        }
    }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] { self.fields }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        var random = context.random(seed)
        return try function(values, context.pool) { random.below($0) }
    }
}
