// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// What happens to one key of a sample or of a batch.
///
/// A transform is checked when the pipeline is built: it computes the field that it makes from the one it gets.
protocol Transform: Sendable {
    /// The key it reads and replaces.
    var key: String { get }

    /// The field that comes out. Throws `invalidArgument` if this one cannot go in.
    func output(of field: Field) throws(ColonnadeError) -> Field

    /// Whether each element is treated by itself, so that a whole batch can be done at once wherever the step was written.
    var isElementwise: Bool { get }

    /// The transformed tensor, in memory from `pool`.
    func apply(_ tensor: Tensor, _ pool: TensorPool) throws(ColonnadeError) -> Tensor

    /// One transform that does this and then `next`, in one pass with one rounding; nil if there is none.
    func fused(with next: any Transform) -> (any Transform)?
}

extension Transform {
    var isElementwise: Bool { false }
    func fused(with next: any Transform) -> (any Transform)? { nil }
}
