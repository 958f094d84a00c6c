// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The rule by which samples of different sizes become batches that need little padding.
struct SizeRule: Sendable {
    let maximum: Int
    let minimum: Int?
    let droppingOutliers: Bool
    /// The dimension along which the values of a batch are joined; nil where they are stacked and padded.
    private let joined: Int?

    /// - Parameters:
    ///   - joining: the dimension along which values are joined; negative counts from the end.
    ///   - rank: the number of dimensions of the values.
    init(
        maximum: Int, minimum: Int?, droppingOutliers: Bool, joining: Int?, rank: Int
    ) throws(ColonnadeError) {
        guard maximum >= 1 else {
            throw ColonnadeError(
                .invalidArgument, "the maximum size of a batch must be at least 1 element, not \(maximum)")
        }
        if let minimum, minimum < 1 || minimum > maximum {
            throw ColonnadeError(
                .invalidArgument,
                "the minimum size of a batch must be from 1 to its maximum of \(maximum), not \(minimum)")
        }
        self.maximum = maximum
        self.minimum = minimum
        self.droppingOutliers = droppingOutliers
        // `BatchPlan.field` refuses a dimension that the values do not have.
        joined = joining.map { $0 < 0 ? $0 + rank : $0 }
    }

    var isJoining: Bool { joined != nil }

    /// Returns for each batch the indices of its samples in `shapes`, and the indices of the samples that cannot reach
    /// the minimum.
    func groups(of shapes: [[Int]]) -> (groups: [[Int]], ungrouped: [Int]) {
        let sizes = shapes.map { product($0) }
        let sorted = shapes.indices.sorted { (sizes[$0], $0) < (sizes[$1], $1) }
        var groups: [[Int]] = []
        var group: [Int] = []
        var extent: [Int] = []
        var ungrouped: [Int] = []
        for index in sorted {
            if sizes[index] > maximum, droppingOutliers { continue }
            var next = group.isEmpty ? shapes[index] : union(extent, shapes[index])
            if !group.isEmpty, elements(group.count + 1, next) > maximum {
                // Later samples are at least as large, so this group cannot reach the minimum.
                if minimum == nil { groups.append(group) } else { ungrouped += group }
                group = []
                next = shapes[index]
            }
            group.append(index)
            extent = next
            if sizes[index] > maximum || minimum.map({ elements(group.count, extent) >= $0 }) ?? false {
                groups.append(group)
                group = []
            }
        }
        if !group.isEmpty {
            if minimum == nil { groups.append(group) } else { ungrouped += group }
        }
        return (groups, ungrouped)
    }

    /// Returns the number of elements of a batch of `count` samples with an extent.
    private func elements(_ count: Int, _ extent: [Int]) -> Int {
        joined == nil ? product([count] + extent) : product(extent)
    }

    /// Returns the extent of two shapes together: the sum of sizes along the joined dimension, and the larger size in
    /// each other dimension. Shapes that the caller gave instead of those of the values may have one dimension.
    private func union(_ first: [Int], _ second: [Int]) -> [Int] {
        let along = joined.map { min($0, first.count - 1) }
        return zip(first, second).enumerated().map { dimension, sizes in
            dimension == along ? sizes.0.saturatingSum(sizes.1) : max(sizes.0, sizes.1)
        }
    }

    private func product(_ sizes: [Int]) -> Int {
        sizes.contains(0) ? 0 : sizes.reduce(1) { $0.saturatingProduct($1) }
    }
}
