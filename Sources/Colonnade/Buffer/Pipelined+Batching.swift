// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Returns consecutive samples as batches: values are stacked along a new leading dimension, or joined along an
    /// existing one. Ragged rows, bytes and strings are padded to the longest of the batch. After this step, strings
    /// and bytes are tensors of bytes, and `Tensor.strings()` returns the texts. The last batch may have fewer samples;
    /// `droppingLast` drops it then. Batches can be batched again.
    ///
    /// - Parameters:
    ///   - size: the number of samples in a batch.
    ///   - droppingLast: whether a last batch with fewer samples is dropped.
    ///   - padding: by key, the number that fills shorter values; the data type must be able to hold it (`DType.refusal(of:)`). The
    ///     default is 0, and 255 for strings.
    ///   - joining: by key, the dimension (negative: from the end) along which values are joined instead of stacked; the others
    ///     are padded.
    /// - Throws: `invalidArgument` for a size below 1, a dimension that does not exist, or padding that the data type cannot
    ///   hold; `unknownKey`.
    public func batched(
        by size: Int, droppingLast: Bool = false, padding: NameMap<Double> = [:], joining: NameMap<Int> = [:]
    ) throws(ColonnadeError) -> Self {
        guard size >= 1 else {
            throw ColonnadeError(.invalidArgument, "a batch has at least one sample, not \(size)")
        }
        let sizes = BatchPlan.Sizes.uniform(size, droppingLast: droppingLast)
        return try batched(BatchPlan(sizes: sizes, padding: padding, joining: joining))
    }
}
