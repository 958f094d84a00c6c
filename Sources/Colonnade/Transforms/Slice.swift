// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeStore

extension Pipelined {
    /// Takes a part of `key`: the elements in a range of each given dimension. Ends beyond the last element are cut;
    /// negative dimensions count from the end.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a dimension that does not exist or occurs twice, for a range that begins beyond
    /// the end, and while running for a ragged value that is too short.
    public func sliced(
        _ key: String, _ ranges: KeyValuePairs<Int, Range<Int>>, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try sliced(key, pairs: ranges.map { ($0.key, $0.value) }, as: outputKey)
    }

    package func sliced(
        _ key: String, pairs: [(Int, Range<Int>)], as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try adding(
            Slice(key: key, outputKey: outputKey ?? key, ranges: pairs, rank: try schema.field(named: key).shape.count))
    }

    /// Takes a part of `key` at a random offset: the given number of elements in each given dimension, or all if there
    /// are fewer. The offset depends on seed, epoch and row.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a size below 0, or a dimension that does not exist or occurs twice.
    public func randomlySliced(
        _ key: String, sizes: KeyValuePairs<Int, Int>, seed: UInt64 = 0, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try randomlySliced(key, pairs: sizes.map { ($0.key, $0.value) }, seed: seed, as: outputKey)
    }

    package func randomlySliced(
        _ key: String, pairs: [(Int, Int)], seed: UInt64, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try adding(
            RandomSlice(
                key: key, outputKey: outputKey ?? key, sizes: pairs, rank: try schema.field(named: key).shape.count,
                seed: Fingerprint.mix(seed, "slice \(outputKey ?? key)")))
    }
}

/// Takes the part of a value in fixed ranges of its dimensions.
struct Slice: Transform {
    let key: String
    let outputKey: String
    /// The range of the part in each dimension; nil for a dimension that is not sliced.
    private let ranges: [Range<Int>?]
    private var leading = 0

    init(
        key: String, outputKey: String, ranges: [(Int, Range<Int>)], rank: Int
    ) throws(ColonnadeError) {
        self.key = key
        self.outputKey = outputKey
        var all = [Range<Int>?](repeating: nil, count: rank)
        for (dimension, range) in ranges {
            let counted = try Shapes.counted(dimension, of: rank, key)
            guard all[counted] == nil else {
                throw ColonnadeError(.invalidArgument, "dimension \(dimension) of \"\(key)\" is sliced twice")
            }
            guard range.lowerBound >= 0 else {
                throw ColonnadeError(
                    .invalidArgument, "\"\(key)\" cannot be sliced from \(range.lowerBound): give a start of at least 0"
                )
            }
            all[counted] = range
        }
        self.ranges = all
    }

    var keys: [String] { [key] }
    var label: String { "slice(\(key))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        var field = fields[0].reshaped(outputKey, to: fields[0].shape)
        for (dimension, range) in ranges.enumerated() {
            guard let range else { continue }
            field.shape[dimension] = try fields[0].shape[dimension].map { (size) throws(ColonnadeError) in
                try clamped(range, to: size, dimension).count
            }
        }
        return [field]
    }

    private func clamped(_ range: Range<Int>, to size: Int, _ dimension: Int) throws(ColonnadeError) -> Range<Int> {
        guard range.lowerBound <= size else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" has \(size) elements in dimension \(dimension), and cannot be sliced from \(range.lowerBound)"
            )
        }
        return range.lowerBound..<min(range.upperBound, size)
    }

    func stacked(_ fields: [Field]) -> (any Transform)? {
        var copy = self
        copy.leading += 1
        return copy
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let shape = values[0].shape
        var slices = shape.map { 0..<$0 }
        for (index, range) in ranges.enumerated() {
            guard let range else { continue }
            slices[leading + index] = try clamped(range, to: shape[leading + index], index)
        }
        return [try values[0].slice(slices, from: context.pool)]
    }
}
