// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Consecutive samples together: each tensor gets a leading dimension, or is joined along one that it has. Ragged rows,
    /// bytes and strings are padded to the longest of the batch, and are tensors of bytes from here on; `Tensor.strings()` gives
    /// the texts back. The last batch may be shorter, unless it is dropped then. Batches can be batched again.
    ///
    /// - Parameters:
    ///   - size: the number of samples in a batch.
    ///   - droppingLast: whether a shorter last batch is left out.
    ///   - padding: by key, the number that fills up shorter values, which their type must hold (`DType.refusal(of:)`); where
    ///     nothing is said 0, and for strings 255.
    ///   - joining: by key, the dimension (negative: from the end) along which values are joined instead of stacked; the others
    ///     are padded.
    /// - Throws: `invalidArgument` for a size below 1, a dimension that a value has not, or padding that its type cannot have;
    ///   `unknownKey`.
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
