// SPDX-License-Identifier: Apache-2.0

/// Possible merges of a text, as a heap: the one with the lowest rank comes first, and of several the leftmost.
struct MergeQueue {
    private struct Candidate {
        /// The rank, and in the lower half the index of the left symbol.
        var key: UInt64
        /// The index of the merge in the table.
        var merge: Int
    }

    private var heap: [Candidate] = []

    init(capacity: Int) { heap.reserveCapacity(capacity) }

    /// Appends a candidate without ordering it; `order` follows.
    mutating func append(rank: Int32, left: Int, _ merge: Int) {
        heap.append(Candidate(key: UInt64(UInt32(bitPattern: rank)) << 32 | UInt64(left), merge: merge))
    }

    /// Makes a heap of the appended candidates. O(n).
    mutating func order() {
        for index in (0..<heap.count / 2).reversed() { sink(heap[index], from: index) }
    }

    mutating func push(rank: Int32, left: Int, _ merge: Int) {
        append(rank: rank, left: left, merge)
        var index = heap.count - 1
        let candidate = heap[index]
        while index > 0 {
            let parent = (index - 1) / 2
            guard candidate.key < heap[parent].key else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = candidate
    }

    mutating func popFirst() -> (left: Int, merge: Int)? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return (Int(UInt32(truncatingIfNeeded: last.key)), last.merge) }
        sink(last, from: 0)
        return (Int(UInt32(truncatingIfNeeded: first.key)), first.merge)
    }

    /// Stores a candidate at an index, or nearer to the leaves until no child comes before it.
    private mutating func sink(_ candidate: Candidate, from start: Int) {
        var index = start
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].key < heap[child].key { child += 1 }
            guard heap[child].key < candidate.key else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = candidate
    }
}
