// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

extension Operation {
    /// The operations that change shapes, which apply to buffers and streams.
    static let shapes: [Operation] = [
        Operation(
            "shape", .need("key", .text), .need("output", .text), .option("dimension", .integer),
            does: "stores the shape, or one size, as int64"
        ) { on, key, output, dimension in try on.shape(of: key, as: output, dimension: dimension) },
        onKey("reshape", .need("shape", .integers), does: "gives the elements another shape") { on, key, shape in
            try on.reshaped(key, to: shape)
        },
        onKey(
            "squeeze", .option("dimensions", .integers), does: "removes dimensions of 1: these, or all of them"
        ) { on, key, dimensions in try on.squeezed(key, dimensions: dimensions) },
        onKey(
            "split", .need("count", .integer), does: "splits the first dimension in `count` parts"
        ) { on, key, count in try on.split(key, into: count) },
        onKey(
            "slice", .need("dimensions", .integers), .need("starts", .integers), .need("ends", .integers),
            does: "keeps the elements from a start up to an end in each of the dimensions"
        ) { on, key, dimensions, starts, ends in
            try on.sliced(key, pairs: ranges(key, dimensions, starts, ends))
        },
        onKey(
            "random_slice", .need("dimensions", .integers), .need("sizes", .integers), .need("seed", .seed),
            does: "takes a given number of elements from a random start in each of the dimensions"
        ) { on, key, dimensions, sizes, seed in
            guard dimensions.count == sizes.count else {
                throw ColonnadeError(
                    .invalidArgument,
                    "as many sizes as dimensions are needed, not \(dimensions.count) and \(sizes.count)")
            }
            return try on.randomlySliced(key, pairs: Array(zip(dimensions, sizes)), seed: seed)
        },
        onKey(
            "pad", .need("dimension", .integer), .option("before", .integer, or: 0),
            .option("after", .integer, or: 0), .option("value", .number, or: 0),
            does: "adds elements before and after those of a dimension"
        ) { on, key, dimension, before, after, value in
            try on.padded(key, dimension: dimension, before: before, after: after, value: value)
        },
        onKey(
            "pad_to_size", .need("dimension", .integer), .need("size", .integer), .option("value", .number, or: 0),
            does: "adds elements at the end of a dimension up to a size"
        ) { on, key, dimension, size, value in
            try on.padded(key, dimension: dimension, toSize: size, value: value)
        },
        onKey(
            "pad_to_multiple", .need("dimension", .integer), .need("multiple", .integer),
            .option("value", .number, or: 0), does: "adds elements at the end of a dimension up to a multiple"
        ) { on, key, dimension, multiple, value in
            try on.padded(key, dimension: dimension, toMultipleOf: multiple, value: value)
        },
    ]

    /// Returns the range of each dimension. Throws `invalidArgument` if the numbers of starts and ends differ, or an
    /// end is before its start.
    private static func ranges(
        _ key: String, _ dimensions: [Int], _ starts: [Int], _ ends: [Int]
    ) throws(ColonnadeError) -> [(Int, Range<Int>)] {
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
        return dimensions.indices.map { (dimensions[$0], starts[$0]..<ends[$0]) }
    }
}
