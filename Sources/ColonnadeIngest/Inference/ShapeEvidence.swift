// SPDX-License-Identifier: Apache-2.0

/// The shapes of the arrays of one column.
///
/// An empty array does not tell the rank of its elements, so `[]` fits every rank.
struct ShapeEvidence: Sendable {
    struct Dimension: Sendable {
        var size: Int
        var record: Int
        /// Another size, and the first record that has it.
        var other: (size: Int, record: Int)?
    }

    private(set) var dimensions: [Dimension] = []
    /// The rank of the arrays that have elements, and the first record with one.
    private(set) var rank: (count: Int, record: Int)?
    /// The greatest rank that an empty array shows, as `[[], []]` shows 2.
    private(set) var emptyRank: (count: Int, record: Int)?
    /// Two records whose arrays have different ranks.
    private(set) var conflict: (Int, Int)?

    mutating func observe(_ shape: [Int], record: Int) {
        if shape.last == 0 {
            if shape.count > emptyRank?.count ?? 0 { emptyRank = (shape.count, record) }
        } else if rank == nil {
            rank = (shape.count, record)
        } else if let rank, rank.count != shape.count, conflict == nil {
            conflict = (rank.record, record)
        }
        if conflict == nil, let rank, let emptyRank, emptyRank.count > rank.count {
            conflict = (rank.record, emptyRank.record)
        }
        for (index, size) in shape.enumerated() {
            if index == dimensions.count {
                dimensions.append(Dimension(size: size, record: record))
            } else if dimensions[index].size != size, dimensions[index].other == nil {
                dimensions[index].other = (size, record)
            }
        }
    }

    /// The shape of a row, nil where sizes differ or are zero.
    var settled: [Int?] {
        dimensions.map { $0.other == nil && $0.size > 0 ? $0.size : nil }
    }

    /// Why a dimension varies, as the end of a sentence.
    var reason: String? {
        for (index, dimension) in dimensions.enumerated() {
            guard let other = dimension.other else { continue }
            let what = dimensions.count == 1 ? "lengths differ" : "sizes of dimension \(index) differ"
            return "\(what): \(dimension.size) in record \(dimension.record), \(other.size) in record \(other.record)"
        }
        return nil
    }
}
