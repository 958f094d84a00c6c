// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A transform that receives many samples in one call, and computes each one independently of the others.
protocol RowwiseTransform: Transform {
    /// Returns the values of each output key for all samples. `rows` has the values by input key, then by sample.
    /// Throws with the index of the sample.
    func apply(rows: [[Tensor]], _ context: StepContext) throws(RowFailure) -> [RowColumn]

    /// Whether its only input are files, and their entry points, if they have any, are in the context.
    var readsEntryPoints: Bool { get }
}

extension RowwiseTransform {
    var rowwise: (any RowwiseTransform)? { self }
    var readsEntryPoints: Bool { false }
}
