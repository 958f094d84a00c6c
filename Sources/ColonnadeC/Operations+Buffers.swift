// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

extension Operations {
    /// Operations of buffers; nil for others.
    static func buffer(
        _ buffer: Buffer, _ arguments: inout Arguments
    ) throws(ColonnadeError) -> PipelineHandle.Contents? {
        switch arguments.operation {
        case "stream": return .stream(buffer.stream())
        case "shuffle": return .buffer(buffer.shuffled(seed: try seed(&arguments)))
        case "reorder": return .buffer(try buffer.reordered(by: arguments.need(integers: "positions")))
        case "partition":
            let (index, count) = (try arguments.need(integer: "index"), try arguments.need(integer: "count"))
            let follows = arguments.isSet("follows_epoch")
            return .buffer(try follows ? buffer.part(index, of: count) : buffer.partition(index, of: count))
        case "prefix": return .buffer(try buffer.prefix(arguments.need(integer: "length")))
        case "drop_first": return .buffer(try buffer.dropFirst(arguments.need(integer: "length")))
        case "append":
            let rule = try classNames(&arguments)
            return .buffer(try Buffer.concatenating([buffer] + others(&arguments), classNames: rule))
        case "zip":
            var result = buffer
            for other in try others(&arguments) { result = try result.zipped(with: other) }
            return .buffer(result)
        case "shard":
            return .buffer(
                try buffer.sharded(
                    rank: arguments.need(integer: "rank"), of: arguments.need(integer: "of"),
                    remainder: remainder(&arguments)))
        case "shard_automatic": return .buffer(try buffer.sharded(.automatic, remainder: remainder(&arguments)))
        case "filter_shape":
            let (key, dimension, sizes) = try shapeFilter(&arguments)
            return .buffer(try buffer.filter(key, dimension: dimension, in: sizes))
        case "filter":
            let function = try arguments.function()
            return .buffer(try buffer.filter { try function.condition($0) })
        case "materialize": return .buffer(try buffer.materialized())
        default: return try batches(buffer, &arguments).map { .buffer($0) }
        }
    }

    private static func batches(
        _ buffer: Buffer, _ arguments: inout Arguments
    ) throws(ColonnadeError) -> Buffer? {
        switch arguments.operation {
        case "batch":
            let (padding, joining) = try batching(&arguments)
            return try buffer.batched(
                by: arguments.need(integer: "size"), droppingLast: arguments.isSet("drop_last"), padding: padding,
                joining: joining)
        case "batch_sizes":
            let (padding, joining) = try batching(&arguments)
            return try buffer.batched(bySizes: arguments.need(integers: "sizes"), padding: padding, joining: joining)
        case "batch_by_size":
            let (padding, joining) = try batching(&arguments)
            // Numbers of one shape after the other.
            let rank = max(arguments.integer("size_rank") ?? 1, 1)
            let shapes = arguments.integers("sizes").map { sizes in
                stride(from: 0, to: sizes.count, by: rank).map { Array(sizes[$0..<min($0 + rank, sizes.count)]) }
            }
            return try buffer.batched(
                bySizeOf: arguments.need(text: "key"), maximum: arguments.need(integer: "maximum"),
                minimum: arguments.integer("minimum"), droppingOutliers: arguments.isSet("drop_outliers"),
                shapes: shapes, padding: padding, joining: joining)
        default: return nil
        }
    }

    private static func others(_ arguments: inout Arguments) throws(ColonnadeError) -> [Buffer] {
        try arguments.pipelines("others").map { (handle) throws(ColonnadeError) in
            guard case .buffer(let buffer) = handle.contents else {
                throw ColonnadeError(
                    .invalidArgument, "a stream cannot be part of a buffer: make it one, or use streams")
            }
            return buffer
        }
    }

    /// Reads the argument that names the rule for class names that differ.
    static func classNames(_ arguments: inout Arguments) throws(ColonnadeError) -> ClassNameRule {
        try arguments.choice("labels", ["same": .same, "by_name": .byName, "drop": .drop]) ?? .same
    }

    /// What `filter_shape` keeps: bounds below 0 are none.
    static func shapeFilter(
        _ arguments: inout Arguments
    ) throws(ColonnadeError) -> (key: String, dimension: Int, sizes: ClosedRange<Int>) {
        let low = max(arguments.integer("low") ?? 0, 0)
        let high = arguments.integer("high").flatMap { $0 < 0 ? nil : $0 } ?? Int.max
        guard low <= high else {
            throw ColonnadeError(.invalidArgument, "no size is at least \(low) and at most \(high)")
        }
        return (try arguments.need(text: "key"), arguments.integer("dimension") ?? 0, low...high)
    }
}
