// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Stream {
    // MARK: Which samples

    /// Returns the first samples or batches. This is a selection (see `Buffer.shuffled`): shuffles before it have the order of
    /// epoch 0 in every epoch. Throws `invalidArgument` for a negative number.
    public func prefix(_ length: Int) throws(ColonnadeError) -> Stream {
        try checkLength(length)
        if case .rows(let rows) = plan { return with(.rows(try Buffer(rows).prefix(length).plan)) }
        return try through(SpanStage(upstream, 0..<length))
    }

    /// Skips the first samples or batches. This is a selection (see `Buffer.shuffled`). Throws `invalidArgument` for a
    /// negative number. O(1) if samples have an index; otherwise the stages still decide the skipped samples, but
    /// nothing makes them.
    public func dropFirst(_ length: Int = 1) throws(ColonnadeError) -> Stream {
        try checkLength(length)
        if case .rows(let rows) = plan { return with(.rows(try Buffer(rows).dropFirst(length).plan)) }
        return try through(SpanStage(upstream, length..<Int.max))
    }

    /// Skips items that an earlier pass has returned. It is not a selection: shuffles follow the epoch.
    package func beginning(after items: Int) throws(ColonnadeError) -> Stream {
        try checkLength(items)
        switch plan {
        case .rows(let rows):
            return with(.rows(rows.ordered(.range(Swift.min(items, rows.count)..<rows.count))))
        case .stage: return try through(SpanStage(upstream, items..<Int.max, isSelection: false))
        }
    }

    /// Returns every `count`-th sample or batch, beginning with `index`. This is a selection (see `Buffer.shuffled`).
    ///
    /// Throws `invalidArgument` unless 0 ≤ `index` < `count`.
    public func partition(_ index: Int, of count: Int) throws(ColonnadeError) -> Stream {
        try checkPart(index, of: count)
        if case .rows(let rows) = plan { return with(.rows(try Buffer(rows).partition(index, of: count).plan)) }
        return try through(StrideStage(upstream: upstream, first: index, step: count))
    }

    /// Returns the samples of one of several ranks: see `Buffer.sharded`. If samples have no index, every rank decides
    /// all samples, but makes only its own.
    public func sharded(
        rank: Int, of worldSize: Int, remainder: ShardRemainder = .drop
    ) throws(ColonnadeError) -> Stream {
        try checkPart(rank, of: worldSize, "rank")
        return try sharded(ShardPlan(rank: rank, worldSize: worldSize, remainder: remainder))
    }

    private func sharded(_ shard: ShardPlan) throws(ColonnadeError) -> Stream {
        switch plan {
        case .rows(let rows): with(.rows(try rows.sharded(shard)))
        case .stage: try through(ShardStage(upstream, shard))
        }
    }

    /// Returns the samples of the rank that the launcher gave this process: see `Launcher`. `explain` names the launcher.
    public func sharded(_ launcher: Launcher, remainder: ShardRemainder = .drop) throws(ColonnadeError) -> Stream {
        let process = try launcher.rank()
        return try sharded(
            ShardPlan(rank: process.rank, worldSize: process.worldSize, remainder: remainder, launcher: process))
    }

    /// Keeps the samples or batches for which `isIncluded` returns true. It is called in order, on one thread at a time; a
    /// `prefetched` before the filter makes the samples ahead on several threads. Shuffles before the filter follow the epoch.
    ///
    /// Throws `invalidArgument` after `sharded`; while running, `userFunction` with the row if `isIncluded` throws.
    public func filter(
        _ isIncluded: @escaping @Sendable (Sample) throws -> Bool
    ) throws(ColonnadeError) -> Stream {
        try plan.checkSameOnEachRank("filter", "filter")
        return try through(FilterStage(upstream: upstream, condition: .function(isIncluded)))
    }

    /// Keeps the samples in which a dimension of `key` has a size in `sizes`. If a file has the sizes, the values of other samples
    /// are not read.
    ///
    /// Throws `unknownKey`, `invalidArgument` for a dimension that does not exist.
    public func filter(
        _ key: String, dimension: Int = 0, in sizes: ClosedRange<Int>
    ) throws(ColonnadeError) -> Stream {
        let (column, dimension) = try schema.dimension(dimension, of: key)
        try plan.checkSameOnEachRank("filter", "filter")
        return try through(
            FilterStage(upstream: upstream, condition: .size(column: column, dimension: dimension, sizes)))
    }

    // MARK: Order

    /// Shuffles the samples within a window: a sample comes at most `window` samples earlier than in the stream. The order differs for
    /// each seed and epoch. For samples of a buffer the window holds only row numbers. To shuffle a complete buffer, use
    /// `Buffer.shuffled`.
    ///
    /// Throws `invalidArgument` for a window below 1.
    public func shuffled(window: Int, seed: UInt64) throws(ColonnadeError) -> Stream {
        guard window >= 1 else {
            throw ColonnadeError(.invalidArgument, "a window has at least one sample, not \(window)")
        }
        return try through(WindowShuffleStage(upstream: upstream, window: window, ownSeed: seed))
    }

    /// Repeats the stream several times, or without end. Each repetition is another epoch, and batches after this step may have
    /// samples of two epochs.
    ///
    /// Throws `invalidArgument` for a number below 1.
    public func repeated(_ times: Int? = nil) throws(ColonnadeError) -> Stream {
        guard times ?? 1 >= 1 else {
            throw ColonnadeError(.invalidArgument, "a stream is repeated at least once, not \(times ?? 0) times")
        }
        return try through(RepeatStage(upstream: upstream, times: times))
    }

    /// Returns the samples of several streams in turn, `length` samples of each.
    ///
    /// Throws `invalidArgument` unless they have the same keys with the same data types and ranks, and class names as
    /// `classNames` asks for, or for a length below 1.
    public static func interleaved(
        _ streams: [Stream], length: Int = 1, whenExhausted exhaustion: Exhaustion = .leaveOut,
        classNames: ClassNameRule = .same
    ) throws(ColonnadeError) -> Stream {
        guard length >= 1 else {
            throw ColonnadeError(.invalidArgument, "at least one sample is taken of each stream in turn, not \(length)")
        }
        // No stream has more samples than that, and turns are counted in samples.
        return try mixed(
            MixStage(streams.map(\.upstream), .inTurn(Swift.min(length, 1 << 40)), exhaustion, classNames))
    }

    /// Returns samples of several streams in random order. The weights are the relative frequencies of the streams; the choice
    /// depends on seed, epoch and step.
    ///
    /// Throws `invalidArgument` unless they have the same keys with the same data types and ranks, and class names as
    /// `classNames` asks for, and for weights of another number, negative, not finite, or all 0.
    public static func mixed(
        _ streams: [Stream], weights: [Double], seed: UInt64, whenExhausted exhaustion: Exhaustion = .beginAnew,
        classNames: ClassNameRule = .same
    ) throws(ColonnadeError) -> Stream {
        guard weights.count == streams.count, weights.allSatisfy({ $0 >= 0 && $0.isFinite }), weights.reduce(0, +) > 0,
            weights.reduce(0, +).isFinite
        else {
            throw ColonnadeError(
                .invalidArgument,
                "\(streams.count) streams need \(streams.count) weights, none negative and not all 0, not \(weights)")
        }
        return try mixed(MixStage(streams.map(\.upstream), .weighted(weights, seed: seed), exhaustion, classNames))
    }

    private static func mixed(_ stage: MixStage) throws(ColonnadeError) -> Stream {
        for upstream in stage.upstreams { try upstream.plan.checkDepth() }
        return Stream(stage)
    }

    /// Returns samples with the keys of both streams, until one of them ends. Throws `invalidArgument` for a key that both have.
    public func zipped(with other: Stream) throws(ColonnadeError) -> Stream {
        try through(ZipStage([upstream, other.upstream]))
    }

    // MARK: Several out of several

    /// Collects `size` samples at a time into a buffer, applies a function to the buffer, such as `{ $0.shuffled(seed:
    /// 1) }`, and returns its samples.
    ///
    /// If the change has a `prefix`, `dropFirst` or `partition`, the step is a selection (see `Buffer.shuffled`): shuffles
    /// before it have the order of epoch 0 in every epoch.
    ///
    /// - Parameters:
    ///   - size: the number of samples in a buffer; the last may have fewer.
    ///   - change: the function that changes a buffer. Colonnade calls it once with an empty buffer, to learn the fields, and then
    ///     with each buffer in turn.
    /// - Throws: `invalidArgument` for a size below 1, and the error of `change` for an empty buffer.
    public func buffered(
        _ size: Int, _ change: @escaping @Sendable (Buffer) throws -> Buffer = { $0 }
    ) throws(ColonnadeError) -> Stream {
        guard size >= 1 else {
            throw ColonnadeError(.invalidArgument, "a buffer of a stream has at least one sample, not \(size)")
        }
        return try through(BufferedStage(upstream, size, change))
    }

    /// Returns batches of samples of similar size, chosen within a window: see `Buffer.batched(bySizeOf:)`.
    ///
    /// - Parameters:
    ///   - key: the value whose elements count.
    ///   - window: the number of samples from which batches are chosen.
    ///   - maximum: the number of elements of `key` that a batch may have, padding included.
    ///   - minimum: the number of elements at which a batch ends.
    ///   - droppingOutliers: whether a sample that alone exceeds the maximum is left out.
    ///   - shuffleSeed: the seed of a random order of the batches of a window. If nil, short samples come first.
    ///   - maxWaiting: the maximum number of samples that wait for the next window because they cannot reach the minimum.
    ///     Further samples are left out.
    ///   - padding: by key, the number that fills shorter values; see `batched(by:)`.
    ///   - joining: by key, the dimension along which values are joined; see `batched(by:)`.
    /// - Throws: the errors of `Buffer.batched(bySizeOf:)`, and `invalidArgument` for a window below 1.
    public func batched(
        bySizeOf key: String, window: Int, maximum: Int, minimum: Int? = nil, droppingOutliers: Bool = false,
        shuffleSeed: UInt64? = nil, maxWaiting: Int = 1000, padding: NameMap<Double> = [:], joining: NameMap<Int> = [:]
    ) throws(ColonnadeError) -> Stream {
        let column = try schema.index(of: key)
        guard window >= 1, maxWaiting >= 0 else {
            throw ColonnadeError(
                .invalidArgument, "a window has at least one sample, not \(window), and no negative number may wait")
        }
        try plan.checkSameOnEachRank("batches by size", "make batches")
        return try through(
            SizedBatchStage(
                upstream, column,
                try SizeRule(
                    maximum: maximum, minimum: minimum, droppingOutliers: droppingOutliers, joining: joining[key],
                    rank: schema[column].shape.count),
                window: window, shuffleSeed: shuffleSeed, maxWaiting: maxWaiting, padding: padding, joining: joining))
    }

    /// Packs rows of different lengths into rows of `length`, for language models. The result has the keys, `segment_ids`
    /// int32[length] (1, 2, … for the packed rows, 0 for padding) and `positions` int32[length] (from 0 in each packed row). Other
    /// keys are dropped.
    ///
    /// - Parameters:
    ///   - keys: the values to pack. Their first dimension is the length; the values of one sample are equally long.
    ///   - length: the length of a packed row.
    ///   - window: the number of rows that are packed together, first fit.
    ///   - overlong: the treatment of rows that are longer than `length`.
    ///   - padding: by key, the number after the last row; 0 for other keys.
    /// - Throws: `unknownKey`; `invalidArgument` for values that vary in another dimension, or a length or window below 1.
    public func packed(
        _ keys: [String], length: Int, window: Int = 1000, overlong: Overlong = .split, padding: NameMap<Double> = [:]
    ) throws(ColonnadeError) -> Stream {
        try plan.checkSameOnEachRank("packing", "pack")
        return try through(
            PackStage(upstream, keys, length: length, window: window, overlong: overlong, padding: padding))
    }

    /// Returns windows of `size` elements over one dimension of `key`, one every `stride` elements. The last window of a sample may
    /// be shorter. Other keys are repeated.
    ///
    /// - Parameters:
    ///   - key: the value from which windows are cut.
    ///   - size: the number of elements in a window.
    ///   - stride: the number of elements from the start of a window to the start of the next.
    ///   - dimension: the dimension that windows move along; negative counts from the end.
    ///   - indexKey: the key under which each window gets its index, as int64.
    /// - Throws: `unknownKey`; `invalidArgument` for a dimension that does not exist, or a size or stride below 1.
    public func slidingWindows(
        _ key: String, size: Int, stride: Int, dimension: Int = -1, indexKey: String? = nil
    ) throws(ColonnadeError) -> Stream {
        try through(
            SlidingWindowStage(
                upstream, key, size: size, stride: stride, dimension: dimension, indexKey: indexKey))
    }

    /// Replaces each sample by the samples of the stream that `transform` returns for it, one stream after another.
    ///
    /// - Parameters:
    ///   - fields: the fields of the streams that `transform` returns.
    ///   - transform: the function that returns a stream for a sample. Colonnade calls it in order, on one thread at a time.
    /// - Throws: `invalidArgument` for fields with the same name. While running, `userFunction` with the row if
    ///   `transform` throws, or returns a stream with other keys.
    public func flatMap(
        giving fields: [Field], _ transform: @escaping @Sendable (Sample) throws -> Stream
    ) throws(ColonnadeError) -> Stream {
        try plan.checkSameOnEachRank("several samples of one", "make them")
        return try through(FlatMapStage(upstream: upstream, schema: try Schema(fields), function: transform))
    }

    /// Makes all samples or batches of a pass, and returns a buffer with them in memory. Throws the errors of the pass.
    /// O(bytes).
    public func materialized() throws(ColonnadeError) -> Buffer {
        var samples: [Sample] = []
        var pass = makeIterator()
        while let sample = try pass.next() { samples.append(sample) }
        return Buffer(try MemoryRows(samples, schema: schema, orders: orders))
    }
}
