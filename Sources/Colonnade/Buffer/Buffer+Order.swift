// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeSystem

extension Buffer {
    /// Returns the samples in a random order, which differs for each seed and each epoch: the row order of
    /// `formats/row-order-1.md`. From 1,000 samples on it is computed without a table. After `batched`, the batches are
    /// shuffled. Of two shuffles in a row only the last one has an effect. O(1).
    ///
    /// A shuffle before a selection decides which samples are selected. It has the order of epoch 0 in every epoch, and only
    /// shuffles after the last selection follow the epoch. So parts of one shuffled buffer never share a sample:
    ///
    ///     let all = buffer.shuffled(seed: 1)
    ///     let training = try all.dropFirst(100).shuffled(seed: 2)     // another order each epoch
    ///     let validation = try all.prefix(100)                        // the same 100 samples in every epoch
    ///
    /// The selections are `prefix`, `dropFirst`, `partition`, `reordered`, `filter`, `batched(bySizes:)`,
    /// `batched(bySizeOf:)`, and `zipped` with a shorter buffer. `sharded` is not a selection: ranks share the order of
    /// each epoch. `explain` shows for each shuffle whether it follows the epoch.
    public func shuffled(seed: UInt64) -> Buffer { Buffer(plan.ordered(.shuffled(Shuffle(seed: seed)))) }

    /// Returns the samples in a random order that reads blocks of consecutive samples as a whole: the block order of
    /// `formats/row-order-2.md`, for files that are larger than memory. O(1).
    ///
    ///     let stream = try buffer.shuffled(seed: 1, blocks: Buffer.defaultBlocks).stream().batched(by: 256)
    ///
    /// `blocks` blocks are open at a time, and must stay in memory; the order takes their samples in turn. Each block is read
    /// about once in an epoch, while `shuffled(seed:)` reads it again for nearly each of its samples. Batches of at most
    /// `blocks` samples are nearly as well mixed as those of `shuffled(seed:)`, if the data have many more blocks than are open.
    /// But batches that follow each other are of the same blocks. If the open blocks hold all samples, the order is that of
    /// `shuffled(seed:)`. Epochs and selections are treated as there.
    ///
    /// `explain` says how many blocks a batch has, and how often each block is read.
    ///
    /// Call `sharded` before `batched`: ranks that share batches read nearly all blocks each. Blocks are read as a whole if no step
    /// before this one chooses or orders samples, except `prefix` and `dropFirst`, and none after it orders them. Otherwise, and
    /// in a buffer that is appended, zipped or batched again, in batches of listed sizes, and before a stage of a stream without
    /// `prefetched`, rows are read one by one; `explain` says so.
    ///
    /// - Parameters:
    ///   - seed: the number that determines the order, together with the epoch.
    ///   - blocks: the number of open blocks, 1 to 2²⁰; `defaultBlocks` suits most data. At least the samples of a batch, or of the batches of all ranks.
    ///   - rowsPerBlock: the samples of a block, 1 to 2³¹; nil for a power of two of samples whose columns in use are about
    ///     1 MiB of the file, and for 1,024 samples of other data. The order depends on it. Give a number if the order must stay
    ///     the same for a file that is written again, or with other columns.
    ///   - lanes: a number that divides `blocks`. If the number of ranks divides it, each block is read by one rank. Nil for
    ///     the largest number that divides `blocks` and 192, and leaves each lane at least four blocks: 192 for 768 blocks.
    /// - Throws: `invalidArgument` for numbers outside these ranges. `batched(by:)` and `sharded` throw it if the batches of all
    ///   ranks together have more than `blocks` samples. They do not check batches of listed sizes, a batch of all samples,
    ///   batches after a selection by value or by index lists, and batches that a stage or another buffer makes.
    public func shuffled(
        seed: UInt64, blocks: Int = Buffer.defaultBlocks, rowsPerBlock: Int? = nil, lanes: Int? = nil
    ) throws(ColonnadeError) -> Buffer {
        let shape = try BlockShape(rows: rowsPerBlock ?? plan.rowsPerBlock, open: blocks, lanes: lanes)
        return Buffer(plan.ordered(.shuffled(Shuffle(seed: seed, blocks: shape))))
    }

    /// The number of open blocks that suits most data, 768: that of `shuffle(blocks=True)` in Python.
    public static let defaultBlocks = 768

    /// The blocks of the block order in which the samples are; nil for other orders.
    package var blockShape: BlockShape? { plan.order.openBlocks?.shape }

    /// Returns the samples or batches at the given indices, in that order. An index may occur several times. O(indices).
    ///
    /// Throws `outOfRange` for an index that does not exist.
    public func reordered(by indices: [Int]) throws(ColonnadeError) -> Buffer {
        if let wrong = indices.firstIndex(where: { $0 < 0 || $0 >= count }) {
            throw ColonnadeError(
                .outOfRange, "index \(indices[wrong]), entry \(wrong) of the order, is out of range (0..<\(count))")
        }
        return Buffer(plan.choosing(.table(indices)))
    }

    /// Returns the samples at indices of epoch 0 that the caller chose by their values, as `filter` does.
    ///
    /// Throws `outOfRange`, and `invalidArgument` if samples are divided among ranks.
    package func chosen(byValues indices: [Int]) throws(ColonnadeError) -> Buffer {
        try plan.checkSameOnEachRank("filter", "filter")
        _ = try reordered(by: indices)
        return Buffer(plan.choosing(byValues: indices))
    }

    /// Returns every `count`-th sample or batch, beginning with `index`. The `count` partitions have each sample exactly once, and
    /// their sizes differ by at most one. O(1).
    ///
    /// Throws `invalidArgument` unless 0 ≤ `index` < `count`.
    public func partition(_ index: Int, of count: Int) throws(ColonnadeError) -> Buffer {
        try checkPart(index, of: count)
        return Buffer(plan.choosing(.strided(first: index, step: count)))
    }

    /// Returns the samples of one of several workers of a process, every `count`-th sample. It is not a selection:
    /// workers share the order of each epoch.
    package func workerPartition(_ index: Int, of count: Int) throws(ColonnadeError) -> Buffer {
        try checkPart(index, of: count)
        return Buffer(plan.ordered(.strided(first: index, step: count)))
    }

    /// Returns the first samples or batches, or all if there are fewer. O(1). Throws `invalidArgument` for a negative number.
    public func prefix(_ length: Int) throws(ColonnadeError) -> Buffer {
        try checkLength(length)
        return Buffer(plan.choosing(.range(0..<min(length, count))))
    }

    /// Skips the first samples or batches, and returns the rest. O(1). Throws `invalidArgument` for a negative number.
    public func dropFirst(_ length: Int = 1) throws(ColonnadeError) -> Buffer {
        try checkLength(length)
        return Buffer(plan.choosing(.range(min(length, count)..<count)))
    }

    /// Returns the samples or batches of epoch 0 for which `isIncluded` returns true. They are read and chosen in this call, once:
    /// O(bytes of all samples).
    ///
    /// A shuffle before the filter has the order of epoch 0 in every epoch: shuffle after it for another order each epoch.
    ///
    /// Throws the errors of making a sample, and `userFunction` with the row if `isIncluded` throws.
    public func filter(_ isIncluded: @Sendable (Sample) throws -> Bool) throws(ColonnadeError) -> Buffer {
        let executor = try RowExecutor(plan, PassContext(epoch: 0, pool: TensorPool()))
        return try chosen { (index) throws(ColonnadeError) in
            let recipe = Recipe.item(executor, index)
            return try UserCode.call("filter", recipe.identity.row) { try isIncluded(recipe.make()) }
        }
    }

    /// Returns the samples in which a dimension of `key` has a size in `sizes`. If a file has the sizes, the values are not read.
    /// O(samples).
    ///
    /// Throws `unknownKey`, `invalidArgument` for a dimension that does not exist.
    public func filter(
        _ key: String, dimension: Int = 0, in sizes: ClosedRange<Int>
    ) throws(ColonnadeError) -> Buffer {
        let (column, dimension) = try schema.dimension(dimension, of: key)
        let executor = try RowExecutor(plan, PassContext(epoch: 0, pool: TensorPool()))
        return try chosen { (index) throws(ColonnadeError) in
            sizes.contains(try Recipe.item(executor, index).measured(column).shape[dimension])
        }
    }

    /// Returns the samples for whose index in epoch 0 `isChosen` returns true. They are the same samples in every
    /// epoch.
    private func chosen(_ isChosen: (Int) throws(ColonnadeError) -> Bool) throws(ColonnadeError) -> Buffer {
        try plan.checkSameOnEachRank("filter", "filter")
        var indices: [Int] = []
        var meter = InterruptMeter()
        for index in 0..<count {
            if try isChosen(index) { indices.append(index) }
            try meter.advanceByRow()
        }
        return Buffer(plan.choosing(byValues: indices))
    }

    /// Returns the samples of one of several ranks that train together: every `worldSize`-th sample of the shared order, with the
    /// same number of samples for each rank. After `batched`, every `worldSize`-th batch. O(1).
    ///
    /// If `sharded` is the last step before `batched` (or the last of all), a pass can be resumed with another number of ranks.
    /// Steps that could leave ranks with unequal numbers of samples are refused after it: `filter`, `batched(bySizeOf:)`,
    /// `packed`, `flatMap`, windows over a dimension that varies, and a `compactMap` once it drops a sample. Written before
    /// `sharded`, these steps decide on all samples on each rank, and each rank makes its own.
    ///
    /// Throws `invalidArgument` unless 0 ≤ `rank` < `worldSize`.
    public func sharded(
        rank: Int, of worldSize: Int, remainder: ShardRemainder = .drop
    ) throws(ColonnadeError) -> Buffer {
        try checkPart(rank, of: worldSize, "rank")
        return Buffer(try plan.sharded(ShardPlan(rank: rank, worldSize: worldSize, remainder: remainder)))
    }

    /// Returns the samples of the rank that the launcher gave this process: see `Launcher`. `explain` names the launcher.
    public func sharded(_ launcher: Launcher, remainder: ShardRemainder = .drop) throws(ColonnadeError) -> Buffer {
        let process = try launcher.rank()
        let shard = ShardPlan(rank: process.rank, worldSize: process.worldSize, remainder: remainder, launcher: process)
        return Buffer(try plan.sharded(shard))
    }

    // MARK: Several

    /// Returns the samples of several buffers, one buffer after the other. Buffers that are whole files are read about as fast as one
    /// file, if all of them or none compress a column. O(buffers).
    ///
    /// Throws `invalidArgument` as `appending` does, and for an empty list.
    public static func concatenating(
        _ buffers: [Buffer], classNames: ClassNameRule = .same
    ) throws(ColonnadeError) -> Buffer {
        if buffers.count == 1 { return buffers[0] }
        return Buffer(try AppendedRows(buffers.map(\.plan), classNames))
    }

    /// Returns the samples of this buffer, followed by those of the other. A chain of such calls keeps one flat list of
    /// buffers. O(1).
    ///
    /// Throws `invalidArgument` unless both have the same keys with the same data types and ranks, and class names as
    /// `classNames` asks for.
    public func appending(
        _ other: Buffer, classNames: ClassNameRule = .same
    ) throws(ColonnadeError) -> Buffer {
        Buffer(try AppendedRows([plan, other.plan], classNames))
    }

    /// Returns samples with the keys of both buffers. The number of samples is that of the shorter buffer, so this is a
    /// selection of the longer one. O(1).
    ///
    /// Throws `invalidArgument` for a key that both have.
    public func zipped(with other: Buffer) throws(ColonnadeError) -> Buffer {
        Buffer(try ZippedRows([plan, other.plan]))
    }
}
