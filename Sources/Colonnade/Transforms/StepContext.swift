// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The memory, epoch and row that a transform may use besides the values.
struct StepContext {
    let pool: TensorPool
    let epoch: Int
    /// The row of the sample, or the first of the batch: what random numbers depend on.
    let row: Int
    /// The row and epoch of each sample, for a `RowwiseTransform` that needs them.
    var identities: [(row: Int, epoch: Int)] = []

    /// Random numbers for this sample in this epoch.
    func random(_ seed: UInt64) -> SplitMix64 { SplitMix64(seed: seed, epoch: epoch, row: row) }
}
