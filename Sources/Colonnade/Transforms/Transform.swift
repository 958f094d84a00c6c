// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// An operation on some keys of a sample or of a batch.
///
/// A transform is checked when the pipeline is built: it computes the fields that it makes from those it gets.
protocol Transform: Sendable {
    /// The keys it reads, in the order in which it gets their values.
    var keys: [String] { get }

    /// The operation in a few words, for people: `cast(image, float32)`.
    var label: String { get }

    /// Whether it calls a function of the user.
    var runsUserCode: Bool { get }

    /// The fields that come out, each under the key that it replaces or adds. Throws `invalidArgument` if these cannot go in.
    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field]

    /// The values that come out.
    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor]

    /// Returns the values that come out of many samples of a fixed shape, whose values are stacked along a leading dimension.
    /// Called on transforms that `stacked` returned. Throws with the index of the sample.
    func apply(stacked values: [Tensor], _ context: StepContext) throws(RowFailure) -> [Tensor]

    /// Returns the transform for fixed-shape values of many samples, stacked along a leading dimension; nil where the
    /// transform needs each sample by itself.
    func stacked(_ fields: [Field]) -> (any Transform)?

    /// Returns one transform that does this and then `next` in one pass over memory; nil if there is none. Both have one key.
    func fused(with next: any Transform) -> (any Transform)?

    /// Returns the conversion that does the same while a column is read; nil if there is none.
    ///
    /// - Parameter isOnBatch: whether the transform was written for batches of the column, and not for its rows.
    func conversion(of field: Field, isOnBatch: Bool) -> Conversion?

    /// Whether it does the same to a batch of stacked samples as to each sample.
    var ignoresLeadingDimension: Bool { get }

    /// The transform as one that gets many samples in one call; nil where it is none.
    var rowwise: (any RowwiseTransform)? { get }
}

extension Transform {
    var runsUserCode: Bool { false }
    var ignoresLeadingDimension: Bool { false }
    var rowwise: (any RowwiseTransform)? { nil }
    func stacked(_ fields: [Field]) -> (any Transform)? { nil }
    func fused(with next: any Transform) -> (any Transform)? { nil }
    func conversion(of field: Field, isOnBatch: Bool) -> Conversion? { nil }

    /// Calls the transform itself: where only shapes decide about errors, the first sample has the error if any has it.
    func apply(stacked values: [Tensor], _ context: StepContext) throws(RowFailure) -> [Tensor] {
        do throws(ColonnadeError) {
            return try apply(values, context)
        } catch {
            throw RowFailure(index: 0, error: error)
        }
    }
}
