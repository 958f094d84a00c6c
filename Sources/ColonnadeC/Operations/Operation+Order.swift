// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

extension Operation {
    /// The operations that choose samples and their order.
    static let order: [Operation] = [
        Operation(
            "shuffle", .need("seed", .seed), .option("blocks", .integer), .option("block_rows", .integer),
            .option("lanes", .integer),
            does:
                "shuffles, with another order in each epoch; with `blocks`, in an order that has that many blocks open: \(Buffer.defaultBlocks) suit most data",
            buffers: { buffer, seed, blocks, rows, lanes in
                guard let blocks else {
                    guard rows == nil, lanes == nil else {
                        throw ColonnadeError(
                            .invalidArgument, "block_rows and lanes need blocks: give blocks too, or leave them out")
                    }
                    return buffer.shuffled(seed: seed)
                }
                return try buffer.shuffled(
                    seed: seed, blocks: blocks, rowsPerBlock: rows, lanes: lanes)
            }),
        Operation(
            "reorder", .need("indices", .integers), .option("by_value", .flag, or: false),
            does: "selects these indices; `by_value` says that values decided, which ranks must not do each for itself",
            buffers: { try $2 ? $0.chosen(byValues: $1) : $0.reordered(by: $1) }),
        Operation(
            "sort", .need("key", .text), .option("descending", .flag, or: false),
            does: "sorts by the values of a key, in the order of epoch 0; equal values keep their order: a selection",
            buffers: { try $0.sorted(by: $1, descending: $2) }),
        Operation(
            "stratify", .need("key", .text), .need("seed", .seed),
            does: "shuffles so that each part has each value of a key in proportion to its size: a selection",
            buffers: { try $0.stratified(by: $1, seed: $2) }),
        Operation(
            "sample", .need("weights", .numbers), .option("count", .integer), .need("seed", .seed),
            does: "draws `count` samples with replacement and these weights, others in each epoch",
            buffers: { try $0.sampled(weights: $1, count: $2, seed: $3) }),
        Operation(
            "sample_by", .need("key", .text), .option("count", .integer), .need("seed", .seed),
            does: "does the same with the values of a key as weights",
            buffers: { try $0.sampled(weightsIn: $1, count: $2, seed: $3) }),
        Operation(
            "balance", .need("key", .text), .option("count", .integer), .need("seed", .seed),
            does: "draws `count` samples with replacement, so that each value of a key is equally likely",
            buffers: { try $0.balanced(by: $1, count: $2, seed: $3) }),
        Operation(
            "partition", .need("index", .integer), .need("count", .integer),
            .option("follows_epoch", .flag, or: false),
            does: "keeps each `count`-th sample: a selection, unless it follows the epoch, for workers of one process",
            buffers: { buffer, index, count, followsEpoch in
                try followsEpoch ? buffer.workerPartition(index, of: count) : buffer.partition(index, of: count)
            }),
        Operation(
            "partition", .need("index", .integer), .need("count", .integer),
            does: "keeps each `count`-th sample: a selection",
            streams: { try $0.partition($1, of: $2) }),
        Operation(
            "prefix", .need("length", .integer), does: "keeps the first samples: a selection",
            buffers: { try $0.prefix($1) }, streams: { try $0.prefix($1) }),
        Operation(
            "drop_first", .need("length", .integer), does: "skips the first samples: a selection",
            buffers: { try $0.dropFirst($1) }),
        Operation(
            "drop_first", .need("length", .integer), .option("follows_epoch", .flag, or: false),
            does: "skips the first samples: a selection, unless it follows the epoch, for a pass that is resumed",
            streams: { stream, length, followsEpoch in
                try followsEpoch ? stream.beginning(after: length) : stream.dropFirst(length)
            }),
        Operation(
            "shard", .need("rank", .integer), .need("of", .integer), .option("remainder", .remainder, or: .drop),
            .option("mask_key", .text, or: "mask"), does: "keeps the samples of one of several processes",
            buffers: { try $0.sharded(rank: $1, of: $2, remainder: named($3, $4)) },
            streams: { try $0.sharded(rank: $1, of: $2, remainder: named($3, $4)) }),
        Operation(
            "shard_automatic", .option("remainder", .remainder, or: .drop), .option("mask_key", .text, or: "mask"),
            does: "does the same with rank and number of processes from the launcher",
            buffers: { try $0.sharded(.automatic, remainder: named($1, $2)) },
            streams: { try $0.sharded(.automatic, remainder: named($1, $2)) }),
        Operation(
            "filter_shape", .need("key", .text), .option("dimension", .integer, or: 0),
            .option("low", .integer, or: -1), .option("high", .integer, or: -1),
            does: "keeps samples with a size from `low` to `high`; a bound below 0 is no bound",
            buffers: { try $0.filter($1, dimension: $2, in: sizes($3, $4)) },
            streams: { try $0.filter($1, dimension: $2, in: sizes($3, $4)) }),
        Operation(
            "filter", .need("function", .condition),
            does: "keeps samples for which the function puts true, as its field 0",
            buffers: { buffer, function in try buffer.filter { try function.condition($0) } },
            streams: { stream, function in try stream.filter { try function.condition($0) } }),
        Operation(
            "compact_map", .need("function", .sampleFunction), .need("fields", .fields),
            does: "replaces samples by those that the function makes; drops those for which it puts nothing",
            streams: { stream, function, fields in
                try stream.compactMap(giving: fields.fields) { sample in
                    try function.sample(sample, giving: fields, "compactMap")
                }
            }),
        Operation(
            "shuffle_window", .need("window", .integer), .need("seed", .seed),
            does: "shuffles within a window",
            streams: { try $0.shuffled(window: $1, seed: $2) }),
        Operation(
            "repeat", .option("times", .integer), does: "makes `times` passes, or passes without an end",
            streams: { try $0.repeated($1) }),
        Operation(
            "stream", does: "makes a stream",
            buffers: { $0.stream() }, streams: { $0 }),
        Operation(
            "materialize", does: "makes all samples now, and keeps them in a buffer",
            buffers: { try $0.materialized() }, streams: { try $0.materialized() }
        ).materializing(),
    ]

    /// Returns the remainder with the key of its mask, if it has one.
    private static func named(_ remainder: ShardRemainder, _ maskKey: String) -> ShardRemainder {
        if case .mask = remainder { .mask(maskKey) } else { remainder }
    }

    /// Returns the range of sizes that `filter_shape` keeps. Throws `invalidArgument` if the lower bound is above the
    /// upper one.
    private static func sizes(_ low: Int, _ high: Int) throws(ColonnadeError) -> ClosedRange<Int> {
        let (low, high) = (max(low, 0), high < 0 ? Int.max : high)
        guard low <= high else {
            throw ColonnadeError(.invalidArgument, "no size is at least \(low) and at most \(high)")
        }
        return low...high
    }
}
