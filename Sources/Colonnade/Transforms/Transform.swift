// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// An operation on keys of a sample or of a batch.
///
/// A transform is checked when the pipeline is built: it computes its output fields from its input fields.
protocol Transform: Sendable {
    /// The keys that the transform reads, in the order of the values that it receives.
    var keys: [String] { get }

    /// A short description of the operation for people, such as `cast(image, float32)`.
    var label: String { get }

    /// A short description of work that the transform avoids, for people; nil if there is none.
    var detail: String? { get }

    /// Whether the transform calls a function of the user.
    var runsUserCode: Bool { get }

    /// Whether the transform needs `StepContext.identities` where it gets several samples.
    var needsIdentities: Bool { get }

    /// The random numbers that the transform draws; nil if it draws none.
    var draws: RandomDraws? { get }

    /// Returns the transform with another seed of its random numbers.
    func drawing(withSeed seed: UInt64) -> any Transform

    /// The transform that makes all outputs but the first, with less work; nil if there is none.
    var withoutFirst: (any Transform)? { get }

    /// Whether the transform changes something outside, such as files, so that it runs also if nothing uses its values.
    var hasEffects: Bool { get }

    /// Returns the output fields, each under the key that it replaces or adds. Throws `invalidArgument` for unsuitable
    /// input fields.
    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field]

    /// Returns the output values.
    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor]

    /// Returns the output values for many samples of a fixed shape, whose values are stacked along a leading dimension.
    /// Called on transforms that `stacked` returned. Throws with the index of the sample.
    func apply(stacked values: [Tensor], _ context: StepContext) throws(RowFailure) -> [Tensor]

    /// Returns the transform for fixed-shape values of many samples, stacked along a leading dimension. Returns nil if
    /// the transform needs each sample by itself.
    func stacked(_ fields: [Field]) -> (any Transform)?

    /// Returns a transform that applies this one and then `next` in one pass over memory; nil if there is none. Both
    /// transforms have one key.
    func fused(with next: any Transform) -> (any Transform)?

    /// The cast or scaling that the transform is, which the transform before it may apply in the same pass over memory; nil
    /// for other transforms.
    var convert: Convert? { get }

    /// Returns the conversion that applies the transform while a column is read; nil if there is none.
    ///
    /// - Parameter isOnBatch: whether the transform was written for batches of the column, and not for its rows.
    func conversion(of field: Field, isOnBatch: Bool) -> Conversion?

    /// Whether the transform, written for a batch of stacked samples, gives the results that it gives for each sample by itself.
    var ignoresLeadingDimension: Bool { get }

    /// The transform as a `RowwiseTransform`; nil if it is not one.
    var rowwise: (any RowwiseTransform)? { get }
}

extension Transform {
    var detail: String? { nil }
    var runsUserCode: Bool { false }
    var needsIdentities: Bool { false }
    var hasEffects: Bool { false }
    var withoutFirst: (any Transform)? { nil }
    var draws: RandomDraws? { nil }
    func drawing(withSeed seed: UInt64) -> any Transform { self }
    var ignoresLeadingDimension: Bool { false }
    var rowwise: (any RowwiseTransform)? { nil }
    func stacked(_ fields: [Field]) -> (any Transform)? { nil }
    func fused(with next: any Transform) -> (any Transform)? { nil }
    var convert: Convert? { nil }
    func conversion(of field: Field, isOnBatch: Bool) -> Conversion? { nil }

    /// Applies the transform to the stacked values. If only shapes can cause an error, every sample has it, so the
    /// first one is reported.
    func apply(stacked values: [Tensor], _ context: StepContext) throws(RowFailure) -> [Tensor] {
        do throws(ColonnadeError) {
            return try apply(values, context)
        } catch {
            throw RowFailure(index: 0, error: error)
        }
    }
}
