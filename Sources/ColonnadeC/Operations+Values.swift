// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

extension Operations {
    /// Operations that buffers and streams have alike; nil for others.
    static func values<Kind: Pipelined>(
        _ pipelined: Kind, _ arguments: inout Arguments
    ) throws(ColonnadeError) -> Kind? {
        switch arguments.operation {
        case "select": return try pipelined.selecting(arguments.need(texts: "keys"))
        case "remove": return try pipelined.removing(arguments.need(texts: "keys"))
        case "rename": return try pipelined.renaming(arguments.need(text: "key"), to: arguments.need(text: "to"))
        case "copy": return try pipelined.copying(arguments.need(text: "key"), to: arguments.need(text: "to"))
        case "shape":
            return try pipelined.shape(
                of: arguments.need(text: "key"), as: arguments.need(text: "output"),
                dimension: arguments.integer("dimension"))
        case "remove_value":
            return try pipelined.removingValue(
                arguments.need(text: "key"), sizeKey: arguments.need(text: "size_key"),
                dimension: arguments.integer("dimension") ?? -1, value: arguments.need(number: "value"),
                padding: arguments.number("padding") ?? 0)
        case "map":
            let function = try arguments.function()
            return try pipelined.mapRows(
                arguments.need(texts: "keys"), to: arguments.fields("fields").fields,
                label: arguments.text("label") ?? "map", needsIdentities: arguments.isSet("identified")
            ) { try function($0) }
        case "map_samples":
            let (function, schema) = (try arguments.function(), try arguments.fields("fields"))
            let changed = try pipelined.mapRows(
                arguments.need(texts: "keys"), to: schema.fields, label: "map(sample)"
            ) { try function($0) }
            return try changed.selecting(schema.names)
        default: return try changed(pipelined, &arguments)
        }
    }

    /// Operations on the value of one key, which may go to another one.
    private static func changed<Kind: Pipelined>(
        _ pipelined: Kind, _ arguments: inout Arguments
    ) throws(ColonnadeError) -> Kind? {
        guard oneKey.contains(arguments.operation) else { return nil }
        var key = try arguments.need(text: "key")
        var on = pipelined
        if let output = arguments.text("output"), output != key {
            on = try pipelined.copying(key, to: output)
            key = output
        }
        switch arguments.operation {
        case "cast":
            guard let dtype = try arguments.dtype() else {
                throw ColonnadeError(.invalidArgument, "cast needs a dtype")
            }
            return try on.cast(key, to: dtype)
        case "scale":
            return try on.scaled(key, by: arguments.need(number: "by"), offset: arguments.number("offset") ?? 0)
        case "one_hot":
            return try on.oneHot(key, count: arguments.integer("count"), to: arguments.dtype() ?? .float32)
        case "reshape": return try on.reshaped(key, to: arguments.need(integers: "shape"))
        case "squeeze": return try on.squeezed(key, dimensions: arguments.integers("dimensions"))
        case "split": return try on.split(key, into: arguments.need(integer: "count"))
        case "slice":
            let dimensions = try arguments.need(integers: "dimensions")
            let (starts, ends) = (try arguments.need(integers: "starts"), try arguments.need(integers: "ends"))
            guard dimensions.count == starts.count, starts.count == ends.count else {
                throw ColonnadeError(
                    .invalidArgument,
                    "as many starts and ends as dimensions are needed, not \(dimensions.count), \(starts.count) and \(ends.count)"
                )
            }
            if let wrong = starts.indices.first(where: { ends[$0] < starts[$0] }) {
                throw ColonnadeError(
                    .invalidArgument, "\"\(key)\" cannot be sliced from \(starts[wrong]) to \(ends[wrong])")
            }
            return try on.sliced(
                key, pairs: dimensions.indices.map { (dimensions[$0], starts[$0]..<ends[$0]) })
        case "random_slice":
            let (dimensions, sizes) = (
                try arguments.need(integers: "dimensions"), try arguments.need(integers: "sizes")
            )
            guard dimensions.count == sizes.count else {
                throw ColonnadeError(
                    .invalidArgument,
                    "as many sizes as dimensions are needed, not \(dimensions.count) and \(sizes.count)")
            }
            return try on.randomlySliced(key, pairs: Array(zip(dimensions, sizes)), seed: seed(&arguments))
        case "pad":
            return try on.padded(
                key, dimension: arguments.need(integer: "dimension"), before: arguments.integer("before") ?? 0,
                after: arguments.integer("after") ?? 0, value: arguments.number("value") ?? 0)
        case "pad_to_size":
            return try on.padded(
                key, dimension: arguments.need(integer: "dimension"), toSize: arguments.need(integer: "size"),
                value: arguments.number("value") ?? 0)
        case "pad_to_multiple":
            return try on.padded(
                key, dimension: arguments.need(integer: "dimension"), toMultipleOf: arguments.need(integer: "multiple"),
                value: arguments.number("value") ?? 0)
        case "replace":
            return try on.replacing(
                key, arguments.need(bytes: "old"), with: arguments.need(bytes: "new"), most: arguments.integer("most"))
        case "replace_bytes":
            guard let map = arguments.bytes("map") else {
                throw ColonnadeError(.invalidArgument, "replace_bytes needs a map")
            }
            return try on.replacingBytes(key, map)
        case "normalize":
            if let mean = try arguments.numbers("mean") {
                return try on.normalized(
                    key, mean: mean, deviation: arguments.numbers("deviation") ?? [],
                    axis: arguments.integer("axis") ?? -1)
            }
            return try on.normalized(key)
        default: return nil
        }
    }

    private static let oneKey: Set<String> = [
        "cast", "scale", "one_hot", "reshape", "squeeze", "split", "slice", "random_slice", "pad", "pad_to_size",
        "pad_to_multiple", "replace", "replace_bytes", "normalize",
    ]
}
