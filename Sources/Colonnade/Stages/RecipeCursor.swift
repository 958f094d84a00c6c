// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pass over a stage plan: takes samples from the stage, and combines them into batches if the plan has batches.
final class RecipeCursor: PassCursor {
    private let executor: RecipeExecutor
    private let upstream: any StageCursor
    private let batches: BatchPlan?
    /// Whether the plan changes the samples of the stage.
    private let changesSamples: Bool
    let runsUserCode: Bool
    let pool: TensorPool
    /// The number of samples of all ranks for each sample of this rank.
    private let rankCount: Int
    /// The number of batches that the cursor has returned.
    private var batchCount = 0
    /// The number of samples that all ranks together have had.
    private var sampleCount = 0
    /// The samples of an unfinished batch, which an error interrupted, and the state of the stage before the first of
    /// them.
    private var pending: [Recipe] = []
    private var stateBeforePending: CursorState?

    init(_ plan: StagePlan, _ pass: PassContext) throws(ColonnadeError) {
        executor = RecipeExecutor(plan, pass)
        pool = pass.pool
        upstream = try plan.stage.makeCursor(pass.inner)
        batches = plan.batches
        changesSamples = !plan.program.isEmpty
        runsUserCode = plan.runsUserCode
        rankCount = plan.stage.shard?.worldSize ?? 1
    }

    var rows: RowExecutor? { nil }
    var counter: SampleCounter? { nil }

    func next() throws(ColonnadeError) -> Recipe? {
        guard batches == nil, !changesSamples else { return try nextItem() }
        return try nextSample()
    }

    func nextItem() throws(ColonnadeError) -> Recipe? {
        guard let batches else { return try nextSample().map { .combined(executor, [$0]) } }
        let size = batches.sizeOrOne
        if pending.isEmpty { stateBeforePending = upstream.state }
        while pending.count < size, let recipe = try upstream.next() { pending.append(recipe) }
        if pending.isEmpty || pending.count < size && batches.isDroppingLast { return nil }
        batchCount += 1
        note(pending.count)
        defer { pending = [] }
        return .combined(executor, pending)
    }

    private func nextSample() throws(ColonnadeError) -> Recipe? {
        guard let recipe = try upstream.next() else { return nil }
        note(1)
        return recipe
    }

    func nextIndices(_ maximum: Int) -> Range<Int>? { nil }

    func skip(_ count: Int) -> Int {
        guard batches == nil else { return skipOneByOne(count) }
        let skipped = upstream.skip(count)
        note(skipped)
        return skipped
    }

    /// Adds to the number of samples of all ranks, up to the largest number of a cursor state.
    private func note(_ count: Int) {
        sampleCount = min(sampleCount.saturatingSum(count.saturatingProduct(rankCount)), CursorState.largestNumber)
    }

    // MARK: Resuming

    var state: CursorState {
        CursorState(
            numbers: [batchCount, sampleCount],
            upstreams: [pending.isEmpty ? upstream.state : stateBeforePending ?? upstream.state])
    }

    func restore(_ state: CursorState) throws(ColonnadeError) {
        try state.check(numbers: 2, upstreams: 1)
        (batchCount, sampleCount) = (state.numbers[0], state.numbers[1])
        try upstream.restore(state.upstreams[0])
    }
}
