// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// Samples pulled from front to back, prefetched by threads if asked for.
///
///     for epoch in 0..<3 {
///         for try await batch in batches.epoch(epoch) { … }
///     }
///
/// A value: each loop over it starts from the front. Without `await`, use `makeIterator().next()`.
public struct Stream: Planned {
    let plan: StreamPlan
    private(set) var prefetching: Prefetching?
    /// Which order the samples come in, where that is random.
    public private(set) var epochNumber = 0
    /// The position at which the first pass begins, if not at the front.
    private var start: Position?
    /// The pool that all passes share: memory that one pass releases, the next one uses.
    let pool = TensorPool()
    let latest = LatestPass()

    init(_ plan: StreamPlan) { self.plan = plan }

    init(_ stage: any Stage) { self.init(.stage(StagePlan(stage))) }

    func with(_ plan: StreamPlan) -> Stream {
        var copy = Stream(plan)
        copy.prefetching = prefetching
        copy.epochNumber = epochNumber
        // A position that does not fit the changed plan is an error of its first pass.
        copy.start = start
        return copy
    }

    /// The stream as the source of a stage.
    var upstream: Upstream { Upstream(plan, prefetching) }

    /// The stream without prefetching threads, from the first sample of epoch 0 on.
    package var withoutPrefetching: Stream { Stream(plan) }

    public var schema: Schema { plan.schema }

    public var isBatched: Bool { plan.isBatched }

    public func checkIntact() throws(ColonnadeError) { try plan.checkIntact() }

    /// Returns a stream of the samples that a stage makes of this one, in the same epoch.
    ///
    /// Throws `invalidArgument` beyond what a stack can hold.
    func through(_ stage: any Stage) throws(ColonnadeError) -> Stream {
        for upstream in stage.upstreams { try upstream.plan.checkDepth() }
        var stream = Stream(stage)
        stream.epochNumber = epochNumber
        stream.start = start
        return stream
    }

    /// Samples or batches of one pass; nil where only reading them tells.
    public var count: Int? { plan.count }

    /// Returns the stream in the order of an epoch: if shuffled, each number has another order. O(1).
    public func epoch(_ number: Int) -> Stream {
        var copy = self
        copy.epochNumber = number
        if start?.epoch != number { copy.start = nil }
        return copy
    }

    /// Prepares items ahead on threads of its own, and delivers them in order whatever the number of threads.
    ///
    /// Its place in a chain matters only before steps that must look at each sample in turn, such as `filter`: then these threads
    /// do the steps that the chain names before it.
    ///
    /// - Parameters:
    ///   - depth: items that may be ready or in the making before they are asked for. Batches that are only read are handed over
    ///     several at a time where they are small, up to 64 or half a megabyte: then six such blocks, or one more than
    ///     threads, if that is more. If nil, what the size of an item asks for.
    ///   - threads: more than `depth` are of no use. If nil, one for each processor beside the consumer's, or for each
    ///     processor where functions of yours run.
    /// - Throws: `invalidArgument` for a number below 1.
    public func prefetched(depth: Int? = nil, threads: Int? = nil) throws(ColonnadeError) -> Stream {
        guard depth ?? 1 >= 1, threads ?? 1 >= 1 else {
            throw ColonnadeError(
                .invalidArgument,
                "prefetching needs a depth and a number of threads of at least 1, not \(depth ?? 1) and \(threads ?? 1)"
            )
        }
        let processors = Syscalls.processorCount
        let chosen = threads ?? Swift.max(1, plan.runsUserCode ? processors : processors - 1)
        var copy = self
        copy.prefetching = Prefetching(depth: depth ?? plan.depth(threads: chosen), threads: chosen)
        return copy
    }

    /// Returns the stream with a first pass that resumes at the position of another one. O(1), and O(window) for stages that hold
    /// samples back, such as a windowed shuffle.
    ///
    /// Call it last: a step that changes the samples or their order makes another pipeline, and its first pass throws.
    ///
    /// Throws `invalidArgument` for a position of other data or of another pipeline.
    public func resumed(at position: Position) throws(ColonnadeError) -> Stream {
        var copy = self
        copy.epochNumber = position.epoch
        copy.start = position
        // A position that cannot be resumed is an error here, and not in the middle of a pass.
        _ = try copy.makeCursor()
        return copy
    }

    /// Returns the position of a pass over this epoch after a number of samples of all ranks together (batches, where those are
    /// shuffled or of no common size), for programs that saved only a number of steps. O(1).
    ///
    /// Throws `invalidArgument` for streams that are not read by index, and for a number beyond the end of a pass.
    public func position(afterSamples samples: Int) throws(ColonnadeError) -> Position {
        guard case .rows(let rows) = plan else {
            throw ColonnadeError(
                .invalidArgument, "only a pass tells where it is in this stream: take the position of its iterator")
        }
        _ = try rows.from(samples)
        return Position(
            dataset: plan.identity, pipeline: plan.fingerprint(), seed: plan.seed, epoch: epochNumber,
            samples: samples, steps: PassSteps(plan).text, cursorState: CursorState(numbers: []))
    }

    /// The statistics of the latest pass over this stream.
    public func statistics() -> StreamStatistics? { latest.statistics() }

    func makeCursor(_ times: StepTimes? = nil) throws(ColonnadeError) -> any PassCursor {
        let pass = PassContext(epoch: epochNumber, pool: pool, times: times)
        guard let start else { return try plan.makeCursor(pass) }
        try start.check(plan)
        switch plan {
        case .rows(let rows):
            return RowCursor(try RowExecutor(try rows.from(start.samples), pass), origin: start.samples)
        case .stage(let stage):
            let cursor = try RecipeCursor(stage, pass)
            try cursor.restore(start.cursorState)
            return cursor
        }
    }
}

extension StreamPlan {
    /// Returns how many items are prefetched: two for each thread and two more, in at most 256 MB.
    fileprivate func depth(threads: Int) -> Int {
        let count = 2 * min(threads, 1 << 20) + 2
        guard let batches, let size = batches.uniformSize else { return max(count, 16) }
        let bytes = schema.reduce(0) { $0.saturatingSum($1.fixedElementCount.saturatingProduct($1.dtype.size)) }
        let batch = bytes.saturatingProduct(batches.isDroppingLast ? 1 : size)
        guard batch > 0 else { return count }
        return min(max(count, 1), max(2, (1 << 28) / batch))
    }
}
