// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Buffer {
    /// Only these keys, in this order; the others are not read. Throws `unknownKey`, or `invalidArgument` for a key named
    /// twice.
    public func selecting(_ keys: [String]) throws(ColonnadeError) -> Buffer {
        Buffer(try pipeline.selecting(keys))
    }

    /// The samples in a random order, another for each seed and each epoch: see `IndexPermutation`. No table is made beyond
    /// 65,536 samples. After `batched` it is the batches that are shuffled. Of two shuffles of samples, or two of batches,
    /// the last one counts. O(1), or half a millisecond up to 65,536 samples.
    public func shuffled(seed: UInt64) -> Buffer {
        Buffer(pipeline.shuffled(seed: seed))
    }

    /// Consecutive samples together: each tensor gets a leading dimension. Ragged rows, bytes and strings are padded with
    /// zeros to the longest of the batch, and are tensors of bytes from here on. The last batch may be shorter, unless it is
    /// dropped then.
    ///
    /// Throws `invalidArgument` for a size below 1, or on batches.
    public func batched(by size: Int, droppingLast: Bool = false) throws(ColonnadeError) -> Buffer {
        Buffer(try pipeline.batched(by: size, droppingLast: droppingLast))
    }

    /// The elements of `key` as another data type. Integers are truncated to its bits, floating-point numbers towards zero
    /// and clamped to its range (NaN becomes 0); anything but zero is true.
    ///
    /// Throws `unknownKey`, or `invalidArgument` for bytes and strings that are no batches yet. A `scaled` right behind it
    /// is done in the same pass: the product is computed in float32, or float64 for that, and then takes its data type.
    public func cast(_ key: String, to dtype: DType) throws(ColonnadeError) -> Buffer {
        Buffer(try pipeline.adding(Convert.cast(key, to: dtype)))
    }

    /// The elements of `key` multiplied by `factor`. Throws `unknownKey`, or `invalidArgument` unless they are
    /// floating-point numbers and the factor is finite.
    public func scaled(_ key: String, by factor: Double) throws(ColonnadeError) -> Buffer {
        Buffer(try pipeline.adding(Convert.scale(key, by: factor)))
    }

    /// The value of `key` replaced by what `transform` makes of it: of each sample before `batched`, of each batch after.
    ///
    ///     .map("image", to: .float32) { image in … }
    ///
    /// - Parameters:
    ///   - dtype: the data type that it gives, if another.
    ///   - shape: the shape that it gives, if another; nil for a dimension that varies.
    ///   - transform: called by any thread, several at once.
    /// - Throws: `unknownKey`, `invalidArgument`. While running, `userFunction` if `transform` throws or gives something else
    ///   than promised.
    public func map(
        _ key: String, to dtype: DType? = nil, shape: [Int?]? = nil,
        _ transform: @escaping @Sendable (Tensor) throws -> Tensor
    ) throws(ColonnadeError) -> Buffer {
        Buffer(try pipeline.adding(MapKey(key: key, dtype: dtype, shape: shape, function: transform)))
    }
}
