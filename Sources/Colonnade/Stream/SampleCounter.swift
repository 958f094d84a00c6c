// SPDX-License-Identifier: Apache-2.0

/// Counts the samples that all ranks have had of a pass over rows.
struct SampleCounter: Sendable {
    /// The plan of the rows that were left where the pass began.
    let plan: RowPlan
    /// The samples before the pass began.
    let origin: Int

    /// Returns the number of samples once this rank has had some items.
    func samples(before index: Int) -> Int { plan.samples(before: index, origin: origin) }
}
