// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A transform that gets many samples at once, and makes each of them by itself.
protocol RowwiseTransform: Transform {
    /// Whether the transform needs `StepContext.identities`.
    var needsIdentities: Bool { get }

    /// The values of each key made of those of each key it reads, for all samples. Throws with the index of the sample.
    func apply(rows: [[Tensor]], _ context: StepContext) throws(RowFailure) -> [RowColumn]
}

extension RowwiseTransform {
    var rowwise: (any RowwiseTransform)? { self }
}
