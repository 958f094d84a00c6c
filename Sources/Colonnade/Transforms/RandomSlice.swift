// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Takes a part of a value, at a random offset in each dimension.
struct RandomSlice: Transform {
    let key: String
    let outputKey: String
    /// The size of the part in each dimension; nil for a dimension that is not sliced.
    private let sizes: [Int?]
    private var seed: UInt64

    init(
        key: String, outputKey: String, sizes: [(Int, Int)], rank: Int, seed: UInt64
    ) throws(ColonnadeError) {
        self.key = key
        self.outputKey = outputKey
        self.seed = seed
        var all = [Int?](repeating: nil, count: rank)
        for (dimension, size) in sizes {
            let counted = try Shapes.counted(dimension, of: rank, key)
            guard all[counted] == nil else {
                throw ColonnadeError(.invalidArgument, "dimension \(dimension) of \"\(key)\" is sliced twice")
            }
            guard size >= 0 else {
                throw ColonnadeError(
                    .invalidArgument, "\"\(key)\" cannot be sliced to \(size) elements: give at least 0")
            }
            all[counted] = size
        }
        self.sizes = all
    }

    var draws: RandomDraws? { RandomDraws(name: "random slice", seed: seed) }

    func drawing(withSeed seed: UInt64) -> any Transform {
        var copy = self
        copy.seed = seed
        return copy
    }

    var keys: [String] { [key] }
    var label: String { "random slice(\(key))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        var field = fields[0].reshaped(outputKey, to: fields[0].shape)
        for (dimension, size) in sizes.enumerated() {
            guard let size else { continue }
            field.shape[dimension] = fields[0].shape[dimension].map { min($0, size) }
        }
        return [field]
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        var random = context.random(seed)
        var ranges: [Range<Int>] = []
        for (length, size) in zip(values[0].shape, sizes) {
            guard let size, size < length else {
                ranges.append(0..<length)
                continue
            }
            let start = random.below(length - size + 1)
            ranges.append(start..<start + size)
        }
        return [try values[0].slice(ranges, from: context.pool)]
    }
}
