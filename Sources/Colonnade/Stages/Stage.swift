// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Samples that come from front to back: what a stream makes of others in a way that no buffer can, such as leaving some
/// out. A value; a pass over it has a cursor.
protocol Stage: Sendable {
    var schema: Schema { get }

    /// Samples of a pass; nil where only reading them tells.
    var count: Int? { get }

    /// The stage in a few words: for people, and to tell pipelines apart.
    var label: String { get }

    /// The name of the operation, of letters and hyphens. Saved positions carry it.
    var name: String { get }

    /// The label for people alone, where there is more to say.
    var explanation: String { get }

    /// The streams that the stage takes samples from.
    var upstreams: [Upstream] { get }

    var runsUserCode: Bool { get }

    /// The seed of the stage's own random choices, if it makes any.
    var seed: UInt64? { get }

    /// Whether the stage chooses samples by their index, so that its upstreams have the order of epoch 0 in every epoch.
    var isSelection: Bool { get }

    /// Whether its samples are batches.
    var isBatched: Bool { get }

    /// The division among ranks that it makes; nil for other stages.
    var shard: ShardPlan? { get }

    /// Whether the order of its samples differs from epoch to epoch.
    var varies: Bool { get }

    /// The orders that are part of the stage, beside its label and upstreams: see `RowSource.orders`.
    var orders: UInt64 { get }

    /// A pass from front to back.
    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor

    /// Returns the stage over changed samples; nil if its output depends on their values. Not called where the samples are
    /// batches: a stage hands batches on whole, and later steps are meant for them.
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
