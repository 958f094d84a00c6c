// SPDX-License-Identifier: Apache-2.0

/// In which order the rows of a data set, or the batches of a buffer, come: as they lie, or shuffled anew each epoch.
struct RowOrder: Sendable {
    private let count: Int
    private let seed: UInt64?
    /// Of epoch 0: made once, since random access asks for it with every sample.
    private let first: Epoch

    /// O(1), or half a millisecond for a small shuffled data set.
    init(count: Int, seed: UInt64? = nil) {
        self.count = count
        self.seed = seed
        first = Epoch(permutation: seed.map { IndexPermutation(count: count, seed: $0, epoch: 0) })
    }

    var isSequential: Bool { seed == nil }

    /// The order of one epoch, of any number. O(1), or half a millisecond for a small shuffled data set.
    func epoch(_ number: Int) -> Epoch {
        guard let seed, number != 0 else { return first }
        return Epoch(
            permutation: IndexPermutation(count: count, seed: seed, epoch: UInt64(bitPattern: Int64(number))))
    }

    /// Position → row.
    struct Epoch: Sendable {
        let permutation: IndexPermutation?

        subscript(position: Int) -> Int { permutation?[position] ?? position }

        func rows(at positions: Range<Int>) -> [Int] { permutation?.rows(at: positions) ?? Array(positions) }
    }
}
