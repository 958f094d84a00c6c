// SPDX-License-Identifier: Apache-2.0

/// The rule that converts the items of this rank to the samples that all ranks have had of a pass over rows.
struct SampleCounter: Sendable {
    /// The plan of the rows that the pass reads, without those before its position.
    let plan: RowPlan
    /// The number of samples before the pass began.
    let origin: Int

    /// Returns the number of samples after this rank has had `index` items.
    func samples(before index: Int) -> Int { plan.samples(before: index, origin: origin) }
}
