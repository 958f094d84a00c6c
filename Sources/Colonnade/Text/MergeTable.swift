// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The merges of a byte-pair encoding by the numbers of their neighbours: a hash table without chains.
///
/// The bytes of each neighbour and of each result have a number. So two neighbours are found by two numbers.
struct MergeTable: Sendable {
    /// One merge; an unused entry has the left number -1.
    struct Entry: Sendable {
        var left: Int32
        var right: Int32
        /// The number of the joined bytes.
        var joined: Int32
        /// The order of the merge among all: equal for merges with the same rank.
        var rank: Int32 = 0
        var id: Int
    }

    /// The entries; their number is a power of two, and at most half of them are used.
    private var entries: [Entry]

    /// Makes a table, and adds the numbers of bytes to `numbers`. Throws `invalidArgument` for an empty neighbour or a negative id.
    init(_ merges: [BPETokenizer.Merge], numbering numbers: inout [[UInt8]: Int32]) throws(ColonnadeError) {
        guard merges.count < 1 << 28 else {
            throw ColonnadeError(.invalidArgument, "\(merges.count) merges are too many: give fewer than 2²⁸")
        }
        var capacity = 2
        while capacity < 2 * merges.count { capacity *= 2 }
        entries = Array(repeating: Entry(left: -1, right: -1, joined: -1, id: 0), count: capacity)
        // The ranks that were given, which may be any numbers.
        var ranks = [Int](repeating: 0, count: capacity)
        numbers.reserveCapacity(2 * merges.count)
        func number(_ bytes: [UInt8]) -> Int32 {
            if let number = numbers[bytes] { return number }
            let number = Int32(numbers.count)
            numbers[bytes] = number
            return number
        }
        for (mergeIndex, merge) in merges.enumerated() {
            guard !merge.left.isEmpty, !merge.right.isEmpty else {
                throw ColonnadeError(
                    .invalidArgument, "merge \(mergeIndex) has an empty neighbour: both must have at least one byte")
            }
            guard merge.id >= 0 else {
                throw ColonnadeError(
                    .invalidArgument, "the id of merge \(mergeIndex) is \(merge.id): ids must be at least 0")
            }
            let entry = Entry(
                left: number(merge.left), right: number(merge.right), joined: number(merge.left + merge.right),
                id: merge.id)
            let index = self.index(of: entry.left, entry.right)
            if entries[index].left < 0 || merge.rank < ranks[index] {
                (entries[index], ranks[index]) = (entry, merge.rank)
            }
        }
        var (last, rank) = (Int?.none, Int32(-1))
        for index in entries.indices.sorted(by: { ranks[$0] < ranks[$1] }) where entries[index].left >= 0 {
            if ranks[index] != last { (last, rank) = (ranks[index], rank + 1) }
            entries[index].rank = rank
        }
    }

    /// Returns the index of the merge of two neighbours; nil if there is none. A negative number has none.
    func merge(_ left: Int32, _ right: Int32) -> Int? {
        guard left >= 0, right >= 0 else { return nil }
        let index = index(of: left, right)
        return entries[index].left < 0 ? nil : index
    }

    subscript(index: Int) -> Entry { entries[index] }

    /// Returns the index of the entry of two neighbours, or of the unused entry for them.
    private func index(of left: Int32, _ right: Int32) -> Int {
        let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        var index = Int(truncatingIfNeeded: SplitMix64.mix(key)) & (entries.count - 1)
        while entries[index].left >= 0, entries[index].left != left || entries[index].right != right {
            index = (index + 1) & (entries.count - 1)
        }
        return index
    }
}
