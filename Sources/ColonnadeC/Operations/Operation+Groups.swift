// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest

extension Operation {
    /// The operations that make batches, or several samples of one.
    static let groups: [Operation] = [
        Operation(
            "batch", .need("size", .integer), .option("drop_last", .flag, or: false), .padding, .joining,
            does: "stacks `size` samples",
            buffers: { try $0.batched(by: $1, droppingLast: $2, padding: $3, joining: $4) },
            streams: { try $0.batched(by: $1, droppingLast: $2, padding: $3, joining: $4) }),
        Operation(
            "batch_sizes", .need("sizes", .integers), .padding, .joining,
            does: "makes consecutive batches of these sizes",
            buffers: { try $0.batched(bySizes: $1, padding: $2, joining: $3) }),
        Operation(
            "batch_by_size", .need("key", .text), .need("maximum", .integer), .option("minimum", .integer),
            .option("drop_outliers", .flag, or: false), .option("sizes", .integers),
            .option("size_rank", .integer, or: 1), .padding, .joining,
            does: "makes batches of samples of similar size, or of the shapes in `sizes`, of `size_rank` numbers each",
            buffers: { buffer, key, maximum, minimum, dropsOutliers, sizes, rank, padding, joining in
                try buffer.batched(
                    bySizeOf: key, maximum: maximum, minimum: minimum, droppingOutliers: dropsOutliers,
                    shapes: sizes.map { shapes($0, rank: max(rank, 1)) }, padding: padding, joining: joining)
            }),
        Operation(
            "batch_by_size", .need("key", .text), .need("window", .integer), .need("maximum", .integer),
            .option("minimum", .integer), .option("drop_outliers", .flag, or: false), .option("shuffle_seed", .seed),
            .option("max_waiting", .integer, or: 1000), .padding, .joining,
            does:
                "makes batches of similar size in windows, in random order with a seed; at most `max_waiting` samples wait",
            streams: { stream, key, window, maximum, minimum, dropsOutliers, seed, maxWaiting, padding, joining in
                try stream.batched(
                    bySizeOf: key, window: window, maximum: maximum, minimum: minimum,
                    droppingOutliers: dropsOutliers, shuffleSeed: seed, maxWaiting: maxWaiting, padding: padding,
                    joining: joining)
            }),
        Operation(
            "pack", .need("keys", .texts), .need("length", .integer), .option("window", .integer, or: 1000),
            .option("overlong", .overlong, or: .split), .padding, does: "packs ragged rows into rows of one length",
            streams: { try $0.packed($1, length: $2, window: $3, overlong: $4, padding: $5) }),
        Operation(
            "buffered", .need("size", .integer), .option("function", .bufferFunction),
            does: "applies a function to each `size` samples as a buffer",
            streams: { stream, size, function in
                guard let function else { return try stream.buffered(size) }
                return try stream.buffered(size) { try function.buffer($0) }
            }),
        Operation(
            "sliding_window", .need("key", .text), .need("size", .integer), .need("stride", .integer),
            .option("dimension", .integer, or: -1), .option("index_key", .text),
            does: "splits samples into overlapping windows",
            streams: { try $0.slidingWindows($1, size: $2, stride: $3, dimension: $4, indexKey: $5) }),
        Operation(
            "csv_rows", .need("key", .text), .option("from_memory", .flag, or: false),
            .option("folder", .path, or: ""), .option("columns", .texts), .option("separator", .text, or: ","),
            .option("quote", .text, or: "\""), .option("function", .unpacking),
            does: "reads the records of the file that each sample names; an empty quote is none",
            streams: { stream, key, isInMemory, folder, columns, separatorText, quoteText, unpacking in
                let separator = try single(separatorText, "separator")
                let quote = quoteText.isEmpty ? nil : try single(quoteText, "quote")
                if isInMemory {
                    return try stream.csvRows(
                        fromBytes: key, columns: columns, separator: separator, quote: quote, unpacking: unpacking)
                }
                return try stream.csvRows(
                    fromFile: key, folder: folder, columns: columns, separator: separator, quote: quote,
                    unpacking: unpacking)
            }),
        Operation(
            "lines_of", .need("key", .text), .need("output", .text), .option("from_memory", .flag, or: false),
            .option("folder", .path, or: ""), .option("function", .unpacking),
            does: "reads the lines of the file that each sample names",
            streams: { stream, key, output, isInMemory, folder, unpacking in
                if isInMemory { return try stream.lines(fromBytes: key, as: output, unpacking: unpacking) }
                return try stream.lines(fromFile: key, folder: folder, as: output, unpacking: unpacking)
            }),
        Operation(
            "prefetch", .option("depth", .integer), .option("threads", .integer), does: "makes samples ahead",
            streams: { try $0.prefetched(depth: $1, threads: $2) }),
    ]

    /// Returns the shapes of a list of sizes, with `rank` sizes for each shape.
    private static func shapes(_ sizes: [Int], rank: Int) -> [[Int]] {
        stride(from: 0, to: sizes.count, by: rank).map { Array(sizes[$0..<min($0 + rank, sizes.count)]) }
    }
}
