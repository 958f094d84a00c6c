// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeSystem

extension Buffer {
    /// Returns consecutive samples as batches of the given sizes, and drops samples after the last batch. See `batched(by:)`.
    ///
    /// Throws `invalidArgument` for a size below 1, or more samples than there are.
    public func batched(
        bySizes sizes: [Int], padding: NameMap<Double> = [:], joining: NameMap<Int> = [:]
    ) throws(ColonnadeError) -> Buffer {
        var starts = [0]
        for size in sizes {
            guard size >= 1 else {
                throw ColonnadeError(.invalidArgument, "a batch has at least one sample, not \(size)")
            }
            let (end, overflow) = starts[starts.count - 1].addingReportingOverflow(size)
            guard !overflow, end <= count else {
                throw ColonnadeError(
                    .invalidArgument,
                    "batches of \(sizes.prefix(8))\(sizes.count > 8 ? " and more" : "") need more samples than the \(count) there are"
                )
            }
            starts.append(end)
        }
        return try batched(BatchPlan(sizes: .listed(starts: starts), padding: padding, joining: joining))
    }

    /// Returns batches of samples of similar size. Each batch has as many samples as fit into `maximum` elements of `key`, after
    /// padding each dimension to the largest, or after joining where `joining` names the key.
    ///
    /// The samples of epoch 0 are sorted by their number of elements (a stable sort), so batches of short samples come first. A
    /// `shuffled` after this step returns the batches in random order. A sample that alone exceeds the maximum is a batch of its
    /// own, or dropped. If a file has the sizes, the values are not read. O(samples × log samples).
    ///
    /// - Parameters:
    ///   - key: the value whose elements count.
    ///   - maximum: the number of elements of `key` that a batch may have, padding included.
    ///   - minimum: the number of elements at which a batch ends; the remaining samples are left out if they cannot
    ///     reach it.
    ///   - droppingOutliers: whether a sample that alone exceeds the maximum is left out.
    ///   - sizes: the number of elements of each sample, used instead of the sizes of the values of `key`.
    ///   - padding: by key, the number that fills shorter values; see `batched(by:)`.
    ///   - joining: by key, the dimension along which values are joined; see `batched(by:)`.
    /// - Throws: `unknownKey`; `invalidArgument` for limits below 1, or a minimum above the maximum.
    public func batched(
        bySizeOf key: String, maximum: Int, minimum: Int? = nil, droppingOutliers: Bool = false, sizes: [Int]? = nil,
        padding: NameMap<Double> = [:], joining: NameMap<Int> = [:]
    ) throws(ColonnadeError) -> Buffer {
        try batched(
            bySizeOf: key, maximum: maximum, minimum: minimum, droppingOutliers: droppingOutliers,
            shapes: sizes.map { $0.map { [$0] } }, padding: padding, joining: joining)
    }

    /// Returns batches of samples of similar size. `shapes` has the shapes of the samples; if it is nil, they are those
    /// of the values of `key`.
    package func batched(
        bySizeOf key: String, maximum: Int, minimum: Int?, droppingOutliers: Bool, shapes: [[Int]]?,
        padding: NameMap<Double>, joining: NameMap<Int>
    ) throws(ColonnadeError) -> Buffer {
        let column = try schema.index(of: key)
        try plan.checkSameOnEachRank("batches by size", "make batches")
        let rule = try SizeRule(
            maximum: maximum, minimum: minimum, droppingOutliers: droppingOutliers, joining: joining[key],
            rank: schema[column].shape.count)
        var known = shapes ?? []
        if shapes == nil {
            let executor = try RowExecutor(plan, PassContext(epoch: 0, pool: TensorPool()))
            known.reserveCapacity(count)
            var meter = InterruptMeter()
            for index in 0..<count {
                try meter.advanceByRow()
                known.append(try Recipe.item(executor, index).measured(column).shape)
            }
        }
        guard known.count == count else {
            throw ColonnadeError(.invalidArgument, "\(known.count) sizes were given for \(count) samples")
        }
        let groups = rule.groups(of: known).groups
        let ordered = Buffer(plan.choosing(byValues: groups.flatMap { $0 }))
        return try ordered.batched(bySizes: groups.map(\.count), padding: padding, joining: joining)
    }
}
