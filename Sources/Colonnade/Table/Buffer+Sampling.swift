// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// Random draws with replacement.
extension Buffer {
    /// Returns samples that are drawn with replacement, each with a probability in proportion to its weight. Every epoch has
    /// other draws. A draw depends only on the seed, the epoch and its index, so that a pass resumes at any index.
    ///
    ///     buffer.sampled(weights: weights, seed: 1)           // as many draws as samples
    ///
    /// The order before the draws is that of epoch 0 in every epoch. O(samples) for a table of 16 bytes for each sample; O(1)
    /// for each draw. Random changes of values depend on the row of a sample and the epoch, and not on the draw: a sample that is
    /// drawn several times in an epoch is changed in the same way each time.
    ///
    /// - Parameters:
    ///   - weights: the weight of each sample or batch, in the order of epoch 0. A sample of weight 0 is never drawn.
    ///   - count: the number of draws in an epoch; nil for as many as there are samples.
    ///   - seed: the seed of the draws.
    /// - Throws: `invalidArgument` for weights of another number than samples, that are negative or not finite, or that are
    ///   all 0; and for a negative count.
    public func sampled(weights: [Double], count: Int? = nil, seed: UInt64) throws(ColonnadeError) -> Buffer {
        guard weights.count == self.count else {
            throw ColonnadeError(
                .invalidArgument, "\(weights.count) weights were given for \(self.count) samples: each needs one")
        }
        let draws = count ?? self.count
        guard draws >= 0 else { throw ColonnadeError(.invalidArgument, "\(draws) samples cannot be drawn") }
        return Buffer(plan.drawing(WeightedDraws(try AliasTable(weights), count: draws, seed: seed)))
    }

    /// Returns samples that are drawn with weights from a key, whose values are single numbers. See `sampled(weights:count:seed:)`.
    ///
    /// Throws the errors of that method and of making a sample; `unknownKey`.
    public func sampled(weightsIn key: String, count: Int? = nil, seed: UInt64) throws(ColonnadeError) -> Buffer {
        let field = schema[try schema.index(of: key)]
        guard field.kind == .tensor, field.shape.isEmpty else {
            throw ColonnadeError(
                .invalidArgument, "\"\(key)\" is \(field.typeDescription), and weights are single numbers")
        }
        let weights = try selecting([key]).cast(key, to: .float64).checkedColumn(key).elements(as: Double.self)
        return try sampled(weights: weights, count: count, seed: seed)
    }

    /// Returns samples that are drawn with replacement so that each value of a key is equally likely, such as each class.
    /// Samples of one value are equally likely. See `sampled(weights:count:seed:)`.
    ///
    /// Throws the errors of that method and of making a sample; `unknownKey`; `invalidArgument` for a key that is neither a
    /// scalar nor text nor bytes.
    public func balanced(by key: String, count: Int? = nil, seed: UInt64) throws(ColonnadeError) -> Buffer {
        let codes = try sortCodes(of: key)
        var counts: [UInt64: Int] = [:]
        for code in codes { counts[code, default: 0] += 1 }
        return try sampled(weights: codes.map { 1 / Double(counts[$0] ?? 1) }, count: count, seed: seed)
    }
}
