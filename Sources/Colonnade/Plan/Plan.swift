// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The description of a buffer or of a stream: where samples come from, in which order, the steps on their values, and how
/// they become batches. A value; an executor makes samples of it.
protocol Plan: Sendable {
    /// The fields of each sample or batch.
    var schema: Schema { get }

    /// Whether its items are batches.
    var isBatched: Bool { get }

    /// The number of buffers and stages below that ask each other in turn for a sample.
    var depth: Int { get }

    /// The plan as one of rows; nil where a stage supplies the samples.
    var rows: RowPlan? { get }

    /// Tells the data from other data.
    var identity: UInt64 { get }

    /// The seed of the outermost random order, if there is one.
    var seed: UInt64? { get }

    /// Whether the order of samples or batches differs from epoch to epoch.
    var varies: Bool { get }

    /// Whether samples are divided among several ranks.
    var isSharded: Bool { get }

    var runsUserCode: Bool { get }

    /// The source of the samples, for people.
    var label: String { get }

    /// Returns a hash that tells plans apart that give other samples, or the same in another order. Steps on values do not
    /// count.
    ///
    /// - Parameter isOutside: whether a pass runs over this plan itself. Then the size of batches and the number of ranks do
    ///   not count: with others a pass may resume.
    func fingerprint(isOutside: Bool) -> UInt64

    /// Adds the operations that `fingerprint` counts, first to last.
    func add(to steps: inout PassSteps, isOutside: Bool)

    /// Returns the plan with a change of values. Throws `unknownKey` or `invalidArgument`.
    func changing(_ change: ValueChange) throws(ColonnadeError) -> Self

    /// Returns the plan with its items put together as batches.
    func batched(_ batches: BatchPlan) throws(ColonnadeError) -> Self

    /// Describes the plan for people, line by line.
    ///
    /// - Parameter isFrozen: whether a selection comes after it, so that its orders are those of epoch 0.
    func explained(indent: String, isFrozen: Bool) -> [String]

    /// Throws `corruptFile` if a file that its samples are in was truncated since it was opened, or is known to be damaged.
    func checkIntact() throws(ColonnadeError)
}

extension Plan {
    func fingerprint() -> UInt64 { fingerprint(isOutside: true) }

    /// The number of buffers and stages that may ask each other in turn: the stack of a thread holds them.
    static var deepest: Int { 64 }

    func explained() -> [String] { explained(indent: "", isFrozen: false) }

    /// Throws `invalidArgument` where one more buffer or stage would be too many for the stack of a thread.
    func checkDepth() throws(ColonnadeError) {
        guard depth >= Self.deepest else { return }
        throw ColonnadeError(
            .invalidArgument,
            "\(depth) buffers or streams are made of one another here, and more than \(Self.deepest) cannot be: keep one "
                + "of them in memory (materialized(); in Python concretize() or to_buffer()), or put many together by one call "
                + "(concatenating; in Python concat)")
    }

    /// Throws `invalidArgument` where samples are divided among ranks already, for a step that makes another number of them on
    /// each rank: a rank with fewer batches than the others leaves them waiting for ever.
    ///
    /// - Parameters:
    ///   - step: the name of the step.
    ///   - remedy: the operation to do first.
    func checkSameOnEachRank(_ step: String, _ remedy: String) throws(ColonnadeError) {
        guard isSharded else { return }
        throw ColonnadeError(
            .invalidArgument,
            "\(step) after shard gives ranks unequal numbers of samples, and ranks that train together would wait for the "
                + "missing batches for ever: \(remedy) first and shard then, or take a partition where parts may be unequal"
        )
    }
}
