// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A step of a stream that must read samples in order, such as a filter. A stage is a value without state; each pass
/// over it has a cursor.
protocol Stage: Sendable {
    var schema: Schema { get }

    /// The number of samples in a pass; nil if only reading them can tell.
    var count: Int? { get }

    /// A short description of the stage for people, which also identifies it in saved positions.
    var label: String { get }

    /// The name of the operation, of letters and hyphens. Saved positions carry it.
    var name: String { get }

    /// The description of the stage in `explain`: the label, or more than the label.
    var explanation: String { get }

    /// The streams that the stage takes samples from.
    var upstreams: [Upstream] { get }

    var runsUserCode: Bool { get }

    /// The seed of the stage's own random choices, if it makes any.
    var seed: UInt64? { get }

    /// Whether the stage chooses samples by their index, so that its upstreams have the order of epoch 0 in every epoch.
    var isSelection: Bool { get }

    /// Whether each of its samples is a batch.
    var isBatched: Bool { get }

    /// The division among ranks, if the stage makes one; otherwise nil.
    var shard: ShardPlan? { get }

    /// Whether the order of its samples differs from epoch to epoch.
    var varies: Bool { get }

    /// A hash of orders that are part of the stage but not of its label or upstreams: see `RowSource.orders`.
    var orders: UInt64 { get }

    /// Begins a pass at the first sample.
    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor

    /// Returns the stage with a change of the samples of its upstreams; nil if its output depends on their values. It
    /// is not called if the samples are batches.
    func changingSamples(
        _ change: (StreamPlan) throws(ColonnadeError) -> StreamPlan
    ) throws(ColonnadeError) -> (any Stage)?
}

extension Stage {
    var runsUserCode: Bool { false }
    var seed: UInt64? { nil }
    var explanation: String { label }
    var name: String {
        let letters = label.unicodeScalars.prefix { $0.isASCII && $0.properties.isAlphabetic }
        return letters.isEmpty ? "step" : String(String.UnicodeScalarView(letters.prefix(12)))
    }
    var orders: UInt64 { 0 }
    var isBatched: Bool { upstreams.contains { $0.plan.isBatched } }
    var shard: ShardPlan? { nil }
    var isSelection: Bool { false }
    var varies: Bool { seed != nil || !isSelection && upstreams.contains { $0.plan.varies } }

    func changingSamples(
        _ change: (StreamPlan) throws(ColonnadeError) -> StreamPlan
    ) throws(ColonnadeError) -> (any Stage)? { nil }
}
