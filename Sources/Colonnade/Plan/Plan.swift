// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The description of a buffer or of a stream: the source of its samples, their order, the steps on their values, and
/// their batches. A plan is a value without state; an executor makes the samples.
protocol Plan: Sendable {
    /// The fields of each sample or batch.
    var schema: Schema { get }

    /// Whether each item is a batch.
    var isBatched: Bool { get }

    /// The length of the longest chain of buffers and stages in which each one requests samples from the next.
    var depth: Int { get }

    /// The number of buffers and stages that the plan contains, each one as often as others contain it.
    var nodeCount: Int { get }

    /// The plan as one of rows; nil where a stage supplies the samples.
    var rows: RowPlan? { get }

    /// A number that identifies the data.
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

    /// Returns a hash that differs between plans with different samples or orders. Steps on values do not change it.
    ///
    /// - Parameter isOutside: whether a pass runs over this plan itself, and not over a plan that contains it. Then the
    ///   hash does not depend on the size of batches and the number of ranks, which may differ when a pass resumes.
    func fingerprint(isOutside: Bool) -> UInt64

    /// Adds the operations that `fingerprint` depends on, first to last.
    func add(to steps: inout PassSteps, isOutside: Bool)

    /// Adds the random operations on values, also those of the plans that it contains.
    func addDraws(to steps: inout PassSteps)

    /// Returns the plan with a change of values. Throws `unknownKey` or `invalidArgument`.
    func changing(_ change: ValueChange) throws(ColonnadeError) -> Self

    /// Returns the plan with its items combined into batches.
    func batched(_ batches: BatchPlan) throws(ColonnadeError) -> Self

    /// Describes the plan for people, line by line.
    ///
    /// - Parameters:
    ///   - indent: the spaces before each line.
    ///   - isFrozen: whether a selection comes after the plan, so that its orders are those of epoch 0.
    ///   - requestsRows: whether a pass over the plan requests its rows; false if another plan reads them one by one.
    func explained(indent: String, isFrozen: Bool, requestsRows: Bool) -> [String]

    /// Throws `corruptFile` if a file of its samples was truncated after it was opened, or is known to be damaged.
    func checkIntact() throws(ColonnadeError)
}

extension Plan {
    func fingerprint() -> UInt64 { fingerprint(isOutside: true) }

    /// The maximum `depth`: nested calls use the stack of a thread.
    static var deepest: Int { 64 }

    func explained() -> [String] { explained(indent: "", isFrozen: false, requestsRows: true) }

    /// The maximum `nodeCount`. A plan that contains another one twice visits it twice, so that doubling would take memory
    /// and time without a limit.
    static var mostNodes: Int { 1 << 18 }

    /// Throws `invalidArgument` if the plan contains too many buffers and stages to be part of another one.
    func checkNodeCount() throws(ColonnadeError) {
        guard nodeCount >= Self.mostNodes else { return }
        throw ColonnadeError(.invalidArgument) {
            "more than \(Self.mostNodes) buffers or streams are combined here: write them to one file, or keep a combination of "
                + "them in memory (\($0.materialize))"
        }
    }

    /// Throws `invalidArgument` if one more buffer or stage would exceed `deepest` or `mostNodes`.
    func checkDepth() throws(ColonnadeError) {
        try checkNodeCount()
        guard depth >= Self.deepest else { return }
        throw ColonnadeError(.invalidArgument) {
            "\(depth) buffers or streams are made of one another here, but at most \(Self.deepest) can be: keep one of them in "
                + "memory (\($0.materialize)), or join many by one call (\($0.concatenate))"
        }
    }

    /// Throws `invalidArgument` if samples are divided among ranks already. A step that gives each rank another number
    /// of samples calls it: the other ranks would wait forever for a rank that has fewer batches.
    ///
    /// - Parameters:
    ///   - step: the name of the step.
    ///   - remedy: the operation to do first.
    func checkSameOnEachRank(_ step: String, _ remedy: String) throws(ColonnadeError) {
        guard isSharded else { return }
        throw ColonnadeError(.invalidArgument) {
            "\(step) after \($0.shard) gives ranks unequal numbers of samples, and ranks that train together would wait for the "
                + "missing batches forever: \(remedy) first, then \($0.shard), or use partition where parts may be unequal"
        }
    }
}
