// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem

/// Samples that are read in order, and prefetched by threads on request.
///
///     for epoch in 0..<3 {
///         for try await batch in batches.epoch(epoch) { … }
///     }
///
/// A stream is a value: each loop over it begins with the first sample. Without `await`, use `makeIterator().next()`.
public struct Stream: Planned {
    let plan: StreamPlan
    private(set) var prefetching: Prefetching?
    /// The number of the epoch, which random orders depend on.
    public private(set) var epochNumber = 0
    /// The position at which the first pass begins; nil for the start.
    private var start: Position?
    /// Whether batches of texts have no padding.
    private var unpadsTexts = false
    /// The memory pool that all passes share, so that a pass reuses the memory of an earlier one.
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

    /// The stream without prefetching threads, from the first sample of epoch 0.
    package var withoutPrefetching: Stream { Stream(plan) }

    /// The stream with batches of texts in the form of `UnpaddedTexts`, where that is possible without a copy. Such a tensor of texts has
    /// one dimension instead of two. Streams that are made of this one have padded texts.
    package var withUnpaddedTexts: Stream {
        var copy = self
        copy.unpadsTexts = true
        return copy
    }

    public var schema: Schema { plan.schema }

    public var isBatched: Bool { plan.isBatched }

    public func checkIntact() throws(ColonnadeError) { try plan.checkIntact() }

    /// Returns a stream of the samples of a stage whose upstream is this stream. The epoch does not change.
    ///
    /// Throws `invalidArgument` if stages are nested too deeply for the stack of a thread.
    func through(_ stage: any Stage) throws(ColonnadeError) -> Stream {
        for upstream in stage.upstreams { try upstream.plan.checkDepth() }
        var stream = Stream(stage)
        stream.epochNumber = epochNumber
        stream.start = start
        return stream
    }

    /// The number of samples or batches in a pass; nil if only reading them can tell.
    public var count: Int? { plan.count }

    /// Returns the stream in the order of an epoch. A shuffled stream has another order for each number. O(1).
    public func epoch(_ number: Int) -> Stream {
        var copy = self
        copy.epochNumber = number
        if start?.epoch != number { copy.start = nil }
        return copy
    }

    /// Makes items ahead on worker threads, and returns them in order. The result does not depend on the number of threads.
    ///
    /// In a chain it belongs at the end. Before a step that looks at each sample in order, such as `filter`, the threads also do
    /// the steps that come before `prefetched`.
    ///
    /// - Parameters:
    ///   - depth: the number of items to make ahead. Small batches that are only read are made in blocks of up to 64 batches or a
    ///     quarter of a megabyte; then at least six such blocks are made ahead, or one more than threads. If nil, the size of an item
    ///     determines the depth.
    ///   - threads: the number of worker threads; more than `depth` are not started. If nil, one less than there are processors,
    ///     or one for each processor if functions of the user run.
    /// - Throws: `invalidArgument` for a number below 1.
    public func prefetched(depth: Int? = nil, threads: Int? = nil) throws(ColonnadeError) -> Stream {
        guard depth ?? 1 >= 1, threads ?? 1 >= 1 else {
            throw ColonnadeError(
                .invalidArgument,
                "prefetching needs a depth and a number of threads of at least 1, not \(depth ?? 1) and \(threads ?? 1)"
            )
        }
        let chosen = threads ?? Swift.max(1, Syscalls.processorCount - (plan.runsUserCode ? 0 : 1))
        var copy = self
        copy.prefetching = Prefetching(depth: depth ?? plan.depth(threads: chosen), threads: chosen)
        return copy
    }

    /// Returns the stream with a first pass that resumes at the position of another one. O(1), and O(window) for stages that hold
    /// samples back, such as a windowed shuffle.
    ///
    /// Call it last: after a later step that changes the samples or their order, the first pass throws.
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

    /// A hash of the steps that determine the samples of a pass and their order, for buffers that keep the samples in memory; 0
    /// if there are none. Batches and stages count, even if they keep the order.
    package var orders: UInt64 {
        var hash = plan.fingerprint(isOutside: false)
        if epochNumber != 0, plan.varies { hash = Fingerprint.mix(hash, "epoch \(epochNumber)") }
        if let start { hash = Fingerprint.mix(hash, "from \(start.samples)") }
        return hash
    }

    func makeCursor(_ times: StepTimes? = nil) throws(ColonnadeError) -> any PassCursor {
        let pass = PassContext(epoch: epochNumber, pool: pool, times: times, unpadsTexts: unpadsTexts)
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
    /// Returns the default number of prefetched items: two for each thread and two more, in at most 256 MB.
    fileprivate func depth(threads: Int) -> Int {
        let count = 2 * min(threads, 1 << 20) + 2
        guard let batches, let size = batches.uniformSize else { return max(count, 16) }
        let bytes = schema.reduce(0) { $0.saturatingSum($1.fixedElementCount.saturatingProduct($1.dtype.size)) }
        let batch = bytes.saturatingProduct(batches.isDroppingLast ? 1 : size)
        guard batch > 0 else { return count }
        return min(max(count, 1), max(2, (1 << 28) / batch))
    }
}
