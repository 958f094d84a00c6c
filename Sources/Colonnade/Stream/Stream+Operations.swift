// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Stream {
    // MARK: Which samples

    /// The first samples or batches: a selection, see `Buffer.shuffled`. Shuffles before it have the order of epoch 0 in every
    /// epoch. Throws `invalidArgument` for a negative number.
    public func prefix(_ length: Int) throws(ColonnadeError) -> Stream {
        try checkLength(length)
        if case .rows(let rows) = plan { return with(.rows(try Buffer(rows).prefix(length).plan)) }
        return try through(SpanStage(upstream, 0..<length))
    }

    /// Skips the first samples or batches: a selection, see `Buffer.shuffled`. Throws `invalidArgument` for a negative number.
    /// O(1) where samples can be had by number; else they are decided upon, and not made.
    public func dropFirst(_ length: Int = 1) throws(ColonnadeError) -> Stream {
        try checkLength(length)
        if case .rows(let rows) = plan { return with(.rows(try Buffer(rows).dropFirst(length).plan)) }
        return try through(SpanStage(upstream, length..<Int.max))
    }

    /// Skips the items that a pass has had already. It is no selection: shuffles follow the epoch.
    package func beginning(after items: Int) throws(ColonnadeError) -> Stream {
        try checkLength(items)
        switch plan {
        case .rows(let rows):
            return with(.rows(rows.ordered(.range(Swift.min(items, rows.count)..<rows.count))))
        case .stage: return try through(SpanStage(upstream, items..<Int.max, isSelection: false))
        }
    }

    /// Every `count`-th sample or batch from `index` on: a selection, see `Buffer.shuffled`. Throws `invalidArgument` unless 0 ≤ `index` < `count`.
    public func partition(_ index: Int, of count: Int) throws(ColonnadeError) -> Stream {
        try checkPart(index, of: count)
        if case .rows(let rows) = plan { return with(.rows(try Buffer(rows).partition(index, of: count).plan)) }
        return try through(StrideStage(upstream: upstream, first: index, step: count))
    }

    /// See `Buffer.sharded`. Samples of streams that cannot be had by number are decided upon by each rank, and made by one.
    public func sharded(
        rank: Int, of worldSize: Int, remainder: ShardRemainder = .drop
    ) throws(ColonnadeError) -> Stream {
        try checkPart(rank, of: worldSize)
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
        let found = try launcher.rank()
        return try sharded(
            ShardPlan(rank: found.rank, worldSize: found.worldSize, remainder: remainder, launcher: found))
    }

    /// Keeps the samples or batches for which `isIncluded` holds. They are looked at in turn; threads do the steps before it if
    /// `prefetched` is there. Each sample is judged by itself, so shuffles before the filter follow the epoch.
    ///
    /// Throws `invalidArgument` after `sharded`; while running, `userFunction` with the row if `isIncluded` throws.
    public func filter(
        _ isIncluded: @escaping @Sendable (Sample) throws -> Bool
    ) throws(ColonnadeError) -> Stream {
        try plan.checkSameOnEachRank("filter", "filter")
        return try through(FilterStage(upstream: upstream, condition: .function(isIncluded)))
    }

    /// Keeps the samples in which a dimension of `key` has a size in `sizes`. Where a file has the sizes, the values of other
    /// samples are not read.
    ///
    /// Throws `unknownKey`, `invalidArgument` for a dimension that it has not.
    public func filter(
        _ key: String, dimension: Int = 0, in sizes: ClosedRange<Int>
    ) throws(ColonnadeError) -> Stream {
        let (column, dimension) = try schema.dimension(dimension, of: key)
        try plan.checkSameOnEachRank("filter", "filter")
        return try through(
            FilterStage(upstream: upstream, condition: .size(column: column, dimension: dimension, sizes)))
    }

    // MARK: Order

    /// Samples in a random order within a window, another for each seed and epoch: each comes at most `window` places too
    /// early. Of samples of a buffer only numbers wait in the window; to shuffle a buffer as a whole, see `Buffer.shuffled`.
    ///
    /// Throws `invalidArgument` for a window below 1.
    public func shuffled(window: Int, seed: UInt64) throws(ColonnadeError) -> Stream {
        guard window >= 1 else {
            throw ColonnadeError(.invalidArgument, "a window has at least one sample, not \(window)")
        }
        return try through(WindowShuffleStage(upstream: upstream, window: window, ownSeed: seed))
    }

    /// Repeats the stream several times, or for ever, each time as another epoch; batches after it go across the ends.
    ///
    /// Throws `invalidArgument` for a number below 1.
    public func repeated(_ times: Int? = nil) throws(ColonnadeError) -> Stream {
        guard times ?? 1 >= 1 else {
            throw ColonnadeError(.invalidArgument, "a stream is repeated at least once, not \(times ?? 0) times")
        }
        return try through(RepeatStage(upstream: upstream, times: times))
    }

    /// Samples of several streams in turn, `length` of each.
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

    /// Samples of several streams at random, as often as their weights say; the choice depends on seed, epoch and step.
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
                "\(streams.count) streams need as many weights, none negative and not all 0, not \(weights)")
        }
        return try mixed(MixStage(streams.map(\.upstream), .weighted(weights, seed: seed), exhaustion, classNames))
    }

    private static func mixed(_ stage: MixStage) throws(ColonnadeError) -> Stream {
        for upstream in stage.upstreams { try upstream.plan.checkDepth() }
        return Stream(stage)
    }

    /// Samples with the keys of both, until one ends. Throws `invalidArgument` for a key that both have.
    public func zipped(with other: Stream) throws(ColonnadeError) -> Stream {
        try through(ZipStage([upstream, other.upstream]))
    }

    // MARK: Several out of several

    /// The stream in buffers of `size` samples, each changed as buffers can be: `{ $0.shuffled(seed: 1) }`.
    ///
    /// With `prefix`, `dropFirst` or `partition` in it, it is a selection, see `Buffer.shuffled`: shuffles before it have the
    /// order of epoch 0 in every epoch.
    ///
    /// - Parameters:
    ///   - size: the number of samples in a buffer; the last may have fewer.
    ///   - change: the function that changes a buffer. Colonnade calls it once with an empty buffer, to learn the fields, and then
    ///     with each buffer in turn.
    /// - Throws: `invalidArgument` for a size below 1, and what `change` throws for an empty buffer.
    public func buffered(
        _ size: Int, _ change: @escaping @Sendable (Buffer) throws -> Buffer = { $0 }
    ) throws(ColonnadeError) -> Stream {
        guard size >= 1 else {
            throw ColonnadeError(.invalidArgument, "a buffer of a stream has at least one sample, not \(size)")
        }
        return try through(BufferedStage(upstream, size, change))
    }

    /// Batches of samples of similar size out of a window: see `Buffer.batched(bySizeOf:)`.
    ///
    /// - Parameters:
    ///   - key: the value whose elements count.
    ///   - window: the number of samples that batches are chosen from.
    ///   - maximum: the number of elements of `key` that a batch may have, padding included.
    ///   - minimum: the number of elements at which a batch ends.
    ///   - droppingOutliers: whether a sample that alone exceeds the maximum is left out.
    ///   - shuffleSeed: the seed of a random order of the batches of a window. If nil, short samples come first.
    ///   - mostLeft: the number of samples that may wait for the next window because they cannot reach the minimum; more are left
    ///     out.
    ///   - padding: by key, the number that fills shorter values; see `batched(by:)`.
    ///   - joining: by key, the dimension along which values are joined; see `batched(by:)`.
    /// - Throws: what `Buffer.batched(bySizeOf:)` throws, and `invalidArgument` for a window below 1.
    public func batched(
        bySizeOf key: String, window: Int, maximum: Int, minimum: Int? = nil, droppingOutliers: Bool = false,
        shuffleSeed: UInt64? = nil, mostLeft: Int = 1000, padding: NameMap<Double> = [:], joining: NameMap<Int> = [:]
    ) throws(ColonnadeError) -> Stream {
        let column = try schema.position(of: key)
        guard window >= 1, mostLeft >= 0 else {
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
                window: window, shuffleSeed: shuffleSeed, mostLeft: mostLeft, padding: padding, joining: joining))
    }

    /// Rows of different lengths packed into rows of `length`, for language models: the keys, and `segment_ids` int32[length]
    /// (1, 2, … for the rows packed, 0 for padding) and `positions` int32[length] (from 0 in each). Other keys are left out.
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

    /// Each sample as windows of `size` over one dimension of `key`, every `stride` elements; the last may be shorter. Other
    /// keys are repeated.
    ///
    /// - Parameters:
    ///   - key: the value that windows are cut from.
    ///   - size: the number of elements in a window.
    ///   - stride: the number of elements from the start of a window to the start of the next.
    ///   - dimension: the dimension that windows move along; negative counts from the end.
    ///   - indexKey: the key under which each window gets its index, as int64.
    /// - Throws: `unknownKey`; `invalidArgument` for a dimension that it has not, or a size or stride below 1.
    public func slidingWindows(
        _ key: String, size: Int, stride: Int, dimension: Int = -1, indexKey: String? = nil
    ) throws(ColonnadeError) -> Stream {
        try through(
            SlidingWindowStage(
                upstream, key, size: size, stride: stride, dimension: dimension, indexKey: indexKey))
    }

    /// Replaces each sample by the samples of the stream that `transform` makes of it, one stream after another.
    ///
    /// - Parameters:
    ///   - fields: the fields of the streams that `transform` returns.
    ///   - transform: the function that returns a stream for a sample. Colonnade calls it in order, on one thread at a time.
    /// - Throws: `invalidArgument` for fields with the same name. While running, `userFunction` with the row if `transform`
    ///   throws, or gives a stream of other keys.
    public func flatMap(
        giving fields: [Field], _ transform: @escaping @Sendable (Sample) throws -> Stream
    ) throws(ColonnadeError) -> Stream {
        try plan.checkSameOnEachRank("several samples of one", "make them")
        return try through(FlatMapStage(upstream: upstream, schema: try Schema(fields), function: transform))
    }

    /// All samples or batches of a pass, made now and kept in memory. Throws what the pass throws. O(bytes).
    public func materialized() throws(ColonnadeError) -> Buffer {
        var samples: [Sample] = []
        var pass = makeIterator()
        while let sample = try pass.next() { samples.append(sample) }
        return Buffer(try MemoryRows(samples, schema: schema))
    }
}
