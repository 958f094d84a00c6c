// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest

extension Operations {
    /// Operations of streams; nil for others.
    static func stream(
        _ stream: Colonnade.Stream, _ arguments: inout Arguments
    ) throws(ColonnadeError) -> PipelineHandle.Contents? {
        switch arguments.operation {
        case "materialize": return .buffer(try stream.materialized())
        case "pulled":
            // Samples that the caller pulled of this stream.
            guard let pulled = try arguments.pipelines("others").first, case .buffer(let buffer) = pulled.contents
            else {
                throw ColonnadeError(.invalidArgument, "the samples that were pulled are one buffer")
            }
            return .buffer(try buffer.described(by: stream.schema))
        default: break
        }
        return try order(stream, &arguments).map { .stream($0) }
    }

    private static func order(
        _ stream: Colonnade.Stream, _ arguments: inout Arguments
    ) throws(ColonnadeError) -> Colonnade.Stream? {
        switch arguments.operation {
        case "stream": return stream
        case "prefetch":
            return try stream.prefetched(depth: arguments.integer("depth"), threads: arguments.integer("threads"))
        case "partition":
            return try stream.partition(arguments.need(integer: "index"), of: arguments.need(integer: "count"))
        case "prefix": return try stream.prefix(arguments.need(integer: "length"))
        case "drop_first":
            let length = try arguments.need(integer: "length")
            return try arguments.isSet("follows_epoch") ? stream.beginning(after: length) : stream.dropFirst(length)
        case "shard":
            return try stream.sharded(
                rank: arguments.need(integer: "rank"), of: arguments.need(integer: "of"),
                remainder: remainder(&arguments))
        case "shard_automatic": return try stream.sharded(.automatic, remainder: remainder(&arguments))
        case "filter_shape":
            let (key, dimension, sizes) = try shapeFilter(&arguments)
            return try stream.filter(key, dimension: dimension, in: sizes)
        case "filter":
            let function = try arguments.function()
            return try stream.filter { try function.condition($0) }
        case "compact_map":
            let (function, schema) = (try arguments.function(), try arguments.fields("fields"))
            return try stream.compactMap(giving: schema.fields) { sample in
                try function.sample(sample, giving: schema, "compactMap")
            }
        case "shuffle_window":
            return try stream.shuffled(window: arguments.need(integer: "window"), seed: seed(&arguments))
        case "repeat": return try stream.repeated(arguments.integer("times"))
        case "interleave":
            return try Colonnade.Stream.interleaved(
                others(stream, &arguments), length: arguments.integer("length") ?? 1,
                whenExhausted: exhaustion(&arguments) ?? .leaveOut, classNames: classNames(&arguments))
        case "mix":
            let weights = try arguments.numbers("weights") ?? []
            return try Colonnade.Stream.mixed(
                others(stream, &arguments), weights: weights, seed: seed(&arguments),
                whenExhausted: exhaustion(&arguments) ?? .beginAnew, classNames: classNames(&arguments))
        case "zip":
            var result = stream
            for other in try arguments.pipelines("others") { result = try result.zipped(with: other.stream) }
            return result
        default: return try groups(stream, &arguments)
        }
    }

    /// Operations that look at several samples, or make several of one.
    private static func groups(
        _ stream: Colonnade.Stream, _ arguments: inout Arguments
    ) throws(ColonnadeError) -> Colonnade.Stream? {
        switch arguments.operation {
        case "batch":
            let (padding, joining) = try batching(&arguments)
            return try stream.batched(
                by: arguments.need(integer: "size"), droppingLast: arguments.isSet("drop_last"), padding: padding,
                joining: joining)
        case "batch_by_size":
            let (padding, joining) = try batching(&arguments)
            return try stream.batched(
                bySizeOf: arguments.need(text: "key"), window: arguments.need(integer: "window"),
                maximum: arguments.need(integer: "maximum"), minimum: arguments.integer("minimum"),
                droppingOutliers: arguments.isSet("drop_outliers"),
                shuffleSeed: arguments.integer("shuffle_seed").map { UInt64(bitPattern: Int64($0)) },
                mostLeft: arguments.integer("most_left") ?? 1000, padding: padding, joining: joining)
        case "pack":
            let overlong = try arguments.choice(
                "overlong", ["split": Overlong.split, "truncate": .truncate, "drop": .leaveOut, "refuse": .refuse])
            return try stream.packed(
                arguments.need(texts: "keys"), length: arguments.need(integer: "length"),
                window: arguments.integer("window") ?? 1000, overlong: overlong ?? .split,
                padding: arguments.keyed("padding"))
        case "buffered":
            let size = try arguments.need(integer: "size")
            guard let function = arguments.optionalFunction() else { return try stream.buffered(size) }
            return try stream.buffered(size) { try function.buffer($0) }
        case "sliding_window":
            return try stream.slidingWindows(
                arguments.need(text: "key"), size: arguments.need(integer: "size"),
                stride: arguments.need(integer: "stride"), dimension: arguments.integer("dimension") ?? -1,
                indexKey: arguments.text("index_key"))
        case "csv_rows":
            let (key, folder) = (try arguments.need(text: "key"), arguments.fileName("folder") ?? "")
            let separator = try single(arguments.text("separator") ?? ",", "separator")
            let quoteText = arguments.text("quote") ?? "\""
            let quote = quoteText.isEmpty ? nil : try single(quoteText, "quote")
            let columns = arguments.texts("columns")
            let unpacking = arguments.optionalFunction()?.unpacking
            if arguments.isSet("from_memory") {
                return try stream.csvRows(
                    fromBytes: key, columns: columns, separator: separator, quote: quote, unpacking: unpacking)
            }
            return try stream.csvRows(
                fromFile: key, folder: folder, columns: columns, separator: separator, quote: quote,
                unpacking: unpacking)
        case "lines_of":
            let (key, output) = (try arguments.need(text: "key"), try arguments.need(text: "output"))
            let folder = arguments.fileName("folder") ?? ""
            let unpacking = arguments.optionalFunction()?.unpacking
            if arguments.isSet("from_memory") {
                return try stream.lines(fromBytes: key, as: output, unpacking: unpacking)
            }
            return try stream.lines(fromFile: key, folder: folder, as: output, unpacking: unpacking)
        default: return nil
        }
    }

    private static func others(
        _ stream: Colonnade.Stream, _ arguments: inout Arguments
    ) throws(ColonnadeError) -> [Colonnade.Stream] {
        [stream] + (try arguments.pipelines("others").map(\.stream))
    }

    private static func exhaustion(_ arguments: inout Arguments) throws(ColonnadeError) -> Exhaustion? {
        try arguments.choice("exhaustion", ["stop": .stop, "leave_out": .leaveOut, "begin_anew": .beginAnew])
    }
}
