// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

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

    /// Returns the transform for fixed-shape values of many samples, stacked along a new first dimension; nil where it must
    /// see each sample by itself.
    func behindLeadingDimension(_ fields: [Field]) -> (any Transform)?

    /// Returns one transform that does this and then `next` in one pass; nil if there is none. Both have one key.
    func fused(with next: any Transform) -> (any Transform)?
}

extension Transform {
    var runsUserCode: Bool { false }
    func behindLeadingDimension(_ fields: [Field]) -> (any Transform)? { nil }
    func fused(with next: any Transform) -> (any Transform)? { nil }
}
