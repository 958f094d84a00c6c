// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The memory pool, epoch and row that a transform may use in addition to the values.
struct StepContext {
    let pool: TensorPool
    let epoch: Int
    /// The row of the sample, or of the first sample of a batch. Random numbers depend on it.
    let row: Int
    /// The row and epoch of each sample, for a transform that needs them and gets several samples.
    var identities: [(row: Int, epoch: Int)] = []
    /// The entry points of the file of each sample, for a transform that reads them; empty if none of the samples can have any.
    var entryPoints: [Tensor?] = []
    /// The measurements of the pass; nil if there are none.
    var times: StepTimes?

    /// Returns a generator of random numbers for the sample in the epoch.
    func random(_ seed: UInt64) -> SplitMix64 { SplitMix64(seed: seed, epoch: epoch, row: row) }
}
